"""Records written down as data: TOML files, a list of rows for each kind.

```toml
[defaults]
owner = "jiashan"

[[platform]]
id = "park"
from = 2018-12-30
name_zh = "园区"
```

Files are read in the order of their names, kinds in the order in which they appear: what is
referred to comes first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tieline.errors import InputError
from tieline.ledger.append import Entry
from tieline.ledger.slips import slip
from tieline.region.cells import shown


def read_records(folder: Path) -> list[Entry]:
    """The entries of every TOML file in a folder.

    Raises
    ------
    InputError
        If there is none, or one is no such file.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise InputError([f"{folder}: expected files of records (.toml), found none"])
    return [entry for path in paths for entry in _read(path)]


def _read(path: Path) -> Iterator[Entry]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        defaults = raw.pop("defaults", {})
        for kind, rows in raw.items():
            for row in rows:
                yield _entry(kind, {**defaults, **row})
    except (tomllib.TOMLDecodeError, TypeError, AttributeError, UnicodeDecodeError) as error:
        message = f"{path}: expected rows of records by kind, found {slip(error)}"
        raise InputError([message]) from None


def _entry(kind: str, row: dict[str, Any]) -> Entry:
    begins = row.pop("from", None)
    if begins is not None and type(begins) is not date:
        message = f"record {row.get('id')}, field 'from': expected a date, found {shown(begins)}"
        raise InputError([message])
    return Entry(kind, row.pop("id", None), row, begins)
