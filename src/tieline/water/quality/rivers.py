"""Who pays along a river: responsibility rules on a flow graph, and what replaces them on tides.

Ni and Wang 2007; Dong, Ni and Wang 2012; Ambec and Sprumont 2002.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.bool_]

REVERSING = 0.1
"""A border whose flow goes back for more than this share of all that passes has no upstream."""


def upstream(below: Sequence[tuple[int, int]], n: int) -> Matrix:
    """Whether i lies upstream of j or is j, (n, n), from pairs (i, the next below i).

    CaseError if the flow runs in a circle: then nobody lies upstream of nobody.
    """
    reach = np.eye(n, dtype=bool)
    for a, b in below:
        reach[a, b] = True
    for k in range(n):
        reach |= reach[:, k : k + 1] & reach[k : k + 1, :]
    both = reach & reach.T
    if np.any(both & ~np.eye(n, dtype=bool)):
        problem = "the flow runs in a circle: upstream has no meaning here, use transfer shares"
        raise CaseError(problem)
    return reach


def local_responsibility(costs: Floats) -> Floats:
    """LRS: everybody bears what is done at home."""
    return np.array(costs, dtype=np.float64)


def upstream_sharing(costs: Floats, above: Matrix) -> Floats:
    """UES: the cost at j is shared equally by j and all upstream of it; `above` of `upstream`."""
    return np.asarray((above / above.sum(axis=0)) @ np.asarray(costs, dtype=np.float64))


def downstream_sharing(costs: Floats, above: Matrix) -> Floats:
    """DES: the cost at j is shared equally by j and all downstream of it."""
    return upstream_sharing(costs, above.T)


def by_transfer(costs: Floats, weights: Floats) -> Floats:
    """Costs (n,) shared by what each brings there: weights (n payers, n places), >= 0.

    Where nobody brings anything the place bears its own. This is what "upstream" means on waters
    that flow both ways.
    """
    total = weights.sum(axis=0)
    own = np.eye(len(costs))[: len(weights)]
    shares = np.where(total > 0.0, weights / np.where(total > 0.0, total, 1.0), own)
    return np.asarray(shares @ np.asarray(costs, dtype=np.float64))


def most_even(inflow: Floats) -> Floats:
    """What each along a river takes when all have the same concave benefit: as even as it can be.

    Water only runs down: the first j take no more than the first j bring. The sums taken are the
    greatest convex function below the sums brought.
    """
    taken: list[list[float]] = []
    for water in np.asarray(inflow, dtype=np.float64):
        taken.append([float(water), 1.0])
        while len(taken) > 1 and taken[-2][0] / taken[-2][1] >= taken[-1][0] / taken[-1][1]:
            total, count = taken.pop()
            taken[-1][0] += total
            taken[-1][1] += count
    return np.concatenate([np.full(int(n), total / n) for total, n in taken] or [np.zeros(0)])


def downstream_incremental(
    inflow: Floats, benefit: Callable[[Floats], Floats] | None = None
) -> Floats:
    """What each adds to all above it (Ambec and Sprumont 2002); benefit 2 sqrt(x) if not given."""
    of = benefit or (lambda x: 2.0 * np.sqrt(x))
    worth = [float(np.sum(of(most_even(inflow[:k])))) for k in range(len(inflow) + 1)]
    return np.diff(np.array(worth))


@dataclass(frozen=True)
class FlowGraph:
    """Who flows into whom: `net_m3` (n, n) from row to column, `back` the share that returns.

    `meaning` says why upstream has none, "" where it has.
    """

    net_m3: Floats
    gross_m3: Floats
    meaning: str

    @property
    def back(self) -> Floats:
        """Share of all that passes a border against its mean direction, 0..0.5; NaN if nothing."""
        gross = self.gross_m3 + self.gross_m3.T
        less = np.minimum(self.gross_m3, self.gross_m3.T)
        return np.divide(less, gross, out=np.full_like(gross, np.nan), where=gross > 0.0)

    def above(self) -> Matrix:
        """As `upstream`; CaseError where upstream has no meaning."""
        if self.meaning:
            raise CaseError(self.meaning)
        n = len(self.net_m3)
        return upstream([(a, b) for a in range(n) for b in range(n) if self.net_m3[a, b] > 0], n)


def flow_graph(through_m3: Floats, start: Floats, end: Floats, least: float = 1e-6) -> FlowGraph:
    """What passes between owners.

    Parameters
    ----------
    through_m3
        (n_records, n_faces) volumes through faces.
    start, end
        (n_faces, n_owners) shares of who owns the cell at either side.
    least
        Borders that pass less than this share of the largest are left out.
    """
    n = start.shape[1]
    ahead = np.maximum(through_m3, 0.0).sum(axis=0)
    backward = np.maximum(-through_m3, 0.0).sum(axis=0)
    gross = start.T @ (ahead[:, None] * end) + end.T @ (backward[:, None] * start)
    # Where both sides have the same owners in the same shares nothing crosses a border.
    same = np.einsum("fa,fb,f->ab", np.minimum(start, end), np.minimum(start, end),
                     ahead + backward)
    gross = np.maximum(gross - same, 0.0)
    np.fill_diagonal(gross, 0.0)
    gross[gross < least * max(float(gross.max(initial=0.0)), 1e-30)] = 0.0
    net = np.maximum(gross - gross.T, 0.0)
    graph = FlowGraph(net, gross, "")
    if np.nanmax(np.where(np.eye(n, dtype=bool), 0.0, graph.back), initial=0.0) > REVERSING:
        return FlowGraph(net, gross, "the flow turns at a border: upstream has no single meaning "
                         "here, transfer shares stand in its place")
    try:
        graph.above()
    except CaseError as error:
        return FlowGraph(net, gross, str(error))
    return graph


def compensation_index(
    values_mg_l: Floats, reference_mg_l: Floats, weights: Floats, stability: float = 1.0
) -> float:
    """P = k0 sum k_i C_i / C_i0: above 1 upstream pays, at or below 1 it is paid.

    `weights` k_i sum to 1 as a rule, `stability` k0 is agreed (0.85 to 0.9 in agreements of the
    Xin'an kind; parameters of an agreement, not of nature).
    """
    ratio = np.asarray(values_mg_l, dtype=np.float64) / np.asarray(reference_mg_l)
    return float(stability * np.sum(np.asarray(weights) * ratio))
