"""Feeds and regions made on the spot: small ones by hand, random ones by seed."""

import csv
import io
import zipfile

AGENCY = [{"agency_id": "a", "agency_name": "A", "agency_url": "http://example.org",
           "agency_timezone": "Asia/Shanghai"}]
EVERY_DAY = [{"service_id": "d", **dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1),
    "start_date": "20190101", "end_date": "20201231"}]


def hms(seconds):
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def sheet(rows):
    names = list(dict.fromkeys(k for r in rows for k in r))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def feed(stops, routes, trips, **more):
    """Texts of a feed. `stops` id -> (lon, lat, jurisdiction); `trips` (id, route, calls).

    A call is (stop, arrival, departure) in seconds, None where untimed; a trip may carry a
    dictionary of columns for its calls as a fourth item.
    """
    calls = []
    for trip in trips:
        name, _, stopping = trip[:3]
        extra = trip[3] if len(trip) > 3 else {}
        for i, (stop, a, d) in enumerate(stopping):
            calls.append({
                "trip_id": name, "stop_id": stop, "stop_sequence": i + 1,
                "arrival_time": "" if a is None else hms(a),
                "departure_time": "" if d is None else hms(d),
                **{k: v[i] for k, v in extra.items()},
            })
    files = {
        "agency.txt": AGENCY,
        "stops.txt": [{"stop_id": s, "stop_name": s, "stop_lat": lat, "stop_lon": lon,
                       "jurisdiction": j} for s, (lon, lat, j) in stops.items()],
        "routes.txt": [{"route_id": r, "agency_id": "a", "route_short_name": r, "route_type": 3}
                       for r in routes],
        "trips.txt": [{"route_id": t[1], "service_id": "d", "trip_id": t[0]} for t in trips],
        "stop_times.txt": calls,
        "calendar.txt": EVERY_DAY,
        **more,
    }
    return {n: rows if isinstance(rows, str) else sheet(rows)
            for n, rows in files.items() if rows is not None}


def write_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in files.items():
            z.writestr(name, text)
    return path


REGION = """
name = "Two towns"
study_date = 2019-10-15
coordinates = "EPSG:4326"
networks = ["transit"]
[[jurisdiction]]
id = "west"
name = "West"
[[jurisdiction]]
id = "east"
name = "East"
[transit]
depart = "08:00"
window_min = 30
most_min = 90
rides = 3
"""


def every(headway, first, last):
    return range(first, last, headway)


def two_towns(folder, *, settings="", more_feeds=(), projects=True):
    """A region of two towns 6 km apart: a line in each, one across, one planned across."""
    lon = [121.00, 121.01, 121.02, 121.03, 121.05, 121.07]
    stops = {f"s{i}": (x, 31.0, "west" if i < 3 else "east") for i, x in enumerate(lon)}
    trips = []
    for t in every(600, 6 * 3600, 21 * 3600):
        trips.append((f"w{t}", "W", [("s0", t, t), ("s1", t + 120, t + 120),
                                     ("s2", t + 240, t + 240)]))
        trips.append((f"wb{t}", "W", [("s2", t, t), ("s1", t + 120, t + 120),
                                      ("s0", t + 240, t + 240)]))
        trips.append((f"e{t}", "E", [("s3", t, t), ("s4", t + 200, t + 200),
                                     ("s5", t + 400, t + 400)]))
        trips.append((f"eb{t}", "E", [("s5", t, t), ("s4", t + 200, t + 200),
                                      ("s3", t + 400, t + 400)]))
    for t in every(1800, 6 * 3600, 21 * 3600):
        there = [(f"s{i}", t + 150 * i, t + 150 * i) for i in range(6)]
        trips.append((f"x{t}", "X", there))
        back = [(f"s{5 - i}", t + 150 * i, t + 150 * i) for i in range(6)]
        trips.append((f"xb{t}", "X", back))
        trips.append((f"p{t}", "P", [("s0", t + 900, t + 900), ("s5", t + 1300, t + 1300)]))
    home = folder / "transit"
    home.mkdir(parents=True)
    write_zip(home / "towns.zip", feed(stops, ["W", "E", "X", "P"], trips))
    for k, files in enumerate(more_feeds):
        write_zip(home / f"more{k}.zip", files)
    (folder / "region.toml").write_text(REGION + settings, encoding="utf-8")
    (home / "point.csv").write_text(
        "id,lon,lat,jurisdiction,population,hospital\n"
        "A,121.001,31.002,west,1000,0\nB,121.019,31.001,west,500,1\n"
        "C,121.031,30.999,east,800,0\nD,121.069,31.002,east,1200,2\n", encoding="utf-8")
    if projects:
        (folder / "projects.csv").write_text(
            "id,name,opened\nfast,Fast line,\nacross,Line X,2019-01-01\n")
        (home / "assets.csv").write_text("id,project,touches\nP,fast,\nX,across,\n")
        (home / "demand.csv").write_text(
            "id,from,to,group,trips_per_yr\n1,A,D,commuter,250\n2,D,B,visitor,100\n")
        (home / "line.csv").write_text(
            "id,fare,rides_per_yr,cost_per_yr,payers\n"
            "X,5,1000,20000,west;east\nP,5,100,3000,east\n")
    return folder


def random_feed(rng, n_stops=30, n_lines=6, n_trips=8, prefix=""):
    """A feed with loops of lines, odd speeds, waiting at stops, some closed to boarding."""
    stops = {f"{prefix}{i}": (121.0 + 0.06 * rng.random(), 31.0 + 0.05 * rng.random(),
                              "west" if rng.random() < 0.5 else "east") for i in range(n_stops)}
    names = list(stops)
    trips = []
    for line in range(n_lines):
        length = int(rng.integers(2, 9))
        where = [names[i] for i in rng.integers(0, n_stops, length)]
        kinds = rng.choice([0, 0, 0, 0, 1], length), rng.choice([0, 0, 0, 0, 1], length)
        for k in range(n_trips):
            t = int(rng.integers(7 * 3600, 10 * 3600))
            calls = []
            for s in where:
                stay = int(rng.integers(0, 90))
                calls.append((s, t, t + stay))
                t += stay + int(rng.integers(30, 900))
            trips.append((f"{line}.{k}", f"L{line}", calls,
                          {"pickup_type": kinds[0], "drop_off_type": kinds[1]}))
    return feed(stops, [f"L{i}" for i in range(n_lines)], trips)
