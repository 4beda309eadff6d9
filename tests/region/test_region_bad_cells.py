"""Each kind of bad cell has its message: file, row, field, what was expected, what was found."""

import pytest

BRANCH, LOAD, SWITCH, BUS = (f"power/{n}.csv" for n in ("branch", "load", "switch", "bus"))
FIRST = "WA-1,W0,WA1,2.5,0.125"
LENGTH = "power/branch.csv, row 2, field 'length_km': expected a number 0..200 [km], found "
POWER = "power/load.csv, row 2, field 'p_kw': expected a number 0..500000 [kW], found "


@pytest.mark.parametrize(("cell", "found"), [
    ("3500", "3500 (in metres?)"),
    ("-0.5", "-0.5"),
    ("nan", "'nan'"),
    ("inf", "'inf'"),
    ("-", "'-'"),
    ("2.5 km", "'2.5 km'"),
    ("1_0", "'1_0'"),
    ("1e999", "1e999"),
    ("10²", "'10²'"),
    ("½", "'½'"),
    ("#N/A", "'#N/A'"),
    ("x" * 80, "'" + "x" * 60 + "...'"),
    ("", "nothing"),
    ('"3,5"', "'3,5' (write no thousands separators, and '.' before decimals)"),
])
def test_a_bad_number_is_named_with_range_unit_and_hint(towns, cell, found):
    towns.swap(BRANCH, FIRST, f"WA-1,W0,WA1,{cell},0.125")
    assert towns.errors == [LENGTH + found]


def test_watts_for_kilowatts_are_suspected(towns):
    towns.swap(LOAD, "WA1-public,WA1,520", "WA1-public,WA1,520000")
    assert towns.errors == [POWER + "520000 (in W?)"]


def test_full_width_digits_are_the_same_number(towns):
    towns.swap(BRANCH, FIRST, "WA-1,W0,WA1,＋２．５,0.125")
    tables, issues = towns.read()
    assert not issues.errors
    assert tables["power/branch"]["length_km"][0] == 2.5


def test_exclusive_bounds_are_kept(towns):
    towns.swap(BUS, "W0,westtown,10", "W0,westtown,0")
    assert towns.errors == [
        "power/bus.csv, row 2, field 'vn_kv': expected a number > 0 and <= 1000 [kV], found 0"
    ]


def test_a_duplicate_id_says_where_the_first_is(towns):
    towns.swap(BUS, "WA1,westtown", "W0,westtown")
    assert (
        "power/bus.csv, row 4, field 'id': expected an id used once, "
        "found 'W0' again (first in row 2)"
    ) in towns.errors


def test_a_missing_id_is_named(towns):
    towns.swap(LOAD, "WA1-public,WA1", ",WA1")
    assert towns.errors == ["power/load.csv, row 2, field 'id': expected an id, found nothing"]


def test_an_id_cannot_hold_the_separator(towns):
    towns.swap(LOAD, "WA1-public,WA1", "a;b,WA1")
    assert towns.errors == [
        "power/load.csv, row 2, field 'id': expected an id without ';', line breaks and "
        "invisible signs, found 'a;b'"
    ]


def test_an_unknown_choice_names_the_nearest(towns):
    towns.swap(SWITCH, "W0,WA-1,branch,breaker", "W0,WA-1,branch,braker")
    assert towns.errors == [
        "power/switch.csv, row 2, field 'kind': expected one of breaker, recloser, fuse, "
        "load_break, disconnector, tie, found 'braker' (nearest: 'breaker')"
    ]


def test_an_unknown_bus_names_the_nearest(towns):
    towns.swap(SWITCH, "WA-2-S,WA1,", "WA-2-S,WAA1,")
    assert towns.errors == [
        "power/switch.csv, row 3, field 'bus': expected the id of a row of power/bus, "
        "found 'WAA1' (nearest: 'WA1')"
    ]


def test_a_reference_to_several_tables_may_be_in_any(towns):
    towns.swap(SWITCH, "WA-1-S,W0,WA-1,branch", "WA-1-S,W0,WA1,bus")
    assert towns.errors == []
    towns.swap(SWITCH, "WA-1-S,W0,WA1,bus", "WA-1-S,W0,nowhere,bus")
    assert towns.errors == [
        "power/switch.csv, row 2, field 'element': expected the id of a row of power/branch or "
        "a row of power/transformer or a row of power/bus, found 'nowhere'"
    ]


def test_an_unknown_jurisdiction_names_the_nearest(towns):
    towns.swap(BUS, "W0,westtown", "W0,westown")
    assert towns.errors == [
        "power/bus.csv, row 2, field 'jurisdiction': expected the id of a jurisdiction, "
        "found 'westown' (nearest: 'westtown')"
    ]


def test_an_unknown_project_names_the_nearest(towns):
    towns.swap(SWITCH, "tie,open,manual,tie_north", "tie,open,manual,tie_nord")
    assert towns.errors == [
        "power/switch.csv, row 13, field 'project': expected the id of a project, "
        "found 'tie_nord' (nearest: 'tie_north')"
    ]


def test_a_reference_into_a_table_that_is_not_there_is_said_once(towns):
    (towns / BRANCH).unlink()
    errors = towns.errors
    assert len(errors) == 14  # the switches' elements, none of which is a bus
    assert all("field 'element'" in e for e in errors)
    (towns / SWITCH).unlink()
    (towns / BUS).unlink()
    assert (
        "power/load.csv, field 'bus': expected rows of power/bus to refer to, found none"
        in towns.errors
    )


@pytest.mark.parametrize("day", ["2024-06-01", "2024/6/1", "2024年6月1日"])
def test_dates_with_the_year_first_are_read(towns, day):
    towns.swap("projects.csv", "2024-06-01", day)
    tables, issues = towns.read()
    assert not issues.errors
    assert str(tables["projects"]["opened"][0]) == "2024-06-01"


@pytest.mark.parametrize(("day", "found"), [
    ("1/6/2024", "'1/6/2024'"),
    ("2024-02-30", "'2024-02-30' (there is no such day)"),
    ("2024", "2024"),
    ("soon", "'soon'"),
])
def test_other_dates_are_refused(towns, day, found):
    towns.swap("projects.csv", "2024-06-01", day)
    assert towns.errors == [
        f"projects.csv, row 2, field 'opened': expected a date like 2019-09-10, found {found}"
    ]


def test_every_problem_is_reported_at_once_in_the_order_of_rows(towns):
    towns.swap(BRANCH, FIRST, "WA-1,W9,WA1,3500,nan")
    towns.swap(BRANCH, "WA-2,WA1,WA2,3.0", "WA-1,WA1,WA2,x")
    towns.swap(LOAD, "WA1-public,WA1,520", "WA1-public,WA1,-5")
    rows = [(i.file, i.row) for i in towns.read()[1].errors]
    assert rows == [
        (BRANCH, 2), (BRANCH, 2), (BRANCH, 2), (BRANCH, 3), (BRANCH, 3), (LOAD, 2),
        (SWITCH, 3),  # its element has lost its name
    ]
