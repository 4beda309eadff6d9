"""Bad input for water: what the user is told, and what is only noted."""

import pytest
from water_folders import write_waters

from tieline.errors import InputError
from tieline.region.issues import Issues
from tieline.region.read import read_region_folder
from tieline.water.monitoring import measured, read_value
from tieline.water.read import open_waters, read_network

NODE = "id,jurisdiction,bed_m,level_m\nn1,a,0,1\nn2,a,-0.5,1\nn3,b,-1,1"
REACH = "id,from_node,to_node,length_m,width_m\nr1,n1,n2,1000,10\nr2,n2,n3,1000,10"
BOUNDARY = "id,node,kind,value\ninflow,n1,flow,3\nsea,n3,level,1"
SOUND = {"node": NODE, "reach": REACH, "boundary": BOUNDARY}
ITEMS = {
    "item": "id\nCOD", "section": "id,node,jurisdiction\ns,n2,a",
}
GATE = "id,from_node,to_node,jurisdiction,width_m,sill_m"

REFUSED = {
    "a gate nobody owns": (
        {"gate": f"{GATE}\ng,n1,n3,,5,0"},
        "water/gate.csv, row 2, field 'jurisdiction': expected the id of a jurisdiction, "
        "found nothing",
    ),
    "a negative load": (
        {**ITEMS, "source": "id,node,jurisdiction\nq,n1,a",
         "load": "source_id,item,kg_per_day\nq,COD,-4"},
        "water/load.csv, row 2, field 'kg_per_day': expected a number 0..10000000 [kg/d], found -4",
    ),
    "a flow in m3/d": (
        {"pump": "id,from_node,to_node,jurisdiction,flow_m3s\np,n1,n2,a,86400"},
        "found 86400 (in m3/d?)",
    ),
    "a reach without width": (
        {"reach": REACH + "\nr3,n1,n3,500,"},
        "water/reach.csv, row 4, field 'width_m': expected a width [m] or a profile, found neither",
    ),
    "a reach that goes nowhere": (
        {"reach": REACH + "\nr3,n1,n1,500,5"},
        "row 4, field 'to_node': expected another node than from_node, found 'n1'",
    ),
    "a bed below its node": (
        {"reach": "id,from_node,to_node,length_m,width_m,bed_to_m\nr1,n1,n2,1000,10,-2"},
        "field 'bed_to_m': expected at least the bed of its node, -0.5 [m], found -2",
    ),
    "an unknown node": (
        {"reach": REACH + "\nr3,n1,n9,500,5"}, "row 4, field 'to_node'",
    ),
    "two levels at a node": (
        {"boundary": BOUNDARY + "\nother,n3,level,2"},
        "row 4, field 'node': expected one level boundary for each node, found 'n3' again",
    ),
    "a tide on a flow": (
        {"tide": "boundary,amplitude_m\ninflow,1"},
        "water/tide.csv, row 2, field 'boundary': expected a boundary of kind level",
    ),
    "a series that goes back": (
        {"series": "id,time_h,value\ns,0,1\ns,2,1\ns,1,1"},
        "water/series.csv, row 4, field 'time_h': expected more than in the row before, 2, found 1",
    ),
    "a section at a node and on a reach": (
        {"item": "id\nCOD", "section": "id,node,reach,jurisdiction\ns,n2,r1,a"},
        "water/section.csv, row 2, field 'node': expected a node or a reach, found both",
    ),
    "a value that is no concentration": (
        {**ITEMS, "observation": "section,item,time,value\ns,COD,2026-01-02 08:00,high"},
        "field 'value': expected a concentration [mg/L], or <0.02, found 'high'",
    ),
    "a value given twice": (
        {**ITEMS, "observation": "section,item,time,value\ns,COD,2026-01-02 08:00,3\n"
                                 "s,COD,2026-01-02 08:00,4"},
        "row 3, field 'time': expected one value for section, item and time, found a second one",
    ),
    "a profile without width": (
        {"profile": "id,distance_m,z_m\np,0,1\np,0,0"},
        "expected at least three points with width and depth, found 2 points",
    ),
    "a rule that watches nothing": (
        {"gate": f"{GATE}\ng,n1,n3,a,5,0",
         "rule": "id,asset,quantity,sense,value,setting\nr,g,level,above,1,0"},
        "water/rule.csv, row 2, field 'node': expected a node to watch, found nothing",
    ),
    "a rule that contradicts itself": (
        {"gate": f"{GATE}\ng,n1,n3,a,5,0",
         "rule": "id,asset,quantity,node,sense,value,setting\nr,g,level,n1,above,1,0\n"
                 "r,g,level,n2,above,1,1"},
        "row 3, field 'setting': expected the same as in its first row",
    ),
    "a pump without a flow": (
        {"pump": "id,from_node,to_node,jurisdiction\np,n1,n2,a"},
        "expected a flow [m3/s] or a curve, found neither",
    ),
    "a pump that stops above where it starts": (
        {"pump": "id,from_node,to_node,jurisdiction,flow_m3s,start_m,stop_m\np,n1,n2,a,1,0.5,1"},
        "field 'stop_m': expected at most start_m = 0.5 [m], found 1",
    ),
    "a curve of another kind": (
        {"curve": "id,kind,x,y\nc,storage,0,10\nc,storage,1,10",
         "pump": "id,from_node,to_node,jurisdiction,curve\np,n1,n2,a,c"},
        "expected a curve of kind pump_head or pump_level, found 'storage'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_row_and_field(tmp_path, name):
    tables, said = REFUSED[name]
    write_waters(tmp_path, **{**SOUND, **tables})
    with pytest.raises(InputError) as caught:
        open_waters(tmp_path)
    assert said in str(caught.value)


def test_records_that_are_no_whole_steps_are_refused(tmp_path):
    write_waters(tmp_path, "dt_s = 70", **SOUND)
    with pytest.raises(InputError) as caught:
        open_waters(tmp_path)
    assert "expected a multiple of dt_s = 70 [s], found 300" in str(caught.value)


def notes(folder):
    issues = Issues()
    network = read_network(read_region_folder(folder, issues), issues)
    assert network is not None, issues
    return [str(i) for i in issues.notes]


NOTED = {
    "a dry channel": (
        {"node": "id,jurisdiction,bed_m,level_m\nn1,a,0,0\nn2,a,-0.5,1\nn3,b,-1,1"},
        "water/node.csv, row 2, field 'level_m': 1 is dry at the start: 'n1'",
    ),
    "a disconnected part": (
        {"node": NODE + "\nx1,b,0,1\nx2,b,0,1", "reach": REACH + "\nx,x1,x2,500,5"},
        "water/node.csv, row 5, field 'id': 2 are connected to no level boundary, so that water "
        "only gathers there: 'x1', 'x2'",
    ),
    "an adverse slope": (
        {"node": "id,jurisdiction,bed_m,level_m\nn1,a,0,12\nn2,a,11,12\nn3,b,-1,1"},
        "water/reach.csv, row 2, field 'bed_to_m': 1 rises by more than 1 % along its bed: 'r1'",
    ),
    "an inflow beyond reason": (
        {"boundary": BOUNDARY.replace("flow,3", "flow,3000")},
        "water/boundary.csv, row 2, field 'value': 1 brings more than the channel holds at 5 m/s "
        "(in m3/d?): 'inflow'",
    ),
}


@pytest.mark.parametrize("name", NOTED)
def test_what_is_unlikely_is_noted(tmp_path, name):
    tables, said = NOTED[name]
    assert notes(write_waters(tmp_path, **{**SOUND, **tables})) == [said]


def test_sound_waters_have_no_notes(tmp_path):
    assert notes(write_waters(tmp_path, **SOUND)) == []


@pytest.mark.parametrize(("text", "number", "below"), [
    ("0.35", 0.35, False), ("<0.02", 0.01, True), ("0.02L", 0.01, True), ("＜0.04", 0.02, True),
])
def test_values_below_detection_count_half(text, number, below):
    reading = read_value(text)
    assert reading.number == pytest.approx(number)
    assert reading.below is below


@pytest.mark.parametrize("text", ["-1", "ND", "", "<", "1;2"])
def test_what_is_no_value_is_none(text):
    assert read_value(text) is None


def test_series_with_gaps_and_flags_are_read(tmp_path):
    rows = "".join(f"\ns,COD,2026-01-0{d} 08:00,{v},{f}" for d, v, f in (
        (1, "3", ""), (2, "<4", "ok"), (3, "9", "suspect"), (4, "5", ""), (5, "", "missing"),
        (6, "5.5", ""), (7, "6", ""), (8, "6", "")))
    late = "\ns,COD,2026-02-09 08:00,7,"
    table = f"section,item,time,value,flag{rows}{late}"
    write_waters(tmp_path, **SOUND, **ITEMS, observation=table)
    network = open_waters(tmp_path)
    found = measured(network, 0, 0)
    assert found.value.tolist() == [3.0, 2.0, 5.0, 5.5, 6.0, 6.0, 7.0]
    assert found.below.tolist() == [False, True] + [False] * 5
    assert found.gaps.tolist() == [5]


def test_the_network_is_frozen_picklable_and_knows_its_digest(tmp_path):
    import pickle

    network = open_waters(write_waters(tmp_path / "one", **SOUND))
    same = open_waters(write_waters(tmp_path / "two", **SOUND))
    assert network.grid.n_cells == 3
    again = pickle.loads(pickle.dumps(network))  # noqa: S301 - what we have just made
    assert again.digest == network.digest == same.digest
    changed = {**SOUND, "boundary": BOUNDARY.replace("flow,3", "flow,4")}
    assert open_waters(write_waters(tmp_path / "three", **changed)).digest != network.digest
    assert network.touches("reach", 1) == ("a", "b")
    assert ("water.gates", "a", "b") in network.relevant.open
