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
    ways_to,
)

HERE = Path(__file__).resolve().parent
HOME = HERE / "demonstration-lines"
AROUND = (("N", 0.0, 0.011), ("E", 0.013, 0.0), ("S", 0.0, -0.011), ("W", -0.013, 0.0))
SHARES = (0.4, 0.15, 0.15, 0.15, 0.15)
CARS = 350
VEHICLE_YUAN, UPKEEP_YUAN, VEHICLE_YEARS = 800_000, 40_000, 8  # made up
PROGRAMMES = (
    "id,name,name_zh,jurisdiction,shows_per_yr,status,source\n"
    "stories,Touring storytellers (synthetic),巡演评弹团（合成）,wujiang,12,synthetic,"
    "shows across the border are reported; how many is made up / 跨界演出有报道;场次为合成\n"
)
SPARE = (
    "jurisdiction,shuttles,cars,status,source\n"
    "jiashan,3,12,synthetic,made up / 合成\n"
    "wujiang,2,6,synthetic,made up / 合成\n"
)
INCIDENTS = (
    "id,network,start,asset,kind,parameters,status,source\n"
    "syn6-suspended,transit,2019-10-18T05:30:00,line:syn6,suspended,days=3,synthetic,"
    "a synthetic line is suspended for three days / 合成线路停运三天\n"
    "syn-stops-closed,transit,2019-10-18T06:00:00,line:syn1,suspended,days=1;from=06:30,synthetic,"
    "two synthetic lines from half past six on / 两条合成线路自六点半起停运\n"
    "syn-stops-closed,transit,2019-10-18T06:00:00,line:syn2,suspended,days=1;from=06:30,synthetic,"
    "as above / 同上\n"
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
    ways_to(feed, facilities, towns)
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
    files["transit/offer.csv"] = offers()
    files["transit/spare.csv"] = SPARE
    files["incidents.csv"] = INCIDENTS
    files["services/facility.csv"] = services(facilities)
    files["services/programme.csv"] = PROGRAMMES
    files["projects.csv"] = projects(across)
    return files


def projects(across: list[Row]) -> str:
    """Every line; vehicles and their upkeep are made up for the synthetic ones alone.

    A line needs as many vehicles as run there and back within the headway, and one to stand in.
    What a line runs for - drivers, power, fares - is its subsidy (transit/line.csv) and no part of
    the yearly cost here.
    """
    rows: list[dict[str, object]] = []
    for r in across:
        made_up = r["status"] == "synthetic"
        vehicles = 1 + -(-2 * int(r["minutes"]) // int(r["headway_min"]))
        more = (("vehicles and their cost made up", "车辆及造价为合成") if made_up
                else ("cost not published", "造价未见公布"))
        told = zip(r["source"].rsplit(" / ", 1), more, ("; ", ";"), strict=True)
        rows.append({
            "id": f"line-{r['id']}", "name": r["name"], "name_zh": r["name_zh"],
            "opened": r["opened"], "capex": vehicles * VEHICLE_YUAN if made_up else "",
            "opex_per_year": vehicles * UPKEEP_YUAN if made_up else "",
            "life_years": VEHICLE_YEARS if made_up else "",
            "payers": "jiashan:1" if made_up else "",
            "currency": "CNY" if made_up else "", "price_year": 2019 if made_up else "",
            "status": r["status"],
            "source": " / ".join(f"{said}{mark}{also}" for said, also, mark in told),
        })
    return sheet(rows)


def points(towns: list[Row], facilities: list[Row]) -> str:
    """Five places in each town, its people split among them (synthetic), and the facilities."""
    rows: list[dict[str, object]] = []
    for t in towns:
        for share, (mark, x, y) in zip(SHARES, (("", 0.002, 0.001), *AROUND), strict=True):
            rows.append({
                "id": t["id"] + mark, "name": f"{t['name']} {mark}".strip(),
                "name_zh": t["name_zh"] + mark, "lon": f"{float(t['lon']) + x:.3f}",
                "lat": f"{float(t['lat']) + y:.3f}", "jurisdiction": t["jurisdiction"],
                "town": t["id"], "population": round(share * float(t["population"])),
                "hospital": 0, "library": 0, "theatre": 0, "status": "synthetic",
                "source": "town of the census split over five places / 镇人口分到五个地点",
            })
    kept = ("id", "name", "name_zh", "lon", "lat", "jurisdiction")
    more = ("hospital", "library", "theatre", "status", "source")
    rows += [{**{k: f[k] for k in kept}, "town": "", "population": 0, **{k: f[k] for k in more}}
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
        {"id": f"car-{t['id']}", "name": f"{t['name']} cars",
         "name_zh": f"{t['name_zh']}租车点", "lon": t["lon"], "lat": t["lat"],
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


def offers() -> str:
    """Shuttles and cars that could stand in for the synthetic lines: all made up."""
    rows = [
        ("shuttle-a", "Shuttle A (synthetic)", "合成接驳 A", "shuttle", "jiashan", "tao;fhb", 25,
         40, 2, 3000),
        ("shuttle-b", "Shuttle B (synthetic)", "合成接驳 B", "shuttle", "jiashan", "tao;xtb", 20,
         30, 2, 2500),
        ("shuttle-c", "Shuttle C (synthetic)", "合成接驳 C", "shuttle", "wujiang", "tao;shi;llb",
         30, 60, 1, 2000),
        ("shuttle-d", "Shuttle D (synthetic)", "合成接驳 D", "shuttle", "jiashan", "ws;ltz", 60,
         90, 2, 4000),
        ("cars-a", "Cars A (synthetic)", "合成汽车 A", "cars", "jiashan", "jiashan-T07;jiashan-T05",
         "", "", 12, 1200),
    ]
    return sheet(
        {"id": k, "name": n, "name_zh": z, "kind": kind, "jurisdiction": j, "at": at,
         "minutes": minutes, "headway_min": headway, "vehicles": v, "cost_per_day": cost,
         "status": "synthetic", "source": "made up / 合成"}
        for k, n, z, kind, j, at, minutes, headway, v, cost in rows)


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
