"""Measured values as numbers: below detection, missing, suspect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.region.cells import NUMBER, half_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.network import WaterNetwork

SHARE_OF_LIMIT = 0.5
"""A value below detection counts as half of the limit: usual practice, not a measured value."""


@dataclass(frozen=True)
class Reading:
    """A concentration [mg/L]; `below` if only known to lie below it."""

    value: float
    below: bool = False

    @property
    def number(self) -> float:
        """The value to compute with."""
        return self.value * SHARE_OF_LIMIT if self.below else self.value


def read_value(text: str) -> Reading | None:
    """The reading in a cell: 0.35; <0.02 or 0.02L, below detection; None if none of these."""
    plain = half_width(text).strip()
    below = plain.startswith("<") or plain.endswith("L")
    plain = plain.removeprefix("<").removesuffix("L").strip()
    if not NUMBER.fullmatch(plain) or float(plain) < 0.0:
        return None
    return Reading(float(plain), below)


@dataclass(frozen=True)
class Measured:
    """The usable values of one section and item: times, numbers [mg/L], which are below detection.

    `gaps` are the places where more than thrice the usual interval lies between two values.
    """

    time: NDArray[np.datetime64]
    value: NDArray[np.float64]
    below: NDArray[np.bool_]

    @property
    def gaps(self) -> NDArray[np.int64]:
        """Positions after which a gap follows."""
        between = np.diff(self.time).astype("timedelta64[s]").astype(float)
        if len(between) < 2:
            return np.empty(0, np.int64)
        return np.flatnonzero(between > 3.0 * np.median(between))


def measured(network: WaterNetwork, section: int, item: int) -> Measured:
    """What was measured, in order of time; suspect and missing values are left out."""
    rows = network.tables["observation"]
    at = np.flatnonzero(
        (rows["section"] == section) & (rows["item"] == item) & (rows["flag"] == "ok")
    )
    at = at[np.argsort(rows["time"][at].astype("datetime64[s]"), kind="stable")]
    found = [(i, read_value(str(rows["value"][i]))) for i in at]
    kept = [(i, r) for i, r in found if r is not None]
    return Measured(
        rows["time"][[i for i, _ in kept]].astype("datetime64[s]"),
        np.array([r.number for _, r in kept]), np.array([r.below for _, r in kept], bool),
    )
