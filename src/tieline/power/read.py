"""From the tables of a region folder to a `PowerNetwork`, with every problem named."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.power.fragility import fragility
from tieline.power.network import Level, PowerNetwork, Rows, Settings
from tieline.power.plausible import check_plausible
from tieline.power.response import response
from tieline.power.ways import check_travel
from tieline.region.tables import Schema, Table, load_schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues

TABLES = ("bus", "source", "transformer", "branch", "switch", "load", "generator", "shunt", "level")
RESPONSE_TABLES = ("crew", "travel", "state", "settle")
HOURS = 8760.0


@cache
def schemas() -> dict[str, Schema]:
    """The schema of every native table, and of the settings, by name."""
    folder = Path(__file__).parent / "tables"
    names = (*TABLES, *RESPONSE_TABLES, "settings")
    return {name: load_schema(folder / f"{name}.toml") for name in names}


def read_network(folder: RegionFolder, issues: Issues) -> PowerNetwork | None:
    """Read power/*.csv (or Parquet, or Excel); None if anything in them is unusable."""
    before = len(issues.errors)
    names = (*TABLES, *RESPONSE_TABLES)
    tables = {name: folder.table(f"power/{name}", schemas()[name], issues) for name in names}
    settings = folder.settings("power", schemas()["settings"], issues)
    levels = _levels(tables["level"], issues)
    if tables["bus"] is None or tables["source"] is None or len(issues.errors) > before:
        return None
    return _Builder(folder, tables, issues).build(settings, levels)


def _settings(raw: dict[str, Any]) -> Settings:
    return Settings(
        v_min_pu=raw["v_min_pu"],
        v_max_pu=raw["v_max_pu"],
        i_max_share=raw["i_max_percent"] / 100.0,
        operate_remote_h=raw["operate_remote_min"] / 60.0,
        operate_manual_h=raw["operate_manual_min"] / 60.0,
        travel_manual_h=raw["travel_manual_min"] / 60.0,
        coordination_h=raw["coordination_min"] / 60.0,
    )


def _levels(table: Table | None, issues: Issues) -> tuple[Level, ...]:
    if table is None or len(table) == 0:
        return (Level("all year", 1.0, 1.0, 1.0),)
    hours = table["hours_per_yr"]
    total = float(np.sum(hours))
    if not abs(total - HOURS) <= 24.0:
        issues.error(
            table.file, "levels that together make 8760 (or 8784) [h/yr]", f"{total:g}",
            field="hours_per_yr",
        )
    return tuple(
        Level(str(i), float(h) / total, float(lf), float(gf))
        for i, h, lf, gf in zip(
            table["id"], hours, table["load_factor"], table["generation_factor"], strict=True
        )
    )


class _Builder:
    """Turns ids into indices table by table; the network it builds is frozen."""

    def __init__(
        self, folder: RegionFolder, tables: dict[str, Table | None], issues: Issues
    ) -> None:
        self.tables = tables
        self.issues = issues
        self.region = folder.region
        self.jurisdictions = tuple(j.id for j in self.region.jurisdictions)
        self.projects = tuple(p.id for p in self.region.projects)
        self.jurisdiction_of = {j: i for i, j in enumerate(self.jurisdictions)}
        self.project_of = {p: i for i, p in enumerate(self.projects)}
        self.index = {
            name: {} if t is None else {str(x): i for i, x in enumerate(t["id"])}
            for name, t in tables.items() if name in TABLES
        }

    def rows(self, name: str, refs: dict[str, str], numbers: tuple[str, ...]) -> Rows:
        """The rows of a table: `refs` columns as bus indices, `numbers` as floats."""
        table = self.tables[name]
        if table is None:
            empty = np.empty(0, np.int64)
            columns: dict[str, Any] = dict.fromkeys(refs, empty)
            columns |= {c: np.empty(0) for c in numbers}
            columns["jurisdiction"] = empty
            return Rows(np.empty(0, object), columns, empty, empty)
        columns = {r: self.lookup(table[r], self.index[t]) for r, t in refs.items()}
        columns |= {c: np.asarray(table[c]) for c in numbers}
        if "jurisdiction" in table.columns:
            columns["jurisdiction"] = self.lookup(table["jurisdiction"], self.jurisdiction_of)
        has_project = "project" in table.columns
        none = np.full(len(table), -1, np.int64)
        return Rows(
            np.asarray([str(x) for x in table["id"]], dtype=object),
            columns,
            self.lookup(table["project"], self.project_of) if has_project else none,
            self.lookup(table["unless_project"], self.project_of) if has_project else none,
        )

    @staticmethod
    def lookup(ids: NDArray[Any], index: dict[str, int]) -> NDArray[np.int64]:
        """Index of each id, -1 where empty (unknown ids were refused by the reader)."""
        return np.array([index.get(str(x), -1) if x != "" else -1 for x in ids], dtype=np.int64)

    def build(self, settings: dict[str, Any], levels: tuple[Level, ...]) -> PowerNetwork | None:
        before = len(self.issues.errors)
        bus = {"bus": "bus"}
        fail = ("failure_per_yr", "repair_h")
        buses = self.rows("bus", {}, ("vn_kv", "x", "y", "town", "v_min_pu", "v_max_pu"))
        network = PowerNetwork(
            jurisdictions=self.jurisdictions,
            projects=self.projects,
            buses=buses,
            sources=self.owned(
                self.rows("source", bus, ("vm_pu", "va_degree", "s_max_mva", "parallel_group",
                                            "earthing", *fail)),
                buses, "bus",
            ),
            transformers=self.rows(
                "transformer", {"hv_bus": "bus", "lv_bus": "bus"},
                ("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw",
                 "i0_percent", "tap_side", "tap_pos", "tap_step_percent", "shift_degree", *fail),
            ),
            branches=self.rows(
                "branch", {"from_bus": "bus", "to_bus": "bus"},
                ("length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "f_hz", "i_max_a",
                 "kind", "exposure", "failure_per_km_yr", "repair_h"),
            ),
            switches=self.switches(buses),
            loads=self.owned(
                self.rows("load", bus, ("p_kw", "q_kvar", "customers", "class", "priority", *fail)),
                buses, "bus",
            ),
            generators=self.rows("generator", bus, ("p_kw", "q_kvar")),
            shunts=self.rows("shunt", bus, ("p_kw", "q_kvar")),
            levels=levels,
            settings=_settings(settings),
            response=response(self.tables, settings, self.region.currency),
            fragility=fragility(settings),
            scenarios=tuple(self.region.scenarios.values()),
            statuses={
                f"power/{name}": _count(t) for name, t in self.tables.items() if t is not None
            },
        )
        self.check_ends(network)
        self.check_customers(network)
        check_travel(network, self.tables["travel"], self.issues)
        check_plausible(network, self.tables, self.issues)
        return network if len(self.issues.errors) == before else None

    @staticmethod
    def owned(rows: Rows, buses: Rows, by: str) -> Rows:
        """Fill an empty jurisdiction with that of the row's bus."""
        own = rows["jurisdiction"]
        filled = np.where(own >= 0, own, buses["jurisdiction"][rows[by]]) if len(rows) else own
        return Rows(rows.ids, {**rows.columns, "jurisdiction": filled}, rows.project, rows.unless)

    def switches(self, buses: Rows) -> Rows:
        """Switches with their element as an index into the table that element_kind names."""
        rows = self.rows(
            "switch", {"bus": "bus"},
            ("kind", "normal", "control", "operate_min", "travel_min", "coordination_min",
             "reach_km"),
        )
        table = self.tables["switch"]
        if table is None:
            extra = {
                "element": np.empty(0, np.int64), "element_kind": np.empty(0, object),
                "authority": np.empty(0, np.int64),
            }
            return Rows(rows.ids, {**rows.columns, **extra}, rows.project, rows.unless)
        element = np.full(len(table), -1, np.int64)
        for i, (kind, to) in enumerate(zip(table["element_kind"], table["element"], strict=True)):
            element[i] = self.index[str(kind)].get(str(to), -1)
            if element[i] < 0:
                self.issues.error(
                    table.file, f"the id of a {kind} (element_kind)", f"'{to}'",
                    row=int(table.rows[i]), field="element",
                )
        by_kind = np.where(rows["kind"] == "tie", "open", "closed")
        normal = np.where(rows["normal"] == "", by_kind, rows["normal"])
        columns = {
            **rows.columns,
            "normal": normal,
            "element": element,
            "element_kind": table["element_kind"],
            "authority": self.lookup(table["authority"], self.jurisdiction_of),
        }
        return self.owned(Rows(rows.ids, columns, rows.project, rows.unless), buses, "bus")

    def check_customers(self, network: PowerNetwork) -> None:
        """A grid that serves nobody has nothing to appraise."""
        if not np.sum(network.loads["customers"]) > 0.0:
            table = self.tables["load"]
            self.issues.error(
                table.file if table else "power/load.csv", "at least one customer [customers]",
                "none",
            )

    def check_ends(self, network: PowerNetwork) -> None:
        """A switch must sit at an end of its element; a branch or transformer joins two buses."""
        for name, (a, b), rows in (
            ("branch", ("from_bus", "to_bus"), network.branches),
            ("transformer", ("hv_bus", "lv_bus"), network.transformers),
        ):
            table = self.tables[name]
            if table is None:
                continue
            for i in np.flatnonzero(rows[a] == rows[b]):
                self.issues.error(
                    table.file, f"two different buses in {a} and {b}",
                    f"'{table[a][i]}' in both", row=int(table.rows[i]), field=b,
                )
        self.check_switches(network)
        self.check_voltages(network)

    def check_switches(self, network: PowerNetwork) -> None:
        table = self.tables["switch"]
        if table is None:
            return
        switches = network.switches
        ends = {
            "branch": (network.branches, "from_bus", "to_bus"),
            "transformer": (network.transformers, "hv_bus", "lv_bus"),
        }
        for i in np.flatnonzero(switches["element"] >= 0):
            kind, at, to = (switches[c][i] for c in ("element_kind", "bus", "element"))
            if kind == "bus":
                if at == to:
                    self.issues.error(
                        table.file, "another bus than its own", f"'{network.buses.ids[to]}'",
                        row=int(table.rows[i]), field="element",
                    )
                continue
            rows, a, b = ends[kind]
            if at not in (rows[a][to], rows[b][to]):
                self.issues.error(
                    table.file,
                    f"an end of {kind} '{rows.ids[to]}' "
                    f"('{network.buses.ids[rows[a][to]]}' or '{network.buses.ids[rows[b][to]]}')",
                    f"'{network.buses.ids[at]}'", row=int(table.rows[i]), field="bus",
                )

    def check_voltages(self, network: PowerNetwork) -> None:
        """Branches and bus-to-bus switches join buses of one nominal voltage."""
        vn = network.buses["vn_kv"]
        table = self.tables["branch"]
        if table is not None:
            a, b = network.branches["from_bus"], network.branches["to_bus"]
            for i in np.flatnonzero(~np.isclose(vn[a], vn[b])):
                self.issues.error(
                    table.file, f"a bus of {vn[a[i]]:g} kV, as at the other end",
                    f"'{network.buses.ids[b[i]]}' of {vn[b[i]]:g} kV",
                    row=int(table.rows[i]), field="to_bus",
                )
        table = self.tables["switch"]
        if table is not None:
            joins = np.flatnonzero(
                (network.switches["element_kind"] == "bus") & (network.switches["element"] >= 0)
            )
            a, b = network.switches["bus"][joins], network.switches["element"][joins]
            for i, va, vb in zip(joins, vn[a], vn[b], strict=True):
                if not np.isclose(va, vb):
                    self.issues.error(
                        table.file, f"a bus of {va:g} kV, as at the other side", f"{vb:g} kV",
                        row=int(table.rows[i]), field="element",
                    )


def _count(table: Table) -> dict[str, int]:
    if "status" not in table.columns:
        return {}
    names, counts = np.unique(table["status"].astype(str), return_counts=True)
    return {str(n): int(c) for n, c in zip(names, counts, strict=True)}
