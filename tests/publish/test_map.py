"""Maps of grids with and without coordinates, and where their labels stand."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from conftest import columns, make
from tieline.publish.maps import Label, place_labels
from tieline.publish.power_map import badge_spots
from tieline.publish.report import render
from tieline.publish.tree import has_places, lay_out
from tieline.region.tables import Table

NAN = math.nan


def without_places(tables, *, keep=()):
    places = {"x", "y", "x0", "y0", "x1", "y1"}
    return {
        name: t if name in keep else Table(name, {
            c: np.full(len(t), NAN) if c in places else v for c, v in t.columns.items()
        })
        for name, t in tables.items()
    }


def bare(appraisal, **options):
    power = appraisal.networks["power"]
    detail = {s: without_places(t, **options) for s, t in power.detail.items()}
    return replace(appraisal, networks={"power": replace(power, detail=detail)})


def maps_of(page):
    return re.findall(r'<svg[^>]*role="img".*?</svg>', page, re.DOTALL)


@pytest.mark.parametrize(("lang", "said"), [("en", "No positions are given"), ("zh", "未给出位置")])
def test_a_grid_without_coordinates_is_drawn_as_trees_and_said_to_be(three, lang, said):
    page = render(bare(three), lang)
    drawn = maps_of(page)
    assert len(drawn) == 2
    for one in drawn:
        lines = "".join(re.findall(r' d="([^"]*)" class="w ', one))
        assert len(re.findall(r"-?\d+", lines)) > 200
        assert 'class="land' not in one
    assert page.count(said) == 2
    assert said not in render(three, lang)


def test_ties_without_a_place_are_listed_and_not_drawn(three):
    power = three.networks["power"]
    lost = {s: {**t, "ties": without_places({"ties": t["ties"]})["ties"]}
            for s, t in power.detail.items()}
    page = render(replace(three, networks={"power": replace(power, detail=lost)}), "en")
    for one in maps_of(page):
        assert "badge" not in one
    assert "Ties across borders" in page


def test_the_tree_is_tidy():
    nothing = np.full(5, NAN)
    lines = [("s", "a"), ("a", "b"), ("a", "c"), ("t", "d"), ("b", "d")]
    branches = Table("branches", {
        "from_bus": np.array([a for a, _ in lines], dtype=object),
        "to_bus": np.array([b for _, b in lines], dtype=object),
        "fed_from": np.array([a for a, _ in lines], dtype=object),
        "feeds": np.array(["a", "b", "c", "d", ""], dtype=object),
        "jurisdiction": np.array(["l", "l", "l", "r", "l"], dtype=object),
        **dict.fromkeys(("x0", "y0", "x1", "y1"), nothing),
    })
    loads = columns("loads", "bus jurisdiction x y", [
        (b, j, NAN, NAN) for b, j in (("a", "l"), ("b", "l"), ("c", "l"), ("d", "r"))])
    ties = columns("ties", "bus element x y", [("c", "d", NAN, NAN)])
    tables = {"branches": branches, "loads": loads, "ties": ties}
    assert not has_places(tables)
    drawing = lay_out(tables, ["l", "r"])
    made = drawing.tables["branches"]
    s, a, b, c, t, d = (
        (made[f"x{e}"][k], made[f"y{e}"][k])
        for k, e in ((0, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))
    )
    assert s[0] < a[0] < b[0] == c[0] < d[0] < t[0]  # the two sides grow towards each other
    assert a[1] == pytest.approx((b[1] + c[1]) / 2)  # above what it feeds
    assert b[1] != c[1]
    assert (made["x0"][4], made["x1"][4]) == (b[0], d[0])  # an open line joins its two ends
    assert drawing.links.tolist() == [[*c, *d]]
    assert drawing.tables["ties"]["x"][0] == pytest.approx((c[0] + d[0]) / 2)
    assert has_places(drawing.tables)


def test_a_label_steps_aside_for_dots_unless_fixed():
    dots = np.array([[500.0, 300.0]] * 9)
    label = Label("town", 500.0, 300.0, 20.0, "tname")
    (aside,) = place_labels([label], 600, marks=dots)
    assert (aside.x, aside.y) != (500.0, 300.0)
    (still,) = place_labels([replace(label, fixed=True)], 600, marks=dots)
    assert (still.x, still.y) == (500.0, 300.0)


def town_names(page):
    return [set(re.findall(r'class="tname">([^<]+)<', one)) for one in maps_of(page)]


def test_the_town_that_gains_most_is_named_where_not_all_can_be(three):
    power = three.networks["power"]
    detail = {s: dict(t) for s, t in power.detail.items()}
    for tables in detail.values():
        loads = tables["loads"]
        names = np.array([f"T{k} t" for k in range(len(loads))], dtype=object)
        tables["loads"] = Table("loads", {**loads.columns, "town": names})

    def rendered():
        known = {"power": replace(power, detail=detail)}
        return render(replace(three, networks=known), "en")

    left_out = next(n for n in names if not any(n in drawn for drawn in town_names(rendered())))
    together = detail["together"]["loads"]
    hours = together["outage_h"] - 2.0 * (names == left_out)
    detail["together"]["loads"] = Table("loads", {**together.columns, "outage_h": hours})
    assert all(left_out in drawn for drawn in town_names(rendered()))


def test_a_badge_stands_beside_its_tie_and_inside_the_map():
    spots = [(300.0, 30.0), (310.0, 30.0), (300.0, 400.0), (NAN, NAN), (2.0, 400.0)]
    for spot, at in zip(spots, badge_spots(spots, 480), strict=True):
        if math.isnan(spot[0]):
            assert math.isnan(at[0])
            continue
        assert math.dist(spot, at) >= 25.0  # ring and disc do not touch
        assert 20.0 <= at[0] <= 1060.0
        assert 20.0 <= at[1] <= 460.0


def test_numbers_of_ties_and_names_stay_inside_the_map():
    page = render(make(2, shapes=False), "en")
    for one in maps_of(page):
        height = float(re.search(r'viewBox="0 0 \d+ (\d+)"', one).group(1))
        for at in re.findall(r'<circle cx="[\d.-]+" cy="([\d.-]+)" r="17"', one):
            assert 20.0 <= float(at) <= height - 20.0
        for at in re.findall(r'<text x="[\d.-]+" y="([\d.-]+)" class="jname"', one):
            assert 20.0 <= float(at) <= height - 20.0
