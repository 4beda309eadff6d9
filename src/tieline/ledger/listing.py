"""Lists for people: columns to choose, titles and values in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tieline.errors import LedgerError
from tieline.ledger.money import Money
from tieline.ledger.values import Words, show
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.kinds import Catalogue, Kind
    from tieline.ledger.state import State
    from tieline.ledger.view import Total, View

FIXED = {
    "id": ("id", "编号"), "since": ("since", "自"), "change": ("change", "变更号"),
    "kind": ("kind of record", "记录类别"),
}
"""Columns that are no fields: the record's id, since when it is so, by which change."""
EVERYWHERE = {**FIXED, "owner": ("Owner", "归属")}
"""Titles of an empty list, whose records would be of any kind."""
FACET_TITLES = {
    "kind": ("kind of record", "记录类别"), "owner": ("owner", "归属"),
    "category": ("kind", "类别"), "stage": ("stage", "阶段"), "signal": ("signal", "信号"),
}
NARROWED = {"kind": "category", "jurisdiction": "owner", "stage": "stage", "signal": "signal",
            "parent": "parent", "category": "category", "owner": "owner"}
"""What a list may be narrowed by, in the words of people, and the column behind it."""
DEFAULT = ("id", "owner")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Listing:
    """A table of texts: `columns` by name with their titles, `rows` in their order."""

    columns: tuple[str, ...]
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Saved:
    """A saved list: what it is narrowed by, the columns it shows."""

    narrow: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...]


def members_of(view: View, list_id: str) -> frozenset[str]:
    """Ids of what is on a list that day; LedgerError if there is no such list to be seen."""
    found = view.record(list_id)
    if found is None or found.kind != "list":
        message = f"no list '{list_id}'{nearest(list_id, [s.id for s in view.records('list')])}"
        raise LedgerError(message)
    return frozenset(str(m.get("member")) for m in view.records(
        "membership", where={"list": list_id}))


def on_list(view: View, list_id: str, lang: str = "en") -> str:
    """How many records are on a list, what its projects amount to, what of that is synthetic."""
    members = members_of(view, list_id)
    there = [s for s in view.records(None) if s.id in members] if members else []
    synthetic = made_up(view, (), "project", members)
    sums = []
    for t in view.totals((), "project", among=members) if members else ():
        part = synthetic.get(total_key(t))
        if part is not None and t.currency:
            of = f"其中合成 {amount(part)}" if lang == "zh" else f"{amount(part)} of it synthetic"
            sums.append(f"{amount(t)} ({of})")
        elif t.currency:
            sums.append(amount(t))
    said = f"清单内 {len(there)} 条记录" if lang == "zh" else f"{len(there)} records on it"
    return ("," if lang == "zh" else ", ").join([said, *sums])


def saved_list(view: View, record_id: str) -> Saved:
    """What a record of kind `list` says in `query`: words such as `kind=ecology,industry`.

    Raises
    ------
    LedgerError
        If there is no such list, its query is none, or names what lists are not narrowed by.
    """
    found = view.record(record_id)
    if found is None or found.kind != "list":
        message = f"no list '{record_id}'{nearest(record_id, [s.id for s in view.records('list')])}"
        raise LedgerError(message)
    pairs = [w.partition("=") for w in str(found.get("query") or "").split()]
    if not pairs or not all(name and value for name, _, value in pairs):
        message = f"'{record_id}': expected a list whose query is such as `stage=construction`"
        raise LedgerError(message)
    for name in (name for name, _, _ in pairs if name not in NARROWED):
        message = (f"'{record_id}', field 'query': expected {', '.join(NARROWED)}, found "
                   f"'{name}'{nearest(name, NARROWED)}")
        raise LedgerError(message)
    return Saved({NARROWED[name]: tuple(value.split(",")) for name, _, value in pairs},
                 tuple(found.get("columns") or ()))


def narrowed(
    view: View, kind: str | None, narrow: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """What a list is narrowed by in codes, whether given as codes or by their titles.

    `view` is of today, so that a jurisdiction is known whatever day is read.

    Raises
    ------
    LedgerError
        If a code or a jurisdiction is not known: an empty list would pass for an answer.
    """
    out = dict(narrow)
    owners = {s.label(lang): s.id for s in view.records("jurisdiction")
              for lang in ("zh", "en")}
    if out.get("owner"):
        out["owner"] = [_one_of(o, owners | {i: i for i in owners.values()}) for o in out["owner"]]
    for facet in ("category", "stage", "signal"):
        fields = view.catalogue[kind].behind(facet) if kind and kind in view.catalogue else ()
        codes = view.catalogue[kind].fields[fields[0]].codes if kind and fields else ""
        if out.get(facet) and codes:
            known = {word: c.code for c in view.catalogue.codes[codes].codes
                     for word in (c.title, c.title_zh, *c.also, c.code)}
            out[facet] = [_one_of(given, known) for given in out[facet]]
    return out


def _one_of(given: str, known: Mapping[str, str]) -> str:
    if given not in known:
        message = (f"expected one of {', '.join(dict.fromkeys(known.values()))}, "
                   f"found '{given}'{nearest(given, known)}")
        raise LedgerError(message)
    return known[given]


def words_of(view: View, zone: str, lang: str) -> Words:
    """The ledger's zone, and the names of its jurisdictions and other records."""

    @cache
    def named(record: str) -> str:
        found = view.record(record)
        if found is None or found.kind not in view.catalogue:
            return record
        name = found.label(lang, view.catalogue[found.kind].label_fields)
        return record if name == record else f"{name} ({record})"

    return Words(zone, {s.id: s.label(lang) for s in view.records("jurisdiction")}, named)


def default_columns(kind: Kind) -> tuple[str, ...]:
    """The columns a list of this kind has if none are chosen."""
    if kind.columns:
        return tuple(dict.fromkeys([*DEFAULT, *kind.columns]))
    facets = [f for facet in ("category", "stage", "signal", "amount") for f in kind.behind(facet)]
    required = [f.name for f in kind.fields.values() if f.required and f.name != "owner"]
    names = [n for n in dict.fromkeys(kind.label_fields) if n in kind.fields]
    return tuple(dict.fromkeys([*DEFAULT, *names, *facets, *required, "status"]))


def listing(
    states: Sequence[State], catalogue: Catalogue, columns: Sequence[str] = (),
    lang: str = "en", words: Words | None = None, kind: str | None = None,
) -> Listing:
    """The records as a table; the columns of the first record's kind unless some are chosen.

    `kind` is that of the records if there are none.
    """
    kinds = {name: catalogue[name] for name in [s.kind for s in states] or ([kind] if kind else [])}
    chosen = tuple(columns)
    if not chosen:
        first = next(iter(kinds.values()), None)
        chosen = ("kind", *DEFAULT) if len(kinds) != 1 or first is None else default_columns(first)
    known = {**dict.fromkeys(FIXED), **{f: None for k in kinds.values() for f in k.fields}}
    for name in chosen if kinds else ():
        if name not in known:
            message = f"no column '{name}'{nearest(name, known)}"
            raise LedgerError(message)
    rows = tuple(
        tuple(_cell(s, name, kinds[s.kind], catalogue, lang, words) for name in chosen)
        for s in states
    )
    return Listing(chosen, tuple(_title(c, kinds, lang) for c in chosen), rows)


def _title(column: str, kinds: Mapping[str, Kind], lang: str) -> str:
    for kind in kinds.values():
        if column in kind.fields:
            field = kind.fields[column]
            return field.label(lang) + (f" [{field.unit}]" if field.unit else "")
    return EVERYWHERE[column][lang == "zh"] if column in EVERYWHERE else column


def _cell(
    state: State, column: str, kind: Kind, catalogue: Catalogue, lang: str, words: Words | None
) -> str:
    fixed: dict[str, Any] = {
        "id": state.id, "since": state.valid_from, "change": state.change_no,
        "kind": kind.label(lang),
    }
    if column in fixed:
        return str(fixed[column])
    field = kind.fields.get(column)
    return "" if field is None else show(
        field, state.get(column), catalogue.codes, lang, words)


def made_up(
    view: View, by: Sequence[str], kind: str | None, among: Iterable[str] | None = None,
    **narrow: Any,
) -> dict[tuple[str, ...], Total]:
    """What of the same totals is synthetic, by `total_key`: it must never pass for reported."""
    ids = {s.id for s in view.records(kind, where={"status": "synthetic"}, **narrow)}
    if among is not None:
        ids &= set(among)
    found = view.totals(by, kind, among=ids, **narrow) if ids else []
    return {total_key(t): t for t in found}


def total_key(total: Total) -> tuple[str, ...]:
    """What tells one total from another: facets and currency."""
    return (*total.by.values(), total.currency)


def total_record(total: Total, synthetic: Total | None) -> dict[str, Any]:
    """A total for a program, amounts in minor units, with what of it is synthetic."""
    return {
        **total.by, "currency": total.currency, "records": total.records, "minor": total.minor,
        "bounded": total.bounded, "synthetic_records": synthetic.records if synthetic else 0,
        "synthetic_minor": synthetic.minor if synthetic else 0,
    }


def totals_listing(
    totals: Sequence[Total], view: View, kind: str, lang: str = "en",
    synthetic: Mapping[tuple[str, ...], Total] | None = None,
) -> Listing:
    """Totals as a table; amounts in the currency's own unit, bounds marked.

    `synthetic` of `made_up` adds how many of the records, and how much of the amount, is made up.
    """
    by = tuple(totals[0].by) if totals else ()
    zh = lang == "zh"
    titles = (*(FACET_TITLES[b][zh] for b in by),
              *(("记录数", "金额") if zh else ("records", "amount")))
    rows = tuple(
        (*(facet_label(view, kind, b, t.by[b], lang) for b in by), str(t.records), amount(t))
        for t in totals
    )
    if not synthetic:
        return Listing((*by, "records", "amount"), titles, rows)
    titles += ("其中合成(虚构):记录数", "其中合成(虚构):金额") if zh else (
        "of which synthetic: records", "of which synthetic: amount")
    parts = [synthetic.get(total_key(t)) for t in totals]
    rows = tuple((*r, str(p.records) if p else "0", amount(p) if p else "")
                 for r, p in zip(rows, parts, strict=True))
    columns = (*by, "records", "amount", "synthetic_records", "synthetic_amount")
    return Listing(columns, titles, rows)


def amount(total: Total) -> str:
    """The sum as people read it; a sum with bounds in it is itself a bound."""
    if not total.currency:
        return ""
    money = Money(total.minor, total.currency, _scale(total), ">=" if total.bounded else "=")
    return str(money)


def _scale(total: Total) -> str:
    return "亿元" if total.currency == "CNY" else ""


def facet_label(view: View, kind: str, facet: str, value: str, lang: str) -> str:
    """A facet's value in words."""
    if facet == "owner":
        found = view.record(value) if value else None
        return found.label(lang) if found else value
    if facet == "kind":
        return view.catalogue[value].label(lang) if value in view.catalogue else value
    behind = view.catalogue[kind].behind(facet)
    codes = view.catalogue[kind].fields[behind[0]].codes if behind else ""
    return view.catalogue.codes[codes].label(value, lang) if codes and value else value


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(FORMULA) else text
