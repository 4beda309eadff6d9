"""Normally open links between live parts: what could carry a neighbour, and whom it touches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.arrays import END, TIE, Records, records

if TYPE_CHECKING:
    from tieline.power.electric import EdgeValues
    from tieline.power.graph import ClosedGraph
    from tieline.power.network import PowerNetwork

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TieTable:
    """Ties as kernel arrays, with the switches each needs and the jurisdictions it touches.

    `position`, `zone` (n_ties, 2) are its two sides; `ends` lists them by zone, sliced by
    `end_ptr`. `switches[k]` are rows of the switch table: one, or more for a link that is dead
    between open switches; `touches` has shape (n_ties, n_jurisdictions).
    """

    values: Records
    position: Ints
    zone: Ints
    end_ptr: Ints
    ends: Records
    switches: tuple[tuple[int, ...], ...]
    touches: Mask

    def crosses(self) -> Mask:
        """Ties that touch more than one jurisdiction."""
        return np.asarray(self.touches.sum(axis=1) > 1)


@dataclass(frozen=True)
class _Link:
    """One tie before it becomes arrays."""

    ends: tuple[int, int]
    switches: tuple[int, ...]
    r: float = 0.0
    x: float = 0.0
    b_half: float = 0.0
    i_max: float = np.inf


def find_ties(
    network: PowerNetwork, graph: ClosedGraph, values: EdgeValues, lines: Records, part: Ints,
    n_zones: int,
) -> TieTable:
    """Every normally open link between two live zones; `part` is the source of each zone.

    A tie touches the jurisdictions of its switches (buses on both sides, owner, authority) and
    those of the sources that feed its two sides: whoever's grids it joins.
    """
    position = np.full(graph.n_nodes, -1, np.int64)
    position[graph.order] = np.arange(len(graph.order))
    links = _direct(graph, lines, position) + _through_dead(graph, values, lines, position)
    ends = np.array([k.ends for k in links], dtype=np.int64).reshape(len(links), 2)
    zone = lines.zone[ends]
    feeding = network.sources["jurisdiction"][graph.source_row[part[zone]]]
    touches = np.zeros((len(links), len(network.jurisdictions)), dtype=bool)
    for k, link in enumerate(links):
        touches[k] = graph.touches[list(link.switches)].any(axis=0)
        touches[k, feeding[k]] = True
    flat = zone.ravel()
    by_zone = np.argsort(flat, kind="stable")
    return TieTable(
        values=_tie_records(network, graph, links, touches),
        position=ends, zone=zone,
        end_ptr=np.searchsorted(flat[by_zone], np.arange(n_zones + 1)).astype(np.int64),
        ends=records(END, tie=by_zone // 2, side=by_zone % 2),
        switches=tuple(k.switches for k in links), touches=touches,
    )


def _tie_records(
    network: PowerNetwork, graph: ClosedGraph, links: list[_Link], touches: Mask
) -> Records:
    """Times and electric values of each tie.

    A tie between grids of different owners takes coordination although no switch of it lies
    between two jurisdictions, unless its switches say how long.
    """
    given = network.switches["coordination_min"]
    settings = network.settings

    def longest(column: Floats) -> Floats:
        return np.array([column[list(k.switches)].max() for k in links], dtype=np.float64)

    def floats(name: str) -> Floats:
        return np.array([getattr(k, name) for k in links], dtype=np.float64)

    unset = np.array([np.isnan(given[list(k.switches)]).all() for k in links], dtype=bool)
    default = np.where(unset & (touches.sum(axis=1) > 1), settings.coordination_h, 0.0)
    return records(
        TIE, travel_h=longest(graph.travel_h), operate_h=longest(graph.operate_h),
        coordination_h=np.maximum(longest(graph.coordination_h), default),
        r=floats("r"), x=floats("x"), b_half=floats("b_half"),
        i_max=floats("i_max") * settings.i_max_share,
    )


def _direct(graph: ClosedGraph, lines: Records, position: Ints) -> list[_Link]:
    """Open switches between two live zones."""
    return [
        _Link((int(position[u]), int(position[v])), (int(s),))
        for u, v, s in zip(graph.open_u, graph.open_v, graph.open_row, strict=True)
        if position[u] >= 0 and position[v] >= 0
        and lines.zone[position[u]] != lines.zone[position[v]]
    ]


def _through_dead(
    graph: ClosedGraph, values: EdgeValues, lines: Records, position: Ints
) -> list[_Link]:
    """Links through parts that are dead in the normal state, open at both ends and maybe between.

    The path between both switches gives impedance, charging (half at each end) and rating;
    the charging of other dead branches beside it is left out.
    """
    at_dead = [
        (int(s), int(u if position[u] < 0 else v), int(v if position[u] < 0 else u))
        for u, v, s in zip(graph.open_u, graph.open_v, graph.open_row, strict=True)
        if (position[u] < 0) != (position[v] < 0)
    ]
    if len(at_dead) < 2:
        return []
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for k in np.flatnonzero((position[graph.u] < 0) & (position[graph.v] < 0)):
        a, b = int(graph.u[k]), int(graph.v[k])
        neighbours.setdefault(a, []).append((b, int(k)))
        neighbours.setdefault(b, []).append((a, int(k)))
    n_closed = len(graph.u)
    for k in np.flatnonzero((position[graph.open_u] < 0) & (position[graph.open_v] < 0)):
        a, b = int(graph.open_u[k]), int(graph.open_v[k])
        neighbours.setdefault(a, []).append((b, n_closed + int(k)))
        neighbours.setdefault(b, []).append((a, n_closed + int(k)))
    links = []
    for first, (switch, start, live) in enumerate(at_dead):
        reached = _paths(neighbours, start)
        for other_switch, dead, other in at_dead[first + 1 :]:
            if dead not in reached or lines.zone[position[live]] == lines.zone[position[other]]:
                continue
            path = [k for k in reached[dead] if k < n_closed]
            between = (int(graph.open_row[k - n_closed]) for k in reached[dead] if k >= n_closed)
            if len(path) and np.any(graph.kind[path] == 1):
                continue
            rating = values.i_max[path].min() if len(path) else np.inf
            links.append(_Link(
                (int(position[live]), int(position[other])), (switch, *between, other_switch),
                float(values.r[path].sum()), float(values.x[path].sum()),
                float(values.b_half[path].sum()), float(rating),
            ))
    return links


def _paths(neighbours: dict[int, list[tuple[int, int]]], start: int) -> dict[int, list[int]]:
    """Edges on the way from `start` to every node connected to it, the fewest there are."""
    paths: dict[int, list[int]] = {start: []}
    queue = [start]
    for node in queue:
        for other, edge in neighbours.get(node, ()):
            if other not in paths:
                paths[other] = [*paths[node], edge]
                queue.append(other)
    return paths
