"""Under --lang zh all that a command says is Chinese; what reading noted is shown."""

import json
import re

import pytest

import tieline
from tieline.cli.run import run

ENGLISH_WORDS = re.compile(r"\b(?:expected|found|row|field|notes?|problems?|Usage|Error|Try)\b")


@pytest.fixture
def towns(tmp_path):
    folder = tmp_path / "towns"
    assert run(["new", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def swap(folder, table, old, new):
    path = folder / "power" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def noted(towns):
    """The two towns with something to note in five tables."""
    for table in ("bus", "branch", "switch", "load", "source"):
        swap(towns, table, "id,", "id,remark_of_mine,")
        path = towns / "power" / f"{table}.csv"
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        lines = [first, *(line.replace(",", ",x,", 1) for line in rest)]
        path.write_text("\n".join(lines), encoding="utf-8")
    return towns


def test_check_says_every_problem_in_chinese(towns, capsys):
    swap(towns, "branch", ",2.5,", ",2500,")
    swap(towns, "switch", "breaker", "braeker")
    capsys.readouterr()
    assert run(["check", str(towns), "--lang", "zh"]) == 1
    shown = capsys.readouterr().out
    assert ("power/branch.csv，第 2 行，字段 'length_km'：要求数值 0..200 [km]，"
            "发现 2500（是否以米为单位？）") in shown
    assert "（最接近：'breaker'）" in shown
    assert "2 个问题，0 条提示；尚不能使用。" in shown
    assert not ENGLISH_WORDS.search(shown)


def test_check_as_json_holds_both_languages(towns, capsys):
    swap(towns, "branch", ",2.5,", ",2500,")
    capsys.readouterr()
    assert run(["check", str(towns), "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert problem["message"].endswith("expected a number 0..200 [km], found 2500 (in metres?)")
    assert problem["message_zh"].endswith("要求数值 0..200 [km]，发现 2500（是否以米为单位？）")


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["check", "{nowhere}"], 1, "发现没有此文件夹"),
    (["appraise", "{nowhere}"], 1, "1 个问题："),
    (["appraise", "{towns}", "--only", "powr"], 1, "未知的网络 'powr'（最接近：'power'）"),
    (["appraise", "{towns}", "--scenario", "bsae"], 1, "未知的情景 'bsae'（最接近：'base'）"),
    (["new", "{towns}"], 1, "要求新的或空的文件夹"),
    (["import", "pandapower", "{nowhere}", "{nowhere}"], 1, "没有此文件或文件夹"),
    (["appraise"], 2, "错误：缺少参数 FOLDER...。"),
    (["apraise"], 2, "错误：没有命令 'apraise'。"),
    (["check", "{towns}", "--jason"], 2, "错误：没有选项 '--jason'。"),
    (["appraise", "{towns}", "--players", "all"], 2, "--players 的值无效：'all' 不在可选值之中"),
    (["check", "{towns}", "more"], 2, "错误：多余的参数（more）"),
    (["demo", "--out"], 2, "错误：选项 --out 需要一个值。"),
])
def test_what_a_command_refuses_it_refuses_in_chinese(
    towns, tmp_path, capsys, arguments, code, said
):
    words = [a.format(towns=towns, nowhere=tmp_path / "nowhere") for a in arguments]
    capsys.readouterr()
    first = words[-1] == "--out"
    assert run(["--lang", "zh", *words] if first else [*words, "--lang", "zh"]) == code
    shown = "".join(capsys.readouterr())
    assert said in shown
    assert not ENGLISH_WORDS.search(shown.replace(str(tmp_path), ""))


def test_stopping_is_said_in_chinese(towns, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tieline.study.appraise", stop)
    assert run(["appraise", str(towns), "--lang", "zh"]) == 130
    assert "已停止" in capsys.readouterr().err


def test_a_misspelt_column_stops_the_appraisal(towns, capsys):
    swap(towns, "load", "customers", "customer")
    assert run(["appraise", str(towns)]) == 1
    assert "as 'customers' that is missing, found 'customer'" in capsys.readouterr().err


@pytest.mark.parametrize(("lang", "count", "first", "more"), [
    ("en", "5 notes on the data:",
     "  power/bus.csv, field 'remark_of_mine': unknown column, not used", "... and 2 more"),
    ("zh", "数据提示 5 条：",
     "  power/bus.csv，字段 'remark_of_mine'：未知的列，不会使用",
     "另有 2 条；全部见 tieline check"),
])
def test_the_terminal_shows_the_first_notes_and_where_all_of_them_are(
    noted, capsys, lang, count, first, more
):
    capsys.readouterr()
    assert run(["appraise", str(noted), "--lang", lang, "--players", "jurisdictions"]) == 0
    shown = capsys.readouterr().out
    assert count in shown
    assert first in shown
    assert more in shown
    assert shown.count("remark_of_mine") == 3


def test_notes_are_in_the_result_its_json_its_files_and_its_report(noted, tmp_path, capsys):
    result = tieline.appraise(str(noted))
    assert [n.field for n in result.data_notes] == ["remark_of_mine"] * 5
    assert "5 notes on the data" in repr(result)
    frame = result.frames()["data_notes"]
    assert list(frame.columns) == ["file", "row", "field", "note", "note_zh"]
    assert frame["note_zh"].str.contains("未知的列").all()
    assert "<h3>数据提示</h3>" in result.report("zh")
    assert "power/bus.csv，字段" in result.report("zh")
    assert "<h3>Notes on the data</h3>" in result.report("en")
    capsys.readouterr()
    out = tmp_path / "out"
    assert run(["appraise", str(noted), "--json", "--out", str(out)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert len(record["data_notes"]) == 5
    assert record["data_notes"][0]["row"] is None
    assert (out / "data_notes.csv").is_file()


def test_without_notes_nothing_is_said_of_them(towns, capsys):
    capsys.readouterr()
    assert run(["appraise", str(towns), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data_notes"] == []
    assert "Notes on the data" not in tieline.appraise(str(towns)).report("en")
