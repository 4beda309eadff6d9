"""A cooperative game: who plays and what each coalition is worth.

The worth may be a table of 2^n values, a function of the coalition's members, or a sum of small
games (`Sum`), which is exact for any number of players. It may be a vector (jurisdiction x
measure): one evaluation then serves every question that is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from tieline.appraisal.games.coalitions import coalition_sums, members, rows_of
from tieline.appraisal.games.terms import Sum, Term
from tieline.errors import CaseError

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.region.model import FloatArray

MAX_PLAYERS = 30
"""Most players of a table: 2^30 values of 8 bytes are 8.6 GB."""

Kind = Literal["value", "cost"]
ValueFunction: TypeAlias = "Callable[[frozenset[str]], float | FloatArray]"


@dataclass(frozen=True)
class Game:
    """A cooperative game; v(nobody) = 0.

    Parameters
    ----------
    players
        Ids, no two alike; player k is bit k of a coalition's bitmask.
    value
        Worth of each coalition: an array of shape (2^n, ...) by bitmask, a `Sum`, or a function
        that takes the members as a frozenset of ids and gives a number or an array, always of the
        same shape. A function is not called for nobody: its worth is 0 by definition.
    unit
        Unit of the worth.
    kind
        "value": more is better; "cost": what the coalition pays, less is better. Shares of a cost
        game are costs.
    key
        For a function: names its data and version. Values are kept under it between runs; without
        it they are not kept.

    Raises
    ------
    CaseError
        If two players have the same id, or a table has the wrong shape, is not finite, is not 0
        for nobody, or would have more than 2^30 values.
    """

    players: tuple[str, ...]
    value: FloatArray | Sum | ValueFunction
    unit: str = ""
    kind: Kind = field(default="value", kw_only=True)
    key: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", tuple(self.players))
        twice = sorted({p for p in self.players if self.players.count(p) > 1})
        if twice:
            msg = f"players must differ; found more than once: {', '.join(twice)}"
            raise CaseError(msg)
        if self.kind not in ("value", "cost"):
            msg = f"kind of game: expected value or cost, found '{self.kind}'"
            raise CaseError(msg)
        if isinstance(self.value, np.ndarray):
            _check_table(self.value, self.players)
            self.value.setflags(write=False)

    @classmethod
    def from_table(
        cls, players: Sequence[str], table: Sequence[float] | FloatArray, unit: str = "", *,
        kind: Kind = "value",
    ) -> Game:
        """The game of a table by bitmask: shape (2^n,), or (2^n, ...) for vector values."""
        return cls(tuple(players), np.array(table, np.float64), unit, kind=kind)

    @classmethod
    def from_sum(
        cls, players: Sequence[str], terms: Sequence[Term | tuple[Sequence[str], Sequence[float]]],
        unit: str = "", *, kind: Kind = "value",
    ) -> Game:
        """The sum of small games: exact whatever the number of players.

        Each term is (its players, a table of 2^k values by its own bitmask), or (its players, one
        number) for a unanimity term: the number is gained if all of them are in. A term may have
        at most 20 players.
        """
        return cls(tuple(players), Sum.of(tuple(players), terms), unit, kind=kind)

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.players)

    @property
    def sign(self) -> float:
        """+1 for a game of value, -1 for one of cost."""
        return -1.0 if self.kind == "cost" else 1.0

    @property
    def table(self) -> FloatArray:
        """Shape (2^n, ...): worth by bitmask; a function is called for every coalition.

        CaseError for more than 30 players, and if a value is not a number.
        """
        if isinstance(self.value, np.ndarray):
            return self.value
        check_count(self.n, "players")
        if isinstance(self.value, Sum):
            return self.value.table()
        known = self.__dict__.get("_table")
        if known is None:
            from tieline.appraisal.games.valuer import Valuer

            known = Valuer(self).table()
            known.setflags(write=False)
            self.__dict__["_table"] = known
        return np.asarray(known)

    @property
    def tabulated(self) -> bool:
        """Whether a table is at hand or follows without calling a function."""
        return not callable(self.value) or "_table" in self.__dict__

    @property
    def dividend(self) -> float:
        """What all together gain: v(all); of a cost game, what they save against each alone."""
        if self.kind == "value":
            return float(self.worth(range(self.n)))
        alone = sum(float(self.worth([k])) for k in range(self.n))
        return alone - float(self.worth(range(self.n)))

    def worth(self, chosen: Sequence[int]) -> FloatArray:
        """Worth of the players of these numbers."""
        row = np.zeros((1, self.n), bool)
        row[0, list(chosen)] = True
        return np.asarray(self.values(row)[0])

    def values(self, rows: BoolArray) -> FloatArray:
        """Shape (m, ...): worth of the coalitions of rows (m, n) of booleans, one call each."""
        if isinstance(self.value, Sum):
            return self.value.values(rows)
        if isinstance(self.value, np.ndarray) or self.tabulated:
            return np.asarray(self.table[rows @ (1 << np.arange(self.n))])
        found = [self.call(row) for row in np.asarray(rows, bool)]
        shaped = next((np.shape(v) for v, row in zip(found, rows, strict=True) if row.any()), ())
        return np.array([np.zeros(shaped) if not row.any() else v
                         for v, row in zip(found, rows, strict=True)], np.float64)

    def call(self, row: BoolArray) -> float | FloatArray:
        """What the function says of one coalition; 0 for nobody."""
        if not callable(self.value):
            return np.asarray(self.values(row[None])[0])
        chosen = frozenset(p for p, yes in zip(self.players, row, strict=True) if yes)
        return self.value(chosen) if chosen else 0.0

    def coalition(self, mask: int) -> tuple[str, ...]:
        """The players of a bitmask."""
        return members(self.players, mask)

    def part(self, weights: FloatArray) -> Game:
        """The scalar game of a vector one: values summed with weights of the values' shape."""
        if isinstance(self.value, np.ndarray) or self.tabulated:
            axes = np.ndim(weights)
            table = np.tensordot(self.table, weights, axes=axes)
            return Game(self.players, table, self.unit, kind=self.kind)
        whole: ValueFunction = self.value  # type: ignore[assignment]  # else a table is at hand

        def weighed(chosen: frozenset[str]) -> float:
            return float(np.sum(np.asarray(whole(chosen)) * weights))

        return Game(self.players, weighed, self.unit, kind=self.kind)

    def excess(self, shares: FloatArray) -> FloatArray:
        """Shape (2^n,): what each coalition lacks with these shares (cost: pays too much)."""
        return np.asarray(self.sign * (self.table - coalition_sums(shares)))


def check_count(n: int, what: str) -> None:
    """Raise CaseError if there are more than a table takes."""
    if n > MAX_PLAYERS:
        msg = f"{n} {what}: a table takes at most {MAX_PLAYERS}; give a budget to estimate instead"
        raise CaseError(msg)


def _check_table(table: FloatArray, players: Sequence[str]) -> None:
    n = len(players)
    check_count(n, "players")
    if table.shape[:1] != (1 << n,):
        msg = f"{n} players need {1 << n} coalition values"
        msg_0 = f"{msg}, found an array of shape {table.shape}"
        raise CaseError(msg_0)
    if not np.isfinite(table.sum()) and not np.isfinite(table).all():
        bad = np.flatnonzero(~np.isfinite(table.reshape(len(table), -1)).all(axis=1))
        first = rows_of([int(bad[0])], n)[0]
        who = "+".join(players[int(k)] for k in np.flatnonzero(first)) or "nobody"
        msg = f"coalition values must be finite, and 0 for nobody; that of {who} is not"
        msg_0 = msg if len(bad) == 1 else f"{msg}, nor {len(bad) - 1} more"
        raise CaseError(msg_0)
    if np.any(table[0] != 0.0):
        msg = "coalition values must be finite, and 0 for nobody"
        raise CaseError(msg)
