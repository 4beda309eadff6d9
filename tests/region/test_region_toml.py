"""region.toml and the region's own tables: what is wrong in them has its message."""

import json

import pytest

import tieline
from tieline.errors import InputError, NotARegionError

TOML = "region.toml"


class Engine:
    """An engine that reads nothing and reports nothing but its measures."""

    name, version, topics = "power", "1", ("power",)
    measures = (
        tieline.Measure("customers", "customers", None),
        tieline.Measure("energy_not_supplied", "kWh/yr", "less"),
        tieline.Measure("SAIDI", "h", "less", ratio_of=("energy_not_supplied", "customers")),
    )

    def read(self, folder, issues):
        return object()

    def evaluate(self, network, cases, *, detail=False):
        return iter(())


ENGINES = {"power": Engine()}


def errors(towns, engines=ENGINES):
    return [str(i) for i in tieline.check(towns.path, engines=engines).errors]


def notes(towns):
    return [str(i) for i in tieline.check(towns.path, engines=ENGINES).notes]


def test_the_two_towns_are_without_fault(towns):
    issues = tieline.check(towns.path, engines={"power": PowerTables()})
    assert not len(issues), repr(issues)


class PowerTables(Engine):
    """Reads every table of power, as its engine does."""

    def read(self, folder, issues):
        from tieline.region.schemas import engine_schemas

        for name, schema in engine_schemas().items():
            if name.startswith("power/") and not name.endswith("settings"):
                folder.table(name, schema, issues)
        folder.settings("power", engine_schemas()["power/settings"], issues)
        return object()


def test_a_folder_that_is_no_region_is_refused(tmp_path):
    with pytest.raises(NotARegionError, match=r"expected a folder with region.toml, found none"):
        tieline.read_region(tmp_path)
    with pytest.raises(NotARegionError, match="found no such folder"):
        tieline.read_region(tmp_path / "nowhere")
    assert len(tieline.check(tmp_path / "nowhere").errors) == 1


def test_what_is_no_toml_is_named_with_its_line(towns):
    towns.swap(TOML, 'name = "Two towns"', "name Two towns")
    assert errors(towns) == [
        "region.toml, row 2: expected TOML, found an error: "
        "Expected '=' after a key in a key/value pair"
    ]


def test_read_region_raises_once_with_every_problem(towns):
    towns.swap(TOML, 'networks = ["power"]', 'networks = ["powr"]\nstudydate = 1')
    towns.swap("projects.csv", "2024-06-01", "soon")
    with pytest.raises(InputError) as caught:
        tieline.read_region(towns.path, engines=ENGINES)
    assert caught.value.problems == (
        "region.toml, field 'studydate': expected a known setting, "
        "found 'studydate' (nearest: 'study_date')",
        "projects.csv, row 2, field 'opened': expected a date like 2019-09-10, found 'soon'",
        "incidents.csv, row 2, field 'network': expected a network of region.toml, "
        "found 'power' (nearest: 'powr')",
        "region.toml, field 'networks': expected networks that an engine reads: power, "
        "found 'powr' (nearest: 'power')",
    )


@pytest.mark.parametrize(("old", "new", "message"), [
    ('id = "easttown"', 'id = "westtown"',
     "region.toml, row 17, field 'id': expected an id used once, "
     "found 'westtown' again (first in row 10)"),
    ('id = "easttown"\n', "",
     "region.toml, row 17, field 'id': expected an id, found nothing"),
    ('id = "easttown"', 'id = "east:town"',
     "region.toml, row 17, field 'id': expected an id without ; : , |, found 'east:town'"),
    ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia/Shanghay"',
     "region.toml, row 10, field 'time_zone': expected a time zone such as Asia/Shanghai, "
     "found 'Asia/Shanghay'"),
    ("price_year = 2022", 'price_year = "a while ago"',
     "region.toml, field 'price_year': expected a whole number 1900..2200, found 'a while ago'"),
    ("study_date = 2026-06-30", "study_date = 20260630",
     "region.toml, field 'study_date': expected a date like 2019-09-10, found 20260630"),
    ('name = "Two towns"\n', "",
     "region.toml, field 'name': expected a text, found nothing"),
    ('networks = ["power"]\n', "",
     "region.toml, field 'networks': expected a text, or a list of them, found nothing"),
    ('networks = ["power"]', 'networks = ["power", "power"]',
     "region.toml, field 'networks': expected each network once, found 'power' twice"),
    ('coordinates = "schematic"', 'coordinates = "EPSG:3857"',
     "region.toml, field 'coordinates': expected one of schematic, EPSG:4326, "
     "found 'EPSG:3857' (nearest: 'EPSG:4326')"),
])
def test_each_fault_of_the_head_is_named(towns, old, new, message):
    towns.swap(TOML, old, new)
    assert message in errors(towns)


@pytest.mark.parametrize("name", ["west;town", "west:town"])
def test_an_id_that_cannot_be_one_is_reported_once(towns, name):
    towns.swap(TOML, 'id = "westtown"', f'id = "{name}"')
    said = [e for e in errors(towns) if e.startswith("region.toml") and "field 'id'" in e]
    assert len(said) == 1
    assert said[0].endswith(f"found '{name}'")


def test_settings_of_a_network_are_checked(towns):
    towns.swap(TOML, "[power]\n", "[power]\nv_min_pu = 0.1\nv_maximum_pu = 1.1\n")
    assert errors(towns, {"power": PowerTables()}) == [
        "region.toml, field '[power] v_maximum_pu': expected a known setting, "
        "found 'v_maximum_pu' (nearest: 'v_max_pu')",
        "region.toml, field '[power] v_min_pu': expected a number 0.5..1.1 [pu], found 0.1",
    ]


def test_a_region_without_jurisdictions_is_refused(towns):
    text = (towns / TOML).read_text("utf-8")
    towns.write(TOML, text[: text.index("[[jurisdiction]]")])
    assert "region.toml: expected at least one entry [[jurisdiction]], found none" in errors(towns)


@pytest.mark.parametrize(("payers", "found"), [
    ("westtown:0.5;easttown:0.4", "expected shares that sum to 1, found a sum of 0.9"),
    ("westtown:0.5;eastown:0.5",
     "expected the id of a jurisdiction, found 'eastown' (nearest: 'easttown')"),
    ("westtown", "expected shares such as westtown:0.5;easttown:0.5, found 'westtown'"),
    ("westtown:2;easttown:-1",
     "expected shares such as westtown:0.5;easttown:0.5, found 'westtown:2'"),
])
def test_payers_are_checked(towns, payers, found):
    towns.swap("projects.csv", "westtown:0.5;easttown:0.5", payers)
    assert errors(towns) == [f"projects.csv, row 2, field 'payers': {found}"]


VALUES = "measure,jurisdiction,value_per_unit,low,high\n"


@pytest.mark.parametrize(("row", "found"), [
    ("energy_not_suplied,,12,,",
     "field 'measure': expected a measure that can be added: energy_not_supplied, "
     "found 'energy_not_suplied' (nearest: 'energy_not_supplied')"),
    ("SAIDI,,12,,",
     "field 'measure': expected a measure that can be added: energy_not_supplied, "
     "found 'SAIDI' (a ratio or a count)"),
    ("energy_not_supplied,,12,13,",
     "field 'low': expected a number <= value_per_unit (12), found 13"),
    ("energy_not_supplied,,12,,11.5",
     "field 'high': expected a number >= value_per_unit (12), found 11.5"),
    ("energy_not_supplied,nowhere,12,,",
     "field 'jurisdiction': expected the id of a jurisdiction, found 'nowhere'"),
])
def test_values_are_checked(towns, row, found):
    towns.write("values.csv", VALUES + row + "\n")
    assert errors(towns) == [f"values.csv, row 2, {found}"]


def test_a_price_given_twice_is_refused(towns):
    row = "energy_not_supplied,,12,,\n"
    towns.write("values.csv", VALUES + row + row)
    assert errors(towns) == [
        "values.csv, row 3, field 'measure': expected one row for each measure and jurisdiction, "
        "found 'energy_not_supplied' for 'all' again"
    ]


def test_rows_of_one_incident_agree(towns):
    towns.write("incidents.csv", (
        "id,network,start,asset,kind,parameters\n"
        "storm,power,2026-06-30 08:00,WA-1,fault,repair_h=4\n"
        "storm,power,2026-06-30 09:00,WA-2,fault,\n"
        "flood,water,2026-06-30,gate,fault,repair\n"
    ))
    assert errors(towns) == [
        "incidents.csv, row 3, field 'start': expected '2026-06-30 08:00:00', as in the first "
        "row of 'storm', found '2026-06-30 09:00:00'",
        "incidents.csv, row 4, field 'network': expected a network of region.toml, found 'water'",
        "incidents.csv, row 4, field 'parameters': expected parameters such as "
        "name=value;name=value, found 'repair'",
    ]


def test_rows_with_one_id_are_one_incident(towns):
    towns.write("incidents.csv", (
        "id,network,start,asset,kind,parameters\n"
        "storm,power,2026-06-30 08:00,WA-1,fault,repair_h=4;crew=2\n"
        "storm,power,2026-06-30T08:00:00,WA-2,,\n"
    ))
    (storm,) = tieline.read_region(towns.path, engines=ENGINES).region.incidents
    assert [e.asset for e in storm.events] == ["WA-1", "WA-2"]
    assert storm.events[0].parameters == (("repair_h", "4"), ("crew", "2"))
    assert storm.events[1].kind == "fault"


def square(name, ring=((0, 0), (1, 0), (1, 1), (0, 0))):
    geometry = {"type": "Polygon", "coordinates": [[list(p) for p in ring]]}
    return {"type": "Feature", "properties": {"id": name}, "geometry": geometry}


@pytest.mark.parametrize(("features", "message"), [
    ([square("westown")],
     "field 'features[0].properties.id': expected the id of a jurisdiction, "
     "found 'westown' (nearest: 'westtown')"),
    ([square("westtown", ((0, 0), (1, 0), (1, 1)))],
     "field 'features[0].geometry ring 0': expected a closed ring of at least 4 positions, "
     "found 3 positions, not closed"),
    ([square("westtown", ((0, 0), (1, None), (1, 1), (0, 0)))],
     "field 'features[0].geometry ring 0': expected positions [x, y], found [1, None]"),
    ([{**square("westtown"), "geometry": {"type": "Point", "coordinates": [1, 2]}}],
     "field 'features[0].geometry': expected a Polygon or MultiPolygon, found 'Point'"),
])
def test_outlines_are_checked(towns, features, message):
    content = {"type": "FeatureCollection", "features": features}
    towns.write("jurisdictions.geojson", json.dumps(content))
    assert f"jurisdictions.geojson, {message}" in errors(towns)


def pond(kind="water", geometry=None, **more):
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    known = {"kind": kind, "name": "Pond", "status": "approximate", **more}
    return {"type": "Feature", "properties": known, "geometry": geometry or line}


@pytest.mark.parametrize(("features", "message"), [
    ([pond("lagoon")], "field 'features[0].properties.kind': expected one of water, facility"),
    ([pond(status="sure")], "field 'features[0].properties.status': expected one of reported"),
    ([pond(name="")], "field 'features[0].properties': expected a name or name_zh, found none"),
    ([pond("facility")],
     "field 'features[0].geometry': expected one of Point, found 'LineString'"),
    ([pond(geometry={"type": "LineString", "coordinates": [[0, None], [1, 1]]})],
     "field 'features[0].geometry': expected positions [x, y], found [0, None]"),
    ([pond(geometry={"type": "Polygon", "coordinates": 7})],
     "field 'features[0].geometry': expected positions [x, y]"),
    ([None], "field 'features[0].geometry': expected one of"),
])
def test_waters_and_facilities_of_the_map_are_checked(towns, features, message):
    towns.write("ground.geojson", json.dumps(
        {"type": "FeatureCollection", "features": features}))
    assert any(f"ground.geojson, {message}" in e for e in errors(towns))


def test_waters_and_facilities_of_the_map_are_kept(towns):
    content = {"type": "FeatureCollection", "features": [pond()]}
    towns.write("ground.geojson", json.dumps(content))
    assert tieline.read_region(towns.path, engines=ENGINES).region.ground == content


def test_outlines_are_kept_and_missing_ones_noted(towns):
    content = {"type": "FeatureCollection", "features": [square("westtown")]}
    towns.write("jurisdictions.geojson", json.dumps(content))
    data = tieline.read_region(towns.path, engines=ENGINES)
    assert data.region.outlines == content
    assert "jurisdictions.geojson: no outline of easttown" in notes(towns)


def test_a_misspelt_table_is_not_passed_over(towns):
    (towns / "power/switch.csv").rename(towns / "power/switches.csv")
    issues = tieline.check(towns.path, engines={"power": PowerTables()})
    assert [str(i) for i in issues.errors] == [
        "power/switches.csv: expected the name of a table, as 'power/switch' that is missing, "
        "found 'power/switches'"
    ]


def test_files_that_nothing_reads_are_noted(towns):
    text = (towns / "power/switch.csv").read_text(encoding="utf-8")
    (towns / "power/switch_old.csv").write_text(text, encoding="utf-8")
    issues = tieline.check(towns.path, engines={"power": PowerTables()})
    assert [str(i) for i in issues.notes] == [
        "power/switch_old.csv: read by nothing (nearest: 'power/switch')"
    ]


def test_sections_that_nothing_reads_are_noted(towns):
    towns.swap(TOML, "[power]", "[powr]")
    assert (
        "region.toml, field '[powr]': section read by no network (nearest: 'power')"
        in notes(towns)
    )


def test_a_region_shows_itself(towns):
    data = tieline.read_region(towns.path, engines=ENGINES)
    assert repr(data) == (
        "Region: Two towns / 两镇\n"
        "  jurisdictions: West Town, East Town\n"
        "  projects: tie_north, tie_south\n"
        "  scenarios: base, before_the_tie, hot_summer\n"
        "  networks: power\n"
        "  study date: 2026-06-30\n"
        f"  notes of reading: {len(data.issues.notes)}"
    )
    assert data._repr_html_().startswith("<table>")
    assert data.topics == ("power",)
    assert data.case("together").open == {("power", "easttown", "westtown")}


@pytest.mark.parametrize("name", ["ground.geojson", "jurisdictions.geojson"])
def test_lists_within_lists_without_end_are_refused_in_words(towns, name):
    (towns / name).write_text("[" * 100_000, encoding="utf-8")
    found = tieline.check(towns.path)
    assert any("lists within lists" in e.message() for e in found.errors)
