"""The walk through the project library does what its page says."""

import csv
import json
import shlex
import shutil
from pathlib import Path

import pytest

from tieline.cli.run import run
from tieline.ledger import Ledger

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "project-library.md"


def commands():
    text = PAGE.read_text(encoding="utf-8")
    blocks = [b.split("```")[0] for b in text.split("```shell\n")[1:]]
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The folder after every command of the page, and how each ended."""
    home = tmp_path_factory.mktemp("walk")
    shutil.copytree(ROOT / "examples" / "demonstration-zone", home / "zone")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        codes = [(" ".join(c), run(c)) for c in commands()]
    return home, codes


@pytest.fixture
def tell(walked, monkeypatch, capsys):
    monkeypatch.chdir(walked[0])

    def said(line):
        assert run(["ledger", *shlex.split(line)]) == 0
        return capsys.readouterr().out

    return said


def test_every_command_of_the_page_works(walked):
    _, codes = walked
    assert len(codes) > 25
    assert [c for c, code in codes if code] == []


def test_the_library_has_its_reported_total_by_the_sum_of_its_list(tell):
    (total,) = json.loads(tell("list zone --list library-2019 --totals jurisdiction --json"))
    assert (total["records"], total["minor"]) == (122, 2078 * 10**10)
    assert total["synthetic_minor"] == total["minor"]
    assert "122 records on it, 2,078亿元 (2,078亿元 of it synthetic)" in tell(
        "show zone library-2019 --lang en")


def test_no_named_project_got_a_signal_from_the_rules(walked):
    with Ledger.open(walked[0] / "zone" / "ledger.sqlite") as ledger:
        signalled = {s.id for s in ledger.view().records("project") if s.get("signal_rule")}
        assert "bridge" in signalled
        for s in ledger.view().records("project"):
            assert s.id not in signalled or s.get("status") == "synthetic", s.id
        bridge = ledger.view().record("bridge")
        assert (bridge.get("signal_rule"), bridge.get("signal_override")) == ("yellow", "green")


def test_what_is_shared_is_names_and_stages(tell):
    seen = json.loads(tell("list zone --as wujiang:viewer --json"))
    theirs = [r for r in seen if r["owner"] == "jiashan"]
    assert len(theirs) > 122
    assert set().union(*theirs) <= {"id", "kind", "since", "change", "owner", "parent", "name",
                                    "name_zh", "stage"}


def test_the_saved_list_is_in_a_file(walked):
    assert (walked[0] / "big.xlsx").is_file()


def test_the_region_is_read_with_the_table_its_ledger_writes(walked, tell):
    tell("export zone zone/projects.csv --list networks-power")
    text = (walked[0] / "zone" / "projects.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()[1:]))
    assert [r["id"][:4] for r in rows] == ["tie-"] * 3
    assert run(["check", str(walked[0] / "zone")]) == 0
