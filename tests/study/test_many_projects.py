"""A study with more projects than are all counted: estimates, money, programme, cache, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_study import REGION, TABLES, read

from tieline.appraisal.cache import DiskCache
from tieline.appraisal.running.store import Store
from tieline.errors import CaseError
from tieline.study import appraise

N = 14


@pytest.fixture
def large(tmp_path: Path) -> Path:
    home = tmp_path / "region"
    (home / "pooling").mkdir(parents=True)
    (home / "region.toml").write_text(REGION, encoding="utf-8")
    rows = [f"p{k:02d},P{k},项目{k},2020-05-01,{40 + 10 * k},1,20,CNY,2023,a:0.5;b:0.5,synthetic"
            for k in range(N)]
    offers = [f"o{k},{20 - k},p{k:02d}," for k in range(N)]
    tables = TABLES | {
        "projects.csv": "id,name,name_zh,opened,capex,opex_per_year,life_years,currency,"
                        "price_year,payers,status\n" + "\n".join(rows) + "\n",
        "pooling/offer.csv": "id,cost_per_piece_yr,project,unless_project\nmarket,25,,\n"
                             + "\n".join(offers) + "\n",
    }
    for name, text in tables.items():
        (home / name).write_text(text, encoding="utf-8")
    return home


def test_a_budget_estimates_what_is_too_many_to_count_and_the_rest_stays_exact(
    large: Path, tmp_path: Path
) -> None:
    data = read(large)
    plain = appraise(data)
    assert any("give a budget of cases" in n for n in plain.every_note())
    file = tmp_path / "values.sqlite"
    told = []
    for _ in range(2):
        with Store(file) as store, DiskCache(file) as cache:
            found = appraise(data, budget=500, store=store, cache=cache, solutions=("shapley",),
                             discount=("china",))
            told.append((len(store), found))
    (first, result), (second, again) = told
    assert first == second > 0
    by_kind = {(a.measure, a.kind): a for a in result.answers if a.subject == "pooling"}
    estimated = by_kind["money", "projects"]
    shares = estimated.shares[0]
    assert shares.status == "estimated"
    assert shares.unit == "CNY/yr"
    np.testing.assert_allclose(shares.shares.sum(), estimated.dividend, rtol=1e-3)
    same = next(a for a in again.answers if a.subject == "pooling" and a.measure == "money")
    np.testing.assert_array_equal(shares.shares, same.shares[0].shares)
    jurisdictions = next(a for a in result.answers if a.kind == "jurisdictions")
    assert jurisdictions.shares[0].status == "exact"
    programme = result.programmes["CNY"]
    assert not programme.counted
    assert programme.portfolios[-1].projects == (f"p{N - 1:02d}",)
    worth = [p.value for p in programme.portfolios]
    assert worth == sorted(worth)
    written = result.write(tmp_path / "out")
    assert {"solutions.csv", "portfolio.csv", "cost_benefit.csv", "report.html"} <= {
        p.name for p in written.iterdir()}


def test_a_budget_or_discount_that_is_none_is_refused(large: Path) -> None:
    data = read(large)
    with pytest.raises(CaseError, match="expected at least 1 case, found 0"):
        appraise(data, budget=0)
    with pytest.raises(CaseError, match="discount setting 'moon' is not known"):
        appraise(data, discount=("moon",))
    with pytest.raises(CaseError, match="solution 'fair' is not known"):
        appraise(data, solutions=("fair",))
