"""Wherever the report says a gain it says how far that may be off, and what else it rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conftest import FakeEngine, columns, make
from tieline.publish.numbers import Scale
from tieline.publish.report import render
from tieline.publish.worth import cost_status
from tieline.region.model import Outcome, Project


class Loose(FakeEngine):
    """The invented engine with a gap of `size` in every value."""

    size = 2.0

    def evaluate(self, network, cases, *, detail=False):
        for outcome in super().evaluate(network, cases, detail=detail):
            gap = np.full_like(outcome.values, self.size)
            yield Outcome(outcome.values.copy(), gap, outcome.tables)


class Hopeless(Loose):
    size = 5000.0


@pytest.fixture(scope="module")
def loose():
    return make(3, engine=Loose())


@pytest.mark.parametrize(("lang", "said"), [("en", "may be off by at most 12.0 customer-hours"),
                                            ("zh", "误差至多为每年 12.0 时户")])
def test_the_headline_says_how_far_the_gain_may_be_off(loose, lang, said):
    page = render(loose, lang)
    top = page[page.index("<header"):page.index("</header")]
    assert said in top
    assert "± " in page
    assert "not certain that there is a gain" not in page


def test_an_exact_result_speaks_of_no_gap(three):
    page = render(three, "en")
    assert "±" not in page
    assert "may be off" not in page
    assert "The figures are exact" in page


def test_a_result_with_a_gap_is_not_called_exact(loose):
    assert "The figures are exact" not in render(loose, "en")


def test_a_gain_below_its_gap_is_not_certain_and_neither_is_its_core():
    page = render(make(3, engine=Hopeless()), "en")
    assert "not certain that there is a gain" in page
    assert "Not certain, as the plans found need not be the best" in page


@pytest.mark.parametrize(("lang", "said"), [
    ("en", "exceeded before anything fails: 3"), ("zh", "3 处越限"),
])
def test_limits_exceeded_before_any_fault_are_said_below_the_headline(three, lang, said):
    power = three.networks["power"]
    base = {"base": columns("base", "level violations", [("peak", 3.0), ("low", 0.0)])}
    bad = replace(power, detail={s: {**t, **base} for s, t in power.detail.items()})
    page = render(replace(three, networks={"power": bad}), lang)
    assert said in page[:page.index('class="rests"')]
    assert said not in render(three, lang)


def test_a_projects_status_vouches_for_its_date_and_not_for_its_cost():
    assert cost_status(Project("a", "A", status="reported")) == "assumption"
    assert cost_status(Project("a", "A", status="synthetic")) == "synthetic"


def test_a_bound_is_never_rounded_down():
    assert Scale(1.0, 1, "h").at_most(12.41) == "12.5"
    assert Scale(1.0, 1, "h").at_most(12.5) == "12.5"
    assert Scale(1e4, 2, "x").at_most(12_301.0) == "1.24"
