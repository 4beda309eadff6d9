"""Fault sweeps small enough to work out by hand: what the twin and the engine both must give."""

from collections.abc import Callable
from pathlib import Path

import engine_runs
import hand
import pytest
import twin
from twin_folder import Folder

Numbers = dict[str, dict[str, float]]
Evaluate = Callable[..., Numbers]

TOGETHER = [("a", "b")]
MINUTE = 1.0 / 60.0


def by_twin(path: Path, **case: object) -> Numbers:
    return twin.evaluate(Folder.read(path), **case)  # type: ignore[arg-type]


@pytest.fixture(params=["twin", "engine"])
def evaluate(request: pytest.FixtureRequest) -> Evaluate:
    return by_twin if request.param == "twin" else engine_runs.outcome_of


def hours(numbers: Numbers, jurisdiction: str = "a") -> float:
    return numbers[jurisdiction]["customer_hours"]


A12 = 0.3 * (10 * 31 * MINUTE + 20 * 4)
"""Customer-hours a year of faults on a12, in any case."""


def test_apart_the_island_waits_for_repair(tmp_path: Path, evaluate: Evaluate) -> None:
    numbers = evaluate(hand.write(tmp_path / "r"))
    assert hours(numbers) == pytest.approx(0.2 * (10 * 4 + 20 * 4) + A12)
    assert hours(numbers, "b") == pytest.approx(0.1 * 5 * 4)
    assert numbers["a"]["interruptions"] == pytest.approx(0.5 * 30)
    assert numbers["a"]["energy_not_supplied"] == pytest.approx(
        0.2 * 800 * 4 + 0.3 * (500 * 31 * MINUTE + 300 * 4)
    )
    assert numbers["a"]["demand_hours"] == 30 * 8760
    assert numbers["a"]["service_hours"] == pytest.approx(30 * 8760 - hours(numbers))


def test_together_the_island_comes_back_over_the_border(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    numbers = evaluate(hand.write(tmp_path / "r"), open_pairs=TOGETHER)
    assert hours(numbers) == pytest.approx(0.2 * (10 * 4 + 20 * 72 * MINUTE) + A12)


def test_a_back_feed_slower_than_the_repair_gains_nothing(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    slow = hand.changed(hand.SWITCH, "tie,6,48,18", "tie,6,480,18")
    numbers = evaluate(hand.write(tmp_path / "r", switch=slow), open_pairs=TOGETHER)
    assert hours(numbers) == pytest.approx(0.2 * 30 * 4 + A12)


def test_opening_parallel_switches_takes_the_slower_one(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    twice = hand.more(hand.SWITCH, "sa1x,a1,a12,branch,disconnector,6,54,")
    numbers = evaluate(hand.write(tmp_path / "r", switch=twice), open_pairs=TOGETHER)
    a12 = 0.3 * (10 * 61 * MINUTE + 20 * 4)
    assert hours(numbers) == pytest.approx(0.2 * (10 * 4 + 20 * (60 + 18 + 6) * MINUTE) + a12)


@pytest.mark.parametrize(("kind", "interrupted"), [("fuse", 20), ("load_break", 30)])
def test_parallel_switches_protect_only_if_both_do(
    tmp_path: Path, evaluate: Evaluate, kind: str, interrupted: int
) -> None:
    twice = hand.more(
        hand.changed(hand.SWITCH, "sa1,a1,a12,branch,load_break", "sa1,a1,a12,branch,recloser"),
        f"sa1x,a1,a12,branch,{kind},6,0,",
    )
    numbers = evaluate(hand.write(tmp_path / "r", switch=twice))
    assert numbers["a"]["interruptions"] == pytest.approx(0.2 * 30 + 0.3 * interrupted)


def test_without_a_protective_device_the_whole_part_trips(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    plain = hand.changed(hand.SWITCH, "sb0,b0,b01,branch,breaker", "sb0,b0,b01,branch,load_break")
    loads = hand.more(hand.LOAD, "cb0,b0,100,7")
    numbers = evaluate(hand.write(tmp_path / "r", switch=plain, load=loads))
    back = max(1, 0) + 1  # sb0 opens within 1 min, the source is switched on again in 1 min
    assert hours(numbers, "b") == pytest.approx(0.1 * (5 * 4 + 7 * back * MINUTE))


def test_a_fault_of_a_load_keeps_its_zone_out_until_it_is_repaired(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    loads = """
        id,bus,p_kw,customers,failure_per_yr,repair_h
        ca1,a1,500,10,,
        ca2,a2,300,20,0.5,10
        cb1,b1,400,5,,
    """
    numbers = evaluate(hand.write(tmp_path / "r", load=loads), open_pairs=TOGETHER)
    line = 0.2 * (10 * 4 + 20 * 72 * MINUTE) + A12
    assert hours(numbers) == pytest.approx(line + 0.5 * (10 * 31 * MINUTE + 20 * 10))


def test_a_fault_of_the_source_leaves_only_the_ties(tmp_path: Path, evaluate: Evaluate) -> None:
    source = """
        id,bus,failure_per_yr,repair_h
        ga,a0,0.4,6
        gb,b0,,
    """
    numbers = evaluate(hand.write(tmp_path / "r", source=source), open_pairs=TOGETHER)
    line = 0.2 * (10 * 4 + 20 * 72 * MINUTE) + A12
    over_tie = max(1, 48) + 18 + 6  # both zones behind sa0 hang together
    assert hours(numbers) == pytest.approx(line + 0.4 * 30 * over_tie * MINUTE)


def test_load_levels_weigh_energy_and_leave_hours(tmp_path: Path, evaluate: Evaluate) -> None:
    level = """
        id,hours_per_yr,load_factor
        high,2190,1.2
        low,6570,0.4
    """
    one = evaluate(hand.write(tmp_path / "one"), open_pairs=TOGETHER)
    two = evaluate(hand.write(tmp_path / "two", level=level), open_pairs=TOGETHER)
    assert hours(two) == pytest.approx(hours(one))
    assert two["a"]["energy_not_supplied"] == pytest.approx(
        one["a"]["energy_not_supplied"] * (0.25 * 1.2 + 0.75 * 0.4)
    )


DEAD_BRANCH = hand.more(hand.BRANCH, "t,a2,b1,1,0.1,0.3,400,0,0")


def test_a_tie_line_open_at_both_ends_needs_both_switches(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    switch = hand.more(
        hand.changed(hand.SWITCH, "tie,a2,b1,bus,tie,6,48,18", "t1,a2,t,branch,tie,6,48,18"),
        "t2,b1,t,branch,tie,6,54,12",
    )
    numbers = evaluate(
        hand.write(tmp_path / "r", switch=switch, branch=DEAD_BRANCH), open_pairs=TOGETHER
    )
    back = 54 + 18 + 6
    assert hours(numbers) == pytest.approx(0.2 * (10 * 4 + 20 * back * MINUTE) + A12)


def test_a_tie_line_open_in_the_middle_too_needs_every_switch_of_it(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    switch = hand.more(
        hand.changed(hand.SWITCH, "tie,a2,b1,bus,tie,6,48,18", "t1,a2,c1,bus,tie,6,48,18"),
        "t2,c1,c2,bus,tie,7,60,0", "t3,b1,c2,bus,tie,6,54,12",
    )
    bus = hand.more(hand.BUS, "c1,a,10", "c2,b,10")
    numbers = evaluate(hand.write(tmp_path / "r", switch=switch, bus=bus), open_pairs=TOGETHER)
    assert hours(numbers) == pytest.approx(0.2 * (10 * 4 + 20 * (60 + 18 + 7) * MINUTE) + A12)


def test_a_tie_into_the_tripped_part_waits_until_that_part_is_back(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    bus = hand.more(hand.BUS, "a3,a,10")
    branch = hand.more(hand.BRANCH, "a23,a2,a3,1,0.1,0.3,400,0,0")
    switch = hand.more(
        hand.SWITCH, "sa2,a2,a23,branch,load_break,6,30,", "loop,a1,a3,bus,tie,6,0,",
    )
    load = hand.more(hand.LOAD, "ca3,a3,100,40")
    numbers = evaluate(hand.write(tmp_path / "r", bus=bus, branch=branch, switch=switch, load=load))
    back = max(36, 0, 31) + 6
    a01 = 0.2 * 70 * 4
    assert hours(numbers) == pytest.approx(a01 + A12 + 0.3 * 40 * back * MINUTE)


def test_a_tie_from_the_feeder_ahead_of_the_fault_is_not_closed_before_it_is_live(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    bus = hand.more(hand.BUS, "a3,a,10")
    branch = hand.more(hand.BRANCH, "a23,a2,a3,1,0.1,0.3,400,0,0")
    switch = hand.more(
        hand.changed(hand.SWITCH, "sa0,a0,a01,branch,breaker,1,0,",
                     "sa0,a0,a01,branch,breaker,1,80,"),
        "sa2,a2,a23,branch,load_break,6,3,", "loop,a1,a3,bus,tie,6,0,",
    )
    load = hand.more(hand.LOAD, "ca3,a3,100,40")
    numbers = evaluate(hand.write(tmp_path / "r", bus=bus, branch=branch, switch=switch, load=load))
    upstream = max(30, 80) + 1
    back = max(9, 0, upstream) + 6
    assert hours(numbers) == pytest.approx(
        0.2 * 70 * 4 + 0.3 * (10 * upstream * MINUTE + 20 * 4 + 40 * back * MINUTE)
    )
