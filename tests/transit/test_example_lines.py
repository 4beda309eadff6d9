"""The demonstration of lines across: what is reported is in it, all else says what it is."""

import csv
import sys
from collections import Counter
from pathlib import Path

import pytest

import tieline

ROOT = Path(__file__).parents[2]
HOME = ROOT / "examples" / "demonstration-lines"


def rows(name):
    with (HOME / name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


@pytest.fixture(scope="module")
def data():
    return tieline.read_region(HOME)


def test_building_it_again_gives_the_same_bytes(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import build_demonstration_lines as build

    for name, text in build.build_files().items():
        assert (HOME / name).read_bytes() == text.encode("utf-8"), name
    sys.modules.pop("build_demonstration_lines", None)


def test_what_is_reported_comes_out(data):
    network = data.networks["transit"]
    lines = {k.partition(":")[2]: v for k, v in network.lines.items()}
    day = network.days["base"][0]
    by_line = {p.line.partition(":")[2]: p for p in day.patterns}
    for key, minutes, fare in (("7618", 50, 5), ("7619", 30, 5)):
        p = by_line[key]
        assert (p.arrival[:, -1] - p.departure[:, 0] == 60 * minutes).all()
        assert lines[key].fare == fare
    # 6:30 to 17:10, hourly, both ways.
    leave = by_line["7618"].departure[:, 0]
    assert leave[leave < 86400].tolist() == list(range(23400, 17 * 3600 + 601, 3600))
    touched = {
        key: {data.region.jurisdictions[j].id for p in day.pieces if p.whole
              and day.patterns[p.pattern].line.endswith(f":{key}") for j in p.touches}
        for key in lines
    }
    assert touched["7618"] == {"qingpu", "wujiang"}
    mine = [k for k in touched if "jiashan" in touched[k] and len(touched[k]) > 1
            and not k.startswith("sfq")]
    assert len(mine) == 10
    assert sum(network.cars.cars) == 350
    towns = {p.rstrip("NESW") for p in network.points.ids if "-T" in p}
    assert len(towns) == 31


def test_lines_of_the_zone_exist_from_their_opening_on(data):
    assert not [p for p in data.region.reference() if "sfq" in p]
    assert {"line-sfq1", "line-sfq3", "line-sfq5"} <= data.region.reference("november_2019")
    before, after = tieline.trip(HOME, "jiashan-T05", "qingpu-T06", day=None), tieline.trip(
        HOME, "jiashan-T05", "qingpu-T06", day=data.region.scenario("november_2019").date)
    assert "Demonstration zone line 3" not in before.to_frame()["line"].tolist()
    assert after.answers["together"].possible


def test_the_listener_of_the_report_can_go_to_lili_and_back(data):
    """She hears that there are buses to Lili: from Xitang by 7619, home the same day."""
    found = tieline.trip(data, "jiashan-T05", "wujiang-T10")
    assert found.answers["together"].possible
    assert not found.answers["apart"].possible


def test_every_row_has_a_status_and_what_is_made_up_has_no_real_name(data):
    for name in ("transit/point.csv", "transit/assets.csv", "transit/line.csv",
                 "transit/car_station.csv", "transit/demand.csv", "projects.csv",
                 "services/facility.csv", "services/programme.csv"):
        found = rows(name)
        assert all(r["status"] and r["source"] for r in found), name
    invented = [r for r in rows("projects.csv") if r["status"] == "synthetic"]
    assert len(invented) == 9
    assert all(r["name"].startswith("Synthetic") and "合成" in r["name_zh"] for r in invented)
    assert Counter(r["status"] for r in rows("projects.csv"))["reported"] == 2


def test_together_nobody_reaches_less(data):
    network, engine = data.networks["transit"], data.engines["transit"]
    apart, together = engine.evaluate(network, [data.case("apart"), data.case("together")])
    for k, measure in enumerate(m for m in engine.measures if m.ratio_of is None):
        if measure.sign:
            assert (measure.sign * (together.values[:, k] - apart.values[:, k]) >= 0).all()


def test_only_what_is_synthetic_has_a_cost():
    costs = ("capex", "opex_per_year", "life_years", "currency", "price_year", "payers")
    for project in rows("projects.csv"):
        assert {bool(project[c]) for c in costs} == {project["status"] == "synthetic"}, project
        if project["status"] == "synthetic":
            assert "cost made up" in project["source"], project
            assert "造价为合成" in project["source"], project


def test_the_how_to_runs_more_often_and_nobody_loses(tmp_path):
    """The scenario files of the how-to, as printed, on a copy of the example."""
    import re
    import shutil

    import numpy as np

    text = (ROOT / "docs" / "how-to" / "transit.md").read_text(encoding="utf-8")
    blocks = re.findall(r"`transit/(\w+)\.json`[^`]*```json\n(.*?)```", text, re.DOTALL)
    assert [name for name, _ in blocks] == ["more_often", "without"]
    folder = shutil.copytree(HOME, tmp_path / "lines")
    with (folder / "scenarios.csv").open("a", encoding="utf-8") as f:
        f.writelines(f"{name},,,,assumption,how-to\n" for name, _ in blocks)
    for name, body in blocks:
        (folder / "transit" / f"{name}.json").write_text(body, encoding="utf-8")
    found = tieline.read_region(folder)
    assert not [n for n in found.issues.notes if "no entry replaces" in str(n)]
    engine, network = found.engines["transit"], found.networks["transit"]
    cases = [found.case("together", scenario=s) for s in ("base", "more_often", "without")]
    base, more, less = engine.evaluate(network, cases, detail=True)
    places = [o.tables["places"] for o in (base, more, less)]
    for m in (15, 30, 45, 60):
        old, new, out = (t[f"reach_{m}"] for t in places)
        assert (new >= old).all()
        assert (out <= old).all()
    assert (places[1]["reach_60"] > places[0]["reach_60"]).any()
    assert (places[1]["facility_minutes"] <= places[0]["facility_minutes"]).all()
    assert (places[2]["facility_minutes"] >= places[0]["facility_minutes"]).all()
    names = [m.name for m in engine.measures]
    k = names.index("subsidy")
    assert more.values[:, k].sum() > base.values[:, k].sum() > less.values[:, k].sum()
    assert np.isfinite(more.values).all()


def test_every_group_of_the_example_travels_once_borders_are_open(data):
    network, engine = data.networks["transit"], data.engines["transit"]
    apart, together = engine.evaluate(
        network, [data.case("apart"), data.case("together")], detail=True)
    trips = together.tables["trips"].to_frame()
    assert {"visitor", "commuter", "resident"} == set(trips["group"])
    assert trips["minutes"].notna().all()
    assert apart.tables["trips"].to_frame()["minutes"].isna().all()
    # Seven of ten visitors from Shanghai, as reported.
    visitors = trips[trips["group"] == "visitor"].set_index("from")["trips_per_yr"]
    assert visitors["qingpu-T08"] / visitors.sum() == pytest.approx(0.7)


def test_cards_accepted_across_bring_people_a_hospital_near_and_share_its_capacity(data):
    network, engine = data.networks["services"], data.engines["services"]
    apart, together = engine.evaluate(
        network, [data.case("apart"), data.case("together")], detail=True)
    names = [m.name for m in engine.measures if m.ratio_of is None]
    near, capacity = names.index("health_near"), names.index("health_capacity")
    gained = (together.values - apart.values)[:, near]
    across = together.tables["across"].to_frame().set_index(["residents", "topic"])
    assert gained.sum() > 0.0
    for j, name in enumerate(network.jurisdictions):
        assert gained[j] == across.loc[(name, "services.health"), "people"]
    moved = (together.values - apart.values)[:, capacity]
    assert moved.max() > 0.0 > moved.min()  # taken by one, released by another
    assert moved.sum() == pytest.approx(0.0, abs=1e-9)
    assert together.values[:, capacity].sum() == network.facilities.capacity[
        network.facilities.subject == 0].sum()
