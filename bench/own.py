"""The same back-feeds with Tieline's own kernel, one by one as the peers solve them."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numba import njit

from bench.networks import Backfeeds, FloatArray, Grid, IntArray, write_folder
from bench.peers import PeerResult
from tieline import read_region
from tieline.power.kernels.arrays import Grid as KernelGrid
from tieline.power.kernels.arrays import Loading, Work, new_work
from tieline.power.kernels.backfeed import carries
from tieline.power.loading import base_loading
from tieline.power.network import Level
from tieline.power.topology import build_topology


def with_tieline(grid: Grid, todo: Backfeeds, *, runs: int, threads: int = 1) -> PeerResult:
    """Every back-feed solved and held against the limits, none skipped.

    Exactly the peers' list: no candidate is dropped because another tie already carries the
    island. The median of `runs` warm runs.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "region"
        write_folder(grid, folder)
        network = read_region(folder).networks["power"]
    topology = build_topology(network, np.zeros(0, bool))
    loading = base_loading(topology, Level("all year", 1.0, 1.0, 1.0))
    at = topology.position_of_bus
    zone = topology.grid.lines.zone
    position = topology.grid.tie_position
    tie_of = {(int(a), int(b)): k for k, (a, b) in enumerate(position)}
    tie, side = np.zeros(len(todo.tie), np.int64), np.zeros(len(todo.tie), np.int64)
    for i, (a, b) in enumerate(zip(at[todo.inside], at[todo.outside], strict=True)):
        side[i] = 0 if (int(a), int(b)) in tie_of else 1
        tie[i] = tie_of[(int(a), int(b)) if side[i] == 0 else (int(b), int(a))]
    child_slot = topology.grid.slot[at[todo.child]]
    given = np.stack([zone[at[todo.fault]], zone[at[todo.child]], child_slot, tie, side])
    fits, child = np.zeros(len(tie)), np.zeros(len(tie))
    works = [
        new_work(len(topology.grid.lines), len(topology.grid.zones), 2 * len(position))
        for _ in range(threads)
    ]

    def run(k: int) -> None:
        mine = slice(k * len(tie) // threads, (k + 1) * len(tie) // threads)
        _solve_all(topology.grid, loading, given[:, mine], works[k], fits[mine], child[mine])

    taken = []
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))  # compile
        for _ in range(runs):
            begin = time.perf_counter()
            list(pool.map(run, range(threads)))
            taken.append(time.perf_counter() - begin)
    return PeerResult("Tieline", float(np.median(taken)), len(tie), fits, child)


@njit(nogil=True)
def _solve_all(
    grid: KernelGrid, load: Loading, given: IntArray, w: Work, fits: FloatArray,
    v_child: FloatArray,
) -> None:
    """Rows of `given`: zone of the fault, zone and slot of the child, tie, side of the tie."""
    for i in range(given.shape[1]):
        fault, island, child, tie, side = given[:, i]
        unit = grid.lines[grid.tie_position[tie, 1 - side]].unit
        for z in range(island, grid.zones[island].end):
            w.zone[z].mark = True
        top = carries(grid, load, fault, tie, side, unit, 0, w)
        for z in range(island, grid.zones[island].end):
            w.zone[z].mark = False
        fits[i] = top >= 0
        v_child[i] = (w.state[child].vr ** 2 + w.state[child].vi ** 2) ** 0.5
