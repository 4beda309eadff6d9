"""The transpose of transport: the same passes, in reverse order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.kernels import kernel
from tieline.water.kernels.carrier import child, lay_out, mine, weigh

if TYPE_CHECKING:
    from tieline.water.kernels.arrays import Floats, Ints
    from tieline.water.kernels.carrier import Carrier, Layout, Reaction


@kernel
def _pass_back(c: Carrier, t: int, w: Layout, every: bool, old: Floats, new: Floats) -> None:
    """The transpose of `_pass`: `new` worths from `old`."""
    n = old.shape[1]
    for i in range(len(c.outside)):
        if c.outside[i] or not (every or w.active[i]):
            continue
        stay = 1.0 - w.lose[i]
        first = True
        for p in range(c.ptr[i], c.ptr[i + 1]):
            f = c.face[p]
            share = w.weight[f] * c.passing[f]
            v = c.through[t, f]
            d = c.face_to[f]
            if d == i:
                d = c.face_from[f]
                v = -v
            if share == 0.0 or v <= 0.0 or c.outside[d]:
                continue
            if first:
                first = False
                for j in range(n):
                    new[i, j] = stay * old[i, j] + share * old[d, j]
            else:
                for j in range(n):
                    new[i, j] += share * old[d, j]
        if first:
            for j in range(n):
                new[i, j] = stay * old[i, j]


@kernel
def _count(c: Carrier, t: int, r: Reaction, w: Layout, passes: int, early: bool, worth: Floats,
           total: Floats, at: Ints, by_step: Floats) -> None:
    """What loads in this step add: the transpose of `_load`."""
    n = worth.shape[1]
    for i in range(len(c.outside)):
        if c.outside[i] or (passes > 0 and w.fast[i]) != early:
            continue
        for j in range(n):
            total[i, j] += mine(r, j, early, passes) * worth[i, j]
        if r.feeds:
            for j in range(n):
                if r.parent[j] >= 0:
                    total[i, r.parent[j]] += child(r, j, early, passes) * worth[i, j]
    if len(by_step) == 0:
        return
    for q in range(len(at)):
        i = at[q]
        if c.outside[i] or (passes > 0 and w.fast[i]) != early:
            continue
        for j in range(n):
            by_step[t, q, j] += mine(r, j, early, passes) * worth[i, j]
            if r.parent[j] >= 0:
                by_step[t, q, r.parent[j]] += child(r, j, early, passes) * worth[i, j]


@kernel
def carry_back(c: Carrier, r: Reaction, w: Layout, dt: float, limit: float, worth: Floats,
               other: Floats, watched: Ints, column: Ints, weights: Floats, total: Floats,
               at: Ints, by_step: Floats) -> None:
    """All steps backward; `worth` (n_cells, n) is what a gram in a cell adds to each functional.

    Functional q counts the concentration in `watched[q]` after step t `weights[t, q]` times, in
    column `column[q]`. `total` (n_cells, n) sums what 1 g/s in each step adds; `by_step`
    (n_records or 0, n_at, n) keeps it for the cells `at`.
    """
    n_records, n_cells, n = len(c.through), len(c.outside), worth.shape[1]
    for back in range(n_records):
        t = n_records - 1 - back
        for q in range(len(watched)):
            i = watched[q]
            v = c.volume[t + 1, i]
            if v > 1e-9 and not c.outside[i]:
                worth[i, column[q]] += weights[t, q] / v
        passes = lay_out(c, t, w, limit)
        _count(c, t, r, w, passes, False, worth, total, at, by_step)
        if r.reacts or r.strands:
            for i in range(n_cells):
                if c.outside[i]:
                    continue
                if r.feeds:
                    for j in range(n):
                        if r.parent[j] < 0:
                            worth[i, j] *= r.kept[j]
                    for j in range(n):
                        p = r.parent[j]
                        if p >= 0:
                            worth[i, p] += r.fed[j] * worth[i, j]
                            worth[i, j] *= r.kept[j]
                elif r.reacts:
                    for j in range(n):
                        worth[i, j] *= r.kept[j]
                if r.strands:
                    for j in range(n):
                        worth[i, j] *= r.strand[i]
        for k in range(passes, -1, -1):
            if k > 0:
                _count(c, t, r, w, passes, True, worth, total, at, by_step)
            weigh(c, t, w, passes, k)
            _pass_back(c, t, w, k == 0, worth, other)
            if k == 0:
                worth, other = other, worth
            else:
                for i in range(n_cells):
                    if w.active[i] and not c.outside[i]:
                        for j in range(n):
                            worth[i, j] = other[i, j]
    if n_records % 2 == 1:
        for i in range(n_cells):
            for j in range(n):
                other[i, j] = worth[i, j]
