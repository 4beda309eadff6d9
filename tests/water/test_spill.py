"""Spills: who is hit when, who is told, which gates close, where it came from."""

from datetime import datetime
from itertools import combinations

import numpy as np
import pytest
from water_folders import waters, write_waters

from tieline.errors import CaseError, InputError
from tieline.region.issues import Issues
from tieline.region.model import Case, Event, Incident, pairs_of
from tieline.region.read import read_region_folder
from tieline.water.branches import simulate_plans
from tieline.water.engine import WaterEngine
from tieline.water.flow import Order, simulate
from tieline.water.spill.course import base_of, course, hits, known_h, lost_hours
from tieline.water.spill.event import spill_of, spills_of
from tieline.water.spill.gates import choose, value_of
from tieline.water.spill.plan import answer
from tieline.water.spill.trace import Seen, find_source
from tieline.water.transport import Tracers, run

TABLES = {
    "node": """
        id,jurisdiction,bed_m,level_m,x,y,area_m2
        n0,a,0,2,0,0,
        n1,a,0,2,1,0,
        n2,b,0,2,2,0,
        n3,b,0,2,3,0,
        basin,b,0,2,2,1,200000
        side,a,0,2,1,1,100000
        """,
    "reach": """
        id,from_node,to_node,length_m,width_m
        r01,n0,n1,5000,20
        r12,n1,n2,5000,20
        r23,n2,n3,5000,20
        """,
    "gate": """
        id,from_node,to_node,jurisdiction,width_m,sill_m,delay_min,move_min
        gb,n2,basin,b,10,0,30,0
        ga,n1,side,a,10,0,30,0
        """,
    "boundary": "id,node,kind,value\nin,n0,flow,12\nout,n3,level,2\ndraw,basin,flow,-3",
    "section": "id,reach,position,jurisdiction\nsa,r01,0.8,a\nsb,r23,0.5,b",
    "intake": "id,node,jurisdiction,people,limit_mg_l,flush_h\ni,basin,b,1000,0.05,10",
    "spill": """
        id,reach,position,mass_kg,hours,days,detect_h,notice_h,limit_mg_l,per_year
        big,r01,0.2,2000,1,3,1,4,0.1,0.5
        """,
    "depot": "id,node,jurisdiction\nd,n2,b",
    "boat": "id,depot,jurisdiction,capacity_t\nboat,d,b,10",
}
SETTINGS = "cell_m = 1000\nrecord_s = 600\nwarmup_days = 0.5"
ALARMS, GATES = "water.alarms", "water.gates"
START = datetime.fromisoformat("2020-01-01T00:00:00")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return waters(tmp_path_factory.mktemp("spill"), SETTINGS, **TABLES)


@pytest.fixture(scope="module")
def base(network):
    return base_of(network, Case(), spill_of(network, 0))


def opened(*topics):
    return Case(open=frozenset((t, a, b) for t in topics for a, b in pairs_of(["a", "b"])))


def test_the_whole_spill_enters_once(network, base):
    found = course(network, base)
    inside = np.setdiff1d(np.arange(network.grid.n_cells), base.flow.outside)
    early = 9
    mass = (found.mg_l[early, inside] * found.flow.volume_m3[early, inside]).sum() / 1000.0
    assert mass == pytest.approx(2000.0, rel=1e-9)


def test_hits_are_read_off_the_concentrations(network, base):
    found = course(network, base)
    for hit in hits(network, Case(), found):
        if hit.kind == "waters":
            continue
        values = found.mg_l[:, network.grid.cells_at(hit.kind)[hit.row]]
        at = np.flatnonzero(values > hit.limit_mg_l)
        assert hit.peak_mg_l == values.max()
        assert hit.first_h == (found.hours[at[0]] if len(at) else np.inf)
    first = {(h.kind, h.row): h.first_h for h in hits(network, Case(), found)}
    assert first["section", 0] < first["intake", 0] < first["section", 1] + 24


def test_who_is_not_told_finds_it_in_its_own_water(network, base):
    found = hits(network, Case(), course(network, base))
    alone = known_h(network, found, base.spill, np.eye(2, dtype=bool))
    told = known_h(network, found, base.spill, np.ones((2, 2), bool))
    own = min(h.first_h for h in found if h.jurisdiction == 1 and h.kind != "waters")
    assert alone.tolist() == [1.0, own + 4.0]
    assert told.tolist() == [1.0, 1.0]
    lost = [lost_hours(network, found, k)[0] for k in (alone, told)]
    assert lost[0] == pytest.approx(lost[1] + 10.0)


def test_alarms_and_gates_are_separate_topics(network, base):
    spill = base.spill
    hours = {}
    for name, topics in (("apart", ()), ("alarms", (ALARMS,)), ("gates", (GATES,)),
                         ("both", (ALARMS, GATES))):
        found = answer(network, opened(*topics), spill, base=base)
        hours[name] = found.lost_h.sum()
    assert hours["both"] <= hours["alarms"] < hours["apart"]
    assert hours["gates"] <= hours["apart"]


def test_the_choice_of_gates_is_the_best_of_all(network, base):
    known, everybody = np.array([1.0, 1.0]), np.ones(2, bool)
    chosen = choose(network, Case(), base, everybody, known)
    assert chosen.exhaustive
    values = {}
    for n in range(3):
        for gates in combinations(range(2), n):
            orders = [Order("gate", g, 1.5, 0.0) for g in gates]
            found = course(network, base, orders)
            values[gates] = value_of(network, hits(network, Case(), found), known, everybody)
    assert chosen.best.value == min(values.values())
    assert chosen.score[0] > 0.0
    assert len(chosen.tried) + chosen.refused == 2 ** len(chosen.candidates)
    for choice in chosen.tried:
        assert values[tuple(m.row for m in choice.moves)] == choice.value


def test_gates_cannot_close_before_their_owner_knows(network, base):
    found = answer(network, opened(), base.spill, base=base)
    for order in found.orders:
        owner = network.gates["jurisdiction"][order.row]
        assert order.time_h >= found.known_h[owner] + 0.5
    told = answer(network, opened(ALARMS), base.spill, base=base)
    assert [o.time_h for o in told.orders if o.row == 0] == [1.5]


def test_a_gate_may_be_ordered_half_open_and_a_closed_one_opened(tmp_path):
    tables = dict(TABLES)
    tables["gate"] = """
        id,from_node,to_node,jurisdiction,width_m,sill_m,delay_min,move_min,opening,ordered
        gb,n2,basin,b,10,0,30,0,,0;0.5
        ga,n1,side,a,10,0,30,0,0,1
        """
    network = waters(tmp_path, SETTINGS, **tables)
    base = base_of(network, Case(), spill_of(network, 0))
    known, everybody = np.array([1.0, 1.0]), np.ones(2, bool)
    chosen = choose(network, Case(), base, everybody, known)
    ways = {tuple((m.row, m.setting) for m in c.moves): c.value for c in chosen.tried}
    assert set(ways) == {
        (), ((0, 0.0),), ((0, 0.5),), ((1, 1.0),), ((0, 0.0), (1, 1.0)), ((0, 0.5), (1, 1.0))}
    for way, value in ways.items():
        found = course(network, base, [Order("gate", g, 1.5, s) for g, s in way])
        assert value_of(network, hits(network, Case(), found), known, everybody) == value
    assert chosen.best.value == min(ways.values())


def test_a_pump_may_be_stopped_where_its_table_says_so(tmp_path):
    tables = {k: v for k, v in TABLES.items() if k != "gate"}
    tables["pump"] = """
        id,from_node,to_node,jurisdiction,flow_m3s,ordered,delay_min
        p,n2,basin,b,4,0;0.5,30
        q,n1,side,a,1,,30
        """
    network = waters(tmp_path, SETTINGS, **tables)
    found = answer(network, opened(ALARMS, GATES), spill_of(network, 0))
    (_, chosen), = found.chosen
    assert [(a.table, a.row, a.settings) for a in chosen.candidates] == [("pump", 0, (0.0, 0.5))]
    assert [(o.table, o.row, o.setting, o.time_h) for o in found.orders] == [
        ("pump", 0, 0.0, 1.5)]
    assert found.lost_h.sum() == 0.0
    plan = WaterEngine().respond(network, opened(ALARMS, GATES), incident("big"))
    (step,) = [s for s in plan.steps if s.phase == "gates"]
    assert (step.action, step.asset, step.changes) == ("stop", "p", {"pump:p": "closed"})


def test_pumps_and_gates_that_are_not_shared_stay_as_they_are(tmp_path):
    tables = {k: v for k, v in TABLES.items() if k != "gate"}
    tables["pump"] = """
        id,from_node,to_node,jurisdiction,flow_m3s,ordered
        p,n2,basin,a,4,0
        """
    network = waters(tmp_path, SETTINGS, **tables)
    assert not answer(network, opened(ALARMS), spill_of(network, 0)).orders
    assert answer(network, opened(ALARMS, GATES), spill_of(network, 0)).orders


@pytest.mark.parametrize("text", ["shut", "0;2", "-1", "nan"])
def test_settings_that_are_none_are_named(tmp_path, text):
    tables = {**TABLES, "gate": TABLES["gate"].replace("move_min", "move_min,ordered").replace(
        "30,0\n", f"30,0,{text}\n")}
    issues = Issues()
    folder = read_region_folder(write_waters(tmp_path, SETTINGS, **tables), issues)
    assert WaterEngine().read(folder, issues) is None
    with pytest.raises(InputError, match=r"water/gate.*row 2.*'ordered'.*settings from 0 to 1"):
        issues.stop()


def test_plans_that_share_a_beginning_are_the_runs_of_each_by_itself(network, base):
    moves = [(0, 2.02, 0.0), (1, 2.02, 0.0), (0, 30.0, np.nan), (1, 30.5, 0.4), (0, 30.0, 0.3)]
    plans = [[Order("gate", *(g, h + base.spill.start_h, s)) for g, h, s in some]
             for n in range(len(moves) + 1) for some in combinations(moves, n)]
    given = {"season": -1, "built": base.built, "days": 3.0, "start": base.state}
    seen = {}
    for numbers, flow in simulate_plans(network, plans, **given):
        seen |= dict.fromkeys(numbers, flow)
    assert sorted(seen) == list(range(len(plans)))
    assert len({id(f) for f in seen.values()}) < len(plans)
    for k in range(0, len(plans), 3):
        alone = simulate(network, orders=plans[k], **given)
        for name in ("times_h", "level_m", "volume_m3", "through_m3", "external_m3", "setting"):
            assert np.array_equal(getattr(alone, name), getattr(seen[k], name)), name
        for mine, theirs in zip(vars(alone.final).values(), vars(seen[k].final).values(),
                                strict=True):
            assert np.array_equal(mine, theirs)


def test_more_than_six_gates_are_chosen_one_by_one(network, base, monkeypatch):
    import tieline.water.spill.gates as module

    known, everybody = np.array([1.0, 1.0]), np.ones(2, bool)
    every = choose(network, Case(), base, everybody, known)
    monkeypatch.setattr(module, "MOST", 1)
    one_by_one = choose(network, Case(), base, everybody, known)
    assert not one_by_one.exhaustive
    assert one_by_one.best.value <= one_by_one.tried[0].value
    assert every.best.value <= one_by_one.best.value


def test_a_choice_that_floods_is_refused(tmp_path):
    tables = dict(TABLES)
    tables["boundary"] = "id,node,kind,value\nin,n0,flow,12\nout,n3,level,2\nin2,basin,flow,3"
    tables["node"] = TABLES["node"].replace("area_m2", "area_m2,top_m").replace(
        ",\n", ",,\n").replace("200000", "200000,3.5").replace("100000", "100000,")
    tables["gate"] = TABLES["gate"].replace("gb,n2,basin", "gb,basin,n2")
    tables["intake"] = TABLES["intake"].replace("i,basin", "i,n2")
    tables["spill"] = TABLES["spill"].replace("big,r01,0.2", "big,r12,0.8")
    network = waters(tmp_path, SETTINGS, **tables)
    base = base_of(network, Case(), spill_of(network, 0))
    search = choose(network, Case(), base, np.ones(2, bool), np.array([0.0, 0.0]))
    shut = course(network, base, [Order("gate", 0, 0.5, 0.0)])
    assert shut.flow.level_m[:, 4].max() > 3.5
    assert all(m.row != 0 for m in search.best.moves)


def test_a_source_is_found_from_what_was_seen(network):
    flow = simulate(network, days=2.0, warmup_days=0.5)
    grid = network.grid
    true = int(grid.reach_cells(0)[2])
    rate = np.zeros((flow.n_records, 1))
    rate[30:48] = 50.0
    cells = [*grid.reach_cells(0)[3:5], *grid.reach_cells(1)[2:4]]
    carried = run(flow, Tracers(1, np.array([true]), np.array([0]), rate,
                                Tracers.of_cells([true]).rates), observe=cells, series=True)
    seen = [
        Seen(int(c), float(flow.times_h[t]), float(carried.series[t, k, 0]))
        for k, c in enumerate(cells) for t in range(36, 160, 12)]
    best = find_source(flow, seen)[0]
    assert best.cell == true
    assert best.explains > 0.999
    assert (best.from_h, best.to_h) == (5.0, 8.0)
    assert best.mass_kg == pytest.approx(50.0 * 18 * 600 / 1000, rel=0.02)


def test_of_places_that_explain_alike_the_smallest_spill_stands_first(network):
    flow = simulate(network, days=1.0, warmup_days=0.5)
    cell = int(network.grid.reach_cells(1)[3])
    found = find_source(flow, [Seen(cell, float(flow.times_h[100]), 1.0)], top=6)
    assert all(x.explains > 0.9999 for x in found)  # one observation proves nothing
    masses = [x.mass_kg for x in found]
    assert masses == sorted(masses)
    assert found[0].cell == cell


def test_a_source_is_found_in_blocks_of_cells_as_in_one(network, monkeypatch):
    import tieline.water.spill.trace as module

    flow = simulate(network, days=1.0, warmup_days=0.5)
    cells = network.grid.reach_cells(1)
    seen = [Seen(int(cells[2]), float(flow.times_h[t]), 1.0 + 0.1 * t) for t in (60, 90, 120)]
    whole = find_source(flow, seen, top=5)
    kept = []
    before = module.adjoint

    def watched(*given, at=(), **more):
        kept.append(len(at))
        return before(*given, at=at, **more)

    monkeypatch.setattr(module, "adjoint", watched)
    monkeypatch.setattr(module, "ENTRIES", flow.n_records * len(seen) * 4)
    assert find_source(flow, seen, top=5) == whole
    assert max(kept) == 4
    assert len(kept) > 2


@pytest.mark.parametrize(("seen", "message"), [
    ([], "nothing to trace"), ([Seen(0, 2.0, 0.0)], "nothing to trace"),
    ([Seen(0, 99.0, 1.0)], "must lie between"), ([Seen(0, 2.0, 1.0)] * 201, "at most 200"),
])
def test_what_cannot_be_traced_is_said(network, seen, message):
    flow = simulate(network, days=1.0, warmup_days=0.0)
    with pytest.raises(CaseError, match=message):
        find_source(flow, seen)


def incident(asset, kind="spill", **parameters):
    given = tuple((k, str(v)) for k, v in parameters.items())
    return Incident("x", "water", START, (Event(asset, kind, given),))


@pytest.mark.parametrize(("asset", "parameters", "message"), [
    ("nowhere", {}, "no spill and no place"), ("n0", {"masskg": 3}, "not known of a spill"),
    ("n0", {"mass_kg": "much"}, "expected a number"), ("n0", {"mass_kg": 0}, "above zero"),
    ("n0", {"hours": -1}, "expected a number"),
])
def test_spills_that_make_no_sense_are_refused(network, asset, parameters, message):
    with pytest.raises(CaseError, match=message):
        spills_of(network, incident(asset, **parameters))


def test_a_place_with_parameters_is_a_spill(network):
    (spill,) = spills_of(network, incident("reach:r12", "raft", mass_kg=70, hours=2))
    assert (spill.kind, spill.mass_kg, spill.hours) == ("raft", 70.0, 2.0)
    assert spill.cell in network.grid.reach_cells(1)


def test_a_response_lists_who_does_what_in_time_and_beats_waiting(network):
    engine = WaterEngine()
    plan = engine.respond(network, opened(ALARMS, GATES), incident("big"))
    assert plan.outcome.values.sum() < plan.waiting.values.sum()
    starts = [s.start_s for s in plan.steps]
    assert starts == sorted(starts)
    actions = {s.action for s in plan.steps}
    assert {"detect", "alarm", "close"} <= actions
    alone = engine.respond(network, opened(), incident("big"))
    assert {"detect", "find", "shut"} <= {s.action for s in alone.steps}
    assert all(s.reason and s.reason_zh for s in plan.steps)
    assert {"hits", "choices", "frames"} <= set(plan.tables)


def test_a_raft_drifts_and_hits_too(network):
    (spill,) = spills_of(network, incident("n0", "raft", mass_kg=500, days=2))
    base = base_of(network, Case(), spill)
    found = hits(network, Case(), course(network, base))
    assert any(h.first_h < np.inf for h in found if h.kind == "section")
