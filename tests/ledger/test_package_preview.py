"""An OC4IDS package is previewed as any other file: matched, compared, doubted, then accepted."""

import json

import pytest
from small_ledger import NOTE, make_ledger, project

from tieline.errors import InputError
from tieline.ledger import Entry, Note
from tieline.ledger.exchange.oc4ids import package
from tieline.ledger.exchange.package import accept_package, preview_package
from tieline.ledger.exchange.preview import Decision
from tieline.ledger.ledger import KEEPER

FOREIGN = {"projects": [
    {"id": "oc4ids-abc123-1", "title": "Bridge (made up)", "status": "implementation",
     "budget": {"amount": {"amount": 1000, "currency": "EUR"}}},
    {"id": "oc4ids-abc123-2", "title": "Clinic (made up)", "status": "completion"},
]}


def written(folder, content, name="p.json"):
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def take(ledger, path, **given):
    found = preview_package(ledger, path, KEEPER, "jiashan")
    return found, accept_package(ledger, found, Note("office", "package"), Decision(**given),
                                 who=KEEPER)


def test_a_package_taken_twice_changes_nothing_the_second_time(both, tmp_path):
    path = written(tmp_path, FOREIGN)
    first, receipt = take(both, path)
    assert [r.match.how for r in first.preview.rows] == ["new", "new"]
    assert receipt is not None
    second, nothing = take(both, path)
    assert [r.match.how for r in second.preview.rows] == ["source", "source"]
    assert [r.cells for r in second.preview.rows] == [(), ()]
    assert nothing is None
    assert len(both.view().records("project")) == 2


def test_a_change_is_shown_field_by_field_and_its_source_is_kept(ledger, tmp_path):
    take(ledger, written(tmp_path, FOREIGN))
    later = json.loads(json.dumps(FOREIGN))
    later["projects"][0]["status"] = "completion"
    found, receipt = take(ledger, written(tmp_path, later))
    (cell,) = found.preview.rows[0].cells
    assert (cell.field, cell.stands, cell.wanted) == ("stage", "construction", "finished")
    assert found.preview.counts["changed"] == 1
    (last,) = ledger.changes(receipt.change_no - 1)
    assert last.source.startswith("import:p.json:sha256=")


def test_an_id_under_another_name_is_doubtful_and_left_alone(ledger, tmp_path):
    take(ledger, written(tmp_path, FOREIGN))
    other = {"projects": [{**FOREIGN["projects"][0], "title": "Quite another harbour"}]}
    found, receipt = take(ledger, written(tmp_path, other))
    assert found.preview.rows[0].match.how == "doubtful"
    assert receipt is None
    _, receipt = take(ledger, written(tmp_path, other), doubtful=frozenset({1}))
    assert receipt is not None
    assert len(ledger.view().records("project")) == 3


def test_a_value_that_is_no_such_thing_is_refused_by_itself(ledger, tmp_path):
    wrong = json.loads(json.dumps(FOREIGN))
    wrong["projects"][1]["period"] = {"startDate": "soon"}
    found, receipt = take(ledger, written(tmp_path, wrong))
    (refused,) = found.preview.refused
    assert (refused.row, refused.found) == (2, "'soon'")
    assert receipt is not None


def test_our_own_package_changes_nothing_here_and_everything_elsewhere(ledger, tmp_path):
    ledger.commit(NOTE, [project(investment="1.5亿元"), Entry("milestone", "m1", {
        "parent": "p1", "name_zh": "开工", "due": "2020-05-01"})])
    path = written(tmp_path, package(ledger.view(), publisher="x"))
    found, receipt = take(ledger, path)
    assert [r.match.how for r in found.preview.rows] == ["id", "id"]
    assert receipt is None
    with make_ledger(tmp_path / "other.sqlite") as other:
        _, receipt = take(other, path)
        assert set(receipt.ids) == {"p1", "m1"}
        assert dict(other.view().record("p1").values) == dict(ledger.view().record("p1").values)


def test_what_is_no_package_is_named(ledger, tmp_path):
    with pytest.raises(InputError, match="OC4IDS"):
        preview_package(ledger, written(tmp_path, {"a": 1}), KEEPER)
