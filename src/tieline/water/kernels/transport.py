"""What the water carries: conservative upwind, many tracers at once, and its exact adjoint.

The state is the mass in each cell, so that nothing is lost where cells fall dry. In one step each
face takes along its share of what is in the cell the water comes from: explicit upwind. Cells
that would be emptied more than once in a step, and the faces around them, take several passes;
all others take one. `lay_out` and `weigh` make the shares of a pass from the volumes alone, for the
forward run and for the adjoint, which is the transpose of the same passes in reverse order.
"""

from __future__ import annotations

from typing import NamedTuple

from tieline.kernels import kernel
from tieline.water.kernels.arrays import Flags, Floats, Ints

MOST_PASSES = 500
"""A step is divided into so many passes at most; beyond, a pass takes all there is."""


class Carrier(NamedTuple):
    """The flow that carries: faces, volumes [m3] at records, volumes through faces between them.

    `through` (n_records, n_faces) signed; `passing` (n_faces,) is the share that is not held back
    at a face; `external` (n_records, n_external) into `external_cell`; `outside` (n_cells,).
    Slices `ptr` of `face` lie around each cell.
    """

    face_from: Ints
    face_to: Ints
    through: Floats
    passing: Floats
    volume: Floats
    external_cell: Ints
    external: Floats
    outside: Flags
    ptr: Ints
    face: Ints


class Reaction(NamedTuple):
    """Exact in time over one step: m' = kept m + fed m[parent], loads r give added r + ...

    Arrays (n,): `kept`, `fed`, `added`, `added_fed`, `parent` (-1 without); `strand` (n_cells,) is
    the share that stays in a cell's water and is not stranded on its banks.
    """

    kept: Floats
    fed: Floats
    added: Floats
    added_fed: Floats
    parent: Ints
    strand: Floats
    reacts: bool
    feeds: bool
    strands: bool


class Loads(NamedTuple):
    """Loads [g/s]: `rate` (1 or n_records, n_loads) of `tracer` in `cell`; and inflows.

    `entering` (n_external, n) are the concentrations of external inflows [g/m3], `beyond`
    (n_cells, n) those of cells outside (other rows are not used).
    """

    cell: Ints
    tracer: Ints
    rate: Floats
    entering: Floats
    beyond: Floats


class Layout(NamedTuple):
    """Scratch of one step: see `lay_out` and `weigh`."""

    fast: Flags
    quick: Flags
    active: Ints
    out: Floats
    into: Floats
    begin: Floats
    drift: Floats
    lose: Floats
    inverse: Floats
    weight: Floats


@kernel
def lay_out(c: Carrier, t: int, w: Layout, limit: float) -> int:
    """Which cells are fast in step t, and in how many passes; 0 if there are none."""
    n_cells, n_faces = len(c.outside), len(c.face_from)
    for i in range(n_cells):
        w.out[i] = w.into[i] = 0.0
    for f in range(n_faces):
        v = c.through[t, f]
        if v > 0.0:
            w.out[c.face_from[f]] += v
            w.into[c.face_to[f]] += v
        else:
            w.out[c.face_to[f]] -= v
            w.into[c.face_from[f]] -= v
    for e in range(len(c.external_cell)):
        v = c.external[t, e]
        if v > 0.0:
            w.into[c.external_cell[e]] += v
        else:
            w.out[c.external_cell[e]] -= v
    passes = 0
    for i in range(n_cells):
        w.fast[i] = False
        if c.outside[i]:
            continue
        before, out = c.volume[t, i], w.out[i]
        if out > limit * before:
            w.fast[i] = True
            after = before + w.into[i] - out
            need = 2.0
            if before > 0.0:
                need = out / before
            if after > 0.0 and after < before:
                need = max(need, w.into[i] / after)
            passes = max(passes, min(int(need / limit) + 1, MOST_PASSES))
    if passes == 0:
        return 0
    for i in range(n_cells):
        w.begin[i] = c.volume[t, i]
        w.drift[i] = 0.0
        w.active[i] = w.fast[i]
    for f in range(n_faces):
        a, b, v = c.face_from[f], c.face_to[f], c.through[t, f]
        quick = w.fast[a] or w.fast[b]
        w.quick[f] = quick
        if quick:
            w.active[a] = w.active[b] = 1
            w.drift[a] -= v / passes
            w.drift[b] += v / passes
        else:
            w.begin[a] -= v
            w.begin[b] += v
    for e in range(len(c.external_cell)):
        i = c.external_cell[e]
        if w.fast[i]:
            w.drift[i] += c.external[t, e] / passes
        else:
            w.begin[i] += c.external[t, e]
    return passes


@kernel
def weigh(c: Carrier, t: int, w: Layout, passes: int, k: int) -> None:
    """Shares of pass k: 0 is all slow faces (or all faces), 1 .. `passes` the fast ones.

    `weight[f]` is the share of the upstream cell's mass that goes through face f (what is outside
    gives volume times concentration), `lose[i]` what leaves cell i in all.
    """
    n_cells, n_faces = len(c.outside), len(c.face_from)
    part = 1.0 if k == 0 else 1.0 / passes
    for i in range(n_cells):
        w.lose[i] = 0.0
    for f in range(n_faces):
        if passes > 0 and w.quick[f] != (k > 0):
            continue
        v = c.through[t, f]
        if v > 0.0:
            w.lose[c.face_from[f]] += v * part
        else:
            w.lose[c.face_to[f]] -= v * part
    for e in range(len(c.external_cell)):
        i = c.external_cell[e]
        if c.external[t, e] < 0.0 and (passes == 0 or w.fast[i] == (k > 0)):
            w.lose[i] -= c.external[t, e] * part
    for i in range(n_cells):
        if c.outside[i]:
            w.inverse[i], w.lose[i] = 1.0, 0.0
            continue
        there = c.volume[t, i] if k == 0 else w.begin[i] + (k - 1) * w.drift[i]
        there = max(there, w.lose[i])
        w.inverse[i] = 1.0 / there if there > 0.0 else 0.0
        w.lose[i] *= w.inverse[i]
    for f in range(n_faces):
        if passes > 0 and w.quick[f] != (k > 0):
            w.weight[f] = 0.0
            continue
        v = c.through[t, f] * part
        up = c.face_from[f] if v > 0.0 else c.face_to[f]
        w.weight[f] = abs(v) * w.inverse[up]


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
    """Add what enters from and leaves to the outside in a pass to rows 0 and 1 of the budget."""
    n = old.shape[1]
    for f in range(len(c.face_from)):
        a, b = c.face_from[f], c.face_to[f]
        if w.weight[f] == 0.0 or c.outside[a] == c.outside[b]:
            continue
        u, d = (a, b) if c.through[t, f] > 0.0 else (b, a)
        row = 0 if c.outside[u] else 1
        # what a face holds back counts as entered, or not as left
        share = w.weight[f] * (1.0 if row == 0 else c.passing[f])
        for j in range(n):
            budget[row, j] += share * old[u, j]
    part = 1.0 if k == 0 else 1.0 / passes
    for e in range(len(c.external_cell)):
        i = c.external_cell[e]
        if c.external[t, e] < 0.0 and (passes == 0 or w.fast[i] == (k > 0)):
            for j in range(n):
                budget[1, j] -= c.external[t, e] * part * w.inverse[i] * old[i, j]


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
                budget[2, j] += (1.0 - r.kept[j]) * m[i, j]
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
                    budget[2, j] -= r.fed[j] * m[i, p]
        for j in range(n):
            if r.parent[j] < 0:
                m[i, j] *= r.kept[j]


@kernel
def _mine(r: Reaction, j: int, early: bool, passes: int) -> float:
    """What a load of 1 g/s of tracer j adds to it in a step, or in a pass before the reaction."""
    return r.added[j] / (r.kept[j] * passes) if early else r.added[j]


@kernel
def _child(r: Reaction, j: int, early: bool, passes: int) -> float:
    """What a load of 1 g/s of the parent adds to tracer j in a step, or in such a pass."""
    if not early:
        return r.added_fed[j]
    p = r.parent[j]
    return (r.added_fed[j] - r.fed[j] * r.added[p] / r.kept[p]) / (r.kept[j] * passes)


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
        mine = _mine(r, p, early, passes)
        m[i, p] += rate * mine
        if counts:
            budget[0, p] += rate * part
            budget[2, p] += rate * (part - mine)
        if r.feeds:
            for j in range(n):
                if r.parent[j] == p:
                    child = rate * _child(r, j, early, passes)
                    m[i, j] += child
                    if counts:
                        budget[2, j] -= child
    for e in range(len(c.external_cell)):
        v, i = c.external[t, e], c.external_cell[e]
        if v <= 0.0 or c.outside[i] or (passes > 0 and w.fast[i]) != early:
            continue
        for j in range(n):
            rate = v / dt * loads.entering[e, j]
            mine, fed, p = rate * _mine(r, j, early, passes), 0.0, r.parent[j]
            if p >= 0:
                fed = v / dt * loads.entering[e, p] * _child(r, j, early, passes)
            m[i, j] += mine + fed
            if counts:
                budget[0, j] += rate * part
                budget[2, j] += rate * part - mine - fed


@kernel
def carry(c: Carrier, r: Reaction, loads: Loads, w: Layout, dt: float, limit: float, m: Floats,
          other: Floats, watched: Ints, mean: Floats, series: Floats, held: Floats,
          stranded: Floats, budget: Floats, counts: bool) -> None:
    """All steps; `m` (n_cells, n) is the mass at the start and, at the end, at the end.

    `mean` (n_watched, n) sums the concentrations of watched cells over the records; `series`
    (n_records + 1 or 0, n_watched, n) keeps them. `budget` rows: in, out, decayed.
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
            total[i, j] += _mine(r, j, early, passes) * worth[i, j]
        if r.feeds:
            for j in range(n):
                if r.parent[j] >= 0:
                    total[i, r.parent[j]] += _child(r, j, early, passes) * worth[i, j]
    if len(by_step) == 0:
        return
    for q in range(len(at)):
        i = at[q]
        if c.outside[i] or (passes > 0 and w.fast[i]) != early:
            continue
        for j in range(n):
            by_step[t, q, j] += _mine(r, j, early, passes) * worth[i, j]
            if r.parent[j] >= 0:
                by_step[t, q, r.parent[j]] += _child(r, j, early, passes) * worth[i, j]


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
