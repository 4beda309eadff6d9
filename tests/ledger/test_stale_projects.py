"""A projects.csv that the ledger has left behind is told from one that is up to date."""

from datetime import date

import pytest
from small_ledger import NOTE, make_ledger, project

from tieline.errors import LedgerError
from tieline.ledger import Entry
from tieline.ledger.exchange.network import projects_table
from tieline.region.issues import Issues
from tieline.region.read import check
from tieline.region.stale import note_stale_projects
from tieline.region.template import new_region


def notes(folder, lang="en"):
    issues = Issues()
    note_stale_projects(folder, issues)
    return [i.message(lang) for i in issues.notes]


@pytest.fixture
def region(tmp_path):
    """A region, its ledger, and the table that the ledger wrote."""
    folder = new_region(tmp_path / "my region")
    with make_ledger(folder / "ledger.sqlite") as made:
        made.commit(NOTE, [project("t1", network_project="tie-north"), project("p2")])
        view = made.view()
        text = projects_table(view, made.hash_of(view.known))
        (folder / "projects.csv").write_text(text, "utf-8")
        yield folder, made


def test_nothing_is_said_of_a_table_that_is_up_to_date(region):
    folder, ledger = region
    assert notes(folder) == []
    ledger.commit(NOTE, [Entry("", "p2", {"remark": "of no network"}, date(2019, 2, 1))])
    assert notes(folder) == []


def test_a_table_that_its_ledger_left_behind_is_reported_by_the_check_of_the_region(region):
    folder, ledger = region
    for k in range(2):
        ledger.commit(NOTE, [Entry("", "t1", {"remark": str(k)}, date(2019, 2, 1))])
    (said,) = [str(n) for n in check(folder, engines={}).notes if "out of date" in str(n)]
    assert said.startswith("projects.csv: is out of date: written at change 2, its projects were "
                           "changed 2 times since")
    assert "已过期" in notes(folder, "zh")[0]


def test_a_table_of_another_ledger_is_reported(region):
    folder, _ = region
    table = folder / "projects.csv"
    first, rest = table.read_text("utf-8").split("\n", 1)
    table.write_text(first[:-4] + "0000\n" + rest, "utf-8")
    assert "another ledger" in notes(folder)[0]
    assert "并非由" in notes(folder, "zh")[0]


def test_a_ledger_that_cannot_be_read_is_said_and_a_table_by_hand_is_left_alone(region):
    folder, ledger = region
    ledger.close()
    for suffix in ("-wal", "-shm"):
        (folder / f"ledger.sqlite{suffix}").unlink(missing_ok=True)
    (folder / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    assert "cannot be read" in notes(folder)[0]
    assert "无法读取" in notes(folder, "zh")[0]
    (folder / "projects.csv").write_text("id\nt1\n", "utf-8")
    assert notes(folder) == []


def test_a_table_of_one_list_is_out_of_date_only_by_what_is_on_it(region):
    folder, ledger = region
    ledger.commit(NOTE, [
        Entry("list", "l", {"owner": "jiashan", "name_zh": "联络线"}, date(2019, 1, 1)),
        Entry("membership", None, {"owner": "jiashan", "list": "l", "member": "t1"},
              date(2019, 1, 1))])
    view = ledger.view()
    text = projects_table(view, ledger.hash_of(view.known), "l")
    (folder / "projects.csv").write_text(text, "utf-8")
    ledger.commit(NOTE, [project("t3", network_project="tie-of-another-list")])
    assert notes(folder) == []
    ledger.commit(NOTE, [Entry("", "t1", {"opened": "2020-01-01"}, date(2019, 2, 1))])
    assert "changed 1 times" in notes(folder)[0]
    ledger.commit(NOTE, [Entry("membership", None, {
        "owner": "jiashan", "list": "l", "member": "t3"}, date(2019, 2, 1))])
    assert "changed 3 times" in notes(folder)[0]  # t3 came on, and it was made since


@pytest.mark.parametrize("name", ["none", "p2", "empty"])
def test_a_list_without_projects_of_the_networks_gives_no_table(region, name):
    _, ledger = region
    ledger.commit(NOTE, [
        Entry("list", "empty", {"owner": "jiashan", "name_zh": "空"}, date(2019, 1, 1))])
    with pytest.raises(LedgerError, match="list"):
        projects_table(ledger.view(), "", name)
