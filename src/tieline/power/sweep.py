"""Cases to masks to numbers: the fault sweep over a batch, recomputing only what can change."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tieline.power.kernels.arrays import Loading, new_work
from tieline.power.kernels.sweep import sweep
from tieline.power.loading import base_loading, scaled_levels
from tieline.power.network import TOPIC, Level, PowerNetwork
from tieline.power.signature import Signatures, sign_cells
from tieline.power.sources import drop_idle_limits
from tieline.power.topology import Topology, build_topology
from tieline.region.model import Case, pair

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

N_COUNTS = 3
N_GAPS = 2
WORD = 62
"""Pairs of jurisdictions per word of a zone's key."""
CHUNKS = 8
"""Pieces a sweep is cut into for each thread."""
FEW = 64
"""Up to this many zones are swept in one piece."""


@dataclass(frozen=True)
class Swept:
    """One case: the grid it ran on, the ties it could use, and what faults in each zone cost.

    `counts` has shape (n_zones, n_jurisdictions, 3): interruptions, customer-hours, kWh a year;
    `gap` (n_zones, n_jurisdictions, 2): customer-hours, kWh. `signatures`, `keys` (by zone:
    borders that matter and are open) and `levels` identify each zone's subproblem.
    """

    topology: Topology
    usable: Mask
    loadings: tuple[Loading, ...]
    counts: Floats
    gap: Floats
    signatures: Signatures
    keys: Words
    levels: tuple[Level, ...]

    def subproblem(self, zone: int) -> str:
        """What identifies the faults of a zone: equal in two cases if they are solved alike."""
        h = hashlib.sha256(self.signatures.subproblem(self.topology, zone))
        h.update(self.keys[zone].tobytes())
        h.update(repr(self.levels).encode())
        return h.hexdigest()[:20]


@dataclass(frozen=True)
class _Known:
    """Zones of one cell already computed: their keys and results."""

    keys: Words
    counts: Floats
    gap: Floats


@dataclass(frozen=True)
class _Stage:
    """A topology with its load levels, and what identifies each cell's results."""

    topology: Topology
    loadings: tuple[Loading, ...]
    reach: Words
    signatures: Signatures
    tie_words: Words


class Sweeper:
    """Sweeps cases one after the other; remembers, cell by cell, what no case changed."""

    def __init__(self, network: PowerNetwork, threads: int | None = None) -> None:
        self.network = network
        self.threads = threads or min(8, os.cpu_count() or 1)
        self.pair_index = {p: k for k, p in enumerate(network.pairs)}
        self.n_words = max(1, -(-len(network.pairs) // WORD))
        self.stages: dict[tuple[bytes, str], _Stage] = {}
        self.known: dict[tuple[bytes, tuple[Level, ...]], list[_Known]] = {}

    def run(self, cases: Sequence[Case]) -> Iterator[Swept]:
        """One result per case, in order."""
        with ThreadPoolExecutor(self.threads) as pool:
            for case in cases:
                yield self._case(case, pool)

    def _stage(self, case: Case) -> tuple[_Stage, tuple[Level, ...]]:
        built = self.network.built(case)
        levels = scaled_levels(self.network, case)
        key = (built.tobytes(), case.scenario)
        if key not in self.stages:
            same = next((s for (b, _), s in self.stages.items() if b == key[0]), None)
            topology = same.topology if same else build_topology(self.network, built)
            words = self._tie_words(topology)
            loadings = tuple(
                drop_idle_limits(topology, base_loading(topology, level)) for level in levels
            )
            self.stages[key] = _Stage(
                topology, loadings, _reach(topology, words), sign_cells(topology, loadings), words
            )
        return self.stages[key], levels

    def _tie_words(self, topology: Topology) -> Words:
        """Bits of the pairs that each tie needs open, shape (n_ties, n_words)."""
        touches = topology.tie_table.touches
        words = np.zeros((len(touches), self.n_words), np.uint64)
        for k, row in enumerate(touches):
            ids = [self.network.jurisdictions[j] for j in np.flatnonzero(row)]
            for i, a in enumerate(ids):
                for b in ids[i + 1 :]:
                    bit = self.pair_index[pair(a, b)]
                    words[k, bit // WORD] |= np.uint64(1 << (bit % WORD))
        return words

    def _open_words(self, case: Case) -> Words:
        """Bits of the pairs that the case opens."""
        words = np.zeros(self.n_words, np.uint64)
        for p, bit in self.pair_index.items():
            if (TOPIC, *p) in case.open:
                words[bit // WORD] |= np.uint64(1 << (bit % WORD))
        return words

    def _case(self, case: Case, pool: ThreadPoolExecutor) -> Swept:
        stage, levels = self._stage(case)
        topology = stage.topology
        opened = self._open_words(case)
        usable = np.all(stage.tie_words & ~opened == 0, axis=1)
        keys = stage.reach & opened
        n_j = len(self.network.jurisdictions)
        counts = np.zeros((topology.n_zones, n_j, N_COUNTS))
        gap = np.zeros((topology.n_zones, n_j, N_GAPS))
        out = Swept(
            topology, usable, stage.loadings, counts, gap, stage.signatures, keys, levels
        )
        signatures = stage.signatures
        cells = [
            ((signature, levels), here)
            for signature, here in zip(signatures.whole, signatures.zones, strict=True)
        ]
        todo = np.ones(topology.n_zones, bool)
        for name, here in cells:
            for known in self.known.get(name, ()):
                same = todo[here] & np.all(known.keys == keys[here], axis=1)
                counts[here[same]] = known.counts[same]
                gap[here[same]] = known.gap[same]
                todo[here[same]] = False
        faulty = np.diff(topology.grid.fault_ptr) > 0
        self._compute(np.flatnonzero(todo & faulty), pool, out)
        for name, here in cells:
            if todo[here].any():
                self.known.setdefault(name, []).append(
                    _Known(keys[here], counts[here], gap[here])
                )
        return out

    def _compute(self, zones: Ints, pool: ThreadPoolExecutor, out: Swept) -> None:
        """Sweep these zones, in pieces of mixed positions, so that threads end about together."""
        grid = out.topology.grid
        n = self.threads * CHUNKS if len(zones) > FEW else 1

        def run(piece: Ints) -> None:
            work = new_work(len(grid.lines), len(grid.zones), 2 * len(out.usable))
            for loading in out.loadings:
                sweep(grid, loading, piece, out.usable, work, out.counts, out.gap)

        list(pool.map(run, [zones[k::n] for k in range(n) if len(zones[k::n])]))


def _reach(topology: Topology, words: Words) -> Words:
    """Bits of the pairs that matter for a fault in each zone: those of ties below it."""
    parent = topology.grid.zones.parent
    reach = np.zeros((topology.n_zones, words.shape[1]), np.uint64)
    for k in np.flatnonzero(words.any(axis=1)):
        for z in topology.grid.tie_zone[k]:
            at = int(parent[z])
            while at >= 0:
                reach[at] |= words[k]
                at = int(parent[at])
    return reach
