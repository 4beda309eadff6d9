"""What an outcome is summed of: measures of each place and of each row of the demand table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.freight import with_freight
from tieline.transit.network import CUTOFFS_MIN
from tieline.transit.stock import limited

if TYPE_CHECKING:
    from tieline.region.model import Case, FloatArray
    from tieline.transit.network import TransitNetwork
    from tieline.transit.stock import Taken
    from tieline.transit.tally import Tally

OF_PLACES = ("residents", *(f"reach_{m}" for m in CUTOFFS_MIN), "facility_minutes", "day_trip")
OF_ROWS = ("trip_minutes", "trips_possible")


@dataclass(frozen=True)
class Parts:
    """Measures by place, shape (n_points, len(OF_PLACES)), and by row, (n_rows, len(OF_ROWS)).

    `counted` is the tally with freight, `taken` which cars were found (None without limits).
    """

    places: FloatArray
    rows: FloatArray
    counted: Tally
    taken: Taken | None

    def of(self, measure: str) -> FloatArray:
        """A measure's value of each place or each row."""
        if measure in OF_PLACES:
            return self.places[:, OF_PLACES.index(measure)]
        return self.rows[:, OF_ROWS.index(measure)]


def parts_of(network: TransitNetwork, case: Case, counted: Tally, k: int) -> Parts:
    """The measures of case k of a tally, place by place and row by row."""
    points, settings, demand = network.points, network.settings, network.demand
    counted = with_freight(network, case, counted, k)
    most, people = settings.window.most / 60.0, points.population
    minutes = np.minimum(counted.demand[k], most)
    possible = np.isfinite(counted.demand[k]).astype(float)
    taken = limited(network, case, counted.demand[k])
    if taken is not None:  # whoever finds no car goes without
        share = taken.share
        minutes = share * minutes + (1.0 - share) * np.minimum(taken.without, most)
        possible = share * possible + (1.0 - share) * np.isfinite(taken.without)
    places = np.column_stack([
        people, *(people * counted.reach[k, :, q] for q in range(counted.reach.shape[2])),
        people * settings.visits_per_yr * counted.near[k], people * counted.home[k],
    ])
    rows = np.column_stack([demand.trips * minutes, demand.trips * possible])
    return Parts(places, rows, counted, taken)


def owner_of(network: TransitNetwork, measure: str) -> np.ndarray:
    """The jurisdiction (-1 = nobody's) of each place or row that a measure is summed of."""
    return network.points.jurisdiction if measure in OF_PLACES else network.demand.jurisdiction
