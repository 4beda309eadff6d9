"""The order in which levels are eliminated: chains first, then whatever has fewest neighbours."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.kernels.arrays import PUMP, Mesh, Solver

if TYPE_CHECKING:
    from numpy.typing import NDArray


WORTH = 30
"""Whole elimination is worth up to so many products for each unknown."""
FEW = 4
"""Else only unknowns with at most so many neighbours are eliminated: chains, forks, crossings."""


def make_solver(mesh: Mesh, outside: NDArray[np.int64]) -> Solver:
    """The order and pattern of a mesh whose cells `outside` have given levels."""
    n_cells = len(mesh.bottom)
    is_out = np.zeros(n_cells, bool)
    is_out[outside] = True
    ends = list(zip(mesh.face_from.tolist(), mesh.face_to.tolist(), strict=True))
    solved = [
        mesh.kind[f] != PUMP and not is_out[a] and not is_out[b] for f, (a, b) in enumerate(ends)
    ]
    joined = [e for e, yes in zip(ends, solved, strict=True) if yes]
    order, columns, direct = _eliminate(n_cells, is_out, joined, n_cells)
    if sum(len(c) * (len(c) + 1) // 2 for c in columns) > WORTH * len(order):
        order, columns, direct = _eliminate(n_cells, is_out, joined, FEW)
    unknown = np.full(n_cells, -1, np.int64)
    unknown[order] = np.arange(len(order))
    ptr: list[int] = [0]
    row: list[int] = []
    place: dict[tuple[int, int], int] = {}
    for k, later in enumerate(columns):
        for i in sorted(int(unknown[c]) for c in later):
            place[i, k] = len(row)
            row.append(i)
        ptr.append(len(row))
    n = len(order)
    target = []
    for k in range(direct):
        column = row[ptr[k]:ptr[k + 1]]
        for p, i in enumerate(column):
            target += [n + place[i, j] for j in column[:p]]
            target.append(i)
    entry = np.full(len(ends), -1, np.int64)
    for f in np.flatnonzero(solved):
        i, j = int(unknown[ends[f][0]]), int(unknown[ends[f][1]])
        entry[f] = n + place[max(i, j), min(i, j)]
    cell_ptr, cell_face = around(mesh)
    return Solver(
        unknown, np.array(ptr, np.int64), np.array(row, np.uint32), entry,
        np.array(target, np.uint32), np.array([direct], np.int64), cell_ptr, cell_face,
    )


def _eliminate(
    n_cells: int, is_out: NDArray[np.bool_], joined: list[tuple[int, int]], most: int
) -> tuple[list[int], list[set[int]], int]:
    """Cells by fewest neighbours at their turn, and those neighbours, which it joins in pairs.

    Elimination ends where every cell left has more than `most` neighbours; the cells left come
    last, each with those of its neighbours that come after it. The third: how many come before.
    """
    near: list[set[int]] = [set() for _ in range(n_cells)]
    for a, b in joined:
        near[a].add(b)
        near[b].add(a)
    heap = [(len(near[c]), c) for c in range(n_cells) if not is_out[c]]
    heapq.heapify(heap)
    done = is_out.copy()
    order: list[int] = []
    columns: list[set[int]] = []
    while heap:
        degree, c = heapq.heappop(heap)
        if done[c] or degree != len(near[c]):
            continue
        if degree > most:
            break
        done[c] = True
        order.append(c)
        columns.append(set(near[c]))
        for a in near[c]:
            near[a] |= near[c]
            near[a] -= {a, c}
        for a in near[c]:
            heapq.heappush(heap, (len(near[a]), a))
    direct = len(order)
    for c in np.flatnonzero(~done).tolist():
        order.append(c)
        columns.append({a for a in near[c] if a > c})
    return order, columns, direct


def around(mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Faces around each cell as slices."""
    n_cells, n_faces = len(mesh.bottom), len(mesh.face_from)
    cells = np.concatenate([mesh.face_from, mesh.face_to])
    order = np.argsort(cells, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=n_cells))])
    return ptr.astype(np.int64), np.concatenate([np.arange(n_faces)] * 2)[order].astype(np.int64)
