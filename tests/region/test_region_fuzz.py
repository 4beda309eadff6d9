"""Whatever stands in the files, reading reports problems and never breaks down."""

import json
import random

import pytest

import tieline
from tieline.region.schemas import engine_schemas

JUNK = [
    b"", b",", b"\n", b"\r", b'"', b";", b"\0", b"\xff", b"#", b"nan", b"-1", b"1e999", b"[", b"]",
    b"=", b"{", b"}", "镇".encode(), "镇".encode("gb18030"), b"null", b"[[jurisdiction]]\n", b"'",
    b"9" * 400, b"true", b"2020-01-01", b":", b" ",
]
FILES = (
    "region.toml", "projects.csv", "scenarios.csv", "values.csv", "incidents.csv",
    "jurisdictions.geojson", "ground.geojson",
    "power/bus.csv", "power/branch.csv", "power/switch.csv",
)


class Tables:
    """Reads every table of power, as its engine does, and builds nothing."""

    name, version, topics, measures = "power", "1", ("power",), ()

    def read(self, folder, issues):
        for name, schema in engine_schemas().items():
            if name.startswith("power/") and not name.endswith("settings"):
                folder.table(name, schema, issues)
        folder.settings("power", engine_schemas()["power/settings"], issues)

    def evaluate(self, network, cases, *, detail=False):
        return iter(())


def spoil(data, chance):
    """The bytes with a few places overwritten, cut out or doubled."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        width = chance.choice([0, 1, 3, 20])
        data = data[:at] + chance.choice(JUNK) + data[at + width:]
    return data


@pytest.mark.parametrize("name", FILES)
def test_spoiled_files_are_reported_not_fatal(towns, name):
    towns.write("incidents.csv", (
        "id,network,start,asset,kind,parameters\nstorm,power,2026-06-30 08:00,WA-1,fault,h=4\n"
    ))
    towns.write("jurisdictions.geojson", json.dumps({
        "type": "FeatureCollection", "features": [{
            "type": "Feature", "properties": {"id": "westtown"},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        }],
    }))
    towns.write("ground.geojson", json.dumps({
        "type": "FeatureCollection", "features": [{
            "type": "Feature",
            "properties": {"kind": "water", "name": "Pond", "status": "approximate"},
            "geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        }],
    }))
    whole = (towns / name).read_bytes()
    chance = random.Random(name)  # noqa: S311 - seeded on purpose
    for _ in range(60):
        spoiled = spoil(whole, chance)
        towns.write(name, spoiled)
        for issue in tieline.check(towns.path, engines={"power": Tables()}):
            assert "\n" not in str(issue), spoiled
