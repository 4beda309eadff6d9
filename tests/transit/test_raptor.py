"""The timetable search against Dijkstra on raw stop times, and scenarios against scratch."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from lines import random_feed, write_zip
from raptor_twin import Twin, raw_trips
from real import DATA, needs_shared, northern_kentucky, porto_alegre

from tieline.region.issues import Issues
from tieline.region.model import Case
from tieline.transit.gtfs.feed import read_feed
from tieline.transit.kernels.sweep import UNREACHED, Window
from tieline.transit.patterns import patterns_of, stations_of
from tieline.transit.timetable import pieces_of, timetable_of
from tieline.transit.travel import Pace, Question, asked, foot_of, matrix
from tieline.transit.tree import Forest, steps
from tieline.transit.walking import walk_as_the_crow_flies

DAY = date(2019, 10, 15)
SIDES = ("east", "west")
OPEN = frozenset({("transit", "east", "west")})


def made(tmp_path, seed, n=2):
    """Random feeds read by the engine, with random points around the stops."""
    rng = np.random.default_rng(seed)
    paths = [write_zip(tmp_path / f"f{k}.zip", random_feed(rng)) for k in range(n)]
    issues = Issues()
    feeds = [read_feed(p, p.name, issues) for p in paths]
    issues.stop()
    stations = stations_of(feeds)
    points = 121.0 + 0.06 * rng.random(25), 31.0 + 0.05 * rng.random(25)
    walking = walk_as_the_crow_flies(
        (stations.lon, stations.lat), points, detour=1.3, transfer_m=600, access_m=1200,
        direct_m=1500,
    )
    foot = foot_of(walking, Pace(1.2, 1000.0, 600, 1200))
    owners = np.array([SIDES.index(j) for j in stations.jurisdiction])
    day = timetable_of(patterns_of(feeds, DAY), owners)
    return paths, stations, foot, day


def allowed(day, case=None, **more):
    case = case or Case(OPEN)
    return day.allowed(case, "transit", SIDES, {}, **more)


def running(day, case=None, **more):
    return day.running(allowed(day, case, **more))


def twin_of(paths, stations, foot, day=DAY, allowed=None):
    trips = []
    for p in paths:
        trips += [(f"{p.stem}:{route}", [(f"{p.stem}:{c[0]}", *c[1:]) for c in calls])
                  for route, calls in raw_trips(p, day)]
    return Twin(trips, stations.index, foot, allowed)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rides", [1, 3])
def test_random_timetables_give_what_dijkstra_gives(tmp_path, seed, rides):
    paths, stations, foot, day = made(tmp_path, seed)
    window = Window(7 * 3600 + 1800, 7, 3600, 60, rides)
    found = matrix([Question(day, (running(day),), foot, window, 70.0)])[0]
    twin = twin_of(paths, stations, foot)
    expected = np.array([twin.times(o, window, 70.0) for o in range(len(found))])
    assert (expected < UNREACHED).mean() > 0.1
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("seed", range(6))
def test_a_closed_border_cuts_each_ride_where_it_crosses(tmp_path, seed):
    paths, stations, foot, day = made(tmp_path, 20 + seed)
    window = Window(8 * 3600, 3, 3600, 60, 3)
    side = [str(j) for j in stations.jurisdiction]

    def inside(route, calls, i, j):
        return len({side[c[0]] for c in calls[i : j + 1]}) == 1

    found = matrix([Question(day, (running(day, Case()),), foot, window)])[0]
    twin = twin_of(paths, stations, foot, allowed=inside)
    expected = np.array([twin.times(o, window) for o in range(len(found))])
    np.testing.assert_array_equal(found, expected)


def many_masks(day):
    """Apart, together, each line out, each line in."""
    base, all_ = allowed(day, Case()), allowed(day)
    line = np.array([day.patterns[p.pattern].line for p in day.pieces])
    crossing = sorted({line[k] for k, p in enumerate(day.pieces) if len(p.touches) > 1})
    some = [base, all_]
    some += [base | (all_ & (line != x)) for x in crossing]
    some += [base | (all_ & (line == x)) for x in crossing]
    return [day.running(m) for m in some], len(crossing)


@pytest.mark.parametrize("seed", range(4))
def test_scenarios_from_apart_equal_those_from_scratch_and_minute_by_minute(tmp_path, seed):
    _, _, foot, day = made(tmp_path, 40 + seed)
    masks, n = many_masks(day)
    assert n > 3
    window = Window(7 * 3600 + 600, 40, 5400, 60, 4)
    warm = matrix([Question(day, tuple(masks), foot, window)])
    for k, mask in enumerate(masks):
        scratch = matrix([Question(day, (mask,), foot, window)], workers=1)[0]
        np.testing.assert_array_equal(warm[k], scratch)
    alone = np.sort([
        matrix([Question(day, (masks[1],), foot, window._replace(start=window.start + 60 * m,
                                                                  minutes=1))])[0]
        for m in range(window.minutes)
    ], axis=0)
    np.testing.assert_array_equal(warm[1], alone[19])


@pytest.mark.parametrize("seed", range(4))
def test_a_line_more_never_lengthens_a_trip(tmp_path, seed):
    _, _, foot, day = made(tmp_path, 60 + seed)
    masks, n = many_masks(day)
    times = matrix([Question(day, tuple(masks), foot, Window(28800, 20, 5400, 60, 4))])
    apart, together, out, into = times[0], times[1], times[2 : 2 + n], times[2 + n :]
    assert (together <= apart).all()
    assert (together < apart).any()
    assert ((out >= together) & (out <= apart)).all()
    assert ((into >= together) & (into <= apart)).all()


def test_one_more_ride_or_a_shorter_wait_never_lengthens_a_trip(tmp_path):
    _, _, foot, day = made(tmp_path, 77)
    window = Window(28800, 10, 5400, 120, 2)
    ask = [matrix([Question(day, (running(day),), foot, w)])[0]
           for w in (window, window._replace(rides=3), window._replace(wait=0))]
    assert (ask[1] <= ask[0]).all()
    assert (ask[2] <= ask[0]).all()


def test_pieces_are_the_longest_stretches_of_each_group():
    pieces = pieces_of([0, 0, 1, -1, 1, 0, 2, 2])
    found = {(p.low, p.high): set(p.touches) for p in pieces}
    assert found == {
        (0, 2): {0}, (2, 5): {1}, (6, 8): {2}, (0, 6): {0, 1}, (5, 8): {0, 2},
        (0, 8): {0, 1, 2},
    }
    assert [p.whole for p in pieces].count(True) == 1


def test_a_removed_line_does_not_run_at_all(tmp_path):
    *_, day = made(tmp_path, 3)
    mask = running(day, Case(), cut=False)
    assert all(len(day.pieces[k].touches) == 1 and day.pieces[k].whole
               for k in np.flatnonzero(mask))
    assert mask.sum() < running(day, Case()).sum()


@needs_shared
@pytest.mark.parametrize(("ground", "paths", "day", "start"), [
    (porto_alegre, ("poa/poa_eptc.zip", "poa/poa_trensurb.zip"), date(2019, 5, 13), 14),
    (northern_kentucky, ("nky/TANK-GTFS.zip",), date(2019, 11, 5), 8),
], ids=["porto-alegre", "northern-kentucky"])
def test_thirty_origins_of_real_feeds_give_what_dijkstra_gives(ground, paths, day, start):
    feeds, stations, _, foot = ground()
    made = timetable_of(patterns_of(feeds, day), np.zeros(len(stations.ids), np.int64))
    twin = twin_of([DATA / p for p in paths], stations, foot, day)
    rng = np.random.default_rng(7)
    n_points = len(foot.access_at) - 1
    differ = 0
    for origin in rng.choice(n_points, 30, replace=False):
        minute = int(rng.integers(0, 60))
        window = Window(start * 3600 + 60 * minute, 1, 2700, 60, 3)
        found = matrix([Question(made, (np.ones(len(made.pieces), bool),), foot, window)],
                       [int(origin)], workers=1)[0, 0]
        differ += int((found != twin.times(int(origin), window)).sum())
    assert differ == 0


def masks_of_all(day, n=4):
    """What each choice of n crossing lines may run beside the lines inside, and all together."""
    base, all_ = allowed(day, Case()), allowed(day)
    line = np.array([day.patterns[p.pattern].line for p in day.pieces])
    crossing = sorted({line[k] for k, p in enumerate(day.pieces) if len(p.touches) > 1})[:n]
    out = [base | (all_ & ~np.isin(line, [x for k, x in enumerate(crossing) if not b >> k & 1]))
           for b in range(1 << len(crossing))]
    return [*out, all_]


@needs_shared
def test_every_way_to_share_a_search_of_a_real_city_gives_what_scratch_gives():
    feeds, stations, _, foot = porto_alegre()
    north = (stations.lat > np.median(stations.lat)).astype(np.int64)
    day = timetable_of(patterns_of(feeds, date(2019, 5, 13)), north)
    may = masks_of_all(day, 3)
    window = Window(14 * 3600, 30, 5400, 60, 3)
    differ = 0
    for question, row in asked(day, may, foot, window):
        times = matrix([question], [100, 700])
        for i, k in row.items():
            alone = Question(day, (day.running(may[i]),), foot, window)
            differ += int((times[k] != matrix([alone], [100, 700], workers=1)[0]).sum())
    assert differ == 0


@pytest.mark.parametrize("log", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_every_way_to_share_a_search_gives_what_scratch_gives(tmp_path, monkeypatch, seed, log):
    monkeypatch.setattr("tieline.transit.tree.LOG", log)
    monkeypatch.setattr("tieline.transit.tree.OWN", 5.0)
    monkeypatch.setattr("tieline.transit.travel.LOG_ROOM", 8)
    _, _, foot, day = made(tmp_path, 80 + seed)
    window = Window(7 * 3600 + 600, 60, 7000, 60, 4)
    may = masks_of_all(day)
    questions = asked(day, may, foot, window)
    assert sorted(i for _, row in questions for i in row) == list(range(len(may)))
    if log == 0.0:
        assert max(s.depth for q, _ in questions for s in q.steps) > 1
    for percent in (5.0, 50.0, 100.0):
        for question, row in questions:
            times = matrix([replace(question, percentile=percent)])
            for i, k in row.items():
                alone = Question(day, (day.running(may[i]),), foot, window, percent)
                np.testing.assert_array_equal(times[k], matrix([alone], workers=1)[0])


def test_each_row_of_a_tree_has_the_lines_of_the_row_it_follows(tmp_path):
    *_, day = made(tmp_path, 40)
    may = masks_of_all(day)
    for tree in Forest(may, day.work()).trees():
        rows = [np.logical_and.reduce([may[i] for i in members]) for members in tree.members]
        for k, p in enumerate(tree.parent):
            assert p < k
            assert p < 0 or not (rows[p] & ~rows[k]).any()
        assert all((rows[k] == may[i]).all() for i, k in tree.row.items())
        assert tree.top < 0 or all(not (r & ~rows[tree.top]).any() for r in rows)


def test_equal_cases_are_searched_once_and_none_ask_nothing(tmp_path):
    *_, day = made(tmp_path, 40)
    base, all_ = allowed(day, Case()), allowed(day)
    (tree,) = Forest([all_, all_], day.work()).trees()
    assert tree.parent == (-1,)
    assert tree.row == {0: 0, 1: 0}
    assert Forest([], day.work()).trees() == []
    rows = [set(t.row) for t in Forest([base, all_], day.work()).trees()]
    assert set().union(*rows) == {0, 1}


def test_what_others_follow_stays_until_they_are_done():
    parent = (-1, 0, 0, 1, 1, 2, 2, 0)
    found = steps(parent, 4, 2)
    assert [(s.base, s.depth, s.rows.tolist(), s.followed, s.knows_top) for s in found] == [
        (0, 0, [1], True, False), (1, 1, [4, 3], False, True), (0, 0, [2], True, True),
        (2, 1, [5, 6], False, True), (0, 0, [7], False, True),
    ]
