"""Files that are no tables, or not the tables they should be, have their message."""

import pytest

import tieline

BRANCH, BUS, LOAD = "power/branch.csv", "power/bus.csv", "power/load.csv"
HEAD = "id,jurisdiction,vn_kv\n"


@pytest.fixture
def bus(towns):
    """What reading says about power/bus.csv alone."""

    def said(content):
        towns.write(BUS, content)
        return [e for e in towns.errors if e.startswith("power/bus")]

    return said


def test_an_empty_file_is_said_to_be_empty(bus):
    assert bus("") == ["power/bus.csv: expected a row of column names, found an empty file"]
    assert bus("\n\n , ,\n") == bus("")


def test_a_file_of_column_names_alone_has_no_rows(bus):
    assert bus(HEAD) == ["power/bus.csv: expected at least one row, found only the column names"]


def test_a_missing_table_is_named(towns):
    (towns / BUS).unlink()
    assert "power/bus.csv: expected this table (Buses), found no such file or sheet" in towns.errors


def test_a_table_that_may_be_absent_is_not_missed(towns):
    tables, issues = towns.read()
    assert not len(issues)
    assert tables["power/transformer"] is None


def test_a_missing_column_names_the_one_that_was_meant(towns):
    towns.swap(BRANCH, "length_km", "lenght_km")
    assert towns.errors == [
        "power/branch.csv, field 'length_km': expected this column (a number 0..200 [km]), "
        "found no such column (nearest: 'lenght_km')"
    ]
    assert towns.notes == [
        "power/branch.csv, field 'lenght_km': unknown column, not used (nearest: 'length_km')"
    ]


def test_ragged_rows_are_named_with_their_line(bus):
    text = HEAD + "a,westtown,10\nb,westtown\nc,westtown,10,7\nd,westtown,10,,,\n"
    assert bus(text) == [
        "power/bus.csv, row 3: expected 3 fields, found 2",
        "power/bus.csv, row 4: expected 3 fields, found 4",
    ]


def test_newlines_inside_quotes_do_not_shift_the_line(bus):
    text = 'id,jurisdiction,vn_kv,town\na,westtown,10,"two\nlines"\n\nb,westtown,-1,\n'
    assert bus(text) == [
        "power/bus.csv, row 5, field 'vn_kv': expected a number > 0 and <= 1000 [kV], found -1"
    ]


def test_a_quote_that_never_ends_does_not_swallow_the_file(bus):
    errors = bus(HEAD + 'a,westtown,10\n"b,westtown,10\nc,westtown,10\n')
    assert errors == [
        "power/bus.csv, row 3: expected fields separated by ',' and quoted by '\"', "
        "found an error: unexpected end of data"
    ]


def test_a_column_name_used_twice_is_refused(bus):
    assert bus("id,id,vn_kv\n1,2,10\n") == [
        "power/bus.csv, row 1: expected a column name used once, found 'id' twice"
    ]


def test_values_without_a_column_name_are_refused(bus):
    assert bus("id,,jurisdiction,vn_kv\na,,westtown,10\nb,7,westtown,10\n") == [
        "power/bus.csv, row 3: expected a name above column 2, found none, though there are values"
    ]


@pytest.mark.parametrize(("sign", "name"), [(";", "';'"), ("\t", "a tab")])
def test_other_separators_are_named(bus, sign, name):
    assert bus("id,jurisdiction,vn_kv\n".replace(",", sign)) == [
        f"power/bus.csv, row 1: expected columns separated by ',', found {name}"
    ]


def test_bytes_in_no_encoding_are_named_with_their_line(bus):
    assert bus(HEAD.encode() + b"a,westtown,10\nb\xff,westtown,10\n") == [
        "power/bus.csv, row 3: expected text in UTF-8 or GB18030, found byte 0xff, "
        "which is neither"
    ]


def test_damaged_utf8_is_not_read_as_gb18030(bus):
    text = "id,jurisdiction,vn_kv,town\na,westtown,10,朱家角镇\n".encode()
    damaged = text.replace("镇".encode(), "镇".encode()[:2] + b"x")
    assert bus(damaged) == [
        "power/bus.csv, row 2: expected text in UTF-8 or GB18030, found byte 0xe9, "
        "which is neither"
    ]


def test_utf16_is_named(bus):
    assert bus((HEAD + "a,westtown,10\n").encode("utf-16")) == [
        "power/bus.csv: expected text in UTF-8 or GB18030, found UTF-16 (save as 'CSV UTF-8')"
    ]


def test_nul_bytes_are_named(bus):
    assert bus(HEAD.encode() + b"a,westtown,1\x000\n") == [
        "power/bus.csv, row 2: expected text in UTF-8 or GB18030, found a NUL byte "
        "(a damaged or binary file?)"
    ]


def test_the_same_table_twice_is_refused(towns):
    towns.write("power/bus.parquet", b"")
    assert (
        "power/bus: expected one file, found 2 of them: power/bus.csv, power/bus.parquet"
        in towns.errors
    )


def test_what_is_no_parquet_file_is_refused(towns):
    (towns / BUS).unlink()
    towns.write("power/bus.parquet", b"no")
    assert any(
        e.startswith("power/bus.parquet: expected a Parquet file, found ") for e in towns.errors
    )


def test_what_is_no_workbook_is_refused(towns):
    towns.write("region.xlsx", b"no")
    assert towns.errors[0] == (
        "region.xlsx: expected an Excel workbook (.xlsx, no password), "
        "found an error: File is not a zip file"
    )


def test_a_formula_that_was_never_calculated_is_refused(towns):
    from openpyxl import Workbook

    (towns / BUS).unlink()
    book = Workbook()
    book.worksheets[0].title = "power.bus"
    book.worksheets[0].append(["id", "jurisdiction", "vn_kv"])
    book.worksheets[0].append(["a", "westtown", "=5*2"])
    book.save(towns / "region.xlsx")
    assert (
        "region.xlsx, sheet power.bus, row 2, field 'C2': expected a value, found a formula that "
        "was never calculated (open and save the file)"
    ) in towns.errors


def test_a_byte_order_mark_that_was_re_encoded_is_no_part_of_the_first_name(towns):
    text = "\ufeff" + (towns / BUS).read_text("utf-8-sig")
    assert not text.isascii()
    towns.write(BUS, text.encode("gb18030"))
    assert towns.errors == []


def test_utf16_is_named_with_the_way_out_of_a_text_file(towns):
    towns.write("region.toml", (towns / "region.toml").read_text("utf-8").encode("utf-16"))
    assert [str(e) for e in tieline.check(towns.path).errors] == [
        "region.toml: expected text in UTF-8 or GB18030, found UTF-16 (save as UTF-8)"
    ]


def test_a_folder_with_the_name_of_a_table_is_called_a_folder(towns):
    (towns / LOAD).unlink()
    (towns / LOAD).mkdir()
    assert [str(e) for e in tieline.check(towns.path).errors] == [
        "power/load.csv: expected a file, found a folder"
    ]
    (towns / "power" / "old.csv").mkdir()
    assert not [n for n in tieline.check(towns.path).notes if "old" in n.file]


@pytest.mark.parametrize(("table", "column", "typed"), [
    ("load", "customers", "customer"),
    ("load", "customers", "Customers"),
    ("branch", "failure_per_km_yr", "failure_per_km_year"),
    ("switch", "normal", "norm"),
])
def test_a_misspelt_column_is_not_passed_over(towns, table, column, typed):
    towns.swap(f"power/{table}.csv", column, typed)
    assert towns.errors == [
        f"power/{table}.csv, field '{typed}': expected the name of a column, as '{column}' that "
        f"is missing, found '{typed}'"
    ]
    assert towns.notes == []


def test_a_column_of_ones_own_is_noted_and_not_used(towns):
    towns.swap(LOAD, "id,bus", "remark,customers_2019,id,bus")
    text = (towns / LOAD).read_text("utf-8").splitlines()
    towns.write(LOAD, "\n".join([text[0], *("mine,3," + line for line in text[1:])]))
    assert towns.errors == []
    assert towns.notes == [
        "power/load.csv, field 'remark': unknown column, not used",
        "power/load.csv, field 'customers_2019': unknown column, not used (nearest: 'customers')",
    ]
