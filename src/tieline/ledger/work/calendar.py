"""Working days and deadlines.

Which days are free is no fact that this program knows: Saturdays and Sundays are, unless a
calendar beside the ledger (`ledger/calendar.toml` with `holidays` and `workdays`) says otherwise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tieline.errors import InputError
from tieline.ledger.slips import slip

FILE = "calendar.toml"
LONGEST = 4000
"""So many days are looked through for a working day."""


@dataclass(frozen=True)
class Deadline:
    """How long a state may last: hours by the clock, or whole working days."""

    hours: float = 0.0
    working_days: int = 0


@dataclass(frozen=True)
class Calendar:
    """`holidays` are free although weekdays, `workdays` are worked although weekends."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether people work on that day."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def due(self, begin: datetime, deadline: Deadline, time_zone: str) -> datetime:
        """When a deadline ends that begins at an instant.

        Working days are counted from the day after; the last one counts to its end.
        """
        if not deadline.working_days:
            return begin + timedelta(hours=deadline.hours)
        zone = ZoneInfo(time_zone)
        day, left = begin.astimezone(zone).date(), deadline.working_days
        for _ in range(LONGEST):
            day += timedelta(days=1)
            left -= self.works(day)
            if not left:
                break
        return datetime.combine(day + timedelta(days=1), time.min, zone)


def load_calendar(folder: Path | None) -> Calendar:
    """The calendar in a folder; the plain week if there is none.

    Raises
    ------
    InputError
        If the file is none.
    """
    path = None if folder is None else folder / FILE
    if path is None or not path.is_file():
        return Calendar()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return Calendar(_days(raw.get("holidays", ())), _days(raw.get("workdays", ())))
    except (tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError) as error:
        message = f"{path}: expected dates under holidays and workdays, found {slip(error)}"
        raise InputError([message]) from None


def _days(given: Iterable[date]) -> frozenset[date]:
    days = frozenset(given)
    if not all(type(d) is date for d in days):
        message = "something that is no date"
        raise TypeError(message)
    return days
