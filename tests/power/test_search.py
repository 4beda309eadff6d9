"""The search for the best plan: its limits, its gap, and what it takes for the same problem."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import engine_runs
import hand
import numpy as np
import pytest
import random_grids
from engine_runs import case_of
from test_twin import check_against_the_best

from tieline.power import sweep as power_sweep
from tieline.power.kernels.arrays import new_work
from tieline.power.kernels.backfeed import carries
from tieline.power.kernels.bound import lost_mw, lost_shares, soonest
from tieline.power.kernels.exact import best_plan
from tieline.power.kernels.linear import N_ROWS, Island, limit_tie
from tieline.power.kernels.restore import restore_zone
from tieline.power.kernels.sweep import _loose
from tieline.power.sweep import Sweeper, Swept

MOST_PARTS = 200
HEAVY = (3000, 3004, 3011, 3017, 3023, 3031, 3042, 3055, 3068, 3077)
LONG = (5000, 5003, 5008, 5013, 5021, 5034)


def swept(path: Path, built: tuple[str, ...] = ("p1",)) -> Swept:
    """The case with all borders open, in a sweeper of its own."""
    _, network = engine_runs.read(path)
    pairs = itertools.combinations(network.jurisdictions, 2)
    (found,) = Sweeper(network, 1).run([network.relevant.restrict(case_of(pairs, built))])
    return found


def heavy_grid(folder: Path, seed: int) -> Path:
    stress = (1.0, 1.5, 2.0, 3.0)[seed % 4]
    made = random_grids.draft(seed, buses=7, ties=4, stress=stress, load_kw=1500.0)
    return random_grids.write_grid(folder, made)


def connected_parts(found: Swept, head: int, start: int) -> Iterator[frozenset[int]]:
    """Connected sets of zones of the island below `head` that hold `start`, smallest first."""
    zones = found.topology.grid.zones
    beside: dict[int, set[int]] = {y: set() for y in range(head, int(zones.end[head]))}
    for y in range(head + 1, int(zones.end[head])):
        beside[y].add(int(zones.parent[y]))
        beside[int(zones.parent[y])].add(y)
    todo, seen = [frozenset([start])], {frozenset([start])}
    for part in itertools.islice(todo, MOST_PARTS):
        yield part
        for y in sorted(set().union(*(beside[x] for x in part)) - part):
            if part | {y} not in seen:
                seen.add(part | {y})
                todo.append(part | {y})


def test_linear_limits_never_refuse_what_the_power_flow_accepts(tmp_path: Path) -> None:
    """Every tie alone, after every fault above its end, with every part it may feed."""
    accepted = refused = 0
    for seed in (*HEAVY, *range(100, 200)):
        more = judged_twice(swept(heavy_grid(tmp_path / str(seed), seed)))
        accepted, refused = accepted + more[0], refused + more[1]
    assert min(accepted, refused) > 500


def judged_twice(found: Swept) -> tuple[int, int]:
    """How many parts the power flow accepts, and how many the linear limits refuse."""
    grid, zones = found.topology.grid, found.topology.grid.zones
    work = new_work(len(grid.lines), len(zones), 2 * len(found.usable))
    accepted = refused = 0
    for load, tie, side in itertools.product(found.loadings, range(len(grid.ties)), (0, 1)):
        start, other = (int(grid.tie_zone[tie, k]) for k in (side, 1 - side))
        unit = int(grid.lines.unit[grid.tie_position[tie, 1 - side]])
        head = start
        while zones.parent[head] >= 0 and np.isfinite(load.feeder.p[unit]):
            z = int(zones.parent[head])
            if z <= other < zones.end[z]:
                break
            n = int(zones.end[head]) - head
            lo = int(zones.head[head])
            a, rhs = np.empty((n + N_ROWS, n)), np.empty(n + N_ROWS)
            limit_tie(
                grid, load, z, tie, side, Island(lo, int(grid.lines.end[lo]), head, 0), a, rhs
            )
            for part in connected_parts(found, head, start):
                work.zone.mark[:] = False
                work.zone.mark[list(part)] = True
                good = carries(grid, load, z, tie, side, unit, 0, work) >= 0
                inside = [y - head for y in part]
                rows = [*inside, *range(n, n + N_ROWS)]
                fits = bool(np.all(a[np.ix_(rows, inside)].sum(axis=1) <= rhs[rows]))
                assert fits or not good, (z, tie, sorted(part))
                accepted += good
                refused += not fits
            head = z
    return accepted, refused


@pytest.mark.parametrize("seed", HEAVY)
def test_heavy_grids_with_several_ties_are_covered_by_their_gap(tmp_path: Path, seed: int) -> None:
    check_against_the_best(heavy_grid(tmp_path / "r", seed), ["p1"])


@pytest.mark.parametrize("seed", LONG)
def test_long_islands_with_few_ties_are_covered_by_their_gap(tmp_path: Path, seed: int) -> None:
    made = random_grids.draft(seed, feeders=2, buses=9, ties=3, load_kw=1300.0)
    check_against_the_best(random_grids.write_grid(tmp_path / "r", made), ["p1"])


def test_small_islands_mostly_leave_no_gap(tmp_path: Path) -> None:
    """In weighted customer-hours; where they do not, parts below the fault feed each other."""
    exact = 0
    for seed in HEAVY:
        found = swept(heavy_grid(tmp_path / str(seed), seed))
        exact += not np.maximum(found.gap[:, :, 0], 0.0).any()
    assert exact >= len(HEAVY) // 2


BUILT = ((), ("p1",), ("p2",), ("p1", "p3"), ("p1", "p2", "p3"))


@pytest.mark.parametrize("seed", range(40, 60))
def test_the_same_subproblem_in_grids_of_other_projects_has_the_same_answer(
    tmp_path: Path, seed: int
) -> None:
    """Each grid in a sweeper of its own, so that nothing is remembered from one to the next."""
    made = random_grids.draft(seed, feeders=4, buses=6, ties=6, stress=2.0)
    path = random_grids.write_grid(tmp_path / "r", made)
    known: dict[str, bytes] = {}
    for built in BUILT:
        found = swept(path, built)
        keys = [found.subproblem(z) for z in range(found.topology.n_zones)]
        assert len(set(keys)) == len(keys)
        for z, key in enumerate(keys):
            answer = found.counts[z].tobytes() + found.gap[z].tobytes()
            assert known.setdefault(key, answer) == answer, (built, z)


def test_a_project_changes_its_own_feeder_and_those_tied_to_it_alone(tmp_path: Path) -> None:
    """In most grids, most subproblems are the same with and without a project."""
    same = total = 0
    for seed in range(40, 60):
        made = random_grids.draft(seed, feeders=6, buses=6, ties=6)
        path = random_grids.write_grid(tmp_path / str(seed), made)
        with_it, without = (swept(path, built) for built in (("p1",), ()))
        keys = {without.subproblem(z) for z in range(without.topology.n_zones)}
        same += sum(with_it.subproblem(z) in keys for z in range(with_it.topology.n_zones))
        total += with_it.topology.n_zones
    assert 0.4 * total < same < total


def test_a_source_limit_that_is_dropped_never_mattered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = kept = 0
    for seed in range(60, 80):
        made = random_grids.draft(seed, feeders=4, buses=6, ties=6)
        for k, row in enumerate(made.tables["source"]):
            row["s_max_mva"] = (6.0, 12.0, 25.0)[(seed + k) % 3]
        path = random_grids.write_grid(tmp_path / str(seed), made)
        found = swept(path)
        limits = [load.source.s_max for load in found.loadings]
        dropped += sum(int(np.isinf(x).sum()) for x in limits)
        kept += sum(int(np.isfinite(x).sum()) for x in limits)
        with monkeypatch.context() as patch:
            patch.setattr(power_sweep, "drop_idle_limits", lambda _, loading: loading)
            strict = swept(path)
        np.testing.assert_allclose(
            strict.counts.sum(axis=1), found.counts.sum(axis=1), rtol=1e-9, atol=1e-12
        )
    assert dropped
    assert kept


def test_the_bound_for_large_islands_never_lies_above_the_best_plan(tmp_path: Path) -> None:
    """Held against the search, where that knows the best: of all faults that need a choice."""
    compared = 0
    for seed in (*HEAVY, *range(100, 140)):
        found = swept(heavy_grid(tmp_path / str(seed), seed))
        grid = found.topology.grid
        work = new_work(len(grid.lines), len(grid.zones), 2 * len(found.usable))
        for load, z in itertools.product(
            found.loadings, np.flatnonzero(np.diff(grid.fault_ptr) > 0).tolist()
        ):
            n_cand, failed = restore_zone(grid, load, z, found.usable, work)
            before = cost(found, z, work.zone.back_h)
            soonest(grid, z, n_cand, work)
            share = lost_shares(grid, load, z, lost_mw(grid, load, z, n_cand, work), work)
            loose = _loose(grid, z, share, work)
            excess = best_plan(grid, load, z, found.usable, True, work)[1:]
            if failed and np.isfinite(excess[0]):
                compared += 1
                best = np.array(cost(found, z, work.zone.back_h)) - excess
                assert np.all(np.array(before) - loose <= best + 1e-9 * (1.0 + best)), (seed, z)
    assert compared > 100


def cost(found: Swept, z: int, back_h: np.ndarray) -> tuple[float, float]:
    """Weighted customer-hours and kWh a year lost below z with these return times."""
    grid = found.topology.grid
    below = slice(z + 1, int(grid.zones.end[z]))
    faults = grid.faults[grid.fault_ptr[z] : grid.fault_ptr[z + 1]]
    hours = np.minimum(back_h[below, None], faults.repair_h) @ faults.rate
    return float(grid.zones.weight[below] @ hours), float(grid.kw[below].sum(axis=1) @ hours)


def test_a_part_too_small_to_hold_the_voltage_down_is_fed_with_more(tmp_path: Path) -> None:
    """Behind the tie: a2 with a capacitor, alone too high; a3 holds it down; a4 is too much."""
    numbers = engine_runs.outcome_of(
        hand.write(
            tmp_path / "r", source="id,bus,vm_pu\nga,a0,1\ngb,b0,1.065",
            bus=hand.more(hand.BUS, "a3,a,10", "a4,a,10"),
            branch=hand.more(
                hand.changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,6,0.1,0.3,140"),
                "a23,a2,a3,1,0.1,0.3,400,0,4", "a24,a2,a4,1,0.1,0.3,400,0,4",
            ),
            switch=hand.more(
                hand.SWITCH, "sa3,a2,a23,branch,load_break,6,24,",
                "sa4,a2,a24,branch,load_break,6,24,",
            ),
            load=hand.more(hand.LOAD, "ca3,a3,1500,7", "ca4,a4,3000,9"),
            shunt="id,bus,p_kw,q_kvar\nc,a2,0,-800",
        ),
        open_pairs=[("a", "b")],
    )
    fed, waits = 20 + 7, 10 + 9
    a12 = 0.3 * (10 * 31 / 60 + (20 + 7 + 9) * 4)
    assert numbers["a"]["customer_hours"] == pytest.approx(0.2 * (waits * 4 + fed * 72 / 60) + a12)
