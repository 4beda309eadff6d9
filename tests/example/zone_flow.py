"""Power flow of the zone by power-grid-model: the judge, not our own kernel."""

from dataclasses import dataclass

import numpy as np
from power_grid_model import PowerGridModel, initialize_array
from zone_tables import rows


@dataclass(frozen=True)
class Flow:
    """Voltage [pu] and loading [-] of what is live, and the ids of dead buses."""

    v_min: float
    v_max: float
    loading_max: float
    dead: frozenset[str]


def flow(level: float, switched_off: set[str]) -> Flow:
    """The solved state at this load level with these branches off."""
    bus, branch = rows("power/bus"), rows("power/branch")
    place = {b["id"]: i for i, b in enumerate(bus)}
    n, m = len(bus), len(branch)
    node = initialize_array("input", "node", n)
    node["id"], node["u_rated"] = np.arange(n), 1e3 * _numbers(bus, "vn_kv")
    line = initialize_array("input", "line", m)
    length = _numbers(branch, "length_km")
    line["id"] = n + np.arange(m)
    line["from_node"] = [place[b["from_bus"]] for b in branch]
    line["to_node"] = [place[b["to_bus"]] for b in branch]
    on = [b["id"] not in switched_off for b in branch]
    line["from_status"], line["to_status"] = on, on
    line["r1"], line["x1"] = (length * _numbers(branch, f"{k}_ohm_per_km") for k in "rx")
    line["c1"], line["tan1"] = length * _numbers(branch, "c_nf_per_km") * 1e-9, 0.0
    line["i_n"] = _numbers(branch, "i_max_a")
    data = {"node": node, "line": line, "source": _sources(place), "sym_load": _loads(place, level)}
    result = PowerGridModel(data).calculate_power_flow(error_tolerance=1e-8)
    live = result["node"]["energized"] == 1
    volts = result["node"]["u_pu"][live]
    dead = frozenset(b["id"] for b, on_ in zip(bus, live, strict=True) if not on_)
    return Flow(volts.min(), volts.max(), result["line"]["loading"].max(), dead)


def _numbers(table: list[dict[str, str]], column: str) -> np.ndarray:
    return np.array([float(r[column]) for r in table])


def _sources(place: dict[str, int]) -> np.ndarray:
    table = rows("power/source")
    source = initialize_array("input", "source", len(table))
    source["id"] = 10**6 + np.arange(len(table))
    source["node"] = [place[s["bus"]] for s in table]
    source["status"], source["u_ref"], source["sk"] = 1, _numbers(table, "vm_pu"), 1e20
    return source


def _loads(place: dict[str, int], level: float) -> np.ndarray:
    table = rows("power/load")
    load = initialize_array("input", "sym_load", len(table))
    load["id"] = 2 * 10**6 + np.arange(len(table))
    load["node"] = [place[r["bus"]] for r in table]
    load["status"], load["type"] = 1, 0
    load["p_specified"] = 1e3 * level * _numbers(table, "p_kw")
    load["q_specified"] = 1e3 * level * _numbers(table, "q_kvar")
    return load
