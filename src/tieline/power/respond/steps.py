"""From acts to the steps of a plan: who does what, when, why, and with whose consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.power.respond.rules import touched
from tieline.power.respond.watch import edge_name
from tieline.power.respond.words import NOT_JOINED, STEP, both
from tieline.region.model import Step

if TYPE_CHECKING:
    from tieline.power.respond.acts import Act, History
    from tieline.power.respond.schedule import Schedule
    from tieline.power.respond.situation import Situation

HOUR_S = 3600.0
NOBODY = "crew not in the table"
"""Who works on site where the crew table has nobody who may."""


def steps_of(
    situation: Situation, schedule: Schedule, history: History
) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """Steps in order of their end, and for each the number of the act it belongs to."""
    made: list[tuple[Step, int]] = []
    for k, act in enumerate(history.acts):
        if act.kind == "trip":
            made.append((_trip(situation, act), k))
        elif act.kind == "repair":
            made.append((_repair(situation, history, act), k))
        else:
            made += [(s, k) for s in _switching(situation, history, act)]
    made.sort(key=lambda m: (m[0].end_s, _rank(m[0]), m[1]))
    return tuple(s for s, _ in made), tuple(k for _, k in made)


def _rank(step: Step) -> int:
    """What comes first at the same moment; switches move in the order they were replayed."""
    first = ("trip", "go", "agree", "repair")
    return first.index(step.action) if step.action in first else len(first)


def seconds(hours: float) -> float:
    """Hours as seconds, to the millisecond."""
    return round(hours * HOUR_S, 3)


def _customers(situation: Situation, zones: tuple[int, ...]) -> float:
    return float(situation.ground.customers[list(zones)].sum()) if zones else 0.0


def _trip(situation: Situation, act: Act) -> Step:
    name = edge_name(situation, act.edge)
    reason, reason_zh = both(STEP, "trip", fault=situation.repairs[act.repair].asset)
    return Step(
        0.0, 0.0, "protection", "trip", name, reason, _changes(situation, act.edge, "open"),
        reason_zh, jurisdiction=_owner(situation, act.edge), phase="trip",
        customers=-_customers(situation, act.lost),
    )


def _repair(situation: Situation, history: History, act: Act) -> Step:
    """A repair ends when the operations that bring supply back, which its time holds, begin."""
    repair = situation.repairs[act.repair]
    after = [
        a.begin_h for a in history.acts
        if a.why in ("repaired", "dead") and a.begin_h < act.end_h
        and _group_end(history, a) >= act.end_h - 1e-9
        and (_touches(situation, a.edge, repair.zones) or set(a.gained) & set(repair.zones))
    ]
    end = max(min([act.end_h, *after]), act.begin_h)
    reason, reason_zh = both(STEP, "repair", asset=repair.asset)
    name = situation.ground.network.jurisdictions[repair.jurisdiction]
    return Step(
        seconds(act.leave_h), seconds(end), f"crew {act.crew}" if act.crew else f"crew of {name}",
        "repair", repair.asset, reason, {repair.asset: "repaired"}, reason_zh, jurisdiction=name,
        crew=act.crew, phase="repair", home=_home(situation, act.crew),
    )


def _mender(situation: Situation, history: History, act: Act, owner: str) -> str | None:
    """The crew on site where none is sent: "" = one of the owner, if the crew table has any.

    Else who has repaired what is closed to: the time of a repair holds that closing. None: nobody.
    """
    crews = situation.ground.network.response.crews
    if crews is None or any(c.jurisdiction == owner for c in crews):
        return ""
    menders = [a for a in history.acts if a.kind == "repair" and a.crew
               and a.end_h <= act.end_h + 1e-9]
    return max(menders, key=lambda a: a.end_h).crew if menders else None


def _home(situation: Situation, crew: str) -> str:
    """The jurisdiction a crew of the table is of; "" for no crew."""
    crews = situation.ground.network.response.crews or ()
    return next((c.jurisdiction for c in crews if c.id == crew), "") if crew else ""


def _group_end(history: History, act: Act) -> float:
    """End of the closing that brings supply after these dead ones."""
    if act.why == "repaired":
        return act.end_h
    return min((a.end_h for a in history.acts if a.why == "repaired"
                and a.end_h >= act.end_h - 1e-9), default=act.end_h)


def _touches(situation: Situation, edge: int, zones: tuple[int, ...]) -> bool:
    edges = situation.ground.edges
    return int(edges.za[edge]) in zones or int(edges.zb[edge]) in zones


def _switching(situation: Situation, history: History, act: Act) -> list[Step]:
    """The way to a switch on site, the agreement, and the operation."""
    ground = situation.ground
    edge = act.edge
    owner = _owner(situation, edge)
    name = edge_name(situation, edge)
    remote = bool(ground.edges.remote[edge])
    agreeing = [] if act.tie < 0 else _agreeing(situation, act.tie)
    agreeing += _agreeing(situation, edge)
    others = tuple(j for j in dict.fromkeys(agreeing) if j != owner)
    crew = act.crew
    actor = f"control room of {owner}"
    if not remote:
        sent = crew or _mender(situation, history, act, owner)
        actor = NOBODY if sent is None else f"crew {sent}" if sent else f"crew of {owner}"
        crew = sent or ""
    common = {"jurisdiction": owner, "crew": crew, "remote": remote, "phase": act.phase,
              "home": _home(situation, crew)}
    made = []
    if act.way_h > 0.0:
        reason, zh = both(STEP, "go", asset=name)
        made.append(Step(
            seconds(act.leave_h), seconds(act.leave_h + act.way_h), actor, "go", name, reason,
            {}, zh, **common,  # type: ignore[arg-type]
        ))
    if act.act_h > act.begin_h + 1e-12 and others:
        reason, zh = both(STEP, "agree", who=", ".join(others))
        made.append(Step(
            seconds(act.begin_h), seconds(act.act_h), f"control room of {owner}", "agree", name,
            reason, {}, zh, agrees=others, **common,  # type: ignore[arg-type]
        ))
    back = _customers(situation, act.gained)
    reason, zh = _why(situation, history, act, back)
    start = act.act_h if others or remote else max(act.begin_h, act.act_h)
    made.append(Step(
        seconds(start), seconds(act.end_h), actor, act.kind, name, reason,
        _changes(situation, edge, "closed" if act.kind == "close" else "open"), zh,
        agrees=others, customers=back - _customers(situation, act.lost),
        **common,  # type: ignore[arg-type]
    ))
    return made


def _why(
    situation: Situation, history: History, act: Act, back: float
) -> tuple[str, str]:
    if act.why == "break":
        why, why_zh = both(NOT_JOINED, dict(history.not_joined).get(act.edge, "group"))
        return STEP["break"][0].format(why=why), STEP["break"][1].format(why=why_zh)
    if act.why == "make":
        return both(STEP, "make", customers=f"{back:g}")
    if act.why:
        return both(STEP, act.why)
    if act.phase == "restore":
        return both(STEP, "restore", customers=f"{back:g}") if back else both(STEP, "restore_none")
    if act.phase == "isolate" and not _touches(
        situation, act.edge, tuple(np.flatnonzero(situation.faulted).tolist())
    ):
        return both(STEP, "cut")
    return both(STEP, act.phase)


def _agreeing(situation: Situation, edge: int) -> list[str]:
    """Jurisdictions whose consent the operation of a switch needs."""
    ground = situation.ground
    names = ground.network.jurisdictions
    mask = ground.edges.touches[edge] if ground.edges.normal[edge] else touched(situation, edge)
    return [names[j] for j in np.flatnonzero(mask)]


def _owner(situation: Situation, edge: int) -> str:
    """Who orders the operation: the authority, else the owner."""
    ground = situation.ground
    network = ground.network
    members = ground.edges.members[edge]
    if not members:
        return network.jurisdictions[int(ground.sources.jurisdiction[ground.edges.source[edge]])]
    row = members[0]
    authority = int(network.switches["authority"][row])
    owner = int(network.switches["jurisdiction"][row])
    return network.jurisdictions[authority if authority >= 0 else owner]


def _changes(situation: Situation, edge: int, position: str) -> dict[str, str]:
    """The switches that move: closing brings back the normal ones of a parallel group."""
    ground = situation.ground
    members = ground.edges.members[edge]
    ids, normal = ground.network.switches.ids, ground.network.switches["normal"]
    if not members:
        return {edge_name(situation, edge): position}
    if position == "open":
        return {str(ids[m]): "open" for m in members}
    wanted = [m for m in members if normal[m] == "closed"] or [members[0]]
    return {str(ids[m]): "closed" for m in wanted}
