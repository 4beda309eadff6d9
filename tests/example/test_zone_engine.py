"""The incident of 22 September 2019 and the zone's totals, as the engine itself gives them."""

import csv
import re
import shutil
from collections import Counter

import pytest
from zone_tables import ZONE, rows

import tieline

REPORTED = {r["id"]: float(r["value"]) for r in rows("inputs/size")}
TIE, PROJECT = "syn-tie-qingpu-jiashan", "tie-qingpu-jiashan"
TYPHOON, BEFORE = "typhoon_2019_09_22", "before_ties"
REPAIR_H = 10 + 10 / 60


def evaluate(data, opened, scenario):
    case = data.region.case(opened, topics=("power",), scenario=scenario)
    (outcome,) = data.engines["power"].evaluate(data.networks["power"], [case], detail=True)
    return outcome


def table(outcome, name):
    columns = outcome.tables[name].columns
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def rewrite(path, change):
    """Every row of a CSV file changed in place."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names, found = reader.fieldnames, [change(r) for r in reader]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(found)


@pytest.fixture(scope="module")
def zone():
    return tieline.read_region(ZONE)


@pytest.fixture(scope="module")
def once_a_year(tmp_path_factory):
    """The zone with nothing failing but the incident's spans, together once a year."""
    folder = tmp_path_factory.mktemp("incident") / "zone"
    shutil.copytree(ZONE, folder, ignore=shutil.ignore_patterns("inputs"))
    spans = {r["asset"] for r in rows("incidents")}
    km = sum(float(b["length_km"]) for b in rows("power/branch") if b["id"] in spans)

    def branch(row):
        return row | {"failure_per_km_yr": repr(1 / km) if row["id"] in spans else "0"}

    rewrite(folder / "power" / "branch.csv", branch)
    rewrite(folder / "power" / "load.csv", lambda row: row | {"failure_per_yr": "0"})
    return tieline.read_region(folder)


def hit(data, opened, scenario):
    return [r for r in table(evaluate(data, opened, scenario), "loads") if r["interruptions"] > 0]


def test_with_the_tie_26_public_and_4_dedicated_are_back_after_40_minutes(once_a_year):
    loads = hit(once_a_year, "together", TYPHOON)
    assert Counter(r["class"] for r in loads) == {
        "public": REPORTED["reported_public"], "dedicated": REPORTED["reported_dedicated"],
    }
    for load in loads:
        assert load["interruptions"] == pytest.approx(1)
        assert load["n_border"] == pytest.approx(1)
        assert load["outage_h"] * 60 == pytest.approx(REPORTED["reported_restored"])


@pytest.mark.parametrize(
    ("opened", "scenario"), [("apart", TYPHOON), ("apart", BEFORE), ("together", BEFORE)]
)
def test_apart_or_before_the_tie_they_wait_for_repair(once_a_year, opened, scenario):
    loads = hit(once_a_year, opened, scenario)
    assert sum(r["customers"] for r in loads) == 30
    for load in loads:
        assert load["n_repair"] == pytest.approx(1)
        assert load["outage_h"] == pytest.approx(REPAIR_H)


def test_one_such_event_saves_285_customer_hours(once_a_year):
    apart, together = (evaluate(once_a_year, o, TYPHOON) for o in ("apart", "together"))
    hours = [m.name for m in once_a_year.engines["power"].measures].index("customer_hours")
    saved = (apart.values - together.values).sum(axis=0)[hours]
    assert saved == pytest.approx(REPORTED["reported_saved"], abs=1e-4)
    assert not together.gap.any()
    (tie,) = (r for r in table(together, "ties") if r["id"] == TIE)
    assert tie["project"] == PROJECT
    assert tie["used_per_yr"] == pytest.approx(1)
    assert tie["customers_per_yr"] == pytest.approx(30)
    assert tie["customer_hours_saved_per_yr"] == pytest.approx(saved)


def test_the_zone_as_committed_holds_the_same_fault(zone):
    spans = {r["asset"] for r in rows("incidents")}
    found = {}
    for opened in ("apart", "together"):
        faults = table(evaluate(zone, opened, TYPHOON), "faults")
        (found[opened],) = (f for f in faults if spans & set(f["elements"].split(";")))
    assert set(found["together"]["elements"].split(";")) == spans
    assert found["together"]["customers_interrupted"] == 30
    assert found["together"]["restored_by_tie"] == TIE
    assert found["apart"]["restored_by_tie"] == ""
    saved = found["apart"]["customer_hours"] - found["together"]["customer_hours"]
    per_event = saved / found["apart"]["failures_per_yr"]
    assert per_event == pytest.approx(REPORTED["reported_saved"], abs=1e-4)


def test_the_base_case_is_within_every_limit(zone):
    for opened in ("apart", "together"):
        assert all(r["violations"] == 0 for r in table(evaluate(zone, opened, "base"), "base"))


def test_the_readme_gives_the_engines_saidi(zone):
    values = evaluate(zone, "apart", "base").values.sum(axis=0)
    names = [m.name for m in zone.engines["power"].measures]
    saidi = f"{values[names.index('customer_hours')] / values[names.index('customers')]:.1f}"
    readme = (ZONE / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"停电时间约为每年 (\S+) 小时", readme) == [saidi]
    assert re.findall(r"without supply for about (\S+) hours a year", readme) == [saidi]


def test_two_ties_stand_in_for_each_other(zone):
    worth = tieline.appraise(zone).networks["power"].worths["customer_hours"]
    pint, toot = (
        dict(zip(worth.projects, v.sum(axis=1), strict=True)) for v in (worth.pint, worth.toot)
    )
    assert toot[PROJECT] == pytest.approx(pint[PROJECT])
    for project in ("tie-qingpu-wujiang", "tie-wujiang-jiashan"):
        assert 0 < toot[project] < 0.7 * pint[project]
