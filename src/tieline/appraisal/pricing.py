"""Gains turned into money: a list of prices laid over appraised networks, one currency at a time.

Each price is one unknown. Every figure is computed once per price, side by side (last axis r), and
only then valued: its range takes each price at the end that is worst or best for that figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.game import EVERY_CASE, Game, Play, embed
from tieline.appraisal.money import Money, MoneySplit, MoneyWorth, Range
from tieline.appraisal.network import MAX_PAIRS_EVERY_STATE, split_of_game
from tieline.appraisal.results import NetworkAppraisal, state_label
from tieline.appraisal.shares import shapley
from tieline.region.model import Measure
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.splits import PlayersKind
    from tieline.region.model import FloatArray, Pair
    from tieline.region.region import Value

KINDS: tuple[PlayersKind, ...] = ("jurisdictions", "borders", "projects")


@dataclass(frozen=True)
class Priced:
    """A network and what one unit of each price buys there: shape (n_j, n_measures, n_prices)."""

    network: NetworkAppraisal
    weights: FloatArray

    @property
    def signs(self) -> FloatArray:
        """Shape (n_measures,): +1 where more is better, -1 where less is."""
        return np.array([m.sign for m in additive(self.network.measures)])

    def gain(self, state: str) -> FloatArray:
        """Shape (n_j, n_prices): gain of a state against apart."""
        outcomes = self.network.outcomes
        gains = (outcomes[state].values - outcomes["apart"].values) * self.signs
        return np.asarray(np.einsum("jm,jmr->jr", gains, self.weights))

    def projects(self, figure: str) -> FloatArray:
        """Shape (p or q, n_j, n_prices): pint, toot or planned_gain of the network's worths."""
        names = [m.name for m in additive(self.network.measures)]
        parts = [
            getattr(worth, figure)[:, :, None] * self.weights[None, :, names.index(name), :]
            for name, worth in self.network.worths.items()
        ]
        return np.asarray(sum(parts))


def price_key(price: Value, network: str, measure: str) -> bool:
    """Whether a price is for this measure of this network: "measure" or "network.measure"."""
    return price.measure in {measure, f"{network}.{measure}"}


def money_of(
    currency: str, prices: Sequence[Value], networks: Mapping[str, NetworkAppraisal]
) -> Money:
    """All networks' gains in one currency per year; `prices` holds every currency's rows."""
    own = tuple(p for p in prices if p.currency == currency)
    priced = priced_networks(currency, prices, networks)
    unit = f"{currency}/yr"
    jurisdictions = next(iter(networks.values())).jurisdictions
    notes = _notes(own, priced)
    splits: dict[PlayersKind, MoneySplit] = {}
    for kind in KINDS:
        made = _split(kind, unit, own, priced, notes)
        if made is not None:
            splits[kind] = made
    return Money(
        currency=currency, unit=unit,
        price_years=tuple(sorted({p.price_year for p in own if p.price_year is not None})),
        prices=own, networks=tuple(p.network.network for p in priced),
        jurisdictions=jurisdictions, by_state=_states(own, priced, len(jurisdictions)),
        by_measure=_measures(own, priced),
        of_measure=_measures(own, priced, whole=True), splits=splits,
        worth=_worth(unit, own, priced, jurisdictions), notes=tuple(notes),
    )


def priced_networks(
    currency: str, prices: Sequence[Value], networks: Mapping[str, NetworkAppraisal]
) -> list[Priced]:
    """Networks with a price in the currency; prices in the order of the currency's rows."""
    own = tuple(p for p in prices if p.currency == currency)
    every = [Priced(n, _weights(n, prices, own)) for n in networks.values()]
    return [p for p in every if p.weights.any()]


def typical_prices(money: Money) -> FloatArray:
    """Shape (n_prices,)."""
    return np.array([p.typical for p in money.prices])


def set_parts(
    priced: Sequence[Priced], money: Money
) -> Callable[[BoolArray], FloatArray] | None:
    """Yearly money of sets of `money.worth.projects` by price, each at 1, from networks' tables.

    Rows (m, n) give (m, n_prices); see `value_range`. None where a network has projects and no
    table of them.
    """
    if money.worth is None:
        return None
    tables = []
    for p in priced:
        played = p.network.plays.get("projects")
        if played is None and any(w.projects for w in p.network.worths.values()):
            return None
        if played is not None and all(x in money.worth.projects for x in played.players):
            places = [money.worth.projects.index(x) for x in played.players]
            tables.append((places, played.table(p.weights)))

    def parts(rows: BoolArray) -> FloatArray:
        total = np.zeros((len(rows), len(money.prices)))
        for places, table in tables:
            total += table[np.asarray(rows)[:, places] @ (1 << np.arange(len(places)))]
        return total

    return parts


def value_range(parts: FloatArray, prices: Sequence[Value]) -> Range:
    """Value of parts (..., n_prices) at typical prices, and its ends over all prices' ranges."""
    low, typical, high = (
        np.array([getattr(p, end) for p in prices]) for end in ("low", "typical", "high")
    )
    at_low, at_high = parts * low, parts * high
    return Range(
        low=np.minimum(at_low, at_high).sum(axis=-1),
        typical=(parts * typical).sum(axis=-1),
        high=np.maximum(at_low, at_high).sum(axis=-1),
    )


def _weights(
    network: NetworkAppraisal, prices: Sequence[Value], own: Sequence[Value]
) -> FloatArray:
    """A row for one jurisdiction takes it out of the row for all, whatever its currency."""
    measures = additive(network.measures)
    weights = np.zeros((len(network.jurisdictions), len(measures), len(own)))
    for k, m in enumerate(measures):
        of_measure = [p for p in prices if price_key(p, network.network, m.name)]
        special = {p.jurisdiction for p in of_measure if p.jurisdiction}
        for r, price in enumerate(own):
            if price not in of_measure:
                continue
            for c, j in enumerate(network.jurisdictions):
                if price.jurisdiction == j or (not price.jurisdiction and j not in special):
                    weights[c, k, r] = price.events_per_year
    return weights


def _notes(prices: Sequence[Value], priced: Sequence[Priced]) -> list[str]:
    notes = []
    years = sorted({p.price_year for p in prices if p.price_year is not None})
    if len(years) > 1:
        notes.append(f"prices of {', '.join(map(str, years))} are added as they are, not converted")
    for p in priced:
        measures = additive(p.network.measures)
        names = [m.name for k, m in enumerate(measures) if p.weights[:, k].any()]
        if len(names) > 1:
            notes.append(
                f"{p.network.network}: {', '.join(names)} are all priced and added; where two of "
                "them value the same harm it is counted twice"
            )
    return notes


def _states(
    prices: Sequence[Value], priced: Sequence[Priced], n_jurisdictions: int
) -> dict[str, Range]:
    nothing = np.zeros((n_jurisdictions, len(prices)))
    pairs: tuple[Pair, ...] = tuple(sorted({x for p in priced for x in p.network.pairs}))
    few = len(pairs) <= MAX_PAIRS_EVERY_STATE
    sizes = range(len(pairs) + 1) if few else sorted({0, 1, len(pairs)})
    gains: dict[str, Range] = {}
    for size in sizes:
        for chosen in combinations(pairs, size):
            if any(_state_in(p.network, chosen) not in p.network.outcomes for p in priced):
                continue  # its case failed in a network, which says so
            parts = sum((p.gain(_state_in(p.network, chosen)) for p in priced), nothing)
            gains[state_label(chosen, pairs)] = value_range(parts, prices)
    return gains


def _state_in(network: NetworkAppraisal, pairs: Iterable[Pair]) -> str:
    return state_label(tuple(p for p in pairs if p in network.pairs), network.pairs)


def _measures(
    prices: Sequence[Value], priced: Sequence[Priced], *, whole: bool = False
) -> dict[tuple[str, str], Range]:
    found: dict[tuple[str, str], Range] = {}
    for p in priced:
        outcomes = p.network.outcomes
        gains = (outcomes["together"].values - outcomes["apart"].values) * p.signs
        for k, m in enumerate(additive(p.network.measures)):
            if p.weights[:, k].any():
                parts = gains[:, k, None] * p.weights[:, k]
                found[p.network.network, m.name] = value_range(
                    parts.sum(axis=0) if whole else parts, prices)
    return found


def _split(
    kind: PlayersKind, unit: str, prices: Sequence[Value], priced: Sequence[Priced],
    notes: list[str],
) -> MoneySplit | None:
    """The sum of the networks' games; a player that a network does not know is null in it."""
    broken = [p.network.network for p in priced if kind in p.network.broken]
    if broken:
        notes.append(f"{kind} do not play for money: cases of {', '.join(broken)} could not be "
                     "evaluated")
        return None
    playing = [(p, p.network.plays[kind]) for p in priced if kind in p.network.plays]
    players = tuple(dict.fromkeys(x for _, played in playing for x in played.players))
    if not players:
        return None
    if len(players) > EVERY_CASE:
        notes.append(f"{len(players)} {kind} share money as a sum of the networks' games: one "
                     f"table holds at most {EVERY_CASE}")
        return None
    typical = np.array([p.typical for p in prices])

    def added(figure: str) -> FloatArray:
        parts = [embed(getattr(g, figure)(p.weights), g.players, players) for p, g in playing]
        return np.asarray(sum(parts))

    table = added("table")
    direct = kind == "jurisdictions"
    falls = np.asarray(sum(g.falls(p.weights) for p, g in playing))
    fair = shapley(table)
    measure = Measure("money", unit, "more", label="Money", label_zh="折算金额")
    split = split_of_game(
        Game(players, table @ typical, unit), kind, measure,
        network=" + ".join(p.network.network for p, _ in playing),
        gap=added("gap") @ np.abs(typical), outsiders=added("outside") @ typical,
        falls=falls @ typical if direct else None,
        falls_gap=_falls_gap(playing) @ np.abs(typical) if direct else None,
    )
    return MoneySplit(
        kind=kind, players=players, unit=unit, split=split,
        dividend=value_range(table[-1], prices), shapley=value_range(fair, prices),
        falls=value_range(falls, prices) if direct else None,
        side_payment=value_range(fair - falls, prices) if direct else None,
    )


def _falls_gap(playing: Sequence[tuple[Priced, Play]]) -> FloatArray:
    return np.asarray(sum(g.falls_gap(p.weights) for p, g in playing))


def _worth(
    unit: str, prices: Sequence[Value], priced: Sequence[Priced], jurisdictions: tuple[str, ...]
) -> MoneyWorth | None:
    with_projects = [p for p in priced if p.network.worths]
    if not with_projects:
        return None
    first = {p.network.network: next(iter(p.network.worths.values())) for p in with_projects}
    projects = tuple(sorted({x for w in first.values() for x in w.projects}))
    planned = tuple(sorted({x for w in first.values() for x in w.planned}))

    def added(figure: str, ids: tuple[str, ...]) -> FloatArray:
        total = np.zeros((len(ids), len(jurisdictions), len(prices)))
        for p in with_projects:
            worth = first[p.network.network]
            known = worth.planned if figure.startswith("planned") else worth.projects
            total[[ids.index(x) for x in known]] += p.projects(figure)
        return total

    pint, toot, extra = (added("pint", projects), added("toot", projects),
                         added("planned_gain", planned))
    typical = np.array([abs(p.typical) for p in prices])

    def gap(figure: str, ids: tuple[str, ...]) -> FloatArray:
        return np.asarray(added(figure, ids).sum(axis=1) @ typical)

    return MoneyWorth(
        unit=unit, jurisdictions=jurisdictions, projects=projects,
        pint=value_range(pint, prices), toot=value_range(toot, prices),
        pint_total=value_range(pint.sum(axis=1), prices),
        toot_total=value_range(toot.sum(axis=1), prices),
        shapley=_project_shares(projects, prices, with_projects),
        of_all=value_range(_of_all(with_projects, len(prices)), prices),
        planned=planned, added=value_range(extra.sum(axis=1), prices),
        added_by=value_range(extra, prices),
        pint_gap=gap("pint_gap_by", projects), toot_gap=gap("toot_gap_by", projects),
        added_gap=gap("planned_gap_by", planned),
        toot_parts=toot, added_parts=extra, own_money=_own_money(prices, with_projects),
    )


def _own_money(prices: Sequence[Value], priced: Sequence[Priced]) -> BoolArray:
    """Shape (n_prices,): whether all that a price values is money already, and the price fixed."""
    found = np.array([p.low == p.high for p in prices], bool)
    for p in priced:
        for k, m in enumerate(additive(p.network.measures)):
            if m.unit.partition("/")[0] not in ("currency", *(x.currency for x in prices)):
                found &= ~p.weights[:, k].any(axis=0)
    return found


def _project_shares(
    projects: tuple[str, ...], prices: Sequence[Value], priced: Sequence[Priced]
) -> Range | None:
    """The Shapley value is additive: networks are shared out apart, then added by project."""
    total = np.zeros((len(projects), len(prices)))
    for p in priced:
        played = p.network.plays.get("projects")
        if played is None:
            if next(iter(p.network.worths.values())).projects:
                return None
            continue
        rows = [projects.index(x) for x in played.players]
        total[rows] += shapley(played.table(p.weights))
    return value_range(total, prices)


def _of_all(priced: Sequence[Priced], n_prices: int) -> FloatArray:
    total = np.zeros(n_prices)
    for p in priced:
        names = [m.name for m in additive(p.network.measures)]
        for name, worth in p.network.worths.items():
            total += worth.of_all @ p.weights[:, names.index(name)]
    return total
