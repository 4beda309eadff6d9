"""Many plans of orders: what they have in common flows once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.water.flow import Prepared
from tieline.water.kernels.arrays import Kept, Now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieline.water.flow import Flow, Order, Run, State
    from tieline.water.network import Mask, WaterNetwork

TOLERANCE_S = 1e-6
"""An order is in force from the step that begins at most so long before it."""


@dataclass(frozen=True)
class _Branch:
    """Plans that had the same orders up to record `at`: `given`; `rest` are those to come."""

    at: int
    given: tuple[Order, ...]
    plans: tuple[tuple[int, tuple[Order, ...]], ...]
    pieces: tuple[Kept, ...]
    now: Now | None


def simulate_plans(  # noqa: PLR0913 - options, keyword-only, those of `simulate`
    network: WaterNetwork, plans: Sequence[Sequence[Order]], *, start: State,
    season: int = -1, built: Mask | None = None, days: float | None = None, start_h: float = 0.0,
) -> Iterator[tuple[tuple[int, ...], Flow]]:
    """The flow of every plan, as `simulate` finds it, to the bit: (numbers of plans, their flow).

    Two plans are one run up to the record of the first order in which they differ, and to the end
    where they differ in nothing that moves a gate or pump: an order to stay as ordered is none.
    Flows come one at a time, so that no more is held than one plan and what branches off it.

    Raises
    ------
    CaseError
        As `simulate`.
    """
    prepared = Prepared(network, season=season, built=built, days=days, start=start,
                        start_h=start_h)
    every = tuple((k, effective(plan)) for k, plan in enumerate(plans))
    waiting = [_Branch(0, (), every, (), None)] if every else []
    while waiting:
        branch = waiting.pop()
        run = prepared.run(branch.given)
        if branch.now is not None:
            run.now = _copy(branch.now)
        first = min((_record(prepared, rest[0]) for _, rest in branch.plans if rest),
                    default=prepared.n)
        end = min(max(first, branch.at), prepared.n)
        pieces = branch.pieces
        if end > branch.at:
            pieces = (*pieces, run.steps(end - branch.at, prepared, branch.at))
        if end == prepared.n:
            yield tuple(k for k, _ in branch.plans), prepared.flow(run, _joined(pieces))
        else:
            waiting += _split(prepared, branch, end, pieces, run)


def effective(orders: Sequence[Order]) -> tuple[Order, ...]:
    """The orders in time that change what is ordered; NaN, back to the rules, is the beginning."""
    in_force: dict[tuple[str, int], float] = {}
    found: list[Order] = []
    timed = sorted(orders, key=lambda o: o.time_h)
    for k, order in enumerate(timed):
        asset = (order.table, order.row)
        if any((o.table, o.row) == asset and o.time_h == order.time_h for o in timed[k + 1:]):
            continue  # the later of two at the same time is obeyed
        before = in_force.get(asset, float("nan"))
        if order.setting == before or (np.isnan(order.setting) and np.isnan(before)):
            continue
        in_force[asset] = order.setting
        found.append(order)
    return tuple(found)


def _record(prepared: Prepared, order: Order) -> int:
    """The record within which an order comes into force; 0 for those of before."""
    begin = prepared.hours[0]
    seconds = (order.time_h - begin) * 3600.0 - 2.0 * TOLERANCE_S
    return max(int(np.floor(seconds / prepared.record)), 0)


def _split(
    prepared: Prepared, branch: _Branch, at: int, pieces: tuple[Kept, ...], run: Run
) -> list[_Branch]:
    """The branches that part in record `at`, those that go on without an order last."""
    groups: dict[tuple[Order, ...], list[tuple[int, tuple[Order, ...]]]] = {}
    for k, rest in branch.plans:
        n = sum(_record(prepared, o) <= at for o in rest)
        groups.setdefault(rest[:n], []).append((k, rest[n:]))
    found = []
    for given, plans in sorted(groups.items(), key=lambda g: -len(g[0])):
        found.append(_Branch(at, (*branch.given, *given), tuple(plans), pieces, _copy(run.now)))
    return found


def _copy(now: Now) -> Now:
    return Now._make(a.copy() for a in now)


def _joined(pieces: Sequence[Kept]) -> Kept:
    """Records one after another; the first level and volume of a piece are the last before it."""
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0]
    return Kept(
        np.concatenate([first.level, *(p.level[1:] for p in pieces[1:])]),
        np.concatenate([first.volume, *(p.volume[1:] for p in pieces[1:])]),
        np.concatenate([p.through for p in pieces]),
        np.concatenate([p.external for p in pieces]),
        np.concatenate([p.setting for p in pieces]),
        np.sum([p.halved for p in pieces], axis=0),
    )
