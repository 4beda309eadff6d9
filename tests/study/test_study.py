"""The whole line with an engine from outside: folder, appraisal, money, files."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tieline_pooling.engine import PoolingEngine

from tieline.appraisal.pricing import money_of, value_range
from tieline.appraisal.results import Appraisal as Record
from tieline.errors import CaseError, InputError
from tieline.region.read import RegionData, read_region
from tieline.region.region import Value
from tieline.study import Appraisal, appraise

REGION = """
name = "Three towns"
study_date = 2024-12-31
currency = "CNY"
price_year = 2023
networks = ["pooling"]
[[jurisdiction]]
id = "a"
name = "A town"
name_zh = "甲镇"
[[jurisdiction]]
id = "b"
name = "B town"
name_zh = "乙镇"
[[jurisdiction]]
id = "c"
name = "C town"
name_zh = "丙镇"
"""
TABLES = {
    "projects.csv": "id,name,name_zh,opened,status\n"
    "depot,Depot,仓库,2020-05-01,reported\nworks,Works,厂房,2030-01-01,assumption\n",
    "scenarios.csv": "id,date\nbase,\nlate,2031-01-01\n",
    "values.csv": "measure,jurisdiction,value_per_unit,currency,low,high,status,source\n"
    "cost,,1000,CNY,800,1500,assumption,test\n",
    "pooling/need.csv": "id,jurisdiction,time,pieces,status\n"
    "1,a,summer,5,reported\n2,a,winter,1,synthetic\n3,b,summer,1,synthetic\n"
    "4,b,winter,4,synthetic\n5,c,summer,2,synthetic\n6,c,winter,3,\n",
    "pooling/offer.csv": "id,cost_per_piece_yr,project,unless_project\n"
    "market,10,,\nbulk,7,depot,\nown,6,works,\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "region"
    (home / "pooling").mkdir(parents=True)
    (home / "region.toml").write_text(REGION, encoding="utf-8")
    for name, text in TABLES.items():
        (home / name).write_text(text, encoding="utf-8")
    return home


def read(folder: Path) -> RegionData:
    return read_region(folder, engines={"pooling": PoolingEngine()})


def priced(data: RegionData, *values: Value) -> RegionData:
    return replace(data, region=replace(data.region, values=values))


@pytest.fixture
def data(folder: Path) -> RegionData:
    return read(folder)


def test_a_folder_is_appraised_without_a_word_about_power(data: RegionData) -> None:
    result = appraise(data)
    network = result.networks["pooling"]
    assert network.total("apart", "pieces") == 5 + 4 + 3
    assert network.total("together", "pieces") == 8
    assert network.total("together", "cost") == 8 * 7
    assert network.worths["cost"].projects == ("depot",)
    assert network.worths["cost"].planned == ("works",)
    assert network.statuses["pooling/need"] == {"reported": 1, "synthetic": 4, "assumption": 1}
    assert result.statuses() == {"reported": 2, "synthetic": 4, "assumption": 6}


def test_a_later_scenario_builds_what_is_open_by_then(data: RegionData) -> None:
    network = appraise(data, scenario="late").networks["pooling"]
    assert network.worths["cost"].projects == ("depot", "works")
    assert network.total("together", "cost") == 8 * 6


def test_money_is_price_times_gain_with_its_range(data: RegionData) -> None:
    result = appraise(data)
    money = result.money["CNY"]
    gain = (12 - 8) * 7
    split = money.splits["jurisdictions"]
    assert money.unit == "CNY/yr"
    assert float(split.dividend.typical) == 1000 * gain
    assert (float(split.dividend.low), float(split.dividend.high)) == (800 * gain, 1500 * gain)
    np.testing.assert_allclose(
        split.shapley.typical, 1000 * result.networks["pooling"].splits[
            "jurisdictions", "cost"].shapley
    )
    assert split.side_payment is not None
    assert split.side_payment.typical.sum() == pytest.approx(0.0, abs=1e-9)
    assert money.worth is not None
    assert money.worth.toot_total.typical[0] == 1000 * 8 * 3
    assert money.worth.added.typical[0] == 1000 * 8 * 1
    np.testing.assert_allclose(money.by_state["together"].typical.sum(), 1000 * gain)
    assert set(money.by_state) == set(result.networks["pooling"].states)
    assert result.unpriced == {"pooling": ("pieces",)}


def test_a_range_takes_each_price_at_the_end_that_matters() -> None:
    """Gain 2 of one thing, loss of 1 of another: lowest where the second is dear."""
    values = [Value("m", "", 10, 5, 20, "X"), Value("n", "", 3, 1, 9, "X")]
    found = value_range(np.array([2.0, -1.0]), values)
    assert (float(found.low), float(found.typical), float(found.high)) == (1.0, 17.0, 39.0)


NUMBERS = st.integers(-20, 20).map(float)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(NUMBERS, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_a_range_is_the_least_and_greatest_over_all_corners(
    rows: list[tuple[float, int, int]]
) -> None:
    values = [Value(f"m{k}", "", a + b / 2, a, a + b, "X") for k, (_, a, b) in enumerate(rows)]
    parts = np.array([part for part, _, _ in rows])
    corners = [parts @ ends for ends in product(*((v.low, v.high) for v in values))]
    found = value_range(parts, values)
    assert float(found.low) == pytest.approx(min(corners))
    assert float(found.high) == pytest.approx(max(corners))


def test_shares_at_any_price_lie_within_their_ranges(data: RegionData) -> None:
    values = (Value("cost", "", 10, 4, 30, "CNY"), Value("pieces", "b", 50, 0, 90, "CNY"))
    wide = appraise(priced(data, *values)).money["CNY"].splits["jurisdictions"]
    assert wide.side_payment is not None
    for corner in product(*((v.low, v.typical, v.high) for v in values)):
        at = [replace(v, low=x, typical=x, high=x) for v, x in zip(values, corner, strict=True)]
        split = appraise(priced(data, *at)).money["CNY"].splits["jurisdictions"]
        for figure in ("shapley", "falls", "side_payment"):
            inside, around = getattr(split, figure), getattr(wide, figure)
            assert (inside.typical >= around.low - 1e-9).all()
            assert (inside.typical <= around.high + 1e-9).all()


def test_a_price_of_its_own_replaces_the_price_for_all(data: RegionData) -> None:
    result = appraise(priced(
        data, Value("cost", "", 1.0, 1.0, 1.0, "CNY"),
        Value("pooling.cost", "b", 3.0, 3.0, 3.0, "CNY"),
    ))
    falls = result.networks["pooling"].splits["jurisdictions", "cost"].falls
    money = result.money["CNY"].splits["jurisdictions"].falls
    assert falls is not None
    assert money is not None
    np.testing.assert_allclose(money.typical, falls * [1.0, 3.0, 1.0])


def test_currencies_stand_apart_and_it_is_said(data: RegionData) -> None:
    result = appraise(priced(
        data, Value("cost", "", 1.0, 1.0, 1.0, "CNY"), Value("cost", "b", 3.0, 3.0, 3.0, "HKD")
    ))
    assert set(result.money) == {"CNY", "HKD"}
    falls = result.money["HKD"].splits["jurisdictions"].falls
    assert falls is not None
    assert falls.typical[0] == falls.typical[2] == 0.0
    assert any("never summed" in note for note in result.notes)


def test_a_price_that_every_jurisdiction_replaces_values_nothing(data: RegionData) -> None:
    own = [Value("cost", j, 3.0, 3.0, 3.0, "HKD") for j in "abc"]
    money = appraise(priced(data, Value("cost", "", 1.0, 1.0, 1.0, "CNY"), *own)).money
    assert set(money) == {"HKD"}


def test_two_priced_measures_of_one_network_raise_a_note(data: RegionData) -> None:
    result = appraise(priced(
        data, Value("cost", "", 1.0, 1.0, 1.0, "CNY", price_year=2019),
        Value("pieces", "", 3.0, 3.0, 3.0, "CNY", price_year=2023),
    ))
    notes = " ".join(result.money["CNY"].notes)
    assert "counted twice" in notes
    assert "2019, 2023" in notes
    gain = result.money["CNY"].by_measure
    assert float(gain["pooling", "pieces"].typical.sum()) == 3 * 4


def test_networks_add_up_and_a_stranger_is_null(data: RegionData) -> None:
    """Two copies of a network are worth twice; projects are named once."""
    one = appraise(data).networks["pooling"]
    both = {"pooling": one, "again": replace(one, network="again")}
    money = money_of("CNY", data.region.values, both)
    single = money_of("CNY", data.region.values, {"pooling": one})
    for kind in ("jurisdictions", "borders", "projects"):
        np.testing.assert_allclose(
            money.splits[kind].shapley.typical, 2 * single.splits[kind].shapley.typical
        )
        np.testing.assert_allclose(
            money.splits[kind].split.table, 2 * single.splits[kind].split.table
        )
    assert money.worth is not None
    assert single.worth is not None
    np.testing.assert_allclose(money.worth.pint_total.typical, 2 * single.worth.pint_total.typical)
    assert money.networks == ("pooling", "again")


def test_without_prices_there_is_no_money(data: RegionData) -> None:
    result = appraise(priced(data))
    assert result.money == {}
    assert result.unpriced == {"pooling": ("pieces", "cost")}


def test_a_path_is_read_and_its_problems_are_raised(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        appraise(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"only": "poling"}, r"network 'poling' .*nearest: 'pooling'"),
        ({"players": ("towns",)}, "players 'towns'"),
        ({"scenario": "later"}, r"unknown scenario 'later' \(nearest: 'late'\)"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(
    data: RegionData, options: dict[str, object], said: str
) -> None:
    with pytest.raises(CaseError, match=said):
        appraise(data, **options)  # type: ignore[arg-type]


def test_only_those_asked_play(data: RegionData) -> None:
    network = appraise(data, players=("borders",)).networks["pooling"]
    assert {kind for kind, _ in network.splits} == {"borders"}
    assert network.worths == {}


@pytest.fixture
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Appraisal, "report", lambda self, lang="zh": f"<html lang={lang}>")


@pytest.mark.usefixtures("without_report")
def test_written_files_hold_the_same_figures(data: RegionData, tmp_path: Path) -> None:
    result = appraise(data)
    out = result.write(tmp_path / "out", lang="en")
    assert (out / "report.html").read_text(encoding="utf-8") == "<html lang=en>"
    for name, frame in result.frames().items():
        stored = pd.read_parquet(out / f"{name}.parquet")
        assert list(stored.columns) == list(frame.columns)
        assert len(pd.read_csv(out / f"{name}.csv")) == len(frame)
        assert (out / f"{name}.json").is_file()
    shares = pd.read_parquet(out / "money_shares.parquet").query("players == 'jurisdictions'")
    np.testing.assert_array_equal(
        shares["shapley"], result.money["CNY"].splits["jurisdictions"].shapley.typical
    )
    result.write(out)


def test_an_interrupted_write_leaves_the_earlier_result_whole(
    data: RegionData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_report: None
) -> None:
    result = appraise(data)
    out = result.write(tmp_path / "out")
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tieline.region.write._write_parquet", stop)
    with pytest.raises(KeyboardInterrupt):
        result.write(out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == ["out"]


def test_the_whole_reads_well_in_a_notebook(data: RegionData) -> None:
    result = appraise(data)
    assert isinstance(result, Record)
    assert "dividend 28,000 [CNY/yr] (22,400 to 42,000), jurisdictions play" in repr(result)
    assert result._repr_html_().count("<table>") >= 4
    assert result.to_frame()["network"].unique().tolist() == ["pooling"]
