"""The water engine: what every engine promises, and what these outcomes add up to."""

import pickle

import numpy as np
import pytest
from water_folders import write_waters

from tieline.errors import CaseError, InputError
from tieline.region.issues import Issues
from tieline.region.model import Case, pairs_of
from tieline.region.protocol import Responder, additive
from tieline.region.read import read_region_folder
from tieline.study import appraise
from tieline.testing import check_engine
from tieline.water.engine import WaterEngine
from tieline.water.measures import COLUMN

TABLES = {
    "node": """
        id,jurisdiction,bed_m,level_m,x,y,area_m2
        n0,a,0,2,0,0,
        n1,a,0,2,1,0,
        n2,b,0,2,2,0,
        n3,b,0,2,3,0,
        basin,b,0,2,2,1,200000
        """,
    "reach": """
        id,from_node,to_node,length_m,width_m,jurisdiction_left,jurisdiction_right
        r01,n0,n1,4000,20,,
        r12,n1,n2,4000,20,a,b
        r23,n2,n3,4000,20,,
        """,
    "gate": """
        id,from_node,to_node,jurisdiction,width_m,sill_m,delay_min,project
        gb,n2,basin,b,10,0,30,sluice
        """,
    "boundary": "id,node,kind,value\nin,n0,flow,12\nout,n3,level,2",
    "item": "id,decay_per_day\nNH3-N,0.1",
    "inflow_item": "boundary,item,mg_l\nin,NH3-N,0.4",
    "source": "id,reach,position,jurisdiction\nA,r01,0.5,a\nB,r12,0.5,b",
    "load": "source_id,item,kg_per_day\nA,NH3-N,900\nB,NH3-N,400",
    "abatement": "source_id,item,kg_per_day,cost_per_kg\nA,NH3-N,700,10\nB,NH3-N,300,50",
    "section": """
        id,reach,position,jurisdiction,target,damage_per_mg_l_day
        sa,r01,0.8,a,III,9000
        sb,r23,0.5,b,II,40000
        """,
    "season": "id,months,days,debris_factor\ncold,1;2;3;4;11;12,183,0\nwarm,5;6;7;8;9;10,182,1",
    "intake": "id,node,jurisdiction,people,limit_mg_l\ni,basin,b,1000,0.05",
    "spill": "id,reach,position,mass_kg,days,per_year\nbig,r01,0.2,2000,2,0.5",
    "depot": "id,node,jurisdiction,project\nda,n0,a,\ndb,n3,b,\ndc,n1,a,depot",
    "landing": "id,node,jurisdiction,cost_per_t\nla,n1,a,50\nlb,n2,b,40",
    "boat": """
        id,depot,jurisdiction,capacity_t,cost_per_shift,cost_per_h,project
        ba,da,a,6,100,60,
        bb,db,b,6,100,60,
        bc,dc,a,6,100,60,depot
        """,
    "hotspot": "id,reach,position,load_t\ns0,r01,0.5,4\ns1,r12,0.5,5\ns2,r23,0.5,4",
}
SETTINGS = """
cell_m = 1000
record_s = 1200
days = 1
warmup_days = 0.5
cleaning_iterations = 10
"""
MORE = {
    "projects": "id,name,opened\nsluice,synthetic sluice,2020-01-01\n"
                "depot,synthetic depot,2020-01-01",
    "scenarios": "id,season\nwarm_year,warm",
    "incidents": "id,network,start,asset,kind\nx,water,2020-05-05T08:00:00,big,spill",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = write_waters(tmp_path_factory.mktemp("engine"), SETTINGS, MORE, **TABLES)
    issues = Issues()
    found = read_region_folder(path, issues)
    issues.stop()
    return found


@pytest.fixture(scope="module")
def network(folder):
    issues = Issues()
    found = WaterEngine().read(folder, issues)
    issues.stop()
    return found


def test_the_engine_keeps_what_every_engine_promises(folder):
    built = frozenset({"sluice", "depot"})
    every = WaterEngine().read(folder, Issues()).relevant.open
    cases = (
        Case(), Case(every, built), Case(every, frozenset({"sluice"})), Case(frozenset(), built),
        *(Case(frozenset({link}), built) for link in sorted(every)),
        Case(every, built, "warm_year"),
    )
    check_engine(WaterEngine(), folder, cases=cases, processes=False)


def test_the_engine_responds(network):
    assert isinstance(WaterEngine(), Responder)
    assert set(network.relevant.projects) == {"sluice", "depot"}


PARTS = {
    "quality": {"item", "inflow_item", "source", "load", "abatement", "section"},
    "cleaning": {"depot", "landing", "boat", "hotspot"},
    "spills": {"intake", "spill"},
}


@pytest.mark.parametrize("seasons", [True, False])
@pytest.mark.parametrize("kept", [*PARTS, ""])
def test_waters_are_appraised_with_each_part_alone_and_with_none(tmp_path, kept, seasons):
    dropped = set().union(*(t for part, t in PARTS.items() if part != kept))
    dropped |= set() if seasons else {"season"}
    tables = {**TABLES, "intake": "id,node,jurisdiction,people,limit_mg_l\ni,n2,b,1000,0.05"}
    tables = {k: v for k, v in tables.items() if k not in dropped}
    more = {"projects": MORE["projects"]}
    result = appraise(write_waters(tmp_path, SETTINGS, more, **tables))
    total = result.networks["water"].total
    assert (total("together", "boat_hours") > 0.0) == (kept == "cleaning")
    assert (total("apart", "people_hours") > 0.0) == (kept == "spills")
    assert (total("apart", "quality_damage") > 0.0) == (kept == "quality")


def outcome(network, *topics, built=("sluice", "depot"), scenario="base", detail=False):
    links = frozenset((t, a, b) for t in topics for a, b in pairs_of(["a", "b"]))
    case = Case(links, frozenset(built), scenario)
    return next(iter(WaterEngine().evaluate(network, [case], detail=detail)))


def test_a_topic_changes_its_own_measures_only(network):
    apart = outcome(network).values
    own = {
        "water.cleaning": {"cleaning_cost", "boat_hours", "debris_left"},
        "water.quality": {"abatement_cost", "quality_damage", "exceedance_days", "days_met"},
        "water.alarms": {"intake_hours", "people_hours"},
        "water.gates": {"intake_hours", "people_hours"},
    }
    for topic, names in own.items():
        found = outcome(network, topic).values
        others = [k for name, k in COLUMN.items() if name not in names]
        assert found[:, others].tobytes() == apart[:, others].tobytes()


def test_opening_never_costs_more_in_all(network):
    apart, together = outcome(network).values, outcome(network, *WaterEngine.topics).values
    for names in (("cleaning_cost",), ("abatement_cost", "quality_damage"), ("people_hours",)):
        columns = [COLUMN[n] for n in names]
        assert together[:, columns].sum() <= apart[:, columns].sum() + 1e-9


def test_days_within_and_above_make_all_days(network):
    values = outcome(network, detail=True).values
    met, over, every = (values[:, COLUMN[n]] for n in ("days_met", "exceedance_days",
                                                      "section_days"))
    np.testing.assert_allclose(met + over, every)
    assert every.tolist() == [365.0, 365.0]


def test_a_scenario_can_be_one_season_all_year(network):
    base, warm = outcome(network).values, outcome(network, scenario="warm_year").values
    column = COLUMN["cleaning_cost"]
    assert warm[:, column].sum() == pytest.approx(base[:, column].sum() * 365 / 182)


def test_gaps_lie_in_routes_and_vanish_where_plans_are_the_same(network):
    apart, again = outcome(network), outcome(network, "water.quality")
    assert apart.gap[:, COLUMN["cleaning_cost"]].sum() > 0.0
    assert not apart.gap_against(again).any()
    np.testing.assert_allclose(sum(apart.gap_parts.values()), apart.gap)


def test_detail_tables_agree_with_the_outcome(network):
    found = outcome(network, *WaterEngine.topics, detail=True)
    cuts = found.tables["abatement"].to_frame()
    assert cuts["cost_per_yr"].sum() == pytest.approx(
        found.values[:, COLUMN["abatement_cost"]].sum())
    days = found.tables["cleaning"].to_frame()
    assert (days["cost"] * days["days"]).sum() == pytest.approx(
        found.values[:, COLUMN["cleaning_cost"]].sum())
    spills = found.tables["spills"].to_frame()
    assert (spills["people_hours"] * spills["per_year"]).sum() == pytest.approx(
        found.values[:, COLUMN["people_hours"]].sum())
    matrix = found.tables["matrix"].to_frame()
    assert (matrix["share"] <= 1.0 + 1e-12).all()
    assert set(found.tables["routes"].to_frame()["kind"]) >= {"depot", "hotspot"}


def test_a_picture_shows_what_is_built(network):
    drawn = WaterEngine().picture(network, Case(built=frozenset({"depot"})))
    assert len(drawn["gates"]) == 0
    assert set(drawn["places"].to_frame()["kind"]) >= {"section", "source", "hotspot", "landing"}


def test_a_network_survives_pickling(network):
    copy = pickle.loads(pickle.dumps(network))  # noqa: S301 - made a moment ago, here
    assert copy.digest == network.digest


def test_an_unknown_scenario_is_refused(network):
    with pytest.raises(CaseError, match="unknown scenario"):
        list(WaterEngine().evaluate(network, [Case(scenario="nope")]))


def test_measures_are_told_in_both_languages():
    for m in additive(WaterEngine.measures):
        assert m.label
        assert m.label_zh
        assert m.meaning
        assert m.meaning_zh


BAD = {
    "season": ("id,months,days\nx,1;13,100\ny,1,200", [
        "together make a year of 365", "months 1..12", "each month in one flow scenario"]),
    "hotspot": ("id,reach,load_t,opens_h,closes_h\ns0,r01,4,9,8", ["an hour after opens_h"]),
    "item": ("id,uses,decay_per_day,reaeration_per_day\nNH3-N,,0.1,\nDO,NH3-N,,", [
        "rate of reaeration"]),
}


@pytest.mark.parametrize("table", BAD)
def test_bad_planning_tables_are_refused_with_every_problem(tmp_path, table):
    text, expected = BAD[table]
    path = write_waters(tmp_path, SETTINGS, MORE, **{**TABLES, table: text})
    issues = Issues()
    WaterEngine().read(read_region_folder(path, issues), issues)
    with pytest.raises(InputError) as error:
        issues.stop()
    for part in expected:
        assert part in str(error.value)


def test_unlikely_planning_tables_are_noted(tmp_path):
    more = {
        **TABLES, "abatement": "source_id,item,kg_per_day,cost_per_kg\nA,NH3-N,2000,10",
        "item": "id,decay_per_day\nNH3-N,0.1\nGlitter,0",
        "boat": "id,depot,jurisdiction,capacity_t\nba,db,a,6",
    }
    issues = Issues()
    WaterEngine().read(
        read_region_folder(write_waters(tmp_path, SETTINGS, MORE, **more), issues), issues)
    assert not issues.errors
    notes = " ".join(str(n) for n in issues.notes)
    for part in ("cut 2000 kg/d of 900 kg/d", "'Glitter' is no item", "depot of 'b'"):
        assert part in notes


def test_an_incident_of_no_place_is_refused(tmp_path):
    more = {**MORE, "incidents": "id,network,start,asset,kind,parameters\n"
            "x,water,2020-05-05T08:00:00,nowhere,spill,mass_kg=3"}
    issues = Issues()
    path = write_waters(tmp_path, SETTINGS, more, **TABLES)
    WaterEngine().read(read_region_folder(path, issues), issues)
    assert "no spill and no place" in str(issues.errors[0])


def test_a_warm_engine_gives_the_same_to_the_bit(network):
    engine = WaterEngine()
    pairs = sorted(network.relevant.open)
    cases = [Case(), Case(open=frozenset(pairs[:1])), Case(open=frozenset(pairs)), Case()]
    warm = engine.warm(network)
    one_by_one = [next(iter(warm.evaluate(network, [c], detail=True))) for c in cases]
    for mine, theirs in zip(one_by_one, engine.evaluate(network, cases, detail=True), strict=True):
        assert mine.values.tobytes() == theirs.values.tobytes()
        assert mine.gap.tobytes() == theirs.gap.tobytes()
        assert set(mine.tables) == set(theirs.tables)
