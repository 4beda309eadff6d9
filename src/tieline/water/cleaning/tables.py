"""Tables of cleaning: what falls on whom in a day, and the route of every boat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.region.tables import Table
    from tieline.water.evaluate import Cleaned
    from tieline.water.network import WaterNetwork


def _table(name: str, columns: str, rows: list[list[Any]]) -> Table:
    from tieline.water.detail import table_of

    return table_of(name, columns, rows)


def days_table(network: WaterNetwork, cleaned: Sequence[Cleaned]) -> Table:
    """One row for each season and jurisdiction: its day of cleaning, and how sure the search is."""
    rows: list[list[Any]] = []
    ids = network.tables["season"].ids
    for season in cleaned:
        name = str(ids[season.season]) if season.season >= 0 else ""
        for j, jurisdiction in enumerate(network.jurisdictions):
            sums = [float(sum(getattr(d, what)[j] for d in season.plans)) for what in
                    ("cost", "hours", "distance_km", "collected_t", "left_t", "gap")]
            rows.append([name, season.days, jurisdiction, *sums])
    return _table("cleaning", "season days jurisdiction cost hours distance_km collected_t left_t "
                  "gap", rows)


def routes_table(network: WaterNetwork, cleaned: Sequence[Cleaned]) -> Table:
    """One row for each stop of each boat on a day, in order."""
    rows: list[list[Any]] = []
    ids = network.tables["season"].ids
    spots = network.tables["hotspot"]
    grid = network.grid
    for season in cleaned:
        name = str(ids[season.season]) if season.season >= 0 else ""
        number = 0
        for day in season.plans:
            task = day.task
            for route in day.routed.routes:
                number += 1
                boat = task.boats[route.fleet]
                owner = network.jurisdictions[network.tables["boat"]["jurisdiction"][boat]]
                for visit in route.visits:
                    if visit.kind == "stop":
                        part = task.parts[visit.number]
                        table, row, tonnes = "hotspot", part.spot, part.tonnes
                        whose = ";".join(network.jurisdictions[j] for j, _ in part.owners)
                        what = str(spots.ids[row])
                    else:
                        table, row = task.yards[visit.number]
                        tonnes, whose = 0.0, ""
                        what = str(network.tables[table].ids[row])
                    cell = int(grid.cells_at(table)[row])
                    rows.append([
                        name, number, str(network.tables["boat"].ids[boat]), owner, table, what,
                        whose, tonnes, visit.start_s / 3600.0, visit.end_s / 3600.0,
                        _known(grid.x[cell]), _known(grid.y[cell]),
                    ])
    return _table("routes", "season route boat jurisdiction kind place whose tonnes start_h end_h "
                  "x y", rows)


def _known(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")
