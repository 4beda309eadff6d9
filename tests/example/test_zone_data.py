"""The demonstration zone's files: reproducible, complete, radial, visibly synthetic."""

import csv
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter

import pytest
from zone_tables import ROOT, ZONE, normally_open, reach, rows, tables

STATUSES = {"reported", "verified", "approximate", "calibrated", "assumption", "synthetic"}
POWER = ("bus", "source", "branch", "switch", "load")


def test_a_fresh_build_gives_the_committed_bytes(tmp_path):
    script = ROOT / "examples" / "build_demonstration_zone.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    fresh = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    kept = {
        p.relative_to(ZONE): p.read_bytes()
        for p in ZONE.rglob("*")
        if p.is_file() and not {"inputs", "bulletins"} & set(p.relative_to(ZONE).parts)
    }
    assert fresh.keys() == kept.keys()
    assert [n for n in fresh if fresh[n] != kept[n]] == []


def test_the_zone_has_the_size_that_its_readme_says():
    towns = rows("inputs/towns")
    assert Counter(t["jurisdiction"] for t in towns) == {"qingpu": 11, "wujiang": 11, "jiashan": 9}
    breakers = [s for s in rows("power/switch") if re.search(r"-F\d+-q1$", s["id"])]
    assert {s["kind"] for s in breakers} == {"breaker"}
    assert len(breakers) == 200
    assert len(rows("power/load")) == 6000
    assert {b["town"] for b in rows("power/bus")} == {f"{t['name_zh']} {t['name']}" for t in towns}
    assert sum(p.stat().st_size for p in tables()) < 4_000_000


def test_towns_sum_to_the_census_total_of_their_county():
    counted: Counter[str] = Counter()
    for town in rows("inputs/towns"):
        counted[town["jurisdiction"]] += int(town["population"])
    assert counted == {r["id"]: int(r["population_2020"]) for r in rows("inputs/jurisdictions")}


def test_customers_are_about_a_fifth_of_what_national_density_suggests():
    size = {r["id"]: float(r["value"]) for r in rows("inputs/size")}
    people = sum(int(r["population_2020"]) for r in rows("inputs/jurisdictions"))
    full = people * size["national_customers"] / size["national_population"]
    assert 0.15 < len(rows("power/load")) / full < 0.25
    said = tomllib.loads((ZONE / "region.toml").read_text(encoding="utf-8"))["provenance"]["scale"]
    assert "五分之一" in said
    assert f"about a fifth ({6000 / full:.0%}) of the {full:,.0f}" in said


ACCOUNTS = {"inventory", "leads"}
"""Tables that say where something lies, and claim nothing themselves."""


@pytest.mark.parametrize(
    "path", [p for p in tables() if p.stem not in ACCOUNTS], ids=lambda p: str(p.relative_to(ZONE))
)
def test_every_row_says_what_it_rests_on(path):
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["status"] in STATUSES, row
            assert row["source"], row


def test_the_grid_claims_nothing_reported():
    for name in POWER:
        found = {r["status"] for r in rows(f"power/{name}")}
        assert found <= {"synthetic", "calibrated", "assumption"}


def test_no_invented_value_is_attached_to_a_real_tie():
    unpublished = ("capex", "opex_per_year", "life_years", "currency", "price_year", "payers")
    for project in rows("projects"):
        assert not any(project[column] for column in unpublished), project
    assert {p["id"]: p["status"] for p in rows("projects")} == {
        "tie-qingpu-jiashan": "reported",
        "tie-qingpu-wujiang": "reported",
        "tie-wujiang-jiashan": "approximate",
    }


def test_only_the_tie_of_the_incident_is_calibrated():
    ties = [s for s in rows("power/switch") if s["project"] and s["kind"] == "tie"]
    assert {s["project"]: s["status"] for s in ties} == {
        "tie-qingpu-jiashan": "calibrated",
        "tie-qingpu-wujiang": "assumption",
        "tie-wujiang-jiashan": "assumption",
    }


@pytest.mark.parametrize("name", ["projects", "values", "scenarios", "incidents"])
def test_sources_of_the_region_speak_both_languages(name):
    for row in rows(name):
        assert re.match(r".*[\u4e00-\u9fff].* / .*[A-Za-z]", row["source"]), row


def test_provenance_speaks_both_languages():
    region = tomllib.loads((ZONE / "region.toml").read_text(encoding="utf-8"))
    for text in region["provenance"].values():
        assert re.match(r".*[\u4e00-\u9fff].* / .*[A-Za-z]", text), text


def test_no_asset_is_named_after_a_real_one():
    places = {t["name"].lower() for t in rows("inputs/towns")} | {"yuhui", "shibei", "fenhu"}
    for name in POWER:
        for row in rows(f"power/{name}"):
            assert re.fullmatch(r"syn-(qingpu|wujiang|jiashan|tie)[A-Za-z0-9-]*", row["id"])
            assert not any(place in row["id"].lower() for place in places)


def test_no_utility_is_named_anywhere():
    for path in ZONE.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search("国网|国家电网|供电公司|State Grid|SGCC", text), path


def test_the_generator_reads_nothing_outside_its_inputs():
    for path in (ROOT / "examples").rglob("*.py"):
        assert "shared" not in path.read_text(encoding="utf-8"), path


def test_ids_are_unique_and_references_hold():
    buses = {b["id"] for b in rows("power/bus")}
    branches = {b["id"]: b for b in rows("power/branch")}
    for name in POWER:
        ids = [r["id"] for r in rows(f"power/{name}")]
        assert len(ids) == len(set(ids))
    for branch in branches.values():
        assert {branch["from_bus"], branch["to_bus"]} <= buses
    for switch in rows("power/switch"):
        branch = branches[switch["element"]]
        assert switch["bus"] in (branch["from_bus"], branch["to_bus"])
    assert {r["bus"] for r in rows("power/load") + rows("power/source")} <= buses


def test_the_normal_state_is_radial_and_feeds_everybody():
    sources = {s["bus"] for s in rows("power/source")}
    n_buses, open_ = len(rows("power/bus")), normally_open()
    assert len(reach(sources, open_)) == n_buses
    assert len(rows("power/branch")) - len(open_) == n_buses - len(sources)


def test_each_bus_is_drawn_inside_its_own_outline():
    outlines = json.loads((ZONE / "jurisdictions.geojson").read_text(encoding="utf-8"))
    corners = {
        f["properties"]["id"]: f["geometry"]["coordinates"][0] for f in outlines["features"]
    }
    for bus in rows("power/bus"):
        x, y = float(bus["x"]), float(bus["y"])
        ring = corners[bus["jurisdiction"]]
        crossings = sum(
            (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
            for (x0, y0), (x1, y1) in itertools.pairwise(ring)
        )
        assert crossings % 2 == 1, bus


def test_only_the_three_projects_cross_a_border():
    home = {b["id"]: b["jurisdiction"] for b in rows("power/bus")}
    crossing = {
        b["project"]: {home[b["from_bus"]], home[b["to_bus"]]}
        for b in rows("power/branch") if home[b["from_bus"]] != home[b["to_bus"]]
    }
    assert crossing == {
        "tie-qingpu-jiashan": {"qingpu", "jiashan"},
        "tie-qingpu-wujiang": {"qingpu", "wujiang"},
        "tie-wujiang-jiashan": {"wujiang", "jiashan"},
    }
    ties = [s for s in rows("power/switch") if s["project"] and s["kind"] == "tie"]
    assert {(s["normal"], s["control"]) for s in ties} == {("open", "remote")}
    assert len(ties) == 3


def test_the_ties_open_on_the_reported_days():
    opened = {p["id"]: p["opened"] for p in rows("projects")}
    assert opened["tie-qingpu-jiashan"] == "2019-09-10"
    assert opened["tie-qingpu-wujiang"] == "2019-09-17"
    assert opened["tie-wujiang-jiashan"].startswith("2020-07")
    dates = {s["id"]: s["date"] for s in rows("scenarios")}
    assert dates["before_ties"] < min(opened.values())
    assert opened["tie-qingpu-wujiang"] < dates["typhoon_2019_09_22"]
    assert dates["typhoon_2019_09_22"] < opened["tie-wujiang-jiashan"]


def test_feeder_lengths_are_those_of_the_region():
    trunk: Counter[str] = Counter()
    for branch in rows("power/branch"):
        feeder = re.fullmatch(r"(.*-F\d+)-t\d+", branch["id"])
        if feeder:
            trunk[feeder[1]] += float(branch["length_km"])
    assert len(trunk) == 200
    assert min(trunk.values()) >= 3.99
    assert max(trunk.values()) <= 15.01


def test_levels_make_a_year():
    assert sum(float(r["hours_per_yr"]) for r in rows("power/level")) == 8760


def test_the_region_says_that_it_is_schematic_and_unofficial():
    region = tomllib.loads((ZONE / "region.toml").read_text(encoding="utf-8"))
    assert "示意图,不作为划界依据" in region["caption"]
    assert "演示·非官方" in region["caption"]
    assert region["coordinates"] == "schematic"
    assert {"reported", "calibrated", "assumption", "synthetic"} <= region["provenance"].keys()
