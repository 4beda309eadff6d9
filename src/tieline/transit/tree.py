"""Which cases are searched from which: a tree in which each begins with all that it shares.

A search from scratch costs about as much as there is to run. One that follows another costs a
twentieth of that for what is common and two to three times what it adds; one that others follow
in turn keeps a log and complete times, which cost another third (measured on Porto Alegre).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
REPLAY, LOG, OWN = 0.05, 0.3, 2.5


@dataclass(frozen=True)
class Tree:
    """Searches in an order in which each comes after the one it follows.

    Row k runs what all cases `members[k]` can run and follows row `parent[k]` (-1: from scratch,
    row 0 alone); `row` tells the row of each case. Row `top` runs all that any row does, -1 if
    there is none.
    """

    members: tuple[tuple[int, ...], ...]
    parent: tuple[int, ...]
    row: dict[int, int]
    top: int


@dataclass
class _Rows:
    """A tree that is being made."""

    members: list[tuple[int, ...]] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    row: dict[int, int] = field(default_factory=dict)

    def add(self, members: Sequence[int], parent: int) -> int:
        self.members.append(tuple(members))
        self.parent.append(parent)
        return len(self.members) - 1


class Forest:
    """Trees for cases that may run `allowed` pieces, by how much there is to search in each."""

    def __init__(self, allowed: Sequence[Mask], work: Floats) -> None:
        self.allowed, self.work = np.array(allowed, bool).reshape(len(allowed), len(work)), work

    def trees(self) -> list[Tree]:
        """The trees; each case has a row in one of them."""
        todo, made = [list(range(len(self.allowed)))] if len(self.allowed) else [], []
        while todo:
            group = todo.pop()
            rows = _Rows()
            todo += self._grow(rows, group, rows.add(group, -1), self._common(group))
            made.append(Tree(tuple(rows.members), tuple(rows.parent), rows.row, self._top(rows)))
        return made

    def _common(self, group: Sequence[int]) -> Mask:
        return np.asarray(np.logical_and.reduce(self.allowed[list(group)]))

    def _added(self, group: Sequence[int], base: Mask) -> Floats:
        return np.asarray((self.allowed[list(group)] & ~base) @ self.work)

    def _grow(self, rows: _Rows, group: list[int], node: int, base: Mask) -> list[list[int]]:
        """Add the cases of a group under a row; groups that are better searched from scratch."""
        apart: list[list[int]] = []
        parts = self._split(group, base)
        if not parts:
            for i, more in zip(group, self._added(group, base), strict=True):
                rows.row[i] = rows.add([i], node) if more > 0.0 else node
            return []
        for part, own in parts:
            common = self._common(part)
            if own:
                apart.append(part)
            elif len(part) == 1 or not (common & ~base) @ self.work > 0.0:
                apart += self._grow(rows, part, node, base)
            else:
                apart += self._grow(rows, part, rows.add(part, node), common)
        return apart

    def _flat(self, group: Sequence[int], base: Mask) -> float:
        """What it costs to search each case of a group from one with the base."""
        added = self._added(group, base)
        moved = added > 0.0
        return float(moved.sum() * REPLAY * (base @ self.work) + OWN * added[moved].sum())

    def _split(self, group: list[int], base: Mask) -> list[tuple[list[int], bool]]:
        """Two parts of a group that cost less than the whole, and which begin from scratch.

        Cut at the widest gap between cases with little and with much more, or in the middle
        (take-outs of one half of the lines share the other half).
        """
        if len(group) < 2:
            return []
        added = self._added(group, base)
        order = np.argsort(added, kind="stable")
        at = int(np.argmax(np.diff(added[order]))) + 1
        best, found = self._flat(group, base), []
        for parts in ((order[:at], order[at:]), np.array_split(np.arange(len(group)), 2)):
            halves = [sorted(group[i] for i in part) for part in parts]
            ways = [self._way(half, base) for half in halves]
            cost = sum(w[0] for w in ways)
            if cost < best and not all(w[1] for w in ways):
                best, found = cost, list(zip(halves, (w[1] for w in ways), strict=True))
        return found

    def _way(self, group: list[int], base: Mask) -> tuple[float, bool]:
        """What a group costs under a base, and whether from scratch."""
        common = self._common(group)
        more, all_ = float((common & ~base) @ self.work), float(common @ self.work)
        if not more > 0.0 or len(group) == 1:
            follow = self._flat(group, base)
        else:
            follow = (REPLAY + LOG) * float(base @ self.work) + OWN * more
            follow += self._flat(group, common)
        scratch = all_ + self._flat(group, common)
        return min((follow, False), (scratch, True))

    def _top(self, rows: _Rows) -> int:
        """The row with all that any row runs, or -1."""
        every = np.logical_or.reduce(self.allowed[list(rows.row)])
        for i, k in rows.row.items():
            if (self.allowed[i] == every).all():
                return k
        return -1


@dataclass(frozen=True)
class Step:
    """Rows that follow row `base`, which is at a depth; one that others follow, or several."""

    base: int
    depth: int
    rows: NDArray[np.int64]
    followed: bool
    knows_top: bool


def steps(parent: Sequence[int], top: int, abreast: int) -> tuple[Step, ...]:
    """The rows in the order of search: what others follow stays until all of them are done.

    No more than `abreast` of the rows that none follows are in one step. The row with all lines
    comes as early as can be, since it tells where others need no look.
    """
    children: dict[int, list[int]] = {}
    for k, p in enumerate(parent):
        children.setdefault(p, []).append(k)
    towards = {top}
    while top > 0:
        top = parent[top]
        towards.add(top)
    found: list[Step] = []
    known = False

    def add(base: int, depth: int, rows: list[int], followed: bool) -> None:
        for k in range(0, len(rows), abreast):
            mine = np.array(rows[k : k + abreast], np.int64)
            found.append(Step(base, depth, mine, followed, known))

    def visit(node: int, depth: int) -> None:
        nonlocal known
        mine = sorted(children.get(node, []), key=lambda k: k not in towards)
        leaves = [k for k in mine if k not in children]
        if leaves and leaves[0] in towards:
            known = True  # its times are told before those beside it
            add(node, depth, leaves, False)
            leaves = []
        for k in (k for k in mine if k in children):
            add(node, depth, [k], True)
            visit(k, depth + 1)
        add(node, depth, leaves, False)

    visit(0, 0)
    return tuple(found)
