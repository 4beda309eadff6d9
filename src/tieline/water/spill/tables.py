"""Tables of spills: what is planned for each, who is hit when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.water.spill.moves import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.region.tables import Table
    from tieline.water.network import WaterNetwork
    from tieline.water.spill.course import Hit
    from tieline.water.spill.plan import Answer


def _table(name: str, columns: str, rows: list[list[Any]]) -> Table:
    from tieline.water.detail import table_of

    return table_of(name, columns, rows)


def place_id(network: WaterNetwork, hit: Hit) -> str:
    """Id of what is hit; of waters, their jurisdiction."""
    if hit.kind == "waters":
        return network.jurisdictions[hit.row]
    return str(network.tables[hit.kind].ids[hit.row])


def spills_table(network: WaterNetwork, answers: Sequence[Answer]) -> Table:
    """One row for each spill and jurisdiction: when it knows, what it orders, what it loses."""
    rows: list[list[Any]] = []
    for found in answers:
        lost = found.by_jurisdiction(network)
        for j, name in enumerate(network.jurisdictions):
            moved = [label(network, o) for o in found.orders
                     if network.tables[o.table]["jurisdiction"][o.row] == j]
            rows.append([
                found.spill.id, found.spill.per_year, name, _hours(found.known_h[j]),
                ";".join(moved), float(lost[j, 0]), float(lost[j, 1]),
                sum(len(c.tried) for members, c in found.chosen if j in members),
            ])
    return _table("spills", "spill per_year jurisdiction known_h orders intake_hours "
                  "people_hours plans_tried", rows)


def hits_table(network: WaterNetwork, answers: Sequence[Answer]) -> Table:
    """Every section, intake and jurisdiction's waters of each spill: when, how much, how long."""
    rows = [
        [found.spill.id, *hit_row(network, hit)] for found in answers for hit in found.hits
    ]
    return _table("hits", f"spill {HIT_COLUMNS}", rows)


HIT_COLUMNS = "kind place jurisdiction limit_mg_l first_h last_h peak_mg_l peak_h hours_above"


def hit_row(network: WaterNetwork, hit: Hit) -> list[Any]:
    """A hit as a row of `HIT_COLUMNS`; hours are NaN where it never comes."""
    return [
        hit.kind, place_id(network, hit), network.jurisdictions[hit.jurisdiction],
        hit.limit_mg_l, _hours(hit.first_h), _hours(hit.last_h), hit.peak_mg_l, hit.peak_h,
        hit.hours,
    ]


def _hours(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")
