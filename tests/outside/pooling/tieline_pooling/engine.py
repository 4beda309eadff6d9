"""Pooled cost: those who are open to each other buy for their common peak, not for each one's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tieline.region.model import Case, Measure, Outcome
from tieline.region.tables import load_schema
from tieline_pooling.network import TOPIC, PoolingNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues

TABLES = Path(__file__).parent / "tables"


class PoolingEngine:
    """Equipment by connected component of the openness relation."""

    name = "pooling"
    version = "1"
    topics = (TOPIC,)
    measures = (
        Measure("pieces", "pieces", "less", label="Pieces bought", label_zh="购置台数"),
        Measure("cost", "thousand yuan/yr", "less", label="Cost", label_zh="年费用"),
        Measure("peak", "pieces", None, label="Own peak need", label_zh="自身高峰需求"),
        Measure(
            "pieces_per_peak", "1", "less", ratio_of=("pieces", "peak"),
            label="Pieces bought for each needed at the own peak", label_zh="台数与高峰需求之比",
        ),
    )

    def read(self, folder: RegionFolder, issues: Issues) -> PoolingNetwork | None:
        """The network, or None after reporting why it cannot be used."""
        need = folder.table("pooling/need", load_schema(TABLES / "need.toml"), issues)
        offer = folder.table("pooling/offer", load_schema(TABLES / "offer.toml"), issues)
        if need is None or offer is None:
            return None
        ids = tuple(j.id for j in folder.region.jurisdictions)
        times = sorted(set(need["time"]))
        needs = np.zeros((len(ids), len(times)))
        for j, time, pieces in zip(need["jurisdiction"], need["time"], need["pieces"], strict=True):
            needs[ids.index(j), times.index(time)] += pieces
        offers = tuple(
            (float(c), str(p), str(u)) for c, p, u in
            zip(offer["cost_per_piece_yr"], offer["project"], offer["unless_project"], strict=True)
        )
        if not any(not p and not u for _, p, u in offers):
            issues.error(offer.file, "an offer that always exists", "none")
            return None
        return PoolingNetwork(ids, needs, offers)

    def evaluate(
        self, network: PoolingNetwork, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        """One outcome per case: a pool's pieces fall on its members as they cause its peak."""
        for case in cases:
            pieces = np.zeros(len(network.jurisdictions))
            for pool in pools(network, case):
                together = network.needs[pool].sum(axis=0)
                pieces[pool] = network.needs[pool, int(together.argmax())]
            cost = min(c for c, p, u in network.offers if case.exists(p, u))
            peak = network.needs.max(axis=1, initial=0.0)
            values = np.column_stack([pieces, pieces * cost, peak])
            yield Outcome(values, np.zeros_like(values))


def pools(network: PoolingNetwork, case: Case) -> list[list[int]]:
    """Connected components of the openness relation, as rows of jurisdictions."""
    ids = network.jurisdictions
    found: list[list[int]] = []
    left = list(range(len(ids)))
    while left:
        pool, edge = [], [left.pop(0)]
        while edge:
            k = edge.pop()
            pool.append(k)
            near = [m for m in left if case.opens(TOPIC, (ids[k], ids[m]))]
            edge += near
            left = [m for m in left if m not in near]
        found.append(sorted(pool))
    return found
