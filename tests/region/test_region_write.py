"""What is written is read again; what is stopped leaves nothing."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieline.errors import InputError
from tieline.region.folder import READERS
from tieline.region.issues import Issues
from tieline.region.parse import parse
from tieline.region.tables import Column, Schema, Table
from tieline.region.write import MARKER, atomic_folder, refuse_occupied, write_table

COLUMNS = tuple(
    Column(name, name, "")
    for name in ("id", "text", "number", "integer", "flag", "date", "datetime")
)
SCHEMA = Schema("t", "", "", "", "", COLUMNS)

words = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" \n\r\","), max_size=8
).map(str.strip)
ids = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6)
rows = st.lists(
    st.tuples(
        ids, words,
        st.floats(allow_nan=False, allow_infinity=False) | st.just(float("nan")),
        st.integers(-1, 2**53 - 1), st.booleans(),
        st.dates(pd.Timestamp(1900, 1, 1).date()), st.datetimes(
            pd.Timestamp(1900, 1, 1).to_pydatetime(), pd.Timestamp(2200, 1, 1).to_pydatetime()
        ),
    ),
    min_size=1, max_size=8, unique_by=lambda r: r[0],
)
DTYPES = (object, object, np.float64, np.int64, bool, "datetime64[D]", "datetime64[s]")


def table_of(cells):
    columns = {}
    for column, dtype, values in zip(COLUMNS, DTYPES, zip(*cells, strict=True), strict=True):
        array = np.empty(len(values), dtype=dtype)
        array[:] = values
        columns[column.name] = array
    return Table("t", columns)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@settings(deadline=None, max_examples=60, derandomize=True)
@given(cells=rows)
def test_a_table_written_and_read_again_is_equal(tmp_path_factory, suffix, cells):
    table = table_of(cells)
    path = write_table(table, tmp_path_factory.mktemp("t") / f"t{suffix}")
    issues = Issues()
    raw = READERS[suffix](path, path.name, issues)
    again = parse(raw, SCHEMA, issues)
    assert not issues.errors, repr(issues)
    for name, values in table.columns.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
        assert again[name].dtype == values.dtype


def test_chinese_text_gets_the_mark_excel_looks_for(tmp_path):
    frame = pd.DataFrame({"a": ["镇"]})
    assert write_table(frame, tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    plain = write_table(frame, tmp_path / "b.csv", bom=False).read_bytes()
    assert plain == "a\n镇\n".encode()
    frame = pd.DataFrame({"a": ["b"]})
    assert write_table(frame, tmp_path / "c.csv").read_bytes() == b"a\nb\n"


def test_json_is_strict_and_keeps_what_is_missing_null(tmp_path):
    frame = pd.DataFrame({
        "镇": ["a", None], "x": [np.inf, 1.5], "n": [1, 2], "ok": [True, False],
        "d": pd.to_datetime(["2020-01-02", None]),
    })
    path = write_table(frame, tmp_path / "a.json")
    assert json.loads(path.read_text("utf-8")) == [
        {"镇": "a", "x": None, "n": 1, "ok": True, "d": "2020-01-02T00:00:00"},
        {"镇": None, "x": 1.5, "n": 2, "ok": False, "d": None},
    ]


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected a suffix .csv, .json, .parquet"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.doc")
    assert list(tmp_path.iterdir()) == []


def write_half(path, stop):
    with atomic_folder(path) as folder:
        (folder / "half").write_text("written")
        raise stop


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError, SystemExit])
def test_a_folder_that_is_stopped_leaves_nothing(tmp_path, stop):
    with pytest.raises(stop):
        write_half(tmp_path / "out", stop)
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_run_keeps_the_result_before_it(tmp_path):
    with atomic_folder(tmp_path / "out") as folder:
        (folder / "first").write_text("1")
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "out", KeyboardInterrupt)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [MARKER, "first"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_earlier_output_is_replaced_as_a_whole(tmp_path):
    for name in ("first", "second"):
        with atomic_folder(tmp_path / "out") as folder:
            (folder / name).write_text("")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [MARKER, "second"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_somebody_put_or_changed_among_the_results_is_never_lost(tmp_path):
    def run() -> None:
        with atomic_folder(tmp_path / "out") as folder:
            (folder / "power").mkdir()
            (folder / "power" / "table.csv").write_text("a")
            (folder / "report.html").write_text("b")

    run()
    run()
    (tmp_path / "out" / "power" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"found 'power/notes\.txt': move them"):
        run()
    (tmp_path / "out" / "power" / "notes.txt").unlink()
    (tmp_path / "out" / "report.html").write_text("b, signed")
    with pytest.raises(InputError, match=r"not changed since, found 'report\.html'"):
        run()
    assert (tmp_path / "out" / "report.html").read_text() == "b, signed"


def test_a_place_where_nothing_can_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(InputError, match=r"out: expected a place .*, found Permission denied"):
        refuse_occupied(tmp_path / "deep" / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_may_be_filled_also_from_inside(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    for name in ("first", "second"):
        with atomic_folder(".") as folder:
            (folder / name).write_text("")
        assert sorted(p.name for p in Path.cwd().iterdir()) == [MARKER, name]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_folders_of_others_are_never_replaced(tmp_path):
    (tmp_path / "mine").write_text("")
    with pytest.raises(InputError, match="expected a new or empty folder, found 'mine' in it"), \
            atomic_folder(tmp_path):
        pass
    with pytest.raises(InputError, match="expected a folder, found a file"), \
            atomic_folder(tmp_path / "mine"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_folder_people_edit_is_not_replaced(tmp_path):
    with atomic_folder(tmp_path / "new", replace=False) as folder:
        (folder / "edited").write_text("")
    with pytest.raises(InputError), atomic_folder(tmp_path / "new") as folder:
        pass
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["edited"]


SCRIPT = """
import sys, time
from pathlib import Path
from tieline.region.write import atomic_folder
with atomic_folder(sys.argv[1]) as folder:
    (folder / "half").write_text("written")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_leaves_nothing_half_written(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "out")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout.readline().strip() == b"writing"
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
    assert list(tmp_path.iterdir()) == []
