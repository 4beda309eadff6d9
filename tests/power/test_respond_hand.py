"""Plans whose times are worked out by hand, and every input that cannot be answered."""

import itertools
from pathlib import Path

import hand
import numpy as np
import pytest
from engine_runs import case_of
from hand import changed, more
from incidents import START, incident

import tieline
from tieline.cli.run import run
from tieline.errors import CaseError
from tieline.messages import message
from tieline.power.respond import State, read_state
from tieline.region.issues import Issues
from tieline.region.model import Event, Incident
from tieline.region.protocol import additive
from tieline.testing import check_engine

TOGETHER = [("a", "b")]


class Asked:
    """One incident on a small grid; weighted hours, steps by action and asset."""

    def __init__(self, folder: Path, *assets: str, pairs=TOGETHER, state=None, **parameters):
        data = tieline.read_region(folder)
        self.engine, self.network = data.engines["power"], data.networks["power"]
        self.plan = self.engine.respond(
            self.network, case_of(pairs), incident(*assets, **parameters), state=state
        )
        names = [m.name for m in additive(self.engine.measures)]
        self.hours = self.plan.outcome.values[:, names.index("customer_hours")].sum()
        self.waiting = self.plan.waiting.values[:, names.index("customer_hours")].sum()
        self.end_min = {(s.action, s.asset): s.end_s / 60.0 for s in self.plan.steps}

    def back_min(self) -> dict[str, float]:
        loads = self.plan.tables["loads"]
        return dict(zip(loads["id"].tolist(), (loads["back_s"] / 60.0).tolist(), strict=True))


def test_an_island_comes_back_over_the_tie_in_72_minutes(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a01")
    assert asked.back_min() == {"ca1": 240.0, "ca2": 72.0}
    assert asked.plan.proof == "optimal"
    # Handing back after the repair: the tie opens, and sa1 closes 6 min later.
    assert asked.hours == pytest.approx(10 * 4.0 + 20 * (72 + 6) / 60)
    assert asked.waiting == pytest.approx(30 * 4.0)


def test_what_lies_before_the_fault_is_back_at_once_after_isolation(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a12", pairs=[])
    assert asked.back_min() == {"ca1": 31.0, "ca2": 240.0}
    assert asked.hours == asked.waiting == pytest.approx(10 * 31 / 60 + 20 * 4)


def reason(asked, asset):
    rows = asked.plan.tables["refused"].to_frame().to_dict("records")
    return next(r["reason"] for r in rows if r["asset"] == asset)


def test_a_tie_that_cannot_be_operated_is_refused_with_the_reason_that_holds(tmp_path):
    away = Asked(hand.write(tmp_path / "r"), "a01", state=State((("tie", "out_of_service"),)))
    assert reason(away, "tie") == "out of service"
    crew = "id,jurisdiction,work\nca,a,repair\ncb,b,repair\n"
    nobody = hand.write(tmp_path / "n", crew=crew)
    assert reason(Asked(nobody, "a01"), "tie") == "no crew that may come can operate it"


def test_apart_the_border_tie_is_refused_with_its_reason(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a01", pairs=[])
    (row,) = asked.plan.tables["refused"].to_frame().to_dict("records")
    assert row["asset"] == "tie"
    assert "open to each other" in row["reason"]
    assert "开放" in row["reason_zh"]


def test_sources_of_one_group_hand_back_without_a_second_interruption(tmp_path):
    source = "id,bus,parallel_group\nga,a0,one\ngb,b0,one"
    asked = Asked(hand.write(tmp_path / "r", source=source), "a01")
    assert asked.hours == pytest.approx(10 * 4.0 + 20 * 72 / 60)
    closing = asked.end_min["close", "sa1"]
    assert asked.end_min["open", "tie"] > closing


def test_joining_two_sources_across_a_border_is_agreed_before_and_its_flow_is_shown(tmp_path):
    source = "id,bus,parallel_group\nga,a0,one\ngb,b0,one"
    asked = Asked(hand.write(tmp_path / "r", source=source), "a01")
    (join,) = [s for s in asked.plan.steps if "(closed transfer)" in s.reason]
    agree = [s for s in asked.plan.steps if (s.action, s.asset) == ("agree", "sa1")]
    assert join.agrees == ("b",)
    assert [s.agrees for s in agree] == [("b",)]
    assert agree[0].end_s <= join.start_s
    checks = asked.plan.tables["checks"].to_frame()
    row = checks[(checks["asset"] == "sa1") & (checks["action"] == "close")].iloc[-1]
    assert 0.0 < row["loading_max_percent"] < 100.0
    assert 0.9 < row["v_min_pu"] <= 1.0


def test_sources_earthed_otherwise_do_not_feed_each_other(tmp_path):
    source = "id,bus,earthing\nga,a0,resonant\ngb,b0,low_resistance"
    asked = Asked(hand.write(tmp_path / "r", source=source), "a01")
    assert asked.back_min() == {"ca1": 240.0, "ca2": 240.0}
    assert "earthed" in asked.plan.tables["refused"]["reason"][0]


def test_a_part_beyond_the_reach_of_the_protection_waits(tmp_path):
    switch = hand.SWITCH.replace("coordination_min", "coordination_min,reach_km")
    rows = [r.strip() for r in switch.strip().splitlines()]
    near = "\n".join([rows[0], *(r + "," for r in rows[1:3]), rows[3] + ",2", rows[4] + ","])
    far = near.replace(",2\n", ",20\n")
    assert Asked(hand.write(tmp_path / "n", switch=near), "a01").back_min()["ca2"] == 240.0
    assert Asked(hand.write(tmp_path / "f", switch=far), "a01").back_min()["ca2"] == 72.0
    refused = Asked(hand.write(tmp_path / "m", switch=near), "a01").plan.tables["refused"]
    assert "reach" in refused["reason"][0]


def test_cold_load_pickup_can_keep_a_tie_from_carrying_a_part(tmp_path):
    branch = changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,45")
    plain = Asked(hand.write(tmp_path / "p", branch=branch), "a01")
    cold = Asked(
        hand.write(tmp_path / "c", branch=branch, settings="cold_load_factor = 2.5"), "a01"
    )
    assert plain.back_min()["ca2"] == 72.0
    assert cold.back_min()["ca2"] == 240.0


def test_two_faults_at_once_are_isolated_together(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a01", "b01")
    assert asked.hours == asked.waiting == pytest.approx(35 * 4.0)
    assert ("close", "tie") not in asked.end_min


def test_one_crew_does_one_thing_after_the_other(tmp_path):
    crew = "id,jurisdiction,work\nk1,a,both\nk2,b,both"
    free = Asked(hand.write(tmp_path / "f"), "a01")
    one = Asked(hand.write(tmp_path / "o", crew=crew), "a01", pairs=[])
    # k1 repairs at once: nothing else is worth its time when the tie may not be used.
    assert one.hours == pytest.approx(30 * 4.0)
    both = Asked(hand.write(tmp_path / "b", crew=crew), "a01")
    assert both.hours >= free.hours - 1e-9
    assert both.plan.bound == pytest.approx(free.plan.bound)
    busy = {}
    for step in both.plan.steps:
        if step.crew and step.action in ("go", "open", "close", "repair"):
            busy.setdefault(step.crew, []).append((step.start_s, step.end_s))
    for spans in busy.values():
        spans.sort()
        assert all(a[1] <= b[0] + 1e-6 for a, b in itertools.pairwise(spans))


def test_a_given_repair_time_replaces_that_of_the_table(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a01", pairs=[], repair_h="2")
    assert asked.hours == pytest.approx(30 * 2.0)


def test_a_lost_source_is_carried_by_the_neighbour(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "ga")
    assert set(asked.plan.tables["loads"]["how"]) == {"border"}
    assert asked.hours < asked.waiting


def test_who_was_dark_before_keeps_the_supply_that_the_plan_gave(tmp_path):
    state = State((("sa1", "open"),))
    asked = Asked(hand.write(tmp_path / "r"), "a01", state=state)
    assert ("close", "tie") in asked.end_min
    assert ("open", "tie") not in asked.end_min
    assert any("'tie' stays closed" in n.text for n in asked.plan.notes)
    assert asked.plan.tables["supply"]["customers_out"][-2:].sum() == 0


def test_who_was_dark_before_and_stays_so_is_not_charged_to_the_plan(tmp_path):
    folder = hand.write(
        tmp_path / "r", bus=more(hand.BUS, "a3,a,10"),
        branch=more(hand.BRANCH, "a13,a1,a3,1,0.1,0.3,400,0.1,4"),
        switch=more(hand.SWITCH, "s13,a1,a13,branch,load_break,6,24,"),
        load=more(hand.LOAD, "ca3,a3,100,50"),
    )
    asked = Asked(folder, "a01", state=State((("s13", "out_of_service"),)))
    assert asked.hours == pytest.approx(10 * 4.0 + 20 * (72 + 6) / 60)
    assert asked.waiting == pytest.approx(30 * 4.0)
    assert asked.plan.objective == pytest.approx(asked.hours)
    assert asked.plan.proof == "optimal"


def test_a_switch_out_of_service_is_open_and_nobody_moves_it(tmp_path):
    state = State((("tie", "out_of_service"),))
    asked = Asked(hand.write(tmp_path / "t"), "a01", state=state)
    assert asked.back_min() == {"ca1": 240.0, "ca2": 240.0}
    assert "out of service" in asked.plan.tables["refused"]["reason"][0]
    dark = Asked(
        hand.write(tmp_path / "s"), "b01", state=State((("sa1", "out_of_service"),))
    )
    moved = {asset for (action, asset) in dark.end_min if action in ("open", "close")}
    assert moved == {"sb0"}  # ca2 is dark from the start: its switch is not closed for it
    # ca2 counts up to the repair: the tie could reach it.
    assert dark.hours == pytest.approx(5 * 4.0 + 20 * 4.0)


def test_the_switch_beside_one_out_of_service_is_operated_alone(tmp_path):
    """In parallel: sa1 (24 + 6 min) out of service, sa1b (10 + 2 min) in its place."""
    switch = more(hand.SWITCH, "sa1b,a1,a12,branch,load_break,2,10,")
    asked = Asked(
        hand.write(tmp_path / "r", switch=switch), "a12", pairs=[],
        state=State((("sa1", "out_of_service"),)),
    )
    assert asked.end_min["open", "sa1b"] == 12.0
    assert asked.back_min() == {"ca1": 13.0, "ca2": 240.0}
    assert not any("sa1" in s.changes for s in asked.plan.steps)


@pytest.mark.parametrize("repair_h", ["0.5", "0.505", "0.51", "0.52"])
def test_a_part_is_isolated_and_repaired_before_it_is_closed_to(tmp_path, repair_h):
    folder = hand.write(
        tmp_path / "r", bus=more(hand.BUS, "a3,a,10"),
        branch=more(hand.BRANCH, "a13,a1,a3,1,0.1,0.3,400,0.1,4"),
        switch=more(hand.SWITCH, "s13,a1,a13,branch,load_break,6,24,"),
        load=more(hand.LOAD, "ca3,a3,100,50"),
    )
    asked = Asked(folder, "a13", "a12", pairs=[], repair_h=repair_h)
    steps = asked.plan.steps
    opened = [s.end_s for s in steps if (s.action, s.asset) == ("open", "sa1")]
    closed = [s.start_s for s in steps if (s.action, s.asset) == ("close", "sa0")]
    done = [s.end_s for s in steps if (s.action, s.asset) == ("repair", "a13")]
    home = [s.start_s for s in steps if (s.action, s.asset) == ("close", "s13")]
    assert min(closed) >= opened[0] - 1e-3
    assert all(at >= done[0] - 1e-3 for at in home)
    assert asked.plan.bound <= asked.plan.objective + 1e-9


def test_a_feeder_that_cannot_come_back_whole_is_not_switched_again_and_again(tmp_path):
    branch = changed(hand.BRANCH, "a01,a0,a1,2,0.1,0.3,400", "a01,a0,a1,2,0.1,0.3,60")
    folder = hand.write(tmp_path / "r", branch=branch, settings="cold_load_factor = 2.0")
    for fault in ("a01", "a12"):
        asked = Asked(folder, fault, pairs=[])
        moves = [(s.action, s.asset) for s in asked.plan.steps if s.phase == "return"]
        assert len(moves) == len(set(moves))
        assert asked.plan.tables["supply"]["customers_out"][-2:].sum() == 0.0


def test_a_settlement_rule_prices_what_is_carried(tmp_path):
    settle = "from,to,per_kwh,per_mva_h,currency\nb,a,2,10,EUR"
    asked = Asked(hand.write(tmp_path / "r", settle=settle), "a01")
    (row,) = asked.plan.tables["settlement"].to_frame().to_dict("records")
    hours = (240 + 6 - 72) / 60  # the 18 min of agreement end with the repair
    assert row["carried_kwh"] == pytest.approx(300 * hours)
    assert row["amount"] == pytest.approx(2 * 300 * hours + 10 * 0.3 * hours)
    assert row["currency"] == "EUR"


def test_steps_say_what_they_wait_for(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a01")
    steps = asked.plan.steps
    number = {(s.action, s.asset): k for k, s in enumerate(steps)}
    for step in steps:
        assert all(steps[k].end_s <= step.start_s + 0.01 for k in step.needs)

    def waits(later, earlier):
        todo, seen = [number[later]], set()
        while todo:
            more_of = [k for k in steps[todo.pop()].needs if k not in seen]
            seen.update(more_of)
            todo += more_of
        return number[earlier] in seen

    assert waits(("close", "tie"), ("open", "sa1"))
    assert waits(("open", "tie"), ("repair", "a01"))
    assert waits(("close", "sa1"), ("open", "tie"))
    assert not waits(("open", "sa1"), ("repair", "a01"))


def test_a_handing_back_without_a_break_closes_before_it_opens(tmp_path):
    source = "id,bus,parallel_group\nga,a0,one\ngb,b0,one"
    steps = Asked(hand.write(tmp_path / "r", source=source), "a01").plan.steps
    opened = next(s for s in steps if (s.action, s.asset) == ("open", "tie"))
    assert ("close", "sa1") in {(steps[k].action, steps[k].asset) for k in opened.needs}


def test_a_donor_is_booked_with_what_it_carries_and_for_how_long(tmp_path):
    plan = Asked(hand.write(tmp_path / "r"), "a01").plan
    (row,) = plan.tables["donors"].to_frame().to_dict("records")
    hours = (240 + 6 - 72) / 60  # the 18 min of agreement end with the repair
    assert row["hours"] == pytest.approx(hours)
    assert row["carried_kwh"] == pytest.approx(300 * hours)


def test_waiting_has_its_own_curve_customers_and_steps(tmp_path):
    tables = Asked(hand.write(tmp_path / "r"), "a01").plan.waiting.tables
    assert set(tables) == {"steps", "supply", "loads"}
    assert tables["loads"]["out_h"].tolist() == pytest.approx([4.0, 4.0])
    assert tables["supply"]["customers_out"].max() == 30
    assert "repair" in tables["steps"]["action"]


def test_the_same_question_gets_the_same_answer_and_changes_nothing(tmp_path):
    folder = hand.write(tmp_path / "r")
    data = tieline.read_region(folder)
    network, engine = data.networks["power"], data.engines["power"]
    digest = network.digest
    plans = [engine.respond(network, case_of(TOGETHER), incident("a01")) for _ in range(2)]
    assert plans[0].steps == plans[1].steps
    assert np.array_equal(plans[0].outcome.values, plans[1].outcome.values)
    assert network.digest == digest
    check_engine(engine, network, processes=False)


def test_a_failed_check_is_shown_with_what_it_found(tmp_path, capsys, monkeypatch):
    """1.1 MW of cold load draw 64 A of the 60 A that a01 may carry: 106 %."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    branch = changed(hand.BRANCH, "a01,a0,a1,2,0.1,0.3,400", "a01,a0,a1,2,0.1,0.3,60")
    switch = changed(hand.SWITCH, "tie,a2,b1,bus,tie,6,48,18", "")
    folder = hand.write(
        tmp_path / "r", branch=branch, switch=switch, settings="cold_load_factor = 2.0"
    )
    assert run(["respond", str(folder), "--fault", "a01"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "check failed after 'sa1': 'a01' is loaded to 106 %" in shown


def test_faults_that_cut_every_source_off_are_told(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a0", "b0")
    assert any("cut every source off" in n.text for n in asked.plan.notes)
    assert not any("cut every source off" in n.text
                   for n in Asked(hand.write(tmp_path / "s"), "a0").plan.notes)


# Bad input, each with its message.


def refused(folder: Path, *assets: str, state=None, **more_of) -> str:
    with pytest.raises(CaseError) as caught:
        Asked(folder, *assets, state=state, **more_of)
    return str(caught.value)


def test_an_asset_that_does_not_exist_is_named_with_the_nearest(tmp_path):
    said = refused(hand.write(tmp_path / "r"), "a0l")
    assert "unknown asset 'a0l'" in said
    assert "nearest: 'a0" in said


def test_a_name_like_none_is_told_where_ids_stand(tmp_path):
    said = refused(hand.write(tmp_path / "r"), "zzzzzz")
    assert "unknown asset 'zzzzzz'; ids stand in the tables power/*, such as 'a01' (branch)" in said


def test_an_asset_not_yet_built_is_refused(tmp_path):
    branch = more(
        hand.BRANCH.replace("repair_h", "repair_h,project").replace(",0.1,4", ",0.1,4,"),
        "x12,a1,b1,1,0.1,0.3,400,0.1,4,p",
    )
    switch = more(hand.SWITCH, "sx,a1,x12,branch,tie,1,0,")
    folder = hand.write(
        tmp_path / "r", branch=branch, switch=switch,
        region={"projects": "id,name,opened\np,P,2030-01-01"},
    )
    assert "does not exist in this case before project 'p' is built" in refused(folder, "x12")


def test_a_network_without_switches_can_only_wait_and_says_so(tmp_path):
    def without(table: str, start: str) -> str:
        return "\n".join(k for k in table.splitlines() if not k.strip().startswith(start))

    branch, bus, load = without(hand.BRANCH, "b0"), without(hand.BUS, "b"), without(hand.LOAD, "cb")
    folder = hand.write(
        tmp_path / "r", branch=branch, bus=bus, load=load, switch="", source="id,bus\nga,a0",
    )
    asked = Asked(folder, "a01")
    assert asked.hours == pytest.approx(30 * 4.0)
    assert any("no switches" in n.text and "开关" in n.text_zh for n in asked.plan.notes)


def test_a_fault_that_isolates_every_source_leaves_only_repair(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "ga", "gb")
    assert any("every source is lost" in n.text for n in asked.plan.notes)
    assert asked.hours == pytest.approx(asked.waiting)
    assert asked.plan.proof == "optimal"


def test_everything_already_dark_is_refused(tmp_path):
    state = State((("sa0", "open"), ("sb0", "open")))
    assert "nobody is fed before the incident" in refused(
        hand.write(tmp_path / "r"), "a01", state=state
    )


def test_a_state_that_joins_two_sources_names_the_tie_and_what_could_open(tmp_path):
    said = refused(hand.write(tmp_path / "r"), "a01", state=State((("tie", "closed"),)))
    assert said == (
        "the state before the incident is expected to be radial, found sources 'ga' and 'gb' "
        "joined by switch 'tie' (normally open), expected at least one switch open of 'sa0', "
        "'sa1', 'sb0', 'tie'"
    )
    assert "由" not in message(said, "zh")
    assert "电源 'ga' 与 'gb' 经开关 'tie'（正常断开）相连" in message(said, "zh")


def test_a_state_with_a_loop_names_every_tie_that_closes_it(tmp_path):
    folder = hand.write(
        tmp_path / "r", bus=more(hand.BUS, "a3,a,10"),
        branch=more(hand.BRANCH, "a13,a1,a3,1,0.1,0.3,400,0.1,4"),
        switch=more(hand.SWITCH, "s13,a1,a13,branch,load_break,6,24,", "u1,a3,a2,bus,tie,1,0,",
                    "u2,a2,a3,bus,tie,1,0,"),
    )
    said = refused(folder, "b01", state=State((("u2", "closed"),)))
    assert said.endswith(
        "found a loop closed by switch 'u2' (normally open), expected at least one switch open of "
        "'sa1', 's13', 'u2'"
    )
    assert "开关 'u2'（正常断开）合上形成的环" in message(said, "zh")


def test_crews_that_cannot_come_are_named(tmp_path):
    folder = hand.write(tmp_path / "r", crew="id,jurisdiction,work\nk1,b,both")
    said = refused(folder, "a01", pairs=[])
    assert "no crew can repair 'a01' of 'a'" in said
    assert "'k1' (b, both)" in said


def test_a_switch_nobody_can_reach_stays_as_it_is(tmp_path):
    crew = "id,jurisdiction,work\nk1,a,repair"
    asked = Asked(hand.write(tmp_path / "r", crew=crew), "a01")
    assert ("open", "sa1") not in asked.end_min
    assert asked.hours == pytest.approx(30 * 4.0)


@pytest.mark.parametrize("value", ["soon", "-1", "inf", "nan", "1e9"])
def test_a_repair_time_that_is_no_number_is_refused(tmp_path, value):
    said = refused(hand.write(tmp_path / "r"), "a01", repair_h=value)
    assert f"expected a number from 0 to 8760 for repair_h, found '{value}'" in said


def refused_events(folder: Path, *events: tuple[str, dict[str, str]]) -> str:
    made = tuple(Event(asset, "fault", tuple(given.items())) for asset, given in events)
    data = tieline.read_region(folder)
    with pytest.raises(CaseError) as caught:
        data.engines["power"].respond(
            data.networks["power"], case_of(TOGETHER), Incident("i", "power", START, made)
        )
    return str(caught.value)


def test_a_parameter_that_no_event_has_is_refused_with_the_known_ones(tmp_path):
    said = refused_events(hand.write(tmp_path / "r"), ("a01", {"repair_hours": "3"}))
    assert "expected one of repair_h, load_factor, generation_factor" in said
    assert "found 'repair_hours'" in said


def test_a_load_factor_at_a_second_event_is_refused(tmp_path):
    said = refused_events(hand.write(tmp_path / "r"), ("a01", {}), ("b01", {"load_factor": "0"}))
    assert "at its first event, 'a01'" in said


def test_an_asset_given_twice_with_different_parameters_is_refused(tmp_path):
    said = refused_events(
        hand.write(tmp_path / "r"), ("a01", {"repair_h": "3"}), ("branch:a01", {"repair_h": "5"})
    )
    assert "given twice with different parameters" in said


@pytest.mark.parametrize(("text", "expected"), [
    ("asset,condition\nsa9,open\n", "expected an asset of the grid, found 'sa9'"),
    ("asset,condition\na01,open\n", "out_of_service for a branch"),
    ("asset,condition\nsa0,open\nsa0,closed\n", "expected 'open', as in row 2"),
    ("asset,condition\nsa0,ajar\n", "one of open, closed, out_of_service"),
])
def test_a_contradictory_state_file_says_row_and_reason(tmp_path, text, expected):
    folder = hand.write(tmp_path / "r")
    network = tieline.read_region(folder).networks["power"]
    file = tmp_path / "state.csv"
    file.write_text(text, encoding="utf-8")
    issues = Issues()
    assert read_state(file, network, issues) is None
    assert any(expected in str(i) for i in issues), list(issues)


def test_a_state_file_is_read(tmp_path):
    network = tieline.read_region(hand.write(tmp_path / "r")).networks["power"]
    file = tmp_path / "state.csv"
    file.write_text("asset,condition\nsa1,open\na01,out_of_service\n", encoding="utf-8")
    assert read_state(file, network, Issues()) == State(
        (("sa1", "open"), ("a01", "out_of_service"))
    )
