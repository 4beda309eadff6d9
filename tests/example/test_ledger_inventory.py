"""Every item of the report of 2019-10-31 is a record, a code, a rule - or said to be context."""

import csv
import re
import shutil
import tomllib
from datetime import date
from pathlib import Path

import pytest

from tieline.ledger.begin import begin
from tieline.ledger.signals import RULES

ROOT = Path(__file__).parents[2]
ZONE = ROOT / "examples" / "demonstration-zone"
INVENTORY = ROOT.parent / "shared" / "facts" / "seed_inventory.csv"
ITEMS = 122
NUMBERS = re.compile(r"(?:报道|report)[ ,]+(\d+(?:(?:, |-)\d+)*)")


def numbers(source):
    """The items a source names: `report, 64-66` or `report, 55, 56`."""
    for said in NUMBERS.findall(source):
        for part in said.split(", "):
            first, _, last = part.partition("-")
            yield from range(int(first), int(last or first) + 1)


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zone")
    shutil.copy(ZONE / "region.toml", folder)
    with begin(folder, folder / "ledger.sqlite", "the test", ZONE / "inputs" / "ledger") as made:
        yield made.view(as_of=date(2020, 12, 31))


@pytest.fixture(scope="module")
def rows():
    text = (ZONE / "inputs" / "inventory.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_item_resolves_to_something(view, rows):
    recorded = {n for s in view.records() for n in numbers(str(s.get("source") or ""))}
    listed = [int(r["no"]) for r in rows]
    assert len(set(listed)) == len(listed)
    assert set(listed) | recorded == set(range(1, ITEMS + 1))
    assert not set(listed) & recorded


def test_what_an_item_is_said_to_be_is_there(view, rows):
    rules = tomllib.loads(RULES.with_name("criteria.toml").read_text("utf-8"))
    for r in rows:
        there = {
            "record": lambda ids: all(view.record(i) for i in ids.split(";")),
            "codes": lambda name: name in view.catalogue.codes,
            "kind": lambda name: name in view.catalogue,
            "rule": lambda name: name in rules,
            "context": lambda name: not name,
        }[r["is"]]
        assert there(r["where"]), r
        assert r["remark"], r
        assert r["remark_zh"], r


@pytest.mark.skipif(not INVENTORY.is_file(), reason="the inventory of the report is not here")
def test_no_item_of_the_inventory_is_left_out():
    found = [int(r["no"]) for r in csv.DictReader(INVENTORY.read_text("utf-8").splitlines())]
    assert found == list(range(1, ITEMS + 1))


def test_added_figures_keep_bound_currency_and_claim(view):
    def one(name):
        (found,) = view.records("observation", where={"parent": name})
        return found

    assert one("university-teams").get("value")["relation"] == ">="
    assert one("story-ticket").get("money") == {"minor": 200, "currency": "CNY", "entered": "元"}
    assert one("lines-to-open").get("status") == "announced"
