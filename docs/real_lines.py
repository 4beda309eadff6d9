"""Figures of docs/real-lines.md: Northern Kentucky and Cincinnati, apart and together.

Run `python docs/real_lines.py` to write the page's table; needs ../shared/data/transit, and some
minutes.
"""

from __future__ import annotations

import datetime
import struct
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.transit import DATA, PACE, cells, feeds_of, scenarios

from tieline.region.issues import Issues
from tieline.transit.kernels.sweep import Window
from tieline.transit.patterns import patterns_of, stations_of
from tieline.transit.streets import read_streets
from tieline.transit.timetable import Timetable, alike, timetable_of
from tieline.transit.travel import Question, Times, each_origin, foot_of
from tieline.transit.walking import walk_streets

PAGE = Path(__file__).parent / "real-lines.md"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
LINES = 10
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
    for group in alike(day, allowed):
        mine = [allowed[i] for i in group]
        masks = tuple(day.running(m) for m in (np.logical_and.reduce(mine), *mine))
        question = Question(day, masks, foot, Window(7 * 3600, 120, 7200, 60, 4))  # type: ignore[arg-type]

        def use(k: int, times: Times, group: list[int] = group) -> None:
            out[group, k] = (times[1:] < 3600) @ living

        each_origin([question], range(len(living)), use)
    return out


def main() -> None:
    """Read, compute, write the table."""
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
    allowed = scenarios(day, LINES)
    mean = reached(day, allowed, foot_of(tables, PACE), living) @ living / living.sum()
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
    for k in range(LINES):
        without, alone = 2 + k, 2 + LINES + k
        key = next(iter(set(line[together & ~allowed[without]])))
        rows.append(f"| {names[key]} | {mean[alone] - mean[0]:,.0f} | "
                    f"{mean[1] - mean[without]:,.0f} |")
    outs = sum(mean[1] - mean[2 + k] for k in range(LINES))
    ins = sum(mean[2 + LINES + k] - mean[0] for k in range(LINES))
    rows += [f"| these ten added up | {ins:,.0f} | {outs:,.0f} |", "",
             f"The gain of all lines together is {mean[1] - mean[0]:,.0f}."]
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    text = "\n".join(rows) + "\n"
    PAGE.write_text(head + BEGIN + text + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
