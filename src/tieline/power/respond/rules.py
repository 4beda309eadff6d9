"""What may be used in a case: which switches, which source for whom, whose consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.network import TOPIC
from tieline.power.respond.parallel import may_group

if TYPE_CHECKING:
    from tieline.power.respond.ground import Mask
    from tieline.power.respond.situation import Situation


@dataclass(frozen=True)
class Rules:
    """What may be used: `usable` edges to feed through, `operable` ones to open.

    `may_feed` and `joins` have shape (n_sources, n_zones): who may feed whom, and whose supply
    may be handed back without interruption.
    """

    usable: Mask
    operable: Mask
    may_feed: Mask
    joins: Mask


def rules(situation: Situation, reach: Mask, *, ties: bool) -> Rules:
    """Rule 1 over switches, and earthing; without `ties` only what is normally closed is used.

    `reach` is a mask over edges that somebody can operate.
    """
    ground, case = situation.ground, situation.case
    edges, network = ground.edges, ground.network
    operable = situation.operable & reach
    usable = operable | (situation.operable & situation.closed)
    if not ties:
        usable &= edges.normal | situation.closed_before
    else:
        for e in np.flatnonzero(~edges.normal & ~situation.closed_before & usable).tolist():
            names = [network.jurisdictions[j] for j in np.flatnonzero(touched(situation, e))]
            usable[e] = case.opens(TOPIC, names)
    return Rules(usable, operable, _earthing(situation), _joins(situation))


def touched(situation: Situation, edge: int) -> Mask:
    """Jurisdictions an edge touches: of its switches, and of the sources that feed its sides."""
    ground = situation.ground
    mask = ground.edges.touches[edge].copy()
    for zone in (ground.edges.za[edge], ground.edges.zb[edge]):
        source = situation.before.source[zone]
        if source >= 0:
            mask[ground.sources.jurisdiction[source]] = True
    return np.asarray(mask)


def _earthing(situation: Situation) -> Mask:
    """Whether a source may feed a zone: earthed as the source it had, or not known."""
    sources, before = situation.ground.sources, situation.before
    n = len(sources)
    fits = np.ones((n, n + 1), bool)
    for i in range(n):
        for k in range(n):
            a, b = sources.earthing[i], sources.earthing[k]
            fits[i, k] = not a or not b or a == b
    return np.asarray(fits[:, before.source])


def _joins(situation: Situation) -> Mask:
    """Whether what a source feeds may be handed back to the source before without a break."""
    n = len(situation.ground.sources)
    fits = np.ones((n, n + 1), bool)
    for i in range(n):
        for k in range(n):
            fits[i, k] = may_group(situation, i, k)
    return np.asarray(fits[:, situation.before.source])


def coordination_extra(situation: Situation, edge: int) -> float:
    """Coordination [h] a normally open link takes because the grids it joins differ in owner."""
    ground = situation.ground
    edges, network = ground.edges, ground.network
    members = list(edges.members[edge])
    if edges.normal[edge] or not members:
        return 0.0
    unset = bool(np.isnan(network.switches["coordination_min"][members]).all())
    if not unset or touched(situation, edge).sum() <= 1:
        return 0.0
    return float(max(0.0, network.settings.coordination_h - edges.coordination_h[edge]))
