"""fare_attributes.txt and fare_rules.txt: what a ride on a route costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.gtfs.sheet import Sheet, keys, numbers, refer, require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues


@dataclass(frozen=True)
class Fares:
    """Price of a ride by row of routes, shape (n_routes,); NaN where the feed does not say.

    Of several fares of a route the cheapest stands. `transfers` is how many changes the fare
    includes (-1 = any number); zones are not read.
    """

    price: NDArray[np.float64]
    transfers: NDArray[np.int64]
    currency: str = ""


def read_fares(
    attributes: Sheet | None, rules: Sheet | None, routes: Mapping[str, int], issues: Issues
) -> Fares:
    """Fares by route; a single fare without rules holds for all routes."""
    n = len(routes)
    price, changes = np.full(n, np.nan), np.zeros(n, np.int64)
    if attributes is None or not require(attributes, ("fare_id", "price"), issues):
        return Fares(price, changes)
    index = keys(attributes, "fare_id", issues)
    prices = numbers(attributes, "price", issues, low=0, high=1e6)
    included = numbers(attributes, "transfers", issues, low=0, high=5, default=-1.0)
    currency = next((str(c) for c in attributes.texts("currency_type") if c), "")
    pairs: list[tuple[int, int]] = []
    if rules is not None and "route_id" in rules:
        fare = refer(rules, "fare_id", index, "fare_attributes.txt", issues)
        route = refer(rules, "route_id", routes, "routes.txt", issues, optional=True)
        pairs = [(int(f), int(r)) for f, r in zip(fare, route, strict=True) if f >= 0]
    elif attributes.n == 1:
        pairs = [(0, -1)]
    for fare_row, route_row in pairs:
        for r in range(n) if route_row < 0 else (route_row,):
            if not price[r] <= prices[fare_row]:
                price[r] = prices[fare_row]
                changes[r] = int(included[fare_row])
    return Fares(price, changes, currency)
