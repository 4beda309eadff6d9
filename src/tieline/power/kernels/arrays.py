"""The arrays that the kernels work on: frozen grid, one load level, work space.

Per unit on 1 MVA and each bus's nominal voltage. Positions number nodes and zones in depth-first
preorder, so that whatever lies below a point is a slice [i, end[i]).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Lines(NamedTuple):
    """The tree by position: edge to the parent (r, x, ratio, rating), shunt at the node.

    `ratio` is parent voltage over child voltage at no load; r, x and `i_max` are seen from the
    child; `b_half` is half the charging of the edge, already part of both ends' shunts g + jb.
    `unit` is the feeder that a position belongs to (see `Units`).
    """

    parent: Ints
    end: Ints
    zone: Ints
    r: Floats
    x: Floats
    ratio: Floats
    b_half: Floats
    i_max: Floats
    g: Floats
    b: Floats
    v_min: Floats
    v_max: Floats
    unit: Ints


class Units(NamedTuple):
    """Feeders that share nothing but an ideal source: slices [lo, hi), and their source.

    After the real ones stands one empty unit per source, for back-feeds straight from its bus.
    """

    lo: Ints
    hi: Ints
    source: Ints
    s_max: Floats


class Zones(NamedTuple):
    """Parts between switches, by zone: tree, switch upstream, what trips for a fault in it.

    `open_h` opens the switch to the parent; `trip` is the zone below the device that trips;
    `reclose_travel_h` and `reclose_h` bring that device back. `customers` and `kw` have shape
    (n_zones, n_jurisdictions), their running sums one row more.
    """

    parent: Ints
    end: Ints
    head: Ints
    open_h: Floats
    trip: Ints
    reclose_travel_h: Floats
    reclose_h: Floats
    customers: Floats
    customers_sum: Floats
    kw: Floats
    kw_sum: Floats
    weight: Floats


class Ties(NamedTuple):
    """Normally open links: position and zone of both sides, times [h], series impedance.

    `end_ptr`, `end_tie`, `end_side` list the tie ends in each zone.
    """

    position: Ints
    zone: Ints
    travel_h: Floats
    coordination_h: Floats
    operate_h: Floats
    r: Floats
    x: Floats
    i_max: Floats
    end_ptr: Ints
    end_tie: Ints
    end_side: Ints


class Faults(NamedTuple):
    """Failures in each zone by repair time: rate [1/yr] and repair [h], zone's slice in ptr."""

    ptr: Ints
    rate: Floats
    repair_h: Floats


class Grid(NamedTuple):
    """Everything about the grid that no border and no load level changes."""

    lines: Lines
    units: Units
    zones: Zones
    ties: Ties
    faults: Faults


class State(NamedTuple):
    """Voltages and edge currents (real, imaginary) by position."""

    vr: Floats
    vi: Floats
    jr: Floats
    ji: Floats


class Loading(NamedTuple):
    """One load level: demand, base flow, and the limits "no worse than the base case".

    `source_mw`, `source_mvar` are what each source delivers; `s_max` its limit; `share` the part
    of the year; `kw_factor` turns the zones' kW into this level's.
    """

    p: Floats
    q: Floats
    base: State
    v_low: Floats
    v_high: Floats
    i_high: Floats
    unit_p: Floats
    unit_q: Floats
    source_p: Floats
    source_q: Floats
    s_max: Floats
    share: float
    kw_factor: float


class Hung(NamedTuple):
    """Nodes attached to a donor, each after its new parent; edge as in `Lines`.

    `root` marks the first node behind a tie, whose parent belongs to the donor.
    """

    position: Ints
    parent: Ints
    unit: Ints
    root: Flags
    r: Floats
    x: Floats
    ratio: Floats
    b_half: Floats
    i_max: Floats


class Work(NamedTuple):
    """Scratch arrays of one thread."""

    state: State
    hung: Hung
    back_h: Floats
    via: Ints
    fed_by: Ints
    best_back_h: Floats
    best_via: Ints
    mark: Flags
    part: Ints
    part_parent: Ints
    order: Ints
    degree: Ints
    cand: Ints
    cand_side: Ints
    cand_h: Floats
    useless: Flags
    tried: Flags


def new_state(n: int) -> State:
    """Zeroed state of n positions."""
    return State(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n))


def new_work(n_positions: int, n_zones: int, n_tie_ends: int) -> Work:
    """Scratch space for a grid of this size."""
    n, z, t = n_positions, n_zones, n_tie_ends
    hung = Hung(
        *(np.zeros(n, np.int64) for _ in range(3)), np.zeros(n, np.bool_),
        *(np.zeros(n) for _ in range(5)),
    )
    return Work(
        new_state(n), hung, np.full(z, np.inf), np.full(z, -1, np.int64),
        np.full(z, -1, np.int64), np.full(z, np.inf), np.full(z, -1, np.int64),
        np.zeros(z, np.bool_), *(np.zeros(z, np.int64) for _ in range(4)),
        np.zeros(t, np.int64), np.zeros(t, np.int64), np.zeros(t), np.zeros(t, np.bool_),
        np.zeros(t, np.bool_),
    )
