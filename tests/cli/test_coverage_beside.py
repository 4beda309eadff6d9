"""Patrols and sampling of a ledger beside the measures of an appraisal."""

from datetime import date

import pytest

import tieline
from tieline.cli.run import run
from tieline.ledger import Entry, Ledger, Note
from tieline.publish.words import LANGUAGES

NOTE = Note("the test", "to see")
FIRST = date(2019, 1, 1)


@pytest.fixture(scope="module")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched") / "towns"
    tieline.new_region(folder)
    assert run(["ledger", "init", str(folder)]) == 0
    day = tieline.read_region(folder).region.scenario("base").date
    year = day.year if day else 2019
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        ledger.commit(NOTE, [
            Entry("boundary_water", "lake", {
                "owner": "westtown", "name_zh": "湖(虚构)", "name": "a lake (synthetic)",
                "shared_by": ["westtown", "easttown"], "patrols_per_month": 2}, FIRST),
            *(Entry("patrol", f"p{k}", {
                "parent": "lake", "date": f"{year}-{month:02d}-05", "by": ["post a"],
                "joint": k == 0}, FIRST) for k, month in enumerate((3, 3, 3, 4)))])
    return folder


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_coverage_stands_beside_the_measures(towns, tmp_path, capsys):
    out = tmp_path / "out"
    asked = ["appraise", str(towns), "--players", "jurisdictions"]
    assert run([*asked, "--out", str(out)]) == 0
    without = (out / "report.html").read_text(encoding="utf-8")
    assert "a lake (synthetic)" not in without
    capsys.readouterr()
    assert run([*asked, "--ledger", str(towns), "--out", str(out)]) == 0
    assert "a lake (synthetic)" in capsys.readouterr().out
    page = (out / "report.html").read_text(encoding="utf-8")
    line = page[page.index("a lake (synthetic)"):].split("</tr>")[0]
    # 24 due; three patrols in March count twice at most, one in April: 3 of 24.
    shown = [part.split("</td>")[0] for part in line.split('class="n">')[1:]]
    assert shown == ["24", "4", "1", "12%", "11"]


def test_who_may_not_see_a_plan_is_not_shown_it(towns, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(["appraise", str(towns), "--players", "jurisdictions", "--ledger", str(towns),
                "--as", "easttown", "--out", str(out)]) == 0
    assert "a lake (synthetic)" not in capsys.readouterr().out
    assert "a lake (synthetic)" not in (out / "report.html").read_text(encoding="utf-8")


def test_a_ledger_that_is_not_there_is_said_before_the_work(towns, tmp_path, capsys):
    assert run(["appraise", str(towns), "--ledger", str(tmp_path / "none.sqlite")]) != 0
    assert "there is no ledger" in capsys.readouterr().err


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_section_speaks_both_languages(towns, lang):
    from tieline.ledger.ledger import KEEPER
    from tieline.study import appraise
    from tieline.study.watching import with_coverage

    with Ledger.open(towns / "ledger.sqlite") as ledger:
        found = with_coverage(appraise(towns, players=["jurisdictions"]), ledger, KEEPER)
    page = found.report(lang)
    assert {"en": "Patrols and sampling", "zh": "巡查与采样"}[lang] in page
