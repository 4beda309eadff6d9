"""Budgets by year and jurisdiction, precedence and exclusion: what a portfolio may hold."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import tieline
from tieline.appraisal.portfolio.funding import choice_among, funds_asked, name_of
from tieline.appraisal.portfolio.search import best_portfolio
from tieline.cli.run import run
from tieline.errors import CaseError, InputError
from tieline.region.model import Jurisdiction, Project
from tieline.region.region import Budget, Region

REGION = Region("r", jurisdictions=(Jurisdiction("a", "A"), Jurisdiction("b", "B")))
KNOWN = {
    "p": Project("p", "P", opened=date(2026, 1, 1), capex=10.0, payers={"a": 1.0}),
    "q": Project("q", "Q", capex=20.0, payers={"a": 0.5, "b": 0.5},
                 spending={2026: 0.25, 2027: 0.75}, needs=("p",)),
    "r": Project("r", "R", opened=date(2027, 1, 1), capex=8.0, payers={"b": 1.0},
                 excludes=("q",)),
}


def test_costs_fall_on_budgets_by_year_and_payer() -> None:
    budgets = funds_asked([100, "2026=50", "b=30", "b:2027=20"], REGION)
    assert [name_of(b) for b in budgets] == ["all", "2026", "b", "b:2027"]
    found = choice_among(("p", "q", "r"), KNOWN, "", budgets, least_known=2)
    np.testing.assert_allclose(found.problem.costs, [
        [10, 10, 0, 0], [20, 5, 10, 7.5], [8, 0, 8, 8]])


def test_a_portfolio_keeps_precedence_exclusion_and_every_budget() -> None:
    worth = np.array([1.0, 10.0, 6.0])
    found = choice_among(("p", "q", "r"), KNOWN, "", (), least_known=2)
    best = best_portfolio(found.problem, lambda rows: rows @ worth)
    assert best.projects == ("p", "q")
    tight = choice_among(("p", "q", "r"), KNOWN, "", funds_asked(["b:2027=7.4", "b=8"], REGION),
                         least_known=2)
    assert best_portfolio(tight.problem, lambda rows: rows @ worth).projects == ("p",)


def test_what_needs_something_that_does_not_stand_is_in_no_portfolio() -> None:
    found = choice_among(("q", "r"), KNOWN, "", (), least_known=1)
    assert found.problem.projects == ("r",)
    assert not found.standing.any()
    assert any("'q' is in no portfolio: it needs 'p'" in n for n in found.notes)


def test_budgets_of_whom_and_when_are_not_kept_where_costs_are_not_known() -> None:
    free = {k: Project(k, k) for k in "pqr"}
    found = choice_among(tuple("pqr"), free, "", funds_asked([2, "a=1"], REGION), least_known=2)
    assert found.counted
    assert found.problem.budgets.tolist() == [2.0]
    assert any("budgets are not kept" in n and n.endswith(": a") for n in found.notes)


def test_a_budget_of_whom_needs_projects_that_say_who_pays() -> None:
    bare = {"p": Project("p", "P", capex=1.0), "q": Project("q", "Q", capex=1.0)}
    for budget, told in ((Budget(1.0, None, "a"), "payers"), (Budget(1.0, 2026), "spending")):
        with pytest.raises(CaseError, match=told):
            choice_among(("p", "q"), bare, "", [budget], least_known=2)


@pytest.mark.parametrize(("asked", "told"), [
    (["0"], "amounts are > 0"), (["-5"], "amounts are > 0"), (["nan"], "amounts are > 0"),
    (["much"], "found 'much'"), (["c=5"], "unknown jurisdiction 'c'"),
    (["1", "2"], "two budgets for 'all'"), (["a=1", "a=2"], "two budgets for 'a'"),
])
def test_funds_that_are_none_are_refused(asked: list[str], told: str) -> None:
    with pytest.raises(CaseError, match=told):
        funds_asked(asked, REGION)


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    return Path(tieline.new_region(tmp_path / "towns"))


def written(folder: Path, extra: str, south: str = "", north: str = "") -> Path:
    rows = (folder / "projects.csv").read_text(encoding="utf-8-sig").strip().splitlines()
    made = [rows[0] + ",spending,needs,excludes", rows[1] + (north or ",,,"),
            rows[2] + (south or ",,,")]
    (folder / "projects.csv").write_text("\n".join(made) + "\n", encoding="utf-8")
    if extra:
        (folder / "budgets.csv").write_text(
            "year,jurisdiction,amount\n" + extra, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("extra", "south", "north", "told"), [
    (",,0\n", "", "", "budgets.csv, row 2, field 'amount': expected a number > 0 [currency], "
                      "found 0"),
    (",easttwn,5\n", "", "", "budgets.csv, row 2, field 'jurisdiction': expected the id of a "
                             "jurisdiction, found 'easttwn' (nearest: 'easttown')"),
    (",,5\n,,6\n", "", "", "budgets.csv, row 3, field 'jurisdiction': expected one row for each "
                           "year and jurisdiction, found 'all' again"),
    ("", ",,tie_north,", ",,tie_south,",
     "projects.csv, row 3, field 'needs': expected needs that do not lead back to the project, "
     "found 'tie_south' > 'tie_north' > 'tie_south'"),
    ("", ",,tie_north,tie_north", "",
     "projects.csv, row 3, field 'needs': expected projects that can be built together, found "
     "'tie_north' and 'tie_south', which exclude each other"),
    ("", ",,,tie_south", "",
     "projects.csv, row 3, field 'excludes': expected other projects, found 'tie_south' itself"),
    ("", ",,tie_nord,", "", "projects.csv, row 3, field 'needs': expected the id of a project, "
     "several separated by ';', found 'tie_nord' (nearest: 'tie_north')"),
    ("", ",2026:0.5;2027:0.4,,", "", "projects.csv, row 3, field 'spending': expected parts that "
                                     "sum to 1, found a sum of 0.9"),
    ("", ",soon,,", "", "projects.csv, row 3, field 'spending': expected years with parts such as "
                        "2026:0.4;2027:0.6, found 'soon'"),
])
def test_contradictions_and_empty_budgets_name_file_row_and_field(
    towns: Path, extra: str, south: str, north: str, told: str
) -> None:
    written(towns, extra, south, north)
    with pytest.raises(InputError) as raised:
        tieline.read_region(towns)
    lines = [str(i) for i in raised.value.told]
    assert told in lines
    assert all(i.message("zh") != i.message() for i in raised.value.told)


def test_costs_must_say_who_pays_and_when_if_budgets_ask(towns: Path) -> None:
    written(towns, "2026,easttown,5\n")
    file = towns / "projects.csv"
    text = file.read_text(encoding="utf-8").replace("westtown:0.5;easttown:0.5", "")
    file.write_text(text.replace("2028-01-01", ""), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        tieline.read_region(towns)
    assert {(i.row, i.field) for i in raised.value.told} == {
        (2, "payers"), (3, "payers"), (3, "spending")}


@pytest.fixture(scope="module")
def budgeted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("funding") / "towns"
    tieline.new_region(folder)
    return written(folder, ",,1500000\n2028,easttown,500000\n2024,,1000000\n")


def test_planned_projects_compete_and_each_budget_is_kept(budgeted: Path) -> None:
    found = tieline.appraise(budgeted, players=("projects",), detail=False)
    (programme,) = found.programmes.values()
    last = programme.portfolios[-1]
    assert last.problem.projects == ("tie_north", "tie_south")
    assert last.projects == ("tie_south",)  # the north tie costs more than 2024 has
    assert programme.part(last) == 1.0
    assert last.spent.tolist() == [900_000.0, 450_000.0, 0.0]
    assert last.low < last.value < last.high
    price = found.money["CNY"].prices[0]
    assert last.high == pytest.approx(last.value * price.high / price.typical)
    frame = found.frames()["portfolio_budgets"]
    assert frame.spent.max() == 900_000.0
    assert (frame.spent <= frame.amount + 1e-6).all()
    added = found.money["CNY"].worth.added.typical
    assert last.value == pytest.approx(float(added[0]), rel=0.5)


def test_funds_of_a_call_take_the_place_of_the_table(budgeted: Path) -> None:
    found = tieline.appraise(budgeted, players=("projects",), detail=False, funds=[3e6])
    (programme,) = found.programmes.values()
    assert programme.portfolios[-1].projects == ("tie_north", "tie_south")
    assert not programme.by_part


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("part of budgets", "what that of the whole budget spends", "450,000")),
    ("zh", ("占各项预算的比例", "全部预算下组合的支出", "450,000"))])
def test_the_terminal_shows_what_each_budget_is_spent_on(
    budgeted: Path, capsys: pytest.CaptureFixture[str], lang: str, words: tuple[str, ...]
) -> None:
    assert run(["appraise", str(budgeted), "--players", "projects", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert [w for w in words if w not in shown] == []


def test_several_folders_keep_their_own_budgets(budgeted: Path, tmp_path: Path) -> None:
    from tieline.region.read import read_region
    from tieline.study.together import joined

    other = tmp_path / "other"
    shutil.copytree(budgeted, other)
    (other / "budgets.csv").unlink()
    regions = [read_region(budgeted).region, read_region(other).region]
    assert {b.projects for b in joined(regions).budgets} == {("tie_north", "tie_south")}


def test_robust_portfolios_keep_budgets_of_whom_and_say_what_they_do_not_limit(
    budgeted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "two"
    shutil.copytree(budgeted, folder)
    (folder / "scenarios.csv").write_text(
        "id,date,load_factor,status,source\nbase,2100-01-01,1,synthetic,made up\n"
        "more,2100-01-01,1.5,synthetic,made up\n", encoding="utf-8")
    words = ["appraise", str(folder), "--robust", "base", "--robust", "more"]
    assert run([*words, "--funds", "easttown:2024=5e5", "--lang", "en", "--out",
                str(tmp_path / "out")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "budget East Town 2024 500,000" in shown
    assert "no budget is for tie_south" in shown
    assert "East Town 2024 500,000" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert run([*words, "--lang", "zh"]) == 0  # the table budgets: the north tie is too dear
    assert "东镇 2028 500,000" in capsys.readouterr().out
