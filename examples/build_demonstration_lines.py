"""Build examples/demonstration-lines from its own input tables; the same bytes on every run.

python examples/build_demonstration_lines.py [OUTPUT_FOLDER]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from pathlib import Path

from demonstration_lines_build.timetable import (
    Feed,
    Row,
    lines_across,
    links,
    metro,
    minutes_of,
    sheet,
    town_lines,
)

HERE = Path(__file__).resolve().parent
HOME = HERE / "demonstration-lines"
AROUND = (("N", 0.0, 0.011), ("E", 0.013, 0.0), ("S", 0.0, -0.011), ("W", -0.013, 0.0))
SHARES = (0.4, 0.15, 0.15, 0.15, 0.15)
CARS = 350
PROGRAMMES = (
    "id,name,jurisdiction,shows_per_yr,status,source\n"
    "stories,Touring storytellers (synthetic),wujiang,12,synthetic,"
    "shows across the border are reported; how many is made up / 跨界演出有报道;场次为合成\n"
)
SOURCE = "inputs/ of this folder, and towns of ../demonstration-zone/inputs"


def read(path: Path) -> list[Row]:
    """Rows of a table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def build_files() -> dict[str, str]:
    """Every file of the region folder by its name, as text."""
    inputs = HOME / "inputs"
    towns = read(HERE / "demonstration-zone" / "inputs" / "towns.csv")
    named = {r["id"]: r for r in read(inputs / "stops.csv")}
    across = read(inputs / "cross_lines.csv")
    facilities = read(inputs / "facilities.csv")
    feed = Feed({**{t["id"]: t for t in towns}, **named})
    town_lines(feed, towns)
    links(feed, named, towns)
    lines_across(feed, across, named)
    metro(feed)
    files = {f"transit/lines/{n}": text for n, text in feed.files().items()}
    files["transit/point.csv"] = points(towns, facilities)
    files["transit/assets.csv"] = sheet(
        {"kind": "line", "id": r["id"], "project": f"line-{r['id']}", "status": r["status"],
         "source": r["source"]} for r in across)
    files["transit/line.csv"] = money(across)
    files["transit/car_station.csv"] = car_stations(towns)
    files["transit/demand.csv"] = demand()
    files["services/facility.csv"] = services(facilities)
    files["services/programme.csv"] = PROGRAMMES
    files["projects.csv"] = sheet(
        {"id": f"line-{r['id']}", "name": r["name"], "name_zh": r["name_zh"],
         "opened": r["opened"], "status": r["status"], "source": r["source"]} for r in across)
    return files


def points(towns: list[Row], facilities: list[Row]) -> str:
    """Five places in each town, its people split among them (synthetic), and the facilities."""
    rows: list[dict[str, object]] = []
    for t in towns:
        for share, (mark, x, y) in zip(SHARES, (("", 0.002, 0.001), *AROUND), strict=True):
            rows.append({
                "id": t["id"] + mark, "name": f"{t['name']} {mark}".strip(),
                "name_zh": t["name_zh"] + mark, "lon": f"{float(t['lon']) + x:.3f}",
                "lat": f"{float(t['lat']) + y:.3f}", "jurisdiction": t["jurisdiction"],
                "population": round(share * float(t["population"])), "hospital": 0, "library": 0,
                "theatre": 0, "status": "synthetic",
                "source": "town of the census split over five places / 镇人口分到五个地点",
            })
    kept = ("id", "name", "name_zh", "lon", "lat", "jurisdiction")
    more = ("hospital", "library", "theatre", "status", "source")
    rows += [{**{k: f[k] for k in kept}, "population": 0, **{k: f[k] for k in more}}
             for f in facilities]
    return sheet(rows)


def money(across: list[Row]) -> str:
    """Cost of a line-year at 8 yuan a kilometre, 12.6 boardings a trip; payers in equal parts."""
    sides = {"7618": "qingpu;wujiang", "7619": "jiashan;wujiang", "sfq1": "qingpu;wujiang",
             "sfq3": "jiashan;qingpu", "sfq5": "jiashan;wujiang"}
    rows = []
    for r in across:
        trips = 2 * ((minutes_of(r["last"]) - minutes_of(r["first"])) // int(r["headway_min"]) + 1)
        length_km = 40.0 * float(r["minutes"]) / 60.0
        rows.append({
            "id": r["id"], "fare": r["fare"], "rides_per_yr": round(365 * trips * 12.6),
            "cost_per_yr": round(365 * trips * length_km * 8.0),
            "payers": sides.get(r["id"], "jiashan"), "status": "assumption",
            "source": "12.6 boardings a trip as on the eight lines to 2024-11 (computed), 8 yuan a "
            "vehicle-km, 40 km/h / 每班 12.6 人次(按公开数字计算)、每车公里 8 元、40 km/h",
        })
    return sheet(rows)


def car_stations(towns: list[Row]) -> str:
    """Jiashan's 350 cars spread over its towns by people; places to return them in Qingpu."""
    mine = [t for t in towns if t["jurisdiction"] == "jiashan"]
    people = sum(float(t["population"]) for t in mine)
    cars = [int(CARS * float(t["population"]) / people) for t in mine]
    cars[0] += CARS - sum(cars)
    theirs = [t for t in towns if t["jurisdiction"] == "qingpu"]
    return sheet(
        {"id": f"car-{t['id']}", "name": f"{t['name']} cars", "lon": t["lon"], "lat": t["lat"],
         "jurisdiction": t["jurisdiction"], "cars": n, "status": "synthetic",
         "source": "350 cars in Jiashan are reported; where they stand is made up / "
         "嘉善 350 辆有报道;停放地点为合成"}
        for t, n in [*zip(mine, cars, strict=True), *((t, 0) for t in theirs)])


def services(facilities: list[Row]) -> str:
    """Each facility counts as one: how much it holds is not published."""
    topics = {"hospital": "health", "library": "library", "theatre": "culture"}
    return sheet(
        {"id": f["id"], "name": f["name"], "name_zh": f["name_zh"], "topic": topic,
         "point": f["id"], "jurisdiction": f["jurisdiction"], "capacity": 1,
         "status": f["status"], "source": "counted as one: capacity not published / "
         "按一处计:容量未见公布"}
        for f in facilities for column, topic in topics.items() if f[column] == "1")


def demand() -> str:
    """A few trips a year: seven of ten visitors from Shanghai (reported), all else made up."""
    rows = [
        ("v1", "qingpu-T08", "jiashan-T05", "visitor", 700_000, "jiashan"),
        ("v2", "wujiang-T01", "jiashan-T05", "visitor", 300_000, "jiashan"),
        ("c1", "jiashan-T01", "qingpu-T08", "commuter", 500_000, "jiashan"),
        ("c2", "jiashan-T08", "qingpu-T05", "commuter", 100_000, "jiashan"),
        ("c3", "wujiang-T10", "qingpu-T01", "commuter", 100_000, "wujiang"),
        ("r1", "jiashan-T07", "wj5", "resident", 50_000, "jiashan"),
        ("r2", "qingpu-T06", "wj5", "resident", 50_000, "qingpu"),
    ]
    source = ("numbers made up; visitors 7 to 3 as reported for Jiashan in 2019 / "
              "数量为合成;游客七成来自上海,据 2019 年报道")
    return sheet({"id": k, "from": a, "to": b, "group": g, "trips_per_yr": n, "jurisdiction": j,
                  "status": "synthetic", "source": source} for k, a, b, g, n, j in rows)


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write the files as UTF-8 with plain line ends."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_files(build_files(), Path(sys.argv[1]) if sys.argv[1:] else HOME)
