"""Who carried whom, what reserve that took, and what is owed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.power.kernels.growing import solve_all
from tieline.power.respond.loadflow import grown, source_draws, with_pickup

if TYPE_CHECKING:
    from tieline.power.respond.acts import Held
    from tieline.power.respond.ground import Floats
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.plan import Answer
    from tieline.power.respond.situation import Situation

NOTHING = 1e-9


def foreign(situation: Situation, answer: Answer) -> list[tuple[int, int, float]]:
    """Zone, source and hours of every supply by a source other than the one before."""
    before = situation.before
    found = []
    for fed in answer.history.fed:
        hours = fed.until_h - fed.since_h
        if fed.source != before.source[fed.zone] and hours > NOTHING:
            found.append((fed.zone, fed.source, hours))
    return found


def _zone_kw(situation: Situation) -> Floats:
    """KW of each zone by the jurisdiction of its customers."""
    ground = situation.ground
    loads = ground.network.loads
    kw = np.zeros_like(ground.customers)
    at = np.flatnonzero(ground.load_zone >= 0)
    np.add.at(kw, (ground.load_zone[at], loads["jurisdiction"][at]), loads["p_kw"][at])
    return kw * situation.level.load_factor


def donor_rows(
    situation: Situation, limits: Electric, answer: Answer
) -> list[dict[str, Any]]:
    """Sources that carry others' customers: draw, limit and reserve before and at the most [MVA].

    At the most: over all states in which they do, cold load included; it may be less than before
    where customers of its own are out. With the energy they carry for others [kWh], and
    for how long they carry anybody [h].
    """
    ground = situation.ground
    most = _most(situation, limits, answer)
    kw = _zone_kw(situation).sum(axis=1)
    carried: dict[int, float] = {}
    for zone, source, hours in foreign(situation, answer):
        carried[source] = carried.get(source, 0.0) + float(kw[zone]) * hours
    rows = []
    for k in sorted(carried):
        before = float(np.hypot(*limits.base_draw[k]))
        during = float(most[k])
        limit = float(ground.sources.limit[k])
        rows.append({
            "source": str(ground.network.sources.ids[ground.sources.rows[k][0]]),
            "jurisdiction": ground.network.jurisdictions[int(ground.sources.jurisdiction[k])],
            "before_mva": before, "during_mva": during, "limit_mva": limit,
            "reserve_before_mva": limit - before, "reserve_during_mva": limit - during,
            "carried_kwh": carried[k], "hours": _hours(situation, answer, k),
        })
    return rows


def _hours(situation: Situation, answer: Answer, source: int) -> float:
    """How long a source carries any zone that is not its own [h]."""
    before = situation.before.source
    spans = sorted(
        (f.since_h, f.until_h) for f in answer.history.fed
        if f.source == source and before[f.zone] != source
    )
    total, end = 0.0, 0.0
    for since, until in spans:
        total += max(0.0, until - max(since, end))
        end = max(end, until)
    return total


def _most(situation: Situation, limits: Electric, answer: Answer) -> Floats:
    """The most that each source delivers while it carries others, cold load included [MVA].

    Over every state of the plan, its way back to normal too; shape (n_sources,), 0 for the others.
    """
    ground = situation.ground
    spans: dict[int, list[tuple[float, float]]] = {}
    for f in answer.history.fed:
        if f.source != situation.before.source[f.zone]:
            spans.setdefault(f.source, []).append((f.since_h, f.until_h))
    most = np.zeros(len(ground.sources))
    states = answer.history.states
    for k, held in enumerate(states):
        until = states[k + 1].at_h if k + 1 < len(states) else np.inf
        giving = [s for s, own in spans.items()
                  if any(a < until and b > held.at_h + NOTHING for a, b in own)]
        if giving and until > held.at_h:
            draw = _draws(situation, limits, held, giving)
            most[giving] = np.fmax(most[giving], draw[giving])
    return most


def _draws(
    situation: Situation, limits: Electric, held: Held, giving: list[int]
) -> Floats:
    """Apparent power that these sources deliver in a state [MVA]; NaN where it does not solve."""
    ground = situation.ground
    closed = np.unpackbits(held.closed, count=len(ground.edges)).astype(bool)
    sound = np.unpackbits(held.sound, count=ground.n_zones).astype(bool)
    nodes = limits.nodes
    if held.cold is not None:
        nodes = with_pickup(limits, nodes, held.cold[ground.zone])
    tree = ground.tree(closed, sound)
    zones = tree.order[np.isin(tree.source[tree.order], giving)]
    forest = grown(ground, nodes, limits.elements, tree, zones)
    if solve_all(forest, nodes) >= 0:
        return np.full(len(ground.sources), np.nan)
    return np.asarray(np.hypot(*source_draws(ground, forest).T))


def settlement_rows(
    situation: Situation, limits: Electric, answer: Answer
) -> list[dict[str, Any]]:
    """Energy carried and reserve taken between jurisdictions, and the amount owed by the rule.

    The reserve taken is the apparent power of the customers carried, for as long as they are.
    """
    ground = situation.ground
    network = ground.network
    kw = _zone_kw(situation)
    kva = np.hypot(limits.nodes.p, limits.nodes.q)
    mva = np.bincount(ground.zone, weights=kva, minlength=ground.n_zones)
    totals: dict[tuple[int, int], list[float]] = {}
    for zone, source, hours in foreign(situation, answer):
        giver = int(ground.sources.jurisdiction[source])
        whole = float(kw[zone].sum())
        for taker in np.flatnonzero(kw[zone]).tolist():
            if taker == giver:
                continue
            row = totals.setdefault((giver, taker), [0.0, 0.0])
            row[0] += float(kw[zone, taker]) * hours
            row[1] += float(mva[zone]) * hours * (float(kw[zone, taker]) / whole)
    return [
        _row(situation, network.jurisdictions[g], network.jurisdictions[t], kwh, mva_h)
        for (g, t), (kwh, mva_h) in sorted(totals.items())
    ]


def _row(
    situation: Situation, giver: str, taker: str, kwh: float, mva_h: float
) -> dict[str, Any]:
    response = situation.ground.network.response
    rule = next(
        (r for r in response.settle if r.giver in ("", giver) and r.taker in ("", taker)), None
    )
    return {
        "from": giver, "to": taker, "carried_kwh": kwh, "reserve_mva_h": mva_h,
        "amount": float("nan") if rule is None else kwh * rule.per_kwh + mva_h * rule.per_mva_h,
        "currency": "" if rule is None else rule.currency,
    }
