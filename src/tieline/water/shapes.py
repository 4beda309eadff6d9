"""Cross-sections as tables by depth: top width, area, and how easily water runs through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.network import WaterNetwork

    Floats = NDArray[np.float64]

STEPS = 64
"""So many steps of depth stand in each table."""


def spread(height_m: float, steps: int) -> NDArray[np.float64]:
    """Depths from 0 to a height in quadratically growing steps: shallow water wants fine ones."""
    return height_m * (np.arange(steps + 1) / steps) ** 2


@dataclass(frozen=True)
class Shape:
    """One cross-section at the `STEPS` + 1 depths of `spread`, up to `depth_m`.

    `width_m` is linear between them and `area_m2` its exact integral; `ease` = K^2 / A^2 with
    Manning's conveyance K [m3/s], so that the friction slope is Q |Q| / (A^2 ease).
    """

    depth_m: float
    width_m: Floats
    area_m2: Floats
    ease: Floats


def trapezoid(width_m: float, side_slope: float, depth_m: float, roughness: float) -> Shape:
    """A trapezoid, or with `side_slope` 0 a rectangle."""
    d = spread(depth_m, STEPS)
    width = width_m + 2.0 * side_slope * d
    wetted = width_m + 2.0 * d * np.hypot(1.0, side_slope)
    return _shape(d, width, wetted, roughness)


def culvert(kind: str, width_m: float, height_m: float, roughness: float) -> Shape:
    """A circle (of diameter `width_m`) or a box, with a narrow slot above the crown.

    The slot (Preissmann) stands for pressure: 1 % of the width, so that waves run at some 30 m/s.
    """
    slot = 0.01 * width_m
    height_m = width_m if kind == "circle" else height_m
    d = spread(height_m, STEPS)
    if kind == "circle":
        width = np.maximum(2.0 * np.sqrt(np.maximum(d * (width_m - d), 0.0)), slot)
        wetted = width_m * np.arccos(np.clip(1.0 - 2.0 * d / width_m, -1.0, 1.0))
    else:
        width = np.where(d < height_m, width_m, slot)
        wetted = width_m + 2.0 * d + np.where(d < height_m, 0.0, width_m)
    return _shape(d, width, wetted, roughness)


def _shape(d: Floats, width: Floats, wetted: Floats, roughness: float) -> Shape:
    area = integral(width, d)
    radius = area / np.maximum(wetted, 1e-9)
    return Shape(float(d[-1]), width, area, radius ** (4.0 / 3.0) / roughness**2)


def integral(values: Floats, at: Floats) -> Floats:
    """The running integral of what is linear between values at rising places, from 0."""
    return np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(at))])


def irregular(
    distance_m: Floats, z_m: Floats, roughness: Floats, depth_m: float = np.nan
) -> Shape:
    """A cross-section given by points; each strip between two points has its own Manning's n.

    Strips add their conveyances (divided channel method). Beyond the first and the last point
    stand vertical walls. `depth_m` is the height of the banks, else that of the highest point.
    """
    z = z_m - np.min(z_m)
    depth_m = float(np.max(z)) if np.isnan(depth_m) else depth_m
    d = spread(depth_m, STEPS)[:, None]
    left, right, across = z[:-1], z[1:], np.diff(distance_m)
    low, high = np.minimum(left, right), np.maximum(left, right)
    rise = high - low
    share = np.clip((d - low) / np.where(rise > 0.0, rise, 1.0), 0.0, 1.0)
    share = np.where(rise > 0.0, share, d > low)
    wet = across * share
    area = wet * (np.maximum(d - low, 0.0) - 0.5 * rise * share)
    length = np.hypot(across, rise) * share
    length[:, 0] += np.maximum(d[:, 0] - z[0], 0.0)
    length[:, -1] += np.maximum(d[:, 0] - z[-1], 0.0)
    conveyance = np.sum(
        area ** (5.0 / 3.0) / np.maximum(length, 1e-9) ** (2.0 / 3.0) / roughness, axis=1
    )
    width = np.sum(wet, axis=1)
    total = np.sum(area, axis=1)
    ease = np.divide(conveyance**2, total**2, out=np.zeros_like(total), where=total > 0.0)
    return Shape(depth_m, width, integral(width, d[:, 0]), ease)


def reach_shapes(network: WaterNetwork) -> tuple[tuple[Shape, ...], NDArray[np.int64]]:
    """The different cross-sections of a network's reaches, and which of them each reach has."""
    reaches, profiles = network.reaches, network.tables["profile"]
    points = network.group("profile")
    found: dict[tuple[Any, ...], int] = {}
    shapes: list[Shape] = []
    number = np.zeros(len(reaches), np.int64)
    for r in range(len(reaches)):
        profile, n = int(reaches["profile"][r]), float(reaches["roughness"][r])
        depth = float(reaches["depth_m"][r])
        if profile >= 0:
            key: tuple[Any, ...] = (profile, n)
        else:
            key = (float(reaches["width_m"][r]), float(reaches["side_slope"][r]), depth, n,
                   str(reaches["shape"][r]))
        if key not in found:
            found[key] = len(shapes)
            if profile >= 0:
                at = points[network.names["profile"][profile]]
                own = profiles["roughness"][at][:-1]
                shapes.append(irregular(
                    profiles["distance_m"][at], profiles["z_m"][at], np.where(np.isnan(own), n, own)
                ))
            else:
                shapes.append(trapezoid(*key[:4]) if key[4] == "open"
                              else culvert(key[4], key[0], depth, n))
        number[r] = found[key]
    return tuple(shapes), number
