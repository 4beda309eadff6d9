"""Records of what follows from a game: each says how it is known and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.appraisal.show import Cell, Sheet, Shown, number
from tieline.messages import counted

if TYPE_CHECKING:
    import pandas as pd

    from tieline.region.model import FloatArray

Status = Literal["exact", "certified", "estimated", "not refuted"]
"""exact: every coalition was counted, or a closed form; certified: a certificate was checked;
estimated: with standard errors; not refuted: a search found nothing against it."""


@dataclass(frozen=True, repr=False)
class Shares(Shown):
    """What each player gets by a rule.

    Parameters
    ----------
    rule
        "shapley", "banzhaf", "owen", "dividend", "nucleolus" ...
    shares, se, lo, hi
        Shape (n,): shares, standard errors, ends of the 95 % interval; of what is exact, se is 0
        and both ends are the share.
    evaluations
        Coalitions asked of the game.
    notes
        What the reader should know: a check that disagrees, a budget that ran out.
    """

    rule: str
    players: tuple[str, ...]
    unit: str
    shares: FloatArray
    se: FloatArray
    lo: FloatArray
    hi: FloatArray
    status: Status
    evaluations: int
    notes: tuple[str, ...] = ()

    @classmethod
    def known(  # noqa: PLR0913 - the parts of one record
        cls, rule: str, players: tuple[str, ...], unit: str, shares: FloatArray, status: Status,
        evaluations: int, *, notes: tuple[str, ...] = (),
    ) -> Shares:
        """Shares without an interval."""
        return cls(rule, players, unit, shares, np.zeros_like(shares), shares, shares, status,
                   evaluations, notes)

    def of(self, player: str) -> float:
        """The share of one player."""
        return float(self.shares[self.players.index(player)])

    def to_frame(self) -> pd.DataFrame:
        """One row per player: share, se, lo, hi [unit], status, evaluations."""
        import pandas as pd

        return pd.DataFrame({
            "rule": self.rule, "unit": self.unit, "player": list(self.players),
            "share": self.shares, "se": self.se, "lo": self.lo, "hi": self.hi,
            "status": self.status, "evaluations": self.evaluations,
        })

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of players."""
        known = self.status != "estimated"
        rows: list[list[Cell]] = [
            [p, float(self.shares[k]), *([] if known else (float(self.lo[k]), float(self.hi[k])))]
            for k, p in enumerate(self.players)
        ]
        head = ["player", "share", *([] if known else ("95 %: from", "to"))]
        title = f"{self.rule} [{self.unit or '1'}]: {self.status}"
        return (Sheet.of(f"{title}, {counted(self.evaluations, 'coalition')} evaluated", head, rows,
                         self.notes),)


@dataclass(frozen=True, repr=False)
class Interactions(Shown):
    """How pairs of players work together: > 0 complements, < 0 substitutes, 0 on the diagonal.

    `index` is "SII" (Grabisch and Roubens 1999), "STII" (Sundararajan, Dhamdhere and Agarwal 2020)
    or "BII" (Banzhaf). `values`, `se` have shape (n, n).
    """

    index: str
    players: tuple[str, ...]
    unit: str
    values: FloatArray
    se: FloatArray
    status: Status
    evaluations: int

    @property
    def lo(self) -> FloatArray:
        """Shape (n, n): lower ends of the 95 % intervals."""
        return np.asarray(self.values - 1.96 * self.se)

    @property
    def hi(self) -> FloatArray:
        """Shape (n, n): upper ends of the 95 % intervals."""
        return np.asarray(self.values + 1.96 * self.se)

    def pairs(self) -> list[tuple[str, str, float]]:
        """Every pair with its interaction, the strongest first."""
        a, b = np.triu_indices(len(self.players), 1)
        order = np.argsort(-np.abs(self.values[a, b]), kind="stable")
        return [(self.players[a[k]], self.players[b[k]], float(self.values[a[k], b[k]]))
                for k in order]

    def to_frame(self) -> pd.DataFrame:
        """One row per pair: value, se [unit], what it means."""
        import pandas as pd

        place = {p: k for k, p in enumerate(self.players)}
        return pd.DataFrame([
            {"index": self.index, "unit": self.unit, "player": a, "other": b, "value": v,
             "se": float(self.se[place[a], place[b]]),
             "meaning": "complements" if v > 0 else "substitutes" if v < 0 else "independent",
             "status": self.status}
            for a, b, v in self.pairs()
        ])

    def sheets(self) -> tuple[Sheet, ...]:
        """The strongest pairs."""
        rows: list[list[Cell]] = [[a, b, v] for a, b, v in self.pairs()[:12]]
        title = f"{self.index} [{self.unit or '1'}]: {self.status}; + complements, - substitutes"
        return (Sheet.of(title, ("player", "with", "interaction"), rows),)


@dataclass(frozen=True, repr=False)
class CoreCheck(Shown):
    """Whether any group would rather leave with the shares given.

    `lack` is v(group) less what its members get (cost: what they pay beyond c(group)), of the group
    that lacks most; "not refuted" if only a search, not every group, was looked at.
    """

    rule: str
    in_core: bool
    coalition: tuple[str, ...]
    lack: float
    unit: str
    status: Status
    evaluations: int

    def sheets(self) -> tuple[Sheet, ...]:
        """One line."""
        group = "+".join(self.coalition)
        if not self.in_core:
            told = f"not in the core: {group} lacks {number(self.lack)} [{self.unit or '1'}]"
        else:
            told = "in the core" if self.status != "not refuted" else "no group found that gains"
        return (Sheet.of(f"{self.rule}: {told} ({self.status})", (), ()),)


@dataclass(frozen=True, repr=False)
class LeastCore(Shown):
    """The smallest epsilon such that some shares leave no group short of more than it.

    The core is empty if epsilon > 0. `lo`, `hi` bound epsilon; `shares` attain `epsilon`.
    """

    players: tuple[str, ...]
    unit: str
    epsilon: float
    shares: FloatArray
    lo: float
    hi: float
    status: Status
    evaluations: int
    se: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def core_empty(self) -> bool:
        """Whether no shares satisfy every group."""
        return self.lo > 0.0

    def sheets(self) -> tuple[Sheet, ...]:
        """Epsilon and the shares that attain it."""
        rows: list[list[Cell]] = [[p, float(self.shares[k])] for k, p in enumerate(self.players)]
        empty = "the core is empty" if self.core_empty else "the core is not empty"
        if not self.core_empty and self.status == "not refuted":
            empty = "no group found that gains"
        title = f"least core: epsilon {number(self.epsilon)} [{self.unit or '1'}], {empty}"
        return (Sheet.of(f"{title} ({self.status})", ("player", "share"), rows, self.notes),)
