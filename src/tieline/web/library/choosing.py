"""Which records a visitor asks for, and how they are shown: names, codes, amounts in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tieline.errors import CaseError
from tieline.ledger.listing import DEFAULT
from tieline.ledger.money import Money
from tieline.ledger.relation import SIGNS
from tieline.ledger.values import show
from tieline.publish.words import HAN, Lang, in_language

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from tieline.ledger.kinds import Field
    from tieline.ledger.state import State
    from tieline.ledger.view import View

SIZES = ((10**9, " billion"), (10**6, " million"))
NARROWED = ("category", "owner", "stage", "signal")
MOST_ON_A_PAGE = 50
MOST_LETTERS = 200


@dataclass(frozen=True)
class Asked:
    """What a list of projects is narrowed by: codes, a list they are on, words in their names."""

    narrow: Mapping[str, str]
    on: str = ""
    words: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: QueryParams) -> Asked:
        """From an address; CaseError if a part makes no sense."""
        page = query.get("page", "1")
        if not page.isascii() or not page.isdigit() or not 0 < int(page[:6]) < 100_000:
            msg = f"expected a page from 1 on, found '{page[:20]}'"
            raise CaseError(msg)
        narrow = {k: query[k][:MOST_LETTERS] for k in NARROWED if query.get(k)}
        return cls(narrow, query.get("list", "")[:MOST_LETTERS],
                   query.get("q", "").strip()[:MOST_LETTERS], int(page[:6]))

    def query(self, **more: str) -> str:
        """As it stands in an address."""
        pairs = {**self.narrow, "list": self.on, "q": self.words, **more}
        return urlencode({k: v for k, v in pairs.items() if v})

    def of_view(self, view: View, kind: str = "project") -> list[State]:
        """The records that are asked for, in the order of their making."""
        found = view.records(kind, where=None, **self.narrow)
        if self.on:
            members = view.records("membership", where={"list": self.on})
            ids = {str(m.get("member")) for m in members}
            found = [s for s in found if s.id in ids]
        if self.words:
            wanted = self.words.casefold().split()
            found = [s for s in found if all(w in _said(s) for w in wanted)]
        return found


def _said(state: State) -> str:
    """What a search by words looks at."""
    names = ("name", "name_zh", "description", "town", "responsible_unit", "remark")
    return " ".join([state.id, *(str(state.get(n) or "") for n in names)]).casefold()


@dataclass(frozen=True)
class Shower:
    """Values of records in one language; a name that comes again is asked for once."""

    view: View
    lang: Lang
    _names: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def field(self, state: State, name: str) -> str:
        """A field as people read it; jurisdictions and records by their names."""
        kept = self.view.catalogue[state.kind].fields.get(name)
        value = state.get(name)
        if kept is None or value is None:
            return ""
        if kept.type in ("jurisdiction", "record"):
            many = value if isinstance(value, list) else [value]
            return "; ".join(self.name(str(v)) for v in many)
        return self.value(kept, value)

    def value(self, field: Field, value: Any) -> str:
        """A value of a field as people read it."""
        if isinstance(value, Mapping) and "minor" in value:
            return money_text(Money.of(dict(value)), self.lang)
        text = show(field, value, self.view.catalogue.codes, self.lang)
        return in_language(text, self.lang) if field.type == "text" else text

    def name(self, record_id: str) -> str:
        """The name of a record, if it may be seen; else its id."""
        if record_id not in self._names:
            found = self.view.record(record_id)
            self._names[record_id] = found.label(self.lang) if found else record_id
        return self._names[record_id]

    def label(self, state: State) -> str:
        """What a record is called; one without a name by what its kind says."""
        fields = self.view.catalogue[state.kind].label_fields
        named = state.label(self.lang, (fields[0], fields[1]))
        return self.field(state, fields[0]) or named if fields[0] == fields[1] else named

    def code(self, codes: str, code: str) -> str:
        """A code in words."""
        return self.view.catalogue.codes[codes].label(code, self.lang) if code else ""

    def rows(self, state: State) -> list[tuple[str, str, str]]:
        """Every field that has a value: its name, its title, its value."""
        kind = self.view.catalogue[state.kind]
        out = []
        for name, one in kind.fields.items():
            text = self.field(state, name)
            if text and name not in DEFAULT:
                unit = f" [{one.unit}]" if one.unit else ""
                out.append((name, one.label(self.lang) + unit, text))
        return out


def money_text(money: Money, lang: str) -> str:
    """An amount as it was entered; in English without the Chinese units for it."""
    said = str(money)
    if lang == "zh" or not HAN.search(said):
        return said
    size, word = next((s for s in SIZES if abs(money.amount) >= s[0]), (1, ""))
    number = f"{money.amount / size:,.4f}".rstrip("0").rstrip(".")
    return f"{SIGNS[money.relation]}{money.currency} {number}{word}"


def signal_of(state: State) -> str:
    """The colour that counts: by hand before by rule."""
    return str(state.get("signal_override") or state.get("signal_rule") or "")


def options(view: View, codes: str, lang: str) -> list[tuple[str, str]]:
    """The codes of a list that hold on the day of the view, with their titles."""
    return [(c, code.label(lang)) for c, code in view.catalogue.codes[codes].on(view.day).items()]


