"""The walked example of a water case does what its page says."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

from tieline.cli.run import run
from tieline.ledger import Ledger

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "water-case.md"
PHOTOS = ("found.jpg", "unclear.jpg", "clean.jpg")


def commands():
    text = PAGE.read_text(encoding="utf-8")
    blocks = [b.split("```")[0] for b in text.split("```shell\n")[1:]]
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The folder after every command of the page, and what each printed by its words."""
    home = tmp_path_factory.mktemp("walk")
    shutil.copytree(ROOT / "examples" / "demonstration-zone", home / "zone")
    for name in PHOTOS:
        (home / name).write_bytes(f"made up: {name}".encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        codes = [(" ".join(c), run(c)) for c in commands()]
    return home, codes


def tell(home, line, monkeypatch, capsys):
    monkeypatch.chdir(home)
    assert run(["ledger", *shlex.split(line)]) == 0
    return capsys.readouterr().out


def test_every_command_of_the_page_works(walked):
    _, codes = walked
    assert len(codes) > 15
    assert [c for c, code in codes if code] == []


def test_the_case_passed_the_three_counties_and_was_settled(walked):
    with Ledger.open(walked[0] / "zone" / "ledger.sqlite") as ledger:
        case = ledger.view().record("water-1")
        assert case.get("way") == ["wujiang", "jiashan", "qingpu"]
        assert case.get("state") == "settled"
        assert case.get("settled")["minor"] == 12_000 * 100
        assert case.get("parent") == "fenhu-reach"
        assert ledger.verify().holds


def test_the_inbox_was_empty_in_the_end_and_the_steps_name_both_photos(
        walked, monkeypatch, capsys):
    inbox = tell(walked[0], "work inbox zone --json", monkeypatch, capsys)
    assert json.loads(inbox) == []
    steps = tell(walked[0], "work steps zone water-1 --lang zh", monkeypatch, capsys)
    for word in ("吴江", "嘉善", "青浦", "佐证退回", *PHOTOS):
        assert word in steps.replace("\n", "")


def test_the_coverage_shows_what_was_planned_and_not_done(walked, monkeypatch, capsys):
    said = tell(walked[0], "work coverage zone --from 2020-06 --lang en", monkeypatch, capsys)
    rows = [line.split() for line in said.splitlines()[1:]]
    assert [(r[1], r[-3:]) for r in rows if r[1] == "patrol"] == [("patrol", ["1", "1", "50%"])]
    assert [(r[1], r[-2:]) for r in rows if r[1] == "sampling"] == [("sampling", ["0", "0%"])]


def test_the_evidence_comes_back_as_it_was_given(walked, monkeypatch, capsys):
    files = json.loads(tell(walked[0], "list zone --records file --parent water-1 --json",
                            monkeypatch, capsys))
    by_name = {f["name"]: f["id"] for f in files}
    assert set(by_name) == set(PHOTOS)
    tell(walked[0], f"fetch zone {by_name['clean.jpg']} --out got --as wujiang", monkeypatch,
         capsys)
    assert (walked[0] / "got").read_bytes() == b"made up: clean.jpg"
