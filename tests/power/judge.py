"""The judge of every power flow: a region folder and a switching state given to power-grid-model.

Every switch and every link without impedance becomes a line of 1e-8 pu on 1 MVA, so that currents
stay defined and states differ only by the status of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from power_grid_model import (
    BranchSide,
    ComponentType,
    DatasetType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)
from power_grid_model.errors import PowerGridBatchError
from twin_folder import Folder, Row, number
from twin_grid import Node

Floats = NDArray[np.float64]
Level = tuple[float, float, float]

NO_IMPEDANCE = 1e-8
"""Impedance [pu on 1 MVA] that stands for none."""
ROUNDING = 2e-7
"""What a voltage limit [pu] may be passed by: the error of two power flows."""
ROUNDING_I = 2e-6
"""What a limit of current or power may be passed by, as a share of it; and 100 times this in A."""


@dataclass(frozen=True)
class Flow:
    """One solved state; NaN where nothing is fed.

    `v` [pu] by bus; `i_branch` and `i_transformer` [A] with shape (n, 2), from or high side first;
    `s_source` [MVA].
    """

    v: Floats
    i_branch: Floats
    i_transformer: Floats
    s_source: Floats


class Judge:
    """A grid with these projects built, ready to be solved in any switching state."""

    def __init__(self, folder: Folder, built: Iterable[str] = ()) -> None:
        self.folder = folder
        have = frozenset(built)
        self.rows = {name: folder.existing(name, have) for name in folder.tables}
        self.vn = {r["id"]: number(r, "vn_kv") for r in self.rows["bus"]}
        self.nodes: dict[Node, int] = {(r["id"],): i for i, r in enumerate(self.rows["bus"])}
        self.volts = [self.vn[r["id"]] for r in self.rows["bus"]]
        self.switches = self._switches()
        self.ids: dict[str, NDArray[np.int32]] = {}
        self.model = PowerGridModel(self._input(), system_frequency=50.0)
        self._base: dict[Level, Flow | None] = {}

    def _ends(self, table: str, row: Row) -> tuple[str, str]:
        if table == "branch":
            return row["from_bus"], row["to_bus"]
        return row["hv_bus"], row["lv_bus"]

    def _switches(self) -> dict[str, tuple[int, int, bool]]:
        """Both nodes of every switch, and whether it is normally closed."""
        there = {(t, r["id"]) for t in ("branch", "transformer") for r in self.rows[t]}
        found = {}
        for row in self.rows["switch"]:
            kind, element, bus = row.get("element_kind", "") or "branch", row["element"], row["bus"]
            if kind == "bus":
                other: Node = (element,)
            elif (kind, element) in there:
                other = (kind, element, bus)
            else:
                continue
            if other not in self.nodes:
                self.nodes[other] = len(self.nodes)
                self.volts.append(self.vn[bus])
            normal = row.get("normal", "") or ("open" if row["kind"] == "tie" else "closed")
            found[row["id"]] = (self.nodes[bus,], self.nodes[other], normal == "closed")
        return found

    def _node(self, table: str, row: Row, bus: str) -> int:
        return self.nodes.get((table, row["id"], bus), self.nodes[bus,])

    def _input(self) -> dict[ComponentType, NDArray[np.void]]:
        made: dict[ComponentType, NDArray[np.void]] = {}
        count = 0

        def new(kind: ComponentType, name: str, n: int) -> NDArray[np.void]:
            nonlocal count
            array = initialize_array(DatasetType.input, kind, n)
            array["id"] = np.arange(count, count + n)
            self.ids[name] = array["id"].copy()
            made[kind] = array
            count += n
            return array

        node = new(ComponentType.node, "node", len(self.nodes))
        node["u_rated"] = 1e3 * np.array(self.volts)
        self._lines(new(ComponentType.line, "line", len(self.rows["branch"]) + len(self.switches)))
        self._transformers(new(ComponentType.transformer, "trafo", len(self.rows["transformer"])))
        self._injections(new)
        return made

    def _lines(self, line: NDArray[np.void]) -> None:
        n = len(self.rows["branch"])
        line["from_status"] = line["to_status"] = 1
        line["tan1"] = 0.0
        for k, row in enumerate(self.rows["branch"]):
            a, b = self._ends("branch", row)
            km = number(row, "length_km")
            z = complex(number(row, "r_ohm_per_km"), number(row, "x_ohm_per_km")) * km
            least = NO_IMPEDANCE * self.vn[a] ** 2
            z = z if abs(z) > least else complex(least, 0.0)
            line["from_node"][k], line["to_node"][k] = (
                self._node("branch", row, a), self._node("branch", row, b)
            )
            line["r1"][k], line["x1"][k] = z.real, z.imag
            line["c1"][k] = (
                number(row, "c_nf_per_km") * 1e-9 * km * number(row, "f_hz", 50.0) / 50.0
            )
        for k, (a_node, b_node, _) in enumerate(self.switches.values(), n):
            line["from_node"][k], line["to_node"][k] = a_node, b_node
            line["r1"][k], line["x1"][k] = NO_IMPEDANCE * self.volts[a_node] ** 2, 0.0
            line["c1"][k] = 0.0
        self.ids["switch"] = self.ids["line"][n:]

    def _transformers(self, trafo: NDArray[np.void]) -> None:
        for k, row in enumerate(self.rows["transformer"]):
            a, b = self._ends("transformer", row)
            high = 1e3 * number(row, "vn_hv_kv", self.vn[a])
            low = 1e3 * number(row, "vn_lv_kv", self.vn[b])
            sn = 1e6 * number(row, "sn_mva")
            side = row.get("tap_side", "") or "hv"
            values = {
                "from_node": self._node("transformer", row, a),
                "to_node": self._node("transformer", row, b),
                "from_status": 1, "to_status": 1, "u1": high, "u2": low, "sn": sn,
                "uk": number(row, "vk_percent") / 100.0,
                "pk": number(row, "vkr_percent") / 100.0 * sn,
                "i0": max(number(row, "i0_percent") / 100.0, 1e3 * number(row, "pfe_kw") / sn),
                "p0": 1e3 * number(row, "pfe_kw"),
                "winding_from": WindingType.wye_n, "winding_to": WindingType.wye_n, "clock": 0,
                "tap_side": BranchSide.from_side if side == "hv" else BranchSide.to_side,
                "tap_pos": round(number(row, "tap_pos")), "tap_min": -50, "tap_max": 50,
                "tap_nom": 0,
                "tap_size": (high if side == "hv" else low)
                * number(row, "tap_step_percent") / 100.0,
            }
            for name, value in values.items():
                trafo[name][k] = value

    def _injections(self, new: object) -> None:
        assert callable(new)
        for kind, name in (
            (ComponentType.sym_load, "load"), (ComponentType.sym_gen, "generator")
        ):
            array = new(kind, name, len(self.rows[name]))
            array["node"] = [self.nodes[r["bus"],] for r in self.rows[name]]
            array["status"] = 1
            array["type"] = LoadGenType.const_power
            array["p_specified"] = [1e3 * number(r, "p_kw") for r in self.rows[name]]
            array["q_specified"] = [1e3 * number(r, "q_kvar") for r in self.rows[name]]
        shunt = new(ComponentType.shunt, "shunt", len(self.rows["shunt"]))
        square = np.array([(1e3 * self.vn[r["bus"]]) ** 2 for r in self.rows["shunt"]])
        shunt["node"] = [self.nodes[r["bus"],] for r in self.rows["shunt"]]
        shunt["status"] = 1
        shunt["g1"] = np.array([1e3 * number(r, "p_kw") for r in self.rows["shunt"]]) / square
        shunt["b1"] = -np.array([1e3 * number(r, "q_kvar") for r in self.rows["shunt"]]) / square
        source = new(ComponentType.source, "source", len(self.rows["source"]))
        source["node"] = [self.nodes[r["bus"],] for r in self.rows["source"]]
        source["status"] = 1
        source["u_ref"] = [number(r, "vm_pu", 1.0) for r in self.rows["source"]]
        source["u_ref_angle"] = [np.deg2rad(number(r, "va_degree")) for r in self.rows["source"]]
        source["sk"] = 1e15

    @property
    def normal(self) -> frozenset[str]:
        """Switches that are closed in the normal state."""
        return frozenset(s for s, (_, _, closed) in self.switches.items() if closed)

    def _update(
        self, states: Sequence[frozenset[str]], level: Level
    ) -> dict[ComponentType, NDArray[np.void]]:
        n = len(states)
        line = initialize_array(DatasetType.update, ComponentType.line, (n, len(self.switches)))
        line["id"] = self.ids["switch"]
        closed = np.array([[s in state for s in self.switches] for state in states], np.int8)
        if closed.size:
            line["from_status"] = closed
            line["to_status"] = closed
        update = {ComponentType.line: line}
        for kind, name, factor in (
            (ComponentType.sym_load, "load", level[1]),
            (ComponentType.sym_gen, "generator", level[2]),
        ):
            array = initialize_array(DatasetType.update, kind, (n, len(self.rows[name])))
            array["id"] = self.ids[name]
            for to, column in (("p_specified", "p_kw"), ("q_specified", "q_kvar")):
                if array.size:
                    array[to] = [1e3 * factor * number(r, column) for r in self.rows[name]]
            update[kind] = array
        return update

    def solve(
        self, states: Sequence[frozenset[str]], level: Level = (1.0, 1.0, 1.0)
    ) -> list[Flow | None]:
        """The flow of each state (ids of closed switches); None where it does not converge."""
        failed: set[int] = set()
        try:
            out = self.model.calculate_power_flow(
                update_data=self._update(states, level), error_tolerance=1e-8, max_iterations=100,
                continue_on_batch_error=True, threading=-1,
            )
        except PowerGridBatchError:
            return [None] * len(states)
        if self.model.batch_error is not None:
            failed = {int(k) for k in self.model.batch_error.failed_scenarios}
        return [None if k in failed else self._flow(out, k) for k in range(len(states))]

    def _flow(self, out: dict[str, NDArray[np.void]], k: int) -> Flow:
        def fed(kind: str, names: tuple[str, str], scale: float) -> Floats:
            array = out[kind][k] if kind in out else np.zeros(0)
            if not array.size:
                return np.empty((0, 2))
            on = array["energized"] == 1
            return np.array([np.where(on, array[x] * scale, np.nan) for x in names]).T

        n = len(self.rows["branch"])
        return Flow(
            fed("node", ("u_pu", "u_pu"), 1.0)[: len(self.vn), 0],
            fed("line", ("i_from", "i_to"), 1.0)[:n],
            fed("transformer", ("i_from", "i_to"), 1.0),
            fed("source", ("s", "s"), 1e-6)[:, 0],
        )

    def base(self, level: Level) -> Flow | None:
        if level not in self._base:
            self._base[level] = self.solve([self.normal], level)[0]
        return self._base[level]

    def _ratings(self) -> tuple[Floats, Floats, Floats]:
        share = self.folder.settings["i_max_percent"] / 100.0
        inf = float("inf")
        lines = [[number(r, "i_max_a", inf) * share] * 2 for r in self.rows["branch"]]
        trafos = []
        for r in self.rows["transformer"]:
            a, b = self._ends("transformer", r)
            volts = number(r, "vn_hv_kv", self.vn[a]), number(r, "vn_lv_kv", self.vn[b])
            trafos.append([1e3 * number(r, "sn_mva") / 3**0.5 / v * share for v in volts])
        sources = [number(r, "s_max_mva", inf) for r in self.rows["source"]]
        return np.array(lines).reshape(-1, 2), np.array(trafos).reshape(-1, 2), np.array(sources)

    def accepts(
        self, states: Sequence[frozenset[str]], level: Level, isolated: frozenset[str] | None = None
    ) -> list[bool]:
        """Whether each state keeps every limit, or is at least no worse than the normal state.

        `isolated` is the state before any tie is closed: then only feeders are looked at that
        feed something which is dark in it, since the loss of load alone may raise voltages
        elsewhere. Without it every feeder counts.
        """
        base = self.base(level)
        if base is None or not states:
            return [False] * len(states)
        limits = self._limits(base)
        dark = None if isolated is None else self.nodes_fed(isolated)
        return [
            flow is not None and not self._violations(flow, limits, self._watched(state, dark))
            for state, flow in zip(states, self.solve(states, level), strict=True)
        ]

    def _limits(self, base: Flow) -> dict[str, Floats]:
        settings = self.folder.settings
        low, high = (
            np.array([number(r, name, settings[name]) for r in self.rows["bus"]])
            for name in ("v_min_pu", "v_max_pu")
        )
        most = [
            np.fmax(rating, before) * (1.0 + ROUNDING_I) + 100.0 * ROUNDING_I * unit
            for rating, before, unit in zip(
                self._ratings(), (base.i_branch, base.i_transformer, base.s_source),
                (1.0, 1.0, 0.01), strict=True,
            )
        ]
        return {
            "low": np.fmin(low, base.v) - ROUNDING, "high": np.fmax(high, base.v) + ROUNDING,
            "branch": most[0], "transformer": most[1], "source": most[2],
        }

    def _violations(self, flow: Flow, limits: dict[str, Floats], watched: set[int]) -> set[str]:
        """Ids of what passes a limit among these nodes."""
        found = {
            self.rows["bus"][k]["id"]
            for k in np.flatnonzero((flow.v < limits["low"]) | (flow.v > limits["high"]))
            if int(k) in watched
        }
        for table, now in (("branch", flow.i_branch), ("transformer", flow.i_transformer)):
            for k in np.flatnonzero(np.any(now > limits[table], axis=1)):
                row = self.rows[table][k]
                if {self._node(table, row, b) for b in self._ends(table, row)} <= watched:
                    found.add(row["id"])
        for k in np.flatnonzero(flow.s_source > limits["source"]):
            if self.nodes[self.rows["source"][k]["bus"],] in watched:
                found.add(self.rows["source"][k]["id"])
        return found

    def _beside(self, closed: frozenset[str], *, impedance: bool = True) -> dict[int, list[int]]:
        """Neighbours over wires and closed switches; or over what has no impedance only."""
        beside: dict[int, list[int]] = {}
        pairs = [self.switches[s][:2] for s in closed]
        for table in ("branch", "transformer"):
            for row in self.rows[table]:
                links = table == "branch" and number(row, "length_km") == 0.0
                if impedance or links:
                    a, b = (self._node(table, row, x) for x in self._ends(table, row))
                    pairs.append((a, b))
        for a, b in pairs:
            beside.setdefault(a, []).append(b)
            beside.setdefault(b, []).append(a)
        return beside

    def nodes_fed(self, closed: frozenset[str], *, impedance: bool = True) -> set[int]:
        """Nodes that a way through closed switches joins to a source."""
        return _reached(
            {self.nodes[r["bus"],] for r in self.rows["source"]},
            self._beside(closed, impedance=impedance), set(),
        )

    def _watched(self, state: frozenset[str], fed_before: set[int] | None) -> set[int]:
        """Nodes of the feeders, and of their sources, that feed something newly fed."""
        everything = self.nodes_fed(state)
        if fed_before is None:
            return everything
        held = self.nodes_fed(state, impedance=False)
        beside = self._beside(state)
        new = everything - fed_before
        watched = _reached(new, beside, held)
        heads = {a for n in watched for a in beside.get(n, ()) if a in held} | (new & held)
        return watched | _reached(heads, self._beside(state, impedance=False), set())

    def radial(self, closed: frozenset[str]) -> bool:
        """Whether no two ways lead to any node; parallel switches count as one."""
        links = {frozenset(self.switches[s][:2]) for s in closed}
        wires = [
            tuple(self._node(table, row, x) for x in self._ends(table, row))
            for table in ("branch", "transformer") for row in self.rows[table]
        ]
        root = {n: n for n in range(-1, len(self.nodes))}

        def top(n: int) -> int:
            while root[n] != n:
                n = root[n]
            return n

        at_sources = {self.nodes[r["bus"],] for r in self.rows["source"]}
        for a, b in [*((-1, n) for n in at_sources), *wires, *(tuple(x) for x in links)]:
            if top(a) == top(b):
                return False
            root[top(a)] = top(b)
        return True

    def fed_loads(self, closed: frozenset[str]) -> frozenset[str]:
        """Loads that a way through closed switches joins to a source."""
        seen = self.nodes_fed(closed)
        return frozenset(r["id"] for r in self.rows["load"] if self.nodes[r["bus"],] in seen)


def _reached(start: set[int], beside: dict[int, list[int]], wall: set[int]) -> set[int]:
    """Everything connected to the start without passing the wall."""
    seen = start - wall
    todo = list(seen)
    for node in todo:
        for other in beside.get(node, []):
            if other not in seen and other not in wall:
                seen.add(other)
                todo.append(other)
    return seen
