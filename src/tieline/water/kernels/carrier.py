"""What carries and what changes tracers: the shares of each pass, from the volumes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tieline.kernels import kernel

if TYPE_CHECKING:
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
def _passes(c: Carrier, t: int, w: Layout, limit: float) -> int:
    """How many passes the fast cells need: none may be emptied in one."""
    for i in range(len(c.outside)):
        w.into[i] = 0.0
    for f in range(len(c.face_from)):
        v = c.through[t, f]
        w.into[c.face_to[f] if v > 0.0 else c.face_from[f]] += abs(v)
    for e in range(len(c.external_cell)):
        w.into[c.external_cell[e]] += max(c.external[t, e], 0.0)
    passes = 1
    for i in range(len(c.outside)):
        if not w.fast[i]:
            continue
        before, out = c.volume[t, i], w.out[i]
        after = before + w.into[i] - out
        need = 2.0
        if before > 0.0:
            need = out / before
        if after > 0.0 and after < before:
            need = max(need, w.into[i] / after)
        passes = max(passes, int(min(need / limit, float(MOST_PASSES - 1))) + 1)
    return passes


@kernel
def lay_out(c: Carrier, t: int, w: Layout, limit: float) -> int:
    """Which cells are fast in step t, and in how many passes; 0 if there are none."""
    n_cells, n_faces = len(c.outside), len(c.face_from)
    for i in range(n_cells):
        w.out[i] = 0.0
    for f in range(n_faces):
        v = c.through[t, f]
        if v > 0.0:
            w.out[c.face_from[f]] += v
        else:
            w.out[c.face_to[f]] -= v
    for e in range(len(c.external_cell)):
        w.out[c.external_cell[e]] += max(-c.external[t, e], 0.0)
    passes = 0
    for i in range(n_cells):
        w.fast[i] = not c.outside[i] and w.out[i] > limit * c.volume[t, i]
        if w.fast[i]:
            passes = 1
    if passes > 0:
        passes = _passes(c, t, w, limit)
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
def _leaving(c: Carrier, t: int, w: Layout, passes: int, k: int) -> None:
    """Volumes that leave each cell in pass k, into `lose`."""
    part = 1.0 if k == 0 else 1.0 / passes
    for i in range(len(c.outside)):
        w.lose[i] = 0.0
    for f in range(len(c.face_from)):
        if w.quick[f] == (k > 0):
            v = c.through[t, f]
            w.lose[c.face_from[f] if v > 0.0 else c.face_to[f]] += abs(v) * part
    for e in range(len(c.external_cell)):
        i = c.external_cell[e]
        if w.fast[i] == (k > 0):
            w.lose[i] += max(-c.external[t, e], 0.0) * part


@kernel
def weigh(c: Carrier, t: int, w: Layout, passes: int, k: int) -> None:
    """Shares of pass k: 0 is all slow faces (or all faces), 1 .. `passes` the fast ones.

    `weight[f]` is the share of the upstream cell's mass that goes through face f (what is outside
    gives volume times concentration), `lose[i]` what leaves cell i in all.
    """
    n_cells, n_faces = len(c.outside), len(c.face_from)
    part = 1.0 if k == 0 else 1.0 / passes
    if passes > 0:
        _leaving(c, t, w, passes, k)
    else:
        for i in range(n_cells):
            w.lose[i] = w.out[i]
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
def mine(r: Reaction, j: int, early: bool, passes: int) -> float:
    """What a load of 1 g/s of tracer j adds to it in a step, or in a pass before the reaction."""
    whole: float = r.added[j]
    return whole / (r.kept[j] * passes) if early else whole


@kernel
def child(r: Reaction, j: int, early: bool, passes: int) -> float:
    """What a load of 1 g/s of the parent adds to tracer j in a step, or in such a pass."""
    found: float = r.added_fed[j]
    if early:
        p = r.parent[j]
        found = (found - r.fed[j] * r.added[p] / r.kept[p]) / (r.kept[j] * passes)
    return found
