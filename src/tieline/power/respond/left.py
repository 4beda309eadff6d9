"""Parts that wait beside what a plan feeds: which limit keeps the next of them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.messages import singular
from tieline.power.respond.loadflow import with_pickup
from tieline.power.respond.watch import edge_name, judge, source_name, zone_name
from tieline.power.respond.words import LEFT, REFUSED, both, failed

if TYPE_CHECKING:
    from tieline.power.respond.ground import Mask
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.plan import Answer
    from tieline.power.respond.situation import Situation

MOST = 20
"""Parts explained at most, most customers first: a planner reads no more."""


def left_rows(situation: Situation, limits: Electric, answer: Answer) -> list[dict[str, Any]]:
    """One row for each part that waits next to one that a tie or a switch brings back.

    The asset is the tie (or switch) that feeds the neighbour.
    """
    rows = [_put_off(situation, e) for e in answer.history.put_off]
    found = sorted(
        _beside(situation, answer).items(), key=lambda f: (-_customers(situation, f[1][1]), f[0])
    )
    for edge, (near, added) in found[:MOST]:
        why, why_zh = _why(situation, limits, answer, edge, near, added)
        texts = {"where": zone_name(situation, added[-1]),
                 "customers": f"{_customers(situation, added):g}"}
        rows.append({
            "asset": edge_name(situation, _feeder_of(situation, answer, near, edge)),
            "reason": singular(LEFT["waits"][0].format(found=why, **texts)),
            "reason_zh": LEFT["waits"][1].format(found=why_zh, **texts),
            "who": "", "next_best": "",
        })
    return rows


def _put_off(situation: Situation, edge: int) -> dict[str, Any]:
    reason, reason_zh = both(LEFT, "put_off")
    return {"asset": edge_name(situation, edge), "reason": reason, "reason_zh": reason_zh,
            "who": "", "next_best": ""}


def _customers(situation: Situation, zones: list[int]) -> float:
    return float(situation.ground.customers[zones].sum())


def _beside(situation: Situation, answer: Answer) -> dict[int, tuple[int, list[int]]]:
    """By switch: the fed zone on one side, and what waits beyond, up to the first customers."""
    ground, edges = situation.ground, situation.ground.edges
    chosen = answer.choice.feeds >= 0
    waits = situation.dark & ~situation.faulted & ~chosen & situation.before.live
    around: dict[int, list[tuple[int, int]]] = {}
    for e in np.flatnonzero(waits[edges.za] & waits[edges.zb] & situation.closed).tolist():
        a, b = int(edges.za[e]), int(edges.zb[e])
        around.setdefault(a, []).append((e, b))
        around.setdefault(b, []).append((e, a))
    has = ground.customers.sum(axis=1) > 0.0
    found: dict[int, tuple[int, list[int]]] = {}
    told: set[int] = set()
    for e in np.flatnonzero((chosen[edges.za] & waits[edges.zb])
                            | (chosen[edges.zb] & waits[edges.za])).tolist():
        near, far = int(edges.za[e]), int(edges.zb[e])
        if not chosen[near]:
            near, far = far, near
        path = _path(far, around, has)
        if path and path[-1] not in told:
            told.add(path[-1])
            found[e] = (near, path)
    return found


def _path(start: int, around: dict[int, list[tuple[int, int]]], has: Mask) -> list[int]:
    """Zones from one to the nearest that has customers, both included; empty if there is none."""
    before, queue = {start: -1}, [start]
    for zone in queue:
        if has[zone]:
            path = [zone]
            while before[path[-1]] >= 0:
                path.append(before[path[-1]])
            return path[::-1]
        for _, other in around.get(zone, ()):
            if other not in before:
                before[other] = zone
                queue.append(other)
    return []


def unusable(situation: Situation, answer: Answer, edge: int) -> tuple[str, str]:
    """Why nobody may feed through an edge at all."""
    if answer.allowed.operable[edge]:
        return both(REFUSED, "closed_border")
    if situation.operable[edge]:
        return both(REFUSED, "no_crew")
    broken = any(edge == r.edge for r in situation.repairs)
    return both(REFUSED, "broken" if broken else "out_of_service")


def _why(
    situation: Situation, limits: Electric, answer: Answer, edge: int, near: int,
    added: list[int],
) -> tuple[str, str]:
    """What would happen were these zones fed too."""
    ground, edges, allowed = situation.ground, situation.ground.edges, answer.allowed
    if not allowed.usable[edge]:
        return unusable(situation, answer, edge)
    fed = answer.choice.feeds
    live = situation.after.live | (fed >= 0)
    live[added] = True
    use = (situation.after.live[edges.za] & situation.after.live[edges.zb]) & situation.closed
    use[fed[fed >= 0]] = True
    use[edge] = True
    inside = np.zeros(ground.n_zones, bool)
    inside[added] = True
    use |= situation.closed & inside[edges.za] & inside[edges.zb]
    tree = ground.tree(use, live)
    source = int(tree.source[near])
    if source >= 0 and not allowed.may_feed[source, added[-1]]:
        return both(REFUSED, "earthing",
                    asset=source_name(situation, int(situation.before.source[added[-1]])))
    factor = ground.network.response.cold_load_factor
    demands = [(limits.nodes, "")]
    if factor != 1.0:
        cold = np.where(inside | (fed >= 0), factor, 1.0)
        demands.append((with_pickup(limits, limits.nodes, cold[ground.zone]), "cold"))
    for nodes, key in demands:
        check = judge(situation, limits, nodes, tree, live, inside)
        if not check.ok:
            found, found_zh = failed(check)
            if not key:
                return found, found_zh
            return LEFT["cold"][0].format(found=found), LEFT["cold"][1].format(found=found_zh)
    return both(LEFT, "other")


def _feeder_of(situation: Situation, answer: Answer, zone: int, edge: int) -> int:
    """The first switch on the way from a fed zone to its source that is normally open.

    Where there is none, the one next to what is live.
    """
    edges, last = situation.ground.edges, edge
    for _ in range(situation.ground.n_zones):
        e = int(answer.choice.feeds[zone])
        if e < 0:
            break
        last = e
        if not edges.normal[e]:
            break
        zone = int(edges.zb[e] if edges.za[e] == zone else edges.za[e])
    return last
