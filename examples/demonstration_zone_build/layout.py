"""Where substations stand and how many feeders leave each: towns -> areas -> substations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demonstration_zone_build.plane import Point, distance

if TYPE_CHECKING:
    from demonstration_zone_build.inputs import Anchor, Inputs, Town

SAMPLE_KM = 0.3
BORDER_MARGIN_KM = 0.35
LAKE_MARGIN_KM = 0.2
FEEDERS_PER_SUBSTATION = 7
POINTS_PER_FEEDER = 17


@dataclass(frozen=True)
class Substation:
    """A synthetic substation: its town, place, feeders, lattice step and the area it serves."""

    id: str
    town: Town
    place: Point
    n_feeders: int
    step_km: float
    anchors: tuple[Anchor, ...]


def share_out(total: int, weights: list[float], at_least: int = 0) -> list[int]:
    """Whole numbers in proportion to the weights that sum to the total (largest remainder)."""
    free = total - at_least * len(weights)
    exact = [free * w / sum(weights) for w in weights]
    counts = [math.floor(e) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (counts[i] - exact[i], i))
    for i in order[: free - sum(counts)]:
        counts[i] += 1
    return [c + at_least for c in counts]


class Area:
    """Which substation a point belongs to; outside every area: none."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.places: dict[str, list[Point]] = {}

    def dry(self, p: Point, jurisdiction: str) -> bool:
        """Whether the point lies on land inside the jurisdiction, off its outline."""
        outline = self.inputs.outlines[jurisdiction]
        if not outline.contains(p) or outline.margin(p) < BORDER_MARGIN_KM:
            return False
        return not any(
            lake.contains(p) or lake.margin(p) < LAKE_MARGIN_KM for lake in self.inputs.lakes
        )

    def town(self, p: Point, jurisdiction: str) -> Town:
        """The jurisdiction's town nearest to the point."""
        mine = [t for t in self.inputs.towns if t.jurisdiction == jurisdiction]
        return min(mine, key=lambda t: distance(p, (t.u_km, t.v_km)))

    def owner(self, p: Point, jurisdiction: str) -> tuple[str, int] | None:
        """Town and number of the substation whose area holds the point."""
        if not self.dry(p, jurisdiction):
            return None
        town = self.town(p, jurisdiction)
        places = self.places[town.id]
        return town.id, min(range(len(places)), key=lambda k: distance(p, places[k]))


def place_substations(inputs: Inputs, area: Area) -> list[Substation]:
    """Every substation of the zone with the number of its feeders."""
    samples = _samples(inputs, area)
    weights = [float(t.population) for t in inputs.towns]
    feeders = share_out(int(inputs.size["feeders"]), weights, at_least=1)
    for town, n in zip(inputs.towns, feeders, strict=True):
        n_sites = math.ceil(n / FEEDERS_PER_SUBSTATION)
        area.places[town.id] = _sites(town, samples[town.id], n_sites)
    found: list[Substation] = []
    number: dict[str, int] = {}
    for town, n in zip(inputs.towns, feeders, strict=True):
        for k, share in enumerate(_shares(town, samples[town.id], area.places[town.id], n)):
            number[town.jurisdiction] = number.get(town.jurisdiction, 0) + 1
            mine = [p for p in samples[town.id] if area.owner(p, town.jurisdiction) == (town.id, k)]
            step = math.sqrt(len(mine) * SAMPLE_KM**2 / (share * POINTS_PER_FEEDER))
            anchors = tuple(
                a for a in inputs.anchors
                if a.jurisdiction == town.jurisdiction
                and area.owner((a.u_km, a.v_km), a.jurisdiction) == (town.id, k)
            )
            name = f"syn-{town.jurisdiction}-S{number[town.jurisdiction]:02d}"
            place = area.places[town.id][k]
            found.append(Substation(name, town, place, share, min(step, 1.3), anchors))
    return found


def _samples(inputs: Inputs, area: Area) -> dict[str, list[Point]]:
    """A fine grid over the land, by nearest town of the same jurisdiction."""
    found: dict[str, list[Point]] = {t.id: [] for t in inputs.towns}
    for name, outline in inputs.outlines.items():
        us = [p[0] for p in outline.points]
        vs = [p[1] for p in outline.points]
        for i in range(math.floor(min(us) / SAMPLE_KM), math.ceil(max(us) / SAMPLE_KM)):
            for j in range(math.floor(min(vs) / SAMPLE_KM), math.ceil(max(vs) / SAMPLE_KM)):
                p = (i * SAMPLE_KM, j * SAMPLE_KM)
                if area.dry(p, name):
                    found[area.town(p, name).id].append(p)
    return found


def _sites(town: Town, samples: list[Point], n: int) -> list[Point]:
    """Sites that cut the town's land into parts, denser near the centre (weighted k-means)."""
    centre = (town.u_km, town.v_km)
    weights = [math.exp(-distance(p, centre) / 4.0) for p in samples]
    radius = 2.0 if n > 1 else 0.0
    turns = [2 * math.pi * k / n for k in range(n)]
    sites = [
        (centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in turns
    ]
    for _ in range(12 if n > 1 else 0):
        sums = [[0.0, 0.0, 0.0] for _ in sites]
        for p, w in zip(samples, weights, strict=True):
            near = sums[min(range(n), key=lambda k: distance(p, sites[k]))]
            near[0] += w
            near[1] += w * p[0]
            near[2] += w * p[1]
        sites = [
            (s[1] / s[0], s[2] / s[0]) if s[0] else site
            for s, site in zip(sums, sites, strict=True)
        ]
    return [_snap(site, samples) for site in sites]


def _snap(site: Point, samples: list[Point]) -> Point:
    return min(samples, key=lambda p: distance(p, site))


def _shares(town: Town, samples: list[Point], sites: list[Point], n: int) -> list[int]:
    """How many of the town's feeders leave each site."""
    weights = [0.0] * len(sites)
    for p in samples:
        k = min(range(len(sites)), key=lambda i: distance(p, sites[i]))
        weights[k] += math.exp(-distance(p, (town.u_km, town.v_km)) / 4.0)
    return share_out(n, weights, at_least=1)
