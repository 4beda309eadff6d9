"""What neighbours give: crews lent, reserve at its most, parts a limit keeps out, the way back."""

from pathlib import Path

import hand
import pytest
from hand import changed, more
from test_respond_hand import TOGETHER, Asked
from test_respond_hand import refused as refusal

import tieline
from tieline.errors import CaseError
from tieline.power.respond import State
from tieline.power.respond.words import both

COLD = "cold_load_factor = 2.0\ncold_load_after_min = 60\n"
CREWS = "id,jurisdiction,work\nmends,a,repair\nours,a,switching\ntheirs,b,switching\n"

SHED = {
    "bus": more(hand.BUS, "a3,a,10", "a4,a,10"),
    "branch": more(
        changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,45"),
        "a23,a2,a3,1,0.1,0.3,400,0.1,4", "a24,a2,a4,1,0.1,0.3,400,0.1,4",
    ),
    "switch": more(hand.SWITCH, "sa3,a2,a23,branch,load_break,6,24,",
                   "sa4,a2,a24,branch,load_break,6,24,"),
    "load": more(hand.LOAD, "ca3,a3,300,5", "ca4,a4,300,5"),
}
"""Beyond a2 two laterals of 300 kW each; with a2 alone b01 carries 700 kW, 40 of its 45 A."""


def test_a_crew_on_the_neighbours_ground_is_known_as_lent(tmp_path):
    steps = Asked(hand.write(tmp_path / "r", crew=CREWS), "a01").plan.steps
    lent = [s for s in steps if s.lender]
    assert lent
    assert {(s.crew, s.home, s.jurisdiction, s.lender) for s in lent} <= {
        ("theirs", "b", "a", "b"), ("ours", "a", "b", "a")}
    assert all(s.home == "a" for s in steps if s.crew in ("mends", "ours"))
    assert not [s for s in steps if s.lender and not s.crew]


def test_nobody_of_a_table_without_crews_of_the_owner_is_made_up(tmp_path):
    """sa1 is closed within the repair of a12; a has no crew of its own, b's mends and closes."""
    crew = "id,jurisdiction,work\nmends,b,repair\nmoves,b,switching\n"
    steps = Asked(hand.write(tmp_path / "r", crew=crew), "a12").plan.steps
    (closing,) = [s for s in steps if (s.action, s.asset) == ("close", "sa1")]
    assert closing.actor == "crew mends"
    assert "crew of a" not in {s.actor for s in steps}


def test_customers_shed_for_a_limit_come_back_at_once_each_by_its_own_crew(tmp_path):
    asked = Asked(hand.write(tmp_path / "r", **SHED), "a01")
    back = asked.back_min()
    assert back["ca2"] == 72.0
    # The tie opens at 246, sa1 closes at 252: then both laterals, 6 min, side by side.
    assert asked.end_min["close", "sa1"] == pytest.approx(252.0)
    assert (back["ca3"], back["ca4"]) == pytest.approx((258.0, 258.0))
    assert set(asked.plan.tables["checks"]["ok"]) == {"yes"}


def test_the_handing_back_is_agreed_while_the_repair_still_runs(tmp_path):
    asked = Asked(hand.write(tmp_path / "r"), "a01")
    agree = [s for s in asked.plan.steps if (s.action, s.asset) == ("agree", "tie")][-1]
    assert (agree.start_s / 60, agree.end_s / 60) == pytest.approx((222.0, 240.0))
    assert asked.end_min["open", "tie"] == pytest.approx(246.0)


def test_a_tie_stays_until_its_part_can_go_home_and_no_cold_feeder_interrupts_it(tmp_path):
    """a1 comes back cold at 240: 58 A, with a2 75 of 70 A until it has warmed up at 300."""
    branch = changed(hand.BRANCH, "a01,a0,a1,2,0.1,0.3,400", "a01,a0,a1,2,0.1,0.3,70")
    asked = Asked(hand.write(tmp_path / "r", settings=COLD, branch=branch), "a01")
    assert asked.back_min() == pytest.approx({"ca1": 240.0, "ca2": 72.0})
    assert asked.end_min["open", "tie"] == pytest.approx(306.0)
    assert asked.end_min["close", "sa1"] == pytest.approx(312.0)
    assert asked.hours == pytest.approx(10 * 4.0 + 20 * (72 + 6) / 60)
    (opened,) = [s for s in asked.plan.steps if (s.action, s.asset) == ("open", "tie")]
    assert "may not be joined" in opened.reason


def test_a_donor_is_booked_with_the_cold_load_it_picks_up(tmp_path):
    """400 kW of its own; after 72 min 300 kW come back as 600."""
    folder = hand.write(tmp_path / "r", settings=COLD)
    (row,) = Asked(folder, "a01").plan.tables["donors"].to_frame().to_dict("records")
    assert row["before_mva"] == pytest.approx(0.4, rel=0.01)
    assert row["during_mva"] == pytest.approx(1.0, rel=0.02)


def test_a_donor_whose_own_part_is_mended_meanwhile_is_booked_with_both(tmp_path):
    """b's own 200 kW behind b12 are out for an hour; the tie still stands when they come back."""
    given = {
        "bus": more(hand.BUS, "b2,b,10"), "load": more(hand.LOAD, "cb2,b2,200,3"),
        "branch": more(hand.BRANCH, "b12,b0,b2,1,0.1,0.3,400,0.1,2"),
        "switch": more(hand.SWITCH, "sb2,b0,b12,branch,breaker,1,0,"),
    }
    asked = Asked(hand.write(tmp_path / "r", **given), "a01", "b12")
    (row,) = asked.plan.tables["donors"].to_frame().to_dict("records")
    assert asked.back_min()["cb2"] == 120.0
    assert row["during_mva"] == pytest.approx(0.9, rel=0.02)


def test_what_a_limit_keeps_out_beside_a_used_tie_is_named_with_the_limit(tmp_path):
    plan = Asked(hand.write(tmp_path / "r", **SHED), "a01").plan
    rows = plan.tables["refused"].to_frame().to_dict("records")
    assert {r["asset"] for r in rows} == {"tie"}
    assert {r["reason"].split(" waits")[0] for r in rows} == {
        "a3 (5 customers)", "a4 (5 customers)"}
    for row in rows:
        assert "'b01' is loaded to 12" in row["reason"] or "'b01' is loaded to 13" in row["reason"]
        assert "等待" in row["reason_zh"]


def test_a_tie_at_the_fault_and_one_not_yet_built_say_so(tmp_path):
    switch = more(hand.SWITCH.replace("coordination_min", "coordination_min,project")
                  .replace(",0,\n", ",0,,\n").replace(",24,\n", ",24,,\n")
                  .replace(",48,18\n", ",48,18,\n"),
                  "later,a2,b1,bus,tie,6,48,18,p", "dead,a1,b1,bus,tie,6,48,18,")
    folder = hand.write(tmp_path / "r", switch=switch,
                        region={"projects": "id,name,opened\np,P,2030-01-01"})
    plan = Asked(folder, "a01").plan
    rows = plan.tables["refused"].to_frame().set_index("asset")["reason"]
    assert "project p is not built" in rows["later"]
    assert "faulted part" in rows["dead"]


def test_the_reason_of_a_closed_border_names_nobody_by_id(tmp_path):
    plan = Asked(hand.write(tmp_path / "r"), "a01", pairs=[]).plan
    (row,) = plan.tables["refused"].to_frame().to_dict("records")
    assert "a, b" not in row["reason"] + row["reason_zh"]
    assert row["who"] == "a;b"


def test_what_is_out_of_service_cannot_break_and_is_not_offered_as_its_own_nearest(tmp_path):
    folder = hand.write(tmp_path / "r")
    with pytest.raises(CaseError) as found:
        Asked(folder, "a12", state=State((("a12", "out_of_service"),)))
    assert "out of service in the present state" in str(found.value)
    assert "nearest" not in str(found.value)
    assert "nearest" not in refusal(built_later(tmp_path / "p"), "x12")


def built_later(folder: Path) -> Path:
    branch = more(
        hand.BRANCH.replace("repair_h", "repair_h,project").replace(",0.1,4", ",0.1,4,"),
        "x12,a1,b1,1,0.1,0.3,400,0.1,4,p",
    )
    return hand.write(folder, branch=branch, switch=more(hand.SWITCH, "sx,a1,x12,branch,tie,1,0,"),
                      region={"projects": "id,name,opened\np,P,2030-01-01"})


def test_a_state_that_cannot_be_planned_is_a_note_beside_those_that_can(tmp_path):
    crew = "id,jurisdiction,work\nmends,b,repair\nmoves,b,switching\n"
    folder = hand.write(tmp_path / "r", crew=crew)
    found = tieline.respond(folder, faults=["a01"])
    assert list(found.plans) == ["together"]
    (note,) = found.notes
    assert "'apart'" in note.text
    assert "no crew can repair 'a01'" in note.text
    assert "各自" in note.text_zh
    with pytest.raises(CaseError, match="no crew can repair"):
        tieline.respond(folder, faults=["a01"], open=["waiting", "apart"])


def test_one_customer_is_not_several(tmp_path):
    load = changed(hand.LOAD, "ca2,a2,300,20", "ca2,a2,300,1")
    reasons = [s.reason for s in Asked(hand.write(tmp_path / "r", load=load), "a01",
                                       pairs=TOGETHER).plan.steps]
    assert "bring back 1 customer" in reasons
    table = {"k": ("{customers} customers", "{customers} 户")}
    assert both(table, "k", customers="1") == ("1 customer", "1 户")
    assert both(table, "k", customers="21") == ("21 customers", "21 户")
