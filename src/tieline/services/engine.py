"""The services engine: who may use what, how near it is, how much there is for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.region.model import Case, Outcome
from tieline.region.tables import Table
from tieline.services.catchment import rota, shares
from tieline.services.measures import MEASURES
from tieline.services.network import SUBJECTS, TOPICS, ServicesNetwork
from tieline.services.read import read_network
from tieline.transit.tally import minutes_to

if TYPE_CHECKING:
    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.transit.network import Points

Floats = NDArray[np.float64]
CULTURE, LIBRARY = SUBJECTS.index("culture"), SUBJECTS.index("library")


class ServicesEngine:
    """Hospitals, libraries, stages, schools: what residents may use, apart and together."""

    name = "services"
    version = "1"
    topics = TOPICS
    measures = MEASURES

    def read(self, folder: RegionFolder, issues: Issues) -> ServicesNetwork | None:
        """Read services/ of a region folder; every problem goes to `issues`."""
        return read_network(folder, issues)

    def evaluate(
        self, network: ServicesNetwork, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        """Yield one outcome per case, in order.

        Travel times are looked up once for all cases with the same lines. CaseError if a case is
        of a scenario the region does not have.
        """
        travel = [network.transit.relevant.restrict(c) for c in cases]
        distinct = list(dict.fromkeys(travel))
        minutes = minutes_to(network.transit, distinct, network.facilities.point)
        for case, lines in zip(cases, travel, strict=True):
            yield _Count(network, case, minutes[distinct.index(lines)]).outcome(detail=detail)


class _Count:
    """One case: `minutes` from each place to each facility, inf where there is no way."""

    def __init__(self, network: ServicesNetwork, case: Case, minutes: Floats) -> None:
        self.network, self.case = network, case
        self.minutes = np.where(self._open(minutes), minutes, np.inf)
        self.points = network.transit.points
        self.people = self.points.population
        self.rows = len(network.jurisdictions)
        self.usable = self._entitled()[self.points.jurisdiction]
        self.usable[self.points.jurisdiction < 0] = False

    def _open(self, minutes: Floats) -> NDArray[np.bool_]:
        """Whether who sets out in the middle of the window comes on an open day, before it closes.

        Who would come before it opens sets out later.
        """
        f, lines = self.network.facilities, self.network.transit
        window = lines.settings.window
        comes_s = window.start + 30.0 * window.minutes + 60.0 * minutes
        date = lines.dates.get(self.case.scenario, lines.dates["base"])
        today = f.days[:, date.weekday()]
        return np.asarray(today[None, :] & (comes_s < f.closes[None, :]))

    def _entitled(self) -> NDArray[np.bool_]:
        """Whether residents of a jurisdiction may use a facility, (n_jurisdictions, n)."""
        f, ids = self.network.facilities, self.network.jurisdictions
        out = f.admits.T.copy()
        for k, owner in enumerate(f.owner):
            topic = TOPICS[int(f.subject[k])]
            for j in range(self.rows):
                out[j, k] |= j == owner or self.case.opens(topic, (ids[j], ids[owner]))
        return np.asarray(out)

    def _by_home(self, values: Floats) -> Floats:
        mine = self.points.jurisdiction >= 0
        return np.bincount(self.points.jurisdiction[mine], weights=values[mine],
                           minlength=self.rows).astype(np.float64)

    def outcome(self, *, detail: bool) -> Outcome:
        network, settings, f = self.network, self.network.settings, self.network.facilities
        most = network.transit.settings.window.most / 60.0
        columns = [self._by_home(self.people)]
        flows = np.zeros((self.rows, len(f.ids)))
        for k in range(len(SUBJECTS)):
            mine = f.subject == k
            usable = np.where(self.usable[:, mine], self.minutes[:, mine], np.inf)
            nearest = np.minimum(usable.min(axis=1, initial=np.inf), most)
            near = (usable <= settings.within).any(axis=1)
            taken = shares(self.minutes[:, mine], self.people, f.capacity[mine],
                           self.usable[:, mine], decay=settings.decay,
                           catchment=settings.catchment)
            columns += [self._by_home(self.people * near), self._by_home(taken.sum(axis=1)),
                        self._by_home(self.people * nearest)]
            for i, facility in enumerate(np.flatnonzero(mine)):
                flows[:, facility] = self._by_home(taken[:, i])
        tours = self._tours()
        seen = np.zeros(len(self.people), bool)
        for _, served in tours:
            seen |= served
        columns += [self._by_home(self.people * self._titles()), self._by_home(self.people * seen)]
        values = np.column_stack(columns)
        tables = self._tables(flows, [order for order, _ in tours]) if detail else {}
        return Outcome(values, np.zeros_like(values), tables)

    def _titles(self) -> Floats:
        """Titles that a resident of each place may borrow, wherever the library stands."""
        f, settings = self.network.facilities, self.network.settings
        library = f.subject == LIBRARY
        own = self.points.jurisdiction[:, None] == f.owner[None, :]
        weight = np.where(own, 1.0, 1.0 - settings.overlap) * (self.usable & library[None, :])
        return np.asarray((weight * f.capacity[None, :]).sum(axis=1))

    def _tours(self) -> list[tuple[list[int], NDArray[np.bool_]]]:
        """Each troupe's stages in order, and which places have a show near."""
        network, ids = self.network, self.network.jurisdictions
        f, made = network.facilities, []
        for home, shows in zip(network.programmes.owner, network.programmes.shows, strict=True):
            open_ = [j == home or self.case.opens(TOPICS[CULTURE], (ids[j], ids[home]))
                     for j in range(self.rows)]
            stages = np.flatnonzero((f.subject == CULTURE) & np.array(open_)[f.owner])
            made.append(rota(self.minutes, self.people, stages, int(shows),
                             network.settings.show))
        return made

    def _across(self) -> Table | None:
        """By whose residents and topic: the way to others' facilities that they may use.

        `minutes` of the quickest (inf without a way), from `place` to `facility`, and `people` who
        have one within `within_min` and none of their own.
        """
        f, points, within = self.network.facilities, self.points, self.network.settings.within
        rows = []
        for j, k in product(range(self.rows), range(len(SUBJECTS))):
            mine = (points.jurisdiction == j) & (self.people > 0.0)
            theirs = (f.subject == k) & (f.owner != j) & self._entitled()[j]
            if not mine.any() or not theirs.any():
                continue
            way = self.minutes[np.ix_(mine, theirs)]
            own = self.minutes[np.ix_(mine, (f.subject == k) & (f.owner == j))]
            near = (way <= within).any(axis=1) & ~(own <= within).any(axis=1)
            a, b = np.unravel_index(int(np.argmin(way)), way.shape)
            place, facility = np.flatnonzero(mine)[a], np.flatnonzero(theirs)[b]
            rows.append((
                self.network.jurisdictions[j], TOPICS[k], float(way[a, b]),
                *_called(points, int(place)), *_called(points, int(f.point[facility])),
                self.network.jurisdictions[f.owner[facility]],
                float(self.people[mine][near].sum()), float(within)))
        heads = ("residents", "topic", "minutes", "place", "place_zh", "facility", "facility_zh",
                 "of", "people", "within_min")
        return None if not rows else Table("across", {
            h: np.array(c, dtype=object if isinstance(c[0], str) else np.float64)
            for h, c in zip(heads, zip(*rows, strict=True), strict=True)})

    def _tables(self, flows: Floats, orders: list[list[int]]) -> dict[str, Table]:
        """`flows`: capacity taken by whose residents of whose facility; `rota`: shows by stage."""
        network, f = self.network, self.network.facilities
        a, k = np.nonzero(flows)
        ids = np.array(network.jurisdictions, dtype=object)
        names = np.array(f.ids, dtype=object)
        found = {"flows": Table("flows", {
            "residents": ids[a], "facility": names[k], "of": ids[f.owner[k]],
            "topic": np.array(TOPICS, dtype=object)[f.subject[k]], "capacity": flows[a, k],
        })}
        across = self._across()
        if across is not None:
            found["across"] = across
        points, troupes = self.points, network.programmes
        called = [(n or i, z or n or i) for n, z, i in zip(
            troupes.names or troupes.ids, troupes.names_zh or troupes.ids, troupes.ids,
            strict=True)]

        def stage(s: int) -> tuple[str, str, str]:
            i = int(f.point[s])
            name = points.names[i] or f.ids[s]
            return f.ids[s], name, points.names_zh[i] or name

        shows = [(p, *name, *stage(s), order.count(s)) for p, name, order in
                 zip(troupes.ids, called, orders, strict=True) for s in dict.fromkeys(order)]
        if shows:
            columns = [np.array(c, dtype=object) for c in zip(*shows, strict=True)]
            found["rota"] = Table("rota", {
                "programme": columns[0], "programme_name": columns[1],
                "programme_name_zh": columns[2], "stage": columns[3], "stage_name": columns[4],
                "stage_name_zh": columns[5], "shows_per_yr": columns[6].astype(np.int64),
            })
        return found


def _called(points: Points, i: int) -> tuple[str, str]:
    """What a place is called, in English and in Chinese."""
    name = points.names[i] or points.ids[i]
    return name, points.names_zh[i] or name
