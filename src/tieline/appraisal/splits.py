"""What is shared and what a project is worth: records of one measure of one network.

Every gain is positive when it is better, whatever the measure (`Measure.sign`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tieline.appraisal.game import members
from tieline.appraisal.show import Cell, Sheet, Shown, number

if TYPE_CHECKING:
    import pandas as pd

    from tieline.region.model import FloatArray, Measure

PlayersKind = Literal["jurisdictions", "borders", "projects"]
Exactness = Literal["exact"]
"""How shares were found; sampled and certified kinds will stand beside it."""

ROUNDING = 1e-9
"""Sums smaller than this share of what they sum are rounding."""


@dataclass(frozen=True)
class CoreTest:
    """Whether nobody can do better by leaving with the shares given.

    `coalition` is the group that loses most by staying (players' ids; empty if there is none
    but the grand coalition) and `lack` by how much: v(coalition) minus what its members get.
    In the core: lack <= tolerance. A negative lack is what the group would lose by leaving.
    """

    in_core: bool
    coalition: tuple[str, ...]
    lack: float


@dataclass(frozen=True, repr=False)
class Superadditivity(Shown):
    """Whether two groups never do worse by joining; if not, the pair that shows it most.

    `lack` = v(left) + v(right) - v(left and right), > 0 where joining destroys value.
    """

    holds: bool
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    lack: float = 0.0

    def sheets(self) -> tuple[Sheet, ...]:
        """One line."""
        if self.holds:
            return (Sheet.of("superadditive: no two groups lose by joining", (), ()),)
        left, right = " + ".join(self.left), " + ".join(self.right)
        told = f"not superadditive: {left} and {right} lose {number(self.lack)} by joining"
        return (Sheet.of(told, (), ()),)


@dataclass(frozen=True, repr=False)
class Split(Shown):
    """What cooperation gains in one measure, and how it may be shared fairly.

    Parameters
    ----------
    network, kind, measure, unit
        Which network, who plays, what is counted; `unit` is that of every number below.
    players
        Ids; for borders "a+b" (`state_label`).
    table
        Shape (2^n,), v(S) by bitmask (player k is bit k); v(nobody) = 0.
    gap
        Shape (2^n,), how far each v(S) may be from exact because an engine's method is not.
    dividend
        v(all).
    falls
        Shape (n,): what falls on each player before any side payment. None unless the players
        are jurisdictions: a border or a project receives nothing.
    shapley_gap, falls_gap
        Shape (n,), how far `shapley` and `falls` may be off because v(S) may be; None where
        `falls` is None.
    outsiders
        Shape (2^n,): gain of the jurisdictions outside S, reported beside v and never in it;
        zero unless the players are jurisdictions.
    shapley, nucleolus
        Shape (n,), each sums to the dividend; nucleolus is None for more than three players
        (`nucleolus_note` says why).
    shapley_core
        Whether the Shapley shares are in the core, and which group they would lose.
    least_core
        The smallest epsilon such that some shares leave no group short of more than epsilon;
        the core is empty if it is > 0. NaN for one player.
    """

    network: str
    kind: PlayersKind
    measure: Measure
    unit: str
    players: tuple[str, ...]
    table: FloatArray
    gap: FloatArray
    dividend: float
    falls: FloatArray | None
    outsiders: FloatArray
    shapley: FloatArray
    nucleolus: FloatArray | None
    nucleolus_note: str
    shapley_core: CoreTest
    least_core: float
    core_empty: bool
    superadditive: Superadditivity
    shapley_gap: FloatArray
    falls_gap: FloatArray | None = None
    exactness: Exactness = "exact"

    @property
    def in_core(self) -> bool:
        """Whether the Shapley shares are in the core."""
        return self.shapley_core.in_core

    @property
    def dividend_gap(self) -> float:
        """How far the dividend may be from that of the best plans; 0 = exact."""
        return float(self.gap[-1])

    @property
    def side_gap(self) -> FloatArray:
        """Shape (n,): how far the side payments may be off."""
        return self.shapley_gap + (0.0 if self.falls_gap is None else self.falls_gap)

    @property
    def core_certain(self) -> bool:
        """Whether `in_core` would be the same for every v(S) within its gap.

        The excess v(S) - x(S) of a coalition moves by at most the gap of v(S) and of its
        members' shares.
        """
        if not self.gap.any():
            return True
        masks = np.arange(1, len(self.table) - 1)
        members = (masks[:, None] >> np.arange(len(self.players)) & 1).astype(np.float64)
        excess = self.table[1:-1] - members @ self.shapley
        moved = self.gap[1:-1] + members @ self.shapley_gap
        if self.in_core:
            return bool((excess + moved <= 0.0).all())
        return bool((excess - moved > 0.0).any())

    @property
    def side_payment(self) -> FloatArray | None:
        """Shape (n,): Shapley share minus what falls; positive receives, sums to zero."""
        return None if self.falls is None else self.shapley - self.falls

    def coalition(self, mask: int) -> tuple[str, ...]:
        """The players of a bitmask."""
        return members(self.players, mask)

    def to_frame(self) -> pd.DataFrame:
        """One row per player: falls, shapley, side_payment, nucleolus [unit]."""
        import pandas as pd

        nan = np.full(len(self.players), np.nan)
        return pd.DataFrame({
            "network": self.network,
            "players": self.kind,
            "measure": self.measure.name,
            "unit": self.unit,
            "player": list(self.players),
            "falls": nan if self.falls is None else self.falls,
            "shapley": self.shapley,
            "side_payment": nan if self.side_payment is None else self.side_payment,
            "falls_gap": nan if self.falls_gap is None else self.falls_gap,
            "shapley_gap": self.shapley_gap,
            "nucleolus": nan if self.nucleolus is None else self.nucleolus,
        })

    def coalitions_frame(self) -> pd.DataFrame:
        """One row per coalition: its players, v, gap, gain of outsiders [unit]."""
        import pandas as pd

        return pd.DataFrame({
            "network": self.network,
            "players": self.kind,
            "measure": self.measure.name,
            "unit": self.unit,
            "coalition": [";".join(self.coalition(m)) for m in range(len(self.table))],
            "value": self.table,
            "gap": self.gap,
            "outsiders": self.outsiders,
        })

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of players."""
        parts = {"falls": self.falls, "Shapley": self.shapley,
                 "side payment": self.side_payment, "nucleolus": self.nucleolus}
        shown = {k: v for k, v in parts.items() if v is not None}
        rows: list[list[Cell]] = [
            [p, *(float(v[k]) for v in shown.values())] for k, p in enumerate(self.players)
        ]
        rows.append(["all", *(float(v.sum()) for v in shown.values())])
        if self.gap.any():
            rows += self._gap_rows(tuple(shown))
        title = f"{self.network}: gain in {self.measure.name} [{self.unit}], {self.kind} play"
        return (Sheet.of(title, (self.kind, *shown), rows, self._remarks()),)

    def _gap_rows(self, shown: tuple[str, ...]) -> list[list[Cell]]:
        gaps = {"falls": self.falls_gap, "Shapley": self.shapley_gap,
                "side payment": self.side_gap}
        columns = [gaps.get(name) for name in shown]
        return [
            [f"{p}: gap, at most", *(None if c is None else float(c[k]) for c in columns)]
            for k, p in enumerate(self.players)
        ]

    def _remarks(self) -> list[str]:
        core = "core is empty" if self.core_empty else "core is not empty"
        if not self.core_certain:
            core = f"not certain within the gap: {core}"
        if self.in_core:
            found = "Shapley shares are in the core"
        else:
            group = "+".join(self.shapley_core.coalition)
            found = f"Shapley shares: {group} could do better alone"
        return [f"{self._precision()}; {core}; {found}"]

    def _precision(self) -> str:
        worst = float(self.gap.max(initial=0.0))
        if not worst:
            return "v(S) and shares exact"
        return (f"shares exact for these v(S); v(S) within {number(worst)}, "
                f"the dividend within {number(self.dividend_gap)}")


@dataclass(frozen=True, repr=False)
class Worth(Shown):
    """What each project is worth in one measure, with everybody together.

    Parameters
    ----------
    projects
        The p projects of this network that the reference holds; the order of every row.
    pint
        Shape (p, n_jurisdictions): put one in - gain of the project alone, added to the
        reference without any of these projects.
    toot
        Shape (p, n_jurisdictions): take one out - what the reference loses without it.
    shapley
        Shape (p,): average over every order of building; None for more than 12 projects.
    of_all
        Shape (n_jurisdictions,): gain of all projects at once.
    planned, planned_gain
        The q projects of this network not in the reference, and shape (q, n_jurisdictions): the
        gain of adding each alone to the whole reference.
    pint_gap_by, toot_gap_by, planned_gap_by
        Of the shapes of `pint`, `toot`, `planned_gain`: how far each may be off.
    """

    network: str
    measure: Measure
    unit: str
    jurisdictions: tuple[str, ...]
    projects: tuple[str, ...]
    pint: FloatArray
    toot: FloatArray
    shapley: FloatArray | None
    of_all: FloatArray
    planned: tuple[str, ...]
    planned_gain: FloatArray
    pint_gap_by: FloatArray
    toot_gap_by: FloatArray
    planned_gap_by: FloatArray
    exactness: Exactness = "exact"

    @property
    def moves(self) -> bool:
        """Whether any project changes the sum of the region; what only shifts among them does not.

        Sums that are nothing but rounding count as none.
        """
        parts = (self.pint, self.toot, self.planned_gain, self.of_all[None, :])
        return any(bool((np.abs(x.sum(axis=1)) > ROUNDING * np.abs(x).sum(axis=1)).any())
                   for x in parts)

    @property
    def pint_gap(self) -> FloatArray:
        """Shape (p,): how far PINT of the whole region may be off."""
        return np.asarray(self.pint_gap_by.sum(axis=1))

    @property
    def toot_gap(self) -> FloatArray:
        """Shape (p,): how far TOOT of the whole region may be off."""
        return np.asarray(self.toot_gap_by.sum(axis=1))

    @property
    def planned_gap(self) -> FloatArray:
        """Shape (q,): how far the gain of a planned project may be off."""
        return np.asarray(self.planned_gap_by.sum(axis=1))

    @property
    def pint_total(self) -> FloatArray:
        """Shape (p,): PINT of the whole region."""
        return np.asarray(self.pint.sum(axis=1))

    @property
    def toot_total(self) -> FloatArray:
        """Shape (p,): TOOT of the whole region."""
        return np.asarray(self.toot.sum(axis=1))

    def to_frame(self) -> pd.DataFrame:
        """One row per project and jurisdiction ("" = region): pint, toot, shapley, added [unit].

        `of_all` repeats what all projects at once give, to compare sums of pint and toot with.
        """
        import pandas as pd

        places = ("", *self.jurisdictions)
        of_all = _with_total(self.of_all)
        nan = np.full(len(places), np.nan)
        rows: list[tuple[object, ...]] = []
        for k, project in enumerate(self.projects):
            share = nan.copy()
            share[0] = np.nan if self.shapley is None else self.shapley[k]
            cells = (_with_total(self.pint[k]), _with_total(self.toot[k]), share, nan, of_all)
            rows += [(project, j, *row) for j, *row in zip(places, *cells, strict=True)]
        for k, project in enumerate(self.planned):
            cells = (nan, nan, nan, _with_total(self.planned_gain[k]), of_all)
            rows += [(project, j, *row) for j, *row in zip(places, *cells, strict=True)]
        columns = ["project", "jurisdiction", "pint", "toot", "shapley", "added", "of_all"]
        frame = pd.DataFrame(rows, columns=columns)
        for place, name in enumerate(("network", "measure", "unit")):
            value = self.measure.name if name == "measure" else getattr(self, name)
            frame.insert(place, name, value)
        return frame

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of projects; sums stand beside the worth of all."""
        share = self.shapley
        more: list[str] = ["added to all"] if self.planned else []
        blank: list[Cell] = [None] * len(more)
        rows: list[list[Cell]] = [
            [p, float(self.pint_total[k]), float(self.toot_total[k]),
             None if share is None else float(share[k]), *blank]
            for k, p in enumerate(self.projects)
        ]
        rows.append(["sum", float(self.pint.sum()), float(self.toot.sum()),
                     None if share is None else float(share.sum()), *blank])
        rows += [
            [f"{p} (planned)", None, None, None, float(self.planned_gain[k].sum())]
            for k, p in enumerate(self.planned)
        ]
        title = f"{self.network}: worth of projects in {self.measure.name} [{self.unit}], together"
        notes = [f"all projects at once: {number(float(self.of_all.sum()))}"]
        gaps = (self.pint_gap, self.toot_gap, self.planned_gap)
        worst = max((float(g.max(initial=0.0)) for g in gaps), default=0.0)
        if worst:
            notes.append(f"each of these within {number(worst)}")
        return (Sheet.of(title, ("project", "PINT", "TOOT", "Shapley", *more), rows, notes),)


def _with_total(by_jurisdiction: FloatArray) -> FloatArray:
    """The sum, then the parts."""
    return np.concatenate([[by_jurisdiction.sum()], by_jurisdiction])
