"""A SWMM input file written as a region folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tieline.region.findings import ImportReport
from tieline.region.issues import Issues
from tieline.region.model import STATUSES
from tieline.region.write import MARKER, atomic_folder, refuse_occupied, write_table
from tieline.water.read import schemas
from tieline.water.swmm.controls import Controls
from tieline.water.swmm.draft import Draft
from tieline.water.swmm.links import Links
from tieline.water.swmm.nodes import Nodes
from tieline.water.swmm.sections import read_sections
from tieline.water.swmm.units import Units

if TYPE_CHECKING:
    from tieline.water.swmm.draft import Row
    from tieline.water.swmm.sections import Line

WHOLE = "whole"
LEFT_OUT = {
    "SUBCATCHMENTS": ("rainfall and runoff", "降雨产流"),
    "RDII": ("rain-derived inflow", "降雨入渗入流"),
    "TREATMENT": ("treatment functions", "处理函数"),
    "FILES": ("interface files", "接口文件"),
    "EVAPORATION": ("evaporation", "蒸发"),
    "PATTERNS": ("patterns over time", "时变模式"),
    "GROUNDWATER": ("groundwater", "地下水"),
}
QUIET = {
    "RAINGAGES", "SUBAREAS", "INFILTRATION", "AQUIFERS", "SNOWPACKS", "LANDUSES", "COVERAGES",
    "LOADINGS", "BUILDUP", "WASHOFF", "HYDROGRAPHS", "LID_CONTROLS", "LID_USAGE", "POLYGONS",
    "VERTICES", "PROFILES", "BACKDROP", "EVENTS", "TEMPERATURE", "ADJUSTMENTS", "GWF", "STREETS",
    "INLETS", "INLET_USAGE",
}
"""Sections that belong to those named above, or only draw."""


def import_swmm(
    file: str | Path, folder: str | Path, *, jurisdictions: Mapping[str, str] | None = None,
    name: str | None = None, status: str = "approximate",
) -> ImportReport:
    """What was taken over, changed and left out, once the folder is written.

    Parameters
    ----------
    file
        A SWMM 5 input file (.inp).
    folder
        The region folder to make; it must not exist yet, or be empty.
    jurisdictions
        Jurisdiction of each node by name; default: the tag of the node in [TAGS], and where there
        is none one for all, "whole". A reach belongs to the node it begins at, a gate or pump too.
    status
        What the rows rest on; the importer claims no more than `approximate`.

    Raises
    ------
    InputError
        The file cannot be used: with every problem found; nothing is written then.
    """
    source, target = Path(file), Path(folder)
    refuse_occupied(target)
    issues = Issues()
    if status not in STATUSES:
        issues.error("import", "one of " + ", ".join(STATUSES), f"'{status}'", field="status")
    sections = read_sections(source, issues)
    issues.stop()
    try:
        units = Units.of(sections.get("OPTIONS", ()))
    except ValueError as error:
        issues.error(f"{source.name} [OPTIONS]", "dates, times and steps", f"an error: {error}")
        issues.stop()
        raise
    draft = Draft(source.name, sections, units, issues)
    nodes = Nodes(draft)
    nodes.take()
    links = Links(draft, nodes)
    links.take()
    Controls(draft, links).take()
    _rest(draft)
    issues.stop()
    who = _assign(draft, jurisdictions)
    for rows in draft.rows.values():
        for row in rows:
            row["status"] = status
    report = ImportReport(
        source, target, name or source.stem, who,
        {table: len(rows) for table, rows in draft.rows.items()}, draft.findings.all(), "water",
    )
    _write(target, report, draft.rows, units)
    return report


def _rest(draft: Draft) -> None:
    """Name the sections that nothing reads."""
    for section, lines in draft.sections.items():
        if section in draft.used or section in QUIET or not lines:
            continue
        text, zh = LEFT_OUT.get(section, (f"section [{section}]", f"[{section}] 部分"))
        draft.left_out(section.lower(), text, zh, *_first_words(lines))


def _first_words(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.words[0] for line in lines))


def read_jurisdictions(path: str | Path) -> dict[str, str]:
    """The jurisdiction of each node, from a CSV with the columns `node` and `jurisdiction`.

    InputError with every row that has not both, or names a node again for another jurisdiction.
    """
    file, issues = Path(path), Issues()
    found: dict[str, str] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            for row in rows if {"node", "jurisdiction"} <= set(rows.fieldnames or ()) else ():
                node, who = ((row[k] or "").strip() for k in ("node", "jurisdiction"))
                if not node or not who:
                    issues.error(file.name, "a node and its jurisdiction",
                                 f"'{node}', '{who}'", row=rows.line_num)
                elif found.setdefault(node, who) != who:
                    issues.error(file.name, f"'{found[node]}' for '{node}', as in a row before",
                                 f"'{who}'", row=rows.line_num, field="jurisdiction")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        issues.error(file.name, "a CSV file", getattr(error, "strerror", "") or str(error))
    if not found:
        issues.error(file.name, "columns node and jurisdiction, with rows", "none")
    issues.stop()
    return found


def _assign(draft: Draft, given: Mapping[str, str] | None) -> tuple[str, ...]:
    """Give every node, gate, pump and source its jurisdiction; those in use, sorted."""
    tags = {
        line.words[1]: line.words[2] for line in draft.sections.get("TAGS", ())
        if len(line.words) > 2 and line.words[0].upper() == "NODE"
    }
    known = tags if given is None else given
    of = {row["id"]: known.get(row["id"], WHOLE) for row in draft.rows.get("node", ())}
    for row in draft.rows.get("node", ()):
        row["jurisdiction"] = of[row["id"]]
    for table in ("gate", "pump", "source"):
        for row in draft.rows.get(table, ()):
            row["jurisdiction"] = of[row.get("from_node", row.get("node", ""))]
    without = [node for node in of if node not in known]
    if not known:
        draft.findings.add("missing", "node.jurisdiction", "one jurisdiction for all",
                           "全部归为一个辖区")
    elif without:
        draft.findings.add("missing", "node.jurisdiction", f"none is named: taken as '{WHOLE}'",
                           f"未指明辖区,归为“{WHOLE}”", without)
    strange = [node for node in known if node not in of]
    if strange:
        draft.left_out("node.jurisdiction", "named for nodes that the file does not have",
                       "所指节点不在文件中", *strange)
    return tuple(sorted(set(of.values())))


def _write(
    folder: Path, report: ImportReport, rows: Mapping[str, list[Row]], units: Units
) -> None:
    with atomic_folder(folder) as work:
        (work / "water").mkdir()
        (work / "region.toml").write_text(_toml(report, units), encoding="utf-8")
        (work / "IMPORT.md").write_text(report.markdown(), encoding="utf-8")
        for table, made in rows.items():
            used = {name for row in made for name in row}
            columns = [c.name for c in schemas()[table].columns if c.name in used or c.required]
            write_table(pd.DataFrame(made, columns=columns), work / "water" / f"{table}.csv")
    # The marker says that the next run may replace the folder; a region is the user's to edit.
    (folder / MARKER).unlink()


def _toml(report: ImportReport, units: Units) -> str:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML basic string

    lines = [f"name = {quoted(report.name)}", 'networks = ["water"]']
    for key in report.jurisdictions:
        lines += ["", "[[jurisdiction]]", f"id = {quoted(key)}", f"name = {quoted(key)}"]
    step = min(max(round(units.step_s), 1), 60)
    step = step if 300 % step == 0 else 10
    lines += ["", "[water]", f"days = {units.days:.6g}", "warmup_days = 0", f"dt_s = {step}",
              "record_s = 300", "", "[provenance]", f"imported_from = {quoted(report.file.name)}",
              'format = "SWMM 5 input"']
    return "\n".join(lines) + "\n"
