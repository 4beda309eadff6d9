"""Quality: what loads do at sections, plans for any openness, what exceedances are made of."""

import numpy as np
import pytest
from water_folders import waters, write_waters

from tieline.errors import InputError
from tieline.region.issues import Issues
from tieline.region.model import Case, pairs_of
from tieline.region.read import read_region_folder
from tieline.water.engine import WaterEngine
from tieline.water.evaluate import Evaluator
from tieline.water.flow import simulate
from tieline.water.quality.agreement import payer, settle
from tieline.water.quality.blame import blame, shares_by_rule
from tieline.water.quality.limits import limits_of
from tieline.water.quality.matrix import months_of, respond
from tieline.water.quality.observed import monthly
from tieline.water.quality.plan import TOPIC, exceeds, shown_mg_l
from tieline.water.reactions import Rates
from tieline.water.transport import Tracers, run

TABLES = {
    "node": """
        id,jurisdiction,bed_m,level_m,x,y
        n0,a,0,2,0,0
        n1,a,0,2,1,0
        n2,b,0,2,2,0
        n3,b,0,2,3,0
        """,
    "reach": """
        id,from_node,to_node,length_m,width_m
        r01,n0,n1,6000,20
        r12,n1,n2,6000,20
        r23,n2,n3,6000,20
        """,
    "boundary": "id,node,kind,value\nin,n0,flow,10\nout,n3,level,2",
    "item": """
        id,decay_per_day,settling_per_day,uses,reaeration_per_day,saturation_mg_l
        NH3-N,0.1,,,,
        BOD5,0.3,0.1,,,
        DO,,,BOD5,0.5,9
        """,
    "inflow_item": "boundary,item,mg_l\nin,NH3-N,0.4\nin,BOD5,2\nin,DO,8",
    "source": "id,reach,position,jurisdiction\nA,r01,0.5,a\nB,r12,0.5,b",
    "load": """
        source_id,item,kg_per_day,season
        A,NH3-N,900,
        A,BOD5,6000,
        B,NH3-N,400,
        B,NH3-N,800,wet
        """,
    "season": """
        id,months,days,flow_factor,load_factor,decay_factor
        dry,1;2;3;10;11;12,183,1,1,0.8
        wet,4;5;6;7;8;9,182,2,1.1,1.2
        """,
    "abatement": """
        source_id,item,kg_per_day,cost_per_kg,project,unless_project
        A,NH3-N,400,10,,works
        A,NH3-N,400,2,works,
        A,BOD5,3000,3,,
        B,NH3-N,300,50,,
        """,
    "section": """
        id,reach,position,jurisdiction,target,items,damage_per_mg_l_day
        s1,r12,0.2,a,III,,9000
        s2,r23,0.8,b,II,,20000
        """,
    "target": "section,item,limit_mg_l,damage_per_mg_l_day\ns2,BOD5,2.5,500",
}
SETTINGS = "cell_m = 1000\nrecord_s = 600\ndays = 2\nwarmup_days = 1"


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quality")
    return waters(folder, SETTINGS, {"projects": "id,name\nworks,synthetic works"}, **TABLES)


@pytest.fixture(scope="module")
def evaluator(network):
    return Evaluator(network)


def opened(*members, built=()):
    links = frozenset((TOPIC, a, b) for a, b in pairs_of(members))
    return Case(open=links, built=frozenset(built))


def test_loads_at_sections_are_those_of_one_run_with_everything(network, evaluator):
    season = 1
    flow = simulate(network, season=season)
    cells = network.grid.cells_at("section")
    at = network.grid.cells_at("source")
    kg_s = 1.1 * 1000.0 / 86400.0
    tracers = Tracers(
        3, np.array([at[0], at[1], at[0]]), np.array([0, 0, 1]),
        np.array([900.0, 800.0, 6000.0]) * kg_s,
        Rates(np.array([0.1, 0.4, 0.5]), np.array([-1, -1, 1]), np.array([0.0, 0.0, 0.3])),
        np.array([[0.4, 2.0, 1.0], [0.0, 0.0, 0.0]]))
    initial = None
    for _ in range(25):
        carried = run(flow, Tracers(**{**tracers.__dict__, "initial_g_m3": initial}), observe=cells)
        initial = carried.final
    year = evaluator.year(Case())
    found = {
        (int(s), int(i)): v for s, i, v in
        zip(year.limits.section, year.limits.item, year.today[season], strict=True)}
    for section in range(2):
        for item in range(3):
            assert found[section, item] == pytest.approx(carried.mean[section, item], rel=2e-4)


def test_a_season_has_its_own_loads_and_every_month_a_season(network, evaluator):
    year = evaluator.year(Case())
    assert year.loads[0, 0].tolist() == [900.0, 400.0]
    np.testing.assert_allclose(year.loads[1, 0], [990.0, 880.0])
    assert months_of(network) == (0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0)


def test_limits_are_those_of_the_class_or_the_sections_own(network):
    limits = limits_of(network)
    ids = [str(x) for x in network.tables["item"].ids]
    known = {(int(s), ids[i]): (x, m, d) for s, i, x, m, d in zip(
        limits.section, limits.item, limits.limit_mg_l, limits.most, limits.damage_day,
        strict=True)}
    assert known[0, "NH3-N"] == (1.0, 1.0, 9000.0)
    assert known[1, "NH3-N"] == (0.5, 0.5, 20000.0)
    assert known[1, "BOD5"] == (2.5, 2.5, 500.0)
    assert known[0, "DO"] == (5.0, 4.0, 9000.0)


def test_oxygen_is_shown_as_oxygen_and_judged_from_below(network):
    limits = limits_of(network)
    q = np.zeros(len(limits))
    shown = shown_mg_l(network, limits, q)
    oxygen = np.flatnonzero(limits.item == 2)
    assert np.all(shown[oxygen] == 9.0)
    q[oxygen] = 4.5
    assert exceeds(limits, q)[oxygen].any()


def test_what_a_concentration_is_made_of_sums_to_it(network, evaluator):
    year = evaluator.year(Case())
    found = blame(network, year)
    np.testing.assert_allclose(found.by_source.sum(axis=-1) + found.inflow, year.today, rtol=1e-12)
    np.testing.assert_allclose(found.by_jurisdiction.sum(axis=-1), found.by_source.sum(axis=-1))
    upstream_only = year.limits.section == 0
    assert np.all(found.by_jurisdiction[:, upstream_only, 1] < 1e-9)
    _, graph = evaluator.flow(Case(), 0)
    assert graph.meaning == ""
    rules = shares_by_rule(network, year, found, graph)
    assert set(rules) == {"LRS", "UES", "DES", "transfer"}
    for shares in rules.values():
        assert shares.sum() == pytest.approx(rules["LRS"].sum())


def test_plans_together_never_cost_more_and_outsiders_change_nothing(evaluator):
    apart, together = evaluator.quality(opened()), evaluator.quality(opened("a", "b"))
    assert together.cost.sum() + together.damage.sum() <= apart.cost.sum() + apart.damage.sum()
    assert together.damage.sum() < apart.damage.sum()
    year = apart.year
    mine = year.limits.section == 1
    # Apart, b's sections are judged with a as it is today.
    assert np.all(apart.all[:, mine] <= apart.after[:, mine] + 1e-12)


def test_damage_is_what_remains_above_the_limit(evaluator):
    found = evaluator.quality(opened("a", "b"))
    limits = found.year.limits
    over = np.maximum(found.after - limits.most, 0.0)
    expected = (found.year.days[:, None] * limits.damage_day * over).sum()
    assert found.damage.sum() == pytest.approx(expected, rel=1e-9)
    assert found.days_over.sum() <= 2 * 365.0


def test_a_project_replaces_a_step_of_the_cost_curve(evaluator):
    without, with_ = (evaluator.quality(opened("a", "b", built=b)) for b in ((), ("works",)))
    assert with_.cost.sum() + with_.damage.sum() < without.cost.sum() + without.damage.sum()


def test_hard_targets_name_what_cannot_be_met(evaluator):
    found = evaluator.quality(opened(), hard=True)
    limits = found.year.limits
    assert found.unmet.any()
    assert not np.any(found.unmet & ~exceeds(limits, found.after))
    met = ~found.unmet & exceeds(limits, found.year.today)
    assert np.all(found.after[met] <= np.broadcast_to(limits.most, found.after.shape)[met] + 1e-5)


def test_lakes_settle_over_many_repeats(tmp_path):
    tables = {k: v for k, v in TABLES.items() if k not in ("season", "abatement")}
    tables["load"] = "source_id,item,kg_per_day\nA,NH3-N,900"
    tables["item"] = "id,decay_per_day\nNH3-N,0"
    tables["inflow_item"] = "boundary,item,mg_l\nin,NH3-N,0.4"
    tables["target"] = "section,item,limit_mg_l\ns2,NH3-N,2.5"
    tables["node"] = """
        id,jurisdiction,bed_m,level_m,area_m2
        n0,a,0,2,
        n1,a,0,2,
        n2,b,0,2,20000000
        n3,b,0,2,
        """
    network = waters(tmp_path, SETTINGS, **tables)
    flow = simulate(network)
    found = respond(network, flow, network.grid.cells_at("section"))
    # Without decay what enters leaves: 900 kg/d in 10 m3/s, and 0.4 mg/L of the inflow.
    assert found.per_load[0, 1, 0] == pytest.approx(1000 / 86400 / 10, rel=5e-3)
    assert found.background[0, 1, 0] == pytest.approx(0.4, rel=5e-3)
    assert found.passes > 3


def test_months_are_averaged_over_usable_values(tmp_path):
    network = waters(tmp_path, SETTINGS, {"projects": "id,name\nworks,w"}, **TABLES, observation="""
        section,item,time,value,flag
        s1,NH3-N,2020-05-01 08:00,1.0,ok
        s1,NH3-N,2020-05-02 08:00,<0.2,ok
        s1,NH3-N,2020-05-03 08:00,9.9,suspect
        s1,NH3-N,2020-06-01 08:00,2.0,ok
        """)
    assert monthly(network) == [
        (0, "2020-05", {"NH3-N": pytest.approx(0.55)}), (0, "2020-06", {"NH3-N": 2.0})]


AGREEMENT = """
    id,section,upstream,downstream,item,weight,reference_mg_l,stability,amount_per_yr
    xy,s2,a,b,NH3-N,0.75,0.8,0.9,1000
    xy,s2,a,b,BOD5,0.25,,0.9,1000
    """


def test_the_index_of_an_agreement_is_that_of_its_formula(tmp_path):
    tables = {**TABLES, "agreement": AGREEMENT}
    network = waters(tmp_path, SETTINGS, {"projects": "id,name\nworks,w"}, **tables)
    evaluator = Evaluator(network)
    found = evaluator.quality(Case())
    (one,) = settle(network, found, blame(network, found.year))
    limits, days = found.year.limits, found.year.days
    expected = 0.0
    for item, weight, reference in ((0, 0.75, 0.8), (1, 0.25, 2.5)):
        (q,) = np.flatnonzero((limits.section == 1) & (limits.item == item))
        mean = sum(d * v for d, v in zip(days, found.year.today[:, q], strict=True)) / days.sum()
        expected += 0.9 * weight * mean / reference
    assert one.today == pytest.approx(expected, rel=1e-12)
    assert one.planned <= one.today
    assert payer(one, 1.01) == 0
    assert payer(one, 1.0) == 1
    # Sources of a and b and what came in with the inflow make up the whole.
    part = days / days.sum()
    inflow = sum(
        w / r * float(part @ found.year.background[:, q]) for q, w, r in
        ((int(np.flatnonzero((limits.section == 1) & (limits.item == i))[0]), w, r)
         for i, w, r in ((0, 0.75, 0.8), (1, 0.25, 2.5))))
    assert one.share_upstream + one.share_downstream + inflow / (one.today / 0.9) == (
        pytest.approx(1.0, rel=1e-9))


@pytest.mark.parametrize(("old", "new", "message"), [
    ("BOD5,0.25", "DO,0.25", "row 3.*'item'.*less is better.*'DO'"),
    ("xy,s2,a,b,BOD5", "xy,s2,b,b,BOD5", "row 3.*'upstream'.*the same as in its first row"),
    ("a,b,", "a,a,", "row 2.*'downstream'.*two parties"),
    (",s2,", ",s1,", "row 3.*'item'.*has a limit"),
])
def test_agreements_that_cannot_be_worked_out_are_named(tmp_path, old, new, message):
    tables = {**TABLES, "agreement": AGREEMENT.replace(old, new)}
    tables["section"] = TABLES["section"].replace("III,,", "III,NH3-N,")
    issues = Issues()
    folder = read_region_folder(
        write_waters(tmp_path, SETTINGS, {"projects": "id,name\nworks,w"}, **tables), issues)
    assert WaterEngine().read(folder, issues) is None
    with pytest.raises(InputError, match=f"(?s)water/agreement.*{message}"):
        issues.stop()
