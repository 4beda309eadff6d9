"""What the planning tables must agree on, beyond what each field can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.region.issues import Issue, Issues
from tieline.region.model import Event, Incident
from tieline.region.schemas import region_schemas
from tieline.water.quality.agreement import check_agreements
from tieline.water.quality.standard import standard_of
from tieline.water.read import schemas
from tieline.water.spill.event import spills_of
from tieline.water.spill.moves import ASSETS, settings_of

if TYPE_CHECKING:
    from tieline.region.folder import RegionFolder
    from tieline.water.network import WaterNetwork

YEAR = (360.0, 366.5)


def check_planning(network: WaterNetwork, folder: RegionFolder, issues: Issues) -> None:
    """Report what in quality, cleaning and spills cannot be used, and what is unlikely."""
    mine = Issues()
    _seasons(network, mine)
    _items(network, mine)
    _abatement(network, mine)
    check_agreements(network, mine)
    _cleaning(network, mine)
    _ordered(network, mine)
    for issue in mine:
        _in_file(issue, folder, issues)
    _incidents(network, folder, issues)


def _in_file(issue: Issue, folder: RegionFolder, issues: Issues) -> None:
    """Report a problem of the n-th row of a table where that row stands in its file."""
    name = issue.file.removeprefix("water/")
    table = folder.table(issue.file, schemas()[name], Issues())
    file, row = f"{issue.file}.csv", issue.row
    if table is not None:
        file = table.file
        row = None if row is None else int(table.rows[row - 2])
    if issue.severity == "note":
        issues.note(file, issue.found, row=row, field=issue.field)
    else:
        issues.error(file, issue.expected, issue.found, row=row, field=issue.field)


def _seasons(network: WaterNetwork, issues: Issues) -> None:
    rows = network.tables["season"]
    if not len(rows):
        return
    total = float(rows["days"].sum())
    if not YEAR[0] <= total <= YEAR[1]:
        issues.error("water/season", "flow scenarios that together make a year of 365 [d]",
                     f"{total:g}", field="days")
    seen: dict[str, str] = {}
    for k in range(len(rows)):
        for month in str(rows["months"][k]).replace(",", ";").split(";"):
            name = month.strip()
            if not name:
                continue
            if not (name.isdigit() and 1 <= int(name) <= 12):
                issues.error("water/season", "months 1..12, several separated by ';'", f"'{name}'",
                             row=k + 2, field="months")
            elif name in seen:
                issues.error("water/season", "each month in one flow scenario",
                             f"month {name} in '{seen[name]}' and '{rows.ids[k]}'", row=k + 2,
                             field="months")
            seen[name] = str(rows.ids[k])


def _items(network: WaterNetwork, issues: Issues) -> None:
    items = network.tables["item"]
    own = set(network.tables["target"]["item"].tolist())
    for i in range(len(items)):
        used = int(items["uses"][i])
        if used >= 0 and items["uses"][used] >= 0:
            issues.error("water/item", "an item that itself uses none", f"'{items.ids[used]}'",
                         row=i + 2, field="uses")
        if used >= 0 and not items["reaeration_per_day"][i] > 0.0:
            issues.error("water/item", "a rate of reaeration > 0 [1/d] for oxygen",
                         f"{items['reaeration_per_day'][i]:g}", row=i + 2,
                         field="reaeration_per_day")
        if standard_of(str(items.ids[i])) is None and i not in own and used < 0:
            issues.note("water/item", f"'{items.ids[i]}' is no item of GB 3838-2002 and has no "
                        "limit of its own: no section is judged by it", row=i + 2, field="id")
    sections = network.sections
    for r in range(len(sections)):
        mine = sections["items"][r] or range(len(items))
        if not any(standard_of(str(items.ids[i])) or i in own for i in mine):
            issues.note("water/section", f"'{sections.ids[r]}' has no limits: it is not judged",
                        row=r + 2, field="items")


def _abatement(network: WaterNetwork, issues: Issues) -> None:
    rows, loads = network.tables["abatement"], network.tables["load"]
    for key in {(int(s), int(i)) for s, i in zip(rows["source_id"], rows["item"], strict=True)}:
        mine = (rows["source_id"] == key[0]) & (rows["item"] == key[1])
        here = (loads["source_id"] == key[0]) & (loads["item"] == key[1])
        most = float(loads["kg_per_day"][here].max(initial=0.0))
        # A project may replace steps: only those that always exist are added up.
        always = mine & (rows.project < 0) & (rows.unless < 0)
        cut = float(rows["kg_per_day"][always].sum())
        if cut > most * (1.0 + 1e-9):
            issues.note("water/abatement", f"steps of '{network.sources.ids[key[0]]}' cut "
                        f"{cut:g} kg/d of {most:g} kg/d: the dearest are cut short",
                        row=int(np.flatnonzero(mine)[0]) + 2, field="kg_per_day")


def _cleaning(network: WaterNetwork, issues: Issues) -> None:
    spots, boats = network.tables["hotspot"], network.tables["boat"]
    for k in range(len(spots)):
        if not spots["opens_h"][k] < spots["closes_h"][k]:
            issues.error("water/hotspot", "an hour after opens_h",
                         f"{spots['closes_h'][k]:g}", row=k + 2, field="closes_h")
    for b in range(len(boats)):
        depot = int(boats["depot"][b])
        owner = network.tables["depot"]["jurisdiction"][depot]
        if owner != boats["jurisdiction"][b]:
            issues.note("water/boat", f"'{boats.ids[b]}' starts at a depot of "
                        f"'{network.jurisdictions[owner]}'", row=b + 2, field="depot")
    if len(spots) and not len(boats):
        issues.note("water/hotspot", "there are hot spots and no boats: nothing is collected")


def _ordered(network: WaterNetwork, issues: Issues) -> None:
    for table in ASSETS:
        for k, text in enumerate(network.tables[table]["ordered"]):
            try:
                settings_of(text)
            except ValueError:
                issues.error(f"water/{table}", "settings from 0 to 1, several separated by ';'",
                             f"'{text}'", row=k + 2, field="ordered")


def _incidents(network: WaterNetwork, folder: RegionFolder, issues: Issues) -> None:
    """Each spill of incidents.csv must be known, and so must its parameters."""
    table = folder.table("incidents", region_schemas()["incidents"], Issues())
    if table is None:
        return
    for k in range(len(table)):
        if table["network"][k] != "water":
            continue
        given = tuple(
            (name.strip(), value.strip()) for name, _, value in
            (part.partition("=") for part in str(table["parameters"][k]).split(";") if part.strip())
        )
        event = Event(str(table["asset"][k]), str(table["kind"][k]), given)
        start = np.datetime64(table["start"][k]).item()
        try:
            spills_of(network, Incident(str(table["id"][k]), "water", start, (event,)))
        except CaseError as error:
            issues.error(table.file, "a spill, or a place of the waters with parameters that a "
                         "spill has", str(error), row=int(table.rows[k]), field="asset")
