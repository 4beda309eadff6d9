"""Whether a grid can be used in the states that matter, and what is already at its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.messages import counted
from tieline.power.graph import closed_graph
from tieline.power.loading import base_loading, scaled_levels
from tieline.power.topology import build_topology
from tieline.region.model import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from tieline.power.kernels.arrays import Loading
    from tieline.power.network import PowerNetwork
    from tieline.power.topology import Topology
    from tieline.region.issues import Issues
    from tieline.region.region import Region

FOLDER = "power"
SHOWN = 3
TOLERANCE = 1e-6
"""Beyond a limit [pu of voltage, share of current] by less than this is rounding."""
DISTRIBUTION_KV, LONG_KM, OFTEN, LASTING_H = 35.0, 50.0, 1.0, 100.0
"""Beyond these a branch of a distribution grid is worth a second look."""
LEAST_PU, MOST_PU = 0.5, 1.5
"""A normal state beyond these is a mistake in the data, not a grid at its limits."""
HELD = "it is held to 'no worse than now'"


@dataclass
class _Said:
    """Messages by state: what holds in every state is said once, without naming them."""

    states: list[str] = field(default_factory=list)
    where: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, state: str, expected: str, found: str) -> None:
        self.where.setdefault((expected, found), []).append(state)

    def tell(self, issues: Issues) -> None:
        for (expected, found), states in self.where.items():
            all_of_them = set(states) == set(self.states)
            file = FOLDER if all_of_them else f"{FOLDER} ({'; '.join(dict.fromkeys(states))})"
            if expected:
                issues.error(file, expected, found)
            else:
                issues.note(file, found)


def check_states(network: PowerNetwork, region: Region, issues: Issues) -> None:
    """Report what makes the grid unusable as built by the study date, bare, or with everything."""
    seen: set[frozenset[str]] = set()
    states: tuple[tuple[str, frozenset[str]], ...] = (
        ("as built by the study date", region.reference()),
        ("with no project built", frozenset()),
        ("with every project built", frozenset(network.projects)),
    )
    said = _Said()
    for title, projects in states:
        built = projects & network.relevant.projects
        if built in seen:
            continue
        seen.add(built)
        said.states.append(title)
        mask = network.built(Case(built=built))
        exists = {name: rows.exist(mask) for name, rows in network.tables().items()}
        problems = closed_graph(network, exists).problems(network, exists)
        for expected, found in problems:
            said.add(title, expected, found)
        if problems:
            continue
        topology = build_topology(network, mask)
        levels = sorted(scaled_levels(network, Case()), key=lambda k: k.load_factor)
        for expected, found in _flow_problems(topology, base_loading(topology, levels[-1])):
            said.add(title, expected, found)
        for found in _too_high(topology, base_loading(topology, levels[0])):
            said.add(title, "", found)
    said.tell(issues)
    for found in _gaps_in_data(network):
        issues.note(FOLDER, found)


def _flow_problems(topology: Topology, loading: Loading) -> Iterator[tuple[str, str]]:
    """Errors (expected, found) where the base flow diverges; notes ("", found) of passed limits."""
    lines = topology.grid.lines
    diverged = np.flatnonzero(np.isnan(loading.feeder.p[: topology.n_units]))
    if len(diverged):
        yield (
            "a power flow that converges in the normal state",
            f"none for {_feeders(topology, loading, diverged)}: "
            "check loads [kW], lengths [km] and impedances [ohm/km]",
        )
        return
    v = np.hypot(loading.node.vr, loading.node.vi)
    for least, at in ((True, int(np.argmin(v))), (False, int(np.argmax(v)))):
        if (v[at] < LEAST_PU) if least else (v[at] > MOST_PU):
            yield (
                f"voltages between {LEAST_PU:g} and {MOST_PU:g} pu in the normal state",
                f"{v[at]:.4g} pu at {_name(topology, [at])}: "
                "check ratios, loads, lengths and impedances",
            )
            return
    low = np.flatnonzero(v < lines.v_min - TOLERANCE)
    over = np.flatnonzero(loading.node.i_high > lines.i_max * (1.0 + TOLERANCE))
    source = loading.source
    above = np.flatnonzero(source.s_max > topology.source_limit * (1.0 + TOLERANCE))
    if len(low):
        beyond = _beyond(len(low), "bus lies below", "buses lie below", "lowest voltage")
        worst = _name(topology, low[np.argsort(v[low])])
        yield "", f"{beyond}, lowest {v[low].min():.4f} pu at {worst}; {HELD}"
    if len(above):
        beyond = _beyond(
            len(above), "source delivers more than", "sources deliver more than", "limit"
        )
        share = source.s_max[above] / topology.source_limit[above]
        row = topology.source_row[above[np.argmax(share)]]
        worst = f"'{topology.network.sources.ids[row]}'"
        yield "", f"{beyond}, most {share.max():.0%} at {worst}; {HELD}"
    if len(over):
        beyond = _beyond(
            len(over), "branch or transformer passes", "branches or transformers pass", "rating"
        )
        share = loading.node.i_high[over] / lines.i_max[over]
        worst = f"'{_element(topology, over[np.argmax(share)])}'"
        yield "", f"{beyond}, most {share.max():.0%} at {worst}; {HELD}"


def _too_high(topology: Topology, loading: Loading) -> Iterator[str]:
    """A note on voltages that are too high, as they are when load is low."""
    v = np.hypot(loading.node.vr, loading.node.vi)
    high = np.flatnonzero(v > topology.grid.lines.v_max + TOLERANCE)
    if len(high):
        beyond = _beyond(len(high), "bus lies above", "buses lie above", "highest voltage")
        worst = _name(topology, high[np.argsort(-v[high])])
        yield f"{beyond}, highest {v[high].max():.4f} pu at {worst}; {HELD}"


def _beyond(n: int, one: str, many: str, limit: str) -> str:
    return f"{counted(n, one, many)} {'its' if n == 1 else 'their'} {limit} in the normal state"


def _feeders(topology: Topology, loading: Loading, units: NDArray[np.int64]) -> str:
    """The first few feeders, each by its head and its largest load."""
    told = []
    for unit in units[:SHOWN]:
        lo, hi = int(topology.grid.units.lo[unit]), int(topology.grid.units.hi[unit])
        most = lo + int(np.argmax(loading.node.p[lo:hi]))
        told.append(
            f"the feeder at {_name(topology, [lo])} (largest load "
            f"{1000.0 * loading.node.p[most]:.0f} kW at {_name(topology, [most])})"
        )
    return ", ".join(told)


def _gaps_in_data(network: PowerNetwork) -> Iterator[str]:
    """What is missing or unlikely, though it can be computed with."""
    branches, transformers, loads = network.branches, network.transformers, network.loads
    n = len(branches)
    if not len(network.switches):
        yield "there is no switch: a fault anywhere takes out its whole part until it is repaired"
    for rows, names, rate in (
        (branches, ("branch", "branches"), branches["failure_per_km_yr"] * branches["length_km"]),
        (transformers, ("transformer", "transformers"), transformers["failure_per_yr"]),
        (loads, ("load", "loads"), loads["failure_per_yr"]),
    ):
        silent = int(np.sum(rate <= 0.0))
        if rows is branches and silent > n // 2:
            have = "has" if silent == 1 else "have"
            yield (
                f"{silent} of {counted(n, *names)} {have} no failure rate: "
                f"{_they(silent)} as never failing"
            )
        lasting = int(np.sum((rate > 0.0) & (rows["repair_h"] <= 0.0)))
        if lasting:
            fail = "fails but has" if lasting == 1 else "fail but have"
            yield (
                f"{counted(lasting, *names)} {fail} no repair_h: "
                f"{_they(lasting)} as repaired at once"
            )
    if n:
        short = network.buses["vn_kv"][branches["from_bus"]] <= DISTRIBUTION_KV
        for what, unlikely in (
            (f"longer than {LONG_KM:g} km", short & (branches["length_km"] > LONG_KM)),
            ("failing more than once per km and year",
             branches["failure_per_km_yr"] > OFTEN),
            (f"under repair for more than {LASTING_H:g} h", branches["repair_h"] > LASTING_H),
        ):
            if unlikely.any():
                first = branches.ids[np.argmax(unlikely)]
                odd = counted(int(unlikely.sum()), "branch is", "branches are")
                yield f"{odd} {what}, first '{first}': is the unit right?"


def _they(n: int) -> str:
    return "it counts" if n == 1 else "they count"


def _element(topology: Topology, position: int) -> str:
    """Id of the branch or transformer above this position."""
    graph, network = topology.graph, topology.network
    edge = graph.edge[position]
    table = network.branches if graph.kind[edge] == 0 else network.transformers
    return str(table.ids[graph.row[edge]])


def _name(topology: Topology, positions: Iterable[int]) -> str:
    """Names of the first few buses at or above these positions."""
    order, buses = topology.graph.order, topology.network.buses
    names: list[str] = []
    for i in positions:
        at = int(i)
        while order[at] >= len(buses):
            at = int(topology.grid.lines.parent[at])
        name = f"'{buses.ids[order[at]]}'"
        if name not in names:
            names.append(name)
        if len(names) == SHOWN:
            break
    return ", ".join(names)
