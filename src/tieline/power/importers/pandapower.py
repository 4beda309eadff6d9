"""A pandapower network (JSON) written as a region folder.

pandapower itself is needed only here and only when called; it reads its own older formats.
"""

from __future__ import annotations

import importlib
import json
import logging
import shlex
import sys
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from tieline.errors import InputError
from tieline.power.importers import assumed
from tieline.power.importers.areas import Edge, Supply, feeder_heads, supply_areas
from tieline.power.importers.convert import convert, project_rows
from tieline.power.importers.findings import ImportReport
from tieline.power.importers.folder import RegionDraft, write_region
from tieline.power.importers.frames import Draft, Element
from tieline.power.importers.parallel import merge_parallel
from tieline.region.issues import Issues
from tieline.region.model import STATUSES
from tieline.region.write import refuse_occupied

Split = Literal["column", "supply", "zone"]
Assumption = Literal["failures", "feeder_heads"]

_REPORTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "line": ("branch", ("failure_per_km_yr", "repair_h")),
    "trafo": ("transformer", ("failure_per_yr", "repair_h")),
    "load": ("load", ("customers", "class", "priority", "failure_per_yr", "repair_h")),
    "switch": ("switch", ("control", "operate_min", "travel_min")),
}
"""Columns pandapower does not have itself; where the file lacks them too, that is said."""


def import_pandapower(
    file: str | Path,
    folder: str | Path,
    *,
    jurisdictions: Split = "column",
    name: str | None = None,
    assume: Collection[Assumption] = (),
    status: str = "approximate",
) -> ImportReport:
    """What was taken over, missed, assumed and left out, once the folder is written.

    Parameters
    ----------
    file
        A network as `pandapower.to_json` writes it.
    folder
        The region folder to make; it must not exist yet, or be empty.
    jurisdictions
        Where each bus's jurisdiction comes from: the extra column `jurisdiction` of the bus
        table, its column `zone`, or the supply area it is fed from in the normal state.
    name
        Name of the region; without it the network's own name, else the file's.
    assume
        What may be assumed where the file is silent, row by row, marked as assumption:
        `failures` (rates and repair times of `tieline.power.importers.assumed`) and
        `feeder_heads` (the first switch of each feeder is a breaker).
    status
        What the rows rest on where the file has no column `status`: one of the statuses of
        `tieline.region.model`. The importer cannot know, so it claims no more than
        `approximate`.

    Raises
    ------
    InputError
        pandapower is not installed, or the file cannot be used; nothing is written then.
    """
    source, target = Path(file), Path(folder)
    issues = Issues()
    refuse_occupied(target)
    if status not in STATUSES:
        issues.error("import", "one of " + ", ".join(STATUSES), f"'{status}'", field="status")
    net = _load(source, issues)
    issues.stop()
    draft = Draft(net, source.name, issues, status)
    convert(draft)
    issues.stop()
    merge_parallel(draft)
    supply = _supply(draft)
    titles = _assign(draft, supply, jurisdictions)
    if "feeder_heads" in assume:
        _assume_heads(draft, supply)
    if "failures" in assume:
        _assume_failures(draft)
    for table, (native, columns) in _REPORTED.items():
        draft.missing(table, native, columns)
    projects = project_rows(draft)
    issues.stop()
    title = name or str(net.get("name") or "") or source.stem
    rows = {table: len(made) for table, made in draft.rows.items()}
    report = ImportReport(source, target, title, tuple(titles), rows, draft.findings.all())
    write_region(target, RegionDraft(
        name=title, titles=titles, projects=tuple(projects), tables=draft.rows,
        provenance={
            "imported_from": source.name,
            "format": f"pandapower {net.get('format_version', '')}".strip(),
            "jurisdictions_from": jurisdictions,
            "assumed": ", ".join(sorted(assume)) or "nothing",
        },
        notes=report.markdown(),
    ))
    return report


def _load(file: Path, issues: Issues) -> Any:
    """The network in a file; None and an issue if there is none."""
    try:
        with file.open(encoding="utf-8") as stream:
            head = json.load(stream)
    except OSError as error:
        issues.error(str(file), "a pandapower JSON file", error.strerror or str(error))
        return None
    except (ValueError, RecursionError) as error:
        issues.error(str(file), "a pandapower JSON file", f"no JSON: {error}")
        return None
    if not isinstance(head, dict) or head.get("_class") != "pandapowerNet":
        issues.error(str(file), "a network written by pandapower.to_json",
                     "JSON of another kind")
        return None
    # pandapower's own imports and format conversions warn about pandas and each other;
    # nothing of that is about the file, and none of our own code runs in here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pandapower = importlib.import_module("pandapower")
        except ModuleNotFoundError as error:
            raise InputError([f"pandapower is not installed: {_how_to_install()}"]) from error
        logging.getLogger(__name__).debug("pandapower %s", pandapower.__version__)
        return pandapower.from_json(str(file))


def _how_to_install() -> str:
    """The command that brings pandapower to the interpreter in use.

    In a checkout's own environment, that `make` sets up, it is said without the machine's paths.
    """
    root = Path(__file__).parents[4]
    checkout = (root / "pyproject.toml").is_file() and (root / "src" / "tieline").is_dir()
    what = "-e '.[pandapower]'" if checkout else "'tieline[pandapower]'"
    own = root / ".venv"
    if checkout and Path(sys.prefix).absolute() == own.absolute():
        python = Path(sys.executable)
        return f".venv/{python.parent.name}/pip install {what}"
    return f"{shlex.quote(sys.executable)} -m pip install {what}"


def _supply(draft: Draft) -> Supply:
    """The net as the split by supply areas sees it."""
    opened = {(row["element_kind"], row["element"]) for row in draft.rows.get("switch", [])
              if row["normal"] == "open" and row["element_kind"] != "bus"}
    edges = []
    for native, table, ends in (("branch", "line", ("from_bus", "to_bus")),
                                ("transformer", "transformer", ("hv_bus", "lv_bus"))):
        edges += [
            Edge(table, row["id"], row[ends[0]], row[ends[1]], (native, row["id"]) not in opened,
                 _title(draft, row["id"]))
            for row in draft.rows.get(native, [])
        ]
    edges += [
        Edge("switch", row["id"], row["bus"], row["element"], row["normal"] == "closed")
        for row in draft.rows.get("switch", []) if row["element_kind"] == "bus"
    ]
    sources = {row["bus"]: _title(draft, row["id"]) for row in draft.rows["source"]}
    return Supply(draft.vn_kv, tuple(edges), sources)


def _title(draft: Draft, element_id: str) -> str:
    """The name an element has in the file, for titles of areas."""
    table = element_id.rstrip("0123456789")
    if not draft.has(table, "name"):
        return element_id
    index = int(element_id[len(table):])
    return Element(table, index, {"name": draft.net[table].at[index, "name"]}).title


def _assign(draft: Draft, supply: Supply, how: Split) -> dict[str, tuple[str, str]]:
    """Give every bus its jurisdiction; titles (en, zh) by jurisdiction, sorted."""
    if how == "supply":
        areas = supply_areas(supply)
        for row in draft.rows["bus"]:
            row["jurisdiction"] = areas.of_bus.get(row["id"], "")
        if areas.unfed:
            draft.findings.add("changed", "bus", "not fed in the normal state: joins its neighbour",
                               "正常方式下无电:归入相邻供电区", areas.unfed)
        gap = "none; trafo3w is not taken over" if any(draft.elements("trafo3w")) else "none"
        for bus in areas.unreached:
            draft.issues.error(f"{draft.file}: {bus}", "a way to a source", gap)
        draft.findings.add("changed", "bus.jurisdiction", "one jurisdiction for each supply area",
                           "每个供电区作为一个辖区")
        return dict(sorted(areas.titles.items()))
    column = "jurisdiction" if how == "column" else "zone"
    values = {e.id: e.text(column) for e in draft.elements("bus") if e.id in draft.vn_kv}
    if not any(values.values()):
        others = "supply|zone" if how == "column" else "supply|column"
        draft.issues.error(f"{draft.file}: bus", "the jurisdiction of each bus",
                           f"no values (to take it from elsewhere: --jurisdictions {others})",
                           field=column)
        return {}
    for bus, value in values.items():
        if not value:
            draft.issues.error(f"{draft.file}: bus {bus.removeprefix('bus')}",
                               "the jurisdiction of the bus", "nothing", field=column)
    for row in draft.rows["bus"]:
        row["jurisdiction"] = values[row["id"]]
    return {j: (j, j) for j in sorted({row["jurisdiction"] for row in draft.rows["bus"]} - {""})}


def _assume_heads(draft: Draft, supply: Supply) -> None:
    switches = draft.rows.get("switch", [])
    at_line = {(row["bus"], row["element"]): row["id"] for row in switches
               if row["element_kind"] == "branch"}
    couplers = {}
    for row in switches:
        if row["element_kind"] == "bus":
            couplers[row["bus"], row["element"]] = row["id"]
            couplers[row["element"], row["bus"]] = row["id"]
    heads = feeder_heads(supply, at_line, couplers)
    made = []
    for row in switches:
        if row["id"] in heads.switches and row["kind"] not in ("breaker", "recloser", "fuse"):
            row.update(kind="breaker", status="assumption")
            made.append(row["id"])
    if made:
        draft.findings.add("assumed", "switch.kind", "breaker at the head of a feeder",
                           "馈线出口为断路器", made)
    if heads.bare_lines:
        draft.findings.add("missing", "switch", "leaves the station without any switch",
                           "出线无开关", heads.bare_lines)


def _assume_failures(draft: Draft) -> None:
    """Fill failure rates and repair times where both are empty."""
    for native, rate in (("branch", "failure_per_km_yr"), ("transformer", "failure_per_yr"),
                         ("load", "failure_per_yr")):
        done: dict[assumed.Typical, list[str]] = {}
        for row in draft.rows.get(native, []):
            typical = {
                "branch": assumed.LINES.get(row.get("kind", "overhead")),
                "transformer": assumed.SUBSTATION_TRANSFORMER,
                "load": assumed.CUSTOMER_TRANSFORMER,
            }[native]
            if typical is None or rate in row or "repair_h" in row:
                continue
            row.update({rate: typical.rate, "repair_h": typical.repair_h, "status": "assumption"})
            row["source"] = f"{row['source']}; failures {assumed.SOURCE}"
            done.setdefault(typical, []).append(row["id"])
        for typical, ids in done.items():
            unit = "per km and year" if native == "branch" else "per year"
            unit_zh = "次/(km·年)" if native == "branch" else "次/年"
            draft.findings.add(
                "assumed", f"{native}.{rate}",
                f"{typical.rate:g} {unit}, {typical.repair_h:g} h, {assumed.SOURCE}",
                f"{typical.rate:g} {unit_zh},{typical.repair_h:g} h,取自 RBTS (Allan 等 1991)",
                ids,
            )
