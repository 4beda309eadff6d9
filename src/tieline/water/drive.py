"""What moves the water in a run: levels and flows at boundaries, what sources bring, rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.water.kernels.arrays import DEPTH, DIFFERENCE, ELAPSED, HOUR, LEVEL, Drive, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tieline.water.network import Mask, WaterNetwork

QUANTITY = {
    "level": LEVEL, "difference": DIFFERENCE, "depth": DEPTH, "hour": HOUR, "elapsed": ELAPSED,
}
CURVES = {"pump_head": 1, "pump_level": 2}


@dataclass(frozen=True)
class Order:
    """A gate or pump at a setting from a time on; it beats the rules until the next of its kind.

    `table` is "gate" or "pump", `row` its row there, `time_h` as in `simulate`, `setting` 0..1.
    NaN gives the asset back to its rules.
    """

    table: str
    row: int
    time_h: float
    setting: float


@dataclass(frozen=True)
class External:
    """Where water enters or leaves beside level boundaries: cells, and the rows they belong to.

    `table` (n,) is "boundary", "source" or "intake"; `row` (n,) the row there.
    """

    cell: NDArray[np.int64]
    table: tuple[str, ...]
    row: NDArray[np.int64]


def season_value(network: WaterNetwork, season: int, name: str) -> float:
    """A number of a flow scenario; of the plain year where `season` is -1."""
    if season < 0:
        return 0.0 if name in ("level_shift_m", "wind_m_s", "wind_from_deg") else 1.0
    return float(network.tables["season"][name][season])


def boundary_values(
    network: WaterNetwork, row: int, hours: NDArray[np.float64], season: int
) -> NDArray[np.float64]:
    """Level [m] or flow [m3/s] of a boundary at hours since the start."""
    rows = network.boundaries
    values = np.full(len(hours), rows["value"][row])
    series = int(rows["series"][row])
    if series >= 0:
        table = network.tables["series"]
        at = network.group("series")[network.names["series"][series]]
        values = values + np.interp(hours, table["time_h"][at], table["value"][at])
    if rows["kind"][row] == "flow":
        return values * season_value(network, season, "flow_factor")
    tides = network.tables["tide"]
    factor = season_value(network, season, "tide_factor")
    for t in np.flatnonzero(tides["boundary"] == row):
        angle = 2.0 * np.pi * hours / tides["period_h"][t] - np.deg2rad(tides["phase_deg"][t])
        values = values + factor * tides["amplitude_m"][t] * np.cos(angle)
    return values + season_value(network, season, "level_shift_m")


def make_drive(
    network: WaterNetwork, built: Mask, hours: NDArray[np.float64], season: int
) -> tuple[Drive, External]:
    """What moves the water between these equally spaced hours, and where it enters or leaves."""
    rows, grid = network.boundaries, network.grid
    exists = rows.exist(built)
    given = np.flatnonzero((rows["kind"] == "level") & exists)
    levels = [boundary_values(network, int(b), hours, season) for b in given]
    n_steps = len(hours) - 1
    cells: list[int] = []
    names: list[str] = []
    numbers: list[int] = []
    flows: list[NDArray[np.float64]] = []
    for b in np.flatnonzero((rows["kind"] == "flow") & exists):
        values = boundary_values(network, int(b), hours, season)
        cells.append(int(rows["node"][b]))
        names.append("boundary")
        numbers.append(int(b))
        flows.append(0.5 * (values[1:] + values[:-1]))
    for table, sign in (("source", 1.0), ("intake", -1.0)):
        there = network.tables[table].exist(built)
        for r in np.flatnonzero(there & (network.tables[table]["flow_m3s"] > 0.0)):
            cells.append(int(grid.cells_at(table)[r]))
            names.append(table)
            numbers.append(int(r))
            flows.append(np.full(n_steps, sign * network.tables[table]["flow_m3s"][r]))
    faces = np.concatenate([
        np.repeat(network.reaches.exist(built), np.diff(grid.face_start)),
        network.gates.exist(built), network.pumps.exist(built),
    ])
    drive = Drive(
        rows["node"][given].astype(np.int64),
        np.ascontiguousarray(np.array(levels).reshape(len(given), n_steps + 1).T),
        np.array(cells, np.int64),
        np.ascontiguousarray(np.array(flows).reshape(len(cells), n_steps).T),
        faces, float(hours[0]),
    )
    return drive, External(drive.external_cell, tuple(names), np.array(numbers, np.int64))


def make_rules(network: WaterNetwork, built: Mask, orders: Sequence[Order]) -> Rules:
    """Rules and orders as arrays; rules of what does not exist are left out."""
    table, gates, pumps = network.tables["rule"], network.gates, network.pumps
    n_gates, cell_of = len(gates), network.grid.node_cell
    offset = {"gate": 0, "pump": n_gates}
    groups = sorted(
        network.group("rule").values(), key=lambda at: (float(table["priority"][at[0]]), at[0])
    )
    conditions = np.concatenate(groups) if groups else np.empty(0, np.int64)
    heads = np.array([at[0] for at in groups], np.int64)
    assets = np.array(
        [offset[str(table["asset_kind"][h])] + int(table["asset"][h]) for h in heads], np.int64
    )
    ptr = np.concatenate([[0], np.cumsum([len(at) for at in groups])]).astype(np.int64)
    timed = sorted(orders, key=lambda o: o.time_h)
    kinds, curve_ptr, curve_x, curve_y = _pump_curves(network)
    return Rules(
        ptr, assets, table["setting"][heads], table["otherwise"][heads],
        np.array([QUANTITY[q] for q in table["quantity"][conditions]], np.int64),
        np.append(cell_of, 0)[table["node"][conditions]],
        np.append(cell_of, 0)[table["other_node"][conditions]],
        np.array(table["sense"][conditions] == "above", bool), table["value"][conditions],
        np.array([o.time_h * 3600.0 for o in timed]),
        np.array([offset[o.table] + o.row for o in timed], np.int64),
        np.array([o.setting for o in timed]),
        np.concatenate([gates["opening"], pumps["setting"]]),
        np.concatenate([gates["move_min"] * 60.0, np.zeros(len(pumps))]),
        np.nan_to_num(pumps["start_m"], nan=-1e9),
        np.where(np.isnan(pumps["stop_m"]), np.nan_to_num(pumps["start_m"], nan=-1e9),
                 pumps["stop_m"]),
        kinds, curve_ptr, curve_x, curve_y,
    )


def _pump_curves(network: WaterNetwork) -> tuple[Any, ...]:
    """Kind, slices and points of the pumps' curves."""
    pumps, table = network.pumps, network.tables["curve"]
    groups = network.group("curve")
    kinds, ends = [], [0]
    x: list[float] = []
    y: list[float] = []
    for number in pumps["curve"]:
        kinds.append(0)
        if number >= 0:
            at = groups[network.names["curve"][number]]
            kinds[-1] = CURVES[str(table["kind"][at[0]])]
            x += list(table["x"][at])
            y += list(table["y"][at])
        ends.append(len(x))
    return np.array(kinds, np.int64), np.array(ends, np.int64), np.array(x), np.array(y)
