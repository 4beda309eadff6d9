"""Travel times: one origin, a matrix, many scenarios, a large feed; beside ferrobus on one machine.

python -m bench.transit [poa|nky|trip|large ...]       (needs ../shared/data/transit)
"""

from __future__ import annotations

import csv
import datetime
import resource
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tieline.region.issues import Issues
from tieline.region.model import Case
from tieline.transit.gtfs.feed import Feed, read_feed
from tieline.transit.kernels.sweep import Foot, Window
from tieline.transit.patterns import Pattern, patterns_of, stations_of
from tieline.transit.streets import read_streets
from tieline.transit.timetable import Timetable, timetable_of
from tieline.transit.travel import Pace, Question, Traveller, asked, foot_of, matrix
from tieline.transit.walking import walk_as_the_crow_flies, walk_streets

DATA = Path(__file__).parents[2] / "shared" / "data" / "transit"
PACE = Pace(1.0, 1800.0)
CROWS_SPEED = 1.4
"""Walking speed of ferrobus [m/s], fixed: its limits are set to the same distances."""
SAMPLED = 6
"""Departures that ferrobus computes of the 60; its work grows in proportion."""
LINES = 10


def clocked(work: object, *arguments: object, **options: object) -> tuple[object, float, float]:
    """Result, wall and CPU seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work(*arguments, **options)  # type: ignore[operator]
    return result, time.perf_counter() - wall, time.process_time() - cpu


def row(what: str, value: str, goal: str = "") -> None:
    print(f"| {what} | {value} | {goal} |", flush=True)


def feeds_of(*paths: str) -> list[Feed]:
    issues = Issues()
    feeds = [read_feed(DATA / p, p, issues) for p in paths]
    issues.stop()
    return feeds  # type: ignore[return-value]


def hexagons() -> tuple[np.ndarray, np.ndarray]:
    with (DATA / "poa" / "poa_hexgrid.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    return (np.array([float(r["lon"]) for r in rows]), np.array([float(r["lat"]) for r in rows]))


def cells() -> tuple[np.ndarray, np.ndarray]:
    """Middles of the boxes around the population polygons of a shapefile."""
    data = (DATA / "nky" / "block-groups" / "block-groups.shp").read_bytes()
    at, lon, lat = 100, [], []
    while at < len(data):
        length = struct.unpack(">i", data[at + 4 : at + 8])[0] * 2
        x0, y0, x1, y1 = struct.unpack("<4d", data[at + 12 : at + 44])
        lon.append((x0 + x1) / 2)
        lat.append((y0 + y1) / 2)
        at += 8 + length
    return np.array(lon), np.array(lat)


def ground(
    feeds: list[Feed], streets_file: str, points: tuple[np.ndarray, np.ndarray]
) -> tuple[Foot, object]:
    stations = stations_of(feeds)
    for _ in range(2):
        streets, wall, cpu = clocked(read_streets, DATA / streets_file, streets_file, Issues())
    row("streets read", f"{wall:.2f} s wall, {cpu:.2f} s CPU", "0.5 s with the feed")
    limits = {"transfer_m": 1000, "access_m": 2000, "direct_m": 1800}
    for _ in range(2):
        tables, wall, cpu = clocked(
            walk_streets, streets, (stations.lon, stations.lat), points, **limits
        )
    row("walking tables", f"{wall:.2f} s wall, {cpu:.2f} s CPU", "2 s")
    return foot_of(tables[0], PACE), stations  # type: ignore[index]


def scenarios(day: Timetable, n_lines: int) -> list[np.ndarray]:
    """Apart, together, and the n busiest lines across out and in, one by one."""
    open_ = Case(frozenset({("transit", "a", "b")}))
    apart, together = (day.allowed(c, "transit", ("a", "b"), {}) for c in (Case(), open_))
    line = np.array([day.patterns[p.pattern].line for p in day.pieces])
    trips: dict[str, int] = {}
    for k, p in enumerate(day.pieces):
        if len(p.touches) > 1:
            trips[line[k]] = trips.get(line[k], 0) + len(day.patterns[p.pattern].trip)
    chosen = sorted(trips, key=lambda x: (-trips[x], x))[:n_lines]
    return [apart, together, *(apart | (together & (line != x)) for x in chosen),
            *(apart | (together & (line == x)) for x in chosen)]


def many(
    what: str, day: Timetable, foot: Foot, window: Window, n_lines: int, goal: str
) -> None:
    """All scenarios for a sample of origins, from apart and from scratch; the whole by scale."""
    allowed = scenarios(day, n_lines)
    masks = [day.running(m) for m in allowed]
    n_points = len(foot.access_at) - 1
    origins = list(range(0, n_points, max(n_points // 120, 1)))
    questions = asked(day, allowed, foot, window)

    def from_apart() -> np.ndarray:
        out = np.empty((len(masks), len(origins), n_points), np.uint16)
        for question, rows in questions:
            out[list(rows)] = matrix([question], origins)[list(rows.values())]
        return out

    matrix([questions[0][0]], origins[:2])
    warm, wall, cpu = clocked(from_apart)
    scratch, _, cold = clocked(
        lambda: np.concatenate([matrix([Question(day, (m,), foot, window)], origins)
                                for m in masks]))
    differ = int((warm != scratch).sum())
    row(f"{what}: {len(masks)} scenarios x {len(origins)} of {n_points} origins",
        f"{1000 * cpu / len(origins):.1f} ms CPU an origin ({1000 * cold / len(origins):.1f} from "
        f"scratch, {differ} values differ); wall {wall:.1f} s, in proportion "
        f"{wall * n_points / len(origins):.0f} s for all; CPU of all on two cores "
        f"{cpu * n_points / len(origins) / 2:.0f} s", goal)


def porto_alegre() -> None:
    paths = ("poa/poa_eptc.zip", "poa/poa_trensurb.zip")
    feeds_of(*paths)
    feeds, wall, cpu = clocked(feeds_of, *paths)
    row("Porto Alegre: feeds read", f"{wall:.2f} s wall, {cpu:.2f} s CPU", "0.5 s with streets")
    points = hexagons()
    foot, stations = ground(feeds, "poa/poa_osm.pbf", points)  # type: ignore[arg-type]
    day_of = datetime.date(2019, 5, 13)
    patterns = patterns_of(feeds, day_of)  # type: ignore[arg-type]
    n_stops = len(stations.ids)  # type: ignore[attr-defined]
    day = timetable_of(patterns, np.zeros(n_stops, np.int64))
    window = Window(14 * 3600, 60, 7200, 60, 3)
    question = Question(day, (np.ones(len(day.pieces), bool),), foot, window)
    matrix([question], range(2))
    _, wall, cpu = clocked(matrix, [question])
    n = len(points[0])
    ours = 1000 * cpu / n
    row(f"Porto Alegre: {n} x {n}, 60 departures",
        f"{ours:.2f} ms CPU an origin, {wall:.1f} s wall", "5 ms")
    theirs = ferrobus(patterns, stations, points, day_of)
    row("the same with ferrobus 0.2.1", f"{theirs:.1f} ms CPU an origin: {theirs / ours:.1f} "
        f"times ours ({SAMPLED} of 60 departures, in proportion)", "7 times")
    middle = np.median(stations.lat)  # type: ignore[attr-defined]
    halves = timetable_of(patterns, (stations.lat > middle).astype(np.int64))  # type: ignore[attr-defined]
    many("Porto Alegre, north and south", halves, foot, window, LINES, "22 in 20 s")


def ferrobus(
    patterns: list[Pattern], stations: object, points: tuple[np.ndarray, np.ndarray],
    day: datetime.date,
) -> float:
    """Milliseconds of CPU an origin for 60 departures; timed feeds, same distances, two changes."""
    import ferrobus as peer

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "feed"
        write_feed(folder, patterns, stations)
        model = peer.create_transit_model(
            str(DATA / "poa" / "poa_osm.pbf"), [str(folder)], day, int(1000 / CROWS_SPEED)
        )
        places = []
        for lon, lat in zip(*points, strict=True):
            try:
                places.append(peer.create_transit_point(
                    float(lat), float(lon), model, int(1800 / CROWS_SPEED), 50))
            except (ValueError, RuntimeError):
                continue
        peer.travel_time_matrix(model, places[:5], 14 * 3600, 2)
        cpu = 0.0
        for k in range(SAMPLED):
            start = 14 * 3600 + 60 * (k * 60 // SAMPLED)
            _, _, used = clocked(peer.travel_time_matrix, model, places, start, 2)
            cpu += used
    return 1000.0 * cpu * 60 / SAMPLED / len(places)


def write_feed(folder: Path, patterns: list[Pattern], stations: object) -> None:
    """The day as a plain feed in which every call has its time."""
    folder.mkdir()
    write = {n: (folder / f"{n}.txt").open("w", encoding="utf-8") for n in
             ("agency", "stops", "routes", "trips", "stop_times", "calendar")}
    write["agency"].write("agency_id,agency_name,agency_url,agency_timezone\n"
                          "a,a,http://example.org,America/Sao_Paulo\n")
    write["calendar"].write(
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "d,1,1,1,1,1,1,1,20190101,20201231\n")
    write["stops"].write("stop_id,stop_name,stop_lat,stop_lon\n")
    for k, (lon, lat) in enumerate(zip(stations.lon, stations.lat, strict=True)):  # type: ignore[attr-defined]
        write["stops"].write(f"{k},{k},{lat},{lon}\n")
    write["routes"].write("route_id,agency_id,route_short_name,route_long_name,route_type\n")
    write["trips"].write("route_id,service_id,trip_id\n")
    write["stop_times"].write("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
    for r, p in enumerate(patterns):
        write["routes"].write(f"{r},a,{r},{r},3\n")
        for x in range(len(p.trip)):
            if not 0 <= p.departure[x, 0] < 86400:
                continue
            write["trips"].write(f"{r},d,{r}-{x}\n")
            for q, s in enumerate(p.stop):
                a, d = (f"{t // 3600:02d}:{t % 3600 // 60:02d}:{t % 60:02d}"
                        for t in (int(p.arrival[x, q]), int(p.departure[x, q])))
                write["stop_times"].write(f"{r}-{x},{a},{d},{s},{q + 1}\n")
    for file in write.values():
        file.close()


def northern_kentucky() -> None:
    for _ in range(2):
        feeds, wall, cpu = clocked(feeds_of, "nky/TANK-GTFS.zip")
    row("Northern Kentucky: feed read", f"{wall:.2f} s wall, {cpu:.2f} s CPU", "0.5 s with streets")
    foot, stations = ground(feeds, "nky/streets.osm.pbf", cells())  # type: ignore[arg-type]
    patterns = patterns_of(feeds, datetime.date(2019, 11, 5))  # type: ignore[arg-type]
    # The Ohio river is the state line: its course by hand, good to a few hundred metres.
    lon, lat = stations.lon, stations.lat  # type: ignore[attr-defined]
    river_lon = [-84.82, -84.62, -84.55, -84.505, -84.48, -84.43, -84.30]
    river_lat = [39.10, 39.075, 39.099, 39.094, 39.103, 39.108, 39.03]
    ohio = (lat > np.interp(lon, river_lon, river_lat)).astype(np.int64)
    day = timetable_of(patterns, ohio)
    window = Window(7 * 3600, 120, 7200, 60, 4)
    row("Northern Kentucky: stops in Ohio", f"{int(ohio.sum())} of {len(ohio)}")
    many("Northern Kentucky", day, foot, window, 25, "52 in 75 s")


def large() -> None:
    """A made-up feed of 40,000 stops and 200,000 trips."""
    rng = np.random.default_rng(1)
    side, n_lines, length, trips = 200, 2000, 20, 100
    lon = 120.0 + 0.005 * np.repeat(np.arange(side), side)
    lat = 31.0 + 0.005 * np.tile(np.arange(side), side)
    patterns = []
    for k in range(n_lines):
        along = rng.integers(0, side - length)
        across = rng.integers(0, side)
        stop = (across * side + along + np.arange(length) if k % 2 else
                (along + np.arange(length)) * side + across)
        start = np.sort(rng.integers(5 * 3600, 22 * 3600, trips))
        time_at = (start[:, None] + 90 * np.arange(length)).astype(np.int32)
        every = np.ones(length, bool)
        patterns.append(Pattern(str(k), stop.astype(np.int32), every, every, time_at, time_at,
                                np.arange(trips).astype(object)))

    class Stations:
        pass

    stations = Stations()
    stations.lon, stations.lat = lon, lat  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "large"
        write_feed(folder, patterns, stations)

        def load() -> tuple[Timetable, Foot]:
            issues = Issues()
            feed = read_feed(folder, "large", issues)
            issues.stop()
            assert feed is not None  # noqa: S101 - it was written a moment ago
            day = timetable_of(patterns_of([feed], datetime.date(2019, 5, 13)),
                               np.zeros(len(lon), np.int64))
            points = lon[::40] + 0.001, lat[::40] + 0.001
            return day, foot_of(walk_as_the_crow_flies(
                (lon, lat), points, detour=1.3, transfer_m=1000, access_m=2000, direct_m=1800
            ), PACE)

        found, wall, cpu = clocked(load)
    day, foot = found  # type: ignore[misc]
    row("40,000 stops, 200,000 trips: load", f"{wall:.1f} s wall, {cpu:.1f} s CPU", "30 s")
    question = Question(day, (np.ones(len(day.pieces), bool),), foot, Window(28800, 1, 7200, 60, 4))
    traveller = Traveller([question])
    traveller.times(0)
    times = []
    for origin in range(10, 1000, 100):
        begin = time.thread_time()
        traveller.times(origin)
        times.append(time.thread_time() - begin)
    row("the same: one origin, one departure", f"{1000 * np.median(times):.1f} ms CPU", "100 ms")


def trip() -> None:
    """There, back and the last way home, apart and together, in the demonstration of lines."""
    import tieline

    data = tieline.read_region(Path(__file__).parents[1] / "examples" / "demonstration-lines")
    engine, network = data.engines["transit"], data.networks["transit"]
    cases = {s: data.case(s) for s in ("apart", "together")}
    towns = [t[0] for t in engine.places(network)]  # type: ignore[attr-defined]
    rng = np.random.default_rng(1)
    times = []
    for _ in range(41):
        origin, to = map(str, rng.choice(towns, 2, replace=False))
        begin = time.process_time()
        engine.trip(network, data.folder, cases, origin=origin, to=to,  # type: ignore[attr-defined]
                    day=network.dates["base"], depart_s=21600, stay_s=7200, end_s=72000)  # type: ignore[attr-defined]
        times.append(time.process_time() - begin)
    row("a trip query: there, back, the last way home, apart and together",
        f"{1000 * np.median(times[1:]):.0f} ms CPU, at most {1000 * max(times[1:]):.0f}", "50 ms")


def main() -> None:
    chosen = sys.argv[1:] or ["poa", "nky", "trip", "large"]
    print("| what | measured | goal |\n| --- | --- | --- |")
    for name in chosen:
        {"poa": porto_alegre, "nky": northern_kentucky, "large": large, "trip": trip}[name]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row("largest memory of this process", f"{peak:.0f} MB", "500 MB")


if __name__ == "__main__":
    main()
