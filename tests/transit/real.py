"""The real data sets of ../shared, read once."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tieline.region.issues import Issues
from tieline.transit.gtfs.feed import read_feed
from tieline.transit.patterns import stations_of
from tieline.transit.streets import read_streets
from tieline.transit.travel import Pace, foot_of
from tieline.transit.walking import walk_streets

SHARED = Path(__file__).parents[2].parent / "shared"
DATA = SHARED / "data" / "transit"
needs_shared = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/transit")


def read_feeds(*paths):
    issues = Issues()
    feeds = [read_feed(DATA / p, p, issues) for p in paths]
    issues.stop()
    return feeds


@cache
def porto_alegre():
    """Feeds, stations, ids of points, walking tables."""
    feeds = read_feeds("poa/poa_eptc.zip", "poa/poa_trensurb.zip")
    ids, lon, lat = [], [], []
    for name in ("poa_hexgrid.csv", "poa_points_of_interest.csv"):
        with (DATA / "poa" / name).open(encoding="utf-8") as f:
            for r in csv.DictReader(f):
                ids.append(r["id"])
                lon.append(float(r["lon"]))
                lat.append(float(r["lat"]))
    return _ground(feeds, "poa/poa_osm.pbf", ids, lon, lat)


@cache
def northern_kentucky():
    """The same; every fifth stop's place stands for the people around it."""
    feeds = read_feeds("nky/TANK-GTFS.zip")
    stops = feeds[0].stops
    lon, lat = stops.lon[::5] + 0.001, stops.lat[::5] + 0.001
    return _ground(feeds, "nky/streets.osm.pbf", [str(k) for k in range(len(lon))], lon, lat)


def _ground(feeds, osm, ids, lon, lat):
    streets = read_streets(DATA / osm, osm, Issues())
    stations = stations_of(feeds)
    walking, _, _ = walk_streets(
        streets, (stations.lon, stations.lat), (np.array(lon), np.array(lat)),
        transfer_m=1000, access_m=2000, direct_m=2000,
    )
    return feeds, stations, ids, foot_of(walking, Pace(1.0, 1800.0))


@cache
def sao_paulo():
    """The same, and schools by point; lines run by headways."""
    with (DATA / "spo" / "spo_hexgrid.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    lon, lat = ([float(r[c]) for r in rows] for c in ("lon", "lat"))
    found = _ground(read_feeds("spo/spo.zip"), "spo/spo_osm.pbf", [r["id"] for r in rows], lon, lat)
    return found, np.array([float(r["schools"]) for r in rows])
