"""The whole line on one page: read a region, appraise its networks, make money, write it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal import results
from tieline.appraisal.answers import (
    Terms,
    answers_of,
    asked_index,
    asked_solutions,
    priced_samples,
    priced_sums,
)
from tieline.appraisal.cba.rates import Discounting, discounting
from tieline.appraisal.frames import frames_of
from tieline.appraisal.network import Means, Question, appraise_network
from tieline.appraisal.portfolio.funding import funds_asked
from tieline.appraisal.pricing import money_of, price_key, priced_networks, set_parts
from tieline.appraisal.programme import Sets, programme_of
from tieline.appraisal.spans import with_spans
from tieline.errors import CaseError
from tieline.region.protocol import additive
from tieline.study.reading import counted, read, refuse_unknown
from tieline.study.sets import TOO_MANY, SetCases
from tieline.study.unions import asked_unions, players_of

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from datetime import date

    import pandas as pd

    from tieline.appraisal.answers import Answer, Unions
    from tieline.appraisal.cache import Cache
    from tieline.appraisal.money import Money
    from tieline.appraisal.programme import Programme
    from tieline.appraisal.results import NetworkAppraisal
    from tieline.appraisal.running.store import Store
    from tieline.appraisal.splits import PlayersKind
    from tieline.ledger.coverage import Coverage
    from tieline.region.read import RegionData
    from tieline.region.region import Budget, Value

IN_MONEY = ("shapley", "nucleolus", "core", "interactions", "leaving")
"""Solutions every game in money is given."""

DISCOUNT: tuple[str | float, ...] = ("china", "china-water")
"""How costs and benefits are discounted unless something else is asked for."""

ALL_PLAYERS: tuple[PlayersKind, ...] = ("jurisdictions", "borders", "projects")


@dataclass(frozen=True, repr=False)
class Appraisal(results.Appraisal):
    """An appraisal that can be written to a folder.

    `watched`: patrols and samplings of a ledger beside it, see `tieline.study.watching`.
    """

    watched: tuple[Coverage, ...] = ()

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table of the result by the name of its file."""
        return frames_of(self)

    def report(self, lang: str = "zh") -> str:
        """The report as one HTML page that needs no network."""
        from tieline.publish.report import render

        return render(self, lang, self.watched)

    def write(
        self, out: str | Path, *, lang: str = "zh",
        formats: Sequence[str] = ("csv", "json", "parquet"),
    ) -> Path:
        """The folder with tables (in each format) and report.html: all of it, or nothing.

        Engines' detail tables stand in a folder by network, and not as JSON.

        The folder is made beside its place and moved there at the end; an earlier result is
        replaced, another folder that is not empty is refused.
        """
        from tieline.region.write import atomic_folder, write_table

        page = self.report(lang)
        with atomic_folder(Path(out)) as folder:
            for name, frame in self.frames().items():
                detail = "/" in name
                for suffix in (f for f in formats if not (detail and f == "json")):
                    write_table(frame, folder / f"{name}.{suffix}")
            (folder / "report.html").write_text(page, encoding="utf-8")
        return Path(out)


def appraise(  # noqa: PLR0913 - options are keyword-only
    region: RegionData | str | Path, *, only: str | Sequence[str] | None = None,
    players: Sequence[PlayersKind] = ALL_PLAYERS, scenario: str = "base",
    progress: Callable[[int, int], None] | None = None, executor: Executor | int | None = None,
    cache: Cache | None = None, detail: bool = True, solutions: Sequence[str] = (),
    budget: int | None = None, store: Store | None = None,
    discount: Sequence[str | float] = DISCOUNT, unions: Unions = (), as_of: date | None = None,
    funds: Sequence[str | float | Budget] = (), index: str = "SII", width: float | None = None,
) -> Appraisal:
    """What each jurisdiction can do apart, what all can do together, and who gains.

    Parameters
    ----------
    region
        What `read_region` gave, or the folder.
    only
        Names of networks to appraise; default all of the region.
    players
        Who plays: jurisdictions, borders, projects.
    scenario
        A row of scenarios.csv; its date decides which projects are built.
    progress
        Called as progress(done, total) over the distinct cases of one network after the other.
    executor, cache
        See `tieline.appraisal.run.evaluate_cases`; neither changes a result.
    detail
        Whether the engines' tables are kept for apart and together (the report draws them).
    solutions
        Further solutions of every game, see `tieline.appraisal.answers.SOLUTIONS`; games in money
        have Shapley, nucleolus, core and interactions anyway.
    budget
        Cases for each kind of more than 12 players, whose shares are then estimated; without it
        they do not play.
    width
        With a budget: stop when every 95 % interval of these shares is at most this part of what
        all gain, in each measure by itself.
    store
        Where the cases of such kinds are kept between runs.
    discount
        Discount settings or rates for the cost and benefit of projects.
    as_of
        Projects opened by this day exist, whatever the scenario's date says.
    unions
        Players who join and share as one (the Owen value): counties of a province, projects of a
        kind; "networks" stands for the projects of each network, "provinces" for the jurisdictions
        of each. Without them the Owen value takes both, if region.toml has provinces.
    funds
        What may be spent, instead of budgets.csv: amounts, `2026=1e7`, `easttown:2026=2e6`.
    index
        Interaction of pairs: SII, STII or BII (Banzhaf).

    Raises
    ------
    InputError
        If the folder cannot be used, with every problem found.
    CaseError
        If a network, kind of players or scenario is not known.
    """
    data = read(region)
    chosen = _chosen(data, only)
    refuse_unknown("players", players, ALL_PLAYERS)
    unions = asked_unions(data.region, solutions, unions)
    wanted = asked_solutions(solutions, unions)
    settings = [discounting(d) for d in discount]
    funds, index = funds_asked(funds, data.region), asked_index(index)
    if budget is not None and budget < 1:
        msg = f"budget: expected at least 1 case, found {budget}"
        raise CaseError(msg)
    if width is not None and (budget is None or not width > 0.0):
        msg = f"width: expected a number > 0, beside a budget of cases, found {width}"
        raise CaseError(msg)
    question = question_of(data, players=players, scenario=scenario, detail=detail, budget=budget,
                           as_of=as_of, width=width)
    means = Means(progress, executor, cache, store)
    prices = data.region.values
    networks = {
        name: _with_statuses(
            appraise_network(name, data.engines[name], data.networks[name], question, means), data
        )
        for name in chosen
    }
    found = Appraisal(
        region=data.region, scenario=scenario, networks=networks,
        unpriced=_unpriced(networks, prices), players=tuple(players),
        data_notes=data.issues.notes,
    )

    return finished(
        found, solutions=wanted, discount=settings, sets=SetCases.of(data, question, means),
        unions=unions, as_of=as_of, funds=funds, index=index,
    )


def question_of(  # noqa: PLR0913 - options are keyword-only
    data: RegionData, *, players: Sequence[PlayersKind] = ALL_PLAYERS, scenario: str = "base",
    detail: bool = True, budget: int | None = None, as_of: date | None = None,
    width: float | None = None,
) -> Question:
    """What is asked of every network of a region; see `appraise`."""
    region = data.region
    return Question(
        jurisdictions=tuple(j.id for j in region.jurisdictions),
        reference=region.reference(scenario) if as_of is None else region.built_by(as_of),
        players=tuple(players), scenario=scenario, detail=detail, budget=budget,
        width=width,
        currency=region.currency or "",
    )


def finished(  # noqa: PLR0913 - options are keyword-only
    found: Appraisal, *, solutions: Sequence[str] = (),
    discount: Sequence[str | float | Discounting] | None = None,
    sets: SetCases | None = None, unions: Unions = (),
    as_of: date | None = None, funds: Sequence[str | float | Budget] = (), index: str = "SII",
) -> Appraisal:
    """Networks that were appraised, with money, answers and programmes made of them.

    `sets` gives the yearly money of sets of projects that no table holds; links of `as_of`; `funds`
    take the place of the region's budgets.
    """
    prices = found.region.values
    made = {c: money_of(c, prices, found.networks)
            for c in dict.fromkeys(p.currency for p in prices)}
    money = {c: m for c, m in made.items() if m.networks}
    whole = replace(found, money=money, notes=(*found.notes, *_notes(tuple(money))))
    settings = [d if isinstance(d, Discounting) else discounting(d) for d in discount or DISCOUNT]
    unions = asked_unions(found.region, solutions, unions)
    joined = players_of(whole, unions)
    wanted = asked_solutions(solutions, unions)
    budgets = funds_asked(funds, found.region) or found.region.budgets
    answers = _answers(whole, wanted, joined, asked_index(index))
    if joined and not any(s.rule == "owen" for a in answers for s in a.shares):
        whole = replace(whole, notes=(*whole.notes, "no two of a union play: no Owen value"))
    return replace(
        whole, answers=answers,
        programmes=_programmes(whole, settings, sets, as_of, budgets),
    )


def retold(
    data: RegionData, found: Appraisal, *, as_of: date | None = None,
    progress: Callable[[int, int], None] | None = None, **terms: Any,
) -> Appraisal:
    """An appraisal of one region with other `terms` of `finished`; engines are asked for no table.

    Only sets of planned projects may need cases that were not evaluated yet.
    """
    question = question_of(data, players=found.players, scenario=found.scenario, as_of=as_of)
    return finished(replace(found, notes=()), as_of=as_of,
                    sets=SetCases.of(data, question, Means(progress)), **terms)


def _answers(
    appraisal: Appraisal, asked: Sequence[str], unions: Unions, index: str
) -> tuple[Answer, ...]:
    """Games in money with the usual solutions, every game with those asked for."""
    prices = appraisal.region.values
    how = Terms(unions, index)
    found = list(answers_of(appraisal, asked, how) if asked else answers_of(
        replace(appraisal, networks={}), IN_MONEY, how))
    for currency, money in appraisal.money.items():
        typical = np.array([p.typical for p in money.prices])
        priced = priced_networks(currency, prices, appraisal.networks)
        found += priced_samples(priced, typical, money.unit, asked or IN_MONEY, how)
        found += priced_sums(priced, typical, money, asked or IN_MONEY, how)
        found = list(with_spans(found, priced, money, unions))
    return tuple(found)


def _programmes(
    appraisal: Appraisal, settings: Sequence[Discounting], sets: SetCases | None,
    as_of: date | None, budgets: Sequence[Budget],
) -> dict[str, Programme]:
    """Projects as a programme, by currency."""
    region = appraisal.region
    day = as_of or region.scenario(appraisal.scenario).date or region.study_date
    found = {}
    for currency, money in appraisal.money.items():
        made = programme_of(money, region.projects, settings, day.year if day else 0,
                            sets=sets_of(appraisal, money, sets), budgets=budgets)
        if made is not None:
            found[currency] = made
    return found


def sets_of(appraisal: Appraisal, money: Money, sets: SetCases | None) -> Sets:
    """Among which projects to choose, and what sets of them are worth."""
    worth = money.worth
    if worth is None:
        return Sets(())
    planned = () if sets is None else sets.candidates(money, appraisal.region.projects)
    names = (*worth.projects, *planned)
    parts = None
    if planned and sets is not None:
        parts = sets.planned(appraisal, money, names)
        if parts is not None:
            return Sets.of(names, parts, money)
    priced = priced_networks(money.currency, appraisal.region.values, appraisal.networks)
    parts = set_parts(priced, money)
    if parts is None and sets is not None:
        parts = sets.sampled(appraisal, money)
    notes = (TOO_MANY,) if planned else ()
    if parts is None:
        return Sets(worth.projects, notes=notes)
    return Sets.of(worth.projects, parts, money, notes)


def _with_statuses(network: NetworkAppraisal, data: RegionData) -> NetworkAppraisal:
    """The network with what its tables rest on, counted from the folder unless it says itself."""
    if network.statuses:
        return network
    return replace(network, statuses=counted(data, f"{network.network}/"))


def _chosen(data: RegionData, only: str | Sequence[str] | None) -> tuple[str, ...]:
    if only is None:
        return tuple(data.networks)
    names = (only,) if isinstance(only, str) else tuple(only)
    refuse_unknown("network", names, list(data.networks))
    return tuple(dict.fromkeys(names))


def _unpriced(
    networks: Mapping[str, NetworkAppraisal], prices: Sequence[Value]
) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(
            m.name for m in additive(network.told)
            if m.sign and not any(price_key(p, name, m.name) for p in prices)
        )
        for name, network in networks.items()
    }


def _notes(currencies: Sequence[str]) -> tuple[str, ...]:
    if len(currencies) > 1:
        return (f"money is kept apart by currency ({', '.join(currencies)}): never summed",)
    return ()
