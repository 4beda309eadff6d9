"""What all networks share: jurisdictions, projects, cases, measures, outcomes, incidents, plans.

Everything here is frozen and picklable. A situation is a `Case`; an engine turns it into masks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tieline.region.tables import Table

FloatArray = NDArray[np.float64]

Status = Literal["reported", "verified", "approximate", "calibrated", "assumption", "synthetic"]
STATUSES: tuple[Status, ...] = (
    "reported", "verified", "approximate", "calibrated", "assumption", "synthetic",
)

Pair = tuple[str, str]
"""Two jurisdiction ids, the smaller first."""


def pair(a: str, b: str) -> Pair:
    """The unordered pair of two jurisdictions, as it is stored: smaller id first."""
    return (a, b) if a < b else (b, a)


def pairs_of(jurisdictions: Iterable[str]) -> tuple[Pair, ...]:
    """Every unordered pair among the jurisdictions, sorted."""
    ids = sorted(set(jurisdictions))
    return tuple((a, b) for i, a in enumerate(ids) for b in ids[i + 1 :])


@dataclass(frozen=True)
class Jurisdiction:
    """A member of the region: what decides alone when nothing is shared.

    Those of one `province` may share what is gained as one first (the Owen value).
    """

    id: str
    name: str
    name_zh: str = ""
    currency: str = ""
    time_zone: str = "UTC"
    province: str = ""

    def label(self, lang: str = "en") -> str:
        """The name in the language asked for, else in the other one."""
        return (self.name_zh or self.name) if lang == "zh" else (self.name or self.name_zh)


@dataclass(frozen=True)
class Project:
    """Something that is built and makes links: a tie line, a bus line, a sluice.

    `capex` and `opex_per_year` in `currency` of `price_year`; `payers` maps jurisdiction to its
    share of the cost, `spending` year to its part of the capex (each sums to 1 where given). A
    portfolio has it only with all it `needs`, and none it `excludes`.
    """

    id: str
    name: str
    name_zh: str = ""
    opened: date | None = None
    capex: float = float("nan")
    opex_per_year: float = float("nan")
    life_years: float = float("nan")
    currency: str = ""
    price_year: int | None = None
    payers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    status: str = "assumption"
    source: str = ""
    spending: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    def label(self, lang: str = "en") -> str:
        """The name in the language asked for, else in the other one."""
        return (self.name_zh or self.name) if lang == "zh" else (self.name or self.name_zh)

    def spent_in(self, year: int) -> float:
        """Part of the capex that falls in a year; all of it in that of opening if not given."""
        if self.spending:
            return self.spending.get(year, 0.0)
        return 1.0 if self.opened is not None and self.opened.year == year else 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        values = {**self.__dict__, "payers": dict(self.payers), "spending": dict(self.spending)}
        return _project, (values,)


def _project(values: dict[str, Any]) -> Project:
    frozen = {k: MappingProxyType(values[k]) for k in ("payers", "spending")}
    return Project(**{**values, **frozen})


@dataclass(frozen=True)
class Scenario:
    """A row of scenarios.csv: a date and the setting of each network.

    `parameters` holds the columns engines read (load_factor, season, service_day ...).
    """

    id: str = "base"
    date: date | None = None
    parameters: tuple[tuple[str, float | str], ...] = ()

    def get(self, name: str, default: float | str) -> float | str:
        """The parameter, or the default where the column is empty or absent."""
        return dict(self.parameters).get(name, default)


@dataclass(frozen=True)
class Case:
    """A situation: who is open to whom for what, what is built, under which scenario.

    `open` holds (topic, a, b) with a < b; `built` project ids; `scenario` a row of scenarios.csv.
    """

    open: frozenset[tuple[str, str, str]] = frozenset()
    built: frozenset[str] = frozenset()
    scenario: str = "base"

    def opens(self, topic: str, jurisdictions: Iterable[str]) -> bool:
        """Whether a link of the topic that touches these jurisdictions may be used (rule 1)."""
        return all((topic, a, b) in self.open for a, b in pairs_of(jurisdictions))

    def exists(self, project: str, unless_project: str) -> bool:
        """Whether an asset with these columns exists (rule 2)."""
        return (not project or project in self.built) and (
            not unless_project or unless_project not in self.built
        )

    def key(self) -> str:
        """One line that names the case, the same in every process."""
        links = ";".join(":".join(x) for x in sorted(self.open))
        return f"{links}|{','.join(sorted(self.built))}|{self.scenario}"


@dataclass(frozen=True)
class Relevant:
    """What of a case a network can feel: anything else never reruns it."""

    open: frozenset[tuple[str, str, str]] = frozenset()
    projects: frozenset[str] = frozenset()
    scenarios: frozenset[str] = frozenset({"base"})

    def restrict(self, case: Case) -> Case:
        """The case reduced to what this network can feel; equal cases have equal outcomes."""
        return Case(
            case.open & self.open,
            case.built & self.projects,
            case.scenario if case.scenario in self.scenarios else "base",
        )


@dataclass(frozen=True)
class Measure:
    """A quantity an engine reports for each jurisdiction.

    Additive measures (`ratio_of` is None) form games. A ratio is derived from two additive ones:
    `ratio_of = (numerator, denominator)`, times `scale`. `better` is None for a plain count
    (customers) that only serves as a denominator.
    """

    name: str
    unit: str
    better: Literal["more", "less"] | None
    per: Literal["year", "event"] = "year"
    ratio_of: tuple[str, str] | None = None
    scale: float = 1.0
    label: str = ""
    label_zh: str = ""
    meaning: str = ""
    meaning_zh: str = ""
    standard: str = ""

    @property
    def sign(self) -> float:
        """+1 if more is better, -1 if less is better, 0 for a count."""
        return {"more": 1.0, "less": -1.0, None: 0.0}[self.better]

    def title(self, lang: str = "en") -> str:
        """Label in the language asked for, else the name."""
        return (self.label_zh if lang == "zh" else self.label) or self.label or self.name


@dataclass(frozen=True, repr=False)
class Outcome:
    """What falls on each jurisdiction in one case, before any side payment.

    `values` and `gap` have shape (n_jurisdictions, n_measures), the order of the region's
    jurisdictions and of the engine's additive measures; `gap` bounds the distance to the best
    value the method could miss (0 = exact). `tables` are filled only if detail was asked for.

    `gap_parts` may say where the gap lies: it sums to `gap`, and the same key in two outcomes is
    the same subproblem with the same answer, so that it cancels in their difference.
    """

    values: FloatArray
    gap: FloatArray
    tables: Mapping[str, Table] = field(default_factory=dict)
    gap_parts: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values.setflags(write=False)
        self.gap.setflags(write=False)

    def __repr__(self) -> str:
        n, m = self.values.shape
        with np.printoptions(precision=5, suppress=True):
            values, gap = str(self.values.sum(axis=0)), str(self.gap.sum(axis=0))
        tables = f", tables {', '.join(self.tables)}" if self.tables else ""
        return f"Outcome({n} jurisdictions x {m} measures; sums {values}, gaps {gap}{tables})"

    def gap_against(self, other: Outcome) -> FloatArray:
        """How far the difference of two outcomes may be from that of the best ones.

        Subproblems that both share are solved alike in both and drop out.
        """
        if not (self.gap_parts and other.gap_parts):
            return self.gap + other.gap
        total = np.zeros_like(self.gap)
        for mine, theirs in ((self, other), (other, self)):
            for key, part in mine.gap_parts.items():
                if key not in theirs.gap_parts:
                    total += part
        return total


@dataclass(frozen=True)
class Event:
    """Something that happens to an asset in an incident."""

    asset: str
    kind: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Incident:
    """What broke, in which network, when."""

    id: str
    network: str
    start: datetime
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Step:
    """One action of a plan; times in seconds after the incident's start.

    `action` is what is done (trip, go, agree, open, close, repair), `phase` what for (trip,
    isolate, restore, repair, return). `jurisdiction` orders it, those in `agrees` must consent.
    `customers` come back when it ends (negative: lose supply). `needs` are the numbers of the
    steps, from 0, that must have ended before. `home` is the jurisdiction that the crew is of: it
    lends the crew where another orders the step. State over time is the fold of `changes`.
    """

    start_s: float
    end_s: float
    actor: str
    action: str
    asset: str
    reason: str
    changes: Mapping[str, str] = field(default_factory=dict)
    reason_zh: str = ""
    jurisdiction: str = ""
    agrees: tuple[str, ...] = ()
    crew: str = ""
    remote: bool = False
    phase: str = ""
    customers: float = 0.0
    needs: tuple[int, ...] = ()
    home: str = ""

    @property
    def lender(self) -> str:
        """Who lends its crew for this step; "" if the crew is of who orders it, or of nobody."""
        return self.home if self.home != self.jurisdiction else ""


@dataclass(frozen=True)
class Note:
    """Something a reader of a plan should know, in both languages."""

    text: str
    text_zh: str = ""

    def label(self, lang: str = "en") -> str:
        """The text in the language asked for, else in the other one."""
        return (self.text_zh or self.text) if lang == "zh" else (self.text or self.text_zh)


@dataclass(frozen=True)
class Plan:
    """The joint plan for an incident, beside what waiting would cost.

    `objective` is what was minimised (weighted customer-hours) and `bound` what no plan can fall
    below; `gap` is their difference, 0 where `proof` is "optimal". `nodes` counts the states
    looked at. Details stand in `tables`.
    """

    steps: tuple[Step, ...]
    outcome: Outcome
    waiting: Outcome
    proof: Literal["optimal", "gap", "heuristic"]
    gap: float = 0.0
    bound: float = 0.0
    objective: float = 0.0
    nodes: int = 0
    notes: tuple[Note, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
