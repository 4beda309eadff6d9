"""Records of an appraisal in money: every figure with its range.

Each row of values.csv is one unknown price between `low` and `high`. Every figure here but the
nucleolus is linear in the prices, so its range is exact: each price is taken at the end that makes
the figure smallest or largest. The ends of different figures therefore need not occur together,
and low ends need not add up to the low end of a total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tieline.appraisal.show import Cell, Sheet, Shown, number

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.splits import PlayersKind, Split
    from tieline.region.model import FloatArray
    from tieline.region.region import Value

ENDS = {"typical": "", "low": "_low", "high": "_high"}
"""Fields of a `Range` and the suffixes of their columns."""


@dataclass(frozen=True)
class Range:
    """A figure, or an array of them, at typical prices, with its lowest and highest value."""

    low: FloatArray
    typical: FloatArray
    high: FloatArray


@dataclass(frozen=True, repr=False)
class MoneySplit(Shown):
    """The dividend in money per year and how it may be shared.

    `split` is the game at typical prices (core, nucleolus, table). `dividend` has shape (),
    `falls`, `shapley`, `side_payment` shape (n,); falls and side_payment are None unless the
    players are jurisdictions.
    """

    kind: PlayersKind
    players: tuple[str, ...]
    unit: str
    split: Split
    dividend: Range
    falls: Range | None
    shapley: Range
    side_payment: Range | None

    def to_frame(self) -> pd.DataFrame:
        """One row per player; columns <figure>, <figure>_low, <figure>_high [unit]."""
        import pandas as pd

        columns: dict[str, object] = {"players": self.kind, "unit": self.unit,
                                      "player": list(self.players)}
        figures = {"falls": self.falls, "shapley": self.shapley,
                   "side_payment": self.side_payment}
        for name, figure in figures.items():
            nan = float("nan")
            columns[name] = nan if figure is None else figure.typical
            columns[f"{name}_low"] = nan if figure is None else figure.low
            columns[f"{name}_high"] = nan if figure is None else figure.high
        return pd.DataFrame(columns)

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of players with ranges."""
        head: list[str] = [self.kind]
        figures = [("falls", self.falls), ("Shapley", self.shapley),
                   ("side payment", self.side_payment)]
        shown = [(n, f) for n, f in figures if f is not None]
        for name, _ in shown:
            head += [name, "low", "high"]
        rows: list[list[Cell]] = []
        for k, player in enumerate(self.players):
            row: list[Cell] = [player]
            for _, f in shown:
                row += [float(f.typical[k]), float(f.low[k]), float(f.high[k])]
            rows.append(row)
        d = self.dividend
        title = (f"dividend {number(float(d.typical))} [{self.unit}] "
                 f"({number(float(d.low))} to {number(float(d.high))}), {self.kind} play")
        return (Sheet.of(title, head, rows, self._remarks()),)

    def _remarks(self) -> list[str]:
        """The gap of the dividend, priced at typical values, where there is one."""
        gap = self.split.dividend_gap
        return [f"gap of the dividend at typical values: at most {number(gap)}"] if gap else []


@dataclass(frozen=True, repr=False)
class MoneyWorth(Shown):
    """Projects in money per year, everybody together.

    `pint`, `toot` have shape (p, n_jurisdictions), `pint_total`, `toot_total`, `shapley` shape
    (p,), `of_all` shape (), `added_by` (q, n_jurisdictions); shapley is None for more than 12
    projects.
    The gaps, shape (p,), (p,), (q,), say how far totals may be off at typical prices.
    `toot_parts` (p, n_jurisdictions, n_prices), `added_parts` (q, ...) are by price, each at 1;
    `own_money` (n_prices,) says which prices are of money itself, without a range.
    """

    unit: str
    jurisdictions: tuple[str, ...]
    projects: tuple[str, ...]
    pint: Range
    toot: Range
    pint_total: Range
    toot_total: Range
    shapley: Range | None
    of_all: Range
    planned: tuple[str, ...]
    added: Range
    added_by: Range
    pint_gap: FloatArray
    toot_gap: FloatArray
    added_gap: FloatArray
    toot_parts: FloatArray
    added_parts: FloatArray
    own_money: BoolArray

    def to_frame(self) -> pd.DataFrame:
        """One row per project: pint, toot, shapley with _low and _high [unit].

        A planned project has `added` instead: its gain if added to the whole reference.
        """
        import pandas as pd

        columns: dict[str, object] = {
            "unit": self.unit, "project": [*self.projects, *self.planned]
        }
        built, planned = ([float("nan")] * len(x) for x in (self.projects, self.planned))
        figures = {"pint": self.pint_total, "toot": self.toot_total, "shapley": self.shapley}
        for name, figure in figures.items():
            for end, suffix in ENDS.items():
                known = built if figure is None else getattr(figure, end)
                columns[f"{name}{suffix}"] = [*known, *planned]
        for end, suffix in ENDS.items():
            columns[f"added{suffix}"] = [*built, *getattr(self.added, end)]
        return pd.DataFrame(columns)

    def sheets(self) -> tuple[Sheet, ...]:
        """One table of projects with ranges."""
        head = ["project", "PINT", "low", "high", "TOOT", "low", "high"]
        blank: list[Cell] = []
        if self.planned:
            head += ["added to all", "low", "high"]
            blank = [None] * 3
        rows: list[list[Cell]] = [
            [p, *(float(x[k]) for f in (self.pint_total, self.toot_total)
                  for x in (f.typical, f.low, f.high)), *blank]
            for k, p in enumerate(self.projects)
        ]
        f = self.added
        rows += [
            [f"{p} (planned)", *(None,) * 6, *(float(x[k]) for x in (f.typical, f.low, f.high))]
            for k, p in enumerate(self.planned)
        ]
        return (Sheet.of(f"worth of projects [{self.unit}]", head, rows),)


@dataclass(frozen=True, repr=False)
class Money(Shown):
    """Everything priced in one currency, networks added.

    Parameters
    ----------
    currency, unit, price_years
        Unit is "<currency>/yr"; more than one price year is noted, never converted.
    prices
        The rows of values.csv used.
    networks
        The networks with a priced measure.
    jurisdictions
        Ids, the order of the arrays below.
    by_state
        State label -> shape (n_jurisdictions,): gain against apart per year.
    by_measure
        (network, measure) -> shape (n_jurisdictions,): gain of together against apart per year.
    of_measure
        The same of all jurisdictions, shape (): one price is at one end for all of them.
    splits
        By kind of players.
    worth
        None if no priced network has a project.
    notes
        What was not done: overlapping measures, mixed price years.
    """

    currency: str
    unit: str
    price_years: tuple[int, ...]
    prices: tuple[Value, ...]
    networks: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    by_state: Mapping[str, Range]
    by_measure: Mapping[tuple[str, str], Range]
    of_measure: Mapping[tuple[str, str], Range]
    splits: Mapping[PlayersKind, MoneySplit]
    worth: MoneyWorth | None
    notes: tuple[str, ...] = field(default=())

    def to_frame(self) -> pd.DataFrame:
        """One row per measure and jurisdiction: the yearly gain of together against apart."""
        import pandas as pd

        rows = [
            {"network": network, "measure": measure, "unit": self.unit, "jurisdiction": j,
             "gain": float(r.typical[k]), "gain_low": float(r.low[k]),
             "gain_high": float(r.high[k])}
            for (network, measure), r in self.by_measure.items()
            for k, j in enumerate(self.jurisdictions)
        ]
        return pd.DataFrame(rows)

    def states_frame(self) -> pd.DataFrame:
        """One row per state and jurisdiction: the yearly gain against apart."""
        import pandas as pd

        rows = [
            {"unit": self.unit, "state": state, "jurisdiction": j,
             "gain": float(r.typical[k]), "gain_low": float(r.low[k]),
             "gain_high": float(r.high[k])}
            for state, r in self.by_state.items()
            for k, j in enumerate(self.jurisdictions)
        ]
        return pd.DataFrame(rows)

    def prices_frame(self) -> pd.DataFrame:
        """One row per price used."""
        import pandas as pd

        return pd.DataFrame([asdict(p) for p in self.prices])

    def sheets(self) -> tuple[Sheet, ...]:
        """Splits, then projects."""
        shown = [s for split in self.splits.values() for s in split.sheets()]
        if self.worth is not None:
            shown += self.worth.sheets()
        if shown and self.notes:
            last = shown[-1]
            shown[-1] = Sheet(last.title, last.head, last.rows, (*last.notes, *self.notes))
        return tuple(shown)
