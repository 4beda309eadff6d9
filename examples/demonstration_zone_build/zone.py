"""The whole zone on one page: layout, feeders, ties, files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from demonstration_zone_build.feeders import build_feeder, draw_plan
from demonstration_zone_build.grid import Feeder, Grid
from demonstration_zone_build.inputs import Inputs, read_inputs
from demonstration_zone_build.layout import Area, place_substations, share_out
from demonstration_zone_build.readme import readme
from demonstration_zone_build.routes import Route, route_feeders
from demonstration_zone_build.tables import grid_files, region_files
from demonstration_zone_build.ties import is_rigid, tie_borders, tie_feeders

MOST_CUSTOMERS = 44
LEAST_CUSTOMERS = 12


def build_files(inputs_folder: Path) -> Mapping[str, str]:
    """Every file of the region folder by its name, as text; the same on every run."""
    inputs = read_inputs(inputs_folder)
    rng = np.random.Generator(np.random.PCG64(int(inputs.size["seed"])))
    grid, feeders = _build_grid(inputs, rng)
    faulted = [str(b["id"]) for b in grid.branch if b["status"] == "calibrated"]
    rigid = sum(is_rigid(f, inputs) for f in feeders)
    files = {**grid_files(grid, inputs), **region_files(inputs, faulted)}
    template = inputs_folder / "README.template.md"
    files["README.md"] = readme(template, grid, inputs, n_feeders=len(feeders), n_rigid=rigid)
    return files


def _build_grid(inputs: Inputs, rng: np.random.Generator) -> tuple[Grid, list[Feeder]]:
    area = Area(inputs)
    substations = place_substations(inputs, area)
    grid = Grid(inputs)
    routes: list[Route] = []
    for substation in substations:
        grid.add_bus(substation.id, substation.town, substation.place)
        grid.add_source(substation.id)
        routes += route_feeders(substation, area)
    customers = _customers(inputs, routes, rng)
    feeders = []
    for route, n in zip(routes, customers, strict=True):
        plan = draw_plan(route, n, grid, rng)
        feeders.append(build_feeder(plan, grid, rng))
    tie_feeders(feeders, grid, rng)
    tie_borders(feeders, grid)
    return grid, feeders


def _customers(inputs: Inputs, routes: list[Route], rng: np.random.Generator) -> list[int]:
    """Customers of each feeder: the town's share of the zone, spread unevenly over its feeders."""
    fixed = [
        sum(int(c) for c in r.anchor.row["section_customers"].split(";")) if r.anchor else 0
        for r in routes
    ]
    free = [k for k, n in enumerate(fixed) if n == 0]
    by_town: dict[str, list[int]] = {t.id: [] for t in inputs.towns}
    for k in free:
        by_town[routes[k].substation.town.id].append(k)
    weights = [0.0] * len(routes)
    for town in inputs.towns:
        for k in by_town[town.id]:
            weights[k] = town.population / len(by_town[town.id]) * (0.7 + 0.6 * rng.random())
    total = int(inputs.size["customers"]) - sum(fixed)
    counts = share_out(total, [weights[k] for k in free])
    _level(counts)
    for k, n in zip(free, counts, strict=True):
        fixed[k] = n
    return fixed


def _level(counts: list[int]) -> None:
    """Move customers from feeders with too many to those with the fewest, in place."""
    while max(counts) > MOST_CUSTOMERS or min(counts) < LEAST_CUSTOMERS:
        high, low = counts.index(max(counts)), counts.index(min(counts))
        counts[high] -= 1
        counts[low] += 1


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write the files into the folder as UTF-8 with plain line ends."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
