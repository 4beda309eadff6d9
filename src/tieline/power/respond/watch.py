"""What is checked at every step: radiality, isolation, voltage, current, source, reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels.growing import read_out, solve_all
from tieline.power.kernels.zones import above_any, tops
from tieline.power.respond.kept import digest
from tieline.power.respond.loadflow import grown, source_draws

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Forest, Nodes
    from tieline.power.respond.ground import Ints, Mask, Tree
    from tieline.power.respond.loadflow import Electric
    from tieline.power.respond.situation import Situation

ROUNDING = 2e-8


@dataclass(frozen=True)
class Check:
    """One state judged: what is worst in the feeders that the step changed, and what fails.

    Voltages [pu], loading [share of the limit]; names are of buses and branches. `failed` is ""
    if all is well, else one of radial, fault, flow, voltage, current, source, reach.
    """

    failed: str = ""
    v_min: float = float("nan")
    v_min_bus: str = ""
    loading: float = 0.0
    loading_asset: str = ""
    value: float = float("nan")
    limit: float = float("nan")
    where: str = ""
    draw: tuple[tuple[int, float], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every limit holds."""
        return not self.failed


def feeders(situation: Situation, tree: Tree, around: Mask) -> Mask:
    """Live zones of the feeders that hold any of these zones, with what stands above them."""
    top = tops(tree.order, tree.up, ~situation.ground.has_elements)
    wanted = np.zeros(len(top) + 1, bool)
    wanted[top[around & tree.live]] = True
    keep: Mask = above_any(tree.order, tree.up, tree.live & wanted[top])
    return keep


def judge(
    situation: Situation, electric: Electric, nodes: Nodes, tree: Tree, sound: Mask,
    around: Mask,
) -> Check:
    """Judge the feeders around these zones in a state; `sound` zones may carry voltage.

    Where a source may deliver only so much, all that it feeds is looked at.
    """
    ground = situation.ground
    if len(tree.loops):
        return Check("radial", where=edge_name(situation, int(tree.loops[0])))
    if np.any(tree.live & ~sound):
        return Check("fault", where=zone_name(situation, int(np.argmax(tree.live & ~sound))))
    involved = np.unique(tree.source[around & tree.live])
    involved = involved[np.isfinite(electric.source_limit[involved])]
    held = np.zeros(len(ground.sources) + 1, bool)
    held[involved] = True
    keep = feeders(situation, tree, around | held[tree.source])
    zones = tree.order[keep[tree.order]]

    def solve() -> Check:
        forest = grown(ground, nodes, electric.elements, tree, zones)
        if solve_all(forest, nodes) >= 0:
            return Check("flow", where="")
        return _limits(situation, electric, nodes, forest, involved)

    known = electric.checks(nodes)
    if known is None:
        return solve()
    return known.once(digest(zones, tree.via[zones], involved), solve)


def _limits(
    situation: Situation, electric: Electric, nodes: Nodes, forest: Forest, involved: Ints
) -> Check:
    ground = situation.ground
    v, current = np.full(ground.n_nodes, np.nan), np.zeros(len(ground.elements.u))
    reach = np.full(ground.n_nodes, np.inf)
    read_out(forest, electric.elements, nodes, v, current, reach)
    n_bus = len(ground.network.buses)
    at = v[:n_bus]
    share = np.where(
        np.isfinite(electric.elements.i_high), current / electric.elements.i_high, 0.0
    )
    low = np.flatnonzero(at < nodes.v_low[:n_bus] - ROUNDING)
    high = np.flatnonzero(at > nodes.v_high[:n_bus] + ROUNDING)
    worst = int(np.argmax(share)) if len(share) else -1
    seen = bool(np.isfinite(at).any())
    draw = source_draws(ground, forest)
    found = Check(
        v_min=float(np.nanmin(at)) if seen else float("nan"),
        v_min_bus=str(ground.network.buses.ids[int(np.nanargmin(at))]) if seen else "",
        loading=float(share[worst]) if worst >= 0 else 0.0,
        loading_asset=element_name(situation, worst) if worst >= 0 else "",
        draw=tuple((int(k), float(np.hypot(*draw[k]))) for k in np.flatnonzero(draw.any(axis=1))),
    )
    failed = None
    if len(low):
        k = int(low[np.argmax((nodes.v_low[:n_bus] - at)[low])])
        failed = ("voltage", at[k], nodes.v_low[k], str(ground.network.buses.ids[k]))
    elif len(high):
        k = int(high[np.argmax((at - nodes.v_high[:n_bus])[high])])
        failed = ("voltage", at[k], nodes.v_high[k], str(ground.network.buses.ids[k]))
    elif worst >= 0 and share[worst] > 1.0 + ROUNDING:
        failed = ("current", share[worst], 1.0, element_name(situation, worst))
    elif np.any(reach < nodes.reach_low - ROUNDING):
        k = int(np.argmin(reach - nodes.reach_low))
        failed = ("reach", reach[k], nodes.reach_low[k], node_name(situation, k))
    else:
        total = np.hypot(*draw.T)
        over = involved[total[involved] > electric.source_limit[involved] * (1.0 + ROUNDING)]
        if len(over):
            k = int(over[0])
            failed = ("source", total[k], electric.source_limit[k], source_name(situation, k))
    if failed is None:
        return found
    kind, value, limit, where = failed
    return Check(
        kind, found.v_min, found.v_min_bus, found.loading, found.loading_asset, float(value),
        float(limit), where, found.draw,
    )


def edge_name(situation: Situation, edge: int) -> str:
    """The switch, or the source whose link it is."""
    ground = situation.ground
    members = ground.edges.members[edge]
    if members:
        return str(ground.network.switches.ids[members[0]])
    return source_name(situation, int(ground.edges.source[edge]))


def source_name(situation: Situation, source: int) -> str:
    """Id of a source."""
    ground = situation.ground
    return str(ground.network.sources.ids[ground.sources.rows[source][0]])


def element_name(situation: Situation, element: int) -> str:
    """Id of a branch or transformer."""
    ground = situation.ground
    network = ground.network
    rows = network.branches if ground.element_kind[element] == 0 else network.transformers
    return str(rows.ids[ground.element_row[element]])


def node_name(situation: Situation, node: int) -> str:
    """Id of the bus, or of a bus of the node's zone."""
    ground = situation.ground
    n_bus = len(ground.network.buses)
    if node < n_bus:
        return str(ground.network.buses.ids[node])
    return zone_name(situation, int(ground.zone[node]))


def zone_name(situation: Situation, zone: int) -> str:
    """Id of a bus, else of an element, that stands for the zone."""
    ground = situation.ground
    n_bus = len(ground.network.buses)
    at = np.flatnonzero(ground.zone[:n_bus] == zone)
    if len(at):
        return str(ground.network.buses.ids[at[0]])
    inside = np.flatnonzero(ground.zone[ground.elements.u] == zone)
    return element_name(situation, int(inside[0])) if len(inside) else f"zone {zone}"


