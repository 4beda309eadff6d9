"""Flows of whole states: the one before the incident sets the limits "no worse than before"."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.kernels import forest as kernel
from tieline.power.kernels.growing import grow, read_out, solve_all
from tieline.power.respond.ground import demand_at
from tieline.power.respond.kept import Answers, Kept

if TYPE_CHECKING:
    from tieline.power.kernels.forest import Elements, Forest, Nodes
    from tieline.power.respond.ground import Floats, Ground, Ints, Tree
    from tieline.power.respond.situation import Situation
    from tieline.power.respond.watch import Check


@dataclass(frozen=True)
class Electric:
    """Nodes and elements with the limits of this incident, and what each source may deliver.

    `load_p`, `load_q` are the demand of the loads alone [MW, Mvar] by node. `calm` are the nodes
    with voltages allowed as high as the fault itself leaves them: what the loss of load alone has
    raised is no fault of a step. What follows from all but `calm` is kept
    in `kept`; `calm_checks` are those under `calm`, the same where it is `nodes` itself.
    """

    nodes: Nodes
    calm: Nodes
    elements: Elements
    source_limit: Floats
    base_draw: Floats
    load_p: Floats
    load_q: Floats
    kept: Kept = field(default_factory=Kept, repr=False, compare=False)
    calm_checks: Answers[Check] = field(default_factory=Answers, repr=False, compare=False)

    def checks(self, nodes: Nodes) -> Answers[Check] | None:
        """Where checks with these nodes are kept; None if they are of one moment alone."""
        if nodes is self.nodes:
            return self.kept.checks
        return self.calm_checks if nodes is self.calm else None


def steps_of(ground: Ground, tree: Tree, zones: Ints) -> tuple[Ints, Ints, Floats, Ints]:
    """Near and far node, reach and source of each zone, for `grow`; zones parent before child."""
    edges = ground.edges
    via = tree.via[zones]
    root = via < 0
    safe = np.where(root, 0, via)
    at_a = edges.za[safe] == zones
    far = np.where(at_a, edges.na[safe], edges.nb[safe])
    near = np.where(at_a, edges.nb[safe], edges.na[safe])
    source = tree.source[zones]
    far = np.where(root, ground.sources.node[source], far)
    near = np.where(root, -1, near)
    return near, far, edges.reach_km[safe], source


def grown(
    ground: Ground, electric_nodes: Nodes, elements: Elements, tree: Tree, zones: Ints
) -> Forest:
    """A forest of these zones (parent before child), not solved."""
    forest = kernel.new_forest(ground.n_nodes)
    near, far, reach, source = steps_of(ground, tree, zones)
    grow(
        forest, electric_nodes, elements, near, far, reach, source, ground.sources.v[source]
    )
    return forest


def electric(situation: Situation) -> Electric:
    """Demand and limits: each limit is the given one, or what was there before if that is worse.

    Where the flow before the incident diverges, only the given limits hold.
    """
    ground = situation.ground
    p, q = demand_at(ground, situation.level.load_factor, situation.level.generation_factor)
    n = ground.n_nodes
    nodes = kernel.Nodes(
        p, q, ground.shunt_g, ground.shunt_b, ground.v_min, ground.v_max, np.full(n, -np.inf),
        ground.zone, ground.ptr, ground.adjacent,
    )
    forest = grown(ground, nodes, ground.elements, situation.before, situation.before.order)
    diverged = solve_all(forest, nodes) >= 0
    v, current = np.full(n, np.nan), np.zeros(len(ground.elements.u))
    reach = np.full(n, np.inf)
    read_out(forest, ground.elements, nodes, v, current, reach)
    if diverged:
        v[:], current[:] = np.nan, 0.0
    nodes = nodes._replace(
        v_low=np.fmin(ground.v_min, v), v_high=np.fmax(ground.v_max, v),
        reach_low=np.minimum(reach, 0.0),
    )
    elements = ground.elements._replace(i_high=np.maximum(ground.elements.i_high, current))
    draw = source_draws(ground, forest)
    limit = ground.sources.limit if diverged else np.maximum(
        ground.sources.limit, np.hypot(draw[:, 0], draw[:, 1])
    )
    load = demand_at(ground, situation.level.load_factor, 0.0)
    return after_trip(situation, Electric(nodes, nodes, elements, limit, draw, *load))


def after_trip(situation: Situation, limits: Electric) -> Electric:
    """The same grid under another incident."""
    calm = _after_trip(situation, limits.nodes, limits.elements)
    return replace(limits, calm=calm, calm_checks=Answers())


def _after_trip(situation: Situation, nodes: Nodes, elements: Elements) -> Nodes:
    """The nodes with voltages allowed as high as they are right after the trips.

    The same object where no voltage rises above its limit.
    """
    ground, after = situation.ground, situation.after
    forest = grown(ground, nodes, elements, after, after.order)
    if solve_all(forest, nodes) >= 0:
        return nodes
    n = ground.n_nodes
    v, current, reach = np.full(n, np.nan), np.zeros(len(elements.u)), np.full(n, np.inf)
    read_out(forest, elements, nodes, v, current, reach)
    if not np.any(v > nodes.v_high):
        return nodes
    return nodes._replace(v_high=np.fmax(nodes.v_high, v))


def source_draws(ground: Ground, forest: Forest) -> Floats:
    """P and Q [MW, Mvar] that each source delivers into a solved forest, shape (n_sources, 2)."""
    n = int(forest.size[1])
    total = np.zeros((len(ground.sources), 2))
    np.add.at(total[:, 0], forest.source[:n], forest.draw_p[:n])
    np.add.at(total[:, 1], forest.source[:n], forest.draw_q[:n])
    return total


def with_pickup(electric: Electric, nodes: Nodes, factor: Floats) -> Nodes:
    """The nodes with the demand of their loads multiplied, by node (cold-load pickup)."""
    more = factor - 1.0
    return nodes._replace(
        p=nodes.p + more * electric.load_p, q=nodes.q + more * electric.load_q
    )
