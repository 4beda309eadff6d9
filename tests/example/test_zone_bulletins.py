"""The demonstration's bulletins: what was reported, each figure bound, its status shown; the source
item by item, each leading to where it lives."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from tieline.errors import InputError
from tieline.ledger.begin import begin
from tieline.publish.bulletin.html import Writer
from tieline.publish.bulletin.page import render
from tieline.publish.words import Words
from tieline.study.bulletins import BulletinDesk

ROOT = Path(__file__).parents[2]
ZONE = ROOT / "examples" / "demonstration-zone"
INVENTORY = ROOT.parent / "shared" / "facts" / "seed_inventory.csv"
ITEMS = 122
LONG = 9
"""So many Chinese characters in a row that two texts share by quotation, not by chance."""


@pytest.fixture(scope="module")
def zone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zone") / "zone"
    shutil.copytree(ZONE, folder)
    begin(folder, folder / "ledger.sqlite", "the test", folder / "inputs" / "ledger").close()
    return folder


@pytest.fixture(scope="module")
def desk(zone):
    with BulletinDesk(zone) as opened:
        yield opened


@pytest.fixture(scope="module")
def reported(desk, zone):
    return desk.compose(zone / "bulletins" / "2019-10-31.md")


@pytest.fixture(scope="module")
def annotated(desk, zone):
    return desk.compose(zone / "bulletins" / "source-annotated.md")


@pytest.fixture(scope="module")
def items(desk):
    return {i.no: i for i in desk.inventory()}


def test_every_template_of_the_demonstration_can_be_read(desk, reported, annotated):
    assert [p.stem for p in desk.templates()] == [reported.id, annotated.id]


def test_the_bulletin_states_from_the_ledger_what_was_reported(reported):
    said = {k: f.reading for k, f in reported.figures.items() if f.query.source == "ledger"}
    assert said["projects"].value["value"] == "122"
    assert said["investment"].value["minor"] == 2078 * 10**10
    assert said["minutes"].value["value"] == "40"
    assert said["firms"].value["relation"] == ">"
    assert said.pop("placeholders").status == "synthetic"
    assert said.pop("new-lines").status == "announced"
    assert {r.status for r in said.values()} == {"reported"}
    assert all("报道" in r.source for r in said.values())


def test_what_was_computed_says_so_and_never_poses_as_reported(reported):
    planned = reported.figures["planned-hours"].reading
    assert planned.status == "synthetic"
    assert planned.rests_on["calibrated"] > 0
    assert planned.read_at["engine"] == "power"
    page = render(reported, "en")
    assert "computed, not recorded" in page
    assert "it does not prove the report" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_bulletin_shows_status_and_that_it_is_unofficial(reported, lang):
    page = render(reported, lang)
    words = Words(lang)
    for status in ("reported", "synthetic"):
        assert words(f"status.{status}.name") in page
    assert {"zh": "演示·非官方", "en": "demonstration, unofficial"}[lang] in page


def test_every_item_of_the_source_leads_to_where_it_lives(items):
    assert list(items) == list(range(1, ITEMS + 1))
    assert all(i.leads for i in items.values())
    assert all(i.text["zh"] and i.text["en"] for i in items.values())


def test_forty_minutes_replay_the_plan_122_opens_the_list_water_opens_a_case(items):
    assert (items[105].leads[0].kind, items[105].leads[0].target) == ("plan", "yuhui-2019-09-22")
    assert [f.reading.value["value"] for f in items[105].figures] == ["40"]
    assert (items[65].leads[0].kind, items[65].leads[0].target) == ("list", "library-2019")
    assert [f.reading.value["value"] for f in items[65].figures] == ["122"]
    assert (items[4].leads[0].kind, items[4].leads[0].target) == ("case", "water_case")
    assert items[99].leads[0].kind == "appraisal"
    assert items[122].lives == "context"
    assert items[33].lives == "recorded"


@pytest.mark.skipif(not INVENTORY.is_file(), reason="the inventory of the report is not here")
def test_no_item_is_told_in_the_source_s_words(items):
    rows = {int(r["no"]): r["quote_zh"] for r in
            csv.DictReader(INVENTORY.read_text("utf-8-sig").splitlines())}
    assert set(rows) == set(items)
    for no, item in items.items():
        for piece in re.findall(rf"[\u4e00-\u9fff]{{{LONG},}}", rows[no]):
            names = NAMES.sub("", item.text["zh"])
            shared = [piece[k : k + LONG] for k in range(len(piece) - LONG + 1)
                      if piece[k : k + LONG] in names]
            assert not shared, (no, shared)


NAMES = re.compile("：[^；]*")
"""What follows a kind of record is a proper name, which has one form only."""


@pytest.mark.parametrize(("file", "old", "new", "said"), [
    ("inventory.csv", "117,context", "118,context", "item 117: expected where it lives"),
    ("leads.csv", "yuhui-2019-09-22", "yuhui-2019-09-23", "item 105"),
    ("leads.csv", "water_case", "water_cases", "found case 'water_cases'"),
    ("leads.csv", "library-2019", "library-2018", "item 65: expected what there is"),
    ("leads.csv", "tie-qingpu-jiashan", "tie-qingpu", "item 99"),
    ("inventory.csv", "codes,sector", "codes,sektor", "found codes 'sektor'"),
    ("inventory.csv", "10,record", "ten,record", "expected the number of an item"),
])
def test_an_item_that_leads_nowhere_fails(desk, zone, file, old, new, said):
    path = zone / "inputs" / file
    text = path.read_text("utf-8")
    assert old in text
    try:
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            desk.inventory()
    finally:
        path.write_text(text, encoding="utf-8")


def test_the_annotated_source_shows_every_item_and_binds_its_figures(annotated, items):
    page = render(annotated, "zh")
    assert page.count('<th scope="row">') >= ITEMS
    assert "重演事故 yuhui-2019-09-22 的方案" in page
    bound = [f.id for i in items.values() for f in i.figures]
    assert list(annotated.figures) == bound
    assert all(f'id="figure-{name}"' in page for name in bound)


def test_a_page_may_lead_an_item_to_its_own_address(annotated):
    writer = Writer(annotated, Words("en"), lambda lead: f"/{lead.kind}/{lead.target}")
    assert 'href="/plan/yuhui-2019-09-22"' in writer.text()


@pytest.mark.skipif(not INVENTORY.is_file(), reason="the inventory of the report is not here")
@pytest.mark.parametrize("name", ["2019-10-31.md", "source-annotated.md"])
def test_no_bulletin_repeats_the_source(name):
    text = (ZONE / "bulletins" / name).read_text("utf-8")
    quoted = [r["quote_zh"] for r in csv.DictReader(INVENTORY.read_text("utf-8-sig").splitlines())]
    for piece in re.findall(rf"[\u4e00-\u9fff]{{{LONG},}}", text):
        for k in range(len(piece) - LONG + 1):
            assert not any(piece[k : k + LONG] in q for q in quoted), piece[k : k + LONG]
