"""What an appraisal gives: frozen records with units, `.to_frame()` and a readable `repr`.

All records stand here by name: `Split` and `Worth` (one measure of one network), `Money` (one
currency), `NetworkAppraisal` and `Appraisal`. Gains are positive when better, whatever the
measure (`Measure.sign`); outcomes (`NetworkAppraisal.value`) keep the measure's own sign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.money import Money, MoneySplit, MoneyWorth, Range
from tieline.appraisal.show import Cell, Sheet, Shown
from tieline.appraisal.splits import (
    CoreTest,
    Exactness,
    PlayersKind,
    Split,
    Superadditivity,
    Worth,
)
from tieline.errors import CaseError
from tieline.messages import counted
from tieline.region.protocol import additive

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.answers import Answer
    from tieline.appraisal.game import Play
    from tieline.appraisal.large import Sampled
    from tieline.appraisal.programme import Programme
    from tieline.region.issues import Issue
    from tieline.region.model import Case, FloatArray, Measure, Outcome
    from tieline.region.region import Region
    from tieline.region.tables import Table

__all__ = [
    "Appraisal", "CoreTest", "Exactness", "Money", "MoneySplit", "MoneyWorth", "NetworkAppraisal",
    "PlayersKind", "Range", "Split", "Superadditivity", "Worth", "state_label",
]


@dataclass(frozen=True, repr=False)
class NetworkAppraisal(Shown):
    """One network, apart and together.

    Parameters
    ----------
    network, engine, version, digest
        Name of the network, engine that evaluated it and its version, hash of the data.
    measures
        All measures of the engine, ratios included.
    jurisdictions
        Ids, the order of every outcome's rows.
    pairs
        The pairs this network can feel; borders as players.
    states, outcomes
        By label (`state_label`): "apart", "together", every single pair "a+b", and with at most
        four pairs every set of pairs "a+b, a+c". Where there is one pair only, its state is
        "together" and is not repeated.
    splits
        By (kind of players, measure name), additive measures with a direction only.
    worths
        By measure name; empty if the network has no project.
    plays
        By kind of players: gains by coalition, jurisdiction and measure, from which prices make
        games in money.
    sampled
        By kind of more than 12 players: the coalitions that were evaluated for estimates.
    detail
        "apart" and "together" -> the engine's detail tables by name; empty unless asked for.
    statuses
        Table name -> status -> number of rows: what the result rests on.
    n_evaluated
        Distinct cases the engine (or the cache) was asked for.
    silent
        Measures of which the network's data say nothing: they have values, that mean nothing, and
        are not told.
    failures, broken
        Cases the engine could not evaluate, with what it raised; kinds of players of whom a
        coalition is among them, and who therefore do not play.
    """

    network: str
    engine: str
    version: str
    digest: str
    scenario: str
    measures: tuple[Measure, ...]
    jurisdictions: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    reference: frozenset[str]
    states: Mapping[str, Case]
    outcomes: Mapping[str, Outcome]
    splits: Mapping[tuple[PlayersKind, str], Split]
    worths: Mapping[str, Worth]
    plays: Mapping[PlayersKind, Play]
    detail: Mapping[str, Mapping[str, Table]] = field(default_factory=dict)
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    n_evaluated: int = 0
    notes: tuple[str, ...] = ()
    sampled: Mapping[PlayersKind, Sampled] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[PlayersKind, ...] = ()
    silent: frozenset[str] = frozenset()

    @property
    def told(self) -> tuple[Measure, ...]:
        """The measures that there is something to say of, ratios included."""
        return tuple(m for m in self.measures if m.name not in self.silent
                     and not self.silent & set(m.ratio_of or ()))

    def measure(self, name: str) -> Measure:
        """The measure of that name; CaseError names the known ones."""
        for m in self.measures:
            if m.name == name:
                return m
        known = ", ".join(m.name for m in self.measures)
        msg = f"measure '{name}' is not one of {self.network}'s: {known}"
        raise CaseError(msg)

    def value(self, state: str, measure: str) -> FloatArray:
        """Shape (n_jurisdictions,): the measure in a state; ratios are derived, 0/0 is NaN."""
        m = self.measure(measure)
        if m.ratio_of is None:
            names = [a.name for a in additive(self.measures)]
            return np.asarray(self._outcome(state).values[:, names.index(measure)])
        top, bottom = (self.value(state, part) for part in m.ratio_of)
        return _ratio(top, bottom) * m.scale

    def total(self, state: str, measure: str) -> float:
        """The measure for the whole region: a sum, or the ratio of two sums."""
        m = self.measure(measure)
        if m.ratio_of is None:
            return float(self.value(state, measure).sum())
        top, bottom = (np.array([self.total(state, part)]) for part in m.ratio_of)
        return float(_ratio(top, bottom)[0] * m.scale)

    def gain_gap(self, measure: str) -> FloatArray:
        """Shape (n_jurisdictions,): how far the gain of together against apart may be off."""
        names = [a.name for a in additive(self.measures)]
        gaps = self._outcome("together").gap_against(self._outcome("apart"))
        return np.asarray(gaps[:, names.index(self.measure(measure).name)])

    @property
    def base_violations(self) -> int:
        """Limits exceeded before anything fails, by the detail table `base`; 0 without it."""
        tables = [t["base"] for t in self.detail.values() if "base" in t]
        counts = [t["violations"].sum() for t in tables if "violations" in t.columns]
        return int(max(counts, default=0))

    def _outcome(self, state: str) -> Outcome:
        if state not in self.outcomes:
            msg = f"state '{state}' is not one of {self.network}'s: {', '.join(self.outcomes)}"
            raise CaseError(msg)
        return self.outcomes[state]

    def to_frame(self) -> pd.DataFrame:
        """One row per state, measure and jurisdiction ("" = the whole region)."""
        import pandas as pd

        names = [a.name for a in additive(self.measures)]
        rows = []
        for state in self.states:
            gaps = self.outcomes[state].gap
            for m in self.told:
                known = m.name in names
                gap = gaps[:, names.index(m.name)] if known else np.full(len(gaps), np.nan)
                cells = [("", self.total(state, m.name), float(gap.sum()))]
                cells += [
                    (j, float(v), float(g)) for j, v, g in
                    zip(self.jurisdictions, self.value(state, m.name), gap, strict=True)
                ]
                rows += [
                    {"network": self.network, "scenario": self.scenario, "state": state,
                     "measure": m.name, "unit": m.unit, "jurisdiction": j, "value": v, "gap": g}
                    for j, v, g in cells
                ]
        return pd.DataFrame(rows)

    def sheets(self) -> tuple[Sheet, ...]:
        """Apart and together by measure, and what each jurisdiction gains."""
        rows: list[list[Cell]] = []
        for m in self.told:
            apart, together = self.total("apart", m.name), self.total("together", m.name)
            gain = (together - apart) * m.sign if m.sign else None
            gap = self.gain_gap(m.name).sum() if gain is not None and not m.ratio_of else 0.0
            rows.append([m.name, m.unit, apart, together, gain, float(gap) or None])
        title = f"{self.network} ({self.engine} {self.version}), whole region"
        head = ("measure", "unit", "apart", "together", "gain (+ is better)", "gap, at most")
        return (Sheet.of(title, head, rows), self._gains())

    def _gains(self) -> Sheet:
        """What falls on each jurisdiction by acting together, measure by measure (+ is better)."""
        measures = [m for m in additive(self.told) if m.sign]
        gains = [
            (self.value("together", m.name) - self.value("apart", m.name)) * m.sign
            for m in measures
        ]
        rows: list[list[Cell]] = [
            [j, *(float(g[k]) for g in gains)] for k, j in enumerate(self.jurisdictions)
        ]
        head = ("jurisdiction", *(f"{m.name} [{m.unit}]" for m in measures))
        return Sheet.of("what each gains together, + is better", head, rows, self.notes)


@dataclass(frozen=True, repr=False)
class Appraisal(Shown):
    """What each can do alone, what together, who gains, which links make the difference.

    Parameters
    ----------
    region
        The region as read.
    networks
        By name.
    money
        By currency: never summed across currencies. Empty without `values.csv`.
    unpriced
        Network -> additive measures with a direction that no price values: shown, never added.
    notes
        What the reader of the result should know.
    players
        The kinds of players asked for; empty if that is not known.
    data_notes
        What reading the data noted: unknown columns, what is missing or unlikely.
    answers
        Further solutions: of every game in money, and of those asked for.
    programmes
        By currency: cost and benefit of each project, portfolios by budget.
    """

    region: Region
    scenario: str
    networks: Mapping[str, NetworkAppraisal]
    money: Mapping[str, Money] = field(default_factory=dict)
    unpriced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    players: tuple[PlayersKind, ...] = ()
    data_notes: tuple[Issue, ...] = ()
    answers: tuple[Answer, ...] = ()
    programmes: Mapping[str, Programme] = field(default_factory=dict)

    def every_note(self) -> tuple[str, ...]:
        """Notes of the whole, of each network and of money."""
        networks = (x for n in self.networks.values() for x in n.notes)
        money = (x for m in self.money.values() for x in m.notes)
        return (*self.notes, *networks, *money)

    def to_frame(self) -> pd.DataFrame:
        """Every network's states, measures and jurisdictions, one row each."""
        import pandas as pd

        frames = [n.to_frame() for n in self.networks.values()]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def status_tables(self) -> dict[tuple[str, str], dict[str, int]]:
        """(Network, table) -> status -> rows; region-level tables have no network."""
        found = {
            (name, table.rpartition("/")[2]): dict(counts)
            for name, network in self.networks.items()
            for table, counts in network.statuses.items()
        }
        for table, rows in (("projects", self.region.projects), ("values", self.region.values),
                            ("impacts", self.region.impacts)):
            if rows:
                found["", table] = dict(Counter(str(r.status) for r in rows))
        return found

    def status_counts(self, *networks: str) -> dict[str, int]:
        """Rows of data by status below the figures of these networks."""
        total: Counter[str] = Counter()
        for (name, _), counts in self.status_tables().items():
            if name in networks:
                total.update(counts)
        return dict(total)

    def statuses(self) -> dict[str, int]:
        """Rows of data by status, over every table the result rests on."""
        total: Counter[str] = Counter()
        for counts in self.status_tables().values():
            total.update(counts)
        return dict(total)

    def sheets(self) -> tuple[Sheet, ...]:
        """Every network's table, the splits by jurisdiction, money."""
        shown: list[Sheet] = []
        for network in self.networks.values():
            shown += network.sheets()
        for money in self.money.values():
            shown += money.sheets()
        notes = list(self.notes)
        if self.data_notes:
            notes.append(f"{counted(len(self.data_notes), 'note')} on the data: see data_notes")
        if shown and notes:
            last = shown[-1]
            shown[-1] = Sheet(last.title, last.head, last.rows, (*last.notes, *notes))
        return tuple(shown)


def state_label(
    pairs: tuple[tuple[str, str], ...], every: tuple[tuple[str, str], ...]
) -> str:
    """Name of the state in which exactly these pairs are open: "apart", "a+b, a+c", "together"."""
    if not pairs:
        return "apart"
    if set(pairs) == set(every):
        return "together"
    return ", ".join(f"{a}+{b}" for a, b in sorted(pairs))


def _ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    out = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0.0)
    return out
