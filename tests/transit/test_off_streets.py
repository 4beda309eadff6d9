"""Stops off the streets: too far to walk from, the file of another place, GCJ-02 for WGS 84."""

import csv
import io
import zipfile

import numpy as np
import pytest
from lines import feed, two_towns, write_zip

from tieline.region.read import check
from tieline.transit.place import gcj02_of

METRE = 1.0 / 111_320.0


def streets(seed, lon=(120.98, 121.09), lat=(30.97, 31.03)):
    """Streets across at uneven distances of 80 to 420 m: x and y of each, and the file."""
    rng = np.random.default_rng(seed)

    def lines(low, high):
        steps = low + np.cumsum(rng.uniform(80, 420, 400) * METRE)
        return steps[steps < high]

    xs, ys = lines(*lon), lines(*lat)
    number = {(i, j): 1 + i * len(ys) + j for i in range(len(xs)) for j in range(len(ys))}
    text = ["<?xml version='1.0' encoding='UTF-8'?><osm version='0.6'>"]
    text += [f"<node id='{k}' version='1' lon='{xs[i]:.7f}' lat='{ys[j]:.7f}'/>"
             for (i, j), k in number.items()]
    ways = [[number[i, j] for i in range(len(xs))] for j in range(len(ys))]
    ways += [[number[i, j] for j in range(len(ys))] for i in range(len(xs))]
    for k, way in enumerate(ways):
        refs = "".join(f"<nd ref='{n}'/>" for n in way)
        text.append(f"<way id='{k + 1}' version='1'>{refs}<tag k='highway' v='residential'/></way>")
    return xs, ys, "".join([*text, "</osm>"])


def moved(folder, move):
    """The region with its stops where `move` puts them: id, lon, lat to lon, lat."""
    path = folder / "transit" / "towns.zip"
    with zipfile.ZipFile(path) as z:
        files = {n: z.read(n).decode() for n in z.namelist()}
    rows = list(csv.DictReader(io.StringIO(files["stops.txt"])))
    for r in rows:
        r["stop_lon"], r["stop_lat"] = move(r["stop_id"], float(r["stop_lon"]),
                                            float(r["stop_lat"]))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_zip(path, {**files, "stops.txt": out.getvalue()})
    return folder


def region(folder, move, seed=1):
    _, _, osm = streets(seed)
    folder = moved(two_towns(folder), move)
    (folder / "transit" / "roads.osm").write_text(osm, encoding="utf-8")
    return folder


def told(folder):
    found = check(folder)
    return [str(x) for x in found.errors], [str(x) for x in found.notes]


def test_a_stop_far_off_is_told_and_one_nobody_reaches_is_told_apart(tmp_path):
    _, far = told(region(tmp_path / "a", lambda i, x, y: (x, 31.04) if i == "s3" else (x, y)))
    _, lost = told(region(tmp_path / "b", lambda i, x, y: (x, 31.3) if i == "s3" else (x, y)))
    assert any("1 stop farther than 500 m from any street, such as 'towns:s3'" in n for n in far)
    assert any("1609 m from any street, where nobody can walk to" in n for n in lost)


def test_streets_of_another_place_are_refused(tmp_path):
    errors, _ = told(region(tmp_path / "a", lambda _, x, y: (x, y + 0.5)))
    assert any("expected streets within 1609 m of some stop" in e for e in errors)


def along(seed, shift):
    """A further feed of 40 stops some metres off streets, drawn; shifted as by GCJ-02 or not."""
    rng = np.random.default_rng(seed)
    xs, ys, _ = streets(seed)
    lon = rng.uniform(121.0, 121.07, 40)
    lat = ys[rng.integers(5, len(ys) - 5, 40)] + rng.normal(0, 6, 40) * METRE
    on_x = rng.random(40) < 0.5
    lat = np.where(on_x, rng.uniform(30.985, 31.015, 40), lat)
    lon = np.where(on_x, xs[rng.integers(8, len(xs) - 8, 40)] + rng.normal(0, 6, 40) * METRE, lon)
    if shift:
        lon, lat = gcj02_of(lon, lat)
    stops = {f"g{k}": (x, y, "west") for k, (x, y) in enumerate(zip(lon, lat, strict=True))}
    names = list(stops)
    trips = [(f"t{k}", "L", [(names[k], 30_000, 30_000), (names[k + 1], 30_300, 30_300)])
             for k in range(39)]
    return feed(stops, ["L"], trips)


@pytest.mark.parametrize("seed", range(4))
def test_a_feed_in_gcj02_is_told_by_its_name_and_one_in_wgs84_is_not(tmp_path, seed):
    for shift in (True, False):
        _, _, osm = streets(seed)
        folder = two_towns(tmp_path / f"r{shift}", more_feeds=[along(seed, shift)])
        (folder / "transit" / "roads.osm").write_text(osm, encoding="utf-8")
        errors, notes = told(folder)
        assert not errors
        mine = [n for n in notes if n.startswith("transit/more0/stops.txt")]
        assert any("GCJ-02" in n for n in mine) is shift
