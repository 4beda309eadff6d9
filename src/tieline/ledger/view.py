"""The ledger as it was on a day, as known on a day, for one who asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from tieline.errors import LedgerError
from tieline.ledger import queries
from tieline.ledger.digest import PRIVATE
from tieline.ledger.money import DIGITS
from tieline.ledger.state import State
from tieline.ledger.tables import facet, latest, monthly, record
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.rights import Guard
    from tieline.ledger.store import Store

NARROW = ("owner", "category", "stage", "signal", "currency", "parent")
"""What a list may be narrowed by."""
SPLIT = ("kind", "owner", "category", "stage", "signal")
"""What sums may be split by; they are always split by currency."""
NONE: Mapping[str, str] = MappingProxyType({})
_PRIVATE = re.compile(re.escape(PRIVATE) + "([0-9a-f]{64})")


@dataclass(frozen=True)
class Total:
    """How many records, and their amounts in one currency; `by` says of which.

    `bounded` of the amounts are only bounds ("more than"), so that the sum is one too.
    """

    by: Mapping[str, str]
    currency: str
    records: int
    minor: int
    bounded: int
    month: str = ""

    @property
    def amount(self) -> float:
        """In whole units of the currency; for charts, not for accounts."""
        return float(self.minor / 10 ** DIGITS.get(self.currency, 2))


@dataclass(frozen=True)
class View:
    """Reads of one day (`day`), as known at one change (`known`), by one who asks (`guard`)."""

    store: Store
    catalogue: Catalogue
    guard: Guard
    day: str
    known: int

    def record(self, record_id: str) -> State | None:
        """The record, or None if there is none that may be seen on that day."""
        rows = self.store.read(
            queries.ONE, {"id": record_id, "day": self.day, "known": self.known})
        if not rows or rows[0].ended:
            return None
        kind, owner, valid_from, change_no, _, body = rows[0]
        visible = self.guard.fields("read", kind, owner)
        if not visible:
            return None
        state = State(record_id, kind, owner, valid_from, change_no, body, visible)
        return self._with_personal([state])[0]

    def records(
        self, kind: str | None = None, *, where: Mapping[str, Any] | None = None,
        **narrow: str | Sequence[str] | None,
    ) -> list[State]:
        """The records of a kind - of every kind if none is named - in the order of their making.

        Parameters
        ----------
        where
            Values that fields must have.
        narrow
            By `owner`, `category`, `stage`, `signal`, `currency`, `parent`: one or several.
        """
        where = dict(where or {})
        condition = self._condition(kind, narrow, tuple(where))
        by_facet = any(v for k, v in narrow.items() if k != "parent")
        rows = self.store.read(
            queries.library(condition, by_facet=by_facet), {"day": self.day, "known": self.known})
        visible = {
            (k, owner): self.guard.fields("read", k, owner)
            for k, owner in {(r[1], r[2]) for r in rows}
        }
        out = [State._make((*r, visible[r[1], r[2]], NONE)) for r in rows]
        if where:
            out = [s for s in out if all(s.get(f) == v for f, v in where.items())]
        return self._with_personal(out)

    def totals(
        self, by: Sequence[str] = ("owner",), kind: str | None = "project", *,
        among: Iterable[str] | None = None, **narrow: str | Sequence[str] | None,
    ) -> list[Total]:
        """Records and amounts by facets and currency; currencies are never added.

        `kind` None = of every kind; `among` ids counts these records alone. What must not be added
        - amounts of kinds that are not additive, of different kinds together - is counted only.
        """
        split = _known(by, SPLIT)
        condition = self._condition(kind, narrow, (), (*split, "amount"))
        if among is not None:
            condition = and_(condition, latest.c.record_no.in_(
                select(record.c.record_no).where(record.c.record_id.in_(sorted(among)))))
        rows = self.store.read(
            queries.sums(split, condition), {"day": self.day, "known": self.known})
        return self._counted([_total(split, r) for r in rows], kind)

    def _counted(self, totals: list[Total], kind: str | None) -> list[Total]:
        """Totals without the amounts that must not be added."""
        out: dict[tuple[str, ...], Total] = {}
        for t in totals:
            of = t.by.get("kind", kind or "")
            if of in self.catalogue and self.catalogue[of].additive:
                out[*t.by.values(), t.currency, t.month] = t
                continue
            key = (*t.by.values(), "", t.month)
            before = out[key].records if key in out else 0
            out[key] = Total(t.by, "", before + t.records, 0, 0, t.month)
        return list(out.values())

    def trend(
        self, months: Sequence[str], by: Sequence[str] = ("owner",), kind: str = "project",
        **narrow: str | Sequence[str] | None,
    ) -> list[Total]:
        """Totals at the end of each month written `2019-10`, as known now."""
        split = _known(by, SPLIT)
        condition = self._condition(kind, narrow, (), (*split, "amount"), monthly)
        running: dict[tuple[str, ...], list[int]] = {}
        out: list[Total] = []
        steps = iter(self.store.read(queries.steps(split, condition)))
        step = next(steps, None)
        for month in sorted(months):
            while step is not None and step[0] <= month:
                at = running.setdefault(tuple(step[1:-3]), [0, 0, 0])
                at[:] = (a + int(b) for a, b in zip(at, step[-3:], strict=True))
                step = next(steps, None)
            out += [
                _total(split, (*key, *at), month) for key, at in sorted(running.items()) if at[0]
            ]
        return self._counted(out, kind)

    def _condition(
        self, kind: str | None, narrow: Mapping[str, Any], fields: Iterable[str],
        by: Iterable[str] = (), table: Any = facet,
    ) -> ColumnElement[bool]:
        """What may be seen of what is asked: a filter by a field needs the right to read it."""
        given = {k: v for k, v in narrow.items() if v not in (None, "", (), [])}
        _known(given, NARROW)
        if kind is not None and kind not in self.catalogue:
            message = f"no kind '{kind}'{nearest(kind, self.catalogue)}"
            raise LedgerError(message)
        owners = [r[0] for r in self.store.read(queries.OWNERS)]
        allowed = {}
        for name in [kind] if kind else self.catalogue:
            needed = {f for facet_name in (*given, *by) for f in self._behind(name, facet_name)}
            allowed[name] = self.guard.owners(name, owners, {*needed, *fields})
        parts = [queries.readable(latest, "owner", allowed)] if table is facet else [
            queries.readable(monthly, "holder", allowed)]
        for name, value in given.items():
            wanted = [value] if isinstance(value, str) else list(value)
            column = latest.c.parent if name == "parent" else table.c[name]
            parts.append(column.in_(wanted))
        return and_(*parts)

    def _behind(self, kind: str, facet_name: str) -> tuple[str, ...]:
        if facet_name in ("kind", "parent"):
            return ()
        return self.catalogue[kind].behind("amount" if facet_name == "currency" else facet_name)

    def _with_personal(self, states: list[State]) -> list[State]:
        """Personal values looked up, where the body has any that may be seen."""
        marked = {d for s in states if PRIVATE in s.body for d in _PRIVATE.findall(s.body)}
        if not marked:
            return states
        rows = self.store.read(queries.PERSONAL, {"digests": sorted(marked)})
        found = {r.digest: r.value for r in rows}
        return [
            State._make((*s[:7], found)) if PRIVATE in s.body else s for s in states
        ]

    def holds(self, record_id: str) -> bool:
        """Whether there is such a record at all, seen or not."""
        return bool(self.store.read(
            select(record.c.record_no).where(record.c.record_id == record_id)))


def _known(given: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    for name in given:
        if name not in known:
            message = f"'{name}': expected one of {', '.join(known)}{nearest(name, known)}"
            raise LedgerError(message)
    return tuple(given)


def _total(by: tuple[str, ...], row: Sequence[Any], month: str = "") -> Total:
    *keys, currency, records, amount, bounded = row
    return Total(
        dict(zip(by, keys, strict=True)), currency, int(records), int(amount or 0),
        int(bounded or 0), month,
    )


