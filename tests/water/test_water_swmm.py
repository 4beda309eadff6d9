"""SWMM as judge of flow, and of quality where rivers run one way; files of SWMM taken over."""

from pathlib import Path

import numpy as np
import pytest
from water_folders import waters

from tieline.cli.run import run as cli
from tieline.errors import InputError
from tieline.study import appraise
from tieline.water.flow import simulate
from tieline.water.reactions import Rates
from tieline.water.read import open_waters
from tieline.water.swmm.importer import import_swmm, read_jurisdictions
from tieline.water.swmm.run import run_swmm
from tieline.water.swmm.write import Pollutant, write_inp
from tieline.water.transport import Tracers, run

DATA = Path(__file__).parents[3] / "shared" / "data" / "water"
pytest.importorskip("swmm.toolkit", reason="swmm-toolkit is not installed")
MODELS = sorted(DATA.glob("swmm*/*.inp")) or [None]


def against(network, judged, flow, days):
    """Levels of both at nodes, after half a day."""
    n = len(network.nodes)
    theirs = np.array([judged.head_m[str(i)] for i in network.nodes.ids]).T
    records = min(len(theirs), flow.n_records)
    late = slice(records // 4, records)
    return flow.level_m[1 : records + 1, :n][late], theirs[:records][late]


@pytest.fixture(scope="module")
def judged_loop(loop, tmp_path_factory):
    inp = tmp_path_factory.mktemp("swmm") / "loop.inp"
    load = {int(np.flatnonzero(loop.nodes.ids == n)[0]): 10.0 for n in ("n03_04", "n06_07")}
    write_inp(loop, inp, days=2.0, step_s=30.0, pollutants=[Pollutant("COD", 0.2, load, {})])
    return run_swmm(inp), load


def test_levels_are_those_of_the_dynamic_wave_within_7_cm(loop, judged_loop):
    flow = simulate(loop, days=2.0, warmup_days=0.0, dt_s=60.0)
    mine, theirs = against(loop, judged_loop[0], flow, 2.0)
    assert np.ptp(theirs) > 2.0
    assert np.sqrt(np.mean((mine - theirs) ** 2)) < 0.07
    assert np.sqrt(np.mean((mine - theirs) ** 2, axis=0)).max() < 0.15


def test_swmm_makes_mass_among_tides_and_we_do_not(loop, judged_loop):
    judged, load = judged_loop
    assert abs(judged.flow_error) < 1.0
    assert abs(judged.quality_error["COD"]) > 10.0
    flow = simulate(loop, days=2.0, warmup_days=0.0)
    cells = np.array(list(load))
    tracers = Tracers(1, cells, np.zeros(2, int), np.array(list(load.values())),
                      Rates.plain(0.2, 1))
    assert abs(run(flow, tracers, budget=True).budget.error[0]) < 1e-12


def test_levels_without_gates_are_those_of_the_dynamic_wave_within_2_cm(make_loop, tmp_path):
    network = make_loop(nx=5, ny=6, gates=False)
    write_inp(network, tmp_path / "open.inp", days=2.0)
    flow = simulate(network, days=2.0, warmup_days=0.0)
    mine, theirs = against(network, run_swmm(tmp_path / "open.inp"), flow, 2.0)
    assert np.sqrt(np.mean((mine - theirs) ** 2)) < 0.02


RIVER = {
    "node": """
    id,jurisdiction,bed_m,level_m
    n1,a,3.0,5
    n2,a,2.4,4.4
    n3,a,2.0,4
    n4,b,1.0,3
    m1,b,3.0,5
    m2,b,2.2,4.2
    """,
    "reach": """
    id,from_node,to_node,length_m,width_m,side_slope,cells
    r1,n1,n2,6000,20,1,12
    r2,n2,n3,4000,20,1,8
    r3,n3,n4,10000,30,1,20
    s1,m1,m2,8000,12,1,16
    s2,m2,n3,2000,12,1,4
    """,
    "boundary": """
    id,node,kind,value
    q1,n1,flow,25
    q2,m1,flow,10
    sea,n4,level,3
    """,
}


def test_steady_rivers_have_the_concentrations_of_swmm_within_1_percent(tmp_path):
    """One-way and steady: there SWMM's quality routing is right, and is the same chain of cells.

    SWMM has one mixed volume for a conduit, so that conduits are as short as our cells.
    """
    network = waters(tmp_path / "coarse", "warmup_days = 0\nrecord_s = 60", **RIVER)
    split = _split(network, tmp_path / "fine")
    load = {int(np.flatnonzero(split.nodes.ids == "n2")[0]): 50.0}
    concentration = {0: 8.0, 1: 2.0}
    inp = tmp_path / "river.inp"
    write_inp(split, inp, days=6.0, step_s=30.0,
              pollutants=[Pollutant("BOD", 0.5, load, concentration)])
    judged = run_swmm(inp)
    assert abs(judged.quality_error["BOD"]) < 0.5
    flow = simulate(network, days=6.0)
    tracers = Tracers(1, np.array([1]), np.zeros(1, int), np.array([50.0]), Rates.plain(0.5, 1),
                      boundary_g_m3=np.array([[8.0], [2.0], [0.0]]))
    mine = run(flow, tracers).final[:, 0]
    for name in ("n2", "n3", "m2"):
        node = int(np.flatnonzero(network.nodes.ids == name)[0])
        assert mine[node] == pytest.approx(judged.concentration["BOD", name][-1], rel=0.01), name


def _split(network, folder):
    """The same rivers with a node between any two cells."""
    nodes = ["id,jurisdiction,bed_m,level_m"]
    ids, nodes_rows, reaches = network.nodes.ids, network.nodes, network.reaches
    nodes += [f"{i},a,{b},{v}" for i, b, v in zip(ids, nodes_rows["bed_m"], nodes_rows["level_m"],
                                                  strict=True)]
    rows = ["id,from_node,to_node,length_m,width_m,side_slope"]
    for r, name in enumerate(reaches.ids):
        a, b, n = reaches["from_node"][r], reaches["to_node"][r], int(reaches["cells"][r])
        names = [ids[a], *(f"{name}_{k}" for k in range(1, n)), ids[b]]
        beds = np.linspace(nodes_rows["bed_m"][a], nodes_rows["bed_m"][b], n + 1)
        nodes += [f"{names[k]},a,{beds[k]},{beds[k] + 2.0}" for k in range(1, n)]
        rows += [f"{name}_{k}x,{names[k]},{names[k + 1]},{reaches['length_m'][r] / n},"
                 f"{reaches['width_m'][r]},{reaches['side_slope'][r]}" for k in range(n)]
    return waters(folder, "warmup_days = 0", node="\n".join(nodes), reach="\n".join(rows),
                  boundary=RIVER["boundary"])


def test_a_network_written_and_taken_over_again_flows_alike(loop, tmp_path):
    write_inp(loop, tmp_path / "loop.inp", days=1.0)
    report = import_swmm(tmp_path / "loop.inp", tmp_path / "again")
    again = open_waters(tmp_path / "again")
    assert report.rows["reach"] == len(loop.reaches)
    assert report.rows["rule"] == len(loop.tables["rule"])
    assert not report.of("left_out")
    assert not report.of("changed")
    a = simulate(loop, days=1.0, warmup_days=0.0)
    b = simulate(again, days=1.0, warmup_days=0.0, dt_s=60.0)
    order = [list(again.nodes.ids).index(i) for i in loop.nodes.ids]
    lakes = np.abs(a.level_m[:, : len(order)] - b.level_m[:, order])
    assert lakes.max() < 0.02


@pytest.mark.skipif(MODELS == [None], reason="needs ../shared/data/water")
@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem if p else "none")
def test_the_real_models_are_taken_over_and_run(path, tmp_path):
    report = import_swmm(path, tmp_path / "region")
    network = open_waters(tmp_path / "region")
    flow = simulate(network, days=min(network.settings.days, 0.15), record_s=300.0)
    assert flow.mass_error < 1e-11
    assert np.isfinite(flow.level_m).all()
    assert flow.volume_m3.min() >= 0.0
    assert (tmp_path / "region" / "IMPORT.md").read_text(encoding="utf-8").count("water/") >= 3
    assert "left_out" in {f.kind for f in report.findings}


@pytest.mark.skipif(MODELS == [None], reason="needs ../shared/data/water")
def test_levels_of_a_real_open_channel_model_are_those_of_swmm(tmp_path):
    """Irregular sections, steep and dry at first: SWMM itself loses 1.7 % of the water here."""
    source = DATA / "swmm5plus_user5" / "user5_F01.inp"
    inp = tmp_path / "model.inp"
    inp.write_bytes(source.read_bytes())
    judged = run_swmm(inp)
    import_swmm(source, tmp_path / "region")
    network = open_waters(tmp_path / "region")
    flow = simulate(network, dt_s=30.0, record_s=60.0)
    theirs = np.array([judged.head_m[str(i)] for i in network.nodes.ids]).T * 0.3048
    mine = flow.level_m[1 : len(theirs) + 1, : len(network.nodes)]
    rms = np.sqrt(np.mean((mine - theirs[: len(mine)]) ** 2, axis=0))
    assert np.median(rms) < 0.02
    assert np.sqrt(np.mean(rms**2)) < 0.07
    # Peaks: a reach that ends in a fall neither holds water back nor lets it go at once.
    passing, starts = np.abs(flow.flow_m3s).max(axis=0), network.grid.face_start
    peaks = {str(k): (passing[starts[r]:starts[r + 1]].max(),
                      np.abs(judged.flow_m3s[str(k)]).max() * 0.3048**3)
             for r, k in enumerate(network.reaches.ids)}
    largest = max(theirs for _, theirs in peaks.values())
    ratios = [mine / theirs for mine, theirs in peaks.values() if theirs > 0.05 * largest]
    assert sum(not 0.9 < x < 1.1 for x in ratios) <= 6
    assert sum(x > 1.1 for x in ratios) <= 1


def test_what_is_not_taken_over_is_listed(tmp_path):
    text = """
[OPTIONS]
FLOW_UNITS CFS
[JUNCTIONS]
a 10 5 1
b 9 5 1
[OUTFALLS]
o 8 FREE NO
[CONDUITS]
c1 a b 400 0.01 0 0 0 0
c2 b o 400 0.01 0 0 0 0
[PUMPS]
p a b * ON 0 0
[XSECTIONS]
c1 CIRCULAR 3 0 0 0 2
c2 EGG 3 0 0 0 1
[LOSSES]
c1 0.5 0.5 0 YES
[INFLOWS]
a FLOW "" FLOW 1 1 3
[CONTROLS]
RULE odd
IF LINK c1 FLOW > 3
THEN PUMP p STATUS = OFF
[SUBCATCHMENTS]
s rain a 1 50 10 1 0
"""
    (tmp_path / "m.inp").write_text(text, encoding="utf-8")
    report = import_swmm(tmp_path / "m.inp", tmp_path / "region")
    said = {(f.kind, i) for f in report.findings for i in f.ids}
    assert {("changed", "c1"), ("changed", "c2"), ("changed", "p"), ("left_out", "c1"),
            ("left_out", "odd"), ("left_out", "s"), ("changed", "o"), ("left_out", "a")} <= said
    network = open_waters(tmp_path / "region")
    assert network.reaches["length_m"][0] == pytest.approx(121.92)
    assert network.boundaries["value"][1] == pytest.approx(3 * 0.3048**3)


RIVERS = """
[JUNCTIONS]
a 3
b 2
[OUTFALLS]
o 1 FIXED 3 NO
[CONDUITS]
c1 a b 2000 0.03 0 0 0 0
c2 b o 2000 0.03 0 0 0 0
[XSECTIONS]
c1 RECT_OPEN 5 10 0 0 1
c2 RECT_OPEN 5 10 0 0 1
[INFLOWS]
a FLOW "" FLOW 1 1 3
"""


def test_a_file_becomes_a_region_of_several_jurisdictions_that_is_appraised(tmp_path, capsys):
    (tmp_path / "m.inp").write_text("[OPTIONS]\nFLOW_UNITS CMS\n" + RIVERS, encoding="utf-8")
    (tmp_path / "who.csv").write_text("node,jurisdiction\na,north\nb,south\nzz,south\n",
                                      encoding="utf-8")
    region = tmp_path / "region"
    command = ["import", "swmm", str(tmp_path / "m.inp"), str(region), "--lang", "en"]
    assert cli([*command, "--jurisdictions", str(tmp_path / "who.csv")]) == 0
    told = capsys.readouterr().out
    assert "Jurisdictions: north, south, whole" in told
    assert "taken as 'whole' (1: o)" in told
    assert "(1: zz)" in told
    assert "m.inp" in (region / "IMPORT.md").read_text(encoding="utf-8")
    assert cli(["check", str(region), "--lang", "en"]) == 0
    result = appraise(region)
    assert result.networks["water"].total("together", "exceedance_days") == 0.0
    assert cli(command) == 1


@pytest.mark.parametrize(("text", "said"), [
    ("", "columns node and jurisdiction, with rows, found none"),
    ("node\na\n", "columns node and jurisdiction, with rows, found none"),
    ("node,jurisdiction\na,\n", "who.csv, row 2: expected a node and its jurisdiction"),
    ("node,jurisdiction\na,n\na,s\n", "row 3, field 'jurisdiction': expected 'n' for 'a'"),
])
def test_a_table_of_jurisdictions_is_read_or_refused_with_its_rows(tmp_path, text, said):
    (tmp_path / "who.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_jurisdictions(tmp_path / "who.csv")
    assert said in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [
    ("nothing\n", "no such section"),
    ("[JUNCTIONS]\na ten 5\n", "'a ten 5'"),
    ("[JUNCTIONS]\na 10\n[CONDUITS]\nc a b 100 0.01 0 0\n", "'c a b 100 0.01 0 0'"),
    ("[OPTIONS]\nSTART_DATE someday\n[JUNCTIONS]\na 1\n", "[OPTIONS]"),
])
def test_files_that_are_no_model_are_refused_with_their_lines(tmp_path, text, said):
    (tmp_path / "m.inp").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_swmm(tmp_path / "m.inp", tmp_path / "region")
    assert said in str(caught.value)
    assert not (tmp_path / "region").exists()
