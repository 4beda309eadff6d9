"""The waters of the zone: built from what is known, honest about the rest, told on pages."""

import csv
import re
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tieline.cli.run import run as main
from tieline.ledger import Entry, Ledger, Note, Principal
from tieline.ledger.work.calendar import Calendar
from tieline.ledger.work.desk import Desk
from tieline.region.issues import Issues
from tieline.region.model import STATUSES, Case
from tieline.region.read import read_region_folder
from tieline.study import respond
from tieline.study.spill import SpillResponse, open_cases
from tieline.water.engine import WaterEngine
from tieline.water.network import TOPICS

ROOT = Path(__file__).parents[2]
ZONE = ROOT / "examples" / "zone-waters"
MADE_UP = ("source", "gate", "intake", "depot", "landing", "boat", "hotspot", "spill", "section")


def rows(name):
    with (ZONE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def response():
    return respond(ZONE, "drill-2020")


def test_the_example_is_made_from_its_builder_byte_for_byte(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    from zone_waters_build.files import build_files

    files = build_files()
    for name, text in files.items():
        assert (ZONE / name).read_text(encoding="utf-8") == text, name
    found = {p.relative_to(ZONE).as_posix() for p in ZONE.rglob("*") if p.is_file()}
    assert found == set(files)
    for module in [m for m in sys.modules if m.startswith("zone_waters_build")]:
        del sys.modules[module]


def test_the_example_is_read_without_a_problem():
    issues = Issues()
    folder = read_region_folder(ZONE, issues)
    network = WaterEngine().read(folder, issues)
    assert not issues.errors
    assert network.touched == ("qingpu", "wujiang", "jiashan")
    assert {t for t, _, _ in network.relevant.open} == set(TOPICS)


def test_every_row_has_a_status_and_a_source():
    for path in ZONE.rglob("*.csv"):
        name = path.relative_to(ZONE).with_suffix("").as_posix()
        for row in rows(name):
            assert row["status"] in STATUSES, name
            assert row["source"], name


@pytest.mark.parametrize("table", MADE_UP)
def test_what_is_made_up_says_so_and_has_no_real_name(table):
    for row in rows(f"water/{table}"):
        assert row["id"].startswith("syn-")
        assert row["status"] in ("synthetic", "assumption")
        for name in (row.get("name", ""), row.get("name_zh", "")):
            assert not name or "synthetic" in name or "虚构" in name


def test_loads_belong_to_synthetic_sources_only():
    for table in ("load", "abatement"):
        assert all(r["source_id"].startswith("syn-source-") for r in rows(f"water/{table}"))
        assert {r["status"] for r in rows(f"water/{table}")} == {"synthetic"}


def test_a_response_to_a_spill_speaks_of_intakes(response):
    assert isinstance(response, SpillResponse)
    waiting, apart, together = (
        response.total(s, "people_hours") for s in ("waiting", "apart", "together"))
    assert together <= apart <= waiting
    assert together < waiting
    assert response.hit()[0] == "wujiang"
    assert "intake-h" in str(response.sheets()[0])


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("people-hours without raw water", "closes gate", "decision support")),
    ("zh", ("断水", "关闭闸门", "供决策参考")),
])
def test_the_pages_of_a_spill_speak_both_languages(response, lang, words):
    page = response.report(lang)
    for part in words:
        assert part.casefold() in page.casefold()
    assert "<script" not in page
    assert not re.search(r'(src|href)="http', page)
    assert page == response.report(lang)
    for j in response.ordered():
        assert response.orders(lang, j)


def test_a_response_is_written_whole(response, tmp_path):
    folder = response.write(tmp_path / "out", lang="zh", formats=("csv",))
    names = {p.name for p in folder.iterdir()}
    assert {"plan.html", "orders.html", "plan.json", "steps.csv", "hits.csv", "frames.csv"} <= names


def test_a_spill_opens_a_case_for_everybody_it_comes_to(response, tmp_path):
    counties = ("qingpu", "wujiang", "jiashan")
    with Ledger.create(
        tmp_path / "ledger.db", Note("the test", "begin"), name="Test", name_zh="测试",
        time_zone="Asia/Shanghai", jurisdictions=[{"id": c, "name": c.title()} for c in counties],
    ) as ledger:
        ledger.commit(Note("the test", "to see"), [
            Entry("share_rule", f"joint-{a}-{b}", {
                "owner": a, "grantee": b, "actions": ["read", "write"],
                "kinds": ["case", "case_step"], "fields": ["*"], "purpose": "joint work"},
                date(2019, 1, 1))
            for a in counties for b in counties if a != b])
        office = Principal("river office", ("wujiang",), ("editor", "river_office"))
        now = datetime(2020, 10, 12, 1, 0, tzinfo=UTC)
        desk = Desk(ledger, office, calendar=Calendar(), now=now)
        open_cases(response, desk)
        cases = {(c.get("owner"), c.get("holder")) for c in
                 (t.case for t in desk.inbox())}
        assert cases == {("wujiang", j) for j in response.hit()[1:]}
        assert ledger.verify().holds


def test_the_whole_zone_gains_by_planning_quality_together():
    issues = Issues()
    network = WaterEngine().read(read_region_folder(ZONE, issues), issues)
    from tieline.water.evaluate import Evaluator

    evaluator = Evaluator(network)
    built = network.relevant.projects
    quality = frozenset(x for x in network.relevant.open if x[0] == "water.quality")
    apart, together = (evaluator.quality(Case(o, built)) for o in (frozenset(), quality))
    assert together.cost.sum() + together.damage.sum() < apart.cost.sum() + apart.damage.sum()
    _, graph = evaluator.flow(Case(built=built), 0)
    assert "turns" in graph.meaning


def test_a_source_is_traced_from_what_sections_saw():
    from tieline.study import trace

    found = trace(ZONE, [("syn-section-S1", 8.0, 0.8), ("syn-section-S1", 12.0, 0.4),
                         ("syn-section-S2", 20.0, 0.0)], season="autumn", top=3)
    assert len(found.to_frame()) == 3
    first, second = found.rows[:2]
    assert round(first["explains"], 3) >= round(second["explains"], 3) > 0.5
    if round(first["explains"], 3) == round(second["explains"], 3):
        assert first["mass_kg"] <= second["mass_kg"]
    assert found.rows[0]["jurisdiction"] == "wujiang"


@pytest.mark.parametrize(("seen", "season", "message"), [
    ([("nowhere", 3.0, 1.0)], "", "section 'nowhere' is not known"),
    ([("syn-section-S1", 3.0, 1.0)], "monsoon", "season 'monsoon' is not known"),
])
def test_what_is_not_known_is_not_traced(seen, season, message):
    from tieline.errors import CaseError
    from tieline.study import trace

    with pytest.raises(CaseError, match=message):
        trace(ZONE, seen, season=season)


def test_trace_speaks_on_the_command_line(capsys):
    from tieline.cli.run import run

    asked = ["trace", str(ZONE), "--seen", "syn-section-S1:8:0.8", "--lang", "zh"]
    assert run(asked) == 0
    told = capsys.readouterr().out
    assert "最可能的来源" in told
    assert "10 处同样能解释观测" in told
    assert run(["trace", str(ZONE), "--seen", "S1", "--lang", "en"]) == 1
    assert "expected a section" in capsys.readouterr().err


def test_the_page_in_the_browser_has_a_map_for_every_hour(response):
    from tieline.publish.shell import words_of
    from tieline.publish.water.spill import SpillFace, frames

    drawn = frames(SpillFace(response, words_of("en")), every=True)
    assert drawn.count("data-hour") > 48
    assert 'type="range"' in drawn


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ("What this does not look at", "demonstration, unofficial", "What booms hold back")),
    ("zh", ("本方案未考虑", "演示·非官方", "围油栏拦截量未计入")),
])
def test_the_page_in_the_browser_says_what_it_rests_on_and_leaves_out(response, lang, said):
    """The browser shows the head and the chapters, without the foot of the report."""
    from tieline.publish.shell import words_of
    from tieline.publish.water.spill import SpillFace, chapters, masthead

    face = SpillFace(response, words_of(lang))
    page = masthead(face) + chapters(face)
    for part in (*said, 'class="chip synthetic"', 'class="chip assumption"', 'class="tags"'):
        assert part in page, part


def test_a_supposed_spill_is_called_by_its_place(response):
    from dataclasses import replace

    from tieline.appraisal.asked import FAULTS
    from tieline.publish.shell import words_of
    from tieline.publish.water.spill import SpillFace, heading
    from tieline.region.model import Event

    supposed = replace(response.incident, id=FAULTS, events=(Event("reach:taipu-1", "", ()),))
    told = heading(SpillFace(replace(response, incident=supposed), words_of("en")))
    assert told.startswith("A supposed spill at taipu-1")


def test_the_command_opens_the_cases_of_a_spill(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    folder = tmp_path / "waters"
    shutil.copytree(ZONE, folder)
    assert main(["ledger", "init", str(folder)]) == 0
    asked = ["respond", str(folder), "--incident", "drill-2020", "--apart", "--open-case"]
    capsys.readouterr()
    assert main(asked) == 0
    shown = capsys.readouterr().out
    ids = re.findall(r"Case opened: (\S+)", shown)
    assert ids
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        cases = {s.id: s for s in ledger.view().records("case")}
        assert set(ids) == set(cases)
        assert all("drill-2020" in str(s.get("name")) for s in cases.values())
