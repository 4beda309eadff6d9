"""Figures and pictures of docs/real-city.md: two operators, a city cut in half.

Run `python docs/real_city.py` to write the page's tables and pictures; needs
../shared/data/transit, and some minutes.
"""

from __future__ import annotations

import csv
import datetime
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import tieline
from tieline.publish.shell import words_of
from tieline.publish.transit.maps import PAIRED, Ground, gains, isochrones
from tieline.publish.transit.reach import ReachFace
from tieline.region.issues import Issues
from tieline.transit.gtfs.feed import read_feed
from tieline.transit.patterns import patterns_of, stations_of
from tieline.transit.reached import reached
from tieline.transit.timetable import timetable_of
from tieline.transit.travel import Times, asked, each_origin, foot_of

HOME = Path(__file__).parent
DATA = HOME.parents[1] / "shared" / "data" / "transit" / "poa"
PAGE = HOME / "real-city.md"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
FEEDS = ("poa_eptc.zip", "poa_trensurb.zip")
EVERY = 6
"""Of so many cells one is an origin for the worth of lines; all are targets."""
REGION = """name = "Porto Alegre, north and south"
study_date = 2019-05-13
coordinates = "EPSG:4326"
networks = ["transit"]
[[jurisdiction]]
id = "south"
name = "South"
[[jurisdiction]]
id = "north"
name = "North"
[transit]
depart = "14:00"
window_min = 60
most_min = 120
rides = 3
opportunity = "jobs"
facility = "healthcare"
day_start = "06:00"
day_end = "06:00"
"""
STYLE = """<style>.land{stroke:#9aa29f;stroke-width:2;fill:#f3f0e6}.land1{fill:#eef2f0}
text{font:600 26px sans-serif;text-anchor:middle}</style>"""


def write_region(folder: Path, every: int = 1) -> Path:
    """A region of the city's two operators, cut at the middle of the stops; each line a project.

    `every` of so many cells one is kept as a place.
    """
    home = folder / "transit"
    home.mkdir(parents=True)
    for name in (*FEEDS, "poa_osm.pbf"):
        shutil.copy(DATA / name, home / name.replace("_osm.pbf", ".osm.pbf"))
    issues = Issues()
    feeds = [read_feed(home / name, name, issues) for name in FEEDS]
    issues.stop()
    read = [f for f in feeds if f is not None]
    stations = stations_of(read)
    middle = float(np.median(stations.lat))
    (folder / "region.toml").write_text(REGION, encoding="utf-8")
    west, east, low, high = -52.0, -50.5, -30.9, -29.2

    def box(name: str, a: float, b: float) -> dict[str, Any]:
        corners = [[west, a], [east, a], [east, b], [west, b], [west, a]]
        return {"type": "Feature", "properties": {"id": name},
                "geometry": {"type": "Polygon", "coordinates": [corners]}}

    halves = [box("south", low, middle), box("north", middle, high)]
    (folder / "jurisdictions.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": halves}), encoding="utf-8")
    with (DATA / "poa_hexgrid.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))[::every]
    with (home / "point.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    day = timetable_of(patterns_of(read, datetime.date(2019, 5, 13)),
                       (stations.lat > middle).astype(np.int64))
    across = sorted({day.patterns[p.pattern].line for p in day.pieces if len(p.touches) > 1})
    ids = [x.replace(":", "-") for x in across]
    (home / "assets.csv").write_text("kind,id,project\n" + "".join(
        f"line,{line},{k}\n" for line, k in zip(across, ids, strict=True)), encoding="utf-8")
    (folder / "projects.csv").write_text("id,name,opened\n" + "".join(
        f"{k},{k},2019-01-01\n" for k in ids), encoding="utf-8")
    return folder


def jobs_within(network: Any, allowed: list[np.ndarray], origins: list[int]) -> np.ndarray:
    """Jobs within an hour of each origin where these pieces may run, (n_allowed, n_origins)."""
    day, chance = network.days["base"][0], network.points.chance("jobs")
    foot = foot_of(network.walking, network.settings.pace)
    out = np.zeros((len(allowed), len(origins)))
    for question, row in asked(day, allowed, foot, network.settings.window):
        mine, rows = list(row), list(row.values())

        def use(k: int, times: Times, mine: list[int] = mine, rows: list[int] = rows) -> None:
            out[mine, k] = (times[rows] < 3600) @ chance

        each_origin([question], origins, use)
    return out


def states(data: Any) -> list[np.ndarray]:
    """Pieces that may run apart and together."""
    network = data.networks["transit"]
    day = network.days["base"][0]
    return [day.allowed(data.case(s), "transit", network.jurisdictions, network.line_projects)
            for s in ("apart", "together")]


def worths(data: Any, every: int) -> tuple[dict[str, tuple[float, float]], float, float]:
    """Each line across put in alone and taken out; jobs of an average resident in both states."""
    network = data.networks["transit"]
    day, people = network.days["base"][0], network.points.population
    origins = np.flatnonzero(people > 0.0)[::every].tolist()
    apart, together = states(data)
    line = np.array([day.patterns[p.pattern].line for p in day.pieces])
    across = sorted({str(x) for x, p in zip(line, day.pieces, strict=True) if len(p.touches) > 1})
    allowed = [apart, together,
               *(apart | (together & (line == x)) for x in across),
               *(apart | (together & (line != x)) for x in across)]
    weight = people[origins] / people[origins].sum()
    mean = jobs_within(network, allowed, origins) @ weight
    n = len(across)
    found = {x: (float(mean[2 + k] - mean[0]), float(mean[1] - mean[2 + n + k]))
             for k, x in enumerate(across)}
    return found, float(mean[0]), float(mean[1])


def pictures(data: Any) -> dict[str, str]:
    """Gains by cell, and isochrones apart and together, as SVG by name of file."""
    import pandas as pd

    network = data.networks["transit"]
    points = network.points
    lived = np.flatnonzero(points.population > 0.0)
    cases = {s: data.case(s) for s in ("apart", "together")}
    both = jobs_within(network, states(data), lived.tolist())
    towns = pd.DataFrame({
        "title": "", "lon": points.lon[lived], "lat": points.lat[lived],
        "population": points.population[lived], "gain": both[1] - both[0]})
    face = ReachFace(data.region, words_of("en"))
    ground = Ground.of(face, data.region, towns, size=PAIRED)
    made = {"porto-alegre-gains.svg": str(gains(ground, towns, "gain", "Gain in jobs")[0])}
    best = int(lived[np.argmax(both[1] - both[0])])
    for state, case in cases.items():
        table = reached(network, case, [best]).to_frame()
        made[f"porto-alegre-{state}.svg"] = str(isochrones(ground, table, f"Reached, {state}"))
    return {k: v.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        "</svg>", STYLE + "</svg>") for k, v in made.items()}


def main() -> None:
    """Read, compute, write tables and pictures."""
    with tempfile.TemporaryDirectory() as temporary:
        data = tieline.read_region(write_region(Path(temporary) / "poa"))
    found, apart, together = worths(data, EVERY)
    for name, text in pictures(data).items():
        (HOME / "images" / name).write_text(text, encoding="utf-8")
    network = data.networks["transit"]
    names = network.lines
    kept = sorted(found, key=lambda k: (-found[k][1], -found[k][0], k))
    lines = [
        f"Lines of both operators: {len(network.lines)}; they call on both sides: {len(found)}. "
        f"Cells: {len(network.points.ids)}.\n\n",
        "| Jobs an average resident reaches within 60 minutes | |\n|-|-|\n",
        f"| apart, every line ending at the border | {apart:,.0f} |\n",
        f"| together | {together:,.0f} |\n\n",
        "| Line | operator | put in alone | taken out |\n|-|-|-|-|\n",
        *(f"| {names[k].name} | {names[k].agency} | {found[k][0]:,.0f} | {found[k][1]:,.0f} |\n"
          for k in kept),
        f"| all of these added up | | {sum(v[0] for v in found.values()):,.0f} "
        f"| {sum(v[1] for v in found.values()):,.0f} |\n\n",
        f"The gain of all lines together is {together - apart:,.0f}.\n",
    ]
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    PAGE.write_text(head + BEGIN + "".join(lines) + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
