"""Junctions, outfalls, storage, curves, series and inflows of a SWMM file as native rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.swmm.draft import number, word
from tieline.water.swmm.units import DEEP_M, LITRES_PER_FOOT3, series_points

if TYPE_CHECKING:
    from tieline.water.swmm.draft import Draft

CURVE_POINTS = 21


class Nodes:
    """Goes through the sections about nodes."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.length, self.flow = draft.units.length, draft.units.flow
        self.curves: dict[str, list[tuple[float, float]]] = {}
        self.curve_kind: dict[str, str] = {}
        self.series = series_points(draft.sections.get("TIMESERIES", ()), draft.units)
        draft.used |= {"TIMESERIES", "CURVES"}
        self.made: set[str] = set()
        self.inflow_at: dict[str, str] = {}

    def take(self) -> None:
        """Take over everything about nodes."""
        draft = self.draft
        draft.each("CURVES", "name, kind, points", self.curve)
        draft.each("JUNCTIONS", "name, elevation", self.junction)
        draft.each("DIVIDERS", "name, elevation", self.divider)
        draft.each("STORAGE", "name, elevation, depths, shape", self.storage)
        draft.each("OUTFALLS", "name, elevation, kind", self.outfall)
        draft.each("COORDINATES", "node, x, y", self.place)
        draft.each("POLLUTANTS", "name, units, ..., decay", self.pollutant)
        draft.each("INFLOWS", "node, constituent, series, kind, factors", self.inflow)
        draft.each("DWF", "node, constituent, average", self.dry_weather)

    def curve(self, words: Sequence[str]) -> None:
        """Points of a curve, with its kind in the first line."""
        name, rest = words[0], list(words[1:])
        if rest and not _is_number(rest[0]):
            self.curve_kind[name] = rest.pop(0).upper()
        self.curves.setdefault(name, []).extend(
            (float(x), float(y)) for x, y in zip(rest[::2], rest[1::2], strict=True))

    def _node(self, words: Sequence[str], depth: float) -> str:
        name, bed = words[0], float(words[1]) * self.length
        self.draft.beds[name] = bed
        self.draft.add("node", id=name, bed_m=bed, level_m=bed + depth * self.length)
        return name

    def junction(self, words: Sequence[str]) -> None:
        """A plain node."""
        self._node(words, number(words, 3))
        self._rim(words)

    def _rim(self, words: Sequence[str]) -> None:
        """Say that a node with a rim does not flood here, unless the rim is out of reach."""
        if 0.0 < number(words, 2) * self.length < DEEP_M:
            self.draft.left_out("node", "rims: banks are walls here, nothing floods over them",
                                "井沿高程:此处岸为直墙,不溢流", words[0])

    def divider(self, words: Sequence[str]) -> None:
        """A divider is a plain node here."""
        self._node(words, 0.0)
        self.draft.changed("node", "divider taken as a plain junction", "分流节点按普通节点处理",
                           words[0])

    def storage(self, words: Sequence[str]) -> None:
        """A node with a storage curve."""
        name = self._node(words, number(words, 3))
        self._rim(words)
        row, bed = self.draft.rows["node"][-1], self.draft.beds[name]
        kind, deep = word(words, 4, "FUNCTIONAL").upper(), max(number(words, 2), 1.0)
        if kind == "TABULAR":
            points = self.curves[words[5]]
        elif kind == "FUNCTIONAL":
            a, b, c = (number(words, k) for k in (5, 6, 7))
            points = [(d, a * d**b + c if d > 0.0 or b > 0.0 else a * (b == 0.0) + c)
                      for d in np.linspace(0.0, deep, CURVE_POINTS)]
        else:
            points = [(0.0, number(words, 5)), (deep, number(words, 5))]
            self.draft.changed("node", f"storage of shape {kind} taken with its first size as area",
                               f"{kind} 形调蓄设施以首个参数为面积", name)
        row["storage"] = f"storage_{name}"
        for depth, area in _rising(points):
            self.draft.add("curve", id=f"storage_{name}", kind="storage",
                           x=bed + depth * self.length, y=max(area, 0.0) * self.length**2)
        if number(words, 7 if kind == "TABULAR" else 9) != 0.0:
            self.draft.left_out("node.storage", "evaporation and seepage", "蒸发与渗漏", name)

    def outfall(self, words: Sequence[str]) -> None:
        """A node with a level boundary."""
        name = self._node(words, 0.0)
        kind, bed = word(words, 2, "FREE").upper(), self.draft.beds[name]
        if kind == "FIXED":
            self.draft.add("boundary", id=f"level_{name}", node=name, kind="level",
                           value=number(words, 3) * self.length)
        elif kind == "TIMESERIES":
            self.draft.add("boundary", id=f"level_{name}", node=name, kind="level", value=0.0,
                           series=self._series(words[3], "level", self.length))
        elif kind == "TIDAL":
            self._tidal(name, words[3])
        else:
            self.draft.add("boundary", id=f"level_{name}", node=name, kind="level", value=bed)
            self.draft.changed(
                "boundary", f"{kind.lower()} outfall: water falls to the invert",
                "自由出流:水位取管底", name)
        if word(words, 4 if kind in ("FIXED", "TIMESERIES", "TIDAL") else 3).upper() == "YES":
            self.draft.left_out("boundary", "flap gate at an outfall", "出口拍门", name)

    def _tidal(self, name: str, curve: str) -> None:
        """A curve of stage by hour of the day, repeated over the run."""
        points = self.curves[curve]
        series = f"{curve}_level"
        if series not in self.made:
            self.made.add(series)
            for day in range(int(self.draft.units.days) + 2):
                for hour, stage in points:
                    if hour < 24.0 or day > self.draft.units.days:
                        self.draft.add("series", id=series, time_h=24.0 * day + hour,
                                       value=stage * self.length)
        self.draft.add("boundary", id=f"level_{name}", node=name, kind="level", value=0.0,
                       series=series)

    def place(self, words: Sequence[str]) -> None:
        """Coordinates of a node."""
        x, y = float(words[1]), float(words[2])
        for row in self.draft.rows.get("node", ()):
            if row["id"] == words[0]:
                row.update(x=x, y=y)

    def pollutant(self, words: Sequence[str]) -> None:
        """An item."""
        self.draft.add("item", id=words[0], decay_per_day=number(words, 5))
        if word(words, 1).upper() == "#/L":
            self.draft.changed("item", "counts per litre taken as mg/L", "个/L 按 mg/L 处理",
                               words[0])

    def _series(self, name: str, use: str, factor: float) -> str:
        """A series with its values times a factor, made once for each use."""
        made = f"{name}_{use}" if factor == self.flow or use == "level" else (
            f"{name}_{use}_x{factor / self.flow:g}")
        if made not in self.made:
            self.made.add(made)
            points = self.series[name]
            for hours, value in _rising(points):
                self.draft.add("series", id=made, time_h=hours, value=value * factor)
        return made

    def inflow(self, words: Sequence[str]) -> None:
        """A flow boundary, or the quality of one."""
        node, what = words[0], words[1].upper()
        if what != "FLOW":
            self._quality(words)
            return
        self.draft.beds[node]
        name, base = word(words, 2), number(words, 6) * self.flow
        factor = number(words, 5, 1.0) * self.flow
        series = self._series(name, "flow", factor) if name else None
        row_id = f"inflow_{node}"
        self.inflow_at[node] = row_id
        self.draft.add("boundary", id=row_id, node=node, kind="flow", value=base, series=series)
        if word(words, 7):
            self.draft.left_out("boundary", "pattern of an inflow", "入流的时变模式", node)

    def _quality(self, words: Sequence[str]) -> None:
        """Concentrations of inflows and mass loads: their baselines."""
        node, item, kind, base = words[0], words[1], word(words, 3).upper(), number(words, 6)
        if word(words, 2) or word(words, 7):
            self.draft.left_out("load", "series or pattern of an inflow's quality",
                                "入流水质的序列或模式", f"{node}/{item}")
        if kind.startswith("CONC"):
            if node in self.inflow_at:
                self.draft.add("inflow_item", boundary=self.inflow_at[node], item=item, mg_l=base)
            return
        grams = base * number(words, 4, 1.0) / LITRES_PER_FOOT3 / 1000.0
        self.draft.add("source", id=f"load_{node}_{item}", node=node)
        self.draft.add("load", source_id=f"load_{node}_{item}", item=item,
                       kg_per_day=grams * 86.4)

    def dry_weather(self, words: Sequence[str]) -> None:
        """A constant flow boundary."""
        node, value = words[0], float(words[2])
        self.draft.beds[node]
        if words[1].upper() == "FLOW":
            self.draft.add("boundary", id=f"dry_{node}", node=node, kind="flow",
                           value=value * self.flow)
            self.inflow_at.setdefault(node, f"dry_{node}")
        else:
            self.draft.add("inflow_item", boundary=self.inflow_at[node], item=words[1], mg_l=value)
        if any(word(words, k) for k in range(3, 7)):
            self.draft.left_out("boundary", "patterns of dry weather flow", "旱流的时变模式", node)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rising(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points in rising order, the first of those at one place."""
    found: dict[float, float] = {}
    for x, y in points:
        found.setdefault(x, y)
    return sorted(found.items())
