"""What a visitor chose, read from an address or a body, checked against the region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.web.asking import Broken, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.datastructures import QueryParams

    from tieline.region.model import Case, Jurisdiction, Project
    from tieline.web.asking import Facts

MOST_FAULTS = 40
FIRST, LAST = date(1900, 1, 1), date(2300, 12, 31)
"""Days that an address may ask for."""
UNIONS, MEMBERS, SUMS = re.compile("[;；]"), re.compile("[,，、]"), re.compile(r"[\s;；]+")
SEPARATORS = re.compile(r"[\s,;，；、]+")


def link_key(link: tuple[str, str, str]) -> str:
    """A link as it stands in an address: "topic:a:b"."""
    return ":".join(link)


def link_of(text: str) -> tuple[str, str, str]:
    """The link of an address; CaseError if it has not three parts that say something."""
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):
        msg = f"a link is topic:a:b, not '{text}'"
        raise CaseError(msg)
    return parts[0], parts[1], parts[2]


def day_of(text: str) -> date | None:
    """The date; None if empty; CaseError if it is none."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"expected a date such as 2020-12-31, found '{text}'"
        raise CaseError(msg) from None


def checked_day(text: str) -> date | None:
    """A day between 1900 and 2300; None if empty."""
    found = day_of(text.strip())
    if found is not None and not FIRST <= found <= LAST:
        msg = f"expected a date from {FIRST} to {LAST}, found '{text}'"
        raise CaseError(msg)
    return found


@dataclass(frozen=True)
class Choice:
    """The chosen case, and how the page got there: the day that decided the projects."""

    case: Case
    day: date | None

    def query(self, **more: str) -> str:
        """The choice as the query of an address."""
        pairs = [("set", "1"), *(("open", link_key(x)) for x in sorted(self.case.open)),
                 *(("built", p) for p in sorted(self.case.built)),
                 ("scenario", self.case.scenario)]
        if self.day is not None:
            pairs.append(("day", self.day.isoformat()))
        return urlencode([*pairs, *more.items()])


def case_of(facts: Facts, opened: Sequence[str] | str, built: Sequence[str] | None,
            scenario: str) -> Case:
    """The case meant; CaseError with the nearest name for what is not known."""
    links = opened if isinstance(opened, str) else [link_of(x) for x in opened]
    return facts.region.case(links, topics=facts.topics, built=built, scenario=scenario)  # type: ignore[arg-type] # a string is checked by `case`


def choice_of(facts: Facts, query: QueryParams) -> Choice:
    """The choice of an address: all open and what the scenario's day has, unless it says so.

    Where "by_day" is given, projects are those opened by "day"; "as_of" is both in one.
    """
    region = facts.region
    scenario = query.get("scenario") or "base"
    day = checked_day(query.get("as_of") or query.get("day", ""))
    by_day = "by_day" in query or bool(query.get("as_of"))
    default = region.scenario(scenario).date or region.study_date
    if "set" not in query:
        if by_day:
            return Choice(case_of(facts, "together", sorted(region.built_by(day)), scenario), day)
        return Choice(case_of(facts, "together", None, scenario), default)
    built: Sequence[str] = query.getlist("built")
    if by_day or "by_scenario" in query:
        day = default if "by_scenario" in query else day
        built = sorted(region.built_by(day))
    return Choice(case_of(facts, query.getlist("open"), built, scenario), day or default)


def neighbours(facts: Facts, case: Case) -> Iterator[Case]:
    """Cases one click away: one border or one project changed that a network can feel."""
    felt = sorted(_felt(facts))
    built = sorted({p for n in facts.networks for p in n.projects})
    for link in felt:
        yield type(case)(case.open ^ {link}, case.built, case.scenario)
    for project in built:
        yield type(case)(case.open, case.built ^ {project}, case.scenario)


def terms_of(
    facts: Facts, index: str, unions: Sequence[str], funds: Sequence[str], *, every: bool,
    over: Sequence[str] = (),
) -> Terms:
    """How the appraisal is to be told; CaseError for what is not known.

    A union is "a,b", several apart by ";"; players by id or by name, "networks" for those of each
    network. Funds as `tieline appraise --funds` takes them, apart by spaces or ";".
    """
    from tieline.appraisal.answers import asked_index, asked_solutions
    from tieline.appraisal.portfolio.funding import funds_asked

    region = facts.region
    every_one: list[Jurisdiction | Project] = [*region.jurisdictions, *region.projects]
    named = {label: x.id for x in every_one for label in (x.id, x.label("zh"), x.label("en"))}
    joined = tuple(
        tuple(named.get(p.strip(), p.strip()) for p in MEMBERS.split(one) if p.strip())
        for text in unions for one in UNIONS.split(text) if one.strip())
    known = {*named.values(), "networks", "provinces", *(f"{a}+{b}" for _, a, b in _felt(facts))}
    for player in (p for union in joined for p in union if p not in known):
        msg = f"players '{player}' is not known{nearest(player, known)}; there is: "
        raise CaseError(msg + ", ".join(sorted(known)))
    asked_solutions((), joined)
    sums = tuple(x for text in funds for x in SUMS.split(text) if x)
    funds_asked(sums, region)
    scenarios = tuple(dict.fromkeys(region.scenario(s).id for s in over if s))
    if len(scenarios) == 1:
        msg = "robust portfolios are over two or more scenarios"
        raise CaseError(msg)
    return Terms(asked_index(index or "SII"), joined, sums, every, scenarios)


def _felt(facts: Facts) -> set[tuple[str, str, str]]:
    """Every link that some network can feel."""
    return {x for n in facts.networks for x in n.links}


def broken_of(facts: Facts, query: QueryParams) -> Broken | None:
    """What broke, by an address; None if nothing is named yet."""
    incident = query.get("incident") or None
    faults = tuple(f for text in query.getlist("fault") for f in SEPARATORS.split(text) if f)
    if len(faults) > MOST_FAULTS:
        msg = f"at most {MOST_FAULTS} assets can break at once here"
        raise CaseError(msg)
    if incident is None and not faults:
        return None
    scenario = query.get("scenario") or "base"
    facts.region.scenario(scenario)
    if faults:
        incident = None
    return Broken(incident, tuple(dict.fromkeys(faults)), scenario,
                  as_of=checked_day(query.get("as_of", "")))
