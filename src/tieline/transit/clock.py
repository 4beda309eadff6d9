"""Times of day as people write them."""

from __future__ import annotations


def clock_of(text: str) -> int | None:
    """Seconds after midnight of HH:MM; None if it is not a time."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and len(minutes) == 2):
        return None
    return int(hours) * 3600 + int(minutes) * 60 if int(minutes) < 60 else None
