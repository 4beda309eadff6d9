"""Porto Alegre and Sao Paulo: what was published with r5r (Conveyal R5)."""

import json
from datetime import date

import numpy as np
import pytest
from real import SHARED, needs_shared, porto_alegre, sao_paulo

from tieline.transit.kernels.sweep import Window
from tieline.transit.patterns import patterns_of
from tieline.transit.timetable import timetable_of
from tieline.transit.travel import Question, Traveller, matrix, rank_of

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


PER_MINUTE, RUNS = 5, 20
"""The published run drew five timetables a minute; so many such runs are made here."""


def schools_within(origin, percentiles):
    """Schools within 45 minutes from 14:00 to 14:30: by run and percentile, and of all draws."""
    (feeds, stations, ids, foot), schools = sao_paulo()
    nobody, window = np.zeros(len(stations.ids), int), Window(14 * 3600, 30, 7200, 60, 3)
    days = [timetable_of(patterns_of(feeds, date(2019, 5, 13), k), nobody)
            for k in range(PER_MINUTE * RUNS)]
    traveller = Traveller(
        [Question(d, (np.ones(len(d.pieces), bool),), foot, window) for d in days])
    traveller.times(ids.index(origin))

    def of(every):
        ranked = np.sort(every, axis=1)
        at = [ranked[:, rank_of(p, every.shape[1])] for p in percentiles]
        return [int(schools[minutes < 45 * 60].sum()) for minutes in at]

    every = traveller.every[0]
    return [of(part) for part in np.split(every, RUNS, axis=1)], of(every)


@needs_shared
def test_headways_give_the_published_schools_within_the_noise_of_draws():
    """Sao Paulo, frequencies.txt: R5 drew other timetables, so its percentiles wander.

    What is published must be what one of so many runs of its size gives here, and within one
    school of what all draws give.
    """
    given = json.loads(ORACLE.read_text(encoding="utf-8"))["spo_r5r_frequencies"]
    exact = 0
    for origin, published in given["acc_45min_schools_p10_20_50_70_80"].items():
        runs, whole = schools_within(origin, (10, 20, 50, 70, 80))
        for k, value in enumerate(published):
            assert min(r[k] for r in runs) <= value <= max(r[k] for r in runs)
            assert abs(value - whole[k]) <= 1
        exact += sum(a == b for a, b in zip(whole, published, strict=True))
    assert exact >= 7
