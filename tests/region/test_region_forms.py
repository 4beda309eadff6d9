"""The same region reads the same from every form its tables may have."""

import numpy as np
import pytest
from spoiled_towns import Spoiled

from tieline.region.template import new_region
from tieline.region.write import write_table


def recoded(encoding):
    def change(towns):
        for path in towns.path.rglob("*.csv"):
            path.write_bytes(path.read_text("utf-8-sig").encode(encoding))
    return change


def to_parquet(towns):
    tables, _ = towns.read()
    for name, table in tables.items():
        if table is not None:
            (towns / f"{name}.csv").unlink()
            write_table(table, towns / f"{name}.parquet")


def to_network_workbook(towns):
    from openpyxl import Workbook

    book = Workbook()
    for path in sorted((towns / "power").glob("*.csv")):
        sheet = book.create_sheet(path.stem)
        for line in path.read_text("utf-8-sig").splitlines():
            sheet.append(line.split(","))
        path.unlink()
    book.save(towns / "power/power.xlsx")


FORMS = {
    "utf-8": recoded("utf-8"),
    "utf-8 with mark": recoded("utf-8-sig"),
    "gb18030": recoded("gb18030"),
    "parquet": to_parquet,
    "workbook of the network": to_network_workbook,
}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, table in first.items():
        other = second[name]
        if table is None or other is None or not len(table):
            assert not len(other or ()), name
            assert not len(table or ()), name
            continue
        for column, values in table.columns.items():
            np.testing.assert_array_equal(values, other[column], err_msg=f"{name}.{column}")
            assert values.dtype == other[column].dtype


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reads_the_same(towns, form):
    expected, _ = towns.read()
    FORMS[form](towns)
    tables, issues = towns.read()
    assert not issues.errors
    assert_same(expected, tables)


def test_the_workbook_of_the_template_reads_as_its_csv_files(towns, tmp_path):
    book = Spoiled(new_region(tmp_path / "book", "xlsx"))
    expected, _ = towns.read()
    tables, issues = book.read()
    assert not len(issues)
    assert_same(expected, tables)


def test_gb18030_is_noted(towns):
    recoded("gb18030")(towns)
    assert "power/bus.csv: not UTF-8; read as GB18030" in towns.notes


def test_numbers_as_ids_lose_their_decimals(towns):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "power.bus"
    for row in (["# 编号", "辖区"], ["id", "jurisdiction", "vn_kv"], [12.0, "westtown", 10],
                [13, "westtown", 10.5]):
        sheet.append(row)
    book.save(towns / "region.xlsx")
    (towns / "power/bus.csv").unlink()
    towns.write("power/load.csv", "id,bus,p_kw\na,12,5\n")
    for name in ("branch", "switch", "source"):
        (towns / f"power/{name}.csv").unlink()
    tables, issues = towns.read()
    assert list(tables["power/bus"]["id"]) == ["12", "13"]
    assert list(tables["power/bus"].rows) == [3, 4]
    assert [e.file for e in issues.errors] == ["power/source.csv"]


def test_rows_of_titles_may_stand_above_the_names(towns):
    text = (towns / "power/bus.csv").read_text("utf-8-sig")
    expected, _ = towns.read()
    towns.write("power/bus.csv", "# 节点编号,所在辖区\n" + text)
    tables, issues = towns.read()
    assert not len(issues)
    assert tables["power/bus"].rows[0] == 3
    assert list(tables["power/bus"]["id"]) == list(expected["power/bus"]["id"])
