"""Budgets by year and jurisdiction, and what needs what, as the limits of a portfolio problem."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.portfolio.problem import Problem
from tieline.errors import CaseError
from tieline.region.region import Budget

if TYPE_CHECKING:
    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.region.model import FloatArray, Project
    from tieline.region.region import Region

YEAR = re.compile(r"(19|2[01])\d\d")
FORM = "an amount such as 2e7, or of whom and when: 2026=1e7, easttown=5e6, easttown:2026=2e6"


@dataclass(frozen=True)
class Choice:
    """What there is to choose from.

    `places` (m,) numbers of the projects chosen among, `standing` (n,) of all: what is built in
    every set. Others can not be built, as `notes` say. `budgets` has those that count, in the order
    of the problem's; empty if the problem has one limit of its own.
    """

    problem: Problem
    places: tuple[int, ...]
    standing: BoolArray
    budgets: tuple[Budget, ...]
    counted: bool
    notes: tuple[str, ...]


def funds_asked(asked: Sequence[str | float | Budget], region: Region) -> tuple[Budget, ...]:
    """Budgets as a user writes them: an amount, or `jurisdiction:year=amount` with either.

    CaseError for what is none, for an amount that is not > 0, for an unknown jurisdiction, and
    for two budgets of the same year and jurisdiction.
    """
    found = [a if isinstance(a, Budget) else _budget(str(a), region) for a in asked]
    whose = [(b.jurisdiction, b.year) for b in found]
    for b, key in zip(found, whose, strict=True):
        if whose.count(key) > 1:
            msg = f"funds: two budgets for '{name_of(b)}'"
            raise CaseError(msg)
    return tuple(found)


def _budget(text: str, region: Region) -> Budget:
    whose, _, amount = text.rpartition("=")
    try:
        value = float(amount)
    except ValueError:
        value = float("nan")
    year, who = None, ""
    for part in (x.strip() for x in whose.split(":") if x.strip()):
        if YEAR.fullmatch(part) and part not in {j.id for j in region.jurisdictions}:
            year = int(part)
        else:
            who = region.jurisdiction(part).id
    if not 0.0 < value < np.inf:
        msg = f"funds: expected {FORM}; amounts are > 0; found '{text}'"
        raise CaseError(msg)
    return Budget(value, year, who)


def name_of(budget: Budget) -> str:
    """Whose budget, and when: `all`, `easttown`, `2026`, `easttown:2026`."""
    year = "" if budget.year is None else str(budget.year)
    return ":".join(x for x in (budget.jurisdiction, year) if x) or "all"


def choice_among(
    names: Sequence[str], known: dict[str, Project], currency: str,
    budgets: Sequence[Budget] = (), *, least_known: int,
) -> Choice:
    """The portfolio problem of projects that stand, under budgets.

    Where fewer than `least_known` costs are known the budget is a number of projects; else those of
    unknown cost stand in every set. A project can not be built if what it needs does not stand
    at all, or if it excludes one that stands in every set. Without budgets the one limit is the
    cost of everything.
    """
    n, notes = len(names), []
    same = np.array([p in known and known[p].currency in ("", currency) for p in names])
    capex = np.array([known[p].capex if p in known else np.nan for p in names])
    priced = same & np.isfinite(capex)
    counted = bool(priced.sum() < least_known)
    used = tuple(b for b in budgets if b.currency in ("", currency))
    if counted:
        capex, priced = np.ones(n), np.ones(n, bool)
        notes.append("costs are not all known in this currency: the budget is a number of projects")
        left = tuple(b for b in used if b.year or b.jurisdiction or b.currency)
        used = tuple(b for b in used if b not in left)
        if left:
            told = ", ".join(name_of(b) for b in left)
            notes.append(f"budgets are not kept, since costs are not known: {told}")
    elif not priced.all():
        stand = ", ".join(p for p, yes in zip(names, priced, strict=True) if not yes)
        notes.append(f"cost not known: {stand}; each portfolio has them and counts them not")
    barred = _barred(names, known, ~priced, notes)
    places = tuple(int(k) for k in np.flatnonzero(priced & ~barred))
    chosen = [names[k] for k in places]
    needs = {p: [x for x in known[p].needs if x in chosen] for p in chosen if p in known}
    excludes = {tuple(sorted((p, x))) for p in chosen if p in known
                for x in known[p].excludes if x in chosen and x != p}
    cost = capex[list(places)]
    limits = np.array([cost.sum()]) if not used else np.array([b.amount for b in used])
    parts = cost[:, None] if not used else cost[:, None] * _parts(chosen, known, used, counted)
    free = [p for p, row in zip(chosen, parts, strict=True) if used and not row.any()]
    if free:
        notes.append(f"no budget is for {', '.join(free)}: nothing limits them here")
    problem = Problem.of(chosen, parts, limits, names=[name_of(b) for b in used], needs=needs,
                         excludes=sorted(excludes))
    return Choice(problem, places, ~priced & ~barred, used, counted, tuple(notes))


def _barred(
    names: Sequence[str], known: dict[str, Project], standing: BoolArray, notes: list[str]
) -> BoolArray:
    """Shape (n,): projects that can not be built; `notes` takes up why."""
    barred = np.zeros(len(names), bool)
    always = {p for p, yes in zip(names, standing, strict=True) if yes}
    changed = True
    while changed:
        changed = False
        for k, name in enumerate(names):
            p = known.get(name)
            if p is None or barred[k] or name in always:
                continue
            there = {x for x, no in zip(names, barred, strict=True) if not no}
            lacks = [x for x in p.needs if x not in there]
            rivals = [x for x in sorted(always) if x in p.excludes
                      or (x in known and name in known[x].excludes)]
            if lacks:
                notes.append(f"'{name}' is in no portfolio: it needs '{lacks[0]}', which does not "
                             "stand")
            elif rivals:
                notes.append(f"'{name}' is in no portfolio: '{rivals[0]}', which stands in each, "
                             "excludes it")
            if lacks or rivals:
                barred[k] = changed = True
    return barred


def _parts(
    names: Sequence[str], known: dict[str, Project], budgets: Sequence[Budget], counted: bool
) -> FloatArray:
    """Shape (n, b): the part of each project's cost that each budget bears.

    CaseError where it is not known who pays, or when.
    """
    parts = np.ones((len(names), len(budgets)))
    for k, name in enumerate(names):
        p = known.get(name)
        for i, b in enumerate(budgets):
            if b.projects and name not in b.projects:
                parts[k, i] = 0.0
            elif p is not None and not counted:
                parts[k, i] = _borne(p, b)
    return parts


def _borne(p: Project, b: Budget) -> float:
    part = 1.0
    if b.jurisdiction:
        if not p.payers:
            msg = f"projects, '{p.id}': expected payers, since '{name_of(b)}' has a budget"
            raise CaseError(msg)
        part *= p.payers.get(b.jurisdiction, 0.0)
    if b.year is not None:
        if not p.spending and p.opened is None:
            msg = f"projects, '{p.id}': expected spending by year, since '{name_of(b)}' has a"
            msg_0 = f"{msg} budget"
            raise CaseError(msg_0)
        part *= p.spent_in(b.year)
    return part
