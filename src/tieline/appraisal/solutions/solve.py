"""Every solution of one game: exact where its coalitions can be counted, else estimated.

The route is chosen once: a sum of small games is solved term by term; a table is used if there is
one, or if the budget allows 2^n evaluations (default: at most 16 players); else values are
estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.appraisal.games import checks
from tieline.appraisal.games.game import MAX_PLAYERS, Game
from tieline.appraisal.games.terms import Sum
from tieline.appraisal.games.valuer import Running, Valuer
from tieline.appraisal.sampling.estimate import estimate, estimate_pairs
from tieline.appraisal.solutions import core, semivalues
from tieline.appraisal.solutions.interactions import WEIGHTS, interactions
from tieline.appraisal.solutions.kohlberg import kohlberg
from tieline.appraisal.solutions.nucleolus import nucleolus
from tieline.appraisal.solutions.owen import owen, owen_evaluations
from tieline.appraisal.solutions.points import gately, tau
from tieline.appraisal.solutions.solution import CoreCheck, Interactions, LeastCore, Shares
from tieline.appraisal.splits import Superadditivity
from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.region.model import FloatArray

ROUNDING = 1e-14
"""A pair's interaction below this part of the game is what sums of doubles leave: none at all."""

TABLE_PLAYERS = 16
"""Up to so many players every coalition is evaluated unless the budget is smaller."""

MOST_OF_SUM = 24
"""Up to so many players the table of a sum of small games is made."""

DEFAULT_BUDGET = 30
"""Evaluations per player of an estimate, where no budget is given."""

TOLERANCE = 1e-9
Rule = Literal["shapley", "banzhaf", "nucleolus", "per_capita_nucleolus", "gately", "tau"]


class Solver:
    """One game asked for its solutions; coalitions are evaluated once for all of them.

    Parameters
    ----------
    game
        A scalar game; of a vector one take a `part` first.
    budget
        Most coalitions to evaluate where the game is a function; None: every coalition of up to 16
        players, else 30 per player.
    width
        Stop an estimate when every 95 % interval is at most so wide.
    running
        Executor, store and progress: none of them changes a result.
    weights
        For a game of vector values: what one unit of each is worth, of the values' shape.
    valuer
        Values that other questions on the same game share with this one.
    stepped
        Those values were asked for step by step, as a `width` does.
    """

    def __init__(  # noqa: PLR0913 - options are keyword-only
        self, game: Game, *, budget: int | None = None, width: float | None = None,
        running: Running | None = None, seed: int = 1, weights: FloatArray | None = None,
        valuer: Valuer | None = None, stepped: bool = False,
    ) -> None:
        if budget is not None and budget < 1:
            msg = f"budget: expected at least 1 coalition, found {budget}"
            raise CaseError(msg)
        self.game, self.budget, self.width, self.seed = game, budget, width, seed
        self.valuer = valuer or Valuer(game, running)
        self.weights = weights
        self.stepped = stepped or width is not None
        self._gains: FloatArray | None = None

    @property
    def countable(self) -> bool:
        """Whether every coalition is or may be evaluated."""
        n, game = self.game.n, self.game
        if isinstance(game.value, np.ndarray) or self._gains is not None:
            return True
        if isinstance(game.value, Sum):
            return n <= MOST_OF_SUM
        if n > MAX_PLAYERS:
            return False
        return (1 << n) <= self.budget if self.budget is not None else n <= TABLE_PLAYERS

    @property
    def gains(self) -> FloatArray:
        """Shape (2^n,): worth turned so that more is better; CaseError if a coalition failed."""
        if self._gains is None:
            game = self.game
            counted = isinstance(game.value, np.ndarray | Sum)
            if not counted:
                self._need_table("this question")
            table = game.table if counted else self.valuer.table()
            table = self._scalar(table)
            if table.ndim != 1:
                msg = "the game has vector values: take a part of it, with one weight for each"
                raise CaseError(msg)
            self._gains = table if game.kind == "value" else -table
        return self._gains

    @property
    def evaluations(self) -> int:
        """Coalitions asked of the game so far."""
        if isinstance(self.game.value, np.ndarray):
            return 1 << self.game.n
        return self.valuer.evaluations

    def shares(self, rule: str) -> Shares:
        """Shares by a rule: shapley, banzhaf, nucleolus, per_capita_nucleolus, gately, tau."""
        if rule == "shapley":
            return self.shapley()
        if rule == "banzhaf":
            return self._banzhaf()
        if rule in ("nucleolus", "per_capita_nucleolus"):
            return self.nucleolus(per_capita=rule == "per_capita_nucleolus")
        if rule in ("gately", "tau"):
            self._need_table(rule)
            found = gately(self.gains) if rule == "gately" else tau(self.gains)
            if found is None:
                msg = f"{rule}: not defined for this game"
                raise CaseError(msg)
            return self._known(rule, found)
        msg = f"rule '{rule}' is not known; there is: shapley, banzhaf, owen, nucleolus, "
        raise CaseError(msg + "per_capita_nucleolus, gately, tau")

    def shapley(self) -> Shares:
        """Shapley value: exact by terms or table, else estimated with intervals."""
        game = self.game
        if isinstance(game.value, Sum):
            terms = game.value
            return self._known("shapley", game.sign * terms.shared(terms.dividends / terms.lengths))
        if self.countable:
            return self._known("shapley", semivalues.shapley(self.gains))
        return self._estimated()

    def owen(self, unions: Sequence[Sequence[str]]) -> Shares:
        """Owen value of players in unions, whoever is in none alone; each is in one at most.

        Only coalitions of whole unions and parts of one are needed.
        """
        place = {p: k for k, p in enumerate(self.game.players)}
        unknown = [p for u in unions for p in u if p not in place]
        if unknown:
            msg = f"unions name players that do not play: {', '.join(unknown)}"
            raise CaseError(msg)
        every = [p for u in unions for p in u]
        twice = sorted({p for p in every if every.count(p) > 1})
        if twice:
            msg = f"in two unions: {', '.join(twice)}"
            raise CaseError(msg)
        numbers = [[place[p] for p in u] for u in unions]
        numbers += [[k] for p, k in place.items() if p not in every]
        room = self.budget if callable(self.game.value) else None
        need = owen_evaluations(numbers)
        if room is not None and need > room:
            msg = f"the Owen value of these unions needs up to {need} coalitions"
            msg_0 = f"{msg}; the budget is {room}"
            raise CaseError(msg_0)
        return self._known("owen", owen(self.worth, numbers))

    def nucleolus(self, *, per_capita: bool = False) -> Shares:
        """Nucleolus with a checked certificate; CaseError where there is none or no table."""
        rule = "per_capita_nucleolus" if per_capita else "nucleolus"
        self._need_table(rule)
        found = nucleolus(self.gains, per_capita=per_capita)
        if found is None:
            msg = "together the players get less than alone: no shares satisfy each of them"
            raise CaseError(msg)
        proof = kohlberg(self.gains, found[0], per_capita=per_capita)
        if not proof.holds:
            msg = f"{rule}: the shares found fail Kohlberg's test ({proof.reason})"
            raise ArithmeticError(msg)
        return Shares.known(
            rule, self.game.players, self.game.unit, self.game.sign * found[0], "certified",
            self.evaluations,
        )

    def interactions(self, index: str = "SII") -> Interactions:
        """Interactions of all pairs, SII, STII or BII: by terms or table, else estimated."""
        if index not in WEIGHTS:
            msg = f"interaction index '{index}' is not known; there is: {', '.join(WEIGHTS)}"
            raise CaseError(msg)
        game = self.game
        if not self.countable and callable(game.value):
            budget = self.budget or DEFAULT_BUDGET * game.n
            self._need_whole()
            found, se = estimate_pairs(self.worth, game.n, budget, seed=self.seed, index=index,
                                       stepped=self.stepped)
            return Interactions(index, game.players, game.unit, game.sign * found, se,
                                "estimated", self.evaluations)
        if isinstance(game.value, Sum):
            values = game.value.pairs(_pair_credit(game.value, index))
            scale = float(np.abs(game.value.dividends).sum())
        else:
            self._need_table("interactions")
            values = game.sign * interactions(self.gains, index)
            scale = float(np.abs(self.gains).max())
        values = np.where(np.abs(values) <= ROUNDING * scale, 0.0, values)
        return Interactions(
            index, game.players, game.unit, values, np.zeros_like(values), "exact",
            self.evaluations,
        )

    def superadditive(self) -> Superadditivity:
        """Whether two groups never lose by joining; else the two that lose most."""
        found = checks.superadditive(self.gains)
        left, right = self.game.coalition(found.left), self.game.coalition(found.right)
        return Superadditivity(found.holds, left, right, found.lack)

    def cover(self) -> Game:
        """The monotone cover: each coalition is worth its best group, if nobody need be used.

        CaseError for a game of costs: a smaller group that costs less says nothing of worth.
        """
        if self.game.kind != "value":
            msg = "the monotone cover: expected a game of worth, found one of costs"
            raise CaseError(msg)
        return Game.from_table(self.game.players, checks.monotone_cover(self.gains),
                               self.game.unit)

    def core_check(self, shares: Shares) -> CoreCheck:
        """Whether some group would rather leave; a search where groups are many."""
        x = self.game.sign * shares.shares
        if self.countable:
            mask, lack = core.worst_group(self.gains, x)
            unit = float(np.abs(self.gains).max(initial=0.0)) or 1.0
            exact = shares.status in ("exact", "certified")
            return CoreCheck(
                shares.rule, lack <= TOLERANCE * unit, self.game.coalition(mask), lack,
                self.game.unit, "exact" if exact else "estimated", self.evaluations,
            )
        search = core.lazy_worst(self.worth, self.game.n, x, seed=self.seed,
                                 affordable=self._allowance())
        unit = abs(float(np.abs(x).sum())) or 1.0
        holds = search[1] <= TOLERANCE * unit
        group = tuple(p for p, yes in zip(self.game.players, search[0], strict=True) if yes)
        return CoreCheck(shares.rule, holds, group, search[1], self.game.unit,
                         "not refuted" if holds else "certified", self.evaluations)

    def least_core(self) -> LeastCore:
        """The least core: by table, else by constraint generation on values as they are needed."""
        game = self.game
        if game.n < 2:
            msg = "least core: expected at least 2 players, found 1"
            raise CaseError(msg)
        if self.countable and not (isinstance(game.value, Sum) and game.n > TABLE_PLAYERS):
            epsilon, x = core.least_core(self.gains)
            return LeastCore(game.players, game.unit, epsilon, game.sign * x, epsilon, epsilon,
                             "exact", self.evaluations)
        terms = game.value if isinstance(game.value, Sum) and game.kind == "value" else None
        self._need_whole()
        found = core.lazy_least_core(
            self.worth, game.n, seed=self.seed, terms=terms,
            affordable=self._allowance(),
        )
        notes = () if found.proved else (
            "no coalition that complains more was found; not every coalition was looked at",
        )
        if self.valuer.failures:
            notes = (*notes, self.valuer.failed())
        return LeastCore(
            game.players, game.unit, found.upper, game.sign * found.shares, found.lower,
            found.upper if found.proved else np.inf,
            "certified" if found.proved else "not refuted", self.evaluations, notes=notes,
        )

    def _allowance(self) -> Callable[[], bool]:
        """Whether a search may go on: each gets as many evaluations of its own as the budget."""
        if not callable(self.game.value):
            return lambda: True
        room = self.budget or DEFAULT_BUDGET * self.game.n
        until = self.valuer.evaluations + self.valuer.kept + room
        return lambda: self.valuer.evaluations + self.valuer.kept < until

    def _banzhaf(self) -> Shares:
        game = self.game
        if isinstance(game.value, Sum):
            terms = game.value
            credit = terms.dividends * 2.0 ** (1.0 - terms.lengths)
            return self._known("banzhaf", game.sign * terms.shared(credit))
        self._need_table("banzhaf")
        return self._known("banzhaf", semivalues.banzhaf(self.gains))

    def _known(self, rule: str, gains: FloatArray) -> Shares:
        return Shares.known(rule, self.game.players, self.game.unit, self.game.sign * gains,
                            "exact", self.evaluations)

    def worth(self, rows: BoolArray) -> FloatArray:
        """Worth turned so that more is better, each coalition evaluated once."""
        if callable(self.game.value):
            return self.game.sign * self._scalar(self.valuer.values(rows))
        return self.game.sign * self._scalar(self.game.values(rows))

    def _scalar(self, values: FloatArray) -> FloatArray:
        """Values of one number each."""
        if self.weights is None or values.ndim == 1:
            return values
        if values.shape[1:] != self.weights.shape:
            msg = (f"weights: expected the shape of the values, {values.shape[1:]}, found "
                   f"{self.weights.shape}")
            raise CaseError(msg)
        return np.asarray(np.tensordot(values, self.weights, axes=self.weights.ndim))

    def _need_table(self, rule: str) -> None:
        if not self.countable:
            msg = f"{rule} needs every coalition: {self.game.n} players have 2^{self.game.n}; "
            most = MOST_OF_SUM if isinstance(self.game.value, Sum) else MAX_PLAYERS
            if self.game.n > most:
                msg_0 = f"{msg}at most {most} players can be counted"
            else:
                msg_0 = f"{msg}give a budget of that many, or fewer players"
            raise CaseError(msg_0)

    def _need_whole(self) -> None:
        """CaseError if what all together are worth could not be told."""
        whole = np.ones((1, self.game.n), bool)
        if callable(self.game.value) and not np.isfinite(self.valuer.values(whole)).all():
            self.valuer.stop_on_failure()

    def _estimated(self) -> Shares:
        n = self.game.n
        self._need_whole()
        budget = self.budget or DEFAULT_BUDGET * n
        found = estimate(self.worth, n, budget, width=self.width, seed=self.seed,
                         stepped=self.stepped)
        notes = []
        if not found.agree:
            notes.append("the surrogate disagrees with the antithetic orders: their wider estimate "
                         "is given")
        if np.isnan(found.check_se).any():
            least = 4 * (n - 1) + 1
            notes.append("the intervals are the surrogate's own: a check by orders of joining "
                         f"needs a budget of {least}")
        if not (found.shares.any() or found.se.any()):
            notes.append("every coalition looked at and all others are worth the same: nothing "
                         "tells the players apart")
        if found.dropped:
            if not np.isfinite(found.shares).all():
                self.valuer.stop_on_failure()
            notes += [f"{found.dropped} pairs were left out: a coalition could not be valued",
                      self.valuer.failed()]
        if self.width is not None and not found.reached:
            notes.append("the budget ran out before the intervals were as narrow as asked")
        shares = self.game.sign * found.shares
        return Shares(
            "shapley", self.game.players, self.game.unit, shares, found.se,
            shares - found.z * found.se, shares + found.z * found.se, "estimated",
            self.evaluations, tuple(notes),
        )


def _pair_credit(terms: Sum, index: str) -> FloatArray:
    """Interaction of two players inside a unanimity term, times its dividend."""
    lengths = np.maximum(terms.lengths, 2)
    if index == "SII":
        return np.asarray(terms.dividends / (lengths - 1))
    if index == "BII":
        return np.asarray(terms.dividends * 2.0 ** (2.0 - lengths))
    return np.asarray(terms.dividends * 2.0 / (lengths * (lengths - 1)))
