"""The region to start from: whole, explained, never over somebody's files."""

import pytest
from openpyxl import load_workbook

import tieline
from tieline.region.schemas import engine_schemas, table_schemas
from tieline.region.template import new_region
from tieline.region.workbook import GUIDE


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = new_region(tmp_path_factory.mktemp("new") / "towns", "xlsx")
    return load_workbook(folder / "region.xlsx")


def test_the_engines_tables_are_found_without_loading_the_engine():
    assert {"power/bus", "power/branch", "power/load", "power/switch"} <= set(engine_schemas())


def test_every_table_has_a_sheet_and_every_column_an_explanation(book):
    explained = {(r[0], r[1]) for r in book[GUIDE].iter_rows(min_row=2, values_only=True)}
    for name, schema in table_schemas().items():
        if name.partition("/")[0] not in ("power", name):
            continue  # a network that the two towns do not have
        sheet = book[name.replace("/", ".")]
        assert [c.value for c in sheet[3]] == [c.name for c in schema.columns]
        assert sheet.freeze_panes == "B4"
        assert sheet["A1"].value.startswith("# ")
        for column in schema.columns:
            assert (sheet.title, column.name) in explained


def test_units_stand_above_the_columns(book):
    sheet = book["power.load"]
    column = [c.value for c in sheet[3]].index("p_kw") + 1
    assert sheet.cell(1, column).value == "负荷水平为 1 时的有功功率。 [kW]"
    assert sheet.cell(2, column).value == "Active power at load level 1. [kW]"


def test_choices_have_a_drop_down_list(book):
    lists = {
        str(v.sqref).rstrip("0123456789").partition(":")[0]: v.formula1
        for v in book["power.load"].data_validations.dataValidation
    }
    assert '"public,dedicated"' in lists.values()


def test_every_schema_speaks_both_languages():
    for schema in table_schemas().values():
        assert all((schema.title, schema.title_zh, schema.meaning, schema.meaning_zh))
        for column in schema.columns:
            assert all((column.meaning, column.meaning_zh)), (schema.name, column.name)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_folder_that_holds_anything_is_refused(tmp_path, kind):
    (tmp_path / "mine").write_text("")
    with pytest.raises(tieline.InputError, match="expected a new or empty folder"):
        new_region(tmp_path, kind)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_second_time_does_not_overwrite_the_first(towns):
    with pytest.raises(tieline.InputError, match="expected a new or empty folder"):
        new_region(towns.path)


def test_another_kind_is_refused(tmp_path):
    with pytest.raises(tieline.InputError, match="expected one of csv, xlsx, found 'xls'"):
        new_region(tmp_path / "towns", "xls")


def test_the_towns_are_synthetic_and_say_so(towns):
    tables, _ = towns.read()
    for table in tables.values():
        assert table is None or set(table["status"]) == {"synthetic"}
    readme = (towns / "README.txt").read_text("utf-8")
    assert "合成" in readme
    assert "synthetic" in readme


def test_the_ties_of_the_towns_help_together(towns):
    worth = tieline.appraise(towns.path).networks["power"].worths["customer_hours"]
    assert dict(zip(worth.projects, worth.pint.sum(axis=1) > 0, strict=True)) == {"tie_north": True}
    assert dict(zip(worth.planned, worth.planned_gain.sum(axis=1) > 0, strict=True)) == {
        "tie_south": True
    }


def test_the_line_of_the_planned_tie_harms_nobody_while_unused(towns):
    data = tieline.read_region(towns.path)
    engine, network = data.engines["power"], data.networks["power"]
    cases = [
        data.region.case("apart", topics=("power",), built=built) for built in ((), ("tie_south",))
    ]
    without, built = (o.values for o in engine.evaluate(network, cases))
    assert built == pytest.approx(without)


def test_the_towns_readme_says_that_a_ties_own_line_fails(towns):
    readme = (towns / "README.txt").read_text("utf-8")
    assert "联络线自身的线路也会故障" in readme
    assert "A tie's own line fails too" in readme
