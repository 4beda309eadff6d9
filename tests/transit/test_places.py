"""Places in other forms than a table: GeoJSON, GeoParquet, H3, Conveyal grids."""

import csv
import json
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lines import two_towns
from real import DATA, needs_shared

import tieline
from tieline.errors import InputError
from tieline.region.read import check
from tieline.transit.places import point_table

SQUARE = [[[0.0, 0.0], [2.0, 0.0], [2.0, 4.0], [0.0, 4.0], [0.0, 0.0]]]


def test_geojson_gives_points_middles_and_numbers(tmp_path):
    features = [
        {"type": "Feature", "id": "a", "properties": {"jobs": 3, "name": "x"},
         "geometry": {"type": "Point", "coordinates": [1.0, 2.0]}},
        {"type": "Feature", "properties": {"id": "b", "jobs": None},
         "geometry": {"type": "Polygon", "coordinates": SQUARE}},
    ]
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = point_table(path)
    assert found["id"].tolist() == ["a", "b"]
    assert (found["lon"].tolist(), found["lat"].tolist()) == ([1.0, 1.0], [2.0, 2.0])
    assert found["jobs"].tolist() == [3.0, 0.0]
    assert "name" not in found


def wkb(kind, *parts):
    return struct.pack("<BI", 1, kind) + b"".join(parts)


def test_geoparquet_gives_points_and_middles(tmp_path):
    ring = struct.pack("<I", 5) + b"".join(struct.pack("<2d", *p) for p in SQUARE[0])
    shape = wkb(6, struct.pack("<I", 1), wkb(3, struct.pack("<I", 1), ring))
    table = pa.table({"id": ["a", "b"], "people": [5, 7],
                      "geometry": [wkb(1, struct.pack("<2d", 9.0, 8.0)), shape]})
    meta = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(meta)}), tmp_path / "p.parquet")
    found = point_table(tmp_path / "p.parquet")
    assert (found["lon"].tolist(), found["lat"].tolist()) == ([9.0, 1.0], [8.0, 2.0])
    assert found["people"].tolist() == [5.0, 7.0]


def test_h3_cells_lie_where_their_table_says(tmp_path):
    pytest.importorskip("h3", reason="the package h3 is optional")
    table = pa.table({"h3": ["89a901291abffff"], "jobs": [1]})
    pq.write_table(table, tmp_path / "p.parquet")
    found = point_table(tmp_path / "p.parquet")
    # As in the published hexagons of Porto Alegre, made with an older H3: 12 cm apart.
    assert found["lon"][0] == pytest.approx(-51.1582459466033, abs=2e-6)
    assert found["lat"][0] == pytest.approx(-30.0538460280879, abs=2e-6)


@needs_shared
def test_a_conveyal_grid_holds_its_people_where_they_live():
    found = point_table(DATA / "nky" / "people.grid")
    # 227,919 people live in the blocks it was made from; pixels are whole people.
    assert 227_000 < found["opportunities"].sum() < 228_500
    assert -84.75 < found["lon"].min() < found["lon"].max() < -84.3
    assert 38.8 < found["lat"].min() < found["lat"].max() < 39.2


@pytest.mark.parametrize(("name", "text"), [
    ("p.geojson", "{}"), ("p.geojson", '{"features": []}'), ("p.grid", "x" * 20),
    ("p.txt", "a"), ("p.parquet", "no parquet"), ("p.geojson", "[1]"), ("p.geojson", "[" * 100_000),
    ("p.geojson", '{"features": [{"geometry": null}]}'),
    ("p.geojson", '{"features": [{"geometry": {"coordinates": ["a", 1]}}]}'),
    ("p.grid", "\x1f\x8b" + "x" * 30),
    ("p.grid", "".join(map(chr, [9, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0]))),
])
def test_what_holds_no_places_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="expected"):
        point_table(tmp_path / name)


def test_a_region_may_bring_its_places_as_geojson(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    rows = [r.split(",") for r in path.read_text().splitlines()[1:]]
    features = [{"type": "Feature", "id": r[0], "geometry": {
        "type": "Point", "coordinates": [float(r[1]), float(r[2])]},
        "properties": {"population": int(r[4]), "hospital": int(r[5])}} for r in rows]
    path.unlink()
    (folder / "transit" / "demand.csv").unlink()
    text = (folder / "region.toml").read_text()
    put = folder / "transit" / "point.geojson"
    put.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    # Without a column the jurisdiction must come from outlines, which the towns have none of.
    assert "a jurisdiction" in " ".join(map(str, check(folder).errors))
    halves = [{"type": "Feature", "properties": {"id": j}, "geometry": {
        "type": "Polygon", "coordinates": [[[a, 30], [b, 30], [b, 32], [a, 32], [a, 30]]]}}
        for j, a, b in (("west", 120.0, 121.025), ("east", 121.025, 122.0))]
    (folder / "jurisdictions.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": halves}))
    network = tieline.read_region(folder).networks["transit"]
    assert network.points.jurisdiction.tolist() == [0, 0, 1, 1]
    assert np.sum(network.points.population) == 3500
    assert "EPSG:4326" in text


def put_rows(folder, kind):
    """The places of the region in another form."""
    path = folder / "transit" / "point.csv"
    with path.open() as f:
        rows = list(csv.DictReader(f))
    path.unlink()
    places = [(float(r.pop("lon")), float(r.pop("lat"))) for r in rows]
    for r in rows:
        r["population"] = int(r["population"])
    if kind == "geojson":
        (folder / "transit" / "point.geojson").write_text(json.dumps({"features": [
            {"geometry": {"type": "Point", "coordinates": p}, "properties": r}
            for p, r in zip(places, rows, strict=True)]}))
        return
    table = pa.Table.from_pylist(rows).append_column(
        "geometry", pa.array([wkb(1, struct.pack("<2d", *p)) for p in places]))
    meta = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(meta)}),
                   folder / "transit" / "point.parquet")


@pytest.mark.parametrize("kind", ["geojson", "geoparquet"])
def test_texts_of_places_and_who_refers_to_them_are_kept_in_every_form(tmp_path, kind):
    given, other = (two_towns(tmp_path / k) for k in "ab")
    put_rows(other, kind)
    assert (other / "transit" / "demand.csv").is_file()
    a, b = (tieline.read_region(f).networks["transit"] for f in (given, other))
    assert a.points.ids == b.points.ids
    assert a.points.jurisdiction.tolist() == b.points.jurisdiction.tolist()
    assert a.points.population.tolist() == b.points.population.tolist()
    assert a.demand.origin.tolist() == b.demand.origin.tolist()


def test_a_table_of_h3_cells_lies_in_their_middles(tmp_path):
    h3 = pytest.importorskip("h3", reason="the package h3 is optional")
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    before = tieline.read_region(folder).networks["transit"].points
    with path.open() as f:
        rows = list(csv.DictReader(f))
    for r in rows:
        r["h3"] = h3.latlng_to_cell(float(r.pop("lat")), float(r.pop("lon")), 12)
    with path.open("w") as f:
        writer = csv.DictWriter(f, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    after = tieline.read_region(folder).networks["transit"].points
    assert after.ids == before.ids
    assert np.allclose(after.lon, before.lon, atol=2e-4)
    path.write_text(path.read_text().replace(rows[0]["h3"], "8" * 15))
    assert "ids of H3 cells" in " ".join(map(str, check(folder).errors))


def test_places_at_zero_are_refused_and_files_not_read_are_named(tmp_path):
    folder = two_towns(tmp_path / "r")
    path = folder / "transit" / "point.csv"
    rows = path.read_text().splitlines()
    cells = rows[1].split(",")
    path.write_text("\n".join([rows[0], ",".join([cells[0], "0", "0.0", *cells[3:]]), *rows[2:]]))
    (folder / "transit" / "point.grid").write_text("x")
    found = check(folder)
    assert "row 2, field 'lat': expected a place on the map" in " ".join(map(str, found.errors))
    assert "point.grid: not read" in " ".join(map(str, found.notes))
