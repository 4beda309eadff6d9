"""Plans of random incidents: replayed by power-grid-model step by step, and a search of all states.

The twin tries every state by definition: no bounds, no order, no growing. What it accepts is asked
of power-grid-model.
"""

import itertools
import random
from dataclasses import replace
from pathlib import Path

import engine_runs
import numpy as np
import pytest
import random_grids
from engine_runs import case_of
from incidents import StepJudge, random_incident, refed_faults, states, violations
from respond_twin import best_of_all
from twin_folder import Folder

from tieline.power.respond import part

LEVEL = (1.0, 1.0, 1.0)
BUILT = list(random_grids.PROJECTS)


class Grid:
    """A random grid with its engine and judge."""

    def __init__(self, folder: Path, seed: int, **size: float) -> None:
        shape = {"feeders": 3 + seed % 2, "buses": 14, "ties": 8, "load_kw": 500.0} | size
        made = random_grids.draft(seed, stress=(1.0, 2.0, 3.0)[seed % 3], **shape)
        self.path = random_grids.write_grid(folder, made)
        self.engine, self.network = engine_runs.read(self.path)
        self.case = case_of(list(itertools.combinations(made.jurisdictions, 2)), BUILT)
        self.judge = StepJudge(Folder.read(self.path), BUILT)
        self.rng = random.Random(seed)  # noqa: S311 - a seeded test keeps no secret

    def ask(self, n: int, **which):
        incident = random_incident(self.network, BUILT, self.rng, n, **which)
        return incident, self.engine.respond(self.network, self.case, incident)


def loads_of(grid: Grid, incident) -> dict[str, tuple[str, ...]]:
    """Loads in the faulted part of each asset, by a walk over what has no switch."""
    found = {}
    for event in incident.events:
        table, _, name = event.asset.partition(":")
        start = set()
        for row in grid.judge.rows.get(table, ()):
            if row["id"] == name:
                if table in ("branch", "transformer"):
                    ends = grid.judge._ends(table, row)
                    start |= {grid.judge._node(table, row, b) for b in ends}
                elif table in ("load", "bus"):
                    start |= {grid.judge.nodes[row.get("bus", row["id"]),]}
        beside = grid.judge._beside(frozenset())
        reached, todo = set(start), list(start)
        while todo:
            for other in beside.get(todo.pop(), ()):
                if other not in reached:
                    reached.add(other)
                    todo.append(other)
        found[event.asset] = tuple(
            r["id"] for r in grid.judge.rows["load"] if grid.judge.nodes[r["bus"],] in reached
        )
    return found


@pytest.mark.parametrize("seed", range(400, 424))
def test_every_step_keeps_every_limit_and_no_fault_is_fed(tmp_path: Path, seed: int) -> None:
    grid = Grid(tmp_path / "r", seed)
    for n in (1, 2, 4):
        incident, plan = grid.ask(n)
        assert violations(plan, grid.judge, LEVEL) == []
        assert refed_faults(plan, grid.judge, loads_of(grid, incident)) == []
        end = states(plan, grid.judge.normal)
        assert not end or end[-1][1] == grid.judge.normal
        assert not any("check failed" in note.text for note in plan.notes)


@pytest.mark.parametrize("seed", range(400, 410))
def test_any_order_that_keeps_to_the_needs_is_as_safe(tmp_path: Path, seed: int) -> None:
    grid = Grid(tmp_path / "r", seed)
    for n in (1, 2, 4):
        incident, plan = grid.ask(n)
        for _ in range(3):
            other = replace(plan, steps=reordered(plan.steps, grid.rng))
            assert violations(other, grid.judge, LEVEL) == []
            assert refed_faults(other, grid.judge, loads_of(grid, incident)) == []


def test_a_chain_of_exchanges_finds_what_no_single_one_does(tmp_path, monkeypatch):
    """Without chains the same search, to the same limit of work, ends with more hours."""
    incident, plan = None, None
    grid = Grid(tmp_path / "r", 404)
    for n in (1, 2):
        incident, plan = grid.ask(n)
    monkeypatch.setattr(part, "chain", lambda *_: False)
    without = grid.engine.respond(grid.network, grid.case, incident)
    assert plan.objective < without.objective - 1.0


def reordered(steps, rng):
    """One step at a time, in any order in which all that a step needs stands before it."""
    done = [k for k, s in enumerate(steps) if s.action == "trip"]
    n_trips = len(done)
    while len(done) < len(steps):
        ready = [k for k, s in enumerate(steps) if k not in done and set(s.needs) <= set(done)]
        done.append(rng.choice(ready))
    at = [0.0] * n_trips + [float(k) for k in range(1, len(steps) - n_trips + 1)]
    return tuple(
        replace(steps[k], start_s=t, end_s=t, needs=()) for k, t in zip(done, at, strict=True)
    )


@pytest.mark.parametrize("seed", range(424, 430))
def test_a_plan_is_never_worse_than_waiting_and_never_better_than_its_bound(tmp_path, seed):
    grid = Grid(tmp_path / "r", seed)
    for n in (1, 3):
        _, plan = grid.ask(n, tables=("branch", "switch", "source", "bus"))
        hours = [x.values[:, 2].sum() for x in (plan.outcome, plan.waiting)]
        assert hours[0] <= hours[1] + 1e-6
        assert plan.objective >= plan.bound - 1e-6
        assert plan.gap == pytest.approx(
            plan.objective - plan.bound if plan.proof == "gap" else 0.0, abs=2e-6
        )


@pytest.mark.parametrize("seed", range(500, 540))
def test_the_search_finds_what_trying_every_state_finds(tmp_path: Path, seed: int) -> None:
    grid = Grid(tmp_path / "r", seed, feeders=3, buses=6, ties=4)
    incident, plan = grid.ask(1, tables=("branch",))
    best = best_of_all(grid, incident)
    if best is None:
        pytest.skip("too many states for the twin, or nothing to decide")
    assert plan.bound <= best + 1e-6
    found = grid_hours(grid, incident)
    assert found == pytest.approx(best, abs=1e-6)


def grid_hours(grid: Grid, incident) -> float:
    """Hours of the state chosen by the search, before the way back."""
    from tieline.power.respond.jobs import within_reach
    from tieline.power.respond.loadflow import electric
    from tieline.power.respond.rules import rules
    from tieline.power.respond.search import restore
    from tieline.power.respond.situation import read_situation, repair_times

    situation = read_situation(
        grid.network, grid.network.relevant.restrict(grid.case), incident, None
    )
    sound, back = repair_times(situation, np.array([r.hours for r in situation.repairs]))
    allowed = rules(situation, within_reach(situation), ties=True)
    choice = restore(situation, electric(situation), allowed, (sound, back))
    assert choice.finished
    return choice.hours
