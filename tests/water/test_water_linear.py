"""The linear system of levels against a dense solver."""

import numpy as np
import pytest

from tieline.water import elimination
from tieline.water.elimination import make_solver
from tieline.water.kernels.linear import solve


@pytest.mark.parametrize("size", [(4, 4), (6, 9)])
@pytest.mark.parametrize("whole", [True, False])
def test_levels_solve_their_system(make_loop, monkeypatch, size, whole):
    """Chains, loops, gates, cells outside; eliminated to the end or iterated at the core."""
    network = make_loop(nx=size[0], ny=size[1])
    outside = network.boundaries["node"][network.boundaries["kind"] == "level"]
    if not whole:
        monkeypatch.setattr(elimination, "WORTH", 0)
        monkeypatch.setattr(elimination, "FEW", 2)
    mesh = network.grid.mesh
    solver = make_solver(mesh, outside)
    n = len(solver.ptr) - 1
    assert bool(solver.direct[0] == n) is whole
    assert n == network.grid.n_cells - len(outside)
    rng = np.random.default_rng(0)
    matrix, dense = np.zeros(n + len(solver.row)), np.zeros((n, n))
    matrix[:n] = 1.0 + rng.random(n)
    dense[np.arange(n), np.arange(n)] = matrix[:n]
    for f in range(network.grid.n_faces):
        i, j = (solver.unknown[c] for c in (mesh.face_from[f], mesh.face_to[f]))
        stiff = rng.random() * 5.0
        for k in (i, j):
            if k >= 0:
                matrix[k] += stiff
                dense[k, k] += stiff
        if i >= 0 and j >= 0:
            matrix[solver.entry[f]] -= stiff
            dense[i, j] -= stiff
            dense[j, i] -= stiff
    right = rng.random(n)
    x = right.copy()
    solve(solver, matrix, x, np.zeros(3 * n))
    assert x == pytest.approx(np.linalg.solve(dense, right), rel=1e-8, abs=1e-9)
