"""Two clocks: what was known (instants of changes), and when it was true (days).

A day means its end in the time zone of the ledger: "known on 31 October" includes all that was
entered until midnight there, "as of 31 October" all that was true from that day or earlier.
Instants are UTC, written so that their order as text is their order in time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FOREVER = "9999-12-31"
"""Later than any day that is entered."""


def instant(moment: datetime) -> str:
    """The moment in UTC as `2019-10-31T15:59:59.999999Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def now() -> str:
    """The present instant."""
    return instant(datetime.now(UTC))


def after(previous: str, current: str) -> str:
    """The current instant, or one microsecond after the previous: a chain never runs backwards.

    A machine's clock may be set back; the order of changes may not.
    """
    if current > previous:
        return current
    return instant(moment(previous) + timedelta(microseconds=1))


def moment(text: str) -> datetime:
    """The instant as an aware datetime."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def end_of(day: date, time_zone: str) -> str:
    """The last instant of a day in a time zone."""
    following = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(time_zone))
    return instant(following.astimezone(UTC) - timedelta(microseconds=1))


def day_of(text: str, time_zone: str) -> date:
    """The day on which an instant fell in a time zone."""
    return moment(text).astimezone(ZoneInfo(time_zone)).date()


def today(time_zone: str) -> date:
    """The present day in a time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


def month_of(day: str) -> str:
    """The month of a day written `2019-10-31`: `2019-10`."""
    return day[:7]
