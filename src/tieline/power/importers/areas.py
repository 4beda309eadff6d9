"""Which jurisdiction a bus lies in, and which switches stand at the heads of feeders."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HIGH_VOLTAGE_ABOVE_KV = 36.0
"""Transformers from above this voltage to below it feed a supply area (IEC 60038: medium
voltage ends at 35 kV, highest voltage for equipment 36 kV)."""


@dataclass(frozen=True)
class Edge:
    """A line, transformer or bus-bus switch between two buses, as the areas see it."""

    kind: str
    id: str
    a: str
    b: str
    closed: bool
    title: str = ""


@dataclass(frozen=True)
class Supply:
    """What the split by supply areas needs: buses with voltage, edges, source buses with titles."""

    vn_kv: Mapping[str, float]
    edges: tuple[Edge, ...]
    sources: Mapping[str, str]

    def feeds_area(self, edge: Edge) -> bool:
        """Whether the edge is a transformer from high to medium voltage."""
        high, low = max(self.vn_kv[edge.a], self.vn_kv[edge.b]), min(
            self.vn_kv[edge.a], self.vn_kv[edge.b]
        )
        return edge.kind == "transformer" and high > HIGH_VOLTAGE_ABOVE_KV >= low


@dataclass(frozen=True)
class Areas:
    """Area of each bus, a title for each area, buses no source feeds in the normal state."""

    of_bus: Mapping[str, str]
    titles: Mapping[str, tuple[str, str]]
    unfed: tuple[str, ...]
    unreached: tuple[str, ...]


def parts(buses: Iterable[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Number of the connected part of each bus, counted in the order of the buses."""
    near: dict[str, list[str]] = defaultdict(list)
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    part: dict[str, int] = {}
    n = 0
    for start in buses:
        if start in part:
            continue
        part[start] = n
        queue = deque([start])
        while queue:
            for bus in near[queue.popleft()]:
                if bus not in part:
                    part[bus] = n
                    queue.append(bus)
        n += 1
    return part


def supply_areas(supply: Supply) -> Areas:
    """The supply area of each bus: `area1`, `area2` ... counted by transformer, then by source.

    An area is what one source, or the transformers from high to medium voltage on one busbar,
    feed in the normal state. A high-voltage part that feeds one area belongs to it; one that
    feeds several is an area of its own, `upstream`. A bus that nothing feeds in the normal
    state joins the area it reaches first through what is open.
    """
    feeding = [e for e in supply.edges if e.closed and supply.feeds_area(e)]
    rest = ((e.a, e.b) for e in supply.edges if e.closed and not supply.feeds_area(e))
    part = parts(supply.vn_kv, rest)
    above: dict[int, set[int]] = defaultdict(set)
    heads: dict[int, list[str]] = defaultdict(list)
    for e in feeding:
        low, high = sorted((e.a, e.b), key=lambda bus: supply.vn_kv[bus])
        above[part[high]].add(part[low])
        heads[part[low]].append(e.title or e.id)
    for bus in sorted(supply.sources):
        if part[bus] not in above:
            heads[part[bus]].append(supply.sources[bus] or bus)
    number = {p: f"area{i}" for i, p in enumerate(heads, start=1)}
    for high_part, low_parts in above.items():
        number[high_part] = number[min(low_parts)] if len(low_parts) == 1 else "upstream"
    fed = {bus: number[p] for bus, p in part.items() if p in number}
    unfed = tuple(bus for bus in supply.vn_kv if bus not in fed)
    of_bus = _spread(fed, supply.edges)
    titles = {
        number[p]: (f"Supply area of {', '.join(h)}", f"{'、'.join(h)} 供电区")
        for p, h in heads.items()
    }
    if "upstream" in number.values():
        titles["upstream"] = ("Grid above the supply areas", "上级电网")
    unreached = tuple(bus for bus in unfed if bus not in of_bus)
    return Areas(of_bus, titles, unfed, unreached)


def _spread(known: Mapping[str, str], edges: tuple[Edge, ...]) -> dict[str, str]:
    """The areas of the known buses, carried on through every edge, open or closed."""
    near: dict[str, list[str]] = defaultdict(list)
    for e in edges:
        near[e.a].append(e.b)
        near[e.b].append(e.a)
    area = dict(known)
    queue = deque(known)
    while queue:
        bus = queue.popleft()
        for other in near[bus]:
            if other not in area:
                area[other] = area[bus]
                queue.append(other)
    return area


@dataclass(frozen=True)
class Heads:
    """Switches that become breakers, and lines that leave a station without any switch."""

    switches: tuple[str, ...]
    bare_lines: tuple[str, ...]


def feeder_heads(
    supply: Supply,
    line_switch: Mapping[tuple[str, str], str],
    couplers: Mapping[tuple[str, str], str],
) -> Heads:
    """The first switch of each feeder as seen from the station's busbar.

    Parameters
    ----------
    line_switch
        Switch by (bus, line).
    couplers
        Switch by (bus, bus), both ways round.

    Notes
    -----
    The station is every bus reached from a source without passing a line. For each line that
    leaves it: the switch at its near end, else the bus-bus switch that leads to that end.
    """
    inside: dict[str, str] = dict.fromkeys(sorted(supply.sources), "")
    near: dict[str, list[Edge]] = defaultdict(list)
    for e in supply.edges:
        near[e.a].append(e)
        near[e.b].append(e)
    queue = deque(inside)
    while queue:
        bus = queue.popleft()
        for e in near[bus]:
            other = e.b if bus == e.a else e.a
            if e.kind != "line" and e.closed and other not in inside:
                inside[other] = couplers.get((bus, other), "")
                queue.append(other)
    found: list[str] = []
    bare: list[str] = []
    for e in supply.edges:
        for bus in (e.a, e.b):
            if e.kind != "line" or bus not in inside or not e.closed:
                continue
            switch = line_switch.get((bus, e.id)) or inside[bus]
            (found if switch else bare).append(switch or e.id)
    return Heads(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(bare)))
