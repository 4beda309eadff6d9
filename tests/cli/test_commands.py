"""The commands keep their manners: messages, exit codes, languages, pipes, nothing half-written."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tieline
from tieline.cli.example import example_folder
from tieline.cli.run import run


@pytest.fixture
def towns(tmp_path):
    folder = tmp_path / "towns"
    assert run(["new", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def spoil(folder):
    table = folder / "power" / "branch.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace(",2.5,", ",2500,", 1), encoding="utf-8"
    )


def test_no_command_shows_the_commands(capsys):
    assert run([]) == 0
    assert "appraise" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nothing"], ["appraise"], ["demo", "--lang", "fr"],
                                       ["check", "x", "--no-such-option"]])
def test_a_command_that_is_not_understood_exits_with_2(arguments, capsys):
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Usage" in shown.err


def test_the_version_is_that_of_the_package(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"tieline {tieline.__version__}"


@pytest.mark.parametrize("command", [["demo"], ["check"], ["appraise"], ["respond"], ["storm"],
                                     ["new"], ["import"],
                                     ["import", "pandapower"], ["import", "swmm"], []])
def test_help_speaks_the_language_of_the_locale_and_of_the_option(command, capsys, monkeypatch):
    assert run([*command, "--help"]) == 0
    english = capsys.readouterr().out
    assert "Examples:" in english
    assert run([*command, "--lang", "zh", "--help"]) == 0
    chinese = capsys.readouterr().out
    assert "示例：" in chinese
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run([*command, "--help"]) == 0
    assert capsys.readouterr().out == chinese
    assert run([*command, "--lang", "en", "--help"]) == 0
    assert capsys.readouterr().out == english


@pytest.mark.parametrize("form", [[], ["--xlsx"]])
def test_a_new_region_has_no_problem(form, tmp_path, capsys):
    folder = tmp_path / "towns"
    assert run(["new", str(folder), *form]) == 0
    assert run(["check", str(folder)]) == 0
    assert "no problem" in capsys.readouterr().out


def test_the_workbook_holds_the_same_region_as_the_files(tmp_path, capsys):
    results = []
    for form in ([], ["--xlsx"]):
        folder = tmp_path / f"towns{len(form)}"
        assert run(["new", str(folder), *form]) == 0
        capsys.readouterr()
        assert run(["appraise", str(folder), "--json"]) == 0
        results.append(json.loads(capsys.readouterr().out))
    assert results[0] == results[1]


def test_a_new_region_leaves_a_folder_in_use_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(["new", str(tmp_path)]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert "Traceback" not in capsys.readouterr().err


def test_check_reports_every_problem_and_exits_with_1(towns, capsys):
    spoil(towns)
    switches = towns / "power" / "switch.csv"
    switches.write_text(
        switches.read_text(encoding="utf-8").replace("breaker", "braeker", 1), encoding="utf-8"
    )
    assert run(["check", str(towns)]) == 1
    shown = capsys.readouterr().out
    assert "branch.csv, row 2, field 'length_km'" in shown
    assert "switch.csv, row 2, field 'kind'" in shown


def test_check_as_json_is_json_and_nothing_else(towns, capsys):
    assert run(["check", str(towns), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["usable"] is True
    spoil(towns)
    assert run(["check", str(towns), "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["usable"] is False
    assert record["errors"][0]["field"] == "length_km"
    assert record["errors"][0]["row"] == 2


@pytest.mark.parametrize("command", ["check", "appraise"])
def test_a_folder_that_is_no_region_is_a_message_not_a_traceback(command, tmp_path, capsys):
    assert run([command, str(tmp_path / "nowhere")]) == 1
    shown = capsys.readouterr()
    assert "nowhere" in shown.out + shown.err
    assert "Traceback" not in shown.err


def test_appraise_refuses_bad_input_with_every_problem_on_stderr(towns, tmp_path, capsys):
    spoil(towns)
    out = tmp_path / "out"
    assert run(["appraise", str(towns), "--out", str(out)]) == 1
    shown = capsys.readouterr()
    assert "length_km" in shown.err
    assert "Traceback" not in shown.err
    assert not out.exists()


@pytest.mark.parametrize("option", [["--only", "watre"], ["--scenario", "bsae"]])
def test_an_unknown_network_or_scenario_is_named(option, towns, capsys):
    assert run(["appraise", str(towns), *option]) == 1
    assert option[1] in capsys.readouterr().err


def test_appraise_shows_every_jurisdiction_and_what_the_figures_rest_on(towns, capsys):
    capsys.readouterr()
    assert run(["appraise", str(towns)]) == 0
    shown = capsys.readouterr().out
    for word in ("West Town", "East Town", "apart", "together", "fair share", "SAIDI",
                 "North tie", "South tie (planned)", "PINT", "TOOT", "from synthetic", "CNY/yr"):
        assert word in shown
    assert "\x1b[" not in shown
    assert "…" not in shown


def test_appraise_speaks_chinese(towns, capsys):
    assert run(["appraise", str(towns), "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    for word in ("西镇", "东镇", "各自", "携手", "公平份额", "合成"):
        assert word in shown


def test_appraise_writes_tables_and_one_report(towns, tmp_path):
    out = tmp_path / "out"
    assert run(["appraise", str(towns), "--out", str(out), "--lang", "zh"]) == 0
    assert {p.suffix for p in out.iterdir()} >= {".csv", ".json", ".parquet", ".html"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "西镇" in page
    assert run(["appraise", str(towns), "--out", str(out)]) == 0
    assert "West Town" in (out / "report.html").read_text(encoding="utf-8")


def test_a_tie_that_is_not_yet_built_brings_nothing(towns, capsys):
    capsys.readouterr()
    arguments = ["appraise", str(towns), "--players", "jurisdictions", "--json", "--scenario"]
    assert run([*arguments, "before_the_tie"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert run([*arguments, "base"]) == 0
    after = json.loads(capsys.readouterr().out)

    def hours(record, state):
        return next(
            row["value"] for table in record.values() if isinstance(table, list)
            for row in table if isinstance(row, dict) and row.get("state") == state
            and row.get("measure") == "customer_hours" and row.get("jurisdiction") == ""
        )

    assert hours(before, "apart") == hours(before, "together")
    assert hours(after, "together") < hours(after, "apart")


@pytest.mark.parametrize("moment", ["appraise", "write"])
def test_ctrl_c_exits_with_130_and_leaves_nothing_behind(
    moment, towns, tmp_path, capsys, monkeypatch
):
    def stop(*_, **__):
        raise KeyboardInterrupt

    if moment == "appraise":
        monkeypatch.setattr("tieline.study.appraise", stop)
    else:
        monkeypatch.setattr("pandas.DataFrame.to_parquet", stop)
        monkeypatch.setattr("pyarrow.parquet.write_table", stop)
    out = tmp_path / "out"
    before = sorted(tmp_path.iterdir())
    assert run(["appraise", str(towns), "--out", str(out)]) == 130
    assert "Traceback" not in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_a_mistake_of_ours_is_not_hidden(towns, monkeypatch):
    def fail(*_, **__):
        message = "ours"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("tieline.study.appraise", fail)
    with pytest.raises(ZeroDivisionError):
        run(["appraise", str(towns)])


def test_a_screen_without_chinese_shows_question_marks_not_an_error(tmp_path):
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "tieline", "new", str(tmp_path / "towns"), "--lang", "zh"],
        capture_output=True, env=environ, stdin=subprocess.DEVNULL, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"?" in done.stdout


def test_progress_is_drawn_only_on_a_terminal(monkeypatch):
    from tieline.cli import screen

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def drawn(stream):
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setattr(screen, "PATIENCE_S", 0.0)
        with screen.Bar("working") as bar:
            bar(1, 2)
            if bar._timer.is_alive():
                bar._timer.join(5.0)
            bar(2, 2)
        return stream.getvalue()

    assert "working" in drawn(Terminal())
    assert drawn(io.StringIO()) == ""


def test_the_demonstration_is_found():
    assert (example_folder() / "region.toml").is_file()


def test_the_demonstration_is_found_in_the_wheel_first(tmp_path, monkeypatch):
    from tieline.cli import example

    for name in ("wheel", "source"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(example, "PLACES", (tmp_path / "wheel", tmp_path / "source"))
    with pytest.raises(tieline.InputError, match=r"region\.toml"):
        example.example_folder()
    (tmp_path / "source" / "region.toml").touch()
    assert example.example_folder() == tmp_path / "source"
    (tmp_path / "wheel" / "region.toml").touch()
    assert example.example_folder() == tmp_path / "wheel"


def test_a_missing_file_to_import_is_a_message(tmp_path, capsys):
    nowhere = Path(tmp_path / "grid.json")
    assert run(["import", "pandapower", str(nowhere), str(tmp_path / "region")]) == 1
    shown = capsys.readouterr()
    assert "grid.json" in shown.err
    assert "Traceback" not in shown.err
    assert not (tmp_path / "region").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work otherwise there")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_a_message(tmp_path, capsys):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert run(["new", str(locked / "towns")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_an_output_that_is_a_file_is_a_message(towns, tmp_path, capsys):
    out = tmp_path / "out"
    out.write_text("mine", encoding="utf-8")
    assert run(["appraise", str(towns), "--out", str(out)]) == 1
    shown = capsys.readouterr()
    assert "out" in shown.err
    assert "Traceback" not in shown.err
    assert out.read_text(encoding="utf-8") == "mine"
