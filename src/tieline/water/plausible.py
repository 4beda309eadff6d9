"""Rows that cannot describe real waters, though each of their fields could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.messages import counted
from tieline.water.flow import first_levels
from tieline.water.monitoring import read_value
from tieline.water.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from tieline.region.issues import Issues
    from tieline.region.tables import Table
    from tieline.water.network import WaterNetwork

ADVERSE = 0.01
"""A bed that rises by more than this along its reach is worth a question."""
FAST_M_S = 5.0
"""An inflow that needs this speed in the channels around it is worth a question."""
SHOWN = 3


def check_plausible(
    network: WaterNetwork, tables: Mapping[str, Table | None], issues: Issues
) -> None:
    """Report what contradicts itself, as errors, and what is unlikely, as notes."""
    before = len(issues.errors)
    check = _Check(network, tables, issues)
    check.settings()
    check.links()
    check.reaches()
    check.places()
    check.curves()
    check.profiles()
    check.boundaries()
    check.rules()
    check.observations()
    if len(issues.errors) == before:
        check.waters()


class _Check:
    """The checks of one network; `tables` have the rows' lines."""

    def __init__(
        self, network: WaterNetwork, tables: Mapping[str, Table | None], issues: Issues
    ) -> None:
        self.network, self.tables, self.issues = network, tables, issues

    def refuse(self, where: tuple[str, int, str], expected: str, found: str) -> None:
        """Report a cell: table, position, column."""
        name, i, field = where
        table = self.tables[name]
        assert table is not None  # noqa: S101 - it has the row
        self.issues.error(table.file, expected, found, row=int(table.rows[i]), field=field)

    def note(self, where: tuple[str, int, str], text: str) -> None:
        """Note something at a cell."""
        name, i, field = where
        table = self.tables[name]
        assert table is not None  # noqa: S101 - it has the row
        self.issues.note(table.file, text, row=int(table.rows[i]), field=field)

    def settings(self) -> None:
        s = self.network.settings
        steps = s.record_s / s.dt_s
        if abs(steps - round(steps)) > 1e-6 or steps < 1.0 - 1e-9:
            self.issues.error("region.toml", f"a multiple of dt_s = {s.dt_s:g} [s]",
                              f"{s.record_s:g}", field="water.record_s")

    def links(self) -> None:
        """Two different ends."""
        for name in ("reach", "gate", "pump"):
            rows = self.network.tables[name]
            for i in np.flatnonzero(rows["from_node"] == rows["to_node"]):
                node = self.network.nodes.ids[rows["to_node"][i]]
                self.refuse((name, int(i), "to_node"), "another node than from_node", f"'{node}'")

    def reaches(self) -> None:
        """A width or a profile; beds not below their nodes."""
        rows, nodes = self.network.reaches, self.network.nodes
        has, width = rows["profile"] >= 0, ~np.isnan(rows["width_m"])
        for i in np.flatnonzero(~has & ~width):
            self.refuse(("reach", int(i), "width_m"), "a width [m] or a profile", "neither")
        for i in np.flatnonzero(has & width & (rows["shape"] != "open")):
            self.refuse(("reach", int(i), "profile"), "no profile for a culvert", "one")
        for field, end in (("bed_from_m", "from_node"), ("bed_to_m", "to_node")):
            bed = nodes["bed_m"][rows[end]]
            for i in np.flatnonzero(rows[field] < bed - 1e-6):
                self.refuse(
                    ("reach", int(i), field), f"at least the bed of its node, {bed[i]:g} [m]",
                    f"{rows[field][i]:g}",
                )
        pumps = self.network.pumps
        for i in np.flatnonzero(np.isnan(pumps["flow_m3s"]) & (pumps["curve"] < 0)):
            self.refuse(("pump", int(i), "flow_m3s"), "a flow [m3/s] or a curve", "neither")
        for i in np.flatnonzero(pumps["stop_m"] > pumps["start_m"]):
            self.refuse(("pump", int(i), "stop_m"),
                        f"at most start_m = {pumps['start_m'][i]:g} [m]",
                        f"{pumps['stop_m'][i]:g}")

    def places(self) -> None:
        """Either a node or a reach."""
        for name, rows in self.network.tables.items():
            if "position" not in rows.columns:
                continue
            both = (rows["node"] >= 0) == (rows["reach"] >= 0)
            for i in np.flatnonzero(both):
                found = "both" if rows["node"][i] >= 0 else "neither"
                self.refuse((name, int(i), "node"), "a node or a reach", found)

    def curves(self) -> None:
        """One kind each, rising, at least two points; used for what they are made for."""
        kinds: dict[int, str] = {}
        rows = self.network.tables["curve"]
        for number, at in enumerate(self.network.group("curve").values()):
            kinds[number] = str(rows["kind"][at[0]])
            self.rising("curve", at, "x", strictly=True)
            for i in at[rows["kind"][at] != kinds[number]]:
                self.refuse(("curve", int(i), "kind"), f"'{kinds[number]}', as in its first row",
                            f"'{rows['kind'][i]}'")
        for name, field, wanted in (("node", "storage", ("storage",)),
                                    ("pump", "curve", ("pump_head", "pump_level"))):
            users = self.network.tables[name]
            for i in np.flatnonzero(users[field] >= 0):
                kind = kinds[int(users[field][i])]
                if kind not in wanted:
                    self.refuse((name, int(i), field), "a curve of kind " + " or ".join(wanted),
                                f"'{kind}'")
        for at in self.network.group("series").values():
            self.rising("series", at, "time_h", strictly=True)

    def rising(self, name: str, at: NDArray[np.int64], field: str, *, strictly: bool) -> None:
        values = self.network.tables[name][field][at]
        wrong = np.diff(values) <= 0.0 if strictly else np.diff(values) < 0.0
        for k in np.flatnonzero(wrong):
            self.refuse((name, int(at[k + 1]), field),
                        f"more than in the row before, {values[k]:g}" if strictly
                        else f"at least as in the row before, {values[k]:g}",
                        f"{values[k + 1]:g}")

    def profiles(self) -> None:
        """From bank to bank, with some width."""
        rows = self.network.tables["profile"]
        for at in self.network.group("profile").values():
            self.rising("profile", at, "distance_m", strictly=False)
            x, z = rows["distance_m"][at], rows["z_m"][at]
            if len(at) < 3 or not np.ptp(x) > 0.0 or not np.ptp(z) > 0.0:
                self.refuse(("profile", int(at[0]), "distance_m"),
                            "at least three points with width and depth",
                            counted(len(at), "point"))

    def boundaries(self) -> None:
        """One level for a node; tides at levels; something that holds a level."""
        rows, nodes = self.network.boundaries, self.network.nodes
        level = rows["kind"] == "level"
        seen: set[int] = set()
        for i in np.flatnonzero(level):
            node = int(rows["node"][i])
            if node in seen:
                self.refuse(("boundary", int(i), "node"), "one level boundary for each node",
                            f"'{nodes.ids[node]}' again")
            seen.add(node)
        tides = self.network.tables["tide"]
        for i in np.flatnonzero(~level[tides["boundary"]]) if len(tides) else ():
            name = rows.ids[tides["boundary"][i]]
            self.refuse(("tide", int(i), "boundary"), "a boundary of kind level", f"'{name}'")

    def rules(self) -> None:
        """Rows of one rule agree; what is watched is there."""
        rows = self.network.tables["rule"]
        for at in self.network.group("rule").values():
            for field in ("asset", "setting", "otherwise", "priority"):
                values = rows[field][at].astype(float)
                for k in np.flatnonzero(~((values == values[0]) | np.isnan(values))):
                    if not np.isnan(values[0]):
                        self.refuse(("rule", int(at[k]), field), "the same as in its first row",
                                    "something else")
        watches = np.isin(rows["quantity"].astype(str), ["level", "difference", "depth"])
        for i in np.flatnonzero(watches & (rows["node"] < 0)):
            self.refuse(("rule", int(i), "node"), "a node to watch", "nothing")
        for i in np.flatnonzero((rows["quantity"] == "difference") & (rows["other_node"] < 0)):
            self.refuse(("rule", int(i), "other_node"), "a node to compare with", "nothing")

    def observations(self) -> None:
        """Numbers, or below detection; one value for a section, item and moment."""
        rows = self.network.tables["observation"]
        seen: dict[tuple[Any, ...], int] = {}
        for i in range(len(rows)):
            if read_value(str(rows["value"][i])) is None and rows["flag"][i] != "missing":
                self.refuse(("observation", i, "value"), "a concentration [mg/L], or <0.02",
                            f"'{rows['value'][i]}'")
            key = (rows["section"][i], rows["item"][i], rows["time"][i])
            if key in seen:
                self.refuse(("observation", i, "time"), "one value for section, item and time",
                            "a second one")
            seen[key] = i

    def waters(self) -> None:
        """Notes on what is unlikely: dry, cut off, rising beds, inflows beyond reason."""
        network = self.network
        rows, nodes = network.reaches, network.nodes
        level, bottom = first_levels(network)[: len(nodes)], nodes["bed_m"]
        self._named(("node", "level_m"), level <= bottom + 1e-9, "is dry at the start",
                    "are dry at the start")
        z_a = np.where(np.isnan(rows["bed_from_m"]), bottom[rows["from_node"]], rows["bed_from_m"])
        z_b = np.where(np.isnan(rows["bed_to_m"]), bottom[rows["to_node"]], rows["bed_to_m"])
        self._named(("reach", "bed_to_m"), (z_b - z_a) / rows["length_m"] > ADVERSE,
                    "rises by more than 1 % along its bed", "rise by more than 1 % along their bed")
        part = parts_of(network)
        held = np.zeros(part.max(initial=-1) + 1, bool)
        held[part[network.boundaries["node"][network.boundaries["kind"] == "level"]]] = True
        self._named(("node", "id"), ~held[part],
                    "is connected to no level boundary, so that water only gathers there",
                    "are connected to no level boundary, so that water only gathers there")
        self._inflows()

    def _inflows(self) -> None:
        """Flows at boundaries against the channels around them."""
        network = self.network
        rows, reaches = network.boundaries, network.reaches
        room = np.zeros(len(network.nodes))
        deep = np.where(np.isnan(reaches["width_m"]), np.inf,
                        reaches["width_m"] + reaches["side_slope"] * reaches["depth_m"])
        section = deep * reaches["depth_m"]
        for end in ("from_node", "to_node"):
            np.maximum.at(room, reaches[end], section)
        flow = (rows["kind"] == "flow") & (
            np.abs(rows["value"]) > FAST_M_S * np.maximum(room[rows["node"]], 1.0))
        flow &= network.nodes["kind"][rows["node"]] != "lake"
        self._named(("boundary", "value"), flow,
                    "brings more than the channel holds at 5 m/s (in m3/d?)",
                    "bring more than the channel holds at 5 m/s (in m3/d?)")

    def _named(
        self, column: tuple[str, str], where: NDArray[np.bool_], one: str, many: str
    ) -> None:
        """Note rows together, where the first of them stands."""
        name, field = column
        at = np.flatnonzero(where)
        if len(at):
            ids = self.network.tables[name].ids
            shown = ", ".join(f"'{ids[i]}'" for i in at[:SHOWN])
            shown += ", ..." if len(at) > SHOWN else ""
            said = f"{len(at)} {one if len(at) == 1 else many}: {shown}"
            self.note((name, int(at[0]), field), said)
