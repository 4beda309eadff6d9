"""What a preview says of a file is so: what is absent, what cannot be read, what is incomplete."""

import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook
from small_ledger import NOTE, project
from test_exchange import look, sheet, take
from test_package_preview import take as take_package
from test_package_preview import written

from tieline.cli.run import run
from tieline.errors import InputError
from tieline.ledger import Entry
from tieline.ledger.exchange.mapping import Columns
from tieline.ledger.exchange.source import read_source
from tieline.ledger.exchange.table import WIDE, brief, foreign_dates
from tieline.ledger.exchange.template import write_template
from tieline.messages import message

CITY = Columns(columns={"no": "$external", "name": "name", "done": "finish_planned"},
               scheme="city", constants={"owner": "jiashan", "stage": "unknown"})


def test_what_a_doubtful_row_may_be_is_not_said_to_be_absent(ledger, tmp_path):
    first = sheet(tmp_path / "a.xlsx", [
        ["no", "name"], ["1", "School A"], ["2", "Road B"], ["3", "Clinic"], ["4", "Clinic"],
        ["5", "Pier E"]])
    take(ledger, look(ledger, first, CITY))
    ids = {s.get("external_ids")["city"]: s.id for s in ledger.view().records("project")}
    second = sheet(tmp_path / "b.xlsx", [
        ["no", "name"], ["1", "Nursery of the north"], ["9", "Clinic"]])
    found = look(ledger, second, CITY)
    assert [r.match.how for r in found.rows] == ["doubtful", "doubtful"]
    assert set(found.missing) == {ids["2"], ids["5"]}
    assert found.counts["absent"] == 2


def without_value(path, place, formula):
    """A formula that no program computed, as programs write it."""
    book = load_workbook(path)
    book.worksheets[0][place] = formula
    book.save(path)


def test_a_formula_nobody_computed_is_refused_and_erases_nothing(ledger, tmp_path):
    ledger.commit(NOTE, [project(investment="1.5亿元", town="北镇")])
    path = tmp_path / "t.xlsx"
    write_template(ledger.view(), "project", path)
    first = load_workbook(path).worksheets[0]
    keys = {c.value: c.column_letter for c in first[2]}
    without_value(path, f"{keys['investment']}3", "=1+1")
    without_value(path, f"{keys['town']}3", "=A1&B1")
    without_value(path, f"{keys['$reason']}3", "because")
    found = look(ledger, path)
    assert {r.row for r in found.refused} == {3}
    assert {r.found[:6] for r in found.refused} == {"'=1+1'", "'=A1&B"}
    assert not found.rows[0].cells
    assert take(ledger, found) == []
    assert "公式" in message(str(found.refused[0]), "zh")


def test_a_formula_that_gave_an_empty_text_is_empty_and_one_with_a_value_is_that(tmp_path):
    path = sheet(tmp_path / "a.xlsx", [["name", "town", "count"], ["x", "y", 1]])
    with zipfile.ZipFile(path) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    name = "xl/worksheets/sheet1.xml"
    row = ('<row r="2"><c r="A2" t="str"><f>IF(1,"","")</f><v></v></c>'
           '<c r="B2" t="str"><f>"a"</f><v>a</v></c><c r="C2"><f t="shared" si="0"/><v>7</v></c>'
           '</row>')
    text = parts[name].decode()
    parts[name] = (text[:text.index('<row r="2"')] + row + text[text.index("</sheetData>"):]
                   ).encode()
    with zipfile.ZipFile(path, "w") as new:
        for part, data in parts.items():
            new.writestr(part, data)
    (cells,) = (r for _, r in read_source(path).rows)
    assert cells[0] in ("", None)
    assert cells[1:] == ["a", 7]


def test_a_cell_with_an_error_is_refused_in_a_field_of_text_too(ledger, tmp_path):
    found = look(ledger, sheet(tmp_path / "a.xlsx", [
        ["中文名称", "阶段", "备注"], ["占位项目(虚构)", "在建", "#REF!"]]))
    assert [(r.column, r.found) for r in found.refused] == [("备注", "'#REF!'")]


def test_a_package_whose_owners_are_unknown_is_incomplete_and_nothing_of_it_is_written(
        ledger, tmp_path):
    from tieline.ledger.exchange.oc4ids import package
    from tieline.ledger.ledger import Ledger, Note

    with Ledger.create(tmp_path / "o.sqlite", Note("x", "y"), name="O", time_zone="UTC",
                       jurisdictions=[{"id": "far", "name": "Far"}]) as other:
        other.commit(NOTE, [project(owner="far"), Entry("milestone", "m1", {
            "parent": "p1", "name_zh": "开工", "due": "2019-09-10"}, date(2019, 1, 1))])
        content = package(other.view(), publisher="x")
    found, receipt = take_package(ledger, written(tmp_path, content))
    assert found.preview.counts["incomplete"] == len(found.preview.rows) == 2
    assert not found.preview.counts["new"]
    assert any("incomplete" in r.found for r in found.preview.refused)
    assert receipt is None


def test_dates_of_another_order_are_told_with_what_says_it(ledger, tmp_path):
    rows = [["no", "name", "done"], ["1", "A", "12/31/2030"], ["2", "B", "soon"]]
    found = look(ledger, sheet(tmp_path / "a.xlsx", rows), CITY)
    assert foreign_dates(found) == {"done": "'12/31/2030'"}


def test_another_encoding_is_told_with_what_says_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n1,Ñandú\n".encode("mac_roman"))
    with pytest.raises(InputError, match="encoding = "):
        read_source(path)


def test_a_long_text_is_shown_on_one_line_where_it_differs():
    before = "the same words\n" * 9 + "then red, and so on to the end of a long remark"
    row = brief(("3", "id", "p1", "n" * 90, "Remark", before, before.replace("red", "green"),
                 "", ""))
    assert all(len(c) <= WIDE + 2 and "\n" not in c for c in row)
    assert "red" in row[5]
    assert "green" in row[6]


def test_what_is_accepted_without_a_reason_is_told_by_its_option(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["new", "r"]) == 0
    assert run(["ledger", "init", "r"]) == 0
    sheet(tmp_path / "a.xlsx", [["中文名称", "阶段"], ["占位项目(虚构)", "在建"]])
    capsys.readouterr()
    line = ["ledger", "import", "r", "a.xlsx", "--owner", "westtown", "--accept", "--lang", "en"]
    assert run(line) == 1
    assert "--why" in capsys.readouterr().err
