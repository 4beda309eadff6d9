"""What the water carries: conservative upwind, many tracers at once, and its exact adjoint.

The state is the mass in each cell, so that nothing is lost where cells fall dry. In one step each
face takes along its share of what is in the cell the water comes from: explicit upwind. Cells
that would be emptied more than once in a step, and the faces around them, take several passes;
all others take one. `lay_out` and `weigh` make the shares of a pass from the volumes alone, for the
forward run and for the adjoint, which is the transpose of the same passes in reverse order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.kernels import kernel
from tieline.water.kernels.carrier import child, lay_out, mine, weigh

if TYPE_CHECKING:
    from tieline.water.kernels.arrays import Floats, Ints
    from tieline.water.kernels.carrier import Carrier, Layout, Loads, Reaction


@kernel
def _pass(c: Carrier, t: int, w: Layout, every: bool, old: Floats, new: Floats) -> None:
    """One pass: `new` mass from `old`, for every cell or the active ones."""
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
            u = c.face_from[f]
            if u == i:
                u = c.face_to[f]
                v = -v
            if share == 0.0 or v <= 0.0:
                continue
            if first:
                first = False
                for j in range(n):
                    new[i, j] = stay * old[i, j] + share * old[u, j]
            else:
                for j in range(n):
                    new[i, j] += share * old[u, j]
        if first:
            for j in range(n):
                new[i, j] = stay * old[i, j]


@kernel
def _held(c: Carrier, t: int, w: Layout, old: Floats, held: Floats) -> None:
    """What the faces hold back in a pass."""
    for f in range(len(c.face_from)):
        share = w.weight[f] * (1.0 - c.passing[f])
        if share > 0.0:
            u = c.face_from[f] if c.through[t, f] > 0.0 else c.face_to[f]
            for j in range(old.shape[1]):
                held[f, j] += share * old[u, j]


@kernel
def _left(c: Carrier, t: int, w: Layout, passes: int, k: int, old: Floats, budget: Floats) -> None:
    """Add what enters from and leaves to the outside in a pass to the budget."""
    n = old.shape[1]
    for f in range(len(c.face_from)):
        a, b = c.face_from[f], c.face_to[f]
        if w.weight[f] == 0.0 or c.outside[a] == c.outside[b]:
            continue
        u = a if c.through[t, f] > 0.0 else b
        row = 3 if c.outside[u] else 4
        # what a face holds back counts as entered, or not as left
        share = w.weight[f] * (1.0 if row == 3 else c.passing[f])
        for j in range(n):
            budget[row, j] += share * old[u, j]
    part = 1.0 if k == 0 else 1.0 / passes
    for e in range(len(c.external_cell)):
        i = c.external_cell[e]
        if c.outside[i]:
            continue
        if c.external[t, e] < 0.0 and (passes == 0 or w.fast[i] == (k > 0)):
            for j in range(n):
                budget[4, j] -= c.external[t, e] * part * w.inverse[i] * old[i, j]


@kernel
def _react(c: Carrier, r: Reaction, m: Floats, stranded: Floats, budget: Floats,
           counts: bool) -> None:
    """Decay, feeding and stranding of one step, exact in time."""
    n = m.shape[1]
    if r.strands:
        for i in range(len(c.outside)):
            if not c.outside[i] and r.strand[i] < 1.0:
                for j in range(n):
                    stays = (1.0 - r.strand[i]) * m[i, j]
                    stranded[i, j] += stays
                    m[i, j] -= stays
    if not r.reacts:
        return
    for i in range(len(c.outside)):
        if c.outside[i]:
            continue
        if counts:
            for j in range(n):
                budget[5, j] += (1.0 - r.kept[j]) * m[i, j]
        if not r.feeds:
            for j in range(n):
                m[i, j] *= r.kept[j]
            continue
        for j in range(n):
            p = r.parent[j]
            if p >= 0:
                # a child stands behind its parent, whose mass here is still the old one
                m[i, j] = r.kept[j] * m[i, j] + r.fed[j] * m[i, p]
                if counts:
                    budget[5, j] -= r.fed[j] * m[i, p]
        for j in range(n):
            if r.parent[j] < 0:
                m[i, j] *= r.kept[j]


@kernel
def _load(c: Carrier, t: int, r: Reaction, loads: Loads, w: Layout, passes: int, early: bool,
          m: Floats, dt: float, budget: Floats, counts: bool) -> None:
    """Loads and inflows of one step, with what decays of them within it.

    Fast cells are given theirs pass by pass, before the reaction (`early`), all others at the end.
    """
    n = m.shape[1]
    row = t if len(loads.rate) > 1 else 0
    part = dt / passes if early else dt
    for q in range(len(loads.cell)):
        i, p, rate = loads.cell[q], loads.tracer[q], loads.rate[row, q]
        if c.outside[i] or (passes > 0 and w.fast[i]) != early:
            continue
        own = mine(r, p, early, passes)
        m[i, p] += rate * own
        if counts:
            budget[3, p] += rate * part
            budget[5, p] += rate * (part - own)
        if r.feeds:
            for j in range(n):
                if r.parent[j] == p:
                    fed = rate * child(r, j, early, passes)
                    m[i, j] += fed
                    if counts:
                        budget[5, j] -= fed
    for e in range(len(c.external_cell)):
        v, i = c.external[t, e], c.external_cell[e]
        if v <= 0.0 or c.outside[i] or (passes > 0 and w.fast[i]) != early:
            continue
        for j in range(n):
            rate = v / dt * loads.entering[e, j]
            own, fed, p = rate * mine(r, j, early, passes), 0.0, r.parent[j]
            if p >= 0:
                fed = v / dt * loads.entering[e, p] * child(r, j, early, passes)
            m[i, j] += own + fed
            if counts:
                budget[3, j] += rate * part
                budget[5, j] += rate * part - own - fed


@kernel
def carry(c: Carrier, r: Reaction, loads: Loads, w: Layout, dt: float, limit: float, m: Floats,
          other: Floats, watched: Ints, mean: Floats, series: Floats, held: Floats,
          stranded: Floats, budget: Floats, counts: bool) -> None:
    """All steps; `m` (n_cells, n) is the mass at the start and, at the end, at the end.

    `mean` (n_watched, n) sums the concentrations of watched cells over the records; `series`
    (n_records + 1 or 0, n_watched, n) keeps them. `budget` rows: in, out, decayed, and the
    same of the step at work, so that many small numbers are added before they meet large ones.
    """
    n_records, n_cells, n = len(c.through), len(c.outside), m.shape[1]
    holds = len(held) > 0
    for t in range(n_records):
        for i in range(n_cells):
            if c.outside[i]:
                for j in range(n):
                    m[i, j] = other[i, j] = loads.beyond[i, j]
        passes = lay_out(c, t, w, limit)
        for k in range(passes + 1):
            weigh(c, t, w, passes, k)
            if holds:
                _held(c, t, w, m, held)
            if counts:
                _left(c, t, w, passes, k, m, budget)
            _pass(c, t, w, k == 0, m, other)
            if k == 0:
                m, other = other, m
            else:
                for i in range(n_cells):
                    if w.active[i] and not c.outside[i]:
                        for j in range(n):
                            m[i, j] = other[i, j]
                _load(c, t, r, loads, w, passes, True, m, dt, budget, counts)
        _react(c, r, m, stranded, budget, counts)
        _load(c, t, r, loads, w, passes, False, m, dt, budget, counts)
        if counts:
            for q in range(3):
                for j in range(n):
                    budget[q, j] += budget[q + 3, j]
                    budget[q + 3, j] = 0.0
        for q in range(len(watched)):
            i = watched[q]
            v = 1.0 if c.outside[i] else c.volume[t + 1, i]
            inverse = 1.0 / v if v > 1e-9 else 0.0
            for j in range(n):
                mean[q, j] += inverse * m[i, j]
            if len(series) > 0:
                for j in range(n):
                    series[t + 1, q, j] = inverse * m[i, j]
    if n_records % 2 == 1:
        for i in range(n_cells):
            for j in range(n):
                other[i, j] = m[i, j]
