"""Criteria as data, and which of them a record fails - or does not let one judge."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError, LedgerError
from tieline.ledger.listing import Listing
from tieline.ledger.money import Money
from tieline.ledger.relation import SIGNS
from tieline.ledger.slips import slip

if TYPE_CHECKING:
    from tieline.ledger.state import State
    from tieline.ledger.view import View

CRITERIA = Path(__file__).parent / "rules" / "criteria.toml"
LOWER_BOUNDS = ("=", ">", ">=")
"""Relations from which "at least" can be said."""
UPPER_BOUNDS = ("<", "<=")
"""Relations from which "not as much as" can be said."""


@dataclass(frozen=True)
class Criterion:
    """What a field must reach; `per` divides it by another field (output per mu)."""

    id: str
    field: str
    at_least: str
    title: str
    title_zh: str
    unit: str = ""
    per: str = ""
    status: str = ""


@dataclass(frozen=True)
class Programme:
    """A set of criteria that records of a kind are held against.

    `status` says what the thresholds rest on, where a criterion does not say so itself; `note`
    what of the programme is not judged.
    """

    id: str
    title: str
    title_zh: str
    kind: str
    source: str
    criteria: tuple[Criterion, ...]
    status: str = "assumption"
    note: str = ""
    note_zh: str = ""


@dataclass(frozen=True)
class Judgement:
    """A criterion and what was found: True it is met, False it is not, None it cannot be said."""

    criterion: Criterion
    met: bool | None
    found: str


def load_programmes(extra: Path | None = None) -> dict[str, Programme]:
    """The programmes that come with Tieline and those of a region; InputError if a file is none."""
    out = {}
    for path in (CRITERIA, *((extra / "rules" / "criteria.toml",) if extra else ())):
        if not path.is_file():
            continue
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            for name, given in raw.items():
                criteria = tuple(Criterion(**c) for c in given.pop("criterion"))
                out[name] = Programme(name, criteria=criteria, **given)
        except (tomllib.TOMLDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
            message = f"{path}: expected programmes with criteria, found {slip(error)}"
            raise InputError([message]) from None
    return out


def judge(record: State, programme: Programme) -> tuple[Judgement, ...]:
    """Every criterion held against a record."""
    return tuple(_judge(record.values, c) for c in programme.criteria)


MET = {True: ("met", "达到"), False: ("NOT met", "未达到"),
       None: ("cannot be said", "无从判断")}


def judgements(
    view: View, programme: Programme, records: Sequence[str] = (), lang: str = "en"
) -> Listing:
    """Every record of the programme's kind, or some, criterion by criterion.

    Raises
    ------
    LedgerError
        If a record is not there, or of another kind.
    """
    zh = lang == "zh"
    found = [s for s in view.records(programme.kind) if not records or s.id in records]
    for name in sorted(set(records) - {s.id for s in found}):
        message = f"no record '{name}' of kind {programme.kind} on that day that may be seen"
        raise LedgerError(message)
    titles = (("编号", "名称", "标准", "要求", "依据状态", "现有", "结论") if zh
              else ("id", "name", "criterion", "at least", "rests on", "found", "judgement"))
    statuses = view.catalogue.codes["status"]
    columns = ("id", "name", "criterion", "at_least", "status", "found", "met")
    return Listing(columns, titles, tuple(
        (s.id, s.label(lang), j.criterion.title_zh if zh else j.criterion.title,
         f"{Decimal(j.criterion.at_least):,} {j.criterion.unit}".strip(),
         statuses.label(j.criterion.status or programme.status, lang), j.found, MET[j.met][zh])
        for s in found for j in judge(s, programme)
    ))


def failing(table: Listing, lang: str = "en") -> list[str]:
    """Of the judgements in a table, a line for each record that fails: by which criteria."""
    zh = lang == "zh"
    lines: dict[str, list[str]] = {}
    for record, name, criterion, at_least, _, found, met in table.rows:
        if met == MET[False][zh]:
            short = f"{criterion} {found} < {at_least}"
            lines.setdefault(f"{name} ({record})", []).append(short)
    return [f"{name}:{';'.join(parts)}" if zh else f"{name}: {'; '.join(parts)}"
            for name, parts in lines.items()]


def programmes_listing(known: Mapping[str, Programme], lang: str = "en") -> Listing:
    """The programmes there are."""
    zh = lang == "zh"
    titles = (("编号", "名称", "记录类别", "标准数", "依据") if zh
              else ("id", "name", "kind of record", "criteria", "rests on"))
    return Listing(("id", "name", "kind", "criteria", "source"), titles, tuple(
        (p.id, p.title_zh if zh else p.title, p.kind, str(len(p.criteria)), p.source)
        for p in known.values()
    ))


def _judge(values: Mapping[str, Any], criterion: Criterion) -> Judgement:
    found, relation, shown = _figure(values.get(criterion.field), criterion.unit)
    if found is None:
        return Judgement(criterion, None, shown)
    if criterion.per:
        divisor, other, said = _figure(values.get(criterion.per), "")
        if not divisor or other != "=":
            return Judgement(criterion, None, said)
        found = found / divisor
        shown = f"{SIGNS[relation]}{found:,.2f}"
    wanted = Decimal(criterion.at_least)
    if found >= wanted and relation in LOWER_BOUNDS:
        return Judgement(criterion, True, shown)
    if relation in UPPER_BOUNDS:  # "at most 5" does not reach 6; of 4 it says nothing
        below = found < wanted or (found == wanted and relation == "<")
        return Judgement(criterion, False if below else None, shown)
    # "more than 5" says nothing on whether it reaches 6; "about" says even less
    return Judgement(criterion, False if relation == "=" else None, shown)


def _figure(value: Any, unit: str) -> tuple[Decimal | None, str, str]:
    """A figure with its relation and how it is shown; None if it is none, or in another unit."""
    if isinstance(value, Mapping) and "minor" in value:
        money = Money.of(dict(value))
        if unit and unit != money.currency:
            return None, "", str(money)
        return money.amount, money.relation, str(money)
    if isinstance(value, Mapping) and "value" in value:
        sign = SIGNS[str(value.get("relation", "="))]
        shown = f"{sign}{value['value']} {value.get('unit', '')}".strip()
        if unit and value.get("unit", unit) != unit:
            return None, "", shown
        return Decimal(value["value"]), str(value.get("relation", "=")), shown
    if isinstance(value, str | int) and not isinstance(value, bool):
        return Decimal(str(value)), "=", str(value)
    return None, "", "" if value is None else str(value)
