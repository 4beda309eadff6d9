"""fare_attributes.txt and fare_rules.txt: what a ride on a route costs, by zones if so given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.gtfs.sheet import Sheet, keys, numbers, refer, require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues


@dataclass(frozen=True)
class ZoneFare:
    """A price for rides from a zone to a zone that call at just these zones; "" or none: any."""

    price: float
    origin: str = ""
    to: str = ""
    contains: frozenset[str] = frozenset()

    def fits(self, zones: Sequence[str]) -> bool:
        """Whether it holds for a ride past stops of these zones."""
        return (
            self.origin in ("", zones[0]) and self.to in ("", zones[-1])
            and (not self.contains or self.contains == frozenset(zones))
        )


def cheapest(fares: Sequence[ZoneFare], zones: Sequence[str], otherwise: float) -> float:
    """What a ride past stops of these zones costs; `otherwise` where no fare is for it."""
    return min((f.price for f in fares if f.fits(zones)), default=otherwise)


@dataclass(frozen=True)
class Fares:
    """Price of a ride by row of routes, shape (n_routes,); NaN where the feed does not say.

    Of several fares of a route the cheapest stands. `transfers` is how many changes the fare
    includes (-1 = any number). `zoned` holds the fares of routes (-1 = every route) where any
    depends on zones.
    """

    price: NDArray[np.float64]
    transfers: NDArray[np.int64]
    currency: str = ""
    zoned: tuple[tuple[int, ZoneFare], ...] = ()

    def of_route(self, route: int) -> tuple[ZoneFare, ...]:
        """The fares of a route; none unless one of them depends on zones."""
        mine = tuple(f for r, f in self.zoned if r in (-1, route))
        return mine if any(f.origin or f.to or f.contains for f in mine) else ()


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
    if rules is not None and rules.n:
        fare = refer(rules, "fare_id", index, "fare_attributes.txt", issues)
        route = refer(rules, "route_id", routes, "routes.txt", issues, optional=True)
        pairs = [(int(f), int(r)) for f, r in zip(fare, route, strict=True) if f >= 0]
    elif attributes.n == 1:
        pairs = [(0, -1)]
    for fare_row, route_row in pairs:
        for r in range(n) if route_row < 0 else (route_row,):
            if not price[r] <= prices[fare_row]:
                price[r] = prices[fare_row]
                changes[r] = int(np.nan_to_num(included[fare_row], nan=-1.0))
    zoned = () if rules is None else _zoned(rules, pairs, prices, index)
    return Fares(price, changes, currency, zoned)


def _zoned(
    rules: Sheet, pairs: Sequence[tuple[int, int]], prices: NDArray[np.float64],
    index: Mapping[str, int],
) -> tuple[tuple[int, ZoneFare], ...]:
    """The fares by route; rows alike but for `contains_id` are one fare for all its zones."""
    columns = [rules.texts(c) for c in ("fare_id", "origin_id", "destination_id", "contains_id")]
    if not any((c != "").any() for c in columns[1:]):
        return ()
    found: dict[tuple[int, int, str, str], set[str]] = {}
    routes = iter(pairs)
    for name, origin, to, contains in zip(*columns, strict=True):
        if str(name) not in index:
            continue
        fare, route = next(routes)
        found.setdefault((fare, route, str(origin), str(to)), set()).add(str(contains))
    return tuple(
        (route, ZoneFare(float(prices[fare]), origin, to, frozenset(zones - {""})))
        for (fare, route, origin, to), zones in found.items()
    )
