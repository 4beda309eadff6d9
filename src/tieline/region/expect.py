"""What a column expects, in words: the same in every message, template and manual."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tieline.region.tables import Column

KINDS = {
    "id": "an id",
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "flag": "yes or no",
    "date": "a date like 2019-09-10",
    "datetime": "a local date and time like 2019-09-10 08:30",
}

ALIKE = 0.65
"""Names less alike than this are not offered: 'water' (0.6) is not a slip for 'power'."""


SO_CLOSE = 0.8
"""Likeness from which a file or a column is taken for a misspelt one, not for something else."""


def plain(value: float) -> str:
    """The number as a person writes it: no trailing zeros, no exponent below 1e15."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def bounds(column: Column) -> str:
    """The range of a number column, such as `0..200` or `> 0 and <= 1000`; "" if it has none."""
    if column.min is not None and column.max is not None:
        return f"{plain(column.min)}..{plain(column.max)}"
    parts = [
        f"{sign} {plain(limit)}"
        for sign, limit in (
            (">", column.above), (">=", column.min), ("<", column.below), ("<=", column.max),
        )
        if limit is not None
    ]
    return " and ".join(parts)


def expected(column: Column) -> str:
    """What the column expects, with range and unit: `a number 0..200 [km]`."""
    if column.type == "choice":
        text = "one of " + ", ".join(column.choices)
    elif column.type == "ref":
        text = "the id of " + " or ".join(singular(t) for t in column.refers)
    else:
        text = KINDS[column.type]
    if column.many:
        text += ", several separated by ';'"
    limits = bounds(column)
    if limits:
        text += f" {limits}"
    if column.unit:
        text += f" [{column.unit}]"
    return text


def singular(table: str) -> str:
    """One row of a table, in words: `a jurisdiction`, `a row of power/bus`."""
    names = {
        "jurisdictions": "a jurisdiction", "projects": "a project", "scenarios": "a scenario",
    }
    return names.get(table, f"a row of {table}")


def meant(name: str, absent: Iterable[str]) -> str | None:
    """What is absent and so like the name given that the name must be a slip for it."""
    pool = {k.casefold(): k for k in absent}
    found = get_close_matches(name.casefold(), list(pool), 1, SO_CLOSE)
    return pool[found[0]] if found else None


def nearest(name: str, known: Iterable[str]) -> str:
    """A known name like the one given, as a hint ` (nearest: 'x')`; "" if none is like it."""
    pool = list(known)
    found = get_close_matches(name, pool, 1, ALIKE)
    if not found:
        folded = {k.casefold(): k for k in pool}
        close = get_close_matches(name.casefold(), list(folded), 1, ALIKE)
        found = [folded[f] for f in close]
    return f" (nearest: '{found[0]}')" if found else ""
