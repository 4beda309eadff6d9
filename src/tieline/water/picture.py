"""What a drawing of the waters needs: where things lie, who owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.water.detail import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.region.model import Case
    from tieline.region.tables import Table
    from tieline.water.network import WaterNetwork

PLACES = ("section", "source", "intake", "depot", "landing", "hotspot", "spill")


def picture(network: WaterNetwork, case: Case) -> Mapping[str, Table]:
    """`reaches`, `nodes`, `gates` and `places` of what is built, with schematic coordinates."""
    nodes, reaches, gates = network.nodes, network.reaches, network.gates
    ids = network.jurisdictions
    lines: list[list[Any]] = []
    for r in np.flatnonzero(network.exist("reach", case)):
        a, b = int(reaches["from_node"][r]), int(reaches["to_node"][r])
        width = float(reaches["width_m"][r])
        lines.append([
            str(reaches.ids[r]), str(nodes.ids[a]), str(nodes.ids[b]),
            ids[reaches["jurisdiction_left"][r]], ids[reaches["jurisdiction_right"][r]],
            float(nodes["x"][a]), float(nodes["y"][a]), float(nodes["x"][b]),
            float(nodes["y"][b]), 0.0 if np.isnan(width) else width,
        ])
    points = [
        [str(nodes.ids[i]), ids[nodes["jurisdiction"][i]], str(nodes["kind"][i]),
         float(nodes["x"][i]), float(nodes["y"][i])]
        for i in np.flatnonzero(network.exist("node", case))
    ]
    doors = [
        [str(gates.ids[g]), ids[gates["jurisdiction"][g]], str(gates["kind"][g]),
         _middle(nodes["x"], gates, g), _middle(nodes["y"], gates, g)]
        for g in np.flatnonzero(network.exist("gate", case)).tolist()
    ]
    places: list[list[Any]] = []
    for name in PLACES:
        rows, cells = network.tables[name], network.grid.cells_at(name)
        for k in np.flatnonzero(network.exist(name, case)):
            owner = int(rows["jurisdiction"][k]) if "jurisdiction" in rows.columns else -1
            places.append([
                name, str(rows.ids[k]), ids[owner] if owner >= 0 else "",
                float(network.grid.x[cells[k]]), float(network.grid.y[cells[k]]),
            ])
    return {
        "reaches": table_of("reaches", "id from_node to_node left right x0 y0 x1 y1 width_m",
                            lines),
        "nodes": table_of("nodes", "id jurisdiction kind x y", points),
        "gates": table_of("gates", "id jurisdiction kind x y", doors),
        "places": table_of("places", "kind id jurisdiction x y", places),
    }


def _middle(values: Any, gates: Any, gate: int) -> float:
    return float(0.5 * (values[gates["from_node"][gate]] + values[gates["to_node"][gate]]))
