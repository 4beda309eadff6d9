"""The arrays that the kernels work on: frozen grid, one load level, work space.

Tables are record arrays (one row of a few fields per position, zone, tie ...), so that a row lies
together in memory. Per unit on 1 MVA and each bus's nominal voltage. Positions number nodes, and
zones are numbered, in depth-first preorder: whatever lies below a point is a slice [i, i.end).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Margins = tuple[float, float, float, float, float]
Records = Any
"""A numpy record array; its fields are named by one of the types below."""

_I, _F, _B = np.int64, np.float64, np.bool_

LINE = np.dtype([
    ("parent", _I), ("end", _I), ("zone", _I), ("unit", _I), ("r", _F), ("x", _F), ("ratio", _F),
    ("g_half", _F), ("b_half", _F), ("i_max", _F), ("g", _F), ("b", _F), ("v_min", _F),
    ("v_max", _F), ("merged", _B),
])
"""A position: edge to its parent (r, x, ratio, half shunt, i_max) and shunt g + jb at the node.

`ratio` is parent voltage over child voltage at no load; r, x and `i_max` are seen from the child;
`g_half` + j `b_half` is half the charging or magnetising admittance of the edge, already part of
both ends' shunts. `unit` is the feeder; `merged` as in FLOW.
"""
UNIT = np.dtype([("lo", _I), ("hi", _I), ("source", _I)])
"""A feeder that shares nothing with others but an ideal source: the slice [lo, hi).

After the real ones stands one empty unit per source, for back-feeds straight from its bus.
"""
ZONE = np.dtype([
    ("parent", _I), ("end", _I), ("head", _I), ("trip", _I), ("open_h", _F),
    ("reclose_travel_h", _F), ("reclose_h", _F), ("weight", _F),
])
"""A part between switches: `open_h` opens the switch above it; `trip` is the zone below the device
that trips for a fault in it; `reclose_travel_h`, `reclose_h` bring back the device above it."""
TIE = np.dtype([
    ("travel_h", _F), ("coordination_h", _F), ("operate_h", _F), ("r", _F), ("x", _F),
    ("b_half", _F), ("i_max", _F),
])
"""A normally open link: times [h], series impedance, half charging and rating [pu]."""
END = np.dtype([("tie", _I), ("side", _I)])
"""An end of a tie, listed by zone."""
FAULT = np.dtype([("rate", _F), ("repair_h", _F)])
"""Failures of one zone with one repair time: rate [1/yr], repair [h]."""
NODE = np.dtype([
    ("p", _F), ("q", _F), ("vr", _F), ("vi", _F), ("v_low", _F), ("v_high", _F), ("i_high", _F),
    ("i_base", _F), ("jr", _F), ("ji", _F),
])
"""A position at one load level: demand [MW, Mvar], base voltage and current, and the limits "no
worse than base". `i_base` is the larger current of both ends of the edge above, jr + j ji that of
its series impedance [pu]."""
FLOW = np.dtype([
    ("parent", _I), ("inverse", _F), ("r", _F), ("x", _F), ("g_half", _F), ("b_half", _F),
    ("p", _F), ("q", _F), ("g", _F), ("b", _F), ("low2", _F), ("high2", _F), ("per2", _F),
    ("vr", _F), ("vi", _F), ("jr", _F), ("ji", _F),
])
"""A slot at one load level: all that its flow needs, together. Most positions have a slot in the
same order; those that are `merged` with the one above (inner nodes behind a closed switch, which
have its voltage) come last, and their shunts count at the one above, as long as both are live.

`parent` is a slot; `inverse` = 1 / ratio; `low2`, `high2` are squared voltage limits, `per2` is
1 / i_high^2 (0 without limit); voltage and edge current are those of the normal state.
"""
FEEDER = np.dtype([("p", _F), ("q", _F)])
"""What a feeder draws in the base case [MW, Mvar]; NaN where its flow diverges."""
SOURCE = np.dtype([("p", _F), ("q", _F), ("s_max", _F)])
"""What a source delivers in the base case [MW, Mvar] and may deliver [MVA]."""
STATE = np.dtype([("vr", _F), ("vi", _F), ("jr", _F), ("ji", _F)])
"""Voltage, and current of the edge towards a position (real and imaginary)."""
HUNG = np.dtype([
    ("position", _I), ("came", _I), ("slot", _I), ("parent", _I), ("unit", _I), ("root", _B),
    ("r", _F), ("x", _F), ("inverse", _F), ("g_half", _F), ("b_half", _F), ("per2", _F),
    ("g", _F), ("b", _F), ("g_up", _F), ("b_up", _F),
])
"""A node attached to a donor, after its new parent (a slot), reached over the position `came`.

`root` marks the first one behind a tie to the live grid (not to another attached part). g + jb is
the shunt at the node itself; `g_up`, `b_up` what the edge adds to its parent's: that of a merged
node on the way, or half the charging of a tie line that was dead until then.
"""
PLACE = np.dtype([
    ("back_h", _F), ("via", _I), ("fed_by", _I), ("best_back_h", _F), ("best_via", _I),
    ("mark", _B), ("relay", _B), ("lost", _F), ("far", _F),
    ("value", _F), ("chosen", _B), ("part", _I), ("part_parent", _I), ("order", _I), ("degree", _I),
])
"""Scratch per zone: its plan (return time, tie, donor's feeder), and lists of zones at work."""
CANDIDATE = np.dtype([
    ("tie", _I), ("side", _I), ("h", _F), ("group", _I), ("useless", _B), ("tried", _B),
])
"""A tie end that may feed something below the fault."""


class Grid(NamedTuple):
    """Everything about the grid that no border and no load level changes.

    Shapes: `customers`, `kw` (n_zones, n_jurisdictions), their running sums one row more;
    `tie_position`, `tie_zone` (n_ties, 2); `end_ptr`, `fault_ptr` (n_zones + 1) slice `ends` and
    `faults` by zone. `slot` is the place of each position in the flow; `first_slot` (one more)
    that of the first at or after it that is not merged: slices of positions become those of slots.
    """

    lines: Records
    slot: Ints
    first_slot: Ints
    units: Records
    zones: Records
    customers: Floats
    customers_sum: Floats
    kw: Floats
    kw_sum: Floats
    ties: Records
    tie_position: Ints
    tie_zone: Ints
    end_ptr: Ints
    ends: Records
    fault_ptr: Ints
    faults: Records


class Loading(NamedTuple):
    """One load level: `share` of the year, `kw_factor` from the zones' kW to this level's."""

    node: Records
    flow: Records
    feeder: Records
    source: Records
    share: float
    kw_factor: float


class Cut(NamedTuple):
    """Slots [lo, hi) that a fault takes out of a feeder, and what `above` no longer draws then.

    jr + j ji is what they drew of it in the normal state, with the shunt g + jb of a merged node
    that goes with them.
    """

    lo: int
    hi: int
    above: int
    jr: float
    ji: float
    g: float
    b: float


NO_CUT = Cut(0, 0, -1, 0.0, 0.0, 0.0, 0.0)
"""Nothing is out."""


class Work(NamedTuple):
    """Scratch arrays of one thread; `seen[0]` counts voltages found too high."""

    state: Records
    hung: Records
    zone: Records
    cand: Records
    seen: Ints


def records(kind: np.dtype[Any], **columns: NDArray[Any]) -> Records:
    """A record array of this type from columns of equal length."""
    n = len(next(iter(columns.values())))
    out = np.recarray(n, dtype=kind)
    for name in kind.names or ():
        out[name] = columns[name]
    return out


def blank(kind: np.dtype[Any], n: int) -> Records:
    """A zeroed record array."""
    out = np.recarray(n, dtype=kind)
    out[:] = np.zeros(n, dtype=kind)
    return out


def new_work(n_positions: int, n_zones: int, n_tie_ends: int) -> Work:
    """Scratch space for a grid of this size."""
    return Work(
        blank(STATE, n_positions), blank(HUNG, n_positions), blank(PLACE, n_zones),
        blank(CANDIDATE, n_tie_ends), np.zeros(1, np.int64),
    )
