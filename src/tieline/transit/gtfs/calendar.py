"""Which services run on which day: calendar.txt and calendar_dates.txt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tieline.transit.gtfs.sheet import Sheet, flag, keys, numbers, require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.issues import Issues

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Calendar:
    """Services by id; `weekly` shape (n, 7), first and last day as ordinals, exceptions.

    `added` and `removed` hold ordinals of days by service. A service without a row in
    calendar.txt has a last day before its first.
    """

    index: Mapping[str, int]
    weekly: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    added: Mapping[int, frozenset[int]]
    removed: Mapping[int, frozenset[int]]

    def runs(self, day: date) -> NDArray[np.bool_]:
        """Mask over services: which run on the day."""
        n = day.toordinal()
        mask = self.weekly[:, day.weekday()] & (self.first <= n) & (n <= self.last)
        for service, days in self.added.items():
            mask[service] |= n in days
        for service, days in self.removed.items():
            mask[service] &= n not in days
        return np.asarray(mask)

    def only(self, services: NDArray[np.int64]) -> Calendar:
        """The calendar in which no others run: those that no trip has say nothing of days."""
        used = np.isin(np.arange(len(self.weekly)), services)
        return Calendar(
            self.index, self.weekly & used[:, None], np.where(used, self.first, 1),
            np.where(used, self.last, 0), {k: v for k, v in self.added.items() if used[k]},
            self.removed)

    def span(self) -> tuple[date, date] | None:
        """First and last day on which any service runs; None if there is none."""
        ends = [*self.first[self.first <= self.last], *self.last[self.first <= self.last],
                *(d for days in self.added.values() for d in days)]
        if not ends:
            return None
        low, high = date.fromordinal(int(min(ends))), date.fromordinal(int(max(ends)))
        while low <= high and not self.runs(low).any():
            low += timedelta(1)
        while low <= high and not self.runs(high).any():
            high -= timedelta(1)
        return (low, high) if low <= high else None


def days_told(calendars: Sequence[Calendar], day: date) -> tuple[str, str]:
    """What to say of a day on which nothing runs: "within" with the nearest days that do run.

    "outside" with the first and the last of all days; "never" if there is none.
    """
    spans = [s for s in (c.span() for c in calendars) if s is not None]
    if not spans:
        return "never", ""
    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
    if not low < day < high:
        return "outside", f"{low} to {high}"

    def next_to(step: int) -> date:
        found = day + timedelta(step)
        while not any(c.runs(found).any() for c in calendars):
            found += timedelta(step)
        return found

    return "within", f"{next_to(-1)} and {next_to(1)}"


def read_calendar(weekly: Sheet | None, exceptions: Sheet | None, issues: Issues) -> Calendar:
    """Services of both files; problems go to `issues`."""
    index: dict[str, int] = {}
    days: NDArray[np.bool_] = np.zeros((0, 7), bool)
    first = last = np.zeros(0, np.int64)
    if weekly is not None and require(
        weekly, ("service_id", *WEEKDAYS, "start_date", "end_date"), issues
    ):
        index = keys(weekly, "service_id", issues)
        days = np.column_stack(
            [numbers(weekly, w, issues, low=0, high=1) == 1.0 for w in WEEKDAYS]
        )
        first, last = _days(weekly, "start_date", issues), _days(weekly, "end_date", issues)
        flag(weekly, (last < first) & (last > 0) & (first > 0), "end_date",
             "a day not before start_date", issues)
    added: dict[int, set[int]] = {}
    removed: dict[int, set[int]] = {}
    if exceptions is not None and require(
        exceptions, ("service_id", "date", "exception_type"), issues
    ):
        on = _days(exceptions, "date", issues)
        kind = numbers(exceptions, "exception_type", issues, low=1, high=2)
        for service, day, what in zip(exceptions.texts("service_id"), on, kind, strict=True):
            k = index.setdefault(str(service), max(len(index), len(days)))
            (added if what == 1 else removed).setdefault(k, set()).add(int(day))
    more = max(1 + max(index.values(), default=-1) - len(days), 0)
    return Calendar(
        index, np.vstack([days, np.zeros((more, 7), bool)]),
        np.append(first, np.ones(more, np.int64)), np.append(last, np.zeros(more, np.int64)),
        {k: frozenset(v) for k, v in added.items()}, {k: frozenset(v) for k, v in removed.items()},
    )


def _days(sheet: Sheet, name: str, issues: Issues) -> NDArray[np.int64]:
    """Ordinals of YYYYMMDD, shape (n,); 0 where refused."""
    column = sheet.column(name)
    values = np.zeros(len(column.words) + 1, np.int64)
    for k, word in enumerate(column.words):
        if len(word) == 8 and word.isdigit():
            try:
                values[k] = date(int(word[:4]), int(word[4:6]), int(word[6:])).toordinal()
            except ValueError:
                continue
    out = values[column.codes]
    flag(sheet, out == 0, name, "a date as YYYYMMDD", issues)
    return np.asarray(out)
