"""The plane the grid is drawn in: kilometres east and north of the zone's middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

LON_0, LAT_0 = 120.85, 31.0
KM_PER_DEGREE_LON, KM_PER_DEGREE_LAT = 95.4, 111.0

Point = tuple[float, float]


def project(lon: float, lat: float) -> Point:
    """Kilometres east and north of the origin; good enough for a schematic."""
    return (lon - LON_0) * KM_PER_DEGREE_LON, (lat - LAT_0) * KM_PER_DEGREE_LAT


def unproject(u: float, v: float) -> Point:
    """Longitude and latitude of a point of the plane."""
    return LON_0 + u / KM_PER_DEGREE_LON, LAT_0 + v / KM_PER_DEGREE_LAT


def distance(a: Point, b: Point) -> float:
    """Distance of two points [km]."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


@dataclass(frozen=True)
class Polygon:
    """A simple polygon, its corners in order."""

    points: tuple[Point, ...]

    def edges(self) -> list[tuple[Point, Point]]:
        """The sides, closed."""
        return list(zip(self.points, self.points[1:] + self.points[:1], strict=True))

    def contains(self, p: Point) -> bool:
        """Whether the point lies inside (even-odd rule)."""
        inside = False
        for (x0, y0), (x1, y1) in self.edges():
            if (y0 > p[1]) != (y1 > p[1]) and p[0] < (x1 - x0) * (p[1] - y0) / (y1 - y0) + x0:
                inside = not inside
        return inside

    def margin(self, p: Point) -> float:
        """Distance from the point to the nearest side [km]."""
        return min(_to_segment(p, a, b) for a, b in self.edges())


def _to_segment(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)
    t = min(1.0, max(0.0, t))
    return math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy)
