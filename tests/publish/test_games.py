"""Drawings of games and the two chapters: what they show is what was computed."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from tieline.appraisal.answers import answers_of
from tieline.appraisal.cba.rates import discounting
from tieline.appraisal.programme import programme_of
from tieline.publish.games import draw
from tieline.publish.report import render
from tieline.region.model import Project

GATELY = np.array([0.0, 0, 0, 1170, 0, 770, 210, 1530])


def parsed(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def test_the_core_of_three_has_the_corners_of_its_definition() -> None:
    corners = draw.core_of_three(GATELY)
    assert len(corners) == 5
    for x in corners:
        assert x.sum() == pytest.approx(1530)
        assert x[0] + x[1] >= 1170 - 1e-3
        assert x[0] + x[2] >= 770 - 1e-3
        assert x[1] + x[2] >= 210 - 1e-3
    assert len(draw.core_of_three(np.array([0.0, 0, 0, 1, 0, 1, 1, 1]))) == 0


def test_a_waterfall_ends_at_the_sum_of_its_steps() -> None:
    drawn = parsed(draw.waterfall(["a", "b"], [3.0, -1.0], "all", str, "title"))
    bars = list(drawn.iter("rect"))
    assert [b.get("class") for b in bars] == ["gains", "loses", "whole"]
    width = [float(b.get("width")) for b in bars]
    assert width[0] / width[2] == pytest.approx(1.5, rel=0.01)
    assert "2.0" in [t.text for t in drawn.iter("text")]


def test_a_triangle_holds_its_points_and_a_heat_map_every_pair() -> None:
    shares = np.array([955.0, 395.0, 180.0])
    drawn = parsed(draw.ternary(["k", "t", "a"], GATELY, [("nucleolus", shares, "calm")], "t"))
    assert {p.get("class") for p in drawn.iter("polygon")} == {"simplex", "core"}
    values = np.array([[0.0, 2, -1], [2, 0, 0], [-1, 0, 0]])
    squares = list(parsed(draw.heat(["a", "b", "c"], values, str, "t")).iter("rect"))
    assert len(squares) == 9
    assert [s.get("class") for s in squares].count("joins") == 2


def test_curve_and_tornado_are_drawn_with_their_ends() -> None:
    curve = parsed(draw.curve([0.0, 1.0, 2.0], [0.0, 5.0, 6.0], str, str, "t"))
    assert len(list(curve.iter("circle"))) == 3
    tornado = parsed(draw.tornado(["x"], [-2.0], [4.0], 1.0, str, "t"))
    assert {r.get("class") for r in tornado.iter("rect")} == {"low", "high"}


def test_a_long_name_of_a_driver_stays_within_the_tornado() -> None:
    name = "value of damage of exceedance in the upper reach"
    drawn = parsed(draw.tornado([name, "x"], [-2.0, 0.0], [4.0, 1.0], 1.0, str, "t"))
    label = next(t for t in drawn.iter("text") if t.text == name)
    assert float(label.get("x")) > 6.5 * len(name)
    wide = float(drawn.get("viewBox").split()[2])
    assert all(float(t.get("x")) < wide - 20.0 for t in drawn.iter("text"))
    assert min(float(r.get("x")) for r in drawn.iter("rect")) > float(label.get("x"))


@pytest.fixture(scope="module")
def answered(three):
    money = three.money["CNY"]
    costed = tuple(
        Project(p, p, capex=1e5 * (k + 1), life_years=20, currency="CNY",
                payers={three.region.jurisdictions[0].id: 1.0}, status="synthetic")
        for k, p in enumerate(money.worth.projects)
    )
    asked = ("shapley", "nucleolus", "core", "interactions", "leaving")
    made = {
        kind: programme_of(money, projects, [discounting("china")], 2020)
        for kind, projects in (("costed", costed), ("bare", ()))
    }
    answers = answers_of(replace(three, networks={}), asked)
    return {k: replace(three, answers=answers, programmes={"CNY": p}) for k, p in made.items()}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", ["costed", "bare"])
def test_the_chapters_stand_in_a_well_formed_page_without_script(answered, kind, lang) -> None:
    page = render(answered[kind], lang)
    assert "<script" not in page
    assert 'id="games"' in page
    assert 'id="programme"' in page
    body = page[page.index("<body"):page.rindex("</body>") + 7]
    ElementTree.fromstring(re.sub(r" checked(?=[ />])", ' checked="checked"', body))
    assert page.count('class="game"') == (5 if kind == "costed" else 4)
    assert ("n_links" in page) is False


def test_every_budget_can_be_chosen_and_shows_its_set(answered) -> None:
    page = render(answered["costed"], "en")
    found = answered["costed"].programmes["CNY"].portfolios
    assert page.count('type="radio"') == len(found)
    for k in range(len(found)):
        assert re.search(rf'id="budget-{k}"[^>]*><label for="budget-{k}">[^<]*</label>'
                         r'<div class="set">', page)
    assert ".budgets > input:checked + label + .set { display: block; }" in page
    assert "<style" not in page[page.index("<body"):]


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("paid back, years", "nothing at", "net effect", "compensation")),
    ("zh", ("回收期", "归零倍数", "净效应", "补偿后"))])
def test_payback_switching_and_compensation_stand_where_costs_are_known(
    answered, lang, words
) -> None:
    page = render(answered["costed"], lang)
    assert [w for w in words if w not in page] == []
    assert words[1] not in render(answered["bare"], lang)


def test_what_has_no_cost_says_how_much_it_may_cost(answered) -> None:
    assert "may cost at most" in render(answered["bare"], "en")
    assert "最高成本" in render(answered["bare"], "zh")
    assert "may cost at most" not in render(answered["costed"], "en")


def test_without_answers_the_report_has_no_such_chapters(three) -> None:
    assert 'id="games"' not in render(three, "en")
