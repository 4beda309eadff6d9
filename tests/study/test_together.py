"""Folders of the same jurisdictions appraised as one: money added, prices kept apart."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tieline_pooling.engine import PoolingEngine
from tieline_pooling.network import PoolingNetwork

from tieline.errors import CaseError, InputError
from tieline.region.model import Jurisdiction, Project, Scenario
from tieline.region.read import RegionData
from tieline.region.region import Region, Value
from tieline.study.appraisal import appraise
from tieline.study.robust import robust, robust_record, write_robust
from tieline.study.together import appraise_together

IDS = ("a", "b", "c")
PLACES = tuple(Jurisdiction(i, i) for i in IDS)


def data(name: str, depots: tuple[str, ...], price: float, seed: int) -> RegionData:
    """A region with one pooling network, whose depots are its projects."""
    luck = np.random.default_rng(seed)
    network = PoolingNetwork(
        IDS, luck.integers(1, 9, (3, 2)).astype(float),
        ((10.0, "", ""), *((float(luck.integers(3, 9)), d, "") for d in depots)))
    region = Region(
        name, jurisdictions=PLACES, networks=(name,),
        projects=tuple(Project(d, d, capex=100.0, currency="CNY") for d in depots),
        values=(Value("cost", "", price, price / 2, price * 2, "CNY"),))
    folder: Any = SimpleNamespace(tables=SimpleNamespace(asked=()))
    return RegionData(region, folder, {name: network}, {name: PoolingEngine()})


ONE, OTHER = data("one", ("p", "z"), 1.0, 1), data("other", ("m", "q", "r"), 3.0, 2)


def test_money_of_folders_is_the_sum_of_each_at_its_own_prices() -> None:
    both = appraise_together([ONE, OTHER], detail=False)
    parts = [appraise(d, detail=False) for d in (ONE, OTHER)]
    split = both.money["CNY"].splits["jurisdictions"]
    for figure in ("dividend", "shapley", "falls", "side_payment"):
        for end in ("low", "typical", "high"):
            expected = sum(np.asarray(
                getattr(getattr(p.money["CNY"].splits["jurisdictions"], figure), end))
                for p in parts)
            if figure == "side_payment" and end != "typical":
                continue  # ends of a difference are not the sums of ends
            np.testing.assert_allclose(getattr(getattr(split, figure), end), expected)
    assert tuple(both.networks) == ("one", "other")
    assert both.networks["one"].worths.keys() == parts[0].networks["one"].worths.keys()


def test_a_portfolio_counts_each_project_by_its_own_worth() -> None:
    """In the order of ids the projects of the two folders mix."""
    programme = appraise_together([OTHER, ONE], detail=False).programmes["CNY"]
    alone = {p: float(appraise(d, detail=False).money["CNY"].splits["projects"].split.table[1 << k])
             for d in (ONE, OTHER) for k, p in enumerate(x.id for x in d.region.projects)}
    for found in programme.portfolios:
        if len(found.projects) == 1:
            assert found.value == pytest.approx(max(alone.values()))
            assert alone[found.projects[0]] == pytest.approx(max(alone.values()))
            break
    else:
        pytest.fail("no portfolio of one project")


def test_projects_too_many_for_one_table_are_shared_out_as_a_sum_of_games() -> None:
    many = [data(n, tuple(f"{n}{k}" for k in range(5)), 1.0, 3 + i)
            for i, n in enumerate("xyw")]
    both = appraise_together(many, detail=False)
    assert "projects" not in both.money["CNY"].splits
    found = next(a for a in both.answers if a.kind == "projects" and a.measure == "money")
    assert len(found.players) == 15
    shapley = next(s for s in found.shares if s.rule == "shapley")
    assert shapley.status == "exact"
    worth = both.money["CNY"].worth
    by_name = dict(zip(worth.projects, worth.shapley.typical, strict=True))
    np.testing.assert_allclose(shapley.shares, [by_name[p] for p in found.players])
    assert both.programmes["CNY"].portfolios[-1].projects


def test_where_costs_are_not_known_the_others_are_chosen_from() -> None:
    blank = replace(ONE, region=replace(ONE.region, projects=tuple(
        replace(p, capex=float("nan")) for p in ONE.region.projects)))
    programme = appraise_together([blank, OTHER], detail=False).programmes["CNY"]
    assert not programme.counted
    assert set(programme.portfolios[-1].problem.projects) == {"m", "q", "r"}
    assert "p, z" in programme.notes[0]


def test_folders_that_do_not_fit_are_refused_with_all_that_does_not() -> None:
    turned = replace(ONE, region=replace(ONE.region, jurisdictions=PLACES[::-1]))
    with pytest.raises(InputError) as caught:
        appraise_together([ONE, turned])
    said = str(caught.value)
    for part in ("expected jurisdictions a, b, c, found c, b, a", "networks of one name",
                 "projects of one name"):
        assert part in said
    chinese = caught.value.message("zh")
    for part in ("辖区应为", "同名网络", "同名项目"):
        assert part in chinese
    with pytest.raises(CaseError, match="'nothing' is not known"):
        appraise_together([ONE, OTHER], only=["nothing"])


def test_a_robust_portfolio_is_the_best_set_where_scenarios_agree() -> None:
    """By hand: every set of two depots of both networks, each network's own best taken together."""
    dry = [replace(d, region=replace(d.region, scenarios={
        "base": Scenario(), "dry": Scenario("dry")})) for d in (ONE, OTHER)]
    found = robust(dry, ("base", "dry"), funds=200.0)["CNY"]
    worth = {}
    for d in dry:
        split = appraise(d, detail=False).money["CNY"].splits["projects"].split
        worth |= {frozenset(p for k, p in enumerate(split.players) if m >> k & 1): split.table[m]
                  for m in range(len(split.table))}
    names = found.problem.projects
    assert set(names) == {"p", "z", "m", "q", "r"}
    own = [frozenset(p.id for p in d.region.projects) for d in dry]
    best = max(sum(worth[frozenset(pair) & o] for o in own) for pair in combinations(names, 2))
    np.testing.assert_allclose(found.values.max(axis=0), [best, best])
    assert found.regret[found.choice] == 0.0
    assert set(found.core_index) <= set(np.linspace(0, 1, len(found.sets) + 1))


def test_sets_over_scenarios_are_worth_what_they_are_at_every_end_of_the_prices() -> None:
    """The range of each set is that of all corners of the unit values, one appraisal for each."""
    def over(pick):
        made = []
        for d in (ONE, OTHER):
            values = tuple(replace(v, low=0.5 * v.typical, high=2.0 * v.typical)
                           for v in d.region.values)
            if pick is not None:
                values = tuple(replace(v, typical=x, low=x, high=x)
                               for v in values for x in (getattr(v, pick),))
            made.append(replace(d, region=replace(d.region, values=values, scenarios={
                "base": Scenario(), "dry": Scenario("dry")})))
        found = robust(made, ("base", "dry"), funds=200.0)["CNY"]
        return found, {tuple(row): k for k, row in enumerate(found.sets.tolist())}

    found, sets = over(None)
    for pick, ends in (("low", found.low), ("high", found.high)):
        other, places = over(pick)
        assert places.keys() == sets.keys()
        for row, k in sets.items():
            np.testing.assert_allclose(ends[k], other.values[places[row]])
    assert (found.low < found.high).any()
    frame = found.sets_frame()
    assert (frame["value_low"] <= frame["value"]).all()
    assert found.record()["sets"][0]["high"].keys() == {"base", "dry"}


def test_counties_of_a_province_share_as_one_where_the_folder_names_provinces() -> None:
    """With nothing named the Owen value takes the provinces, and the projects of each network."""
    def of(provinces: tuple[str, ...], **options: Any) -> dict[str, np.ndarray]:
        places = tuple(replace(j, province=p) for j, p in zip(PLACES, provinces, strict=True))
        region = replace(OTHER, region=replace(OTHER.region, jurisdictions=places))
        found = appraise(region, detail=False, solutions=("owen", "shapley"), **options)
        return {(a.kind, s.rule): s.shares for a in found.answers if a.measure == "money"
                for s in a.shares}

    named = of(("", "", ""), unions=[("a", "b")])
    held = of(("north", "north", "south"))
    np.testing.assert_allclose(held["jurisdictions", "owen"], named["jurisdictions", "owen"])
    assert np.abs(held["jurisdictions", "owen"] - held["jurisdictions", "shapley"]).max() > 0.01
    assert ("projects", "owen") in held
    apart = of(("x", "y", "z"))
    np.testing.assert_allclose(apart["jurisdictions", "owen"], apart["jurisdictions", "shapley"])
    with pytest.raises(CaseError, match="or give jurisdictions a province"):
        of(("", "", ""))
    with pytest.raises(CaseError, match="no jurisdiction has a province"):
        of(("", "", ""), unions=[("provinces",)])


def test_robust_portfolios_need_two_scenarios() -> None:
    with pytest.raises(CaseError, match="two or more scenarios"):
        robust([ONE, OTHER], ("base",))


def test_networks_that_share_projects_are_one_union() -> None:
    """Two networks of one folder whose assets belong to the same project, as buses and what they
    bring people to."""
    twin = data("twin", ("p", "y"), 2.0, 4)
    merged = RegionData(
        replace(ONE.region, networks=("one", "twin"), projects=(
            *ONE.region.projects, Project("y", "y", capex=100.0, currency="CNY"))),
        ONE.folder, {**ONE.networks, **twin.networks}, {**ONE.engines, **twin.engines})
    found = appraise_together([merged, OTHER], detail=False, unions=[["networks"]])
    game = next(a for a in found.answers if a.kind == "projects" and not a.subject)
    owen = next(s for s in game.shares if s.rule == "owen")
    named = appraise_together([merged, OTHER], detail=False,
                              unions=[["p", "z", "y"], ["m", "q", "r"]])
    same = next(a for a in named.answers if a.kind == "projects" and not a.subject)
    np.testing.assert_array_equal(
        owen.shares, next(s for s in same.shares if s.rule == "owen").shares)


def test_projects_of_different_networks_neither_need_nor_replace_each_other() -> None:
    found = appraise_together([ONE, OTHER], detail=False)
    game = next(a for a in found.answers if a.kind == "projects" and not a.subject)
    pairs = game.interactions.to_frame().set_index(["player", "other"])["meaning"]
    across = [m for (a, b), m in pairs.items() if (a in "pz") != (b in "pz")]
    assert across
    assert set(across) == {"independent"}


def test_robust_portfolios_are_written_as_tables_and_a_page(tmp_path) -> None:
    dry = [replace(d, region=replace(d.region, scenarios={
        "base": Scenario(), "dry": Scenario("dry")})) for d in (ONE, OTHER)]
    found = robust(dry, ("base", "dry"), funds=200.0)
    told = json.loads(json.dumps(robust_record(found)))["robust"]["CNY"]
    assert told["budget"] == 200.0
    assert {p["project"] for p in told["projects"]} == {"p", "z", "m", "q", "r"}
    assert min(s["regret"] for s in told["sets"]) == told["sets"][0]["regret"]
    folder = write_robust(tmp_path / "out", dry, found, lang="zh")
    sets = pd.read_csv(folder / "robust_sets.csv")
    first = sets[(sets["set"] == 1) & (sets.scenario == "dry") & sets.chosen]
    assert set(first.project) == set(told["sets"][0]["projects"])
    assert pd.read_parquet(folder / "robust_projects.parquet").core_index.between(0, 1).all()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "核心指数" in page
    assert "http" not in page.replace("http://www.w3.org", "")
