"""Conduits, orifices, weirs, pumps and outlets of a SWMM file as native rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.water.swmm.draft import number, word

if TYPE_CHECKING:
    from tieline.water.swmm.draft import Draft, Row
    from tieline.water.swmm.nodes import Nodes

PARABOLA = 11
IDEAL_WIDTH_M = 5.0
ROUND = ("CIRCULAR", "FORCE_MAIN", "FILLED_CIRCULAR", "VERT_ELLIPSE", "HORIZ_ELLIPSE", "EGG")
PUMP_KIND = {"PUMP2": "pump_level", "PUMP4": "pump_level", "PUMP3": "pump_head"}


class Links:
    """Goes through the sections about links."""

    def __init__(self, draft: Draft, nodes: Nodes) -> None:
        self.draft, self.nodes = draft, nodes
        self.length, self.flow = draft.units.length, draft.units.flow
        self.links: dict[str, tuple[str, Row]] = {}
        self.profiles: dict[str, float] = {}
        self.point: dict[str, Any] = {}
        self.strips = (0.0, 0.0, 0.0)

    def take(self) -> None:
        """Take over everything about links."""
        draft = self.draft
        draft.each("TRANSECTS", "NC, X1 or GR and numbers", self.transect)
        draft.each("CONDUITS", "name, nodes, length, roughness, offsets", self.conduit)
        draft.each("ORIFICES", "name, nodes, kind, offset, coefficient", self.orifice)
        draft.each("WEIRS", "name, nodes, kind, crest, coefficient", self.weir)
        draft.each("PUMPS", "name, nodes, curve", self.pump)
        draft.each("OUTLETS", "name, nodes, offset, kind, curve", self.outlet)
        draft.each("XSECTIONS", "link, shape, sizes", self.section)
        draft.each("LOSSES", "link, losses", self.loss)

    def _bed(self, node: str, text: str) -> float:
        """Level of a link's end: its offset over the node's bed, or an elevation."""
        if text in ("", "*"):
            return self.draft.beds[node]
        value = float(text) * self.length
        if self.draft.units.elevations:
            return max(value, self.draft.beds[node])
        return self.draft.beds[node] + max(value, 0.0)

    def _link(self, table: str, words: Sequence[str], **values: Any) -> Row:
        self.draft.beds[words[1]], self.draft.beds[words[2]]
        row = self.draft.add(table, id=words[0], from_node=words[1], to_node=words[2], **values)
        self.links[words[0]] = (table, row)
        return row

    def conduit(self, words: Sequence[str]) -> None:
        """A reach."""
        n = float(words[4])
        self._link(
            "reach", words, length_m=float(words[3]) * self.length,
            bed_from_m=self._bed(words[1], word(words, 5)),
            bed_to_m=self._bed(words[2], word(words, 6)), roughness=n if n > 0.0 else None,
        )

    def orifice(self, words: Sequence[str]) -> None:
        """A gate."""
        self._link(
            "gate", words, kind="gate", sill_m=self._bed(words[1], word(words, 4)),
            coefficient=number(words, 5, 0.65), one_way=word(words, 6).upper() == "YES",
            move_min=number(words, 7) * 60.0,
        )

    def weir(self, words: Sequence[str]) -> None:
        """A weir."""
        kind = word(words, 3, "TRANSVERSE").upper()
        coefficient = number(words, 5, 3.33) * (self.length**0.5)
        self._link("gate", words, kind="weir", sill_m=self._bed(words[1], word(words, 4)),
                   coefficient=coefficient, one_way=word(words, 6).upper() == "YES")
        if kind != "TRANSVERSE":
            self.draft.changed("gate", f"{kind.lower()} weir taken as a straight one",
                               "非直线形堰按直线堰处理", words[0])
        if number(words, 7) > 0.0:
            self.draft.left_out("gate", "end contractions of a weir", "堰的侧收缩", words[0])

    def pump(self, words: Sequence[str]) -> None:
        """A pump with a curve or a flow."""
        name, curve = words[0], word(words, 3)
        kind = self.nodes.curve_kind.get(curve, "")
        if not curve:
            bed = self.draft.beds[words[1]]
            self._link("gate", words, kind="weir", sill_m=bed, width_m=IDEAL_WIDTH_M, one_way=True)
            self.draft.changed("gate", "ideal pump taken as a wide one-way weir",
                               "理想泵按宽顶单向堰处理", name)
            return
        values: dict[str, Any] = {}
        for key, k in (("start_m", 5), ("stop_m", 6)):
            if number(words, k) > 0.0:
                values[key] = self.draft.beds[words[1]] + number(words, k) * self.length
        if kind in PUMP_KIND:
            values["curve"] = self._pump_curve(name, curve, PUMP_KIND[kind], words[1])
        else:
            values["flow_m3s"] = max(y for _, y in self.nodes.curves[curve]) * self.flow
            self.draft.changed("pump", f"curve of kind {kind.lower()} taken as its largest flow",
                               "该类泵曲线取最大流量", name)
        status = word(words, 4, "ON").upper()
        self._link("pump", words, setting=0.0 if status == "OFF" else 1.0, **values)

    def _pump_curve(self, name: str, curve: str, kind: str, node: str) -> str:
        points = dict(sorted(self.nodes.curves[curve]))
        base = self.draft.beds[node] if kind == "pump_level" else 0.0
        for x, y in points.items():
            self.draft.add("curve", id=f"pump_{name}", kind=kind, x=base + x * self.length,
                           y=max(y, 0.0) * self.flow)
        return f"pump_{name}"

    def outlet(self, words: Sequence[str]) -> None:
        """An outlet is a pump with a curve: by level, or by the fall (a negative lift)."""
        name, kind = words[0], word(words, 4, "TABULAR/DEPTH").upper()
        base = self._bed(words[1], word(words, 3))
        if kind.startswith("TABULAR"):
            points = sorted(self.nodes.curves[words[5]])
        else:
            a, b = float(words[5]), float(words[6])
            points = [(d, a * d**b) for d in np.linspace(0.0, 20.0, 41)]
        by_head = kind.endswith("HEAD")
        made = [((-x if by_head else x) * self.length + (0.0 if by_head else base), y * self.flow)
                for x, y in points]
        for x, y in sorted(made):
            self.draft.add("curve", id=f"outlet_{name}", y=max(y, 0.0),
                           kind="pump_head" if by_head else "pump_level", x=x)
        self._link("pump", words, curve=f"outlet_{name}")
        self.draft.changed("pump", "outlet taken as a pump with its rating curve",
                           "出流口按带曲线的泵处理", name)

    def loss(self, words: Sequence[str]) -> None:
        """Losses and flap gates are named and left out."""
        if any(number(words, k) > 0.0 for k in (1, 2, 3)):
            self.draft.left_out("reach", "entry, exit and bend losses", "局部水头损失", words[0])
        if word(words, 4).upper() == "YES":
            self.draft.left_out("reach", "flap gate in a conduit", "管道拍门", words[0])

    def transect(self, words: Sequence[str]) -> None:
        """Points of a profile, each with the Manning's n of its strip."""
        key = words[0].upper()
        if key == "NC":
            left, right, middle = (float(x) for x in words[1:4])
            old = self.strips
            self.strips = (left or old[0], right or old[1], middle or old[2])
        elif key == "X1":
            self.point = {"id": words[1], "left": float(words[3]), "right": float(words[4]),
                          "wide": number(words, 9) or 1.0, "up": number(words, 10)}
            self.profiles[words[1]] = self.strips[2]
            if number(words, 8, 1.0) not in (0.0, 1.0):
                self.draft.left_out("profile", "length factor of meanders", "蜿蜒长度系数",
                                    words[1])
        else:
            at = self.point
            for z, x in zip(words[1::2], words[2::2], strict=True):
                station = float(x)
                n = self.strips[0] if station < at["left"] else (
                    self.strips[1] if station >= at["right"] else self.strips[2])
                self.draft.add(
                    "profile", id=at["id"], distance_m=station * at["wide"] * self.length,
                    z_m=(float(z) + at["up"]) * self.length, roughness=n or None,
                )

    def section(self, words: Sequence[str]) -> None:
        """The shape and size of a link."""
        if words[0] not in self.links:
            return  # of a link that is not taken over
        table, row = self.links[words[0]]
        shape = words[1].upper()
        if shape == "IRREGULAR":
            row["profile"] = words[2]
            row.setdefault("roughness", self.profiles[words[2]] or None)
            return
        high, wide, left, right = (number(words, k) * self.length for k in (2, 3, 4, 5))
        if table == "gate":
            row["width_m"] = max(high * np.pi / 4.0 if shape in ROUND else wide, 0.01)
            if row["kind"] == "gate":
                row["height_m"] = high
            return
        if table != "reach":
            return
        barrels = max(number(words, 6, 1.0), 1.0)
        row.update(_shape(shape, high, wide, (left + right) / 2.0 / self.length))
        if barrels > 1.0:
            row["width_m"] *= barrels
            self.draft.changed("reach", "parallel barrels taken as one wide box",
                               "并列管孔按一个宽箱涵处理", words[0])
            row["shape"] = "box"
        if shape in ROUND[2:] or shape not in (*ROUND, "TRAPEZOIDAL", "RECT_OPEN", "RECT_CLOSED",
                                               "TRIANGULAR"):
            self.draft.changed("reach", f"shape {shape.lower()} taken as a {row['shape']}",
                               "该断面形状以近似形状代替", words[0])


def _shape(shape: str, high: float, wide: float, slope: float) -> dict[str, Any]:
    """Columns of a cross-section; sizes in metres."""
    if shape in ROUND:
        across = high if shape in ROUND[:3] or wide == 0.0 else (high * wide) ** 0.5
        return {"shape": "circle", "width_m": across}
    if shape == "TRAPEZOIDAL":
        return {"shape": "open", "width_m": max(wide, 0.01), "side_slope": slope, "depth_m": high}
    if shape == "TRIANGULAR":
        return {"shape": "open", "width_m": 0.01, "side_slope": wide / (2.0 * high),
                "depth_m": high}
    if shape == "RECT_OPEN":
        return {"shape": "open", "width_m": wide, "depth_m": high}
    if shape in ("PARABOLIC", "POWER"):
        return {"shape": "open", "width_m": wide / 2.0, "side_slope": wide / (4.0 * high),
                "depth_m": high}
    return {"shape": "box", "width_m": wide or high, "depth_m": high}
