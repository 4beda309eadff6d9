"""From the region's own tables to records: projects, scenarios, values, incidents."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tieline.region.cells import NUMBER, half_width, split
from tieline.region.expect import nearest, plain
from tieline.region.model import Event, Incident, Project, Scenario
from tieline.region.programme import check_precedence, spending
from tieline.region.region import Impact, Value
from tieline.region.tables import COMMON, Table
from tieline.region.toml import refuse_reserved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from tieline.region.issues import Issues


def _rows(table: Table) -> list[dict[str, Any]]:
    """Rows as plain values: dates as `date` or None, numbers as float or int."""
    columns = {k: v.tolist() for k, v in table.columns.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _year(value: int, otherwise: int | None) -> int | None:
    return otherwise if value < 0 else value


def projects(
    table: Table | None, jurisdictions: Sequence[str], currency: str, price_year: int | None,
    issues: Issues,
) -> tuple[Project, ...]:
    """The rows of projects.csv."""
    if table is None:
        return ()
    refuse_reserved(table.file, table["id"], table.rows, issues)
    found = tuple(
        Project(
            id=r["id"], name=r["name"] or r["id"], name_zh=r["name_zh"], opened=r["opened"],
            capex=r["capex"], opex_per_year=r["opex_per_year"], life_years=r["life_years"],
            currency=r["currency"] or currency, price_year=_year(r["price_year"], price_year),
            payers=MappingProxyType(
                _payers(r["payers"], jurisdictions, table.file, int(line), issues)
            ),
            status=r["status"], source=r["source"],
            spending=MappingProxyType(spending(r["spending"], table.file, int(line), issues)),
            needs=tuple(split(r["needs"])), excludes=tuple(split(r["excludes"])),
        )
        for r, line in zip(_rows(table), table.rows, strict=True)
        if r["id"]
    )
    check_precedence(found, table, issues)
    return found


def _payers(
    text: str, jurisdictions: Sequence[str], file: str, row: int, issues: Issues
) -> dict[str, float]:
    """Shares by jurisdiction from `a:0.5;b:0.5`."""
    shares: dict[str, float] = {}
    for part in split(text):
        who, _, share = half_width(part).rpartition(":")
        who, share = who.strip(), share.strip()
        if not NUMBER.fullmatch(share) or not 0.0 <= float(share) <= 1.0:
            issues.error(
                file, "shares such as westtown:0.5;easttown:0.5", f"'{part}'",
                row=row, field="payers",
            )
            return {}
        if who not in jurisdictions:
            issues.error(
                file, "the id of a jurisdiction", f"'{who}'{nearest(who, jurisdictions)}",
                row=row, field="payers",
            )
            return {}
        if who in shares:
            issues.error(
                file, "each jurisdiction once", f"'{who}' twice", row=row, field="payers"
            )
        shares[who] = float(share)
    total = math.fsum(shares.values())
    if shares and abs(total - 1.0) > 1e-6:
        issues.error(
            file, "shares that sum to 1", f"a sum of {total:g}", row=row, field="payers"
        )
    return shares


def scenarios(table: Table | None, study_date: date | None) -> dict[str, Scenario]:
    """The rows of scenarios.csv, and `base` where no row is named so."""
    found: dict[str, Scenario] = {"base": Scenario("base", study_date)}
    left_out = {"id", "date", *(c.name for c in COMMON)}
    for r in [] if table is None else _rows(table):
        parameters = tuple(
            (k, v) for k, v in r.items()
            if k not in left_out and v != "" and not (isinstance(v, float) and math.isnan(v))
        )
        found[r["id"]] = Scenario(r["id"], r["date"] or study_date, parameters)
    return {k: v for k, v in found.items() if k}


def values(
    table: Table | None, currency: str, price_year: int | None, issues: Issues
) -> tuple[Value, ...]:
    """The rows of values.csv; `low` and `high` are the value itself where empty."""
    if table is None:
        return ()
    found: list[Value] = []
    seen: set[tuple[str, str, str]] = set()
    for r, line in zip(_rows(table), table.rows, strict=True):
        typical, events = r["value_per_unit"], r["events_per_year"]
        value = Value(
            r["measure"], r["jurisdiction"], typical, _or(r["low"], typical),
            _or(r["high"], typical), r["currency"] or currency, _or(events, 1.0),
            _year(r["price_year"], price_year), r["status"], r["source"],
        )
        _check_value(value, seen, table.file, int(line), issues)
        found.append(value)
    return tuple(found)


def _or(value: float, otherwise: float) -> float:
    return otherwise if math.isnan(value) else value


def _check_value(
    value: Value, seen: set[tuple[str, str, str]], file: str, row: int, issues: Issues
) -> None:
    """Report a range that leaves out the price, no currency, or a price given before."""
    for name, sign, end, wrong in (
        ("low", "<=", value.low, value.low > value.typical),
        ("high", ">=", value.high, value.high < value.typical),
    ):
        if wrong:
            issues.error(
                file, f"a number {sign} value_per_unit ({plain(value.typical)})", plain(end),
                row=row, field=name,
            )
    if not value.currency:
        issues.error(
            file, "a currency (here or in region.toml)", "nothing", row=row, field="currency"
        )
    key = (value.measure, value.jurisdiction, value.currency)
    if key in seen:
        issues.error(
            file, "one row for each measure and jurisdiction",
            f"'{value.measure}' for '{value.jurisdiction or 'all'}' again",
            row=row, field="measure",
        )
    seen.add(key)


def impacts(table: Table | None, issues: Issues) -> tuple[Impact, ...]:
    """The rows of impacts.csv: each says something, a figure has its unit."""
    if table is None:
        return ()
    found = []
    for r, line in zip(_rows(table), table.rows, strict=True):
        amount = None if math.isnan(r["amount"]) else r["amount"]
        if amount is not None and not r["unit"]:
            issues.error(table.file, "the unit of the amount", "nothing", row=int(line),
                         field="unit")
        if amount is None and not (r["words"] or r["words_zh"]):
            issues.error(table.file, "an amount with its unit, or words", "neither",
                         row=int(line), field="words")
        found.append(Impact(
            r["name"], r["name_zh"], amount, r["unit"], r["words"], r["words_zh"],
            r["direction"] or "unclear", r["project"], r["jurisdiction"], r["status"],
            r["source"]))
    return tuple(found)


def incidents(
    table: Table | None, networks: Sequence[str], issues: Issues
) -> tuple[Incident, ...]:
    """Incidents of incidents.csv, in the order they first appear."""
    if table is None:
        return ()
    heads: dict[str, tuple[str, datetime]] = {}
    events: dict[str, list[Event]] = {}
    for r, line in zip(_rows(table), table.rows, strict=True):
        row = int(line)
        head = (r["network"], r["start"])
        if r["network"] not in networks:
            issues.error(
                table.file, "a network of region.toml",
                f"'{r['network']}'{nearest(r['network'], networks)}", row=row, field="network",
            )
        first = heads.setdefault(r["id"], head)
        for name, mine, other in zip(("network", "start"), head, first, strict=True):
            if mine != other:
                issues.error(
                    table.file, f"'{other}', as in the first row of '{r['id']}'", f"'{mine}'",
                    row=row, field=name,
                )
        parameters = []
        for part in split(r["parameters"]):
            name, sign, value = part.partition("=")
            if not sign or not name.strip():
                issues.error(
                    table.file, "parameters such as name=value;name=value", f"'{part}'",
                    row=row, field="parameters",
                )
            parameters.append((name.strip(), value.strip()))
        events.setdefault(r["id"], []).append(Event(r["asset"], r["kind"], tuple(parameters)))
    return tuple(Incident(i, *heads[i], tuple(events[i])) for i in events)
