"""The projects of the networks, as the table `projects.csv` of a region's folder.

The table names the change it was made at, so that one that is out of date can be told.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tieline.ledger.money import DIGITS
from tieline.region.schemas import region_schemas

if TYPE_CHECKING:
    from tieline.ledger.view import View

MARK = "# ledger change "
STATUSES = {"announced": "reported"}
"""What the tables of networks have no word for."""


def projects_table(view: View, head: str) -> str:
    """The text of projects.csv: every project that is one of the networks', as far as visible."""
    columns = [c.name for c in region_schemas()["projects"].columns]
    out = io.StringIO()
    out.write(f"{MARK}{view.known}:{head}\n")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for state in view.records("project"):
        if state.get("network_project"):
            writer.writerow(_row(dict(state.values)))
    return out.getvalue()


def _row(v: dict[str, Any]) -> dict[str, str]:
    capex, opex = v.get("investment"), v.get("opex_per_year")
    status = str(v.get("status") or "")
    return {
        "id": v["network_project"], "name": v.get("name") or v.get("name_zh") or "",
        "name_zh": v.get("name_zh") or "", "opened": v.get("opened") or "",
        "capex": _amount(capex), "opex_per_year": _amount(opex),
        "life_years": v.get("life_years") or "",
        "currency": (capex or opex or {}).get("currency", ""), "price_year": "",
        "payers": ";".join(f"{k}:{s}" for k, s in (v.get("payers") or {}).items()),
        "status": STATUSES.get(status, status), "source": v.get("source") or "",
    }


def _amount(money: dict[str, Any] | None) -> str:
    if not money:
        return ""
    number = Decimal(money["minor"]).scaleb(-DIGITS[money["currency"]])
    return f"{number:f}"
