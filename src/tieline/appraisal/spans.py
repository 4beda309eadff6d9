"""Ranges of shares in money over the ranges of unit values, whatever the number of players.

Shapley, Banzhaf and Owen values, interactions of pairs and what changes if one leaves are linear
in the game, and a game in money is a sum over prices:
shares of each price's game by itself, at a price of 1, tell the shares at any prices. A range takes
each price at the end that is worst or best for that share. The nucleolus and its like are not
linear and have none. Of estimates the range is that of the estimate, beside its standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.answers import unions_in
from tieline.appraisal.cba.allocation import withdrawal
from tieline.appraisal.games.game import Game
from tieline.appraisal.money import Money, Range
from tieline.appraisal.pricing import Priced, value_range
from tieline.appraisal.solutions.solve import Solver

if TYPE_CHECKING:
    from tieline.appraisal.answers import Answer, Unions
    from tieline.appraisal.solutions.solution import Shares
    from tieline.region.model import FloatArray

LINEAR = ("shapley", "banzhaf", "owen")


def with_spans(
    answers: Sequence[Answer], priced: Sequence[Priced], money: Money, unions: Unions = ()
) -> tuple[Answer, ...]:
    """Answers with ranges of their linear shares, where they are of this money."""
    return tuple(_with_spans(a, priced, money, unions) for a in answers)


def _with_spans(
    answer: Answer, priced: Sequence[Priced], money: Money, unions: Unions
) -> Answer:
    linear = [s for s in answer.shares if s.rule in LINEAR]
    pairs = answer.interactions
    exact = pairs is not None and pairs.status == "exact"
    if answer.measure != "money" or answer.unit != money.unit:
        return answer
    if not (linear or exact or answer.withdrawals):
        return answer
    solvers = [_solver(answer, priced, money, r) for r in range(len(money.prices))]
    joined = unions_in(answer.players, unions)
    ranges = {s.rule: _range(s, solvers, money, lambda solver: solver.owen(joined))
              for s in linear}
    n = len(answer.players)
    pair_range = None
    if pairs is not None and exact:
        index = pairs.index
        pair_range = _by_price(solvers, money, (n, n), lambda s: s.interactions(index).values)
    leaving = {w.who: _by_price(solvers, money, (n + 1,), partial(_left, w.who))
               for w in answer.withdrawals}
    return replace(answer, ranges=ranges, pair_range=pair_range, leaving_ranges=leaving)


def _by_price(
    solvers: Sequence[Solver | None], money: Money, shape: tuple[int, ...],
    figure: Callable[[Solver], FloatArray],
) -> Range:
    parts = [np.zeros(shape) if s is None else figure(s) for s in solvers]
    return value_range(np.stack(parts, axis=-1), money.prices)


def _left(who: str, solver: Solver) -> FloatArray:
    """Everybody's change if one leaves, then what remains: shape (n + 1,)."""
    found = withdrawal(solver.game.players, solver.gains, who)
    return np.append(found.change, found.remains)


def _solver(answer: Answer, priced: Sequence[Priced], money: Money, r: int) -> Solver | None:
    """The game of price r at 1; None if it buys nothing here."""
    own = [p for p in priced if p.weights[..., r].any()
           and answer.subject in ("", p.network.network)]
    if not own:
        return None
    if answer.subject:
        sampled = own[0].network.sampled[answer.kind]
        return sampled.solver(own[0].weights[..., r], money.unit)
    terms: list[Any] = [(played.players, played.table(p.weights[..., r])) for p in own
                        if (played := p.network.plays.get(answer.kind)) is not None]
    return Solver(Game.from_sum(answer.players, terms, money.unit)) if terms else None


def _range(
    shares: Shares, solvers: Sequence[Solver | None], money: Money,
    owen: Callable[[Solver], Shares],
) -> Range:
    def of(solver: Solver) -> Shares:
        return owen(solver) if shares.rule == "owen" else solver.shares(shares.rule)

    parts = np.stack([np.zeros(len(shares.players)) if solver is None else of(solver).shares
                      for solver in solvers], axis=-1)
    found = value_range(parts, money.prices)
    off = shares.shares - found.typical  # an estimate of a sum is not the sum of the estimates
    return Range(found.low + off, shares.shares, found.high + off)
