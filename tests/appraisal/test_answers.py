"""What is asked beyond Shapley shares, of networks small and large; projects as a programme."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tieline_pooling.engine import PoolingEngine
from tieline_pooling.network import PoolingNetwork

from tieline.appraisal.answers import SOLUTIONS, answer, answers_of, asked_solutions
from tieline.appraisal.cba.rates import discounting
from tieline.appraisal.frames import compensation_frame, flows_frame
from tieline.appraisal.games.game import Game
from tieline.appraisal.network import Means, Question, appraise_network
from tieline.appraisal.pricing import money_of
from tieline.appraisal.programme import programme_of
from tieline.appraisal.results import Appraisal
from tieline.appraisal.running.store import Store
from tieline.appraisal.solutions.solve import Solver
from tieline.errors import CaseError
from tieline.messages import translate
from tieline.region.model import Jurisdiction, Project
from tieline.region.protocol import additive
from tieline.region.region import Region, Value

IDS = ("a", "b", "c")
NETWORK = PoolingNetwork(
    IDS, np.array([[5.0, 1.0], [1.0, 4.0], [2.0, 3.0]]),
    ((10.0, "", ""), (7.0, "depot", ""), (6.0, "works", "")),
)
PRICES = (Value("cost", "", 2.0, 1.0, 4.0, "CNY"),)


def region(projects: tuple[Project, ...] = ()) -> Region:
    return Region(
        name="r", jurisdictions=tuple(Jurisdiction(j, j) for j in IDS), projects=projects,
        values=PRICES,
    )


def appraised(built: tuple[str, ...] = ("depot", "works")) -> Appraisal:
    network = appraise_network("pooling", PoolingEngine(), NETWORK, Question(IDS, frozenset(built)))
    networks = {"pooling": network}
    return Appraisal(region(), "base", networks, {"CNY": money_of("CNY", PRICES, networks)})


def test_every_game_is_answered_with_what_is_asked() -> None:
    found = answers_of(appraised(), ["all"])
    games = {(a.subject, a.measure, a.kind) for a in found}
    assert ("", "money", "jurisdictions") in games
    assert ("pooling", "pieces", "borders") in games
    money = next(a for a in found if (a.subject, a.kind) == ("", "jurisdictions"))
    assert {s.rule for s in money.shares} >= {"shapley", "nucleolus", "per_capita_nucleolus"}
    for shares in money.shares:
        if shares.rule != "banzhaf":
            assert shares.shares.sum() == pytest.approx(money.dividend)
    assert len(money.withdrawals) == 3
    assert money.interactions is not None
    assert set(money.shares_frame().columns) >= {"players", "rule", "share", "lo", "hi", "status"}
    assert len(money.leaving_frame()) == 9
    assert "nucleolus (certified)" in repr(money)


def test_a_solution_that_is_not_known_names_the_nearest() -> None:
    assert {*SOLUTIONS} - {*asked_solutions(["all"])} == {"owen"}
    assert {*asked_solutions(["all", "owen"], [["a", "b"]])} == {*SOLUTIONS}
    with pytest.raises(CaseError, match=r"'nucleous' is not known \(nearest: 'nucleolus'\)"):
        asked_solutions(["nucleous"])


def test_where_joining_destroys_value_the_groups_are_named_and_the_cover_is_offered() -> None:
    game = Game.from_table(("a", "b"), [0, 5, 4, 3], "h")
    found = answer(Solver(game), ("shapley", "nucleolus"), "jurisdictions", measure="hours")
    assert "not superadditive: a and b lose 6 [h] by joining" in found.notes
    assert ("not monotone: b makes a lose 2 [h]; if nobody need be used, all together are worth 5 "
            "[h]") in found.notes
    assert any("less than alone" in n for n in found.notes)
    assert all(translate(n) for n in found.notes)


@pytest.mark.parametrize(("kind", "players", "told"), [
    ("borders", ("a+b", "b+c"),
     "a\u2013b and b\u2013c are worth 6 [h] less, both open, than the sum of each by itself"),
    ("projects", ("p", "q"),
     "p and q are worth 6 [h] less, both built, than the sum of each by itself"),
])
def test_groups_of_borders_and_projects_are_told_as_what_they_are(kind, players, told) -> None:
    found = answer(Solver(Game.from_table(players, [0, 5, 4, 3], "h")), ("shapley",), kind)
    assert f"not superadditive: {told}" in found.notes
    assert all(translate(n) for n in found.notes)
    table = [0, 1, 1, 3, 1, 2, 2, 0]
    three = answer(Solver(Game.from_table((*players, "c+d"), table, "h")), ("shapley",), kind)
    group = "a\u2013b + b\u2013c" if kind == "borders" else "p + q"
    told = [n for n in three.notes if f"superadditive: {group} and c" in n]
    assert told
    assert "worth 4 [h] less" in told[0]


def many(n: int = 14) -> tuple[PoolingNetwork, Question]:
    """Fourteen options, each cheaper than the last: more projects than are all counted."""
    options = tuple((20.0 - k, f"p{k:02d}", "") for k in range(n))
    network = PoolingNetwork(IDS, NETWORK.needs, ((25.0, "", ""), *options))
    return network, Question(IDS, frozenset(o[1] for o in options), players=("projects",))


def test_too_many_projects_are_estimated_with_a_budget_and_only_then(tmp_path) -> None:
    network, question = many()
    plain = appraise_network("pooling", PoolingEngine(), network, question)
    assert not plain.sampled
    assert any("give a budget of cases" in n for n in plain.notes)
    with Store(tmp_path / "v.sqlite") as store:
        asked = replace(question, budget=600)
        found = appraise_network("pooling", PoolingEngine(), network, asked, Means(store=store))
        kept = len(store)
        again = appraise_network("pooling", PoolingEngine(), network, asked, Means(store=store))
        assert len(store) == kept
    sampled = found.sampled["projects"]
    assert len(sampled.known) <= 601
    weights = np.zeros((3, len(additive(found.measures))))
    weights[:, [m.name for m in additive(found.measures)].index("cost")] = 1.0
    shares = sampled.shapley(weights, "money")
    np.testing.assert_array_equal(
        shares.shares, again.sampled["projects"].shapley(weights, "money").shares
    )
    truth = exact_shares(network, question)
    assert np.linalg.norm(shares.shares - truth) < 0.1 * np.linalg.norm(truth)
    assert np.mean((shares.lo <= truth) & (truth <= shares.hi)) > 0.7


@pytest.mark.parametrize(("width", "reached"), [(0.5, True), (0.05, True), (1e-9, False)])
def test_an_estimate_stops_when_the_intervals_are_as_narrow_as_asked(width, reached) -> None:
    network, question = many()
    asked = replace(question, budget=2000, width=width)
    found = appraise_network("pooling", PoolingEngine(), network, asked)
    sampled = found.sampled["projects"]
    assert sampled.reached is reached
    assert (sampled.budget < 2000) is reached
    assert len(sampled.known) <= sampled.budget + 1
    assert ("the budget ran out before the intervals were as narrow as asked"
            in found.notes) is not reached
    for k, m in enumerate(additive(found.measures)):
        weights = np.zeros((3, len(additive(found.measures))))
        weights[:, k] = 1.0
        shares = sampled.shapley(weights, m.unit)
        assert not any("could not be valued" in n for n in shares.notes)  # all it asks is known
        most = width * np.abs(shares.shares).sum()
        assert ((shares.hi - shares.lo).max() <= most) is np.True_ or not reached
    assert np.isfinite(sampled.solver(weights, "").interactions("STII").se).all()


def exact_shares(network: PoolingNetwork, question: Question) -> np.ndarray:
    """Worth of the cheapest option built, by hand: an airport game turned round."""
    pieces = float(network.needs.sum(axis=0).max())
    saving = np.array([5.0 + k for k in range(14)]) * pieces
    shares = np.zeros(14)
    steps = np.diff(np.concatenate([[0.0], saving]))
    for k, step in enumerate(steps):
        shares[k:] += step / (14 - k)
    return shares


def test_projects_with_costs_are_appraised_and_chosen_by_budget() -> None:
    built = tuple(
        Project(p, p, capex=c, life_years=20, currency="CNY", payers={"a": 0.5, "b": 0.5},
                status="synthetic") for p, c in (("depot", 40.0), ("works", 90.0))
    )
    money = appraised().money["CNY"]
    found = programme_of(money, built, [discounting("china")], 2020)
    by_name = {a.project: a for a in found.appraisals}
    works = by_name["works"]
    yearly = float(money.worth.toot_total.typical[1])
    assert works.known
    assert works.result.pvb.typical == pytest.approx(yearly * (1 - 1.08**-20) / 0.08)
    assert works.result.enpv.low < works.result.enpv.typical < works.result.enpv.high
    assert works.compensation.after.min() >= -1e-9
    assert not found.counted
    assert [p.projects for p in found.portfolios][-1] == ("works",)
    assert set(found.cost_benefit_frame()["project"]) == {"depot", "works"}
    flows = flows_frame(found).query("project == 'works'")
    sign = np.where(flows["side"] == "benefit", 1.0, -1.0)
    worth = (flows["amount"] * sign * 1.08 ** (2020.0 - flows["year"])).sum()
    assert worth == pytest.approx(works.result.enpv.typical)
    paid = compensation_frame(found).groupby("project")[["pays", "receives"]].sum()
    np.testing.assert_allclose(paid["pays"], paid["receives"])
    slow = replace(built[1], spending={2030: 0.25, 2032: 0.75})
    late = programme_of(money, (built[0], slow), [discounting("china")], 2020).appraisals[1].result
    assert late.pvc.typical == pytest.approx(90.0 * (0.25 + 0.75 * 1.08**-2))
    assert late.pvb.typical == pytest.approx(works.result.pvb.typical * 1.08**-2)
    unknown = programme_of(money, (), [discounting(0.05)], 2020)
    assert len(compensation_frame(unknown)) == 0
    assert unknown.counted
    assert not unknown.appraisals[0].known
    assert "the budget is a number of projects" in unknown.notes[0]
    tornado = unknown.tornado_frame()
    assert set(tornado["project"]) == {"works"}  # the depot gains nothing: nothing moves it
    assert set(tornado["driver"]) == {"value of cost", "demand"}
