"""Whether a grid can be used in the states that matter, and what is already at its limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.graph import closed_graph
from tieline.power.network import PowerNetwork
from tieline.power.sweep import base_loading, scaled_levels
from tieline.power.topology import Topology, build_topology
from tieline.region.model import Case

if TYPE_CHECKING:
    from tieline.power.kernels.arrays import Loading
    from tieline.region.issues import Issues
    from tieline.region.region import Region

FOLDER = "power"
SHOWN = 3


def check_states(network: PowerNetwork, region: Region, issues: Issues) -> None:
    """Report what makes the grid unusable as built by the study date, bare, or with everything."""
    seen: set[frozenset[str]] = set()
    states = (
        ("as built by the study date", region.reference()),
        ("with no project built", frozenset()),
        ("with every project built", frozenset(network.projects)),
    )
    for title, projects in states:
        built = frozenset(projects) & network.relevant.projects
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
    lines, graph, network = topology.grid.lines, topology.graph, topology.network
    diverged = np.flatnonzero(np.isnan(loading.feeder.p[: topology.n_units]))
    if len(diverged):
        heads = topology.grid.units.lo[diverged]
        issues.error(
            f"{FOLDER} ({title})", "a power flow that converges",
            f"none for the feeder from {_name(network, topology, heads)}: "
            "check loads [kW], lengths [km] and impedances [ohm/km]",
        )
        return
    v = np.hypot(loading.node.vr, loading.node.vi)
    low = np.flatnonzero(v < lines.v_min - 1e-6)
    high = np.flatnonzero(v > lines.v_max + 1e-6)
    over = np.flatnonzero(loading.node.i_high > lines.i_max * (1.0 + 1e-6))
    held = "it is held to 'no worse than now'"
    if len(low):
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(low)} buses lie below their lowest voltage in the normal state, lowest "
            f"{v[low].min():.4f} pu at {_name(network, topology, low[np.argsort(v[low])])}; {held}",
        )
    if len(high):
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(high)} buses lie above their highest voltage in the normal state, highest "
            f"{v[high].max():.4f} pu at {_name(network, topology, high[np.argsort(-v[high])])}; "
            f"{held}",
        )
    if len(over):
        share = loading.node.i_high[over] / lines.i_max[over]
        names = [
            str((network.branches if graph.kind[k] == 0 else network.transformers)
                .ids[graph.row[k]])
            for k in graph.edge[over[np.argsort(-share)]][:SHOWN]
        ]
        issues.note(
            f"{FOLDER} ({title})",
            f"{len(over)} branches or transformers pass their rating in the normal state, most "
            f"{share.max():.0%} at '{names[0]}'; {held}",
        )


def _name(network: PowerNetwork, topology: Topology, positions: Iterable[int]) -> str:
    """Names of the first few buses at or above these positions."""
    names: list[str] = []
    for i in positions:
        at = int(i)
        while topology.graph.order[at] >= len(network.buses):
            at = int(topology.grid.lines.parent[at])
        name = f"'{network.buses.ids[topology.graph.order[at]]}'"
        if name not in names:
            names.append(name)
        if len(names) == SHOWN:
            break
    return ", ".join(names)
