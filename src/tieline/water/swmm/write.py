"""A network written as a SWMM 5.2 input file, so that SWMM's dynamic wave can be asked as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.drive import boundary_values
from tieline.water.flow import first_levels
from tieline.water.grid import COEFFICIENT
from tieline.water.swmm.units import DEEP_M, LITRES_PER_FOOT3

if TYPE_CHECKING:
    from tieline.water.network import WaterNetwork

SERIES_H = 0.1


@dataclass(frozen=True)
class Pollutant:
    """Something SWMM carries: its decay, and what enters where.

    `load_g_s` maps rows of table node to loads; `inflow_mg_l` rows of table boundary (kind flow)
    to concentrations.
    """

    name: str
    decay_per_day: float
    load_g_s: Mapping[int, float]
    inflow_mg_l: Mapping[int, float]


def write_inp(  # noqa: PLR0913 - options, keyword-only, named where they are used
    network: WaterNetwork, path: Path, *, days: float, season: int = -1, step_s: float = 30.0,
    report_s: float = 300.0, pollutants: Sequence[Pollutant] = (), start_h: float = 0.0,
) -> None:
    """Write the network with one conduit for each reach; the clock starts at `start_h`."""
    writer = _Writer(network, season, start_h, days)
    parts = {
        "TITLE": ["written by tieline"],
        "OPTIONS": _options(days, step_s, report_s),
        **writer.nodes(), **writer.links(), "CONTROLS": writer.controls(),
        "POLLUTANTS": [f"{p.name} MG/L 0 0 0 {p.decay_per_day:.10g} NO * 0 0 0"
                       for p in pollutants],
        "INFLOWS": writer.inflows(pollutants), "CURVES": writer.curves,
        "TIMESERIES": writer.series, "REPORT": ["INPUT NO", "NODES ALL", "LINKS ALL"],
    }
    lines = [line for name, rows in parts.items() if rows for line in (f"[{name}]", *rows, "")]
    path.write_text("\n".join(lines), encoding="utf-8")


def _options(days: float, step_s: float, report_s: float) -> list[str]:
    end = np.datetime64("2001-01-01T00:00") + np.timedelta64(round(days * 86400), "s")
    date, clock = str(end).split("T")
    year, month, day = date.split("-")
    return [
        "FLOW_UNITS CMS", "FLOW_ROUTING DYNWAVE", "LINK_OFFSETS DEPTH", "ALLOW_PONDING NO",
        "START_DATE 01/01/2001", "START_TIME 00:00:00", "REPORT_START_DATE 01/01/2001",
        "REPORT_START_TIME 00:00:00", f"END_DATE {month}/{day}/{year}", f"END_TIME {clock}",
        f"REPORT_STEP {_clock(report_s)}", f"WET_STEP {_clock(report_s)}",
        f"DRY_STEP {_clock(report_s)}", f"ROUTING_STEP {step_s:g}", "VARIABLE_STEP 0",
        "INERTIAL_DAMPING NONE", "NORMAL_FLOW_LIMITED BOTH", "MIN_SURFAREA 1.2",
        "MAX_TRIALS 20", "HEAD_TOLERANCE 0.0005", "THREADS 1",
    ]


def _clock(seconds: float) -> str:
    s = round(seconds)
    return f"{s // 3600:02d}:{s % 3600 // 60:02d}:{s % 60:02d}"


class _Writer:
    """Gathers lines; `series` and `curves` grow while the other sections are written."""

    def __init__(self, network: WaterNetwork, season: int, start_h: float, days: float) -> None:
        self.network, self.season = network, season
        self.hours = start_h + np.arange(0.0, days * 24.0 + SERIES_H, SERIES_H)
        self.series: list[str] = []
        self.curves: list[str] = []
        rows = network.boundaries
        self.outside = {int(rows["node"][b]): int(b) for b in np.flatnonzero(
            rows["kind"] == "level")}
        self.level = first_levels(network)

    def _series(self, name: str, boundary: int) -> str:
        values = boundary_values(self.network, boundary, self.hours, self.season)
        self.series += [f"{name} {h - self.hours[0]:.6f} {v:.9g}"
                        for h, v in zip(self.hours, values, strict=True)]
        return name

    def nodes(self) -> dict[str, list[str]]:
        """Junctions, outfalls and storage nodes."""
        rows = self.network.nodes
        out: dict[str, list[str]] = {"JUNCTIONS": [], "OUTFALLS": [], "STORAGE": []}
        for i, name in enumerate(rows.ids):
            bed, depth = float(rows["bed_m"][i]), max(self.level[i] - float(rows["bed_m"][i]), 0.0)
            if i in self.outside:
                series = self._series(f"level_{name}", self.outside[i])
                out["OUTFALLS"].append(f"{name} {bed:.9g} TIMESERIES {series} NO")
            elif rows["storage"][i] >= 0:
                curve = self._storage(i, bed)
                out["STORAGE"].append(f"{name} {bed:.9g} {DEEP_M} {depth:.9g} TABULAR {curve}")
            elif rows["area_m2"][i] > 0.0:
                out["STORAGE"].append(f"{name} {bed:.9g} {DEEP_M} {depth:.9g} FUNCTIONAL 0 0 "
                                      f"{rows['area_m2'][i]:.9g}")
            else:
                out["JUNCTIONS"].append(f"{name} {bed:.9g} {DEEP_M} {depth:.9g} 0 0")
        return out

    def _storage(self, node: int, bed: float) -> str:
        table = self.network.tables["curve"]
        name = self.network.names["curve"][int(self.network.nodes["storage"][node])]
        at = self.network.group("curve")[name]
        kind = "Storage "
        for x, y in zip(table["x"][at], table["y"][at], strict=True):
            self.curves.append(f"{name} {kind}{x - bed:.9g} {y:.9g}")
            kind = ""
        return name

    def links(self) -> dict[str, list[str]]:
        """Conduits, orifices, weirs and pumps with their cross-sections."""
        network = self.network
        nodes, reaches = network.nodes, network.reaches
        bed, ids = nodes["bed_m"], nodes.ids
        out: dict[str, list[str]] = {
            k: [] for k in ("CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "XSECTIONS", "TRANSECTS")
        }
        for r, name in enumerate(reaches.ids):
            a, b = reaches["from_node"][r], reaches["to_node"][r]
            offsets = [
                0.0 if np.isnan(reaches[c][r]) else reaches[c][r] - bed[n]
                for c, n in (("bed_from_m", a), ("bed_to_m", b))
            ]
            out["CONDUITS"].append(
                f"{name} {ids[a]} {ids[b]} {reaches['length_m'][r]:.9g} "
                f"{reaches['roughness'][r]:.9g} {offsets[0]:.9g} {offsets[1]:.9g} 0 0"
            )
            out["XSECTIONS"].append(f"{name} {self._section(r)}")
        out["TRANSECTS"] = self._transects()
        for g, name in enumerate(network.gates.ids):
            self._gate(g, str(name), out)
        pumps = network.pumps
        for p, name in enumerate(pumps.ids):
            a, b = (ids[pumps[c][p]] for c in ("from_node", "to_node"))
            curve = f"pump_{name}"
            self.curves += [f"{curve} Pump3 0 {pumps['flow_m3s'][p]:.9g}",
                            f"{curve} {DEEP_M} {pumps['flow_m3s'][p] * 0.9999:.9g}"]
            low = bed[pumps["from_node"][p]]
            levels = [0.0 if np.isnan(pumps[c][p]) else max(pumps[c][p] - low, 0.0)
                      for c in ("start_m", "stop_m")]
            out["PUMPS"].append(f"{name} {a} {b} {curve} ON {levels[0]:.9g} {levels[1]:.9g}")
        return out

    def _section(self, r: int) -> str:
        reaches = self.network.reaches
        if reaches["profile"][r] >= 0:
            return f"IRREGULAR {self._transect(r)} 0 0 0 1"
        size = (f"{max(reaches['depth_m'][r], DEEP_M):.9g} {reaches['width_m'][r]:.9g}")
        slope = float(reaches["side_slope"][r])
        if slope == 0.0:
            return f"RECT_OPEN {size} 0 0 1"
        return f"TRAPEZOIDAL {size} {slope:.9g} {slope:.9g} 1"

    def _transect(self, r: int) -> str:
        reaches = self.network.reaches
        name = self.network.names["profile"][int(reaches["profile"][r])]
        return f"{name}_{reaches['roughness'][r]:g}"

    def _transects(self) -> list[str]:
        """One transect for each profile and roughness in use."""
        network = self.network
        table, points, done, lines = network.tables["profile"], network.group("profile"), set(), []
        for r in np.flatnonzero(network.reaches["profile"] >= 0):
            name = self._transect(int(r))
            if name in done:
                continue
            done.add(name)
            at = points[network.names["profile"][int(network.reaches["profile"][r])]]
            x, z, n = table["distance_m"][at], table["z_m"][at], network.reaches["roughness"][r]
            lines += [f"NC {n:.9g} {n:.9g} {n:.9g}",
                      f"X1 {name} {len(at)} {x[0]:.9g} {x[-1]:.9g} 0 0 0 0 0 0"]
            lines += [f"GR {b:.9g} {a:.9g}" for a, b in zip(x, z, strict=True)]
        return lines

    def _gate(self, g: int, name: str, out: dict[str, list[str]]) -> None:
        gates, nodes = self.network.gates, self.network.nodes
        a, b = gates["from_node"][g], gates["to_node"][g]
        offset = max(float(gates["sill_m"][g] - nodes["bed_m"][a]), 0.0)
        kind = str(gates["kind"][g])
        given = gates["coefficient"][g]
        c = COEFFICIENT[kind] if np.isnan(given) else given
        flap = "YES" if gates["one_way"][g] else "NO"
        hours = float(gates["move_min"][g]) / 60.0
        ends = f"{name} {nodes.ids[a]} {nodes.ids[b]}"
        if kind == "weir":
            out["WEIRS"].append(f"{ends} TRANSVERSE {offset:.9g} {c:.9g} {flap} 0 0 NO")
            out["XSECTIONS"].append(f"{name} RECT_OPEN {DEEP_M} {gates['width_m'][g]:.9g} 0 0")
        else:
            out["ORIFICES"].append(f"{ends} SIDE {offset:.9g} {c:.9g} {flap} {hours:.9g}")
            out["XSECTIONS"].append(
                f"{name} RECT_CLOSED {min(gates['height_m'][g], DEEP_M):.9g} "
                f"{gates['width_m'][g]:.9g} 0 0"
            )

    def controls(self) -> list[str]:
        """Operating rules in SWMM's words."""
        network = self.network
        table, ids = network.tables["rule"], network.nodes.ids
        lines: list[str] = []
        rules: list[str] = []
        for name, at in network.group("rule").items():
            words = []
            for c in at:
                quantity, node = str(table["quantity"][c]), ids[table["node"][c]]
                sign = ">" if table["sense"][c] == "above" else "<"
                if quantity == "difference":
                    lines += [f"VARIABLE UP{c} = NODE {node} HEAD",
                              f"VARIABLE DOWN{c} = NODE {ids[table['other_node'][c]]} HEAD",
                              f"EXPRESSION STEP{c} = UP{c} - DOWN{c}"]
                    words.append(f"STEP{c} {sign} {table['value'][c]:.9g}")
                elif quantity in ("level", "depth"):
                    what = "HEAD" if quantity == "level" else "DEPTH"
                    words.append(f"NODE {node} {what} {sign} {table['value'][c]:.9g}")
                else:
                    what = "CLOCKTIME" if quantity == "hour" else "TIME"
                    words.append(f"SIMULATION {what} {sign} {table['value'][c]:.9g}")
            h = int(at[0])
            rows, kind = ((network.gates, "") if table["asset_kind"][h] == "gate"
                          else (network.pumps, "PUMP"))
            asset = int(table["asset"][h])
            kind = kind or ("WEIR" if rows["kind"][asset] == "weir" else "ORIFICE")
            moved = f"{kind} {rows.ids[asset]} SETTING ="
            rules += [f"RULE {name}", f"IF {words[0]}", *(f"AND {w}" for w in words[1:]),
                      f"THEN {moved} {table['setting'][h]:.9g}"]
            if not np.isnan(table["otherwise"][h]):
                rules.append(f"ELSE {moved} {table['otherwise'][h]:.9g}")
            rules += [f"PRIORITY {int(table['priority'][h]) + 1}", ""]
        return lines + rules

    def inflows(self, pollutants: Sequence[Pollutant]) -> list[str]:
        """Flows at boundaries, what sources bring, and loads."""
        network = self.network
        rows, ids = network.boundaries, network.nodes.ids
        lines: list[str] = []
        for b in np.flatnonzero(rows["kind"] == "flow"):
            node, name = ids[rows["node"][b]], rows.ids[b]
            lines.append(f"{node} FLOW {self._series(f'flow_{name}', int(b))} FLOW 1 1")
            lines += [f'{node} {p.name} "" CONCEN 1 1 {p.inflow_mg_l[int(b)]:.9g}'
                      for p in pollutants if int(b) in p.inflow_mg_l]
        return lines + [
            f'{ids[node]} {p.name} "" MASS {LITRES_PER_FOOT3} 1 {load * 1000.0:.9g}'
            for p in pollutants for node, load in p.load_g_s.items()
        ]
