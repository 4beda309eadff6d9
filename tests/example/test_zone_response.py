"""The incident of 22 September 2019, found by the engine; and what changes when the data do."""

import csv
import shutil
from dataclasses import replace

import pytest
from zone_tables import ZONE

import tieline
from tieline.power.engine import PowerEngine
from tieline.region.model import Event
from tieline.region.protocol import additive

NAMES = [m.name for m in additive(PowerEngine.measures)]
TIE = "syn-tie-qingpu-jiashan"


class Answered:
    """A region, its incident, and what is answered."""

    def __init__(self, folder, *, move=None, **case):
        data = tieline.read_region(folder)
        self.region, self.network = data.region, data.networks["power"]
        (self.incident,) = self.region.incidents
        if move:
            self.incident = replace(
                self.incident, events=tuple(Event(a, "pole_broken") for a in move)
            )
        how = {"open": "together"} | case
        self.case = self.region.case_of(self.incident, topics=("power",), **how)
        self.plan = PowerEngine().respond(self.network, self.case, self.incident)
        self.loads = self.plan.tables["loads"].to_frame()

    def total(self, name, outcome=None):
        return float((outcome or self.plan.outcome).values[:, NAMES.index(name)].sum())

    @property
    def saved(self):
        return self.total("customer_hours", self.plan.waiting) - self.total("customer_hours")


@pytest.fixture(scope="module")
def answered():
    return Answered(ZONE)


@pytest.fixture
def changed(tmp_path):
    """The example with cells of a table changed: (table, id, column, value)."""

    def make(*cells):
        folder = tmp_path / "zone"
        shutil.copytree(ZONE, folder)
        for table, row_id, column, value in cells:
            path = folder / f"{table}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            for row in rows:
                if row["id"] == row_id:
                    row[column] = value
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        return folder

    return make


def test_26_public_and_4_dedicated_transformers_are_back_in_40_minutes(answered):
    back = answered.loads[answered.loads["how"] == "border"]
    assert dict(back["class"].value_counts()) == {"public": 26, "dedicated": 4}
    assert set(back["via"]) == {TIE}
    assert back["back_s"].unique().tolist() == [40 * 60.0]
    assert answered.plan.proof == "optimal"


def test_285_customer_hours_are_saved_against_waiting(answered):
    assert answered.saved == pytest.approx(285.0, abs=1e-6)
    assert answered.total("customer_hours", answered.plan.waiting) == pytest.approx(305.0, abs=1e-6)


def test_apart_nobody_can_do_better_than_wait():
    assert Answered(ZONE, open="apart").saved == pytest.approx(0.0, abs=1e-9)


def test_without_the_tie_nothing_is_saved(changed):
    folder = changed(("projects", "tie-qingpu-jiashan", "opened", "2019-10-10"))
    assert Answered(folder).saved == pytest.approx(0.0, abs=1e-9)


def test_twenty_minutes_more_of_coordination_save_275(changed):
    answered = Answered(changed(("power/switch", TIE, "coordination_min", "40")))
    assert answered.saved == pytest.approx(275.0, abs=1e-6)


def test_a_tie_rated_below_the_load_restores_a_part_and_says_which(changed):
    answered = Answered(changed(("power/branch", f"{TIE}-line", "i_max_a", "100")))
    border = answered.loads[answered.loads["how"] == "border"]
    assert 0 < border["customers"].sum() < 30
    assert set(answered.loads["how"]) == {"border", "repair"}
    assert 0.0 < answered.saved < 285.0
    checks = answered.plan.tables["checks"].to_frame()
    assert (checks["ok"] == "yes").all()
    assert checks["loading_max_percent"].max() <= 100.0 + 1e-6


def test_another_faulted_section_gives_another_plan(answered):
    other = Answered(ZONE, move=["syn-jiashan-S09-F01-t08"])
    assert [s.asset for s in other.plan.steps] != [s.asset for s in answered.plan.steps]
    assert TIE not in {s.asset for s in other.plan.steps}


def test_the_tie_of_2020_is_not_used_in_2019(answered):
    assert "tie-wujiang-jiashan" not in answered.case.built
    assert answered.case.scenario == "typhoon_2019_09_22"
    assert not any("wujiang" in s.asset for s in answered.plan.steps)


def test_every_step_says_who_when_and_why_in_both_languages(answered):
    for step in answered.plan.steps:
        assert step.actor
        assert step.end_s >= step.start_s >= 0.0
        assert step.reason
        assert step.reason_zh
    tie = next(s for s in answered.plan.steps if s.asset == TIE and s.action == "close")
    assert tie.jurisdiction == "jiashan"
    assert tie.agrees == ("qingpu",)


def test_the_state_ends_where_it_began(answered):
    state = {}
    for step in answered.plan.steps:
        state |= {a: p for a, p in step.changes.items() if p in ("open", "closed")}
    ids = answered.network.switches.ids.tolist()
    normal = answered.network.switches["normal"]
    assert state == {a: normal[ids.index(a)] for a in state}


def test_qingpu_carries_jiashan_until_the_repair(answered):
    (row,) = answered.plan.tables["settlement"].to_frame().to_dict("records")
    assert (row["from"], row["to"]) == ("qingpu", "jiashan")
    kw = answered.network.loads["p_kw"]
    ids = answered.network.loads.ids.tolist()
    carried = sum(kw[ids.index(i)] for i in answered.loads["id"]) * 0.77
    hours = row["carried_kwh"] / carried
    assert 610.0 / 60.0 - 40.0 / 60.0 < hours < 10.5
