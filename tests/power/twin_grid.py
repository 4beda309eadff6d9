"""The twin's grid: joints between nodes, zones between switches, the forest below the sources.

Shares nothing with `tieline.power`. Times in hours, powers in kW.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from twin_folder import Folder, Row, number

Node = tuple[str, ...]
Pairs = frozenset[tuple[str, str]]

PROTECTIVE = ("breaker", "recloser", "fuse")


@dataclass(frozen=True)
class Switch:
    """A switch between two nodes; times in hours."""

    id: str
    ends: tuple[Node, Node]
    protective: bool
    closed: bool
    travel: float
    coordination: float
    operate: float
    touches: frozenset[str]
    agreed: bool = False

    @property
    def open_time(self) -> float:
        return self.travel + self.coordination + self.operate


@dataclass(frozen=True)
class Joint:
    """Closed switches between the same two nodes: they count as one."""

    switches: tuple[Switch, ...]

    @property
    def open_time(self) -> float:
        return max(s.open_time for s in self.switches)

    @property
    def protective(self) -> bool:
        return all(s.protective for s in self.switches)

    @property
    def travel(self) -> float:
        return max(s.travel for s in self.switches)

    @property
    def operate(self) -> float:
        return max(s.operate for s in self.switches)


@dataclass(frozen=True)
class Tie:
    """Normally open switches that, closed together, join two zones."""

    switches: tuple[Switch, ...]
    zones: tuple[int, int]
    fed_by: frozenset[str] = frozenset()
    border_h: float = 0.0

    @property
    def touched(self) -> frozenset[str]:
        return self.fed_by.union(*(s.touches for s in self.switches))

    def usable(self, open_pairs: Pairs) -> bool:
        return all(p in open_pairs for p in itertools.combinations(sorted(self.touched), 2))

    @property
    def travel(self) -> float:
        return max(s.travel for s in self.switches)

    @property
    def coordination(self) -> float:
        given = max(s.coordination for s in self.switches)
        if len(self.touched) > 1 and not any(s.agreed for s in self.switches):
            return max(given, self.border_h)
        return given

    @property
    def operate(self) -> float:
        return max(s.operate for s in self.switches)


@dataclass
class Grid:
    """Zones of one set of built projects, as a forest rooted at the sources.

    `up[z]` is the joint towards the source and `parent[z]` the zone behind it; `faults[z]` lists
    (rate 1/yr, repair h); dead zones (no source in their part) have no entry in `order`.
    """

    zone_of: dict[Node, int]
    order: list[int]
    parent: dict[int, int]
    up: dict[int, Joint]
    ties: list[Tie]
    faults: dict[int, list[tuple[float, float]]]
    loads: dict[int, list[Row]]
    owner: dict[str, str]
    switches: dict[str, Switch] = field(default_factory=dict)

    def below(self, zone: int) -> list[int]:
        """The zone and everything fed through it."""
        found = [zone]
        for z in found:
            found.extend(c for c in self.order if self.parent.get(c) == z)
        return found

    def children(self, zone: int) -> list[int]:
        return [c for c in self.order if self.parent.get(c) == zone]

    def trip(self, zone: int) -> int:
        """The zone just below the device that trips; the root if only the source can."""
        z = zone
        while z in self.parent and not self.up[z].protective:
            z = self.parent[z]
        return z


class NotRadialError(Exception):
    """The normal state has a loop, two sources in a part, or load without a source."""


def switch_of(row: Row, ends: tuple[Node, Node], touches: set[str], folder: Folder) -> Switch:
    setting = folder.settings
    remote = row.get("control", "") == "remote"
    by_kind = "open" if row["kind"] == "tie" else "closed"
    travel = 0.0 if remote else number(row, "travel_min", setting["travel_manual_min"])
    usual = setting["operate_remote_min" if remote else "operate_manual_min"]
    agree = setting["coordination_min"] if len(touches) > 1 else 0.0
    return Switch(
        row["id"], ends, row["kind"] in PROTECTIVE,
        (row.get("normal", "") or by_kind) == "closed",
        travel / 60.0, number(row, "coordination_min", agree) / 60.0,
        number(row, "operate_min", usual) / 60.0, frozenset(touches),
        bool(row.get("coordination_min", "")),
    )


def _wires(folder: Folder, built: frozenset[str]) -> tuple[
    list[tuple[str, Row, Node, Node]], list[Switch]
]:
    """Branches and transformers between nodes, and the switches that hang them to buses."""
    home = {r["id"]: r["jurisdiction"] for r in folder.tables["bus"]}
    ends = {
        ("branch", r["id"]): (r["from_bus"], r["to_bus"]) for r in folder.existing("branch", built)
    } | {
        ("transformer", r["id"]): (r["hv_bus"], r["lv_bus"])
        for r in folder.existing("transformer", built)
    }
    switches = []
    switched = set()
    for row in folder.existing("switch", built):
        kind, element, bus = row.get("element_kind", "") or "branch", row["element"], row["bus"]
        if kind == "bus":
            nodes: tuple[Node, Node] = ((bus,), (element,))
            buses: tuple[str, ...] = (bus, element)
        elif (kind, element) in ends:
            nodes = ((bus,), (kind, element, bus))
            buses = ends[kind, element]
            switched.add(nodes[1])
        else:
            continue
        owner = row.get("jurisdiction", "") or home[bus]
        touches = {home[b] for b in buses} | {owner, row.get("authority", "") or owner}
        switches.append(switch_of(row, nodes, touches, folder))
    wires = []
    for table in ("branch", "transformer"):
        for row in folder.existing(table, built):
            a, b = (
                (table, row["id"], bus) if (table, row["id"], bus) in switched else (bus,)
                for bus in ends[table, row["id"]]
            )
            wires.append((table, row, a, b))
    return wires, switches


def _zones(folder: Folder, wires: list[tuple[str, Row, Node, Node]], switches: list[Switch]) -> (
    dict[Node, int]
):
    """Connected parts by branches and transformers, without crossing any switch."""
    beside: dict[Node, list[Node]] = {(r["id"],): [] for r in folder.tables["bus"]}
    for s in switches:
        for n in s.ends:
            beside.setdefault(n, [])
    for _, _, a, b in wires:
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    zone_of: dict[Node, int] = {}
    for zone, start in enumerate(beside):
        todo = [] if start in zone_of else [start]
        while todo:
            n = todo.pop()
            if n not in zone_of:
                zone_of[n] = zone
                todo.extend(beside[n])
    if any(len(set(c)) < len(c) for c in beside.values()):
        raise NotRadialError
    n_nodes: dict[int, int] = defaultdict(int)
    n_wires: dict[int, int] = defaultdict(int)
    for z in zone_of.values():
        n_nodes[z] += 1
    for _, _, a, _ in wires:
        n_wires[zone_of[a]] += 1
    if any(n_wires[z] != n_nodes[z] - 1 for z in n_nodes):
        raise NotRadialError
    return zone_of


def _forest(zone_of: dict[Node, int], joints: list[Joint], roots: list[int]) -> tuple[
    list[int], dict[int, int], dict[int, Joint]
]:
    if len(set(roots)) < len(roots):
        raise NotRadialError
    order, parent, up = list(roots), {}, {}
    used = set()
    for z in order:
        for k, joint in enumerate(joints):
            a, b = (zone_of[n] for n in joint.switches[0].ends)
            if k in used or z not in (a, b):
                continue
            used.add(k)
            other = b if z == a else a
            if other in order:
                raise NotRadialError
            order.append(other)
            parent[other] = z
            up[other] = joint
    return order, parent, up


def _ties(
    zone_of: dict[Node, int], switches: list[Switch], joints: list[Joint], live: set[int]
) -> list[Tie]:
    """Every way through open switches from one live zone to another, by dead connectors if any."""
    steps: dict[int, list[tuple[int, tuple[Switch, ...]]]] = defaultdict(list)
    for s in switches:
        if not s.closed:
            a, b = (zone_of[n] for n in s.ends)
            steps[a].append((b, (s,)))
            steps[b].append((a, (s,)))
    for joint in joints:
        a, b = (zone_of[n] for n in joint.switches[0].ends)
        if a not in live:
            steps[a].append((b, ()))
            steps[b].append((a, ()))
    found: list[Tie] = []

    def walk(first: int, path: list[int], used: tuple[Switch, ...]) -> None:
        for z, more in steps[path[-1]]:
            if z in path:
                continue
            if z not in live:
                walk(first, [*path, z], used + more)
            elif first < z:
                found.append(Tie(used + more, (first, z)))

    for z in sorted(live):
        walk(z, [z], ())
    return found


def make_grid(folder: Folder, built: Iterable[str] = ()) -> Grid:
    """The zones of the folder's grid with these projects built; refuses what is not radial."""
    have = frozenset(built)
    wires, switches = _wires(folder, have)
    zone_of = _zones(folder, wires, switches)
    together: dict[frozenset[Node], list[Switch]] = defaultdict(list)
    for s in switches:
        if s.closed:
            together[frozenset(s.ends)].append(s)
    joints = [Joint(tuple(v)) for v in together.values()]
    sources = folder.existing("source", have)
    order, parent, up = _forest(zone_of, joints, [zone_of[r["bus"],] for r in sources])
    live = set(order)
    home = {r["id"]: r["jurisdiction"] for r in folder.tables["bus"]}
    loads: dict[int, list[Row]] = defaultdict(list)
    faults: dict[int, list[tuple[float, float]]] = defaultdict(list)

    def add(node: Node, rate: float, row: Row) -> None:
        if rate > 0.0 and zone_of[node] in live:
            faults[zone_of[node]].append((rate, number(row, "repair_h")))

    for table, row, a, _ in wires:
        per_km = number(row, "failure_per_km_yr") * number(row, "length_km")
        add(a, per_km if table == "branch" else number(row, "failure_per_yr"), row)
    for row in sources:
        add((row["bus"],), number(row, "failure_per_yr"), row)
    owner = {}
    for row in folder.existing("load", have):
        if zone_of[row["bus"],] not in live:
            raise NotRadialError
        add((row["bus"],), number(row, "failure_per_yr"), row)
        loads[zone_of[row["bus"],]].append(row)
        owner[row["id"]] = row.get("jurisdiction", "") or home[row["bus"]]
    feeds = {
        zone_of[r["bus"],]: r.get("jurisdiction", "") or home[r["bus"]] for r in sources
    }
    for z in order:
        feeds.setdefault(z, feeds[parent[z]] if z in parent else "")
    ties = [
        replace(
            t, fed_by=frozenset(feeds[z] for z in t.zones),
            border_h=folder.settings["coordination_min"] / 60.0,
        )
        for t in _ties(zone_of, switches, joints, live)
    ]
    return Grid(
        zone_of, order, parent, up, ties, dict(faults),
        dict(loads), owner, {s.id: s for s in switches},
    )
