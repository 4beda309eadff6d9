"""The ledger of the demonstration: what was reported, nothing invented, and its traps."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tieline.ledger import Entry, Note, Principal
from tieline.ledger.begin import begin
from tieline.ledger.exchange.mapping import Columns
from tieline.ledger.exchange.network import projects_table
from tieline.ledger.exchange.preview import preview
from tieline.ledger.exchange.source import read_source
from tieline.ledger.ledger import KEEPER
from tieline.ledger.listing import made_up
from tieline.ledger.work.calendar import Calendar
from tieline.ledger.work.desk import Deed, Desk

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ZONE = EXAMPLES / "demonstration-zone"
RECORDS = ZONE / "inputs" / "ledger"
DAY = date(2020, 12, 31)


@pytest.fixture(scope="module")
def zone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zone")
    shutil.copy(ZONE / "region.toml", folder)
    with begin(folder, folder / "ledger.sqlite", "the test", RECORDS) as made:
        yield made


@pytest.fixture(scope="module")
def view(zone):
    return zone.view(as_of=DAY)


def members(view, name):
    return [view.record(m.get("member"))
            for m in view.records("membership", where={"list": name})]


def test_the_list_has_its_reported_number_and_sum_by_placeholders_that_say_so(view):
    found = members(view, "library-2019")
    listed = view.record("library-2019")
    assert len(found) == int(listed.get("count")["value"]) == 122
    assert sum(s.get("investment")["minor"] for s in found) == listed.get("total")["minor"]
    assert listed.get("total") == {"minor": 2078 * 10**10, "currency": "CNY", "entered": "亿元"}
    for s in found:
        assert s.get("status") == "synthetic"
        assert "虚构" in s.get("name_zh")
        assert "虚构" in s.get("responsible_unit")


def test_nothing_was_invented_on_a_named_project(view):
    named = [s for s in view.records("project") if s.get("status") != "synthetic"]
    assert len(named) == 16
    allowed = {"name", "name_zh", "description", "category", "sector", "stage", "investment",
               "opened", "network_project", "owner", "status", "source", "claimed_by", "remark"}
    for s in named:
        assert set(s.values) <= allowed, s.id
        assert s.get("source")


def test_every_record_says_what_it_rests_on_and_who_says_so(view):
    for s in view.records():
        if s.kind in ("jurisdiction", "ledger", "membership"):
            continue
        assert s.get("status"), s.id
        assert s.get("status") == "synthetic" or s.get("source") or s.kind == "list", s.id


def observed(view, indicator):
    (one,) = view.records("observation", parent=indicator)
    return one


def test_the_figures_of_two_parks_are_not_mixed_up(view):
    firms, revenue = observed(view, "talent-firms"), observed(view, "talent-revenue")
    assert firms.get("value") == {"value": "250", "relation": ">", "unit": "家"}
    assert revenue.get("money")["minor"] == 350 * 10**10
    assert revenue.get("money")["relation"] == ">"
    assert {view.record(i).get("parent") for i in ("talent-firms", "talent-revenue")} == {
        "talent-park"}
    assert {view.record(i).get("parent") for i in ("dutch-projects", "dutch-foreign")} == {
        "sino-dutch-park"}
    assert all(view.record(i).get("cumulative") for i in (
        "talent-firms", "talent-revenue", "dutch-projects", "dutch-foreign"))


def test_dollars_are_not_added_to_yuan(view):
    assert observed(view, "dutch-projects").get("money")["currency"] == "CNY"
    assert observed(view, "dutch-foreign").get("money") == {
        "minor": 266 * 10**9, "currency": "USD", "entered": "亿美元"}
    found = {t.currency: t.minor for t in view.totals((), kind="project")}
    assert found["USD"] == 75 * 10**9
    assert found["EUR"] == 7 * 10**9
    made_up = made_up_totals(view)
    assert found["CNY"] - made_up == 100 * 10**10  # but for one, what is reported has no yuan
    assert made_up == 2078 * 10**10 + (63_000_000 + 16_800_000) * 100  # works, lines


def made_up_totals(view):
    (found,) = (t for t in made_up(view, (), "project").values() if t.currency)
    assert found.currency == "CNY"
    return found.minor


def test_what_is_printed_twice_is_counted_once(view):
    signed = [s for s in view.records("signing") if s.get("amount")]
    assert [(s.id, s.get("amount")["minor"]) for s in signed] == [("fair-2019", 558 * 10**10)]


def test_113_is_a_code_of_five_platforms(view):
    parts = view.records("plan_item", parent="113")
    assert sum(int(s.get("code")) for s in parts) == 5
    inside = [s.id for s in view.records("platform", parent="science-new-town")]
    assert len(inside) == 4


def test_the_park_passes_the_programme_it_was_named_for(view):
    from tieline.ledger.criteria import judge, load_programmes

    found = judge(view.record("sino-singapore-park"), load_programmes()["ten_thousand_mu"])
    assert [(j.criterion.id, j.met) for j in found] == [("area", True), ("output", None)]
    refused = judge(view.record("placeholder-001"), load_programmes()["zone_admission"])
    assert {j.met for j in refused} == {None}  # nothing published to judge by


def test_the_code_of_wujiang_changed_in_2012(zone):
    codes = [zone.view(as_of=date(y, 6, 1)).record("wujiang").get("code") for y in (2011, 2013)]
    assert codes == ["320584", "320509"]


@pytest.mark.parametrize(("name", "folder", "n"), [
    ("networks-power", "demonstration-zone", 3), ("networks-transit", "demonstration-lines", 14),
    ("networks-water", "zone-waters", 4)])
def test_the_table_of_each_region_is_the_export_of_its_list(zone, view, name, folder, n):
    table = projects_table(view, zone.hash_of(view.known), name)
    mark, _, rest = table.partition("\n")
    assert mark.endswith(f" list {name}")
    kept = (EXAMPLES / folder / "projects.csv").read_text("utf-8-sig")
    assert rest == kept
    assert len(rest.splitlines()) == 1 + n == 1 + len(members(view, name))


def test_one_list_holds_all_projects_of_the_networks_that_there_are(zone, view):
    ids = [s.id for s in view.records("project") if s.get("network_project")]
    assert sorted(s.id for s in members(view, "network-projects")) == sorted(ids)
    assert len(ids) == 3 + 14 + 4
    before = zone.view(as_of=date(2019, 9, 12))
    ties = [s.id for s in members(before, "networks-power") if s is not None]
    assert ties == ["tie-qingpu-jiashan"]


def test_the_tables_of_the_regions_read_back_change_nothing(zone):
    for folder in ("demonstration-zone", "demonstration-lines", "zone-waters"):
        source = read_source(EXAMPLES / folder / "projects.csv")
        found = preview(zone, source, Columns(), KEEPER)
        assert {r.match.how for r in found.rows} == {"id"}
        assert [r.cells for r in found.rows if r.cells] == []
        assert not found.refused
        assert not found.unused


def test_a_water_case_passes_the_three_counties(zone):
    def desk(county, hours):
        who = Principal(f"river office of {county}", (county,), ("editor", "river_office"))
        return Desk(zone, who, calendar=Calendar(),
                    now=datetime(2020, 6, 1, 1, tzinfo=UTC) + timedelta(hours=hours))

    zone.commit(Note("river office", "patrol (虚构)"), [Entry("patrol", None, {
        "parent": "fenhu-reach", "date": "2020-06-01", "by": ["wujiang 河长岗", "jiashan 河长岗"],
        "joint": True, "found": "水葫芦(虚构)", "status": "synthetic"}, date(2020, 6, 1))])
    desk("wujiang", 0).open("water_case", "wujiang", "jiashan", Deed(
        "seen on patrol", values={"name_zh": "水葫芦漂入(虚构)", "status": "synthetic"}), "water-1")
    desk("jiashan", 1).act("water-1", "accept", Deed("ours to pass on"))
    desk("jiashan", 2).act("water-1", "hand_over", Deed("drifted on", to="qingpu"))
    desk("qingpu", 3).act("water-1", "accept", Deed("it is here"))
    desk("qingpu", 4).act("water-1", "do", Deed("boats sent"))
    desk("qingpu", 8).act("water-1", "evidence", Deed("cleaned", evidence=("sha256:00 a.jpg",)))
    desk("wujiang", 20).act("water-1", "verify", Deed("looked at"))
    desk("wujiang", 21).act("water-1", "settle", Deed("shared"))
    case = zone.view(as_of=date(2020, 6, 3)).record("water-1")
    assert case.get("way") == ["wujiang", "jiashan", "qingpu"]
    assert case.get("state") == "settled"
    assert zone.verify().holds
