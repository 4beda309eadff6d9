"""Plans on random grids with everything a response reads, judged from their steps alone."""

import itertools
import random
from pathlib import Path

import booked
import engine_runs
import pytest
import random_grids
from engine_runs import case_of
from incidents import random_incident
from test_respond_random import BUILT
from whole_judge import Whole

from tieline.errors import CaseError, InputError


class WholeGrid:
    """A random grid with crews, states and cold load; its engine, and its judge for a case."""

    def __init__(
        self, folder: Path, seed: int, *, together: bool = True, tight: bool = False
    ) -> None:
        made = random_grids.draft(
            seed, stress=(1.0, 2.0, 3.0)[seed % 3], feeders=3 + seed % 2, buses=14, ties=8,
            load_kw=500.0,
        )
        settings = random_grids.conditions(made, seed, tight=tight)
        path = random_grids.write_grid(folder, made, settings=settings)
        self.engine, self.network = engine_runs.read(path)
        pairs = list(itertools.combinations(made.jurisdictions, 2)) if together else []
        self.case = case_of(pairs, BUILT)
        self.whole = Whole(path, BUILT, pairs)
        self.judge = self.whole.judge
        self.rng = random.Random(seed)  # noqa: S311 - a seeded test keeps no secret

    def ask(self, n: int):
        incident = random_incident(self.network, BUILT, self.rng, n)
        return incident, self.engine.respond(self.network, self.case, incident)


@pytest.mark.parametrize(("seed", "together"), [
    (seed, together) for seed in range(600, 612) for together in (True, False)
])
def test_every_plan_keeps_everything_it_must(tmp_path: Path, seed: int, together: bool) -> None:
    grid = WholeGrid(tmp_path / "r", seed, together=together)
    for n in (1, 2, 4):
        _, plan = grid.ask(n)
        assert grid.whole.faults(plan) == []


@pytest.mark.parametrize("seed", [
    *range(600, 615), 653, 657, 680, 726, 762, 786, 809, 818, 824, 861,
])
def test_its_steps_alone_come_to_the_hours_it_tells(tmp_path: Path, seed: int) -> None:
    try:
        grid = WholeGrid(tmp_path / "r", seed)
    except InputError:
        pytest.skip("a random grid whose normal state has no flow")
    for n in (1, 2, 4):
        try:
            _, plan = grid.ask(n)
        except CaseError:
            continue  # what is out of service cannot break
        assert booked.moved_twice(plan, grid.judge.normal) == []
        hours = booked.customer_hours(plan, grid.judge)
        assert hours is None or hours == pytest.approx(plan.outcome.values[:, 2].sum(), abs=1e-3)


@pytest.mark.parametrize("seed", range(700, 708))
def test_where_protection_sees_little_and_groups_are_two_all_is_kept(
    tmp_path: Path, seed: int
) -> None:
    grid = WholeGrid(tmp_path / "r", seed, tight=True)
    for n in (1, 2):
        _, plan = grid.ask(n)
        assert grid.whole.faults(plan) == []


def test_who_does_a_step_on_site_is_named_unless_the_time_of_a_repair_holds_it(
    tmp_path: Path,
) -> None:
    """Such a closing is by "crew of" the owner, and it brings supply as the repair ends."""
    grid = WholeGrid(tmp_path / "r", 609, together=False)
    assert grid.whole.crews
    held = 0
    for n in (1, 2, 4):
        plan = grid.ask(n)[1]
        repaired = [s.end_s for s in plan.steps if s.action == "repair"]
        for step in grid.whole.unmanned(plan):
            assert (step.action, step.phase) == ("close", "return")
            assert step.actor == f"crew of {step.jurisdiction}"
            assert any(step.start_s <= end + 1e-6 for end in repaired)
            held += 1
    assert held


@pytest.mark.parametrize(("seed", "n"), [(600, 2), (607, 1), (618, 2), (634, 2)])
def test_nobody_who_had_supply_is_left_out_for_one_who_had_none(
    tmp_path: Path, seed: int, n: int
) -> None:
    """The last state feeds all that were fed before; a kept tie gives way to that."""
    grid = WholeGrid(tmp_path / "r", seed)
    for faults in (1, 2, 4)[: (1, 2, 4).index(n) + 1]:
        _, plan = grid.ask(faults)
    before = set(grid.judge.normal)
    now = set(before)
    for step in plan.steps:
        for switch, position in step.changes.items():
            (now.add if position == "closed" else now.discard)(switch)
    assert any("give way" in step.reason for step in plan.steps)
    assert grid.judge.fed_loads(frozenset(before)) <= grid.judge.fed_loads(frozenset(now))
    assert grid.whole.faults(plan) == []
