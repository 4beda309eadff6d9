"""The faces of games on the terminal: solutions, budget, cache, discount, in both languages."""

from __future__ import annotations

import json
import shutil

import pytest

import tieline
from tieline.appraisal.answers import INDICES, SOLUTIONS
from tieline.cli.run import run
from tieline.cli.tables import Teller
from tieline.messages import message
from tieline.publish.noted import noted
from tieline.publish.words import Words


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers") / "towns"
    assert run(["new", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("nucleolus (certified)", "cost and benefit", "would gain", "net value")),
    ("zh", ("核仁 (已证明)", "成本与效益", "净现值", "参与方")),
])
def test_solutions_asked_for_are_shown_with_how_they_are_known(region, capsys, lang, words):
    assert run(["appraise", str(region), "--solution", "all", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    missing = [w for w in words if w not in shown]
    assert missing in ([], ["would gain"])
    if lang == "zh":
        assert "estimated" not in shown


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("cost and benefit [CNY", "portfolio by budget [CNY]")),
    ("zh", ("成本与效益 [", "按预算的项目组合 [CNY]")),
])
def test_plain_appraise_shows_cost_and_benefit_and_portfolios(two_ties, capsys, lang, words):
    assert run(["appraise", str(two_ties), "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert [w for w in words if w not in shown] == []
    assert "certified" not in shown
    assert run(["appraise", str(two_ties), "--funds", "2026=1e5", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "portfolio by budget" in shown
    assert "what that of the whole budget spends" in shown
    assert "2026" in shown[shown.index("what that of the whole"):]


def test_a_cache_changes_nothing_and_solutions_stand_in_json(region, tmp_path, capsys):
    file = tmp_path / "values.sqlite"
    told = []
    for _ in range(2):
        words = ["appraise", str(region), "--cache", str(file), "--solution", "nucleolus", "--json"]
        assert run(words) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert {r["rule"] for r in told[0]["solutions"]} >= {"nucleolus"}
    assert file.is_file()


@pytest.mark.parametrize(("words", "code", "told"), [
    (["--discount", "chine"], 1, "nearest: 'china'"),
    (["--budget", "0"], 2, "budget"),
    (["--solution", "fair"], 2, "'fair'"),
    (["--width", "0.1"], 2, "--width needs --budget"),
    (["--retry"], 2, "--retry needs --cache"),
    (["--width", "0", "--budget", "9"], 2, "--width"),
    (["--cluster", "tcp://127.0.0.1:9"], 1, "no cluster answers"),
    (["--cluster", "nonsense"], 1, "'nonsense' is no address of a cluster"),
])
def test_what_cannot_be_asked_is_said_without_a_traceback(
    region, capsys, monkeypatch, words, code, told
):
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr("tieline.appraisal.running.cluster.WAIT_S", 1.0)
    assert run(["appraise", str(region), *words]) == code
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err


def test_a_cache_in_a_folder_that_is_not_there_is_said_by_its_folder(region, tmp_path, capsys):
    for lang, told in (("en", f"there is no folder '{tmp_path / 'none'}'"),
                       ("zh", f"没有可保存数值的文件夹 '{tmp_path / 'none'}'")):
        words = ["appraise", str(region), "--cache", str(tmp_path / "none" / "v.sqlite")]
        assert run([*words, "--lang", lang]) == 1
        assert told in capsys.readouterr().err
    assert run(["appraise", str(region), "--cache", str(tmp_path), "--lang", "en"]) == 1
    assert "is a folder: expected a file" in capsys.readouterr().err


def test_unions_leaving_partners_and_compensation_are_shown(region, capsys):
    words = ["appraise", str(region), "--union", "easttown,westtown", "--solution", "leaving",
             "--players", "jurisdictions"]
    assert run([*words, "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "欧文值 (精确)" in shown
    assert "退出\uff0c其余各方尚有" in shown
    assert run([*words, "--lang", "en"]) == 0
    assert "leaves, " in capsys.readouterr().out


@pytest.mark.parametrize(("unions", "told"), [
    (["easttwn,westtown"], "nearest: 'easttown'"),
    (["easttown,westtown", "easttown,westtown"], "in two unions: easttown, westtown"),
    (["easttown"], "two or more players, or 'networks', or 'provinces'; found 'easttown'"),
    (["easttown,easttown"], "a union is two or more players"),
    ([""], "a union is two or more players"),
])
def test_unions_that_cannot_be_are_refused(region, capsys, unions, told):
    given = [word for u in unions for word in ("--union", u)]
    assert run(["appraise", str(region), *given, "--players", "jurisdictions"]) == 1
    assert told in capsys.readouterr().err


def test_the_owen_value_needs_unions_and_help_says_what_each_solution_is(region, capsys):
    assert run(["appraise", str(region), "--solution", "owen", "--lang", "zh"]) == 1
    assert "欧文值需要联合体" in capsys.readouterr().err
    words = ["appraise", str(region), "--solution", "owen", "--union", "easttown,westtown",
             "--players", "jurisdictions", "--json"]
    assert run(words) == 0
    assert {r["rule"] for r in json.loads(capsys.readouterr().out)["solutions"]} == {"owen"}
    for lang, heading in (("en", "What --solution gives:"), ("zh", "--solution 的含义")):
        assert run(["appraise", "--help", "--lang", lang]) == 0
        shown = capsys.readouterr().out
        listed = shown[shown.index(heading):]
        assert [s for s in (*SOLUTIONS, *INDICES) if f"  {s} " not in listed] == []


@pytest.fixture(scope="module")
def two_ties(region, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two_ties") / "towns"
    shutil.copytree(region, folder)
    text = (folder / "projects.csv").read_text(encoding="utf-8-sig")
    (folder / "projects.csv").write_text(text.replace("2028-01-01", "2023-01-01"),
                                         encoding="utf-8")
    return folder


def test_pairs_are_by_the_index_asked_for(two_ties, capsys):
    found = {}
    for index in ("sii", "STII", "bii"):
        words = ["appraise", str(two_ties), "--players", "projects", "--index", index,
                 "--solution", "interactions", "--json"]
        assert run(words) == 0
        rows = json.loads(capsys.readouterr().out)["interactions"]
        assert {r["index"] for r in rows} == {index.upper()}
        found[index] = [r["value"] for r in rows]
    assert found["sii"] == pytest.approx(found["bii"])  # of two players all three are one
    assert run(["appraise", str(two_ties), "--index", "shap"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_index_asks_for_pairs_and_leaving_is_of_jurisdictions(two_ties, capsys):
    words = ["appraise", str(two_ties), "--players", "projects", "--solution"]
    assert run([*words, "shapley", "--index", "BII", "--json"]) == 0
    assert "interactions" in json.loads(capsys.readouterr().out)
    assert run([*words, "leaving", "--lang", "zh"]) == 2
    assert "针对辖区" in capsys.readouterr().err
    words = ["appraise", str(two_ties), "--players", "projects", "--lang", "zh"]
    assert run([*words, "--union", "easttown,westtown"]) == 0
    assert "没有一个联合体中有两方参与" in capsys.readouterr().out


def test_stability_stands_beside_its_own_rule(two_ties, capsys):
    words = ["appraise", str(two_ties), "--players", "projects", "--json"]
    for name in ("banzhaf", "shapley", "core"):
        words += ["--solution", name]
    assert run(words) == 0
    rows = json.loads(capsys.readouterr().out)["solutions"]
    told = {r["rule"]: r["in_core"] for r in rows if r["measure"] == "money"}
    assert told["banzhaf"] is None
    assert told["shapley"] is not None


def test_robust_portfolios_are_told_as_json_and_written(region, tmp_path, capsys):
    folder = tmp_path / "two"
    shutil.copytree(region, folder)
    (folder / "scenarios.csv").write_text(
        "id,date,load_factor,status,source\nbase,2100-01-01,1,synthetic,made up\n"
        "more,2100-01-01,1.5,synthetic,made up\n", encoding="utf-8")
    words = ["appraise", str(folder), "--robust", "base", "--robust", "more"]
    assert run([*words, "--json", "--out", str(tmp_path / "out"), "--lang", "zh"]) == 0
    found = json.loads(capsys.readouterr().out)["robust"]
    one = next(iter(found.values()))
    assert one["scenarios"] == ["base", "more"]
    assert {p.name for p in (tmp_path / "out").iterdir()} >= {
        "robust_sets.csv", "robust_projects.json", "robust_sets.parquet", "report.html"}
    assert "都站得住" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_robust_portfolios_choose_planned_projects_too(region, capsys):
    """The south tie is planned: its worth beside the north one is what it adds to the reference."""
    words = ["appraise", str(region), "--robust", "base", "--robust", "hot_summer"]
    assert run([*words, "--funds", "3e6", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["robust"]["CNY"]
    assert {p["project"] for p in found["projects"]} == {"tie_north", "tie_south"}
    both = next(s for s in found["sets"] if len(s["projects"]) == 2)
    for scenario in ("base", "hot_summer"):
        found = tieline.appraise(region, scenario=scenario, players=("projects",))
        worth = found.money["CNY"].worth
        assert worth.planned == ("tie_south",)
        expected = float(worth.toot_total.typical[0] + worth.added.typical[0])
        assert both["values"][scenario] == pytest.approx(expected)
    assert run([*words, "--funds", "1e6", "--lang", "zh"]) == 0
    assert "南联络线" in capsys.readouterr().out


def test_robust_refuses_a_folder_of_somebody_else_before_the_work(region, tmp_path, capsys):
    place = tmp_path / "mine"
    place.mkdir()
    (place / "letter.txt").write_text("mine", encoding="utf-8")
    words = ["appraise", str(region), "--robust", "base", "--robust", "dry", "--out", str(place)]
    assert run(words) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert (place / "letter.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("words", [
    ["--robust", "base", "--robust", "hot_summer", "--solution", "core"],
    ["--robust", "base", "--robust", "hot_summer", "--union", "a,b"]])
def test_options_that_would_change_nothing_are_refused(region, capsys, words):
    assert run(["appraise", str(region), *words]) == 2
    told = capsys.readouterr().err
    assert "--robust" in told
    assert "Traceback" not in told


def test_the_terminal_says_what_a_project_hangs_on_and_when_it_pays_back(region, capsys):
    assert run(["appraise", str(region), "--solution", "all", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    for words in ("最取决于", "回收期", "不能", "最取决于造价"):
        assert words in shown


def test_a_cache_of_another_network_is_never_used(region, tmp_path, capsys):
    folder, file = tmp_path / "other", tmp_path / "values.sqlite"
    shutil.copytree(region, folder)

    def told(*more):
        assert run(["appraise", str(folder), "--json", *more]) == 0
        return capsys.readouterr().out

    before = told("--cache", str(file))
    table = folder / "power" / "load.csv"
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    place = rows[0].split(",").index("p_kw")
    cells = rows[1].split(",")
    cells[place] = str(float(cells[place]) * 3)
    table.write_text("\n".join([rows[0], ",".join(cells), *rows[2:]]) + "\n", encoding="utf-8")
    after = told("--cache", str(file))
    assert after == told()
    assert after != before


def test_notes_and_borders_are_told_by_the_names_of_places(region):
    teller = Teller(tieline.appraise(region, players=("projects",), detail=False), Words("zh"))
    assert teller.names(["easttown+westtown", "tie_north"]) == ["东镇-西镇", "北联络线"]
    note = "not superadditive: easttown and tie_north+tie_south lose 5 [customer-h/yr] by joining"
    told = noted(note, teller.appraisal.region, "zh")
    assert told == "不满足超可加性\uff1a东镇 与 北联络线+南联络线 合作反而损失 5 [时户/年]"
    note = ("not superadditive: easttown\u2013westtown and x\u2013y are worth 5 [CNY/yr] less, "
            "both open, than the sum of each by itself")
    told = noted(note, teller.appraisal.region, "zh")
    assert told == ("不满足超可加性\uff1a东镇\u2013西镇 与 x\u2013y "
                    "同时开放的价值比各自单独开放之和少 5 [元/年]")


@pytest.mark.parametrize(("raised", "told"), [
    ("engine 'x', case 'y': ZeroDivisionError: division by zero", "ZeroDivisionError\uff1a除以零"),
    ("engine 'x', case 'y': OddError: it went wrong",
     "OddError\uff08原文\uff09\uff1ait went wrong"),
    ("2 coalitions could not be valued: a+b: OddError: it went wrong; c: value: expected finite "
     "numbers, found nan", "c\uff1avalue\uff1a应为有限数值"),
])
def test_what_a_function_raised_is_told_in_chinese_or_marked_as_the_original(raised, told):
    assert told in message(raised, "zh")
    assert message(raised) == raised
