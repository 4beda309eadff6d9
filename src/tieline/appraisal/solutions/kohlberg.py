"""A certificate that shares are the nucleolus, independent of how they were found.

Kohlberg 1971: efficient shares that give each player at least v of itself are the nucleolus if and
only if, level by level from the worst complaint, the coalitions that complain at least so much
form a balanced collection (players held at v of themselves may help). Balanced means: no direction
that keeps everything settled, and lowers no complaint's coalition, raises one. Each level asks one
small linear programme about the coalitions that are not yet spanned, and rows are added only where
a direction harms a coalition that was left out (Nguyen 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import coalition_sums, n_players, scale, sizes

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import IntArray
    from tieline.region.model import FloatArray

SAME = 1e-7
"""Complaints that differ by less, in units of the largest value, are of one level."""

MOVES = 1e-6
"""A direction that raises a coalition by more than this, among vectors of at most 1, is one."""

AT_ONCE = 64


@dataclass(frozen=True)
class Certificate:
    """Whether shares are the nucleolus; if not, why, and a direction that is better.

    `levels` counts the distinct levels that were checked until nothing could move.
    """

    holds: bool
    levels: int
    reason: str = ""
    direction: FloatArray | None = None


def kohlberg(
    table: FloatArray, shares: FloatArray, *, per_capita: bool = False, individual: bool = True
) -> Certificate:
    """Whether shares (n,) of a table (2^n,) are the nucleolus (or per capita, or prenucleolus)."""
    n = n_players(table)
    unit = scale(table)
    excess = (table - coalition_sums(shares)) / unit
    if abs(excess[-1]) > SAME:
        return Certificate(False, 0, "the shares do not add up to the worth of all")
    alone = np.array([excess[1 << k] for k in range(n)])
    if individual and np.any(alone > SAME):
        return Certificate(False, 0, "a player gets less than it has alone")
    if n < 2:
        return Certificate(True, 0)
    if per_capita:
        excess[1:] /= sizes(n)[1:]
    excess[0] = excess[-1] = -np.inf
    held = np.flatnonzero(np.abs(alone) <= SAME) if individual else np.zeros(0, np.int64)
    basis = np.full((1, n), n**-0.5)
    levels = 0
    while len(basis) < n:
        levels += 1
        null = _outside(basis)
        excess[np.abs(coalition_sums(null)) <= 1e-9] = -np.inf
        top = float(excess.max())
        if top == -np.inf:
            break
        tied = np.flatnonzero(excess >= top - SAME)
        basis, direction = _level(tied, held, basis)
        if direction is not None:
            reason = f"at level {levels} some complaints can be lowered and none is raised"
            return Certificate(False, levels, reason, direction)
    return Certificate(True, levels)


def _level(
    tied: IntArray, held: IntArray, basis: FloatArray
) -> tuple[FloatArray, FloatArray | None]:
    """The span with this level's coalitions, and a direction that shows they are not balanced."""
    n = basis.shape[1]
    member = (tied[:, None] >> np.arange(n) & 1).astype(np.float64)
    rows = np.arange(min(len(tied), AT_ONCE))
    while True:
        direction = _direction(member[rows], held, basis)
        if direction is None:
            basis = _extended(basis, member[rows])
            left = np.linalg.norm(member - (member @ basis.T) @ basis, axis=1) > 1e-7
            if not left.any():
                return basis, None
            rows = np.unique(np.concatenate([rows, np.flatnonzero(left)[:AT_ONCE]]))
            continue
        harmed = np.flatnonzero(member @ direction < -MOVES / 10)
        fresh = np.setdiff1d(harmed, rows)
        if not len(fresh):
            return basis, direction
        order = np.argsort((member[fresh] @ direction), kind="stable")
        rows = np.concatenate([rows, fresh[order][:AT_ONCE]])


def _direction(member: FloatArray, held: IntArray, basis: FloatArray) -> FloatArray | None:
    """A vector at right angles to the span, >= 0 on each coalition, > 0 on one; None if none is."""
    from scipy.optimize import linprog

    n = basis.shape[1]
    need = np.vstack([-member, -np.eye(n)[held]])
    found = linprog(
        -member.sum(axis=0), A_ub=need, b_ub=np.zeros(len(need)), A_eq=basis,
        b_eq=np.zeros(len(basis)), bounds=(-1.0, 1.0), method="highs",
    )
    if found.status != 0 or -found.fun <= MOVES:
        return None
    return np.asarray(found.x)


def _extended(basis: FloatArray, rows: FloatArray) -> FloatArray:
    """Orthonormal rows that span both."""
    for row in rows:
        left = row - basis.T @ (basis @ row)
        left -= basis.T @ (basis @ left)
        length = float(np.linalg.norm(left))
        if length > 1e-8:
            basis = np.vstack([basis, left / length])
            if len(basis) == basis.shape[1]:
                break
    return basis


def _outside(basis: FloatArray) -> FloatArray:
    draw = np.random.default_rng(71).normal(size=basis.shape[1:])
    for _ in range(2):
        draw -= basis.T @ (basis @ draw)
    return np.asarray(draw / np.linalg.norm(draw))
