"""Yearly gains of a project by price, as flows: each unit value moves what it values, nothing else.

A gain is often the difference of what is saved and what is spent. Each price is therefore a flow of
its own, of either sign, with its own driver; a range that scaled their sum would be wrong wherever
they differ in sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.cba.flows import Driver, Flow, benefit

if TYPE_CHECKING:
    from tieline.region.model import FloatArray
    from tieline.region.region import Value

VALUE_OF = "value of "
"""How the driver of a unit value is called: this, the measure, its jurisdiction if it has one."""

DEMAND, NETWORK_COSTS = "demand", "network costs"
"""Drivers of gains beside unit values: how much there is to serve; what is money itself."""


def measure_of(driver: str) -> tuple[str, str] | None:
    """Measure and jurisdiction ("" = all) whose unit value a driver is; None if it is none."""
    if not driver.startswith(VALUE_OF):
        return None
    measure, _, jurisdiction = driver.removeprefix(VALUE_OF).partition(", ")
    return measure.rpartition(".")[2], jurisdiction


def benefit_flows(
    parts: FloatArray, prices: Sequence[Value], own: Sequence[bool], *, years: int, opens: int,
    life: int,
) -> tuple[tuple[Flow, ...], tuple[Driver, ...]]:
    """Flows by price and the drivers of unit values among them.

    Parameters
    ----------
    parts
        Shape (n_jurisdictions, n_prices): yearly gains by price, each at a price of 1.
    own
        By price: whether what it prices is money already and the price has no range. Such a gain
        goes with `network costs`; every other one with its unit value and with `demand`.
    """
    names = _names(prices)
    flows: list[Flow] = []
    drivers: dict[str, Driver] = {}
    for r, price in enumerate(prices):
        amounts = np.asarray(parts[:, r]) * price.typical
        if not amounts.any():
            continue
        moved: list[str] = [NETWORK_COSTS if own[r] else DEMAND]
        ends = sorted((price.low / price.typical, price.high / price.typical))
        if ends[0] < ends[1]:
            drivers[names[r]] = Driver(names[r], min(ends[0], 1.0), max(ends[1], 1.0),
                                       source="values.csv")
            moved.insert(0, names[r])
        flows.append(benefit(f"benefits: {price.measure}", amounts, years=years, opens=opens,
                             life=life, drivers=moved))
    if not flows:
        flows.append(benefit("benefits", np.zeros(len(parts)), years=years, opens=opens, life=life))
    return tuple(flows), tuple(drivers.values())


def _names(prices: Sequence[Value]) -> list[str]:
    """Names of drivers: networks that value a measure alike share one."""
    alike = defaultdict(set)
    for p in prices:
        alike[p.measure.rpartition(".")[2], p.jurisdiction].add((p.low, p.typical, p.high))
    found = []
    for p in prices:
        bare = p.measure.rpartition(".")[2]
        measure = bare if len(alike[bare, p.jurisdiction]) == 1 else p.measure
        found.append(f"{VALUE_OF}{measure}{', ' if p.jurisdiction else ''}{p.jurisdiction}")
    return found
