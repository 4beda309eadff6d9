"""Indices of compensation agreements: who would pay whom, today and as planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.quality.limits import limits_of
from tieline.water.quality.rivers import compensation_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues
    from tieline.water.network import WaterNetwork
    from tieline.water.quality.blame import Blame
    from tieline.water.quality.limits import Limits
    from tieline.water.quality.plan import Quality

    Floats = NDArray[np.float64]

SAME = ("section", "upstream", "downstream", "stability", "amount_per_yr")
"""Columns that say the same in every row of an agreement."""


@dataclass(frozen=True)
class Settled:
    """An agreement worked out; row numbers of its section and parties.

    `today`, `planned` are P of mean concentrations of the year; `share_upstream`,
    `share_downstream` what sources of either party make of the concentrations, weighted as in P;
    the rest comes from others or from outside.
    """

    id: str
    section: int
    upstream: int
    downstream: int
    stability: float
    amount_per_yr: float
    today: float
    planned: float
    share_upstream: float
    share_downstream: float


def payer(settled: Settled, index: float) -> int:
    """Who pays at an index: upstream above 1, else downstream."""
    return settled.upstream if index > 1.0 else settled.downstream


def settle(network: WaterNetwork, quality: Quality, found: Blame) -> tuple[Settled, ...]:
    """Every agreement, in the order of the table."""
    rows, year, limits = network.tables["agreement"], quality.year, quality.year.limits
    part = year.days / year.days.sum()
    made = []
    for name, at in network.group("agreement").items():
        first = int(at[0])
        section = int(rows["section"][first])
        where = np.array([_limit(limits, section, int(i)) for i in rows["item"][at]], np.int64)
        given = rows["reference_mg_l"][at]
        reference = np.where(np.isnan(given), limits.limit_mg_l[where], given)
        weights, stability = rows["weight"][at], float(rows["stability"][first])
        today, planned = part @ year.today[:, where], part @ quality.after[:, where]
        brought = part @ found.by_jurisdiction[:, where].reshape(len(part), -1)
        ratio = weights / reference
        by = ratio @ brought.reshape(len(where), -1)
        whole = float(ratio @ today)
        shares = by / whole if whole > 0.0 else np.zeros_like(by)
        up, down = int(rows["upstream"][first]), int(rows["downstream"][first])
        made.append(Settled(
            name, section, up, down, stability, float(rows["amount_per_yr"][first]),
            compensation_index(today, reference, weights, stability),
            compensation_index(planned, reference, weights, stability),
            float(shares[up]), float(shares[down])))
    return tuple(made)


def _limit(limits: Limits, section: int, item: int) -> int:
    """Number of the limit of a section and item, -1 without."""
    found = np.flatnonzero((limits.section == section) & (limits.item == item))
    return int(found[0]) if len(found) else -1


def check_agreements(network: WaterNetwork, issues: Issues) -> None:
    """Report what agreements cannot be worked out, and weights that do not sum to 1."""
    rows, items, table = network.tables["agreement"], network.tables["item"], "water/agreement"
    limits = limits_of(network)
    for name, at in network.group("agreement").items():
        first = int(at[0])
        for k in (int(x) for x in at):
            for column in SAME:
                mine, its = rows[column][k], rows[column][first]
                if not (mine == its or (mine != mine and its != its)):
                    issues.error(table, "the same as in its first row", "another", row=k + 2,
                                 field=column)
            item = int(rows["item"][k])
            if items["uses"][item] >= 0:
                issues.error(table, "an item of which less is better", f"'{items.ids[item]}'",
                             row=k + 2, field="item")
            elif _limit(limits, int(rows["section"][k]), item) < 0:
                issues.error(table, "an item for which its section has a limit",
                             f"'{items.ids[item]}'", row=k + 2, field="item")
        if rows["upstream"][first] == rows["downstream"][first]:
            party = network.jurisdictions[rows["upstream"][first]]
            issues.error(table, "two parties", f"'{party}' twice", row=first + 2,
                         field="downstream")
        total = float(rows["weight"][at].sum())
        if abs(total - 1.0) > 0.005:
            issues.note(table, f"weights of '{name}' sum to {total:g}, not to 1", row=first + 2,
                        field="weight")
