"""Who is left with what: compensation of net losers across borders, and a partner who withdraws.

The practice is that of cross-border cost allocation in European energy law (Regulation (EU)
2022/869, article 16; ACER recommendations): net impact per country, and compensation of hosts that
lose, paid by those who gain significantly. Fair shares by games stand beside it: they say what
would be fair, this says what keeps everybody from losing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.show import Cell, Sheet, Shown, number
from tieline.appraisal.solutions.semivalues import shapley
from tieline.errors import CaseError

if TYPE_CHECKING:
    import pandas as pd

    from tieline.region.model import FloatArray

SIGNIFICANT = 0.10
"""Part of all net gains from which on a gainer pays: 10 % in past recommendations, approximate."""

QUANTILES = (0.05, 0.95)
"""Ends of ranges, as of net present values."""


@dataclass(frozen=True, repr=False)
class Compensation(Shown):
    """Payments that leave nobody worse off than without the project.

    `net`, `after` have shape (n,), `payments` (n, n) from row to column. `uncovered` is what net
    losers still lack: > 0 where the project loses on the whole. `ends` are the 5 % and 95 %
    quantiles, shape (2, n), of net, pays, receives, paid (receives less pays) and after, where
    draws are known.
    """

    jurisdictions: tuple[str, ...]
    currency: str
    net: FloatArray
    payments: FloatArray
    significant: float
    uncovered: float
    ends: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def after(self) -> FloatArray:
        """Shape (n,): what each is left with after payments."""
        return np.asarray(self.net - self.payments.sum(axis=1) + self.payments.sum(axis=0))

    def to_frame(self) -> pd.DataFrame:
        """One row per jurisdiction: net, pays, receives, after [currency], _low and _high."""
        import pandas as pd

        frame = pd.DataFrame({
            "jurisdiction": list(self.jurisdictions), "currency": self.currency, "net": self.net,
            "pays": self.payments.sum(axis=1), "receives": self.payments.sum(axis=0),
            "after": self.after,
        })
        for name, (low, high) in self.ends.items():
            if name not in frame:
                continue
            frame[f"{name}_low"], frame[f"{name}_high"] = low, high
        return frame

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of jurisdictions."""
        rows: list[list[Cell]] = [
            [j, float(self.net[k]), float(self.payments[k].sum()),
             float(self.payments[:, k].sum()), float(self.after[k])]
            for k, j in enumerate(self.jurisdictions)
        ]
        notes = () if self.uncovered <= 0 else (
            f"net losers still lack {number(self.uncovered)}: on the whole it does not pay",)
        return (Sheet.of(f"compensation [{self.currency}]",
                         ("jurisdiction", "net", "pays", "receives", "after"), rows, notes),)


def compensate(
    jurisdictions: Sequence[str], net: FloatArray, currency: str, *,
    significant: float = SIGNIFICANT, draws: FloatArray | None = None,
) -> Compensation:
    """Compensation of net losers by net gainers, in proportion to net gains.

    Gainers with less than `significant` of all net gains do not pay, unless the others' gains do
    not suffice. `draws` (m, n) of net give ranges: each is settled by itself. CaseError unless
    0 <= significant < 1.
    """
    if not 0.0 <= significant < 1.0:
        msg = f"significance: expected a fraction >= 0 and < 1, found {significant:g}"
        raise CaseError(msg)
    rows = np.asarray(net, np.float64)[None, :]
    paid, receives, lack = _settled(rows, significant)
    payments = np.outer(paid[0], receives[0]) / max(float(receives.sum()), 1e-300)
    ends = {} if draws is None else _ends(draws, significant)
    return Compensation(tuple(jurisdictions), currency, rows[0], payments, significant,
                        max(float(lack[0]), 0.0), ends)


def _settled(net: FloatArray, significant: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What each pays and receives, (m, n), and what losers lack, (m,), for rows of net (m, n)."""
    gains, losses = np.maximum(net, 0.0), np.maximum(-net, 0.0)
    need = losses.sum(axis=1)
    large = np.where(gains >= significant * gains.sum(axis=1, keepdims=True), gains, 0.0)
    first = np.minimum(need, large.sum(axis=1))
    rest = np.minimum(need - first, (gains - large).sum(axis=1))
    paid = _part(large, first) + _part(gains - large, rest)
    return paid, _part(losses, first + rest), need - first - rest


def _ends(draws: FloatArray, significant: float) -> dict[str, FloatArray]:
    pays, receives, _ = _settled(draws, significant)
    found = {"net": draws, "pays": pays, "receives": receives, "paid": receives - pays,
             "after": draws - pays + receives}
    return {k: np.quantile(x, QUANTILES, axis=0) for k, x in found.items()}


@dataclass(frozen=True, repr=False)
class Withdrawal(Shown):
    """What happens to everybody if one partner leaves.

    Shape (n,) each: fair shares `before` with all, `after` with the rest (the one who left keeps
    v of itself); `remains` is the worth of the rest together.
    """

    players: tuple[str, ...]
    who: str
    unit: str
    before: FloatArray
    after: FloatArray
    remains: float

    @property
    def change(self) -> FloatArray:
        """Shape (n,): what each gains or loses by it."""
        return np.asarray(self.after - self.before)

    def to_frame(self) -> pd.DataFrame:
        """One row per player: before, after, change [unit]."""
        import pandas as pd

        return pd.DataFrame({
            "leaves": self.who, "player": list(self.players), "unit": self.unit,
            "before": self.before, "after": self.after, "change": self.change,
        })

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of players."""
        rows: list[list[Cell]] = [
            [p, float(self.before[k]), float(self.after[k]), float(self.change[k])]
            for k, p in enumerate(self.players)
        ]
        title = f"if {self.who} leaves [{self.unit or '1'}]: {number(self.remains)} remain"
        return (Sheet.of(title, ("player", "before", "after", "change"), rows),)


def withdrawal(
    players: Sequence[str], table: FloatArray, who: str, unit: str = ""
) -> Withdrawal:
    """Fair shares with everybody and without one, from the table of the game."""
    if who not in players:
        msg = f"'{who}' does not play; there is: {', '.join(players)}"
        raise CaseError(msg)
    k = list(players).index(who)
    others = [i for i in range(len(players)) if i != k]
    masks = np.arange(1 << len(others))
    wide = np.zeros_like(masks)
    for bit, i in enumerate(others):
        wide |= (masks >> bit & 1) << i
    after = np.zeros(len(players))
    after[others] = shapley(table[wide])
    after[k] = table[1 << k]
    return Withdrawal(tuple(players), who, unit, shapley(table), after, float(table[wide[-1]]))


def _part(weights: FloatArray, total: FloatArray) -> FloatArray:
    """Totals (m,) split in proportion to weights (m, n)."""
    whole = weights.sum(axis=1)
    share = np.divide(total, whole, out=np.zeros_like(whole), where=whole > 0.0)
    return np.asarray(weights * share[:, None])
