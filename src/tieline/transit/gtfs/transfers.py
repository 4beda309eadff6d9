"""transfers.txt: rules for changes between stops, of all lines or of single lines and trips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tieline.transit.gtfs.sheet import numbers, refer, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.region.issues import Issues
    from tieline.transit.gtfs.sheet import Sheet

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Transfers:
    """Rules: rows of stops, routes and trips (-1 = any), kind as GTFS numbers, least time [s].

    `row` is the row of the file that a message names.
    """

    origin: Ints
    to: Ints
    kind: Ints
    least_s: Ints
    from_route: Ints
    to_route: Ints
    from_trip: Ints
    to_trip: Ints
    row: Ints

    def single(self, i: int) -> bool:
        """Whether rule i is of single lines or trips."""
        return bool(max(self.from_route[i], self.to_route[i], self.from_trip[i],
                        self.to_trip[i]) >= 0)


def read_transfers(
    sheet: Sheet | None, stops: Mapping[str, int], routes: Mapping[str, int],
    trips: Mapping[str, int], issues: Issues,
) -> Transfers:
    """Every rule of the file."""
    if sheet is None:
        return Transfers(*(np.zeros(0, np.int64) for _ in range(9)))
    if not require(sheet, ("from_stop_id", "to_stop_id"), issues):
        return read_transfers(None, stops, routes, trips, issues)

    def of(name: str, index: Mapping[str, int], file: str) -> Ints:
        return refer(sheet, name, index, file, issues, optional=True)

    kind = numbers(sheet, "transfer_type", issues, low=0, high=5, default=0.0)
    least = numbers(sheet, "min_transfer_time", issues, low=0, high=86400, unit="s", default=0.0)
    return Transfers(
        of("from_stop_id", stops, "stops.txt"), of("to_stop_id", stops, "stops.txt"),
        np.nan_to_num(kind).astype(np.int64), np.nan_to_num(least).astype(np.int64),
        of("from_route_id", routes, "routes.txt"), of("to_route_id", routes, "routes.txt"),
        of("from_trip_id", trips, "trips.txt"), of("to_trip_id", trips, "trips.txt"),
        np.arange(sheet.n) + 2,
    )
