"""The map that needs no computing: grids, waters, outlines alone; nothing where nothing lies."""

import numpy as np
import pytest

import tieline
from tieline.publish.shell import words_of
from tieline.publish.situation.places import base_map, can_pick, geometries, ground, places
from tieline.region.read import read_region


class Rows(dict):
    """A table that is as much as pictures need."""

    def __len__(self):
        return len(next(iter(self.values())))

    @property
    def columns(self):
        return tuple(self)


REACHES = Rows(id=np.array(["r1", "r2"]), left=np.array(["easttown", "westtown"]),
               x0=np.array([0.0, 1.0]), y0=np.array([0.0, 0.0]), x1=np.array([1.0, 2.0]),
               y1=np.array([0.0, np.nan]))
GATES = Rows(id=np.array(["g"]), x=np.array([1.0]), y=np.array([0.0]))
WATERS = {"reaches": REACHES, "gates": GATES}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ground") / "towns"
    tieline.new_region(folder)
    return read_region(folder)


def test_waters_are_drawn_as_lines_with_gates_and_names_but_cannot_be_picked(data):
    drawn = base_map(data.region, WATERS, words_of("en"))
    assert drawn.count('class="station"') == 1
    assert 'class="w water"' in drawn
    assert data.region.jurisdictions[0].label("en") in drawn
    assert not can_pick(WATERS)
    assert places(data.region, "water", WATERS)["assets"] == []


def test_reaches_without_a_place_are_left_out_of_the_geometries():
    found = geometries(WATERS)
    assert [f["id"] for f in found["branches"]] == ["r1"]
    assert found["sources"][0]["geometry"]["coordinates"] == [1.0, 0.0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_grid_is_drawn_and_picked(data, lang):
    engine = data.engines["power"]
    picture = engine.picture(data.networks["power"], data.case("together"))
    assert can_pick(picture)
    drawn = ground(data.region, [picture], words_of(lang))
    for j in data.region.jurisdictions:
        assert j.label(lang) in drawn
    assert "<figcaption>" in drawn


def test_where_nothing_has_a_place_there_is_no_map(data):
    assert bool(ground(data.region, [], words_of("en"))) == bool(data.region.outlines)
    nowhere = {"reaches": Rows({k: (np.full(2, np.nan) if k[0] in "xy" else v)
                                for k, v in REACHES.items()})}
    if not data.region.outlines:
        assert base_map(data.region, nowhere, words_of("en")) == ""


GROUND = {"type": "FeatureCollection", "features": [
    {"type": "Feature",
     "properties": {"kind": "facility", "name": "Hospital <1>", "status": "approximate"},
     "geometry": {"type": "Point", "coordinates": [0.5, 0.0]}},
    {"type": "Feature", "properties": {"kind": "water", "name": "Pond", "name_zh": "塘",
                                       "status": "synthetic"},
     "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}},
    {"type": "Feature",
     "properties": {"kind": "water", "name_zh": "河", "status": "approximate"},
     "geometry": {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[1, 1], [2, 0]]]}},
]}


def test_waters_and_facilities_lie_below_the_lines_and_are_named(data):
    from dataclasses import replace

    region = replace(data.region, ground=GROUND)
    drawn = base_map(region, WATERS, words_of("zh"))
    for part in ("<title>塘</title>", "<title>河</title>", "Hospital &lt;1&gt;", 'class="gplace"',
                 'class="gwater area"', 'class="gwater"'):
        assert part in drawn, part
    assert drawn.index("gwater") < drawn.index("gplace") < drawn.index('class="w water"')
    assert "gwater" not in base_map(data.region, WATERS, words_of("zh"))


@pytest.mark.parametrize(("lang", "said"), [
    ("en", ("Pond", "河", "facility", "approximate")), ("zh", ("塘", "河", "设施", "约数")),
])
def test_the_table_beside_the_map_tells_what_is_shown_with_its_status(data, lang, said):
    from dataclasses import replace

    from tieline.publish.ground import ground_table
    from tieline.publish.page import Voice

    class Told(Voice):
        words = words_of(lang)
        region = replace(data.region, ground=GROUND)

    shown = ground_table(Told())
    for part in said:
        assert part in shown, part
    Told.region = data.region
    assert ground_table(Told()) is None
