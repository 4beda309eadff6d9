"""A state that is not radial, in words: what closes the loop, and what could open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.power.respond.ground import Ground, Mask, Tree

SHOWN = 3
"""Loops told of at most."""
NAMED = 8
"""Switches of a loop named at most."""


def loops_found(ground: Ground, tree: Tree, closed_rows: Mask) -> str:
    """The loops of a state, each with the switches that close it and those that could open.

    `closed_rows` are the closed rows of the switch table. A switch that is closed now and open
    normally closes the loop; where there is none, only those that could open are named.
    """
    told = [_told(ground, tree, closed_rows, int(e)) for e in dict.fromkeys(tree.loops.tolist())]
    more = len(told) - SHOWN
    shown = "; ".join(told[:SHOWN])
    return f"{shown}; and {more} more" if more > 0 else shown


def _told(ground: Ground, tree: Tree, closed_rows: Mask, edge: int) -> str:
    around, sources = _loop(ground, tree, edge)
    normally = ground.network.switches["normal"]
    rows = sorted({
        m for e in around for m in ground.edges.members[e] if closed_rows[m]
    })
    closing = [m for m in rows if normally[m] == "open"]
    what = f"sources {sources} joined" if sources else "a loop closed"
    by = f" by switch {_ids(ground, closing)} (normally open)" if closing else ""
    if not rows:
        return f"{what} without any switch between"
    return f"{what}{by}, expected at least one switch open of {_ids(ground, rows)}"


def _ids(ground: Ground, rows: list[int]) -> str:
    ids = [f"'{ground.network.switches.ids[m]}'" for m in rows[:NAMED]]
    return ", ".join(ids) + (", ..." if len(rows) > NAMED else "")


def _loop(ground: Ground, tree: Tree, edge: int) -> tuple[list[int], str]:
    """Edges around the loop that an edge closes, and the sources it joins ("" if only one)."""
    edges = ground.edges
    if edge in set(tree.via[tree.order].tolist()):  # leads on to a source that is no root here
        ends = [int(edges.za[edge]), int(edges.zb[edge])]
        far = next(z for z in ends if tree.via[z] == edge)
        way = tree.path(far)
        return [int(tree.via[z]) for z in way if tree.via[z] >= 0], _sources(ground, [way[-1], far])
    roots = [tree.path(int(z))[-1] for z in (edges.za[edge], edges.zb[edge])]
    return ring(ground, tree, edge), _sources(ground, roots) if roots[0] != roots[1] else ""


def ring(ground: Ground, tree: Tree, edge: int) -> list[int]:
    """An edge and those on the ways of both its ends, up to where these meet or begin."""
    a, b = (set(tree.path(int(z))) for z in (ground.edges.za[edge], ground.edges.zb[edge]))
    return [edge, *(int(tree.via[z]) for z in sorted(a ^ b) if tree.via[z] >= 0)]


def _sources(ground: Ground, zones: list[int]) -> str:
    found = []
    for zone in zones:
        k = int(np.argmax(ground.sources.zone == zone))
        found.append(f"'{ground.network.sources.ids[ground.sources.rows[k][0]]}'")
    return " and ".join(found)
