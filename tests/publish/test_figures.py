"""Bars and whiskers stand where their numbers are; map lines are drawn once each."""

from __future__ import annotations

import itertools
import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieline.publish.figures import EDGE, Axis, Whisker, bars, swatch, whiskers
from tieline.publish.maps import (
    WIDTH,
    Frame,
    Label,
    apart_from,
    dots_data,
    path_data,
    place_labels,
    rings,
    segments,
    strokes,
)


def percents(element, name):
    return float(element.get(name).rstrip("%"))


def test_an_axis_always_shows_zero_and_never_collapses():
    assert Axis.of([3.0, 8.0]).low == 0.0
    assert Axis.of([-3.0]).high == 0.0
    assert Axis.of([]).at(0.0) == EDGE
    assert Axis.of([math.nan, 2.0]).at(2.0) == 100.0 - EDGE


def test_a_bar_is_as_long_as_its_value_and_negative_bars_go_left():
    root = ET.fromstring(bars([(10.0, "a"), (5.0, "b"), (-5.0, "c")], Axis(-10.0, 10.0)))
    a, b, c = root.findall("rect")
    assert percents(a, "width") == pytest.approx(2 * percents(b, "width"), abs=0.02)
    assert percents(a, "x") == pytest.approx(50.0)
    assert percents(c, "x") + percents(c, "width") == pytest.approx(50.0, abs=0.02)


def test_a_bar_without_a_number_is_not_drawn():
    assert "rect" not in bars([(math.nan, "a")], Axis(0.0, 1.0))


def test_a_whisker_spans_low_to_high_with_its_dot_between():
    root = ET.fromstring(whiskers([Whisker(2.0, 4.0, 8.0)], Axis(0.0, 10.0)))
    line = root.findall("line")[1]
    dot = root.find("circle")
    assert percents(line, "x1") < percents(dot, "cx") < percents(line, "x2")


@pytest.mark.parametrize("shape", ["bar", "dot", "line"])
def test_swatches_are_hidden_from_screen_readers(shape):
    assert 'aria-hidden="true"' in swatch("apart", shape)


points = st.tuples(st.integers(0, 12), st.integers(0, 12))
lines = st.lists(st.tuples(points, points).filter(lambda p: p[0] != p[1]), max_size=60)


@settings(deadline=None)
@given(lines)
def test_every_line_is_drawn_exactly_once(pairs):
    wanted = {(*min(a, b), *max(a, b)) for a, b in pairs}
    drawn = [
        (*min(a, b), *max(a, b))
        for stroke in strokes(wanted) for a, b in itertools.pairwise(stroke)
    ]
    assert sorted(drawn) == sorted(wanted)


def test_a_chain_is_one_stroke():
    chain = [(k, 0, k + 1, 0) for k in range(50)]
    assert len(list(strokes(chain))) == 1
    assert path_data(chain).count("M") == 1


def test_the_frame_keeps_everything_inside_and_up_is_up():
    x, y = np.array([0.0, 4.0, math.nan]), np.array([0.0, 1.0, 5.0])
    frame = Frame.around(x, y)
    px, py = frame.place(x[:2], y[:2])
    assert (px >= 0).all()
    assert (px <= WIDTH).all()
    assert py[1] < py[0] <= frame.height
    assert (px[1] - px[0]) == pytest.approx(4 * (py[0] - py[1]), abs=4)


def test_one_point_or_none_makes_a_frame_too():
    assert Frame.around(np.array([1.0]), np.array([1.0])).height > 0
    assert Frame.around(np.empty(0), np.empty(0)).height > 0


def test_lines_too_short_to_see_doubled_or_unplaced_are_left_out():
    frame = Frame.around(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    ends = [np.array(v) for v in (
        [0.0, 1.0, 0.5, math.nan], [0.0, 1.0, 0.5, 0.0], [1.0, 0.0, 0.5, 1.0], [1.0, 0.0, 0.5, 1.0]
    )]
    assert len(segments(frame, ends)) == 1


def test_dots_without_a_place_are_left_out():
    assert dots_data(np.array([1.0, math.nan]), np.array([2.0, 3.0])) == "M1 2h0"


def test_outlines_of_several_parts_are_read():
    square = [[0, 0], [1, 0], [1, 1], [0, 0]]
    geojson = {"features": [
        {"properties": {"id": "a"}, "geometry": {"type": "Polygon", "coordinates": [square]}},
        {"properties": {"id": "b"}, "geometry": {"type": "MultiPolygon",
                                                "coordinates": [[square], [square]]}},
    ]}
    assert {k: len(v) for k, v in rings(geojson).items()} == {"a": 1, "b": 2}
    assert rings(None) == {}


def test_labels_do_not_overlap_and_a_name_that_must_stand_does():
    many = [Label(f"town {k}", 500.0, 300.0, 20.0, "tname", 2) for k in range(9)]
    placed = place_labels([*many, Label("County", 500.0, 300.0, 40.0, "jname", 0, must=True)], 600)
    assert placed[0].text == "County"
    assert 1 < len(placed) < 10
    ys = sorted(k.y for k in placed if k.kind == "tname")
    assert all(b - a >= 20.0 for a, b in itertools.pairwise(ys))


def test_badges_on_one_spot_are_moved_apart():
    moved = apart_from([(10.0, 10.0)] * 5, 46.0)
    gaps = [math.dist(a, b) for k, a in enumerate(moved) for b in moved[:k]]
    assert min(gaps) >= 46.0
