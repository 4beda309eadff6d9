"""Cleaning routes: against all orders of small days, limits kept, pooling never dearer."""

from functools import partial
from itertools import pairwise, permutations

import numpy as np
import pytest
from water_folders import waters

from tieline.region.model import Case, pairs_of
from tieline.water.cleaning.plan import Planner, relation, smaller
from tieline.water.cleaning.router import Fleet, Routing, Stop, Yard, solve
from tieline.water.cleaning.task import TOPIC, Waters, make_task, pieces
from tieline.water.cleaning.ways import Ways

TABLES = {
    "node": """
        id,jurisdiction,bed_m,x,y
        n0,a,0,0,0
        n1,a,0,1,0
        n2,b,0,2,0
        n3,b,0,3,0
        n4,a,0,1,1
        """,
    "reach": """
        id,from_node,to_node,length_m,width_m,jurisdiction_left,jurisdiction_right,share_left
        r01,n0,n1,4000,20,a,a,
        r12,n1,n2,4000,20,a,b,0.25
        r23,n2,n3,4000,20,b,b,
        r14,n1,n4,3000,20,a,a,
        """,
    "boundary": "id,node,kind,value\nsea,n0,level,2",
    "depot": "id,node,jurisdiction\nda,n0,a\ndb,n3,b",
    "landing": "id,node,jurisdiction,cost_per_t,unload_min\nla,n1,a,50,30\nlb,n2,b,40,30",
    "boat": """
        id,depot,jurisdiction,number,capacity_t,speed_km_h,work_t_per_h,shift_h,cost_per_shift,cost_per_h
        ba,da,a,2,6,10,4,9,100,60
        bb,db,b,2,6,10,4,9,100,60
        """,
    "hotspot": """
        id,reach,position,load_t,opens_h,closes_h
        s0,r01,0.5,4,,
        s1,r12,0.5,8,,
        s2,r23,0.5,4,,
        s3,r14,0.9,5,,
        """,
}


@pytest.fixture
def small(tmp_path):
    return waters(tmp_path, "cleaning_iterations = 60", **TABLES)


def planner(network, case):
    return Planner(network, Waters(network, case), 1.0)


def day_of_all(network, case, rel):
    """The day as searched, whether or not the parts' plans are better."""
    plan = planner(network, case)
    plan.days(rel)
    return max(plan.raw.values(), key=lambda day: len(day.task.boats))


def opened(*members):
    return Case(open=frozenset((TOPIC, a, b) for a, b in pairs_of(members)))


def test_ways_by_water_are_shortest_paths_along_reaches(small):
    ways = Ways(small, ("depot", "landing", "hotspot"))
    every = np.ones(4, bool)
    far = ways.distances(every, np.zeros(0, bool))
    spot = partial(ways.place, "hotspot")
    assert far[ways.place("depot", 0), spot(0)] == pytest.approx(2000)
    assert far[spot(1), spot(3)] == pytest.approx(2000 + 2700)
    assert far[ways.place("depot", 0), ways.place("depot", 1)] == pytest.approx(12000)
    np.testing.assert_allclose(far, far.T)
    closed = ways.distances(np.array([True, False, True, True]), np.zeros(0, bool))
    assert np.isinf(closed[spot(0), spot(2)])
    assert np.isinf(closed[spot(0), spot(1)])


def test_a_shared_spot_is_cleaned_by_halves_until_its_owners_are_open(small):
    apart = Waters(small, Case())
    rel = relation(small, Case())
    of_a = pieces(apart, np.array([True, False]), rel, 1.0)
    of_b = pieces(apart, np.array([False, True]), rel, 1.0)
    assert sum(p.tonnes for p in of_a) == pytest.approx(4 + 0.25 * 8 + 5)
    assert sum(p.tonnes for p in of_b) == pytest.approx(0.75 * 8 + 4)
    together = pieces(apart, np.array([True, True]), np.ones((2, 2), bool), 1.0)
    merged = [p for p in together if len(p.owners) == 2]
    assert sum(p.tonnes for p in merged) == pytest.approx(8)
    assert all(p.tonnes <= 6 for p in together)
    assert dict(merged[0].owners) == pytest.approx({0: 0.25, 1: 0.75})


def test_boats_stay_in_waters_of_their_own_until_borders_open(small):
    waters_ = Waters(small, Case())
    task = make_task(waters_, np.array([True, False]), relation(small, Case()), 1.0)
    b_spot = waters_.ways.place("hotspot", 2)
    assert np.isinf(task.routing.distance_m[0][waters_.ways.place("depot", 0), b_spot])
    assert all(task.yards[y][0] == "depot" or task.yards[y] == ("landing", 0)
               for f in task.routing.fleets for y in (f.yard, *f.unload_at))


def test_routes_keep_capacity_shift_and_windows_and_serve_once(small):
    rel = np.ones((2, 2), bool)
    case = opened("a", "b")
    day = day_of_all(small, case, rel)
    task = day.task
    served = []
    for route in day.routed.routes:
        fleet = task.routing.fleets[route.fleet]
        aboard, last = 0.0, fleet.from_s
        for visit in route.visits:
            assert visit.start_s >= last - 1
            last = visit.end_s
            if visit.kind == "yard":
                aboard = 0.0
                continue
            stop = task.routing.stops[visit.number]
            served.append(visit.number)
            aboard += stop.weight_kg
            assert aboard <= fleet.capacity_kg
            assert stop.opens_s <= visit.start_s <= stop.closes_s
        assert last <= fleet.from_s + fleet.shift_s
    assert sorted(served) == list(range(len(task.parts)))
    assert day.left_t.sum() == 0.0
    assert day.collected_t.sum() == pytest.approx(21.0)


def test_what_falls_on_a_jurisdiction_is_the_cost_of_its_own_boats(small):
    for case in (Case(), opened("a", "b")):
        for day in planner(small, case).days(relation(small, case)):
            for j in range(2):
                expected = 0.0
                for route in day.routed.routes:
                    boat = day.task.boats[route.fleet]
                    if small.tables["boat"]["jurisdiction"][boat] != j:
                        continue
                    expected += 100 + 60 * route.duration_s / 3600
                    aboard = 0.0
                    for visit in route.visits:
                        if visit.kind == "stop":
                            aboard += day.task.parts[visit.number].tonnes
                        else:
                            table, row = day.task.yards[visit.number]
                            fee = (50, 40)[row] if table == "landing" else 0
                            expected += aboard * fee
                            aboard = 0.0
                assert day.cost[j] == pytest.approx(expected)


def test_pooling_never_costs_more_than_not_pooling(small):
    plan = planner(small, Case())
    apart = sum(d.total for d in plan.days(np.eye(2, dtype=bool)))
    together = sum(d.total for d in plan.days(np.ones((2, 2), bool)))
    assert together <= apart


def test_the_better_plan_of_the_parts_stands_where_a_search_is_poor(small, monkeypatch):
    import tieline.water.cleaning.plan as module

    real = module.solve

    def poor(routing, iterations, **given):
        if len(routing.fleets) > 1:
            return module.Routed((), tuple(range(len(routing.stops))), 1e9, 0.0)
        return real(routing, iterations, **given)

    monkeypatch.setattr(module, "solve", poor)
    plan = planner(small, Case())
    apart = plan.days(np.eye(2, dtype=bool))
    together = plan.days(np.ones((2, 2), bool))
    assert [d.key for d in together] == [d.key for d in apart]


def test_smaller_openness_is_every_border_less_or_every_split():
    three = np.ones((3, 3), bool)
    assert len(smaller(np.ones(3, bool), three)) == 3
    four = np.ones((4, 4), bool)
    splits = smaller(np.ones(4, bool), four)
    assert len(splits) == 7
    assert all(not np.array_equal(s, four) for s in splits)


def test_the_same_problem_always_gives_the_same_routes(small):
    first = planner(small, Case()).days(np.ones((2, 2), bool))
    again = planner(small, Case()).days(np.ones((2, 2), bool))
    assert [d.routed for d in first] == [d.routed for d in again]


def matrix(xy):
    xy = np.array(xy, float)
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


@pytest.mark.parametrize("seed", range(3))
def test_small_days_are_solved_as_all_orders_say(seed):
    rng = np.random.default_rng(seed)
    n = 6
    far = matrix(rng.uniform(0, 10000, (n + 1, 2)))
    travel = np.ceil(far / (10 / 3.6))
    work = rng.integers(300, 1200, n).astype(float)
    routing = Routing(
        far[None], travel[None], work[None],
        tuple(Stop(k, 1000, 0, 86400, 1e4) for k in range(n)), (Yard(n),),
        (Fleet(0, 1, 10_000, 0, (), 0, 86400, 50.0, 36.0),))
    found = solve(routing, 200)
    best = min(
        travel[n, p[0]] + sum(travel[a, b] for a, b in pairwise(p))
        + travel[p[-1], n] for p in permutations(range(n)))
    assert found.left == ()
    assert found.cost == pytest.approx(50.0 + 36.0 * (best + work.sum()) / 3600.0, rel=1e-9)


def test_a_boat_unloads_on_the_way_where_its_hold_is_full():
    far = matrix([(0, 0), (1000, 0), (2000, 0), (1000, 100)])
    travel = np.ceil(far / 2.0)
    routing = Routing(
        far[None], travel[None], np.full((1, 2), 600.0),
        (Stop(1, 900, 0, 86400, 1e4), Stop(2, 900, 0, 86400, 1e4)), (Yard(0), Yard(3, 1200)),
        (Fleet(0, 1, 1000, 0, (1,), 0, 86400, 0.0, 36.0),))
    (route,) = solve(routing, 100).routes
    kinds = [v.kind for v in route.visits]
    assert kinds == ["yard", "stop", "yard", "stop", "yard"]
    between = route.visits[2]
    assert between.number == 1
    assert between.end_s - between.start_s == 1200


def test_what_no_boat_can_reach_is_left_and_counted(tmp_path):
    tables = dict(TABLES)
    tables["boat"] = TABLES["boat"].replace(",9,100,60", ",1,100,60")
    network = waters(tmp_path, "cleaning_iterations = 30", **tables)
    days = planner(network, Case()).days(np.eye(2, dtype=bool))
    assert sum(d.left_t.sum() for d in days) + sum(d.collected_t.sum() for d in days) == (
        pytest.approx(21.0))
    assert sum(d.left_t.sum() for d in days) > 10.0


def test_a_saving_below_the_gap_of_the_search_is_within_it(small):
    days = planner(small, Case()).days(np.ones((2, 2), bool))
    for day in days:
        assert day.gap.sum() >= 0.01 * day.cost.sum() - 1e-9
