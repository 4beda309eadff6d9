"""Cold load: portions, what waits for others to warm up, and what only people may allow."""

from pathlib import Path

import hand
import pytest
from hand import changed
from test_respond_hand import Asked

COLD = "cold_load_factor = 2.0\ncold_load_after_min = 60\n"


def grid(folder: Path, ampere: int, **tables: str) -> Path:
    branch = changed(hand.BRANCH, "a01,a0,a1,2,0.1,0.3,400", f"a01,a0,a1,2,0.1,0.3,{ampere}")
    return hand.write(folder, settings=COLD, branch=branch, **tables)


def test_a_feeder_too_cold_for_its_line_comes_back_in_portions(tmp_path):
    """800 kW draw 46 A, cold 92 A; a1 alone 58 A, and with a2 cold an hour later 64 A."""
    asked = Asked(grid(tmp_path / "r", 70), "a01", pairs=[])
    assert asked.back_min() == pytest.approx({"ca1": 240.0, "ca2": 306.0}, abs=0.05)
    assert asked.hours == pytest.approx(10 * 4.0 + 20 * 5.1, abs=0.01)
    assert asked.end_min["open", "sa1"] <= 239.0
    checks = asked.plan.tables["checks"]
    assert set(checks["ok"].tolist()) == {"yes"}
    assert checks["loading_max_percent"].max() < 100.0
    reasons = {s.asset: s.reason for s in asked.plan.steps if s.action in ("open", "close")}
    assert "next portion" in reasons["sa1"]


def test_all_comes_back_at_once_where_the_cold_load_fits(tmp_path):
    asked = Asked(grid(tmp_path / "r", 100), "a01", pairs=[])
    assert asked.back_min() == {"ca1": 240.0, "ca2": 240.0}


def test_nobody_stays_out_for_cold_load_alone_but_the_check_says_what_it_passes(tmp_path):
    asked = Asked(grid(tmp_path / "r", 50), "a01", pairs=[])
    back = asked.back_min()
    assert back["ca1"] < back["ca2"] < 400.0
    checks = asked.plan.tables["checks"].to_frame()
    failed = checks[checks["ok"] == "no"]
    assert set(failed["failed"]) == {"current"}
    assert any("people must allow" in s.reason for s in asked.plan.steps)
    assert any("check failed" in note.text for note in asked.plan.notes)


def test_a_part_that_a_tie_cannot_carry_cold_is_chosen_smaller_from_the_start(tmp_path):
    """Over the tie after 72 min: 300 kW, cold 600, beside 400 kW of b: 58 A of b01's 55 A."""
    branch = changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,55")
    asked = Asked(hand.write(tmp_path / "r", settings=COLD, branch=branch), "a01")
    assert asked.back_min()["ca2"] >= 240.0
    assert not [s for s in asked.plan.steps if s.asset == "tie"]
    warm = Asked(hand.write(tmp_path / "w", branch=branch), "a01")
    assert warm.back_min()["ca2"] == 72.0


def test_one_crew_opens_the_tie_drives_and_closes_the_own_way(tmp_path):
    """To sa1 24 + 6 min, on to the tie 15, agree 18, close 6: back at 69. Home: 15 + 6 min out."""
    crew = "id,jurisdiction,work\nmends,a,repair\nswitches,a,switching\n"
    travel = "from,to,travel_min\nswitches,sa1,24\nswitches,tie,48\nsa1,tie,15\n"
    asked = Asked(hand.write(tmp_path / "r", crew=crew, travel=travel), "a01")
    assert asked.back_min() == pytest.approx({"ca1": 240.0, "ca2": 69.0}, abs=0.05)
    assert asked.hours == pytest.approx(10 * 4.0 + 20 * (69 + 15 + 6) / 60, abs=0.01)
    (go,) = [s for s in asked.plan.steps if (s.action, s.phase) == ("go", "return")]
    assert (go.asset, go.crew, go.end_s - go.start_s) == ("sa1", "switches", pytest.approx(900))


def test_nobody_is_sent_to_isolate_what_is_mended_before_they_arrive(tmp_path):
    """The only crew mends until 370 min: then all is sound, and nothing is left to isolate."""
    places = ("a0,a,10,0,0", "a1,a,10,1,0", "a2,a,10,3,0", "b0,b,10,5,0", "b1,b,10,4,0")
    bus = "\n".join(("id,jurisdiction,vn_kv,x,y", *places))
    asked = Asked(
        hand.write(
            tmp_path / "r", bus=bus, crew="id,jurisdiction,work\nmends,a,repair",
            settings="km_per_unit = 10\ntravel_km_per_h = 60",
        ),
        "a12", "a01", pairs=[], repair_h="2",
    )
    done = max(s.end_s for s in asked.plan.steps if s.action == "repair") / 60
    assert max(asked.back_min().values()) <= done + 2.0
    assert not [s for s in asked.plan.steps if s.asset == "sa1" and s.action == "open"]
