"""From cells to typed arrays, one column at a time; every refused cell is explained.

Each conversion first tries the whole column at once and looks at single cells only if that
fails, so that large tables are quick and messages exact.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tieline.region.expect import expected, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tieline.region.issues import Issues
    from tieline.region.tables import Column

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)", re.ASCII
)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
HALF_WIDTH = {0xFF00 + k: 0x20 + k for k in range(1, 0x5F)} | {0x3000: 0x20, 0x2212: 0x2D}
"""Full-width forms, as a Chinese keyboard types them, and the minus sign."""

LONGEST = 60
"""So much of a refused text is shown."""

FLAGS = {
    "true": True, "yes": True, "1": True, "是": True,
    "false": False, "no": False, "0": False, "否": False,
}
SEPARATOR = ";"
NEAREST_FOR = 20
"""So many refused cells of a column get the nearest known name; looking for it takes time."""

Anything = NDArray[Any]


class RefusedError(ValueError):
    """A cell that its column cannot take; the text says what was found."""


@dataclass(frozen=True)
class Cells:
    """The cells of one column, where they stand, and where to report what is wrong."""

    file: str
    column: Column
    values: list[Any]
    rows: list[int]
    issues: Issues

    def refuse(self, i: int, found: str, wanted: str = "") -> None:
        """Report the i-th cell."""
        self.issues.error(
            self.file, wanted or expected(self.column), found,
            row=self.rows[i], field=self.column.name,
        )


def as_text(value: Any) -> str:
    """The cell as text: ids that a spreadsheet holds as the number 12.0 are "12"."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return str(value)


def shown(value: Any) -> str:
    """What was found, for a message: numbers bare, text in quotes."""
    if value == "":
        return "nothing"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return as_text(value)
    text = as_text(value)
    if NUMBER.fullmatch(text):
        return text
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    return f"'{text}'" if text.isprintable() else repr(text)


def half_width(text: str) -> str:
    """Digits and signs typed full-width by a Chinese keyboard, as plain ones (no other change)."""
    return text if text.isascii() else text.translate(HALF_WIDTH)


def fill(cells: Cells, one: Callable[[Any], Any], empty: Any) -> list[Any]:
    """Each cell converted by `one`; empty or refused cells become `empty`."""
    out = []
    for i, value in enumerate(cells.values):
        if value == "":
            if cells.column.required:
                cells.refuse(i, "nothing")
            out.append(empty)
            continue
        try:
            out.append(one(value))
        except RefusedError as error:
            cells.refuse(i, str(error))
            out.append(empty)
    return out


def numbers(cells: Cells) -> NDArray[np.float64]:
    """Float64, NaN where empty and without default; refuses what is not finite or in range."""
    column = cells.column
    empty = math.nan if column.default is None or column.required else float(column.default)
    values = cells.values
    quick = _quick_numbers(values, empty)
    if quick is None or (column.required and "" in values):
        quick = np.array(fill(cells, one_number, empty), dtype=np.float64)
    too_much = _too_much(quick, column)
    for i in np.flatnonzero(_outside(quick, column)):
        if values[i] != "":
            hint = f" ({column.hint})" if column.hint and too_much[i] else ""
            cells.refuse(int(i), shown(values[i]) + hint)
    return quick


def _quick_numbers(values: list[Any], empty: float) -> NDArray[np.float64] | None:
    """The whole column at once, or None if a cell needs a closer look."""
    kinds = set(map(type, values))
    if not kinds <= {str, float, int}:
        return None
    if str in kinds:
        text = "".join(values) if kinds == {str} else "".join(x for x in values if type(x) is str)
        if "_" in text or not text.isascii():
            return None
    filled = [empty if v == "" else v for v in values] if "" in values else values
    try:
        out = np.array(filled, dtype=np.float64)
    except (ValueError, OverflowError):
        return None
    bad = ~np.isfinite(out)
    if bad.any() and any(values[i] != "" for i in np.flatnonzero(bad)):
        return None
    return out


def one_number(value: Any) -> float:
    """The number in a cell; RefusedError says what was found instead."""
    if isinstance(value, bool | date):
        raise RefusedError(shown(value))
    if isinstance(value, str):
        value = half_width(value)
        if not NUMBER.fullmatch(value):
            raise RefusedError(shown(value) + _comma_hint(value))
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise RefusedError(shown(value)) from None
    if not math.isfinite(number):
        raise RefusedError(shown(value))
    return number


def _comma_hint(text: str) -> str:
    looks = "," in text and NUMBER.fullmatch(text.replace(",", ""))
    return " (write no thousands separators, and '.' before decimals)" if looks else ""


def _outside(out: NDArray[np.float64], column: Column) -> NDArray[np.bool_]:
    bad = np.zeros(len(out), bool)
    if column.min is not None:
        bad |= out < column.min
    if column.above is not None:
        bad |= out <= column.above
    return bad | _too_much(out, column)


def _too_much(out: NDArray[np.float64], column: Column) -> NDArray[np.bool_]:
    bad = np.zeros(len(out), bool)
    if column.max is not None:
        bad |= out > column.max
    if column.below is not None:
        bad |= out >= column.below
    return bad


def integers(cells: Cells) -> NDArray[np.int64]:
    """Int64, -1 where empty and without default."""
    out = numbers(cells)
    for i in np.flatnonzero((out != np.floor(out)) & ~np.isnan(out)):
        cells.refuse(int(i), shown(cells.values[i]))
    for i in np.flatnonzero(np.abs(out) >= 2.0**53):
        cells.refuse(int(i), shown(cells.values[i]) + " (too large)")
        out[i] = math.nan
    return np.where(np.isnan(out), -1.0, out).astype(np.int64)


def flags(cells: Cells) -> NDArray[np.bool_]:
    """Bool; an empty cell takes the default, else False."""
    return np.array(fill(cells, _one_flag, bool(cells.column.default)), dtype=bool)


def _one_flag(value: Any) -> bool:
    found = FLAGS.get(as_text(value).casefold())
    if found is None:
        raise RefusedError(shown(value))
    return found


def dates(cells: Cells) -> NDArray[np.datetime64]:
    """Days, NaT where empty."""
    default = cells.column.default
    empty = np.datetime64("NaT") if default is None else np.datetime64(default)
    return np.array(fill(cells, one_date, empty), dtype="datetime64[D]")


def one_date(value: Any) -> date:
    """The day in a cell: 2019-09-10, 2019/9/10, 2019年9月10日 or a spreadsheet's date."""
    if isinstance(value, datetime):
        if value.time() != datetime.min.time():
            raise RefusedError(shown(value))
        return value.date()
    if isinstance(value, date):
        return value
    match = DATE.fullmatch(half_width(as_text(value)))
    if not match:
        raise RefusedError(shown(value))
    return _day(match, shown(value))


def _day(match: re.Match[str], found: str) -> date:
    year, month, day = (int(x) for x in match.groups() if x)
    try:
        return date(year, month, day)
    except ValueError:
        text = f"{found} (there is no such day)"
        raise RefusedError(text) from None


def datetimes(cells: Cells) -> NDArray[np.datetime64]:
    """Seconds in local time, NaT where empty."""
    return np.array(fill(cells, one_datetime, np.datetime64("NaT")), dtype="datetime64[s]")


def one_datetime(value: Any) -> datetime:
    """The local date and time in a cell; a day alone is its midnight; no time zone."""
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise RefusedError(shown(value) + " (write it without time zone)")
        return value.replace(microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time())
    day, _, clock = half_width(as_text(value)).replace("T", " ").partition(" ")
    match, time = DATE.fullmatch(day), TIME.fullmatch(clock.strip() or "00:00")
    if not match or not time:
        raise RefusedError(shown(value))
    hour, minute, second = (int(x or 0) for x in time.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise RefusedError(shown(value))
    midnight = datetime.combine(_day(match, shown(value)), datetime.min.time())
    return midnight.replace(hour=hour, minute=minute, second=second)


def texts(cells: Cells) -> Anything:
    """Text, "" where empty and without default; several values are joined by ';'."""
    values = cells.values
    text = values if set(map(type, values)) <= {str} else [as_text(v) for v in values]
    if cells.column.many:
        text = [SEPARATOR.join(split(x)) for x in text]
    if "" in text:
        default = "" if cells.column.default is None else str(cells.column.default)
        for i, value in enumerate(text):
            if value == "" and cells.column.required:
                cells.refuse(i, "nothing")
        text = [x or default for x in text]
    out = np.empty(len(text), dtype=object)
    out[:] = text
    return out


def split(text: str) -> list[str]:
    """The values of a cell that holds several, separated by ';' (or a full-width one)."""
    return [x.strip() for x in text.replace("；", SEPARATOR).split(SEPARATOR) if x.strip()]


def choices(cells: Cells) -> Anything:
    """Text, one of the column's choices."""
    out = texts(cells)
    known = set(cells.column.choices)
    if set(out) <= known | {""}:
        return out
    hints: dict[str, str] = {}
    for i, value in enumerate(out):
        if value and value not in known:
            if value not in hints:
                few = len(hints) < NEAREST_FOR
                hints[value] = nearest(value, cells.column.choices) if few else ""
            cells.refuse(i, f"'{value}'{hints[value]}")
    return out


def ids(cells: Cells) -> Anything:
    """Text; an id holds no ';', which separates ids in lists, and nothing one cannot see."""
    out = texts(cells)
    for i, value in enumerate(out):
        if SEPARATOR in value or not value.isprintable():
            cells.refuse(i, repr(value), "an id without ';', line breaks and invisible signs")
    return out


CONVERT: dict[str, Callable[[Cells], Anything]] = {
    "id": ids,
    "ref": texts,
    "text": texts,
    "number": numbers,
    "integer": integers,
    "flag": flags,
    "choice": choices,
    "date": dates,
    "datetime": datetimes,
}
