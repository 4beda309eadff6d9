"""A region folder written from rows, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tieline.power.importers.frames import Row, schema
from tieline.region.write import MARKER, atomic_folder, refuse_occupied, write_table


@dataclass(frozen=True)
class RegionDraft:
    """What goes into the folder: names, jurisdictions with titles (en, zh), rows by table."""

    name: str
    titles: Mapping[str, tuple[str, str]]
    projects: tuple[Mapping[str, Any], ...]
    tables: Mapping[str, Sequence[Row]]
    provenance: Mapping[str, str]
    notes: str


def write_region(folder: Path, draft: RegionDraft) -> None:
    """Write the folder, which must not exist yet or be empty."""
    refuse_occupied(folder)
    with atomic_folder(folder) as work:
        (work / "power").mkdir()
        (work / "region.toml").write_text(_region_toml(draft), encoding="utf-8")
        (work / "IMPORT.md").write_text(draft.notes, encoding="utf-8")
        if draft.projects:
            write_table(pd.DataFrame(list(draft.projects)), work / "projects.csv")
        for table, rows in draft.tables.items():
            used = {name for row in rows for name in row}
            columns = [c.name for c in schema(table).columns if c.name in used or c.required]
            frame = pd.DataFrame(list(rows), columns=columns)
            write_table(frame, work / "power" / f"{table}.csv")
    # The marker says that the next run may replace the folder; a region is the user's to edit.
    (folder / MARKER).unlink()


def _region_toml(draft: RegionDraft) -> str:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML basic string

    degrees = all(
        -180.0 <= row.get("x", 999.0) <= 180.0 and -90.0 <= row.get("y", 999.0) <= 90.0
        for row in draft.tables["bus"]
    )
    lines = [
        f"name = {quoted(draft.name)}",
        f'coordinates = "{"EPSG:4326" if degrees else "schematic"}"',
        'networks = ["power"]',
    ]
    for key, (en, zh) in draft.titles.items():
        lines += ["", "[[jurisdiction]]", f"id = {quoted(key)}", f"name = {quoted(en)}",
                  f"name_zh = {quoted(zh)}"]
    lines += ["", "[provenance]"]
    lines += [f"{key} = {quoted(text)}" for key, text in draft.provenance.items()]
    return "\n".join(lines) + "\n"
