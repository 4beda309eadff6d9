"""Whom every exceedance comes from: sources, boundaries, jurisdictions; who would pay by rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.quality.plan import exceeds
from tieline.water.quality.rivers import (
    by_transfer,
    downstream_sharing,
    local_responsibility,
    upstream_sharing,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.network import WaterNetwork
    from tieline.water.quality.plan import Year
    from tieline.water.quality.rivers import FlowGraph

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Blame:
    """What makes up the concentration at each limit, today.

    `by_source` (n_seasons, n_limits, n_sources) and `inflow` (n_seasons, n_limits) [mg/L]; they
    sum to what is computed there. `by_jurisdiction` (n_seasons, n_limits, n_jurisdictions).
    `over` (n_seasons, n_limits) [mg/L] above the limit.
    """

    by_source: Floats
    inflow: Floats
    by_jurisdiction: Floats
    over: Floats

    @property
    def share(self) -> Floats:
        """Share of each jurisdiction in what is computed there; the rest came in from outside."""
        total = self.by_source.sum(axis=-1) + self.inflow
        return np.asarray(np.divide(
            self.by_jurisdiction, total[..., None], out=np.zeros_like(self.by_jurisdiction),
            where=total[..., None] > 0.0))


def blame(network: WaterNetwork, year: Year) -> Blame:
    """Every concentration taken apart by where it comes from."""
    by_source = np.einsum("sqin,sin->sqn", year.per_load, year.loads)
    n = len(network.jurisdictions)
    owner = np.eye(n)[network.sources["jurisdiction"]] if len(network.sources) else np.zeros((0, n))
    over = np.where(exceeds(year.limits, year.today), year.today - year.limits.most, 0.0)
    return Blame(by_source, year.background, by_source @ owner, over)


def shares_by_rule(network: WaterNetwork, year: Year, found: Blame, graph: FlowGraph) -> dict[
    str, Floats
]:
    """Who would bear today's damage [currency/yr] under each rule, (n_jurisdictions,).

    Local responsibility always; upstream and downstream equal sharing only where the computed flow
    has an upstream; shares by transfer always, and they are what stands in where it has none.
    """
    n = len(network.jurisdictions)
    worth = year.days[:, None] * year.limits.damage_day * found.over
    places = network.sections["jurisdiction"][year.limits.section]
    costs, weights = np.zeros(n), np.zeros((n, n))
    for j in range(n):
        mine = places == j
        costs[j] = float(worth[:, mine].sum())
        weights[:, j] = np.einsum("sq,sqk->k", worth[:, mine], found.by_jurisdiction[:, mine])
    rules = {"LRS": local_responsibility(costs), "transfer": by_transfer(costs, weights)}
    if not graph.meaning:
        above = graph.above()
        rules |= {"UES": upstream_sharing(costs, above), "DES": downstream_sharing(costs, above)}
    return rules
