"""What choosing among projects goes by: what needs what, who may spend how much, and when."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tieline.region.cells import NUMBER, half_width, split
from tieline.region.region import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.region.issues import Issues
    from tieline.region.model import Project
    from tieline.region.tables import Table

YEARS = (1900, 2200)


def spending(text: str, file: str, row: int, issues: Issues) -> dict[int, float]:
    """Parts of the cost by year from `2026:0.4;2027:0.6`."""
    parts: dict[int, float] = {}
    for one in split(text):
        year, _, part = half_width(one).partition(":")
        year, part = year.strip(), part.strip()
        if not (year.isdecimal() and YEARS[0] <= int(year) <= YEARS[1]
                and NUMBER.fullmatch(part) and 0.0 <= float(part) <= 1.0):
            issues.error(file, "years with parts such as 2026:0.4;2027:0.6", f"'{one}'",
                         row=row, field="spending")
            return {}
        if int(year) in parts:
            issues.error(file, "each year once", f"'{year}' twice", row=row, field="spending")
        parts[int(year)] = float(part)
    total = math.fsum(parts.values())
    if parts and abs(total - 1.0) > 1e-6:
        issues.error(file, "parts that sum to 1", f"a sum of {total:g}", row=row,
                     field="spending")
    return parts


def check_precedence(projects: Sequence[Project], table: Table, issues: Issues) -> None:
    """Report projects that need themselves in a circle, or need what they or it excludes."""
    known = {p.id: p for p in projects}
    rows = dict(zip(table["id"].tolist(), table.rows.tolist(), strict=True))
    apart = {(a, b) for p in projects for x in p.excludes for a, b in ((p.id, x), (x, p.id))}
    for p in projects:
        row = int(rows[p.id])
        if p.id in p.excludes:
            issues.error(table.file, "other projects", f"'{p.id}' itself", row=row,
                         field="excludes")
        way = _circle(p.id, known)
        if way:
            issues.error(table.file, "needs that do not lead back to the project",
                         " > ".join(f"'{x}'" for x in way), row=row, field="needs")
            continue
        every = sorted(_needed(p.id, known))
        for k, one in enumerate(every):
            for other in every[k + 1 :]:
                if (one, other) in apart:
                    issues.error(
                        table.file, "projects that can be built together",
                        f"'{one}' and '{other}', which exclude each other", row=row, field="needs")


def budgets(
    table: Table | None, projects: Table | None, built: Sequence[Project], currency: str,
    issues: Issues,
) -> tuple[Budget, ...]:
    """The rows of budgets.csv; costs must say who pays, and when, where budgets ask for it."""
    if table is None:
        return ()
    found, seen = [], set()
    for k, line in enumerate(table.rows.tolist()):
        year = None if int(table["year"][k]) < 0 else int(table["year"][k])
        who, money = str(table["jurisdiction"][k]), str(table["currency"][k]) or currency
        if (year, who, money) in seen:
            issues.error(table.file, "one row for each year and jurisdiction",
                         f"'{who or 'all'}' again", row=int(line), field="jurisdiction")
        seen.add((year, who, money))
        found.append(Budget(float(table["amount"][k]), year, who, money,
                            status=str(table["status"][k]), source=str(table["source"][k])))
    if projects is not None:
        rows = dict(zip(projects["id"].tolist(), projects.rows.tolist(), strict=True))
        _check_costs(found, projects.file, rows, built, issues)
    return tuple(found)


def _check_costs(
    found: Sequence[Budget], file: str, rows: Mapping[str, int], projects: Sequence[Project],
    issues: Issues,
) -> None:
    for p in (p for p in projects if math.isfinite(p.capex)):
        row = int(rows[p.id])
        if any(b.jurisdiction for b in found) and not p.payers:
            issues.error(file, "who pays, since budgets.csv has budgets of jurisdictions",
                         "nothing", row=row, field="payers")
        if any(b.year for b in found) and not p.spending and p.opened is None:
            issues.error(file, "when it is paid, since budgets.csv has budgets of years",
                         "nothing", row=row, field="spending")


def _needed(start: str, known: Mapping[str, Project]) -> set[str]:
    """The project with all it needs, directly or not."""
    found, todo = {start}, [start]
    while todo:
        p = known.get(todo.pop())
        fresh = [x for x in (p.needs if p else ()) if x not in found]
        found.update(fresh)
        todo += fresh
    return found


def _circle(start: str, known: Mapping[str, Project]) -> list[str]:
    """The shortest way by needs from a project back to itself; empty if there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        p = known.get(way[-1])
        for x in p.needs if p else ():
            if x == start:
                return [*way, x]
            if x not in seen:
                seen.add(x)
                ways.append([*way, x])
    return []
