"""One feeder: trunk sections with switches, laterals with their customers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demonstration_zone_build.grid import Feeder, Grid, Value
from demonstration_zone_build.layout import share_out
from demonstration_zone_build.plane import Point, distance

if TYPE_CHECKING:
    import numpy as np

    from demonstration_zone_build.inputs import Row
    from demonstration_zone_build.routes import Route

CUSTOMERS_PER_LATERAL = 3
LONGEST_CUSTOMER_KM = 420.0
"""Customers times trunk length above which a 10 kV trunk would sag below its limit at peak."""
TRAVEL_SPREAD = (0.7, 1.3)


@dataclass(frozen=True)
class Plan:
    """What a feeder shall be, before it is drawn into the grid."""

    name: str
    route: Route
    customers: tuple[int, ...]
    section_km: tuple[float, ...]
    cable: bool
    profile: Row
    anchor: Row | None


def draw_plan(route: Route, n_customers: int, grid: Grid, rng: np.random.Generator) -> Plan:
    """Sections, lengths and construction of a feeder; an anchored one follows its input row."""
    town = route.substation.town
    profile = grid.inputs.profiles[town.profile]
    name = f"{route.substation.id}-F{route.number:02d}"
    low, high = float(profile["trunk_min_km"]), float(profile["trunk_max_km"])
    drawn, cable = rng.random(), rng.random() < float(profile["cable_share"])
    if route.anchor is not None:
        row = route.anchor.row
        counts = tuple(int(c) for c in row["section_customers"].split(";"))
        km = tuple(float(k) for k in row["section_km"].split(";"))
        return Plan(name, route, counts, km, row["kind"] == "cable", profile, row)
    total = min(low + (high - low) * drawn, LONGEST_CUSTOMER_KM / max(n_customers, 1))
    total = max(total, 4.0)
    n_sections = 3 if total < 6.0 else 4 if total < 11.0 else 5
    shares = [0.8 + 0.4 * rng.random() for _ in range(n_sections)]
    km = tuple(total * s / sum(shares) for s in shares)
    counts = tuple(share_out(n_customers, [0.6 + 0.8 * rng.random() for _ in shares], at_least=1))
    return Plan(name, route, counts, km, cable, profile, None)


def build_feeder(plan: Plan, grid: Grid, rng: np.random.Generator) -> Feeder:
    """Add the feeder's buses, branches, switches and loads to the grid."""
    town, n = plan.route.substation.town, len(plan.section_km)
    places, stubs = _enough_points(plan, 2 * n)
    n_spans = len(places) - 1
    section = [-1] + [min(n - 1, i * n // n_spans) for i in range(n_spans)]
    buses = [plan.route.substation.id]
    buses += [grid.add_bus(f"{plan.name}-b{i:02d}", town, places[i]) for i in range(1, n_spans + 1)]
    conductor = "JKLYJ-240"
    if plan.cable:
        conductor = "YJV22-3x400" if sum(plan.customers) > 30 else "YJV22-3x300"
    for i in range(1, n_spans + 1):
        s = section[i]
        spans = section.count(s)
        more = _failure(plan, grid) | _fault_section(plan, s)
        span = grid.add_branch(
            f"{plan.name}-t{i:02d}", (buses[i - 1], buses[i]),
            plan.section_km[s] / spans, conductor, **more,
        )
        if s != section[i - 1]:
            _section_switch(plan, grid, rng, (s, buses[i - 1], span))
    for s in range(n):
        nodes = [i for i in range(1, n_spans + 1) if section[i] == s]
        _laterals(plan, grid, rng, (s, [(buses[i], places, i, stubs[i]) for i in nodes]))
    return Feeder(
        plan.name, town.jurisdiction, plan.route.substation.id,
        plan.route.anchor.project if plan.route.anchor else "",
        tuple(buses), places, tuple(section),
    )


def _enough_points(plan: Plan, wanted: int) -> tuple[tuple[Point, ...], list[list[Point]]]:
    """Trunk points with stubs, spans halved until each section has at least two."""
    points = list(plan.route.trunk)
    stubs = [[], *[list(s) for s in plan.route.stubs]]
    while len(points) - 1 < wanted:
        spans = [round(distance(a, b), 6) for a, b in itertools.pairwise(points)]
        k = spans.index(max(spans))
        a, b = points[k], points[k + 1]
        points.insert(k + 1, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))
        stubs.insert(k + 1, [])
    return tuple(points), stubs


def _failure(plan: Plan, grid: Grid) -> dict[str, Value]:
    """The failure rate of overhead lines where the feeder runs; a cable keeps its own."""
    if plan.cable:
        return {}
    return {"failure_per_km_yr": grid.inputs.rates[plan.profile["overhead_failure"]]}


def _fault_section(plan: Plan, section: int) -> dict[str, Value]:
    row = plan.anchor
    if row is None or row["fault_section"] != str(section + 1):
        return {}
    source = f"calibrated: {row['source']}"
    return {"repair_h": row["fault_repair_h"], "status": "calibrated", "source": source}


def _section_switch(
    plan: Plan, grid: Grid, rng: np.random.Generator, at: tuple[int, str, str]
) -> None:
    """The breaker at the substation, or the automatic switch at the head of a section."""
    section, bus, branch = at
    name, row, rates = f"{plan.name}-q{section + 1}", plan.anchor, grid.inputs.rates
    draw, spread, kind_draw = rng.random(), rng.random(), rng.random()
    remote: dict[str, Value] = {"control": "remote", "operate_min": rates["operate_remote"]}
    fault = int(row["fault_section"]) if row and row["fault_section"] else 0
    if section == 0:
        grid.add_switch(name, bus, branch, "breaker", **remote)
    elif row and fault == section + 1:
        grid.add_switch(name, bus, branch, "recloser", **remote)
    elif row and fault == section:
        grid.add_switch(
            name, bus, branch, "load_break", operate_min=rates["operate_manual"],
            travel_min=row["cut_travel_min"], status="calibrated",
            source=f"calibrated: {row['source']}",
        )
    elif row or draw < float(plan.profile["remote_share"]):
        middle = section == 2 and not plan.cable and kind_draw < 0.3 and not row
        grid.add_switch(name, bus, branch, "recloser" if middle else "load_break", **remote)
    else:
        low, high = TRAVEL_SPREAD
        travel = rates[plan.profile["travel"]] * (low + (high - low) * spread)
        grid.add_switch(
            name, bus, branch, "load_break", operate_min=rates["operate_manual"],
            travel_min=round(travel),
        )


def _laterals(
    plan: Plan, grid: Grid, rng: np.random.Generator,
    at: tuple[int, list[tuple[str, tuple[Point, ...], int, list[Point]]]],
) -> None:
    """The laterals of one section, each with one to five customers at its end."""
    section, nodes = at
    n_customers = plan.customers[section]
    if n_customers == 0:
        return
    n = math.ceil(n_customers / CUSTOMERS_PER_LATERAL)
    sizes = share_out(n_customers, [0.5 + rng.random() for _ in range(n)], at_least=1)
    classes = _classes(plan, section, rng)
    low, high = float(plan.profile["lateral_min_km"]), float(plan.profile["lateral_max_km"])
    done = 0
    for k, size in enumerate(sizes):
        bus, points, i, stubs = nodes[k % len(nodes)]
        place = _beside(points, i, k // len(nodes), stubs)
        tag = f"s{section + 1}{k + 1:02d}"
        end = grid.add_bus(f"{plan.name}-{tag}", plan.route.substation.town, place)
        conductor = "YJV22-3x120" if plan.cable else ("JKLYJ-120" if size > 3 else "JKLYJ-70")
        length = low + (high - low) * rng.random()
        branch = grid.add_branch(
            f"{plan.name}-l{tag}", (bus, end), length, conductor, **_failure(plan, grid)
        )
        kind = _lateral_switch(plan, rng.random())
        travel = grid.inputs.rates[plan.profile["travel"]]
        grid.add_switch(
            f"{plan.name}-f{tag}", bus, branch, kind,
            operate_min=grid.inputs.rates["operate_manual"], travel_min=round(travel),
        )
        for c in range(done, done + size):
            _customer(grid, rng, (f"{plan.name}-u{section + 1}{c + 1:02d}", end), classes[c])
        done += size


def _lateral_switch(plan: Plan, draw: float) -> str:
    if plan.anchor is not None:
        return "fuse"
    if plan.cable:
        return "fuse" if draw < 0.6 else "breaker"
    return "fuse" if draw < 0.75 else "load_break"


def _classes(plan: Plan, section: int, rng: np.random.Generator) -> list[str]:
    """Public or dedicated, customer by customer; given where the input row gives a number."""
    n, row = plan.customers[section], plan.anchor
    draws = [rng.random() for _ in range(n)]
    if row and row["dedicated_last"] and section == len(plan.customers) - 1:
        chosen = sorted(range(n), key=lambda i: draws[i])[: int(row["dedicated_last"])]
        return ["dedicated" if i in chosen else "public" for i in range(n)]
    share = float(plan.profile["dedicated_share"])
    return ["dedicated" if d < share else "public" for d in draws]


def _customer(
    grid: Grid, rng: np.random.Generator, at: tuple[str, str], kind: str
) -> None:
    draw, u = rng.random(), rng.random()
    sizes = grid.inputs.capacities[kind]
    total, kva = 0.0, sizes[-1][0]
    for size, share in sizes:
        total += share
        if draw < total:
            kva = size
            break
    rates = grid.inputs.rates
    low, mode, high = (rates[f"load_ratio_{x}"] for x in ("low", "typical", "high"))
    grid.add_load(*at, kind, kva, _triangular(u, low, mode, high))


def _triangular(u: float, low: float, mode: float, high: float) -> float:
    """The value below which a share u of a triangular distribution lies."""
    if u < (mode - low) / (high - low):
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1 - u) * (high - low) * (high - mode))


def _beside(points: tuple[Point, ...], i: int, turn: int, stubs: list[Point]) -> Point:
    """Where a lateral ends: towards a free lattice point, else a short way off the trunk."""
    here, before = points[i], points[i - 1]
    if turn < len(stubs):
        stub = stubs[turn]
        return here[0] + 0.55 * (stub[0] - here[0]), here[1] + 0.55 * (stub[1] - here[1])
    dx, dy = here[0] - before[0], here[1] - before[1]
    side = 1.0 if turn % 2 else -1.0
    reach = 0.28 + 0.1 * (turn // 2)
    back = 0.25 * (turn // 2)
    return here[0] - side * reach * dy - back * dx, here[1] + side * reach * dx - back * dy
