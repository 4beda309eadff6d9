"""A small region with a ledger, a template that states its figures, and a key."""

from __future__ import annotations

from datetime import date

import pytest
from bulletin_text import DAY, TEXT

from tieline.ledger import Entry, Note
from tieline.ledger.begin import begin
from tieline.publish.bulletin.keys import load_key, new_key
from tieline.region.template import new_region
from tieline.study.bulletins import BulletinDesk


def entries():
    said = {"owner": "westtown", "status": "reported", "source": "报告 / a report, page 3"}
    made = [
        Entry("indicator", "firms", {
            **said, "name": "Firms", "name_zh": "企业", "unit": "家"}, DAY),
        Entry("observation", "firms-2019", {
            **said, "parent": "firms", "date": "2019-10", "value": "> 250家"}, DAY),
        Entry("list", "flagships", {**said, "name": "Flagships", "name_zh": "标杆项目",
                                    "count": "2", "total": "3亿元"}, DAY),
        Entry("project", "bridge", {**said, "name": "Bridge", "name_zh": "桥", "stage": "service",
                                    "investment": "1亿元", "opened": date(2019, 5, 1)}, DAY),
        Entry("project", "canal", {**said, "name": "Canal", "name_zh": "运河", "stage": "idea",
                                   "investment": "2亿元", "status": "synthetic"}, DAY),
    ]
    made += [Entry("membership", f"m-{p}", {"owner": "westtown", "list": "flagships", "member": p},
                   DAY) for p in ("bridge", "canal")]
    return made


@pytest.fixture
def region(tmp_path):
    """A folder with region.toml, a ledger, and a template."""
    folder = tmp_path / "region"
    new_region(folder)
    with begin(folder, folder / "ledger.sqlite", "the test") as made:
        made.commit(Note("the test", "what was reported"), entries())
    (folder / "bulletins").mkdir()
    (folder / "bulletins" / "october.md").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def desk(region):
    with BulletinDesk(region) as opened:
        yield opened


@pytest.fixture
def template(region):
    return region / "bulletins" / "october.md"


@pytest.fixture(scope="session")
def key_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    new_key(path)
    return path


@pytest.fixture(scope="session")
def key(key_file):
    return load_key(key_file)
