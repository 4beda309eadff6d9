"""The region as read: its members, projects, scenarios, and the cases one may ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from tieline.errors import CaseError
from tieline.messages import counted
from tieline.region.expect import nearest
from tieline.region.model import (
    Case,
    Incident,
    Jurisdiction,
    Pair,
    Project,
    Scenario,
    pair,
    pairs_of,
)

if TYPE_CHECKING:
    from datetime import date

T = TypeVar("T")

Link = tuple[str, str] | tuple[str, str, str]
"""Two jurisdictions open to each other for every topic, or for the topic named first."""

Open = Literal["together", "apart"] | Iterable[Link]


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})



@dataclass(frozen=True)
class Value:
    """A row of values.csv: what a unit of a measure is worth, `low <= typical <= high`.

    In `currency` per unit of the measure; `jurisdiction` "" = everywhere without a row of its
    own; `events_per_year` is 1 unless the measure is per event.
    """

    measure: str
    jurisdiction: str
    typical: float
    low: float
    high: float
    currency: str
    events_per_year: float = 1.0
    price_year: int | None = None
    status: str = "assumption"
    source: str = ""


@dataclass(frozen=True)
class Budget:
    """A row of budgets.csv: what may be spent on projects at most.

    `year` None = over all years; `jurisdiction` "" = by all together; `currency` "" = whichever
    the projects' costs are in. It is for `projects` alone if any are named, else for all.
    """

    amount: float
    year: int | None = None
    jurisdiction: str = ""
    currency: str = ""
    projects: tuple[str, ...] = ()
    status: str = "assumption"
    source: str = ""


@dataclass(frozen=True)
class Impact:
    """A row of impacts.csv: an effect no engine computes, as `amount` in `unit` or in words alone.

    `project` "" = of acting together; `jurisdiction` "" = on all.
    """

    name: str
    name_zh: str = ""
    amount: float | None = None
    unit: str = ""
    words: str = ""
    words_zh: str = ""
    direction: Literal["better", "worse", "unclear"] = "unclear"
    project: str = ""
    jurisdiction: str = ""
    status: str = "assumption"
    source: str = ""


@dataclass(frozen=True, repr=False)
class Region:
    """Everything about the region that is not a network.

    `settings` is region.toml as written; `outlines` the content of jurisdictions.geojson,
    `ground` that of ground.geojson: waters and facilities below the networks of a map;
    `coordinates` "schematic" or "EPSG:4326".
    """

    name: str
    name_zh: str = ""
    jurisdictions: tuple[Jurisdiction, ...] = ()
    projects: tuple[Project, ...] = ()
    scenarios: Mapping[str, Scenario] = field(
        default_factory=lambda: MappingProxyType({"base": Scenario()})
    )
    networks: tuple[str, ...] = ()
    study_date: date | None = None
    currency: str = ""
    price_year: int | None = None
    coordinates: str = "schematic"
    caption: str = ""
    provenance: Mapping[str, str] = field(default_factory=_nothing)
    outlines: Mapping[str, Any] | None = None
    ground: Mapping[str, Any] | None = None
    values: tuple[Value, ...] = ()
    impacts: tuple[Impact, ...] = ()
    budgets: tuple[Budget, ...] = ()
    incidents: tuple[Incident, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=_nothing)

    def __reduce__(self) -> tuple[Any, ...]:
        values = {
            k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in self.__dict__.items()
        }
        return _region, (values,)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        names = ", ".join(j.id for j in self.jurisdictions)
        return (
            f"Region({self.label()!r}: {names}; {counted(len(self.projects), 'project')}, "
            f"{counted(len(self.scenarios), 'scenario')}, "
            f"{counted(len(self.incidents), 'incident')}, "
            f"study date {self.study_date or 'none'})"
        )

    def label(self, lang: str = "en") -> str:
        """The name in the language asked for, else in the other one."""
        return (self.name_zh or self.name) if lang == "zh" else (self.name or self.name_zh)

    def jurisdiction(self, key: str) -> Jurisdiction:
        """The jurisdiction of that id; CaseError if there is none."""
        return _pick({j.id: j for j in self.jurisdictions}, key, "jurisdiction")

    def project(self, key: str) -> Project:
        """The project of that id; CaseError if there is none."""
        return _pick({p.id: p for p in self.projects}, key, "project")

    def scenario(self, key: str) -> Scenario:
        """The scenario of that id; CaseError if there is none."""
        return _pick(self.scenarios, key, "scenario")

    def pairs(self, topic: str = "") -> tuple[Pair, ...]:
        """Every pair of jurisdictions that may be open to each other, sorted.

        The same for every topic; which of them a network can feel, its `relevant` says.
        """
        return pairs_of(j.id for j in self.jurisdictions)

    def built_by(self, day: date | None) -> frozenset[str]:
        """Projects opened on or before the day; None = all, also those without a date."""
        return frozenset(
            p.id for p in self.projects
            if day is None or (p.opened is not None and p.opened <= day)
        )

    def reference(self, scenario: str = "base") -> frozenset[str]:
        """Projects there are under the scenario: opened by its date, else by the study date."""
        return self.built_by(self.scenario(scenario).date or self.study_date)

    def case(
        self, open: Open = "together", *, topics: Iterable[str],  # noqa: A002 - the field's name
        built: Iterable[str] | None = None, scenario: str = "base",
    ) -> Case:
        """The case that is meant; CaseError, with the nearest name, for what is not known.

        Parameters
        ----------
        open
            "together", "apart", or links: (a, b) for all topics, (topic, a, b) for one.
        topics
            What the networks know, such as ("power",).
        built
            Project ids; None = those of the scenario's `reference`.
        """
        self.scenario(scenario)
        known = tuple(topics)
        if built is None:
            projects = self.reference(scenario)
        else:
            if isinstance(built, str):
                built = (built,)
            projects = frozenset(self.project(p).id for p in built)
        return Case(self._links(open, known), projects, scenario)

    def case_of(
        self, incident: Incident, open: Open = "together", *,  # noqa: A002 - the field's name
        topics: Iterable[str],
    ) -> Case:
        """The case of an incident: what was built on its day, under the scenario of that day.

        Of several scenarios dated that day the first is taken, without any "base".
        """
        day = incident.start.date()
        scenario = next(
            (k for k, s in self.scenarios.items() if s.date == day and k != "base"), "base"
        )
        return self.case(open, topics=topics, built=self.built_by(day), scenario=scenario)

    def _links(self, asked: Open, topics: tuple[str, ...]) -> frozenset[tuple[str, str, str]]:
        if asked == "apart":
            return frozenset()
        if asked == "together":
            return frozenset((t, a, b) for t in topics for a, b in self.pairs(t))
        if isinstance(asked, str):
            _pick({"together": 1, "apart": 0}, asked, "openness")
        found = set()
        for link in asked:
            if isinstance(link, str) or len(link) not in (2, 3):
                message = f"a link is (a, b) or (topic, a, b), not {link!r}"
                raise CaseError(message)
            *topic, a, b = link
            if self.jurisdiction(a) == self.jurisdiction(b):
                message = f"a link joins two jurisdictions, not '{a}' with itself"
                raise CaseError(message)
            for t in topic:
                _pick(dict.fromkeys(topics, t), t, "topic")
            found |= {(t, *pair(a, b)) for t in (topic or topics)}
        return frozenset(found)


def _region(values: dict[str, Any]) -> Region:
    maps = {k: MappingProxyType(values[k]) for k in ("scenarios", "provenance", "settings")}
    return Region(**{**values, **maps})


def _pick(known: Mapping[str, T], name: str, what: str) -> T:
    if name in known:
        return known[name]
    listed = ", ".join(list(known)[:12]) + (", ..." if len(known) > 12 else "")
    message = f"unknown {what} '{name}'{nearest(name, known)}; known: {listed or 'none'}"
    raise CaseError(message)
