"""From a region folder to a `ServicesNetwork`, with every problem named."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tieline.region.tables import Schema, load_schema
from tieline.services.network import SUBJECTS, Facilities, Programmes, ServicesNetwork, Settings
from tieline.services.opening import read_days, read_hours
from tieline.transit.engine import shared_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.transit.network import TransitNetwork

FOLDER = "services"


@cache
def schemas() -> dict[str, Schema]:
    """The schema of every table, and of the settings, by name."""
    folder = Path(__file__).parent / "tables"
    return {p.stem: load_schema(p) for p in sorted(folder.glob("*.toml"))}


def read_network(folder: RegionFolder, issues: Issues) -> ServicesNetwork | None:
    """Read services/ and the lines of transit/; None if anything in them is unusable."""
    before = len(issues.errors)
    raw = folder.settings(FOLDER, schemas()["settings"], issues)
    lines = shared_network(folder, issues)
    if lines is None:
        if not issues.errors:  # what is wrong with the lines is told as theirs
            issues.error(f"{FOLDER}/", "lines by which people come: transit/ that can be read",
                         "none")
        for name in ("facility", "programme"):  # their own faults are told all the same
            folder.table(f"{FOLDER}/{name}", schemas()[name], issues)
        return None
    facilities = _facilities(folder, lines, issues)
    programmes = _programmes(folder, lines, issues)
    if facilities is None or programmes is None or len(issues.errors) > before:
        return None
    settings = Settings(raw["within_min"], raw["catchment_min"], raw["decay"], raw["overlap"],
                        raw["show_min"])
    return ServicesNetwork(lines, facilities, programmes, settings)


def _owners(names: NDArray[np.object_], lines: TransitNetwork) -> NDArray[np.int64]:
    ids = lines.jurisdictions
    return np.array([ids.index(x) if x in ids else -1 for x in names], np.int64)


def _facilities(
    folder: RegionFolder, lines: TransitNetwork, issues: Issues
) -> Facilities | None:
    table = folder.table(f"{FOLDER}/facility", schemas()["facility"], issues)
    if table is None:
        if not folder.has(f"{FOLDER}/facility"):
            issues.error(f"{FOLDER}/facility.csv",
                         f"this table ({schemas()['facility'].title})", "no such file or sheet")
        return None
    point = np.array([lines.points.index.get(str(x), -1) for x in table["point"]], np.int64)
    given = _owners(table["jurisdiction"], lines)
    owner = np.where(given >= 0, given, lines.points.jurisdiction[point])
    for i in np.flatnonzero(owner < 0).tolist():
        issues.error(table.file, "a jurisdiction, given or by the outlines", "none",
                     row=int(table.rows[i]), field="jurisdiction")
    admits = np.zeros((len(table), len(lines.jurisdictions)), bool)
    for i, names in enumerate(table["admits"]):
        for name in str(names).split(";"):
            if name in lines.jurisdictions:
                admits[i, lines.jurisdictions.index(name)] = True
    days, (_, closes) = read_days(table, issues), read_hours(table, issues)
    return Facilities(
        tuple(map(str, table["id"])),
        np.array([SUBJECTS.index(x) for x in table["topic"]], np.int64), point, owner,
        table["capacity"], admits, days, closes,
    )


def _programmes(
    folder: RegionFolder, lines: TransitNetwork, issues: Issues
) -> Programmes | None:
    table = folder.table(f"{FOLDER}/programme", schemas()["programme"], issues)
    if table is None:
        empty = np.zeros(0, np.int64)
        return None if folder.has(f"{FOLDER}/programme") else Programmes((), empty, empty)
    ids, names, names_zh = (tuple(map(str, table[k])) for k in ("id", "name", "name_zh"))
    return Programmes(ids, _owners(table["jurisdiction"], lines), table["shows_per_yr"], names,
                      names_zh)
