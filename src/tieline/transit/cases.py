"""From cases to masks: which of them share walking tables, and what all of them can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.cars import with_cars
from tieline.transit.network import TOPIC, TOPIC_CARS, TransitNetwork
from tieline.transit.travel import Question, foot_of
from tieline.transit.tree import Forest, Tree

if TYPE_CHECKING:
    from tieline.region.model import Case
    from tieline.transit.cars import Floats
    from tieline.transit.kernels.sweep import Foot, Window
    from tieline.transit.timetable import Mask, Timetable
    from tieline.transit.walking import Reach


@dataclass(frozen=True)
class Batch:
    """Cases that walk alike on one day: where they stand among all, their masks by draw.

    Case k of the batch is row `rows[k]` of the masks; further rows are what several cases share.
    """

    where: tuple[int, ...]
    days: tuple[Timetable, ...]
    masks: tuple[tuple[Mask, ...], ...]
    foot: Foot
    tree: Tree
    rows: list[int]

    def questions(self, window: Window, percentile: float) -> list[Question]:
        """What to ask of each draw's timetable."""
        return [
            Question(day, masks, self.foot, window, percentile, self.tree.parent, self.tree.top)
            for day, masks in zip(self.days, self.masks, strict=True)
        ]


def batches(network: TransitNetwork, cases: Sequence[Case]) -> list[Batch]:
    """The cases in batches; each case in one of them."""
    groups: dict[tuple[str, frozenset[tuple[str, str, str]], frozenset[str]], list[int]] = {}
    for i, case in enumerate(cases):
        network.timetables(case)
        groups.setdefault(walking_key(network, case), []).append(i)
    made = []
    for where in groups.values():
        days, foot = network.timetables(cases[where[0]]), foot_for(network, cases[where[0]])
        allowed = [[_allowed(network, day, cases[i]) for i in where] for day in days]
        forest = Forest([np.concatenate(every) for every in zip(*allowed, strict=True)],
                        np.concatenate([day.work() for day in days]))
        for tree in forest.trees():
            some = sorted(tree.row)
            masks = tuple(
                tuple(day.running(np.logical_and.reduce([may[i] for i in members]))
                      for members in tree.members)
                for day, may in zip(days, allowed, strict=True)
            )
            made.append(Batch(tuple(where[i] for i in some), days, masks, foot, tree,
                              [tree.row[i] for i in some]))
    return made


def _allowed(network: TransitNetwork, day: Timetable, case: Case) -> Mask:
    return day.allowed(case, TOPIC, network.jurisdictions, network.line_projects,
                       cut=network.settings.cut)


def walking_key(
    network: TransitNetwork, case: Case
) -> tuple[str, frozenset[tuple[str, str, str]], frozenset[str]]:
    """What of a case decides how one gets about beside the lines."""
    topics = {TOPIC_CARS} | (set() if network.settings.walk_across else {TOPIC})
    relevant = network.relevant.restrict(case)
    stations = {p for pair in network.cars.projects for p in pair if p}
    return (
        case.scenario, frozenset(x for x in relevant.open if x[0] in topics),
        relevant.built & stations,
    )


def masks_of(
    network: TransitNetwork, day: Timetable, cases: Sequence[Case]
) -> tuple[Mask, ...]:
    """The pieces each case runs; before several, those that all of them can run."""
    allowed = [_allowed(network, day, case) for case in cases]
    if len(allowed) > 1:
        allowed.insert(0, np.logical_and.reduce(allowed))
    return tuple(day.running(a) for a in allowed)


def foot_for(network: TransitNetwork, case: Case, *, cars: bool = True) -> Foot:
    """Walking tables of a case: not across a closed border if so set, with its shared cars."""
    walking, settings = network.walking, network.settings
    if not settings.walk_across:
        walking = replace(
            walking, stops=_inside(walking.stops, network, case, network.stop_jurisdiction,
                    network.stop_jurisdiction),
            access=_inside(walking.access, network, case, network.points.jurisdiction,
                    network.stop_jurisdiction),
            points=_inside(walking.points, network, case, network.points.jurisdiction,
                    network.points.jurisdiction),
        )
    foot = foot_of(walking, settings.pace)
    if not cars or not len(network.cars.ids):
        return foot
    return with_cars(foot, network.cars, drives_of(network, case), settings.pace.speed_m_s,
                     settings.car_change, settings.pace.most_s * settings.pace.speed_m_s)


def drives_of(network: TransitNetwork, case: Case) -> Floats:
    """Seconds between stations of shared cars in a case; inf where one may not drive."""
    ids = network.jurisdictions

    def opens(a: int, b: int) -> bool:
        return case.opens(TOPIC_CARS, (ids[a], ids[b]))

    exists = np.array([case.exists(*pair) for pair in network.cars.projects], bool)
    return network.cars.drives(opens, exists)


def _inside(
    reach: Reach, network: TransitNetwork, case: Case, of_row: np.ndarray, of_place: np.ndarray,
) -> Reach:
    """Only walks that stay inside a jurisdiction or cross an open border."""
    n = len(network.jurisdictions)
    open_ = np.ones((n + 1, n + 1), bool)
    for a in range(n):
        for b in range(n):
            open_[a, b] = a == b or case.opens(
                TOPIC, (network.jurisdictions[a], network.jurisdictions[b])
            )
    return reach.where(open_[of_row[reach.rows()], of_place[reach.to]])
