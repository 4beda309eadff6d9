"""Porto Alegre: travel times published with r5r (Conveyal R5), to the minute."""

import json
from datetime import date

import numpy as np
import pytest
from real import SHARED, needs_shared, porto_alegre

from tieline.transit.kernels.sweep import Window
from tieline.transit.patterns import patterns_of
from tieline.transit.timetable import timetable_of
from tieline.transit.travel import Question, matrix

ORACLE = SHARED / "oracles" / "transit" / "oracles.json"


@pytest.fixture(scope="module")
def published():
    return json.loads(ORACLE.read_text(encoding="utf-8"))["poa_r5r"]


def minutes_from(origin, window):
    feeds, stations, ids, foot = porto_alegre()
    day = timetable_of(patterns_of(feeds, date(2019, 5, 13)), np.zeros(len(stations.ids), int))
    question = Question(day, (np.ones(len(day.pieces), bool),), foot, window)
    times = matrix([question], [ids.index(origin)], workers=1)[0, 0] // 60
    return dict(zip(ids, times.tolist(), strict=True))


@needs_shared
def test_an_hours_window_gives_the_published_median(published):
    given = published["ttm_p50_60min_maxwalk30"]
    found = minutes_from(given["from"], Window(14 * 3600, 60, 7200, 60, 3))
    differ = {k: found[k] - v for k, v in given["to"].items() if found[k] != v}
    # To itself R5 walks to the street and back, here nothing is walked twice: one of six.
    assert differ.keys() <= {given["from"]}
    assert all(abs(v) <= 1 for v in differ.values())


@needs_shared
def test_ten_minutes_window_gives_the_published_median_or_one_minute_less(published):
    given = published["poi_p50_10min_window_from_public_market"]
    found = minutes_from("public_market", Window(14 * 3600, 10, 7200, 60, 3))
    differ = {k: found[k] - v for k, v in given.items() if found[k] != v}
    # The published network was built with heights; without them three walks are a minute shorter.
    assert len(differ) <= 3
    assert set(differ.values()) <= {-1}
