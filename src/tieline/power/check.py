"""Whether a grid can be used in the states that matter, and what is already at its limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.graph import closed_graph
from tieline.power.sweep import base_loading, scaled_levels
from tieline.power.topology import build_topology
from tieline.region.model import Case

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Loading
    from tieline.power.network import PowerNetwork
    from tieline.power.topology import Topology
    from tieline.region.issues import Issues
    from tieline.region.region import Region

FOLDER = "power"
SHOWN = 3
TOLERANCE = 1e-6
"""Beyond a limit [pu of voltage, share of current] by less than this is rounding."""
HELD = "it is held to 'no worse than now'"


def check_states(network: PowerNetwork, region: Region, issues: Issues) -> None:
    """Report what makes the grid unusable as built by the study date, bare, or with everything."""
    seen: set[frozenset[str]] = set()
    states: tuple[tuple[str, frozenset[str]], ...] = (
        ("as built by the study date", region.reference()),
        ("with no project built", frozenset()),
        ("with every project built", frozenset(network.projects)),
    )
    for title, projects in states:
        built = projects & network.relevant.projects
        if built in seen:
            continue
        seen.add(built)
        mask = network.built(Case(built=built))
        exists = {name: rows.exist(mask) for name, rows in network.tables().items()}
        problems = closed_graph(network, exists).problems(network, exists)
        for problem in problems:
            expected, _, found = problem.partition(" is expected, found ")
            issues.error(f"{FOLDER} ({title})", expected, found)
        if problems:
            continue
        topology = build_topology(network, mask)
        for level in scaled_levels(network, Case()):
            _check_flow(topology, base_loading(topology, level), f"{title}, {level.id}", issues)


def _check_flow(topology: Topology, loading: Loading, title: str, issues: Issues) -> None:
    """A base flow that diverges is an error; limits that it passes are a note."""
    lines = topology.grid.lines
    diverged = np.flatnonzero(np.isnan(loading.feeder.p[: topology.n_units]))
    if len(diverged):
        heads = topology.grid.units.lo[diverged]
        issues.error(
            f"{FOLDER} ({title})", "a power flow that converges",
            f"none for the feeder from {_name(topology, heads)}: "
            "check loads [kW], lengths [km] and impedances [ohm/km]",
        )
        return
    v = np.hypot(loading.node.vr, loading.node.vi)
    low = np.flatnonzero(v < lines.v_min - TOLERANCE)
    high = np.flatnonzero(v > lines.v_max + TOLERANCE)
    over = np.flatnonzero(loading.node.i_high > lines.i_max * (1.0 + TOLERANCE))
    if len(low):
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(low)} buses lie below their lowest voltage in the normal state, lowest "
            f"{v[low].min():.4f} pu at {_name(topology, low[np.argsort(v[low])])}; {HELD}",
        )
    if len(high):
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(high)} buses lie above their highest voltage in the normal state, highest "
            f"{v[high].max():.4f} pu at {_name(topology, high[np.argsort(-v[high])])}; {HELD}",
        )
    source = loading.source
    above = np.flatnonzero(source.s_max > topology.source_limit * (1.0 + TOLERANCE))
    if len(above):
        share = source.s_max[above] / topology.source_limit[above]
        worst = topology.source_row[above[np.argmax(share)]]
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(above)} sources deliver more than their limit in the normal state, most "
            f"{share.max():.0%} at '{topology.network.sources.ids[worst]}'; {HELD}",
        )
    if len(over):
        share = loading.node.i_high[over] / lines.i_max[over]
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(over)} branches or transformers pass their rating in the normal state, most "
            f"{share.max():.0%} at '{_element(topology, over[np.argmax(share)])}'; {HELD}",
        )


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
