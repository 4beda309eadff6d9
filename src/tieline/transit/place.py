"""Where things lie: distances, the jurisdiction around a point, coordinates that are shifted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EARTH_M = 6371008.8
"""Mean radius of the earth (IUGG 1980)."""


def great_circle_m(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Distance [m] between points in degrees (haversine), the shape they broadcast to."""
    p, q = np.radians(lat_a), np.radians(lat_b)
    h = (np.sin((q - p) / 2.0) ** 2
         + np.cos(p) * np.cos(q) * np.sin(np.radians(np.subtract(lon_b, lon_a)) / 2.0) ** 2)
    return np.asarray(2.0 * EARTH_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))))


def plane(lon: Floats, lat: Floats, lat_0: float) -> tuple[Floats, Floats]:
    """Metres east and north on the plane that touches the earth at latitude `lat_0`.

    Equirectangular: within 50 km of `lat_0` distances are off by less than 1 %.
    """
    k = np.pi / 180.0 * EARTH_M
    return np.asarray(lon * k * np.cos(np.radians(lat_0))), np.asarray(lat * k)


def rings_of(geometry: Mapping[str, Any]) -> list[Floats]:
    """Every ring of a Polygon or MultiPolygon, each of shape (n, 2)."""
    coordinates = geometry["coordinates"]
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    return [np.array([p[:2] for p in ring], float) for polygon in polygons for ring in polygon]


def inside(x: Floats, y: Floats, rings: Sequence[Floats]) -> NDArray[np.bool_]:
    """Which points lie inside an odd number of the rings, shape (n,)."""
    within = np.zeros(len(x), bool)
    for ring in rings:
        near = np.flatnonzero((x >= ring[:, 0].min()) & (x <= ring[:, 0].max())
                              & (y >= ring[:, 1].min()) & (y <= ring[:, 1].max()))
        if not len(near):
            continue
        px, py = x[near], y[near]
        odd = np.zeros(len(near), bool)
        for (ax, ay), (bx, by) in itertools.pairwise(ring):
            if ay == by:
                continue
            cross = (ay > py) != (by > py)
            odd ^= cross & (px < (bx - ax) * (py - ay) / (by - ay) + ax)
        within[near] ^= odd
    return within


def jurisdictions_of(
    lon: Floats, lat: Floats, outlines: Mapping[str, Any] | None, ids: Sequence[str]
) -> NDArray[np.int64]:
    """The jurisdiction whose outline each point lies in, shape (n,); -1 outside all of them."""
    found = np.full(len(lon), -1, np.int64)
    if outlines is None:
        return found
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    for feature in outlines["features"]:
        within = inside(x, y, rings_of(feature["geometry"]))
        found[within & (found < 0)] = ids.index(feature["properties"]["id"])
    return found


def gcj02_of(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Positions of WGS 84 points on maps in GCJ-02, the shifted grid of maps sold in China.

    The published approximation of the shift; some hundred metres, different from place to place.
    """
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = (-100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
             + wave
             + (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
             + (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0)
    east = (300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
            + (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
            + (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0)
    a, ee = 6378245.0, 0.00669342162296594323
    s = 1.0 - ee * np.sin(np.radians(lat)) ** 2
    dlat = north * 180.0 / (a * (1.0 - ee) / (s * np.sqrt(s)) * np.pi)
    dlon = east * 180.0 / (a / np.sqrt(s) * np.cos(np.radians(lat)) * np.pi)
    return np.asarray(lon + dlon), np.asarray(lat + dlat)


def in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Which points lie in the box in which GCJ-02 is used, shape (n,)."""
    return np.asarray((lon > 73.0) & (lon < 136.0) & (lat > 17.0) & (lat < 54.0))


def n_swapped(latitudes: Iterable[object], longitudes: Iterable[object]) -> int:
    """How many pairs of cells cannot be a place, but could the other way round."""
    def sizes(cells: Iterable[object]) -> Floats:
        found = []
        for cell in cells:
            try:
                found.append(abs(float(str(cell))))
            except ValueError:
                found.append(np.nan)
        return np.array(found)

    lat, lon = sizes(latitudes), sizes(longitudes)
    return int(((lat > 90.0) & (lat <= 180.0) & (lon <= 90.0)).sum())
