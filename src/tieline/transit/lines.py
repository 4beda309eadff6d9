"""Lines of all feeds: what they are called, whose they are, their projects and their money."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tieline.region.expect import nearest
from tieline.transit.network import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.tables import Schema, Table
    from tieline.transit.gtfs.feed import Feed


def line_ids(feeds: list[Feed]) -> dict[str, str]:
    """Names a line may be called by: feed:route_id, and route_id where it is alone."""
    every = [(f.id, str(r)) for f in feeds for r in f.routes.ids]
    names = {f"{f}:{r}": f"{f}:{r}" for f, r in every}
    short: dict[str, list[str]] = {}
    for f, r in every:
        short.setdefault(r, []).append(f"{f}:{r}")
    return {**{r: x[0] for r, x in short.items() if len(x) == 1}, **names}


def trip_ids(feeds: list[Feed]) -> dict[str, frozenset[str]]:
    """The lines of the trips of a name: feed:trip_id, or trip_id."""
    found: dict[str, set[str]] = {}
    for f in feeds:
        for trip, route in zip(f.trips.ids, f.trips.route, strict=True):
            line = f"{f.id}:{f.routes.ids[route]}"
            for name in (str(trip), f"{f.id}:{trip}"):
                found.setdefault(name, set()).add(line)
    return {k: frozenset(v) for k, v in found.items()}


def read_lines(
    feeds: list[Feed], folder: RegionFolder, schemas: Mapping[str, Schema], issues: Issues
) -> dict[str, Line]:
    """Every line of the feeds, with its project and money of the tables `assets` and `line`."""
    known = line_ids(feeds)
    ids = [j.id for j in folder.region.jurisdictions]
    lines: dict[str, Line] = {}
    for f in feeds:
        only = next(iter(f.agencies), "") if len(f.agencies) == 1 else ""
        for k, r in enumerate(f.routes.ids):
            agency = str(f.routes.agency[k]) or only
            key = f"{f.id}:{r}"
            lines[key] = Line(
                key, str(f.routes.names[k]), f.agencies.get(agency, agency),
                fare=float(f.fares.price[k]), zoned=f.fares.of_route(k),
                name_zh=str(f.routes.names_zh[k]), agency_zh=f.agencies_zh.get(agency, ""),
            )

    def many(text: str) -> tuple[int, ...]:
        return tuple(ids.index(x) for x in text.split(";") if x in ids)

    for key, table, i in _rows(folder, schemas["assets"], known, issues, {"kind": "line"}):
        lines[key] = replace(
            lines[key], project=table["project"][i], unless_project=table["unless_project"][i],
            touches=frozenset(many(table["touches"][i])),
        )
    for key, table, i in _rows(folder, schemas["line"], known, issues, {}):
        if not np.isnan(table["fare"][i]):
            lines[key] = replace(lines[key], zoned=(), fare=float(table["fare"][i]))
        elif np.isnan(lines[key].fare) and table["rides_per_yr"][i] > 0.0:
            issues.note(table.file, "rides without a fare: its fares are not counted",
                        row=int(table.rows[i]), field="fare")
        lines[key] = replace(
            lines[key],
            rides_per_yr=float(table["rides_per_yr"][i]),
            cost_per_yr=float(table["cost_per_yr"][i]), payers=many(table["payers"][i]),
        )
    return lines


def _rows(
    folder: RegionFolder, schema: Schema, known: dict[str, str], issues: Issues,
    only: dict[str, str],
) -> list[tuple[str, Table, int]]:
    """Rows of a table that name lines; an error for each that names none."""
    table = folder.table(f"transit/{schema.name}", schema, issues)
    found = []
    for i in range(0 if table is None else len(table)):
        assert table is not None  # noqa: S101 - the range is empty then
        if any(table[c][i] != v for c, v in only.items()):
            continue
        key = known.get(str(table["id"][i]))
        if key is None:
            name = str(table["id"][i])
            several = sorted(k for k in known if k.partition(":")[2] == name)
            given = f"'{name}', of several feeds: {', '.join(several)}" if several else \
                f"'{name}'{nearest(name, list(known))}"
            issues.error(table.file, "the route_id of a line, as feed:route_id if it is not alone",
                         given, row=int(table.rows[i]), field="id")
        else:
            found.append((key, table, i))
    return found
