"""The committed input tables of the demonstration zone, typed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from demonstration_zone_build.plane import Polygon, project

Row = dict[str, str]


@dataclass(frozen=True)
class Town:
    """A town: where it is in the plane [km], how many live there, how it is built."""

    id: str
    jurisdiction: str
    name: str
    name_zh: str
    u_km: float
    v_km: float
    population: int
    profile: str


@dataclass(frozen=True)
class Anchor:
    """The feeder that must end at one side of a cross-province tie."""

    project: str
    jurisdiction: str
    u_km: float
    v_km: float
    row: Row


@dataclass(frozen=True)
class Inputs:
    """Every input table; rows as text where they are only handed on."""

    towns: tuple[Town, ...]
    outlines: dict[str, Polygon]
    lakes: tuple[Polygon, ...]
    conductors: dict[str, Row]
    rates: dict[str, float]
    size: dict[str, float]
    profiles: dict[str, Row]
    capacities: dict[str, tuple[tuple[float, float], ...]]
    ties: tuple[Row, ...]
    anchors: tuple[Anchor, ...]
    raw: dict[str, tuple[Row, ...]]


RAW = (
    "crews", "jurisdictions", "levels", "projects", "scenarios", "settle", "values", "provenance",
    "outlines", "towns", "ground",
)


def read_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a CSV file as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def read_inputs(folder: Path) -> Inputs:
    """All input tables in the folder."""
    tables = {p.stem: read_rows(p) for p in sorted(folder.glob("*.csv"))}
    ties = tables["ties"]
    return Inputs(
        towns=tuple(_town(r) for r in tables["towns"]),
        outlines=_polygons(tables["outlines"], "jurisdiction"),
        lakes=tuple(_polygons(tables["lakes"], "lake").values()),
        conductors={r["id"]: r for r in tables["conductors"]},
        rates={r["id"]: float(r["value"]) for r in tables["rates"]},
        size={r["id"]: float(r["value"]) for r in tables["size"]},
        profiles={r["id"]: r for r in tables["profiles"]},
        capacities=_capacities(tables["capacities"]),
        ties=ties,
        anchors=tuple(_anchor(r, ties) for r in tables["border_feeders"]),
        raw={name: tables[name] for name in RAW},
    )


def scale(inputs: Inputs) -> dict[str, float]:
    """How many customers there are, how many the national density suggests, and the share."""
    people = sum(int(r["population_2020"]) for r in inputs.raw["jurisdictions"])
    density = inputs.size["national_customers"] / inputs.size["national_population"]
    customers = int(inputs.size["customers"])
    return {
        "customers": customers, "population": people, "per_thousand": 1000 * density,
        "full": people * density, "share": customers / (people * density),
    }


def _town(row: Row) -> Town:
    u, v = project(float(row["lon"]), float(row["lat"]))
    return Town(
        row["id"], row["jurisdiction"], row["name"], row["name_zh"], u, v,
        int(row["population"]), row["profile"],
    )


def _polygons(rows: tuple[Row, ...], key: str) -> dict[str, Polygon]:
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        points.setdefault(row[key], []).append(project(float(row["lon"]), float(row["lat"])))
    return {name: Polygon(tuple(p)) for name, p in points.items()}


def _capacities(rows: tuple[Row, ...]) -> dict[str, tuple[tuple[float, float], ...]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        found.setdefault(row["class"], []).append((float(row["kva"]), float(row["share"])))
    return {name: tuple(pairs) for name, pairs in found.items()}


def _anchor(row: Row, ties: tuple[Row, ...]) -> Anchor:
    tie = next(t for t in ties if t["project"] == row["project"])
    side = "bus" if tie["bus_side"] == row["jurisdiction"] else "far"
    u, v = project(float(tie[f"{side}_lon"]), float(tie[f"{side}_lat"]))
    return Anchor(row["project"], row["jurisdiction"], u, v, row)
