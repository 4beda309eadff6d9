"""The projects of the networks, as the table `projects.csv` of a region's folder, and back.

The table names the change it was made at, and the list if it was one, so that one that is out of
date can be told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tieline.errors import LedgerError
from tieline.ledger.exchange.mapping import RECORD, Columns
from tieline.ledger.listing import members_of
from tieline.ledger.money import DIGITS
from tieline.region.schemas import region_schemas

if TYPE_CHECKING:
    from tieline.ledger.exchange.source import Source
    from tieline.ledger.state import State
    from tieline.ledger.view import View

MARK = "# ledger change "
LIST = " list "
STATUSES = {"announced": "reported"}
"""What the tables of networks have no word for."""

FIELDS = {
    "id": "network_project", "name": "name", "name_zh": "name_zh", "opened": "opened",
    "capex": "investment", "opex_per_year": "opex_per_year", "life_years": "life_years",
    "price_year": "price_year", "payers": "payers", "status": "status", "source": "source",
}
"""Columns of the table and the fields of a project; the currency stands with the amounts."""
AMOUNTS = ("capex", "opex_per_year")


def projects_table(view: View, head: str, list_id: str = "") -> str:
    """The text of projects.csv: every project that is one of the networks', as far as visible.

    With a list, its members in their order there.

    Raises
    ------
    LedgerError
        If there is no such list, or none on it is a project of the networks.
    """
    states = [s for s in _chosen(view, list_id) if s.get("network_project")]
    if list_id and not states:
        message = (f"'{list_id}': expected a list with projects of the networks (those with "
                   "network_project), found none on it")
        raise LedgerError(message)
    out = io.StringIO()
    out.write(f"{MARK}{view.known}:{head}{LIST + list_id if list_id else ''}\n")
    writer = csv.DictWriter(out, _columns(), lineterminator="\n")
    writer.writeheader()
    for state in states:
        writer.writerow(_row(dict(state.values)))
    return out.getvalue()


def _chosen(view: View, list_id: str) -> list[State]:
    projects = view.records("project")
    if not list_id:
        return projects
    there = {s.id: s for s in projects if s.id in members_of(view, list_id)}
    places = view.records("membership", where={"list": list_id})
    order = sorted(places, key=lambda m: (m.get("number") is None, m.get("number") or 0))
    return [there[i] for m in order if (i := str(m.get("member"))) in there]


def _columns() -> list[str]:
    """Columns of the table that the ledger knows; others may be left out of a table."""
    known = {*FIELDS, "currency"}
    return [c.name for c in region_schemas()["projects"].columns if c.name in known]


def _row(v: dict[str, Any]) -> dict[str, str]:
    capex, opex = v.get("investment"), v.get("opex_per_year")
    status = str(v.get("status") or "")
    return {
        "id": v["network_project"], "name": v.get("name") or v.get("name_zh") or "",
        "name_zh": v.get("name_zh") or "", "opened": v.get("opened") or "",
        "capex": _amount(capex), "opex_per_year": _amount(opex),
        "life_years": v.get("life_years") or "",
        "currency": (capex or opex or {}).get("currency", ""),
        "price_year": str(v.get("price_year") or ""),
        "payers": ";".join(f"{k}:{s}" for k, s in (v.get("payers") or {}).items()),
        "status": STATUSES.get(status, status), "source": v.get("source") or "",
    }


def _amount(money: dict[str, Any] | None) -> str:
    if not money:
        return ""
    text = f"{Decimal(money['minor']).scaleb(-DIGITS[money['currency']]):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_projects_table(source: Source, mapping: Columns) -> bool:
    """Whether a file is a projects.csv, and nobody said how else to read it."""
    there = {c for c in source.columns if c}
    return (mapping.kind == "project" and not mapping.columns and not source.keys
            and {"id", *AMOUNTS} <= there <= set(_columns()))


def as_projects(
    source: Source, mapping: Columns, states: Sequence[State]
) -> tuple[Source, Columns]:
    """A projects.csv as a list of projects, each found by the project of the networks it is.

    Amounts stand with their currency; what the table has no word for (see `STATUSES`), or says
    twice (a Chinese name as the name), is no difference.
    """
    known = {s.get("network_project"): s for s in states if s.get("network_project")}
    columns = ("" if c == "currency" else c for c in source.columns)
    rows = []
    for number, cells in source.rows:
        row = dict(zip(source.columns, map(_text, cells), strict=False))
        state = known.get(row.get("id", ""))
        for name in AMOUNTS:
            row[name] = _with_currency(row.get(name, ""), row.get("currency", ""))
        if state is not None:
            _leave_as_it_is(row, state)
        rows.append((number, [*(row.get(c, "") for c in source.columns),
                              state.id if state is not None else ""]))
    read = replace(source, columns=(*columns, RECORD), rows=tuple(rows))
    constants = {"stage": "unknown", **mapping.constants}
    return read, replace(mapping, columns={**FIELDS, RECORD: RECORD}, constants=constants)


def _leave_as_it_is(row: dict[str, str], state: State) -> None:
    status = str(state.get("status") or "")
    if status in STATUSES and row.get("status") == STATUSES[status]:
        row["status"] = status
    if not state.get("name") and row.get("name") == state.get("name_zh"):
        row["name"] = ""


def _with_currency(amount: str, currency: str) -> str:
    try:
        amount = f"{Decimal(amount):f}"
    except InvalidOperation:
        return amount
    return f"{amount} {currency}".strip()


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
