"""Quality of a case: who cuts what, what every section then has, what falls on whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.quality.abate import Cut, Problem, components, cut
from tieline.water.quality.matrix import loads_kg_day, saturation, seasons_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.model import Case
    from tieline.water.network import WaterNetwork
    from tieline.water.quality.limits import Limits
    from tieline.water.quality.matrix import Response

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

TOPIC = "water.quality"
DAYS = 365.0
OVER = 1e-6
"""An exceedance smaller than this share of its limit is rounding of the programme."""


@dataclass(frozen=True)
class Year:
    """The seasons of a year, what reaches the sections in each, and the loads as they are.

    `days` (n_seasons,); `today` (n_seasons, n_limits) computed quantity [mg/L] (deficit for
    oxygen); `loads` (n_seasons, n_items, n_sources) [kg/d]; `per_load` (n_seasons, n_limits,
    n_items, n_sources).
    """

    limits: Limits
    seasons: tuple[int, ...]
    days: Floats
    today: Floats
    background: Floats
    loads: Floats
    per_load: Floats


@dataclass(frozen=True)
class Quality:
    """What a case comes to.

    `share` (n_steps,) of each abatement step that is cut, by the component of its owner; `after`
    (n_seasons, n_limits) computed quantity at each section under the plan of *its* component with
    everybody else as today, `all` under all plans at once. `cost`, `damage`, `days_over`
    (n_jurisdictions,): currency/yr, currency/yr, section-days/yr. `worth` (n_seasons, n_limits)
    of a mg/L at the margin [currency/yr]; `unmet` where hard targets could not be met.
    """

    year: Year
    steps: Steps
    share: Floats
    after: Floats
    all: Floats
    cost: Floats
    damage: Floats
    days_over: Floats
    worth: Floats
    unmet: Matrix


@dataclass(frozen=True)
class Steps:
    """Abatement steps that exist: rows of `abatement`, what each cuts [kg/d] of the mean load."""

    row: NDArray[np.int64]
    source: NDArray[np.int64]
    item: NDArray[np.int64]
    kg_per_day: Floats
    cost: Floats


def year_of(network: WaterNetwork, case: Case, limits: Limits,
            responses: Mapping[int, Response], seasons: tuple[tuple[int, float], ...]) -> Year:
    """The year under a case before anybody cuts anything.

    `responses` by season; none are needed where there are no limits.
    """
    exists = network.exist("source", case)
    loads = np.stack([loads_kg_day(network, s) * exists for s, _ in seasons])
    uses = network.tables["item"]["uses"]
    carried = np.where(uses >= 0, uses, np.arange(len(uses)))
    n_limits, n_items = len(limits), len(uses)
    per_load = np.zeros((len(seasons), n_limits, n_items, len(exists)))
    background = np.zeros((len(seasons), n_limits))
    for k, (s, _) in enumerate(seasons if n_limits else ()):
        response = responses[s]
        here = (limits.item, limits.section)
        per_load[k, np.arange(n_limits), carried[limits.item]] = response.per_load[here]
        background[k] = response.background[here].sum(axis=-1)
    today = background + np.einsum("sqin,sin->sq", per_load, loads)
    return Year(limits, tuple(s for s, _ in seasons), np.array([d for _, d in seasons]), today,
                background, loads, per_load)


def steps_of(network: WaterNetwork, case: Case, year: Year) -> Steps:
    """The steps that exist, the cheapest of a load first; never more than the load there is."""
    rows = network.tables["abatement"]
    there = np.flatnonzero(network.exist("abatement", case))
    order = there[np.lexsort((there, rows["cost_per_kg"][there]))]
    mean = np.tensordot(year.days / max(float(year.days.sum()), 1e-9), year.loads, axes=1)
    left = mean.copy()
    kg = np.zeros(len(order))
    for k, row in enumerate(order):
        at = int(rows["item"][row]), int(rows["source_id"][row])
        kg[k] = min(float(rows["kg_per_day"][row]), float(left[at]))
        left[at] -= kg[k]
    useful = kg > 0.0
    order, kg = order[useful], kg[useful]
    total = float(year.days.sum())
    return Steps(order, rows["source_id"][order], rows["item"][order], kg,
                 kg * rows["cost_per_kg"][order] * total)


def problem_of(network: WaterNetwork, case: Case, year: Year, steps: Steps) -> Problem:
    """The limits of every season against every step, for the sections that exist."""
    limits = year.limits
    mean = np.tensordot(year.days / max(float(year.days.sum()), 1e-9), year.loads, axes=1)
    now = year.loads[:, steps.item, steps.source]
    part = np.divide(now, mean[steps.item, steps.source],
                     out=np.zeros_like(now), where=mean[steps.item, steps.source] > 0.0)
    effect = year.per_load[:, :, steps.item, steps.source] * (steps.kg_per_day * part)[:, None, :]
    exists = network.exist("section", case)[limits.section]
    excess = np.where(exists, year.today - limits.most, -np.inf)
    owner = network.sections["jurisdiction"][limits.section]
    n = len(year.days)
    return Problem(
        steps.cost, network.sources["jurisdiction"][steps.source],
        effect.reshape(n * len(limits), len(steps.row)), excess.reshape(-1),
        np.outer(year.days, limits.damage_day).reshape(-1), np.tile(owner, n),
    )


def plan(network: WaterNetwork, case: Case, year: Year, *, hard: bool = False) -> Quality:
    """The least-cost plans of every component of the openness, those outside as today."""
    steps = steps_of(network, case, year)
    problem = problem_of(network, case, year, steps)
    n = len(network.jurisdictions)
    cost, damage, days_over = np.zeros(n), np.zeros(n), np.zeros(n)
    share, after = np.zeros(len(steps.row)), year.today.flatten()
    worth, unmet = np.zeros(len(after)), np.zeros(len(after), bool)
    for members in components(open_matrix(network, case, TOPIC)):
        found = cut(problem, members, hard=hard)
        mine = members[problem.limit_owner]
        share += found.share
        after[mine] -= np.asarray(problem.effect @ found.share)[mine]
        worth[mine] = found.worth[mine]
        unmet[found.unmet] = True
        _settle(problem, found, members, cost, damage)
    shape = year.today.shape
    planned = after.reshape(shape)
    exists = network.exist("section", case)[year.limits.section]
    over = np.asarray(exceeds(year.limits, planned) & exists)
    for r in range(len(network.sections)):
        days = over[:, year.limits.section == r].any(axis=1)
        days_over[network.sections["jurisdiction"][r]] += float(year.days[days].sum())
    everywhere = year.today - (problem.effect @ share).reshape(shape)
    return Quality(year, steps, share, planned, everywhere, cost, damage, days_over,
                   worth.reshape(shape), unmet.reshape(shape))


def _settle(problem: Problem, found: Cut, members: Matrix, cost: Floats, damage: Floats) -> None:
    for j in np.flatnonzero(members):
        mine = problem.step_owner == j
        cost[j] += float(problem.cost[mine] @ found.share[mine])
        here = problem.limit_owner == j
        damage[j] += float(problem.damage[here] @ found.above[here])


def exceeds(limits: Limits, quantity: Floats) -> Matrix:
    """Where the computed quantity (.., n_limits) is above what it may be."""
    return np.asarray(quantity > limits.most + OVER * np.maximum(limits.limit_mg_l, 1e-3))


def shown_mg_l(network: WaterNetwork, limits: Limits, quantity: Floats) -> Floats:
    """The computed quantity as people know it: oxygen instead of its deficit, never below 0."""
    items = network.tables["item"]["uses"][limits.item] >= 0
    full = np.array([saturation(network, int(i)) for i in limits.item])
    return np.asarray(np.where(items, np.maximum(full - quantity, 0.0), quantity))


def open_matrix(network: WaterNetwork, case: Case, topic: str) -> Matrix:
    """Who is open to whom for a topic, (n, n), everybody to itself."""
    index = {j: k for k, j in enumerate(network.jurisdictions)}
    found = np.eye(len(index), dtype=bool)
    for t, a, b in case.open:
        if t == topic and a in index and b in index:
            found[index[a], index[b]] = found[index[b], index[a]] = True
    return found


def season_choice(network: WaterNetwork, case: Case) -> tuple[tuple[int, float], ...]:
    """The flow scenarios of a case: the whole year, or the one its scenario names (`season`)."""
    name = str(network.scenario(case).get("season", ""))
    ids = [str(x) for x in network.tables["season"].ids]
    if name in ids:
        return ((ids.index(name), DAYS),)
    return seasons_of(network)
