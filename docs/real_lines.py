"""Figures and pictures of docs/real-lines.md: Northern Kentucky and Cincinnati.

Run `python docs/real_lines.py` to write the page's table and pictures; needs
../shared/data/transit, and some minutes.
"""

from __future__ import annotations

import csv
import datetime
import json
import shutil
import struct
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.transit import DATA, PACE, cells, feeds_of, scenarios
from real_city import STYLE

import tieline
from tieline.publish.shell import words_of
from tieline.publish.transit.maps import PAIRED, Ground, gains, isochrones
from tieline.publish.transit.reach import ReachFace
from tieline.region.issues import Issues
from tieline.transit.kernels.sweep import Window
from tieline.transit.patterns import patterns_of, stations_of
from tieline.transit.reached import reached as reached_from
from tieline.transit.streets import read_streets
from tieline.transit.timetable import Timetable, timetable_of
from tieline.transit.travel import Times, asked, each_origin, foot_of
from tieline.transit.walking import walk_streets

PAGE = Path(__file__).parent / "real-lines.md"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
REGION = """name = "Northern Kentucky and Cincinnati"
study_date = 2019-11-05
coordinates = "EPSG:4326"
networks = ["transit"]
[[jurisdiction]]
id = "kentucky"
name = "Kentucky"
[[jurisdiction]]
id = "ohio"
name = "Ohio"
[transit]
depart = "07:00"
window_min = 120
most_min = 120
rides = 4
"""
RIVER = ([-84.82, -84.62, -84.55, -84.505, -84.48, -84.43, -84.30],
         [39.10, 39.075, 39.099, 39.094, 39.103, 39.108, 39.03])
"""Course of the Ohio by hand, good to a few hundred metres: the state line."""


def people() -> np.ndarray:
    """People of each cell, from the table of the shapefile."""
    data = (DATA / "nky" / "block-groups" / "block-groups.dbf").read_bytes()
    n, head, width = struct.unpack("<IHH", data[4:12])
    start, at = 1, 32
    while data[at : at + 11].split(b"\0")[0] != b"people":
        start += data[at + 16]
        at += 32
    size = data[at + 16]
    return np.array([
        float(data[head + k * width + start : head + k * width + start + size]) for k in range(n)
    ])


def reached(
    day: Timetable, allowed: list[np.ndarray], foot: object, living: np.ndarray
) -> np.ndarray:
    """People within 60 minutes of each cell in each case, shape (n_cases, n_cells)."""
    out = np.zeros((len(allowed), len(living)))
    window = Window(7 * 3600, 120, 7200, 60, 4)
    for question, row in asked(day, allowed, foot, window):  # type: ignore[arg-type]
        mine, rows = list(row), list(row.values())

        def use(k: int, times: Times, mine: list[int] = mine, rows: list[int] = rows) -> None:
            out[mine, k] = (times[rows] < 3600) @ living

        each_origin([question], range(len(living)), use)
    return out


def write_region(folder: Path, points: tuple[np.ndarray, np.ndarray], living: np.ndarray) -> Path:
    """A region of both banks, the river their outline."""
    home = folder / "transit"
    home.mkdir(parents=True)
    shutil.copy(DATA / "nky" / "TANK-GTFS.zip", home / "tank.zip")
    shutil.copy(DATA / "nky" / "streets.osm.pbf", home / "streets.osm.pbf")
    (folder / "region.toml").write_text(REGION, encoding="utf-8")
    river = [[-86.0, RIVER[1][0]], *map(list, zip(*RIVER, strict=True)), [-83.0, RIVER[1][-1]]]

    def bank(name: str, lat: float) -> dict[str, Any]:
        ring = [*river, [-83.0, lat], [-86.0, lat], river[0]]
        return {"type": "Feature", "properties": {"id": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]}}

    (folder / "jurisdictions.geojson").write_text(json.dumps(
        {"type": "FeatureCollection", "features": [bank("kentucky", 38.0), bank("ohio", 40.0)]}),
        encoding="utf-8")
    with (home / "point.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(("id", "lon", "lat", "population"))
        writer.writerows((f"c{k}", *x) for k, x in enumerate(zip(*points, living, strict=True)))
    return folder


def pictures(data: Any, gain: np.ndarray) -> dict[str, str]:
    """Gains by cell, and isochrones of the cell that gains most, as SVG by name of file."""
    import pandas as pd

    network = data.networks["transit"]
    points = network.points
    lived = np.flatnonzero(points.population > 0.0)
    towns = pd.DataFrame({
        "title": "", "lon": points.lon[lived], "lat": points.lat[lived],
        "population": points.population[lived], "gain": gain[lived]})
    ground = Ground.of(ReachFace(data.region, words_of("en")), data.region, towns, size=PAIRED)
    made = {"kentucky-gains.svg": str(gains(ground, towns, "gain", "Gain in people")[0])}
    best = int(lived[np.argmax(gain[lived])])
    for state in ("apart", "together"):
        table = reached_from(network, data.case(state), [best]).to_frame()
        made[f"kentucky-{state}.svg"] = str(isochrones(ground, table, f"Reached, {state}"))
    return {k: v.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        "</svg>", STYLE + "</svg>") for k, v in made.items()}


def bars(rows: list[tuple[str, float, float]]) -> str:
    """Two bars for each line: put in alone (light), taken out (dark)."""
    left, wide, high = 170.0, 430.0, 24.0
    most = max(max(a, b) for _, a, b in rows)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Worth of each line" '
        f'viewBox="0 0 680 {high * len(rows) + 40:g}" font-family="sans-serif" font-size="13">',
        f'<rect x="{left:g}" y="8" width="14" height="10" fill="#8fc1b5"/>'
        f'<text x="{left + 20:g}" y="18">put in alone</text>'
        f'<rect x="{left + 120:g}" y="8" width="14" height="10" fill="#1f5f57"/>'
        f'<text x="{left + 140:g}" y="18">taken out</text>',
    ]
    for k, (name, alone, out) in enumerate(rows):
        y = 30.0 + high * k
        parts.append(f'<text x="{left - 8:g}" y="{y + 14:g}" text-anchor="end">'
                     f'{escape(name)}</text>')
        for value, colour, dy in ((alone, "#8fc1b5", 0.0), (out, "#1f5f57", 9.0)):
            parts.append(f'<rect x="{left:g}" y="{y + dy:g}" width="{wide * value / most:.1f}" '
                         f'height="8" fill="{colour}"/>')
        parts.append(f'<text x="{left + wide * max(alone, out) / most + 6:.1f}" y="{y + 14:g}">'
                     f'{alone:,.0f} / {out:,.0f}</text>')
    return "".join([*parts, "</svg>"])


def main() -> None:
    """Read, compute, write the table and the pictures."""
    feeds, points, living = feeds_of("nky/TANK-GTFS.zip"), cells(), people()
    stations = stations_of(feeds)
    streets = read_streets(DATA / "nky" / "streets.osm.pbf", "streets", Issues())
    assert streets is not None  # noqa: S101 - the file is there
    tables, _, _ = walk_streets(streets, (stations.lon, stations.lat), points,
                                transfer_m=1000, access_m=2000, direct_m=1800)
    ohio = (stations.lat > np.interp(stations.lon, *RIVER)).astype(np.int64)
    patterns = patterns_of(feeds, datetime.date(2019, 11, 5))
    day = timetable_of(patterns, ohio)
    cut = {day.patterns[p.pattern].line for p in day.pieces if len(p.touches) > 1}
    n = len(cut)
    allowed = scenarios(day, n)
    each = reached(day, allowed, foot_of(tables, PACE), living)
    mean = each @ living / living.sum()
    together = allowed[1]
    names = {f"{feeds[0].id}:{r}": str(n) for r, n in
             zip(feeds[0].routes.ids, feeds[0].routes.names, strict=True)}
    rows = [
        f"Lines that cross the Ohio on 5 November 2019: {len(cut)}. Stops in Ohio: "
        f"{int(ohio.sum())} of {len(ohio)}. People: {living.sum():,.0f}.", "",
        "| People an average resident reaches within 60 minutes | |", "|-|-|",
        f"| apart, every line ending at the river | {mean[0]:,.0f} |",
        f"| together | {mean[1]:,.0f} |", "",
        "| Line | put in alone | taken out |", "|-|-|-|",
    ]
    line = np.array([day.patterns[p.pattern].line for p in day.pieces])
    worth = []
    for k in range(n):
        without, alone = 2 + k, 2 + n + k
        key = next(iter(set(line[together & ~allowed[without]])))
        worth.append((names[key], float(mean[alone] - mean[0]), float(mean[1] - mean[without])))
    worth.sort(key=lambda x: (-x[2], -x[1], x[0]))
    rows += [f"| {name} | {alone:,.0f} | {out:,.0f} |" for name, alone, out in worth]
    ins, outs = (sum(w[i] for w in worth) for i in (1, 2))
    rows += [f"| all of these added up | {ins:,.0f} | {outs:,.0f} |", "",
             f"The gain of all lines together is {mean[1] - mean[0]:,.0f}."]
    with tempfile.TemporaryDirectory() as temporary:
        data = tieline.read_region(write_region(Path(temporary) / "nky", points, living))
    made = {**pictures(data, each[1] - each[0]), "kentucky-lines.svg": bars(worth)}
    for name, picture in made.items():
        (PAGE.parent / "images" / name).write_text(picture, encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    text = "\n".join(rows) + "\n"
    PAGE.write_text(head + BEGIN + text + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
