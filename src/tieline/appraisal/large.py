"""Players of a network beyond what every coalition can be counted for: cases as they are asked for.

Each coalition is one case of the engine; what it yields - gain by jurisdiction and measure - serves
every measure and every price, so that one budget of cases answers all questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.games.game import Game
from tieline.appraisal.games.valuer import Running, Valuer
from tieline.appraisal.sampling.estimate import search
from tieline.appraisal.solutions.solve import DEFAULT_BUDGET, Solver
from tieline.region.model import pairs_of

if TYPE_CHECKING:
    from tieline.appraisal.game import Setting
    from tieline.appraisal.solutions.solution import CoreCheck, LeastCore, Shares
    from tieline.appraisal.splits import PlayersKind
    from tieline.region.model import Case, FloatArray
    from tieline.region.protocol import Engine


@dataclass(frozen=True)
class CaseValue:
    """What a coalition gains, shape (n_jurisdictions, n_measures), positive is better: one case.

    Only members' gains are counted where jurisdictions play. Picklable: goes to other processes.
    """

    engine: Engine[Any]
    network: Any
    setting: Setting
    kind: PlayersKind
    signs: FloatArray
    nobody: FloatArray

    @classmethod
    def of(
        cls, engine: Engine[Any], network: Any, setting: Setting, kind: PlayersKind,
        signs: FloatArray,
    ) -> CaseValue:
        """The value function of a kind of players; evaluates the case of nobody."""
        made = cls(engine, network, setting, kind, signs, np.zeros(0))
        return cls(engine, network, setting, kind, signs, made.outcome(frozenset()))

    def case(self, chosen: frozenset[str]) -> Case:
        """The case of a coalition."""
        setting = self.setting
        if self.kind == "jurisdictions":
            return setting.case(pairs_of(chosen))
        if self.kind == "borders":
            return setting.case([p for p in setting.pairs if "+".join(p) in chosen])
        return setting.together(setting.always | chosen)

    def outcome(self, chosen: frozenset[str]) -> FloatArray:
        """Values of the case, by jurisdiction and measure."""
        case = self.network.relevant.restrict(self.case(chosen))
        return np.asarray(next(iter(self.engine.evaluate(self.network, [case]))).values)

    def __call__(self, chosen: frozenset[str]) -> FloatArray:
        """What the coalition gains against nobody, by jurisdiction and measure."""
        gains = (self.outcome(chosen) - self.nobody) * self.signs
        if self.kind == "jurisdictions":
            gains = gains * np.array([[j in chosen] for j in self.setting.jurisdictions])
        return gains

    @property
    def key(self) -> str:
        """Names the data, the engine and everything of the setting a value depends on."""
        s = self.setting
        return "|".join((
            self.network.digest, self.engine.name, self.engine.version, self.kind, s.scenario,
            ",".join(sorted(s.always)), ",".join(s.candidates), ",".join(s.topics),
        ))

    def game(self) -> Game:
        """The vector game of these players."""
        return Game(self.setting.players(self.kind), self, key=self.key)


@dataclass(frozen=True)
class Sampled:
    """Coalitions of a large game that were evaluated, from which every price makes its estimate.

    `known` maps bitmasks to gains of shape (n_jurisdictions, n_measures), `failures` those that
    failed to why. `width` is how narrow the intervals were asked to be, relative to what all gain;
    then coalitions were asked for step by step, up to `budget`; `reached` says whether they are.
    """

    kind: PlayersKind
    players: tuple[str, ...]
    known: Mapping[int, FloatArray]
    budget: int
    seed: int = 1
    failures: Mapping[int, str] = field(default_factory=dict)
    width: float | None = None
    reached: bool = True

    def solver(self, weights: FloatArray, unit: str) -> Solver:
        """The scalar game of weights (n_jurisdictions, n_measures), on what was evaluated."""
        game = Game(self.players, _unknown, unit)
        valuer = Valuer(game)
        valuer.recall(self.known)
        return Solver(game, budget=self.budget, seed=self.seed, weights=weights, valuer=valuer,
                      stepped=self.width is not None)

    def narrow(self, signs: FloatArray) -> bool:
        """Whether in every measure with a sign (n_measures,) all intervals are as asked for.

        Relative to what all gain together, or to the sum of shares without their signs if more.
        """
        shape = next(iter(self.known.values())).shape
        for k in np.flatnonzero(signs):
            if not any(v[:, k].any() for v in self.known.values() if v.ndim == len(shape)):
                continue
            weights = np.zeros(shape)
            weights[:, k] = 1.0
            found = self.shapley(weights, "")
            most = (self.width or 0.0) * float(np.abs(found.shares).sum())
            if not float((found.hi - found.lo).max()) <= most:
                return False
        return True

    def shapley(self, weights: FloatArray, unit: str) -> Shares:
        """Shapley shares with intervals, for weights (n_jurisdictions, n_measures)."""
        return self.solver(weights, unit).shapley()

    def stability(self, weights: FloatArray, unit: str) -> tuple[CoreCheck, LeastCore]:
        """Core check of the Shapley shares and least core, on what was evaluated."""
        solver = self.solver(weights, unit)
        return solver.core_check(solver.shapley()), solver.least_core()


def sample(
    value: CaseValue, budget: int | None, running: Running, seed: int = 1, *,
    width: float | None = None,
) -> Sampled:
    """Evaluate what an estimate of Shapley values asks for: at most `budget` cases.

    With a `width` only until every 95 % interval is at most this part of what all gain, in each
    measure by itself.
    """
    game = value.game()
    room = budget or DEFAULT_BUDGET * game.n
    valuer = Valuer(game, running)
    solver = Solver(game, budget=room, seed=seed, weights=np.ones(value.nobody.shape),
                    valuer=valuer)
    asked = partial(Sampled, value.kind, game.players, seed=seed, width=width)
    if width is None:
        solver.shapley()
        reached = True
    else:
        def enough(spent: int) -> bool:
            return asked(valuer.known, spent).narrow(value.signs)

        room = search(solver.worth, game.n, room, seed=seed, enough=enough)
        reached = asked(valuer.known, room).narrow(value.signs)
    return asked(valuer.known, room, reached=reached,
                 failures={m: str(f) for m, f in valuer.failures.items()})


def _unknown(chosen: frozenset[str]) -> float:
    """A coalition that was not evaluated is not known: it fails, and is left out."""
    msg = f"{len(chosen)} players were not evaluated together"
    raise LookupError(msg)
