"""When facilities are open: days of the week, and the hours of a day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues
    from tieline.region.tables import Table

DAYS = re.compile(r"[1-7](-[1-7])?(;[1-7](-[1-7])?)*")
CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
DAY_S = 86_400


def read_days(table: Table, issues: Issues) -> NDArray[np.bool_]:
    """Open or not by day of the week, Monday first, shape (n, 7); empty cells are every day."""
    out = np.ones((len(table), 7), bool)
    for i, cell in enumerate(table["days"]):
        text = str(cell).replace(" ", "")
        if not text:
            continue
        if not DAYS.fullmatch(text):
            issues.error(table.file, "days of the week as 1-5 or 1-5;7, 1 = Monday", f"'{cell}'",
                         row=int(table.rows[i]), field="days")
            continue
        out[i] = False
        for part in text.split(";"):
            low, _, high = part.partition("-")
            first, last = int(low) - 1, int(high or low) - 1
            n = (last - first) % 7 + 1  # 6-1 goes over Sunday
            out[i, (first + np.arange(n)) % 7] = True
    return out


def read_clock(table: Table, name: str, default_s: int, issues: Issues) -> NDArray[np.int64]:
    """Seconds after midnight of HH:MM, shape (n,)."""
    out = np.full(len(table), default_s, np.int64)
    for i, cell in enumerate(table[name]):
        text = str(cell).strip()
        if not text:
            continue
        hit = CLOCK.fullmatch(text)
        seconds = 3600 * int(hit[1]) + 60 * int(hit[2]) if hit else -1
        if not 0 <= seconds <= DAY_S:
            issues.error(table.file, "a time as HH:MM", f"'{cell}'", row=int(table.rows[i]),
                         field=name)
            continue
        out[i] = seconds
    return out


def read_hours(table: Table, issues: Issues) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When each opens and closes, seconds after midnight."""
    opens, closes = (read_clock(table, "opens", 0, issues),
                     read_clock(table, "closes", DAY_S, issues))
    for i in np.flatnonzero(closes <= opens):
        issues.error(table.file, "a time after opens", f"'{table['closes'][i]}'",
                     row=int(table.rows[i]), field="closes")
    return opens, closes
