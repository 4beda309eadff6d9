"""Radial grids of any size, drawn from a seed, as arrays and as a region folder.

A feeder has 100 buses: a trunk of 40, and laterals that leave it anywhere. Every line has a
load-break switch at its upstream end (a breaker where the feeder leaves the station), so every
line is a fault zone of its own. Every feeder meets two normally open ties. Three jurisdictions
hold a third of the feeders each; one tie in ten crosses a border.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEEDER_BUSES = 100
TRUNK_BUSES = 40
FEEDERS_PER_STATION = 10
JURISDICTIONS = ("east", "north", "west")
VN_KV = 10.0

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A radial grid; buses 0..n_stations-1 are the stations' busbars.

    `parent` is the upstream bus (-1 at busbars), and line i the line from `parent[i]` to bus i.
    `feeder` is -1 at busbars. `tie` has shape (n_ties, 2).
    """

    parent: IntArray
    feeder: IntArray
    jurisdiction: IntArray
    length_km: FloatArray
    i_max_a: FloatArray
    p_kw: FloatArray
    q_kvar: FloatArray
    tie: IntArray

    @property
    def n_stations(self) -> int:
        """Number of busbars with a source."""
        return int((self.parent < 0).sum())


R_OHM_PER_KM, X_OHM_PER_KM, C_NF_PER_KM = 0.125, 0.095, 280.0
TRUNK_A, LATERAL_A = 400.0, 260.0


def radial_grid(n_feeders: int, *, load_scale: float = 1.0, seed: int = 1) -> Grid:
    """A grid of `n_feeders` feeders of 100 buses, the same for the same seed."""
    rng = np.random.default_rng(seed)
    owner = np.arange(n_feeders) * 3 // n_feeders
    station = _stations(owner)
    n_stations = int(station.max()) + 1
    n = n_stations + n_feeders * FEEDER_BUSES
    parent, feeder = np.full(n, -1), np.full(n, -1)
    jurisdiction = np.zeros(n, np.int64)
    length_km, i_max_a = np.zeros(n), np.full(n, LATERAL_A)
    for f in range(n_feeders):
        first = n_stations + f * FEEDER_BUSES
        buses = slice(first, first + FEEDER_BUSES)
        parent[buses] = _tree(rng) + first
        parent[first] = station[f]
        feeder[buses] = f
        jurisdiction[buses] = jurisdiction[station[f]] = owner[f]
        length_km[buses] = rng.uniform(0.08, 0.32, FEEDER_BUSES)
        i_max_a[first : first + TRUNK_BUSES] = TRUNK_A
    # A feeder draws 20 to 38 % of its trunk's rating at load_scale 1.
    rated_kw = np.sqrt(3.0) * VN_KV * TRUNK_A
    total = rng.uniform(0.20, 0.38, n_feeders) * rated_kw * load_scale
    share = rng.dirichlet(np.full(FEEDER_BUSES, 4.0), n_feeders)
    p_kw = np.zeros(n)
    p_kw[n_stations:] = (share * total[:, None]).ravel()
    return Grid(parent, feeder, jurisdiction, length_km, i_max_a, p_kw, p_kw * 0.33,
                _ties(rng, owner, n_stations))


def _stations(owner: IntArray) -> IntArray:
    """Station of each feeder: up to ten feeders of one jurisdiction share a busbar."""
    out = np.zeros(len(owner), np.int64)
    used = 0
    for j in np.unique(owner):
        mine = np.flatnonzero(owner == j)
        out[mine] = used + np.arange(len(mine)) // FEEDERS_PER_STATION
        used = int(out[mine].max()) + 1
    return out


def _tree(rng: np.random.Generator) -> IntArray:
    """Upstream bus within a feeder: the trunk is a chain, laterals grow from any bus or tip."""
    parent = np.arange(-1, FEEDER_BUSES - 1)
    for i in range(TRUNK_BUSES, FEEDER_BUSES):
        grows = i > TRUNK_BUSES and rng.random() < 0.6
        parent[i] = i - 1 if grows else rng.integers(0, TRUNK_BUSES)
    return parent


def _ties(rng: np.random.Generator, owner: IntArray, first: int) -> IntArray:
    """Two ties a feeder: trunk end to trunk end of a neighbour, and one from the outer trunk."""
    n = len(owner)
    ends = first + np.arange(n) * FEEDER_BUSES + TRUNK_BUSES - 1
    outer = first + np.arange(n) * FEEDER_BUSES + rng.integers(
        TRUNK_BUSES // 2, TRUNK_BUSES - 1, n)
    out = [(ends[i], ends[i + 1]) for i in range(0, n - 1, 2)]
    order = np.concatenate([rng.permutation(np.flatnonzero(owner == j)) for j in range(3)])
    crossing = max(1, n // 30)  # per border: three borders make a tenth of all ties
    groups = [list(order[owner[order] == j]) for j in range(3)]
    for a, b in ((0, 1), (1, 2), (0, 2)):
        out += [(outer[groups[a].pop()], outer[groups[b].pop()]) for _ in range(crossing)]
    for group in groups:
        out += [(outer[a], outer[b]) for a, b in zip(group[::2], group[1::2], strict=False)]
    return np.array(out, np.int64)


def write_folder(grid: Grid, folder: Path) -> None:
    """The grid as a region folder in native tables."""
    power = folder / "power"
    power.mkdir(parents=True)
    members = "".join(f'\n[[jurisdiction]]\nid = "{j}"\nname = "{j}"\n' for j in JURISDICTIONS)
    (folder / "region.toml").write_text(
        f'name = "benchmark"\nnetworks = ["power"]\ncoordinates = "schematic"\n{members}',
        encoding="utf-8",
    )
    for name, frame in _frames(grid).items():
        frame.assign(status="synthetic").to_csv(power / f"{name}.csv", index=False)


def _frames(grid: Grid) -> dict[str, pd.DataFrame]:
    n = len(grid.parent)
    bus = np.array([f"b{i}" for i in range(n)])
    line = np.array([f"l{i}" for i in range(n)])
    fed = np.flatnonzero(grid.parent >= 0)
    head = grid.parent[fed] < grid.n_stations
    stations = np.arange(grid.n_stations)
    ties = np.arange(len(grid.tie))
    remote = np.where(fed % 5 == 0, "remote", "manual")
    switch = pd.DataFrame({
        "id": [f"s{i}" for i in fed], "bus": bus[grid.parent[fed]], "element": line[fed],
        "element_kind": "branch", "kind": np.where(head, "breaker", "load_break"),
        "normal": "closed", "control": np.where(head, "remote", remote),
    })
    tie = pd.DataFrame({
        "id": [f"t{i}" for i in ties], "bus": bus[grid.tie[:, 0]],
        "element": bus[grid.tie[:, 1]], "element_kind": "bus", "kind": "tie", "normal": "open",
        "control": "remote",
    })
    return {
        "bus": pd.DataFrame({"id": bus, "jurisdiction": np.array(JURISDICTIONS)[grid.jurisdiction],
                             "vn_kv": VN_KV}),
        "source": pd.DataFrame({"id": [f"g{i}" for i in stations], "bus": bus[stations],
                                "vm_pu": 1.03}),
        "branch": pd.DataFrame({
            "id": line[fed], "from_bus": bus[grid.parent[fed]], "to_bus": bus[fed],
            "length_km": grid.length_km[fed], "r_ohm_per_km": R_OHM_PER_KM,
            "x_ohm_per_km": X_OHM_PER_KM, "c_nf_per_km": C_NF_PER_KM,
            "i_max_a": grid.i_max_a[fed], "kind": "cable", "failure_per_km_yr": 0.04,
            "repair_h": 8.0,
        }),
        "switch": pd.concat([switch, tie], ignore_index=True),
        "load": pd.DataFrame({
            "id": [f"c{i}" for i in fed], "bus": bus[fed], "p_kw": grid.p_kw[fed],
            "q_kvar": grid.q_kvar[fed], "customers": 1,
        }),
    }


@dataclass(frozen=True)
class Backfeeds:
    """Whole-island back-feeds after single faults, one row each.

    Line `fault` fails, its bus is cut off; the part below line `child` hangs on tie `tie`,
    whose end `inside` lies in it and whose end `outside` in the feeder `donor`.
    """

    fault: IntArray
    child: IntArray
    tie: IntArray
    inside: IntArray
    outside: IntArray
    donor: IntArray


def backfeeds(grid: Grid) -> Backfeeds:
    """Every back-feed of a whole island through one tie, for every single fault of a line."""
    rows = []
    for t, ends in enumerate(grid.tie):
        for inside, outside in (ends, ends[::-1]):
            child = int(inside)
            while grid.parent[grid.parent[child]] >= 0:  # the fault is upstream of the child
                fault = int(grid.parent[child])
                rows.append((fault, child, t, inside, outside, grid.feeder[outside]))
                child = fault
    return Backfeeds(*np.array(rows, np.int64).T)
