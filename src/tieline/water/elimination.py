"""The order in which levels are eliminated: chains first, then whatever has fewest neighbours."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.kernels.arrays import PUMP, Mesh, Solver

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_solver(mesh: Mesh, outside: NDArray[np.int64]) -> Solver:
    """The order and pattern of a mesh whose cells `outside` have given levels."""
    n_cells, faces = len(mesh.bottom), range(len(mesh.face_from))
    is_out = np.zeros(n_cells, bool)
    is_out[outside] = True
    joined = [
        (int(mesh.face_from[f]), int(mesh.face_to[f])) for f in faces
        if mesh.kind[f] != PUMP and not is_out[mesh.face_from[f]] and not is_out[mesh.face_to[f]]
    ]
    order, columns = _eliminate(n_cells, is_out, joined)
    unknown = np.full(n_cells, -1, np.int64)
    unknown[order] = np.arange(len(order))
    ptr, row, place = [0], [], {}
    for k, later in enumerate(columns):
        for i in sorted(unknown[c] for c in later):
            place[int(i), k] = len(row)
            row.append(int(i))
        ptr.append(len(row))
    n = len(order)
    target = []
    for k in range(n):
        column = row[ptr[k]:ptr[k + 1]]
        for p, i in enumerate(column):
            target += [n + place[i, j] for j in column[:p]]
            target.append(i)
    entry = np.full(len(mesh.face_from), -1, np.int64)
    for f in faces:
        i, j = unknown[mesh.face_from[f]], unknown[mesh.face_to[f]]
        if i >= 0 and j >= 0 and mesh.kind[f] != PUMP:
            entry[f] = n + place[max(i, j), min(i, j)]
    cell_ptr, cell_face = _around(mesh)
    return Solver(
        unknown, np.array(ptr, np.int64), np.array(row, np.int64), entry,
        np.array(target, np.int64), cell_ptr, cell_face,
    )


def _eliminate(
    n_cells: int, is_out: NDArray[np.bool_], joined: list[tuple[int, int]]
) -> tuple[list[int], list[set[int]]]:
    """Cells by fewest neighbours at their turn, and those neighbours, which it joins in pairs."""
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
        done[c] = True
        order.append(c)
        columns.append(set(near[c]))
        for a in near[c]:
            near[a] |= near[c]
            near[a] -= {a, c}
        for a in near[c]:
            heapq.heappush(heap, (len(near[a]), a))
    return order, columns


def _around(mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Faces around each cell as slices."""
    n_cells, n_faces = len(mesh.bottom), len(mesh.face_from)
    cells = np.concatenate([mesh.face_from, mesh.face_to])
    order = np.argsort(cells, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=n_cells))])
    return ptr.astype(np.int64), np.concatenate([np.arange(n_faces)] * 2)[order].astype(np.int64)
