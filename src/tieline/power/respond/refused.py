"""Ties that the plan does not use: why not, and what is done instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.power.respond.left import left_rows, unusable
from tieline.power.respond.rules import coordination_extra, touched
from tieline.power.respond.watch import edge_name, judge, source_name
from tieline.power.respond.words import REFUSED, both

if TYPE_CHECKING:
    from tieline.power.respond.ground import Ints, Mask
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.plan import Answer
    from tieline.power.respond.situation import Situation

MOST = 60
"""Ties explained at most, soonest first: a planner reads no more."""


def refused_rows(
    situation: Situation, limits: Electric, answer: Answer
) -> list[dict[str, Any]]:
    """One row for each normally open switch at a dark part that stays open.

    Then those that lead to what is faulted or were not built that day, and what waits beside
    parts that are fed.
    """
    edges = situation.ground.edges
    dark = situation.dark & ~situation.faulted
    live = situation.after.live
    used = np.zeros(len(edges), bool)
    used[answer.choice.feeds[answer.choice.feeds >= 0]] = True
    at = np.flatnonzero(
        ~situation.closed & ~edges.normal & ~used
        & ((dark[edges.za] & live[edges.zb]) | (dark[edges.zb] & live[edges.za]))
    )
    rows = []
    parts = _islands(situation)
    for e in at[:MOST].tolist():
        inner, outer = int(edges.za[e]), int(edges.zb[e])
        if not dark[inner]:
            inner, outer = outer, inner
        part = parts == parts[inner]
        if not situation.ground.weight[part].any():
            continue
        reason, reason_zh = _reason(situation, limits, answer, e, (inner, outer), part)
        closed = answer.allowed.operable[e] and not answer.allowed.usable[e]
        rows.append({
            "asset": edge_name(situation, e), "reason": reason, "reason_zh": reason_zh,
            "who": ";".join(_who(situation, e)) if closed else "",
            "next_best": _instead(situation, answer, part),
        })
    return [*rows, *_of_no_use(situation), *left_rows(situation, limits, answer)]


def _of_no_use(situation: Situation) -> list[dict[str, Any]]:
    """Ties that a dispatcher would ask for: at the faulted part, or not yet built."""
    ground, case = situation.ground, situation.case
    edges, network = ground.edges, ground.network
    live, faulted = situation.after.live, situation.faulted
    found = [
        (edge_name(situation, e), both(REFUSED, "faulted")) for e in np.flatnonzero(
            ~situation.closed & ~edges.normal
            & ((faulted[edges.za] & live[edges.zb]) | (faulted[edges.zb] & live[edges.za]))
        ).tolist()
    ]
    switches, branches = network.switches, network.branches
    for row in np.flatnonzero(switches.project >= 0).tolist():
        project = network.projects[int(switches.project[row])]
        if project in case.built or switches["normal"][row] == "closed":
            continue
        ends = [int(switches["bus"][row])]
        if switches["element_kind"][row] == "branch":
            line = int(switches["element"][row])
            ends += [int(branches[c][line]) for c in ("from_bus", "to_bus")]
        if np.any(situation.dark[ground.zone[ends]]):
            found.append((str(switches.ids[row]), both(REFUSED, "project", project=project)))
    return [
        {"asset": name, "reason": en, "reason_zh": zh, "who": "", "next_best": ""}
        for name, (en, zh) in found[:MOST]
    ]


def _islands(situation: Situation) -> Ints:
    """Number of the island of each dark sound zone, joined by closed switches; -1 elsewhere."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = situation.ground.edges
    dark = situation.dark & ~situation.faulted
    use = situation.closed & dark[edges.za] & dark[edges.zb]
    n = situation.ground.n_zones
    matrix = coo_matrix((np.ones(use.sum()), (edges.za[use], edges.zb[use])), shape=(n, n))
    label = connected_components(matrix, directed=False)[1]
    return np.where(dark, label, -1)


def _reason(
    situation: Situation, limits: Electric, answer: Answer, edge: int, ends: tuple[int, int],
    part: Mask,
) -> tuple[str, str]:
    inner, outer = ends
    if not answer.allowed.usable[edge]:
        return unusable(situation, answer, edge)
    source = int(situation.after.source[outer])
    if not answer.allowed.may_feed[source, inner]:
        return both(REFUSED, "earthing",
                    asset=source_name(situation, int(situation.before.source[inner])))
    check = _alone(situation, limits, edge, part)
    if check.failed in REFUSED:
        return both(REFUSED, check.failed, asset=check.where, value=check.value,
                    limit=check.limit, percent=100.0 * check.loading)
    minutes = 60.0 * _soonest(situation, edge, part)
    later = minutes / 60.0 > np.max(
        answer.history.first_back_h[part & (situation.ground.weight > 0)], initial=0.0
    ) + 1e-6
    return both(REFUSED, "slower" if later else "shared", minutes=minutes)


def _who(situation: Situation, edge: int) -> list[str]:
    """Ids of the jurisdictions that a tie touches."""
    names = situation.ground.network.jurisdictions
    return [names[j] for j in np.flatnonzero(touched(situation, edge))]


def _alone(situation: Situation, limits: Electric, edge: int, part: Mask):  # type: ignore[no-untyped-def]
    """The state in which this tie alone feeds the whole island, judged."""
    ground = situation.ground
    edges = ground.edges
    live = situation.after.live
    sound = live | part
    closed = situation.closed & sound[edges.za] & sound[edges.zb]
    closed[edge] = True
    tree = ground.tree(closed, sound)
    return judge(situation, limits, limits.nodes, tree, sound, part)


def _soonest(situation: Situation, edge: int, part: Mask) -> float:
    """When this tie could feed its whole island at the soonest [h]."""
    edges = situation.ground.edges
    around = situation.closed & (part[edges.za] != part[edges.zb])
    opening = edges.travel_h + edges.coordination_h + edges.operate_h
    ready = max(float(np.max(opening[around], initial=0.0)), float(edges.travel_h[edge]))
    return ready + float(edges.coordination_h[edge] + edges.operate_h[edge]) + coordination_extra(
        situation, edge
    )


def _instead(situation: Situation, answer: Answer, part: Mask) -> str:
    """The ties through which the island is fed in the plan, "" if it waits."""
    feeds = answer.choice.feeds[part]
    normal = situation.ground.edges.normal
    chosen = sorted({int(e) for e in feeds[feeds >= 0] if not normal[e] or not
                     situation.closed[e]})
    return ";".join(edge_name(situation, e) for e in chosen)
