"""The judge of whole plans, judged: a plan made under easy tables, held against stricter ones."""

from dataclasses import replace
from pathlib import Path

import hand
import pytest
from hand import changed
from test_respond_hand import TOGETHER, Asked
from whole_judge import Cold, Whole

GROUP = "id,bus,parallel_group,va_degree\nga,a0,one,0\ngb,b0,one,0"
CREW = "id,jurisdiction,work\nmends,a,repair\nswitches,a,switching\n"
WAYS = "from,to,travel_min\nswitches,sa1,24\nsa1,tie,15\n"
REACH = "\n".join(
    f"{row.strip()},{'reach_km' if k == 0 else 2 if 'sb0' in row else ''}"
    for k, row in enumerate(hand.SWITCH.strip().splitlines())
)
"""sb0 sees 2 km: its own line of 1 km, but not 1 + 3 km over the tie to a1."""
TIGHT = changed(hand.BRANCH, "b01,b0,b1,1,0.1,0.3,400", "b01,b0,b1,1,0.1,0.3,45")


def faults(tmp_path: Path, easy: dict[str, str], strict: dict[str, str], **case) -> list[str]:
    plan = Asked(hand.write(tmp_path / "easy", **easy), "a01").plan
    own = Whole(tmp_path / "easy", (), TOGETHER)
    assert own.faults(plan) == []
    whole = Whole(hand.write(tmp_path / "strict", **easy | strict), (), case.get("pairs", TOGETHER))
    return whole.faults(plan)


@pytest.mark.parametrize(("easy", "strict", "said"), [
    ({}, {"source": "id,bus,earthing\nga,a0,resonant\ngb,b0,solid"}, "earthed otherwise"),
    ({}, {"switch": REACH}, "beyond the reach"),
    ({}, {"branch": TIGHT.replace("45,", "35,")}, "beyond limits"),
    ({"branch": TIGHT}, {"settings": "cold_load_factor = 2.5"}, "beyond limits while cold"),
    ({}, {"state": "asset,condition\nsa1,out_of_service"}, "out of service, yet moved"),
    ({"source": GROUP}, {"source": GROUP.replace("b0,one", "b0,two")}, "different groups"),
    ({"source": GROUP}, {"source": GROUP.replace("b0,one,0", "b0,one,30")}, "different angles"),
    ({"source": GROUP}, {"source": GROUP, "settings": "parallel_voltage_percent = 0.01"},
     "voltages differ"),
    ({"source": GROUP}, {"source": GROUP, "settings": "parallel_angle_degree = 0.01"},
     "angles differ"),
    ({"crew": CREW, "travel": WAYS}, {"travel": WAYS.replace("24", "40")}, "the way from"),
    ({"crew": CREW, "travel": WAYS}, {"travel": WAYS.replace("tie,15", "tie,60")}, "the way from"),
    ({"crew": CREW}, {"crew": CREW.replace("a,switching", "a,repair")}, "does not do switching"),
    ({"crew": CREW}, {"crew": CREW.replace("switches,a", "switches,b")}, ""),
    ({"crew": CREW}, {"crew": "id,jurisdiction,work,available_min\nmends,a,repair,\n"
                              "switches,a,switching,45\n"}, "before it is at hand"),
])
def test_what_breaks_a_stricter_rule_is_found(tmp_path, easy, strict, said):
    found = faults(tmp_path, easy, strict)
    assert any(said in x for x in found) if said else found == []


def test_a_crew_that_is_not_open_is_found(tmp_path):
    found = faults(tmp_path, {"crew": CREW}, {"crew": CREW.replace("switches,a", "switches,b")},
                   pairs=[])
    assert any("is not open to a" in x for x in found)


def test_what_is_cold_grows_lasts_and_is_kept_if_it_goes_dark_again():
    cold = Cold({"cold_load_factor": 3.0, "cold_load_after_min": 60.0}, ["x", "y"])
    every = ["x", "y"]
    assert cold.after(1800.0, frozenset("x"), every) == {"x": 2.0}
    assert cold.after(3600.0, frozenset("y"), every) == {"y": 3.0}
    assert cold.after(3660.0, frozenset("xy"), every) == {"x": 2.0, "y": 3.0}
    assert cold.after(7230.0, frozenset("xy"), every) == {"x": 2.0}
    assert cold.after(7260.0, frozenset("xy"), every) == {}


def replaced_crew(tmp_path: Path, plan):
    folder = hand.write(tmp_path / "other", crew=CREW.replace("switches", "others"))
    return Whole(folder, (), TOGETHER).unmanned(plan)


def test_a_loop_and_a_crew_in_two_places_are_found(tmp_path):
    plan = Asked(hand.write(tmp_path / "r", crew=CREW, travel=WAYS), "a01").plan
    whole = Whole(tmp_path / "r", (), TOGETHER)
    assert whole.faults(plan) == []
    stays = tuple(s for s in plan.steps if (s.action, s.asset) != ("open", "tie"))
    assert any("not radial" in x for x in whole.faults(replace(plan, steps=stays)))
    assert replaced_crew(tmp_path, plan)
    early = tuple(replace(s, start_s=s.start_s - 600) if (s.action, s.asset) == ("open", "sa1")
                  else s for s in plan.steps)
    assert any("until" in x for x in whole.faults(replace(plan, steps=early)))
