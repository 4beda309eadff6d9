"""Figures out of the ledger: a field of a record, how many there are, what they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tieline.errors import LedgerError
from tieline.ledger.ledger import KEEPER
from tieline.ledger.queries import CHANGES
from tieline.ledger.view import NARROW
from tieline.publish.bulletin.figure import Query, Reading, weakest
from tieline.publish.bulletin.figure import refuse as _refuse
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.kinds import Field, Kind
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.view import View

PARAMETERS = ("record", "kind", "where", "list", "field", "total", "as_of", *NARROW)
TOTALS = ("records", "amount")
HELD = ("measure", "money", "integer", "number", "date", "month")
"""Types of fields that are figures or days."""
MEMBERSHIP = "membership"


class LedgerSource:
    """The ledger, with the rights of who publishes.

    A query names a `record`, or a `kind` that is narrowed (`where` = fields, `list` = members of a
    list, `owner`, `category`, `stage`, `signal`, `currency`, `parent`) until one record is left;
    and its `field`. With `total` = "records" it counts, with "amount" it sums the `field`, which
    must be money of one currency. `as_of` is the day of which it is true.
    """

    name = "ledger"

    def __init__(self, ledger: Ledger, who: Principal | None = None) -> None:
        self._ledger = ledger
        self._who = KEEPER if who is None else who

    def read(self, query: Query, at: int | None = None) -> Reading:
        """What the ledger says; as known at change `at`, by default at its last."""
        given = query.parameters
        for name in given:
            if name not in PARAMETERS:
                _refuse(name, f"one of {', '.join(PARAMETERS)}", f"'{name}'")
        head = self._ledger.head[0] if at is None else at
        view = self._ledger.view(self._who, as_of=_day(given), at_change=head)
        found = _records(view, given)
        told = _total(view, found, given) if "total" in given else _value(view, found, given)
        return Reading(**told, read_at=self._read_at(head))

    def _read_at(self, head: int) -> dict[str, Any]:
        found = self._ledger.store.read(CHANGES, {"after": head - 1, "until": head})
        hashed, instant = (str(found[0].hash), str(found[0].at)) if found else ("", "")
        return {"change": head, "hash": hashed, "instant": instant}


def _day(given: Mapping[str, Any]) -> date:
    value = given.get("as_of", "")
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        _refuse("as_of", "a day like 2019-10-31", f"'{value}'")


def _records(view: View, given: Mapping[str, Any]) -> Sequence[State]:
    """The records that are meant, in their order."""
    if "record" in given:
        found = view.record(str(given["record"]))
        if found is None:
            _refuse("record", "a record that there is on that day",
                    f"'{given['record']}'")
        return [found]
    kind = given.get("kind")
    if not kind:
        _refuse("record", "a record, or a kind of record", "none")
    narrow = {k: given[k] for k in NARROW if k in given}
    try:
        states = view.records(str(kind), where=given.get("where") or {}, **narrow)
    except LedgerError as error:
        _refuse("kind", "a kind and what narrows it", str(error))
    if "list" in given:
        members = {m.get("member") for m in
                   view.records(MEMBERSHIP, where={"list": str(given["list"])})}
        states = [s for s in states if s.id in members]
    return states


def _value(view: View, found: Sequence[State], given: Mapping[str, Any]) -> dict[str, Any]:
    """A field of the one record that is left."""
    if len(found) != 1:
        some = ", ".join(s.id for s in found[:3])
        _refuse("where", "one record", f"{len(found)} records" + (
            f" ({some} ...)" if some else ""))
    state = found[0]
    field = _field(view, state, given)
    value = state.get(field.name)
    if value is None:
        _refuse("field", f"a value in '{field.name}' of {state.id}", "none")
    return {
        "value": _plain(field, value), "status": str(state.get("status") or ""),
        "source": str(state.get("source") or ""), "claimed_by": str(state.get("claimed_by") or ""),
        "when": _when(state, given), "label": _label(view, state), "record": state.id,
        "set_by": state.change_no,
    }


def figures_of(kind: Kind) -> tuple[Field, ...]:
    """The fields of a kind that a figure may be read from: no texts, nothing personal."""
    return tuple(f for f in kind.fields.values()
                 if f.type in HELD and not f.many and not f.personal)


def _field(view: View, state: State, given: Mapping[str, Any]) -> Field:
    held = {f.name: f for f in figures_of(view.catalogue[state.kind])}
    name = str(given.get("field", ""))
    if name not in held:
        _refuse("field", f"one of {', '.join(held)}",
                f"'{name}'{nearest(name, held)}")
    return held[name]


def _plain(field: Field, value: Any) -> dict[str, Any]:
    if field.type == "money":
        return {"type": "money", "relation": "=", **value}
    if field.type == "measure":
        return {"type": "measure", "relation": "=", "unit": "", **value}
    if field.type in ("date", "month"):
        return {"type": "date", "value": value}
    return {"type": "measure", "value": str(value), "relation": "=", "unit": field.unit}


def _when(state: State, given: Mapping[str, Any]) -> str:
    """The day or period that the record itself names, else the day it was asked for."""
    said = state.get("date")
    return str(said) if said else str(given["as_of"])


def _label(view: View, state: State) -> tuple[str, str]:
    """Its own name; of an observation that of its indicator."""
    parent = state.get("parent")
    if state.kind == "observation" and parent:
        found = view.record(str(parent))
        state = found or state
    return state.label("en"), state.label("zh")


def _total(view: View, found: Sequence[State], given: Mapping[str, Any]) -> dict[str, Any]:
    """How many records, or what they amount to; of what status they are."""
    what = str(given["total"])
    if what not in TOTALS:
        _refuse("total", f"one of {', '.join(TOTALS)}", f"'{what}'")
    counts = Counter(str(s.get("status") or "") for s in found)
    sources = list(dict.fromkeys(str(s.get("source") or "") for s in found))
    value = {"type": "measure", "value": str(len(found)), "relation": "=",
             "unit": ""} if what == "records" else _sum(view, found, given)
    return {
        "value": value, "status": weakest(counts), "when": str(given["as_of"]),
        "source": sources[0] if len(sources) == 1 else "",
        "rests_on": dict(sorted(counts.items())),
    }


def _sum(view: View, found: Sequence[State], given: Mapping[str, Any]) -> dict[str, Any]:
    """The sum of a field of money; a bound among the amounts makes the sum one."""
    amounts = [(s, s.get(str(given.get("field", "")))) for s in found]
    if not amounts:
        _refuse("field", "at least one amount", "none")
    for state, amount in amounts:
        _field(view, state, given)
        if not isinstance(amount, Mapping) or "minor" not in amount:
            _refuse("field", f"an amount of money in {state.id}", "none")
    currencies = {a["currency"] for _, a in amounts}
    if len(currencies) > 1:
        _refuse("currency", "one currency: amounts in several are never added",
                ", ".join(sorted(currencies)))
    relations = {a.get("relation", "=") for _, a in amounts}
    entered = {a.get("entered", "") for _, a in amounts}
    return {
        "type": "money", "minor": sum(a["minor"] for _, a in amounts),
        "currency": currencies.pop(), "relation": _bound(relations),
        "entered": entered.pop() if len(entered) == 1 else "",
    }


def _bound(relations: set[str]) -> str:
    """The bound of a sum: exact with exact ones, a lower one with lower ones."""
    rest = relations - {"="}
    if not rest:
        return "="
    if rest <= {">", ">="}:
        return ">" if ">" in rest else ">="
    if rest <= {"<", "<="}:
        return "<" if "<" in rest else "<="
    if rest != {"~"}:
        _refuse("field", "amounts whose bounds agree", ", ".join(sorted(rest)))
    return "~"


