"""An appraised network: coalitions as the design defines them, projects, states, records."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tieline_pooling.engine import PoolingEngine
from tieline_pooling.network import TOPIC, PoolingNetwork

from tieline.appraisal.cache import DiskCache
from tieline.appraisal.network import Means, Question, appraise_network
from tieline.appraisal.results import NetworkAppraisal
from tieline.appraisal.run import evaluate_cases
from tieline.errors import CaseError, EngineError
from tieline.messages import message
from tieline.region.model import Case, Measure, Outcome, Relevant, pairs_of

GAMES = json.loads((Path(__file__).parent / "oracles" / "games.json").read_text())
IDS = ("a", "b", "c")
NETWORK = PoolingNetwork(
    IDS, np.array([[5.0, 1.0], [1.0, 4.0], [2.0, 3.0]]),
    ((10.0, "", ""), (7.0, "depot", ""), (6.0, "works", "")),
)
QUESTION = Question(IDS, frozenset({"depot", "works", "elsewhere"}))


def appraised(network: Any = NETWORK, question: Question = QUESTION) -> NetworkAppraisal:
    return appraise_network("pooling", PoolingEngine(), network, question)


class Counting(PoolingEngine):
    """Counts the cases it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Case] = []

    def evaluate(
        self, network: Any, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        for case in cases:
            self.asked.append(case)
            yield from super().evaluate(network, [case])


def airport() -> PoolingNetwork:
    """Each needs its cost at a time of its own, so a pool pays for its greatest."""
    costs = GAMES["airport4"]["costs"]
    return PoolingNetwork(("p1", "p2", "p3", "p4"), np.diag(costs).astype(float), ((1.0, "", ""),))


def test_airport_shares_come_out_of_cases() -> None:
    result = appraised(airport(), Question(("p1", "p2", "p3", "p4"), frozenset()))
    split = result.splits["jurisdictions", "pieces"]
    alone = np.array(GAMES["airport4"]["costs"], float)
    np.testing.assert_allclose(alone - split.shapley, GAMES["airport4"]["shapley"])
    assert split.dividend == alone.sum() - alone.max()
    assert split.in_core
    np.testing.assert_allclose(alone - split.nucleolus, [3.25, 3.25, 3.25, 8.25])
    assert split.nucleolus_note == ""


def test_worth_of_a_coalition_counts_only_its_members() -> None:
    """v(S) written out from the definition, coalition by coalition."""
    result = appraised()
    split = result.splits["jurisdictions", "cost"]
    engine = PoolingEngine()
    built = QUESTION.reference
    apart = next(engine.evaluate(NETWORK, [Case(frozenset(), built)])).values[:, 1]
    for mask in range(8):
        members = [k for k in range(3) if mask >> k & 1]
        links = frozenset((TOPIC, a, b) for a, b in pairs_of(IDS[k] for k in members))
        outcome = next(engine.evaluate(NETWORK, [Case(links, built)])).values[:, 1]
        assert split.table[mask] == pytest.approx(sum(apart[k] - outcome[k] for k in members))
        others = [k for k in range(3) if k not in members]
        assert split.outsiders[mask] == pytest.approx(sum(apart[k] - outcome[k] for k in others))


def test_what_falls_and_side_payments_make_the_shares() -> None:
    split = appraised().splits["jurisdictions", "cost"]
    assert split.falls is not None
    assert split.side_payment is not None
    assert split.falls.sum() == pytest.approx(split.dividend)
    assert split.side_payment.sum() == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(split.falls + split.side_payment, split.shapley)


def test_borders_play_with_everybody_counted() -> None:
    split = appraised().splits["borders", "pieces"]
    assert split.players == ("a+b", "a+c", "b+c")
    assert split.falls is None
    assert split.side_payment is None
    assert split.dividend == appraised().splits["jurisdictions", "pieces"].dividend
    assert not split.outsiders.any()


def test_put_in_and_take_out_are_measured_together() -> None:
    """Pool of 8 pieces: alone the depot saves 3 each, the works 4, both 4."""
    worth = appraised().worths["cost"]
    pieces = appraised().total("together", "pieces")
    assert worth.projects == ("depot", "works")
    np.testing.assert_allclose(worth.pint_total, [3 * pieces, 4 * pieces])
    np.testing.assert_allclose(worth.toot_total, [0.0, 1 * pieces])
    assert worth.of_all.sum() == pytest.approx(4 * pieces)
    np.testing.assert_allclose(worth.shapley, [1.5 * pieces, 2.5 * pieces])


def test_a_project_not_yet_open_is_added_to_the_reference_and_plays_no_part() -> None:
    result = appraised(question=Question(IDS, frozenset({"depot"})))
    worth = result.worths["cost"]
    assert (worth.projects, worth.planned) == (("depot",), ("works",))
    pieces = result.total("together", "pieces")
    assert worth.planned_gain.sum() == pytest.approx(1 * pieces)
    assert result.splits["projects", "cost"].players == ("depot",)


@dataclass(frozen=True)
class Constructed:
    """A network that is a given table of projects (first measure, more is better)."""

    digest: str = "constructed"
    relevant: Relevant = field(
        default_factory=lambda: Relevant(frozenset(), frozenset({"p0", "p1", "p2"}))
    )


class ConstructedEngine:
    name, version, topics = "constructed", "1", ("t",)
    measures = (Measure("gain", "1", "more"),)

    def read(self, folder: Any, issues: Any) -> None:
        return None

    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        table = GAMES["constructed_projects"]["v_by_bitmask"]
        for case in cases:
            value = np.array([[table[sum(1 << int(p[1]) for p in case.built)]]])
            yield Outcome(value, np.zeros((1, 1)))


def test_constructed_pint_and_toot_are_reproduced() -> None:
    oracle = GAMES["constructed_projects"]
    question = Question(("x",), frozenset({"p0", "p1", "p2"}))
    worth = appraise_network("c", ConstructedEngine(), Constructed(), question).worths["gain"]
    np.testing.assert_allclose(worth.pint_total, oracle["pint"])
    np.testing.assert_allclose(worth.toot_total, oracle["toot"])
    np.testing.assert_allclose(worth.shapley, oracle["shapley"])


def test_states_are_every_set_of_pairs_while_they_are_few() -> None:
    assert list(appraised().states) == [
        "apart", "a+b", "a+c", "b+c", "a+b, a+c", "a+b, b+c", "a+c, b+c", "together",
    ]


def test_states_of_many_pairs_are_apart_single_pairs_and_together() -> None:
    ids = ("a", "b", "c", "d")
    network = PoolingNetwork(ids, np.eye(4), ((1.0, "", ""),))
    result = appraised(network, Question(ids, frozenset()))
    assert len(result.states) == 1 + 6 + 1
    assert list(result.states)[-1] == "together"


def test_too_many_borders_do_not_play_and_it_is_said() -> None:
    ids = tuple("abcdef")
    network = PoolingNetwork(ids, np.eye(6), ((1.0, "", ""),))
    result = appraised(network, Question(ids, frozenset()))
    assert ("borders", "pieces") not in result.splits
    assert any("15 borders do not play" in note for note in result.notes)


def test_one_jurisdiction_alone_gains_nothing_and_breaks_nothing() -> None:
    network = PoolingNetwork(("a",), np.ones((1, 1)), ((1.0, "", ""),))
    result = appraised(network, Question(("a",), frozenset()))
    assert result.splits["jurisdictions", "pieces"].dividend == 0.0
    assert repr(result)


def test_ratios_are_derived_from_sums_and_never_played() -> None:
    result = appraised()
    assert ("jurisdictions", "pieces_per_peak") not in result.splits
    assert ("jurisdictions", "peak") not in result.splits
    expected = result.total("together", "pieces") / result.total("together", "peak")
    assert result.total("together", "pieces_per_peak") == expected
    with pytest.raises(CaseError, match="measure 'nope' is not one of"):
        result.value("apart", "nope")
    with pytest.raises(CaseError, match="state 'nope' is not one of"):
        result.value("nope", "cost")


def test_cases_that_a_network_cannot_tell_apart_are_evaluated_once() -> None:
    engine = Counting()
    cases = [
        Case(built=frozenset({"depot"})), Case(built=frozenset({"depot", "elsewhere"})),
        Case(frozenset({("other", "a", "b")}), frozenset({"depot"})),
        Case(built=frozenset({"depot"}), scenario="winter"),
    ]
    found = evaluate_cases(engine, NETWORK, cases)
    assert len(engine.asked) == 1
    assert set(found) == set(cases)


def bits(result: NetworkAppraisal) -> list[bytes]:
    parts = [o.values.tobytes() for o in result.outcomes.values()]
    parts += [s.table.tobytes() + s.shapley.tobytes() for s in result.splits.values()]
    return parts + [w.pint.tobytes() + w.toot.tobytes() for w in result.worths.values()]


SPAWNED = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, SPAWNED], ids=["threads", "processes"])
def test_workers_change_nothing(pool: Any) -> None:
    with pool(2) as executor:
        found = appraise_network(
            "pooling", PoolingEngine(), NETWORK, QUESTION, Means(executor=executor)
        )
    assert bits(found) == bits(appraised())


def test_a_cache_changes_nothing_and_saves_every_case(tmp_path: Path) -> None:
    engine = Counting()
    question = Question(IDS, QUESTION.reference, detail=False)
    with DiskCache(tmp_path / "cache.sqlite") as cache:
        first = appraise_network("pooling", engine, NETWORK, question, Means(cache=cache))
        asked = len(engine.asked)
        again = appraise_network("pooling", engine, NETWORK, question, Means(cache=cache))
    assert asked == first.n_evaluated
    assert len(engine.asked) == asked
    assert bits(first) == bits(again) == bits(appraised())


def test_an_interrupted_run_resumes_from_the_cache(tmp_path: Path) -> None:
    class Stops(Counting):
        def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
            for k, outcome in enumerate(super().evaluate(network, cases)):
                if k == 3:
                    raise KeyboardInterrupt
                yield outcome

    question = Question(IDS, QUESTION.reference, detail=False)
    with DiskCache(tmp_path / "cache.sqlite") as cache:
        with pytest.raises(KeyboardInterrupt):
            appraise_network("pooling", Stops(), NETWORK, question, Means(cache=cache))
        engine = Counting()
        result = appraise_network("pooling", engine, NETWORK, question, Means(cache=cache))
    assert len(engine.asked) == result.n_evaluated - 3


def test_progress_counts_distinct_cases_to_the_end() -> None:
    seen: list[tuple[int, int]] = []
    result = appraise_network(
        "pooling", PoolingEngine(), NETWORK, QUESTION,
        Means(progress=lambda done, total: seen.append((done, total))),
    )
    assert [d for d, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1] == (result.n_evaluated, result.n_evaluated)


class Short(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        yield from list(super().evaluate(network, cases))[1:]


class Thin(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for o in super().evaluate(network, cases):
            yield Outcome(o.values[:, :1], o.gap[:, :1])


class Hollow(PoolingEngine):
    def evaluate(self, network: Any, cases: Any, *, detail: bool = False) -> Iterator[Outcome]:
        for o in super().evaluate(network, cases):
            yield Outcome(o.values * np.nan, o.gap)


@pytest.mark.parametrize(
    ("engine", "said"),
    [(Short, "yielded 0 outcomes"), (Thin, "values have shape"), (Hollow, "hold NaN")],
)
def test_outcomes_that_cannot_be_used_are_refused(engine: Any, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        evaluate_cases(engine(), NETWORK, [Case()])


def test_records_read_well_and_go_through_pickle() -> None:
    result = appraised()
    text = repr(result.splits["jurisdictions", "cost"])
    assert "gain in cost [thousand yuan/yr]" in text
    assert "side payment" in text
    assert "<table>" in result.splits["jurisdictions", "cost"]._repr_html_()
    assert "PINT" in repr(result.worths["cost"])
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301 - made here
    assert repr(copy) == repr(result)


def test_frames_hold_what_the_records_hold() -> None:
    result = appraised()
    frame = result.to_frame()
    row = frame.query("state == 'together' and measure == 'cost' and jurisdiction == ''")
    assert row["value"].item() == result.total("together", "cost")
    split = result.splits["jurisdictions", "cost"]
    np.testing.assert_array_equal(split.to_frame()["shapley"], split.shapley)
    np.testing.assert_array_equal(split.coalitions_frame()["value"], split.table)
    worth = result.worths["cost"].to_frame()
    whole = worth.query("jurisdiction == '' and project == 'works'")
    assert whole["pint"].item() == result.worths["cost"].pint_total[1]


@dataclass
class Failing(PoolingEngine):
    """Raises in the cases in which exactly these pairs are open, with all projects."""

    pairs: frozenset[tuple[str, str]] = frozenset({("a", "b")})
    without: str = ""
    asked: int = 0

    def evaluate(
        self, network: Any, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        for case in cases:
            self.asked += 1
            pairs = {(a, b) for _, a, b in case.open}
            if pairs == self.pairs and self.without not in case.built:
                msg = "did not settle"
                raise ArithmeticError(msg)
            yield from super().evaluate(network, [case])


@pytest.mark.parametrize("executor", [None, 2])
def test_a_case_that_raises_is_shown_and_the_rest_is_said(executor: int | None) -> None:
    whole = appraised()
    result = appraise_network(
        "pooling", Failing(), NETWORK, QUESTION, Means(executor=executor))
    assert list(result.failures.values()) == ["ArithmeticError: did not settle"]
    assert set(result.broken) == {"jurisdictions", "borders"}
    assert ("projects", "cost") in result.splits
    assert "a+b" not in result.states
    for label, outcome in result.outcomes.items():
        np.testing.assert_array_equal(outcome.values, whole.outcomes[label].values)
    np.testing.assert_array_equal(result.worths["cost"].toot, whole.worths["cost"].toot)
    assert any("1 of their 8 cases" in n for n in result.notes)
    for note in result.notes:
        assert re.search(r"[\u4e00-\u9fff]", message(note, "zh")), note


def test_a_project_whose_case_fails_has_no_worth_and_the_others_have() -> None:
    whole = appraised()
    engine = Failing(pairs=frozenset(pairs_of(IDS)), without="depot")
    result = appraise_network("pooling", engine, NETWORK, QUESTION)
    assert result.broken == ("projects",)
    assert result.worths == {}  # nobody's: the case without any project failed too
    np.testing.assert_array_equal(
        result.splits["jurisdictions", "cost"].shapley,
        whole.splits["jurisdictions", "cost"].shapley)


def test_without_apart_or_together_nothing_is_said() -> None:
    engine = Failing(pairs=frozenset(pairs_of(IDS)))
    with pytest.raises(EngineError, match="did not settle"):
        appraise_network("pooling", engine, NETWORK, QUESTION)


def test_what_failed_is_kept_and_tried_again_only_if_asked(tmp_path: Path) -> None:
    first, second, third = Failing(), Failing(), Failing()
    for engine, retry in ((first, False), (second, False), (third, True)):
        with DiskCache(tmp_path / "c.sqlite", retry=retry) as cache:
            question = replace(QUESTION, detail=False)
            result = appraise_network("pooling", engine, NETWORK, question, Means(cache=cache))
        assert len(result.failures) == 1
    assert second.asked == 0
    assert third.asked == 2  # in the batch, and by itself
