"""What a replay is made of: acts, who fed whom, and the history they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tieline.power.respond.ground import Floats, Ints, Mask
    from tieline.power.respond.watch import Check

Bits = np.ndarray[tuple[int], np.dtype[np.uint8]]


@dataclass(frozen=True)
class Act:
    """One thing done: what, on which edge or repair, when [h], by which crew, with its check.

    `kind` is trip, open, close or repair; `phase` trip, isolate, restore, repair or return;
    `joins` marks a closing that joins two sources for a moment, over `tie` the other way. `gained`,
    `lost` are zones, and `moved` those that an opening or closing hands over, with the end of the
    way they go to; `sources` feed any of these, or the ends of the switch, before or after.
    """

    kind: str
    phase: str
    edge: int
    repair: int
    leave_h: float
    way_h: float
    begin_h: float
    act_h: float
    end_h: float
    crew: str
    check: Check
    joins: bool = False
    gained: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    why: str = ""
    tie: int = -1
    moved: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fed:
    """A zone fed by a source from `since_h` to `until_h` (inf = to the end)."""

    zone: int
    source: int
    via: int
    since_h: float
    until_h: float


@dataclass(frozen=True)
class Held:
    """A state of the grid from `at_h` on: bits of edges closed and of zones sound.

    `cold` is the demand of each zone as a multiple of its normal one; None where all is normal.
    """

    at_h: float
    closed: Bits
    sound: Bits
    cold: Floats | None


@dataclass(frozen=True)
class History:
    """All acts in time order, hours out by zone, who fed whom, and states that failed.

    `live_at_end` are the zones that are fed when all is over, `kept` edges that stay closed for
    customers who were dark before the incident, `put_off` those whose closing would have passed a
    limit when its time came. `states` are those after each act.
    """

    acts: tuple[Act, ...]
    out_h: Floats
    first_back_h: Floats
    via: Ints
    times_lost: Ints
    fed: tuple[Fed, ...]
    end_h: float
    failed: tuple[Act, ...]
    normal: bool
    live_at_end: Mask
    not_joined: tuple[tuple[int, str], ...] = ()
    kept: tuple[int, ...] = ()
    put_off: tuple[int, ...] = ()
    states: tuple[Held, ...] = ()
