"""What a field takes: one function for each type, for values from a program or from a cell.

What is stored is plain JSON without floats (but for coordinates): numbers are decimal texts,
dates ISO texts, amounts minor units. A refused value raises `RefusedError`, which says what was
found; `expected` says what a field expects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tieline.ledger import clock
from tieline.ledger.money import Money, check_money, plain, read_money
from tieline.ledger.relation import RELATIONS, SIGNS, split_number, split_relation
from tieline.region.cells import FLAGS, RefusedError, half_width, one_date, shown
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.codes import Codes
    from tieline.ledger.kinds import Field

SEPARATORS = re.compile(r"[;\uff1b]")
MONTH = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})月?", re.ASCII)
IDENTIFIER = re.compile(r"[^\s;\uff1b:,|]{1,200}")
LONGEST_TEXT = 100_000
GEOMETRIES = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
              "MultiPolygon": 3}
"""Kinds of GeoJSON geometry, and how deep positions lie in their coordinates."""

EXPECTED = {
    "text": "a text", "integer": "a whole number", "number": "a number",
    "measure": "a figure, such as 250 or > 250", "money": "an amount of money, with its unit",
    "flag": "yes or no", "date": "a date like 2019-09-10", "month": "a month like 2019-09",
    "instant": "an instant with its time zone", "record": "the id of a record",
    "jurisdiction": "the id of a jurisdiction", "shares": "shares that sum to 1, as a:0.5;b:0.5",
    "identifiers": "identifiers by scheme, as gbt40058:2019-330421-78-01-000000",
    "geometry": "a GeoJSON geometry",
}


@dataclass(frozen=True)
class Context:
    """By what a value is judged: the day it is true from, the code lists, the records there are."""

    day: str
    codes: Codes
    kind_of: Callable[[str], str | None]


def take(field: Field, value: Any, context: Context) -> Any:
    """The value as a body stores it; None if it is empty.

    Raises
    ------
    RefusedError
        If the field does not take it.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value in ("", [], {}):
        return None
    one = _TAKE[field.type]
    if not field.many:
        return one(field, value, context)
    parts = SEPARATORS.split(value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        parts = [parts]
    taken = [one(field, p.strip() if isinstance(p, str) else p, context) for p in parts if p != ""]
    return list({repr(t): t for t in taken}.values()) or None


def expected(field: Field, codes: Codes) -> str:
    """What the field expects, in words."""
    if field.type == "choice":
        text = "one of " + ", ".join(dict.fromkeys(c.code for c in codes[field.codes].codes))
    elif field.type == "record" and field.refers:
        text = "the id of a record of kind " + " or ".join(field.refers)
    else:
        text = EXPECTED[field.type]
    if field.many:
        text += ", several separated by ';'"
    if field.min is not None or field.max is not None:
        text += f" from {_bound(field.min)} to {_bound(field.max)}"
    return text + (f" [{field.unit}]" if field.unit else "")


def _bound(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}"


@dataclass(frozen=True)
class Words:
    """How instants, jurisdictions and other records are said: in which zone, by which names."""

    zone: str = "UTC"
    names: Mapping[str, str] = field(default_factory=dict)
    record: Callable[[str], str] = str


def show(
    field: Field, value: Any, codes: Codes, lang: str = "en", words: Words | None = None
) -> str:
    """The value as people read it: `> 250`, `2,078亿元`, `在建`.

    Without `words` instants and jurisdictions are said as they are stored.
    """
    if value is None:
        return ""
    if field.many and isinstance(value, list):
        return "; ".join(_show(field, v, codes, lang, words) for v in value)
    return _show(field, value, codes, lang, words)


def _show(field: Field, value: Any, codes: Codes, lang: str, words: Words | None) -> str:
    if words is not None and field.type == "instant":
        return f"{clock.moment(str(value)).astimezone(ZoneInfo(words.zone)):%Y-%m-%d %H:%M}"
    if words is not None and field.type == "jurisdiction":
        return words.names.get(str(value), str(value))
    if words is not None and field.type == "record":
        return words.record(str(value))
    if field.codes:
        return codes[field.codes].label(str(value), lang)
    if isinstance(value, Mapping) and "minor" in value:
        return str(Money.of(dict(value)))
    if field.type == "measure":
        unit = value.get("unit", "")
        return SIGNS[value.get("relation", "=")] + plain(Decimal(value["value"])) + (
            f" {unit}" if unit.isascii() and unit else unit)
    if field.type in ("shares", "identifiers"):
        return "; ".join(f"{k}:{v}" for k, v in value.items())
    if field.type == "flag":
        return {"en": ("no", "yes"), "zh": ("否", "是")}[lang][bool(value)]
    if field.type == "geometry":
        return str(value.get("type"))
    return str(value)


def _text(field: Field, value: Any, context: Context) -> str:
    text = value if isinstance(value, str) else str(value)
    if len(text) > LONGEST_TEXT or "\0" in text:
        message = f"a text of {len(text)} characters" if "\0" not in text else "a NUL character"
        raise RefusedError(message)
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise RefusedError(shown(text))
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "half a surrogate pair"
        raise RefusedError(message) from None
    return text


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise RefusedError(shown(value))
    if isinstance(value, str):
        parts = split_number(half_width(value))
        if parts is None or parts[0] or parts[2]:
            raise RefusedError(shown(value))
        value = parts[1]
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise RefusedError(shown(value)) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 24:
        raise RefusedError(shown(value))
    return number


def _in_range(field: Field, number: Decimal) -> Decimal:
    low, high = field.min, field.max
    if (low is not None and number < Decimal(str(low))) or (
        high is not None and number > Decimal(str(high))
    ):
        raise RefusedError(plain(number))
    return number


def _number(field: Field, value: Any, context: Context) -> str:
    number = _in_range(field, _decimal(value))
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _integer(field: Field, value: Any, context: Context) -> int:
    number = _in_range(field, _decimal(value))
    if number != number.to_integral_value():
        raise RefusedError(plain(number))
    return int(number)


def _measure(field: Field, value: Any, context: Context) -> dict[str, str]:
    if isinstance(value, Mapping):
        given = {"unit": field.unit, "relation": "=", **value}
        if set(given) != {"value", "unit", "relation"} or given["relation"] not in RELATIONS:
            raise RefusedError(shown(str(dict(value))))
        number, relation, unit = given["value"], given["relation"], str(given["unit"])
    elif isinstance(value, str):
        relation, rest = split_relation(half_width(value))
        parts = split_number(rest)
        if parts is None or parts[0]:
            raise RefusedError(shown(value))
        number, unit = parts[1], parts[2] or field.unit
        if field.unit and unit != field.unit:
            raise RefusedError(shown(value))
    else:
        number, relation, unit = value, "=", field.unit
    out = {"value": _number(field, number, context)}
    return out | ({"relation": relation} if relation != "=" else {}) | (
        {"unit": unit} if unit else {})


def _money(field: Field, value: Any, context: Context) -> dict[str, Any]:
    if isinstance(value, Money | Mapping):
        return check_money(dict(value) if isinstance(value, Mapping) else value).to_value()
    if isinstance(value, str):
        return read_money(value, unit=field.unit).to_value()
    if not field.unit:
        message = f"{shown(value)}, without a unit"
        raise RefusedError(message)
    return read_money(f"{_decimal(value):f}", unit=field.unit).to_value()


def _flag(field: Field, value: Any, context: Context) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return FLAGS[half_width(str(value)).lower()]
    except KeyError:
        raise RefusedError(shown(value)) from None


def _date(field: Field, value: Any, context: Context) -> str:
    if isinstance(value, datetime):
        value = value.date()
    day = value if isinstance(value, date) else one_date(value)
    if not isinstance(day, date):
        raise RefusedError(shown(value))
    return day.isoformat()


def _month(field: Field, value: Any, context: Context) -> str:
    if isinstance(value, date):
        return value.strftime("%Y-%m")
    match = MONTH.fullmatch(half_width(str(value)))
    if match is None or not 1 <= int(match[2]) <= 12:
        raise RefusedError(shown(value))
    return f"{match[1]}-{int(match[2]):02d}"


def _instant(field: Field, value: Any, context: Context) -> str:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise RefusedError(shown(value)) from None
    if at.tzinfo is None:
        message = f"{shown(str(value))}, without a time zone"
        raise RefusedError(message)
    return clock.instant(at)


def _choice(field: Field, value: Any, context: Context) -> str:
    listed = context.codes[field.codes]
    code = listed.find(str(value), context.day)
    if code is None:
        known = listed.on(context.day)
        if str(value) in {c.code for c in listed.codes}:
            message = f"{shown(value)}, which did not hold on {context.day}"
            raise RefusedError(message)
        raise RefusedError(shown(value) + nearest(str(value), known))
    return code.code


def _record(field: Field, value: Any, context: Context) -> str:
    kind = context.kind_of(str(value))
    if kind is None:
        message = f"{shown(value)}, no such record"
        raise RefusedError(message)
    if field.refers and kind not in field.refers:
        message = f"{shown(value)}, a record of kind {kind}"
        raise RefusedError(message)
    return str(value)


def _jurisdiction(field: Field, value: Any, context: Context) -> str:
    if context.kind_of(str(value)) != "jurisdiction":
        message = f"{shown(value)}, no such jurisdiction"
        raise RefusedError(message)
    return str(value)


def _pairs(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        pairs = [p.partition(":")[::2] for p in SEPARATORS.split(half_width(value)) if p.strip()]
        value = {k.strip(): v.strip() for k, v in pairs}
    if not isinstance(value, Mapping) or not all(value) or not all(map(str, value.values())):
        raise RefusedError(shown(str(value)))
    return {str(k): str(v) for k, v in value.items()}


def _shares(field: Field, value: Any, context: Context) -> dict[str, str]:
    shares = {k: _decimal(v) for k, v in _pairs(value).items()}
    if sum(shares.values()) != 1 or any(s < 0 for s in shares.values()):
        message = f"shares that sum to {plain(Decimal(sum(shares.values())))}"
        raise RefusedError(message)
    return {k: plain(s) for k, s in sorted(shares.items())}


def _identifiers(field: Field, value: Any, context: Context) -> dict[str, str]:
    schemes = context.codes["scheme"].on(context.day)
    pairs = _pairs(value)
    for scheme, given in pairs.items():
        pattern = schemes[scheme].pattern if scheme in schemes else ""
        if not IDENTIFIER.fullmatch(scheme) or (pattern and not re.fullmatch(pattern, given)):
            message = f"{shown(given)} as {scheme}"
            raise RefusedError(message)
    return dict(sorted(pairs.items()))


def _geometry(field: Field, value: Any, context: Context) -> dict[str, Any]:
    import json

    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise RefusedError(shown(value)) from None
    kind = value.get("type") if isinstance(value, Mapping) else None
    depth = GEOMETRIES.get(kind) if isinstance(kind, str) else None
    if depth is None or set(value) != {"type", "coordinates"}:
        raise RefusedError(shown(str(value)))
    _check_positions(value["coordinates"], depth)
    return dict(value)


def _check_positions(given: Any, depth: int) -> None:
    if not isinstance(given, list | tuple) or not given:
        raise RefusedError(shown(str(given)))
    if depth:
        for part in given:
            _check_positions(part, depth - 1)
    elif len(given) != 2 or not all(
        isinstance(x, int | float) and not isinstance(x, bool) and abs(x) < 1e9 for x in given
    ):
        raise RefusedError(shown(str(given)))


_TAKE: dict[str, Callable[[Field, Any, Context], Any]] = {
    "text": _text, "integer": _integer, "number": _number, "measure": _measure, "money": _money,
    "flag": _flag, "date": _date, "month": _month, "instant": _instant, "choice": _choice,
    "record": _record, "jurisdiction": _jurisdiction, "shares": _shares,
    "identifiers": _identifiers, "geometry": _geometry,
}
