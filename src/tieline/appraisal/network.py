"""One network appraised: plan every case, evaluate them in one batch, share out what is gained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.game import EVERY_CASE, Game, Play, Setting, play
from tieline.appraisal.games.valuer import Running
from tieline.appraisal.large import CaseValue, sample
from tieline.appraisal.results import NetworkAppraisal, state_label
from tieline.appraisal.run import evaluate_cases, failed, warmed
from tieline.appraisal.shares import (
    core_is_empty,
    core_test,
    nucleolus,
    shapley,
    shapley_gap,
    superadditivity,
)
from tieline.appraisal.splits import Split, Worth
from tieline.appraisal.worth import Gains, gains_of_projects, worth_cases
from tieline.errors import EngineError
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from tieline.appraisal.cache import Cache
    from tieline.appraisal.game import Links
    from tieline.appraisal.running.chunks import Failure
    from tieline.appraisal.running.store import Store
    from tieline.appraisal.splits import PlayersKind
    from tieline.region.model import Case, FloatArray, Measure, Outcome, Pair
    from tieline.region.protocol import Engine
    from tieline.region.tables import Table

MAX_PAIRS_EVERY_STATE = 4
"""Up to here every set of open pairs is a state of its own (16); above, only single pairs."""

NOT_NARROW = "the budget ran out before the intervals were as narrow as asked"

SHOWN = 5
"""Failed cases that notes name; all stand in `NetworkAppraisal.failures`."""


@dataclass(frozen=True)
class Question:
    """What is asked of every network: who plays, in which scenario, on which reference.

    `allowed` holds the links that may be open at most: then "together" is as open as that.
    """

    jurisdictions: tuple[str, ...]
    reference: frozenset[str]
    players: tuple[PlayersKind, ...] = ("jurisdictions", "borders", "projects")
    scenario: str = "base"
    detail: bool = True
    allowed: Links | None = None
    budget: int | None = None
    """Cases for each kind of more than 12 players; None: they do not play."""
    width: float | None = None
    """With a budget: stop when intervals are at most this part of what all gain."""
    currency: str = ""
    """The region's, in which measures of money are; "" if it has none."""


@dataclass(frozen=True)
class Means:
    """How cases are run: none of it changes a result."""

    progress: Callable[[int, int], None] | None = None
    executor: Executor | int | None = None
    cache: Cache | None = None
    store: Store | None = None


def appraise_network(
    name: str, engine: Engine[Any], network: Any, question: Question, means: Means | None = None
) -> NetworkAppraisal:
    """What the network does apart and together, who gains, what its projects are worth."""
    setting = setting_of(engine, network, question)
    relevant = network.relevant
    planned = tuple(sorted(relevant.projects - setting.reference))
    states = states_of(setting)
    kinds, large, notes = _kinds(setting, question)
    worthy = "projects" in question.players and bool(setting.candidates or planned)
    cases: list[Case] = list(states.values())
    for kind in kinds:
        cases += setting.cases(kind)
    if worthy:
        cases += worth_cases(setting, planned)
    outcomes, tables, failures = _evaluate(
        engine, network, cases, question, means or Means(), states)
    broken = tuple(k for k in kinds if any(c in failures for c in setting.cases(k)))
    kinds = [k for k in kinds if k not in broken]
    states = {label: case for label, case in states.items() if case in outcomes}
    left_out = _left_out(setting, planned, failures) if worthy else frozenset()
    notes += _told(engine, setting, failures, broken, left_out)
    every = tuple(_in_currency(m, question.currency) for m in engine.measures)
    measures = additive(every)
    signs = np.array([m.sign for m in measures])
    plays = {kind: play(setting, kind, outcomes, signs) for kind in kinds}
    running = means or Means()
    sampled = {
        kind: sample(CaseValue.of(engine, network, setting, kind, signs), question.budget,
                     Running(running.executor, running.store, running.progress),
                     width=question.width)
        for kind in large
    }
    notes += [NOT_NARROW for s in sampled.values() if not s.reached]
    gains = gains_of_projects(
        setting, planned, outcomes, signs, without=left_out) if worthy else None
    return NetworkAppraisal(
        network=name, engine=engine.name, version=engine.version, digest=network.digest,
        scenario=question.scenario, measures=every,
        jurisdictions=question.jurisdictions, pairs=setting.pairs, reference=setting.reference,
        states=states, outcomes={label: outcomes[case] for label, case in states.items()},
        splits=_splits(name, measures, plays),
        worths=_worths(name, measures, question.jurisdictions, gains, plays.get("projects")),
        plays=plays, detail=tables, statuses=dict(getattr(network, "statuses", {})),
        n_evaluated=len({relevant.restrict(c) for c in cases}), notes=tuple(notes),
        sampled=sampled, broken=broken,
        failures={case.key(): str(f) for case, f in failures.items()},
        silent=frozenset(getattr(network, "silent", ())),
    )


def _in_currency(measure: Measure, currency: str) -> Measure:
    """The measure with its unit in the region's currency, if it is one of money."""
    code, sign, rest = measure.unit.partition("/")
    if code != "currency" or not currency:
        return measure
    return replace(measure, unit=f"{currency}{sign}{rest}")


def states_of(setting: Setting) -> dict[str, Case]:
    """The states by label: apart, single pairs, further sets if there are few, together."""
    pairs = setting.pairs
    many = len(pairs) > MAX_PAIRS_EVERY_STATE
    sizes: Sequence[int] = (0, 1, len(pairs)) if many else range(len(pairs) + 1)
    return {
        state_label(chosen, pairs): setting.case(chosen)
        for size in sorted({s for s in sizes if s <= len(pairs)})
        for chosen in combinations(pairs, size)
    } | {"together": setting.case(pairs)}


def split_of(name: str, measure: Measure, played: Play, weights: FloatArray) -> Split:
    """The game of a play under weights (n_jurisdictions, n_measures), and its shares."""
    return split_of_game(
        Game(played.players, played.table(weights), measure.unit), played.kind, measure,
        network=name, gap=played.gap(weights), outsiders=played.outside(weights),
        falls=played.falls(weights) if played.direct else None,
        falls_gap=played.falls_gap(weights) if played.direct else None,
    )


def split_of_game(  # noqa: PLR0913 - the parts of one record, by keyword
    game: Game, kind: PlayersKind, measure: Measure, *, network: str, gap: FloatArray,
    outsiders: FloatArray, falls: FloatArray | None, falls_gap: FloatArray | None = None,
) -> Split:
    """Every share and test of a game, as a record."""
    fair = shapley(game.table)
    middle, note = nucleolus(game.table)
    empty, epsilon = core_is_empty(game)
    return Split(
        network=network, kind=kind, measure=measure, unit=game.unit, players=game.players,
        table=game.table, gap=gap, dividend=game.dividend, falls=falls, outsiders=outsiders,
        shapley=fair, nucleolus=middle, nucleolus_note=note,
        shapley_core=core_test(game, fair), least_core=epsilon, core_empty=empty,
        superadditive=superadditivity(game), shapley_gap=shapley_gap(gap), falls_gap=falls_gap,
    )


def setting_of(engine: Engine[Any], network: Any, question: Question) -> Setting:
    """What the players of a network play in."""
    relevant = network.relevant
    felt = relevant.open if question.allowed is None else relevant.open & question.allowed
    pairs: set[Pair] = {(a, b) for _, a, b in felt}
    candidates = tuple(sorted(relevant.projects & question.reference))
    return Setting(
        jurisdictions=question.jurisdictions,
        topics=tuple(dict.fromkeys((*engine.topics, *sorted({t for t, _, _ in relevant.open})))),
        pairs=tuple(sorted(pairs)), candidates=candidates,
        always=question.reference - set(candidates), scenario=question.scenario,
        allowed=question.allowed,
    )


def _kinds(
    setting: Setting, question: Question
) -> tuple[list[PlayersKind], list[PlayersKind], list[str]]:
    """Kinds whose coalitions are all counted, kinds that are sampled, and why some do not play."""
    kinds: list[PlayersKind] = []
    large: list[PlayersKind] = []
    notes = []
    for kind in question.players:
        n = len(setting.players(kind))
        if n > EVERY_CASE and question.budget is None:
            notes.append(f"{n} {kind} do not play: the exact form takes at most {EVERY_CASE}; "
                         "give a budget of cases to estimate their shares")
        elif n > EVERY_CASE:
            large.append(kind)
        elif n:
            kinds.append(kind)
    return kinds, large, notes


def _evaluate(
    engine: Engine[Any], network: Any, cases: Sequence[Case], question: Question, means: Means,
    states: Mapping[str, Case],
) -> tuple[dict[Case, Outcome], dict[str, Mapping[str, Table]], dict[Case, Failure]]:
    """Outcomes, tables, and what failed; EngineError if that is apart or together."""
    if means.executor is None or means.executor == 1:
        engine = warmed(engine, network)  # what cases have in common, tables below need again
    failures: dict[Case, Failure] = {}
    outcomes = evaluate_cases(
        engine, network, cases, progress=means.progress, cache=means.cache,
        executor=means.executor, failures=failures,
    )
    for label in ("apart", "together"):
        if states[label] in failures:
            raise EngineError(failed(engine, states[label], failures[states[label]]))
    if not question.detail:
        return outcomes, {}, failures
    shown = {label: states[label] for label in ("apart", "together")}
    full = evaluate_cases(engine, network, shown.values(), detail=True)
    return outcomes, {label: full[case].tables for label, case in shown.items()}, failures


def _left_out(
    setting: Setting, planned: Sequence[str], failures: Mapping[Case, Failure]
) -> frozenset[str]:
    """Projects whose worth needs a case that failed."""
    def gone(built: frozenset[str]) -> bool:
        return setting.together(built) in failures

    always, reference = setting.always, setting.reference
    if gone(always):
        return frozenset((*setting.candidates, *planned))
    return frozenset(
        [p for p in setting.candidates if gone(always | {p}) or gone(reference - {p})]
        + [p for p in planned if gone(reference | {p})])


def _told(
    engine: Engine[Any], setting: Setting, failures: Mapping[Case, Failure],
    broken: Sequence[PlayersKind], left_out: frozenset[str],
) -> list[str]:
    """What failed, and what cannot be said for it."""
    notes = [f"a case could not be evaluated: {failed(engine, case, failure)}"
             for case, failure in list(failures.items())[:SHOWN]]
    if len(failures) > SHOWN:
        notes.append(f"{len(failures)} cases could not be evaluated; {SHOWN} are shown")
    for kind in broken:
        cases = setting.cases(kind)
        n = sum(c in failures for c in cases)
        notes.append(f"{kind} do not play: {n} of their {len(cases)} cases could not be evaluated")
    return notes + [f"the worth of '{p}' is not known: a case it needs could not be evaluated"
                    for p in sorted(left_out)]


def _splits(
    name: str, measures: Sequence[Measure], plays: Mapping[PlayersKind, Play]
) -> dict[tuple[PlayersKind, str], Split]:
    return {
        (kind, m.name): split_of(name, m, played, _weights(played, k))
        for kind, played in plays.items()
        for k, m in enumerate(measures)
        if m.sign
    }


def _weights(played: Play, measure: int) -> FloatArray:
    weights = np.zeros(played.gains.shape[1:])
    weights[:, measure] = 1.0
    return weights


def _worths(
    name: str, measures: Sequence[Measure], jurisdictions: tuple[str, ...], gains: Gains | None,
    played: Play | None,
) -> dict[str, Worth]:
    if gains is None:
        return {}
    return {
        m.name: Worth(
            network=name, measure=m, unit=m.unit, jurisdictions=jurisdictions,
            projects=gains.projects, pint=gains.pint[:, :, k], toot=gains.toot[:, :, k],
            shapley=None if played is None else shapley(played.table(_weights(played, k))),
            of_all=gains.of_all[:, k], planned=gains.planned, planned_gain=gains.added[:, :, k],
            pint_gap_by=gains.pint_gap[:, :, k], toot_gap_by=gains.toot_gap[:, :, k],
            planned_gap_by=gains.added_gap[:, :, k],
        )
        for k, m in enumerate(measures)
        if m.sign
    }
