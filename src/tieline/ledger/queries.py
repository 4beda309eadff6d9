"""The statements that read: a record, a library, its sums, on any day as known at any change.

What was known at a change never changes, so that a reader needs no lock and no transaction: the
number of the change is the snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, case, false, func, or_, select

from tieline.ledger.tables import change, facet, latest, monthly, private, record, version

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

ABOUT = ("category", "stage", "signal", "currency")
"""Facets by which lists are narrowed and sums are split; `owner` and `kind` beside them."""

HEAD = select(change.c.change_no, change.c.hash, change.c.at).order_by(
    change.c.change_no.desc()).limit(1)
KNOWN = select(func.coalesce(func.max(change.c.change_no), 0)).where(
    change.c.at <= bindparam("at"))
OWNERS = select(record.c.record_id).where(record.c.kind == "jurisdiction")
CHANGES = select(
    change.c.change_no, change.c.at, change.c.actor, change.c.on_behalf_of, change.c.reason,
    change.c.source, change.c.hash,
).where(change.c.change_no > bindparam("after"), change.c.change_no <= bindparam("until")).order_by(
    change.c.change_no)
PERSONAL = select(private.c.digest, private.c.value).where(
    private.c.digest.in_(bindparam("digests", expanding=True)))

ONE = (
    select(record.c.kind, latest.c.owner, version.c.valid_from, version.c.change_no,
           version.c.ended, version.c.body)
    .select_from(record.join(latest, latest.c.record_no == record.c.record_no)
                 .join(version, version.c.record_no == record.c.record_no))
    .where(record.c.record_id == bindparam("id"), version.c.valid_from <= bindparam("day"),
           version.c.change_no <= bindparam("known"))
    .order_by(version.c.valid_from.desc(), version.c.change_no.desc()).limit(1)
)

VERSIONS = (
    select(record.c.kind, latest.c.owner, version.c.valid_from, version.c.change_no, version.c.op,
           version.c.ended, version.c.fields, version.c.body)
    .select_from(record.join(latest, latest.c.record_no == record.c.record_no)
                 .join(version, version.c.record_no == record.c.record_no))
    .where(record.c.record_id == bindparam("id"), version.c.change_no <= bindparam("known"))
    .order_by(version.c.change_no, version.c.valid_from)
)


def _chosen() -> ColumnElement[int]:
    """The version of the record in hand that holds on :day as known at :known."""
    one = version.alias("one")
    return (
        select(one.c.version_no)
        .where(one.c.record_no == latest.c.record_no, one.c.valid_from <= bindparam("day"),
               one.c.change_no <= bindparam("known"))
        .order_by(one.c.valid_from.desc(), one.c.change_no.desc()).limit(1)
        .correlate(latest).scalar_subquery()
    )


def library(narrowed: ColumnElement[bool], *, by_facet: bool) -> Select[Any]:
    """Every record there is, as it was: id, kind, owner now, day, change, body."""
    chosen = latest.join(version, version.c.version_no == _chosen())
    if by_facet:
        chosen = chosen.join(facet, facet.c.version_no == version.c.version_no)
    return (
        select(record.c.record_id, latest.c.kind, latest.c.owner, version.c.valid_from,
               version.c.change_no, version.c.body)
        .select_from(chosen.join(record, record.c.record_no == latest.c.record_no))
        .where(version.c.ended == 0, narrowed).order_by(latest.c.record_no)
    )


def sums(by: tuple[str, ...], narrowed: ColumnElement[bool]) -> Select[Any]:
    """Records and amounts by facets and - always - by currency."""
    columns = [_column(facet, name) for name in by]
    return (
        select(*columns, facet.c.currency, func.count(), func.sum(facet.c.amount),
               func.sum(_is_bound()))
        .select_from(latest.join(facet, facet.c.version_no == _chosen()))
        .where(narrowed).group_by(*columns, facet.c.currency)
        .order_by(*columns, facet.c.currency)
    )


def steps(by: tuple[str, ...], narrowed: ColumnElement[bool]) -> Select[Any]:
    """Differences of the sums from month to month, as known now."""
    columns = [_column(monthly, name) for name in by]
    return (
        select(monthly.c.month, *columns, monthly.c.currency, func.sum(monthly.c.records),
               func.sum(monthly.c.amount), func.sum(monthly.c.bounded))
        .where(narrowed).group_by(monthly.c.month, *columns, monthly.c.currency)
        .order_by(monthly.c.month)
    )


def readable(
    table: Any, holder: str, allowed: dict[str, list[str] | None]
) -> ColumnElement[bool]:
    """Records whose kind and present owner may be read; None stands for every owner."""
    parts = []
    whole = sorted(k for k, owners in allowed.items() if owners is None)
    if whole:
        parts.append(table.c.kind.in_(whole))
    for kind, owners in sorted(allowed.items()):
        if owners:
            parts.append(and_(table.c.kind == kind, table.c[holder].in_(sorted(owners))))
    return or_(*parts) if parts else false()


def _column(table: Any, name: str) -> Any:
    return table.c[name]


def _is_bound() -> Any:
    return case((facet.c.relation.in_(("", "=")), 0), else_=1)
