"""The nucleolus, for up to some 26 players: linear programmes that grow by the worst complaints.

Schmeidler 1969: among all efficient shares that give each player at least v of itself, those whose
largest excess v(S) - x(S) is smallest, then the second largest, and so on. Each stage is a linear
programme (Kopelowitz 1967) over few of the 2^n coalitions; the worst that is missing is added until
none is. A coalition with a positive dual is tight in every optimum: it is settled at the level,
and so is every coalition that is a linear combination of settled ones (Maschler, Peleg and Shapley
1979; Benedek, Fliege and Nguyen 2021). At most n - 1 stages leave one point. It is then solved for
once more from the settled equations alone, so that no tolerance of the programme stays in it.

Per capita, the excess is divided by the number of members (Grotte 1970).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.games.coalitions import n_players, scale
from tieline.appraisal.solutions.programme import Levels
from tieline.appraisal.solutions.semivalues import shapley
from tieline.appraisal.solutions.separation import Complaints

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import IntArray
    from tieline.region.model import FloatArray

VIOLATED = 1e-9
"""An excess above the level by more than this, in units of the largest value, is a violation."""

TIGHT = 1e-7
"""A dual above this is positive: duals of a stage sum to 1."""

RANK = 1e-9


@dataclass
class _Stages:
    """The state of the computation; all in units of the largest coalition value."""

    table: FloatArray
    complaints: Complaints
    programme: Levels
    alone: FloatArray | None
    masks: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    gone: set[int] = field(default_factory=set)
    """Numbers of rows that are settled or left out."""
    settled: list[tuple[int, int]] = field(default_factory=list)
    """(Mask, stage) of coalitions settled by a positive dual."""
    held: set[int] = field(default_factory=set)
    """Players held at v of themselves."""
    basis: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    """Orthonormal rows that span all that is settled."""

    def add(self, masks: IntArray) -> None:
        if len(masks):
            self.masks = np.concatenate([self.masks, masks])
            self.programme.add(self.complaints.member(masks), self.table[masks],
                               self.complaints.weight(masks))

    def extend(self, rows: FloatArray) -> None:
        """Take rows into the span of what is settled."""
        for row in rows:
            left = row - self.basis.T @ (self.basis @ row)
            left -= self.basis.T @ (self.basis @ left)
            length = float(np.linalg.norm(left))
            if length > RANK * max(1.0, float(np.linalg.norm(row))):
                self.basis = np.vstack([self.basis, left / length])


def nucleolus(
    table: FloatArray, *, per_capita: bool = False, individual: bool = True
) -> tuple[FloatArray, float] | None:
    """Shares of shape (n,) and the first level (the least-core epsilon, of imputations).

    Parameters
    ----------
    table
        Shape (2^n,): worth by bitmask, 0 for nobody.
    per_capita
        Whether excesses are divided by the number of members.
    individual
        Whether each player must get at least v of itself; without it the prenucleolus.

    Returns
    -------
    None where `individual` cannot be kept: v(N) is less than the sum of v(i).

    Raises
    ------
    ArithmeticError
        If a linear programme cannot be solved.
    """
    n = n_players(table)
    unit = scale(table)
    scaled = table / unit
    alone = np.array([scaled[1 << k] for k in range(n)]) if individual else None
    if alone is not None and alone.sum() > scaled[-1] + VIOLATED:
        return None
    if n < 2 or (alone is not None and alone.sum() >= scaled[-1] - VIOLATED * 1e-3):
        only = table[-1:] if n == 1 else np.array([table[1 << k] for k in range(n)])
        return only + (table[-1] - only.sum()) / max(n, 1), float("nan")
    state = _begin(scaled, alone, per_capita=per_capita)
    first, stage = 0.0, 0
    while len(state.basis) < n:
        level = _stage(state, stage)
        first = level if stage == 0 else first
        stage += 1
    return _polished(state, stage) * unit, first * unit


def _begin(table: FloatArray, alone: FloatArray | None, *, per_capita: bool) -> _Stages:
    n = n_players(table)
    state = _Stages(
        table, Complaints(table, per_capita=per_capita), Levels(n, float(table[-1]), alone), alone,
        basis=np.full((1, n), n**-0.5),
    )
    singles = 1 << np.arange(n)
    start = shapley(table)
    if alone is not None:
        start = _imputation(start, alone, float(table[-1]))
    worst, _ = state.complaints.worst(start, -np.inf, 3 * n)
    state.add(np.unique(np.concatenate([singles, len(table) - 1 - singles, worst])))
    return state


def _imputation(shares: FloatArray, alone: FloatArray, whole: float) -> FloatArray:
    """Shares moved so that each gets at least v of itself."""
    spare = np.maximum(shares - alone, 0.0)
    total = float(spare.sum())
    part = spare / total if total > 0 else np.full(len(alone), 1.0 / len(alone))
    return np.asarray(alone + part * (whole - alone.sum()))


def _stage(state: _Stages, stage: int) -> float:
    """Solve one stage and settle what is tight in every optimum; its level."""
    n = state.complaints.n
    while True:
        shares, level, duals, bounds = state.programme.solve()
        missing, _ = state.complaints.worst(shares, level + VIOLATED, 2 * n)
        missing = missing[~np.isin(missing, state.masks)]
        if not len(missing):
            break
        state.add(missing)
    open_ = np.array([r for r in range(len(state.masks)) if r not in state.gone], np.int64)
    tight = open_[duals[open_] > TIGHT]
    players = np.zeros(0, np.int64)
    if state.alone is not None:
        at_bound = (bounds > TIGHT) & (np.abs(shares - state.alone) < 1e-7)
        players = np.array([k for k in np.flatnonzero(at_bound) if k not in state.held], np.int64)
    _settle(state, stage, level, tight, players)
    return level


def _settle(
    state: _Stages, stage: int, level: float, tight: IntArray, players: IntArray
) -> None:
    n = state.complaints.n
    state.settled += [(int(m), stage) for m in state.masks[tight]]
    state.gone.update(int(r) for r in tight)
    state.held.update(int(k) for k in players)
    before = len(state.basis)
    state.extend(state.complaints.member(state.masks[tight]))
    state.extend(np.eye(n)[players])
    if len(state.basis) == before:
        msg = "nucleolus: a stage settled nothing"
        raise ArithmeticError(msg)
    if len(state.basis) >= n:
        return
    state.programme.settle(tight, level)
    if state.alone is not None and len(players):
        state.programme.fix(players, state.alone)
    null = _outside(state.basis)
    state.complaints.settle(null)
    rows = np.array([r for r in range(len(state.masks)) if r not in state.gone], np.int64)
    spanned = rows[np.abs(state.complaints.member(state.masks[rows]) @ null) <= 1e-9]
    state.programme.drop(spanned)
    state.gone.update(int(r) for r in spanned)


def _outside(basis: FloatArray) -> FloatArray:
    """A vector at right angles to all rows, random otherwise: it sums to 0 over what they span."""
    draw = np.random.default_rng(20).normal(size=basis.shape[1:])
    for _ in range(2):
        draw -= basis.T @ (basis @ draw)
    return np.asarray(draw / np.linalg.norm(draw))


def _polished(state: _Stages, stages: int) -> FloatArray:
    """Shares from the settled equations alone: x(S) + w_S e_stage = v(S), x(N) = v(N)."""
    n = state.complaints.n
    masks = np.array([m for m, _ in state.settled], np.int64)
    rows = np.zeros((len(masks) + len(state.held) + 1, n + stages))
    least = np.zeros(len(rows))
    rows[: len(masks), :n] = state.complaints.member(masks)
    rows[np.arange(len(masks)), n + np.array([s for _, s in state.settled], np.int64)] = (
        state.complaints.weight(masks)
    )
    least[: len(masks)] = state.table[masks]
    for r, k in enumerate(sorted(state.held), len(masks)):
        rows[r, k] = 1.0
        least[r] = state.table[1 << k]
    rows[-1, :n] = 1.0
    least[-1] = state.table[-1]
    found, *_ = np.linalg.lstsq(rows, least, rcond=None)
    shares = np.asarray(found[:n])
    return np.asarray(shares + (state.table[-1] - shares.sum()) / n)
