"""What a worker can be asked, and what pages know of a region without asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from tieline.region.region import Region


@dataclass(frozen=True)
class Task:
    """A question to a worker. `quick` ones may go to the worker that is kept free for clicks."""

    name: str
    about: tuple[Any, ...] = ()
    quick: bool = False


@dataclass(frozen=True)
class NetworkFacts:
    """What pages and the API say of a network without asking its engine.

    `drawn` says that it has a picture, `breakable` that its lines can be pointed at, `warm`
    that a case next to a known one takes no time; trips are asked from `start` first, to
    `places` and `goals`.
    """

    name: str
    engine: str
    version: str
    digest: str
    topics: tuple[str, ...]
    links: frozenset[tuple[str, str, str]]
    projects: frozenset[str]
    measures: tuple[Mapping[str, Any], ...]
    statuses: Mapping[str, Mapping[str, int]]
    responds: bool
    drawn: bool = False
    warm: bool = False
    breakable: bool = False
    places: tuple[tuple[str, str, str, str], ...] = ()
    start: str = ""
    goals: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Facts:
    """The region as the server knows it."""

    region: Region
    networks: tuple[NetworkFacts, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic of the networks."""
        return tuple(dict.fromkeys(t for n in self.networks for t in n.topics))

    @property
    def quick(self) -> bool:
        """Whether a situation is answered at once, so that the worker kept for clicks may do it."""
        return all(n.warm for n in self.networks)

    @property
    def has_places(self) -> bool:
        """Whether there are places to go from by lines."""
        return any(n.places for n in self.networks)

    @property
    def responding(self) -> tuple[str, ...]:
        """Networks that plan when something breaks."""
        return tuple(n.name for n in self.networks if n.responds)


@dataclass(frozen=True)
class Broken:
    """What breaks: an incident of the region, or assets under a scenario; links of `as_of`."""

    incident: str | None = None
    faults: tuple[str, ...] = ()
    scenario: str = "base"
    open: tuple[str, ...] = ("waiting", "apart", "together")
    as_of: date | None = None


@dataclass(frozen=True)
class Terms:
    """How an appraisal is told: index of pairs, who shares as one, what may be spent, all rules.

    `over`: two or more scenarios over which portfolios are to hold.
    """

    index: str = "SII"
    unions: tuple[tuple[str, ...], ...] = ()
    funds: tuple[str, ...] = ()
    every: bool = False
    over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A day trip that is asked for: from where to where, when, how long one stays."""

    origin: str
    to: str
    day: date | None
    depart: str
    stay_min: int
    return_by: str
    scenario: str = ""
