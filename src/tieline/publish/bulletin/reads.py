"""How often bulletins were read: counts that somebody gives; the site itself counts nobody."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tieline.errors import InputError

COLUMNS = ("id", "reads", "begin", "end", "source")
MOST = 10


@dataclass(frozen=True)
class Reads:
    """Access counts of a period, and who gave them; `counts` by bulletin, the most read first."""

    counts: tuple[tuple[str, int], ...]
    begin: str
    end: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {"counts": [list(c) for c in self.counts], "begin": self.begin, "end": self.end,
                "source": self.source}


def read_reads(path: Path) -> Reads:
    """The counts of a CSV with the columns id, reads, begin, end, source.

    Raises
    ------
    InputError
        For each row that is none; period and source must be the same in all.
    """
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    wrong = [
        f"{path.name}, row {n}: expected {what}, found '{row.get(key)}'"
        for n, row in enumerate(rows, 2) for key, what, fits in _RULES
        if not fits(row.get(key) or "")
    ]
    if not rows:
        wrong.append(f"{path.name}: expected the columns {', '.join(COLUMNS)}, found no row")
    if len({(r.get("begin"), r.get("end"), r.get("source")) for r in rows}) > 1:
        wrong.append(f"{path.name}: expected one period and one source, found several")
    if wrong:
        raise InputError(wrong)
    counts = sorted(((r["id"], int(r["reads"])) for r in rows), key=lambda c: (-c[1], c[0]))
    first = rows[0]
    return Reads(tuple(counts[:MOST]), first["begin"], first["end"], first["source"])


def _day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_RULES = (
    ("id", "the id of a bulletin", lambda x: bool(x)),
    ("reads", "a whole number", lambda x: bool(re.fullmatch(r"\d{1,15}", x, re.ASCII))),
    ("begin", "a day like 2019-10-31", _day), ("end", "a day like 2019-10-31", _day),
    ("source", "who gave the counts", lambda x: bool(x.strip())),
)
