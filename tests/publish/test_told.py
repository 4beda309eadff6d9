"""What the report says of itself: its scenario, its command, its scale, what figures rest on."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from conftest import make
from tieline.publish.numbers import MINUS, scale_for
from tieline.publish.page import MARKS
from tieline.publish.report import render
from tieline.publish.words import Words
from tieline.region.model import Scenario


def changed(appraisal, **region):
    return replace(appraisal, region=replace(appraisal.region, **region))


@pytest.mark.parametrize(("lang", "name"), [("en", "A hot day"), ("zh", "高温日")])
def test_a_scenario_is_called_by_its_name(three, lang, name):
    row = Scenario("hot", None, (("name", "A hot day"), ("name_zh", "高温日")))
    hot = replace(changed(three, scenarios=MappingProxyType({"hot": row})), scenario="hot")
    page = render(hot, lang)
    assert f"<dd>{name}</dd>" in page
    assert "--scenario hot" in page


def test_the_command_repeats_what_was_asked_for_and_nothing_else(three):
    every = ("jurisdictions", "borders", "projects")
    plain = render(replace(three, players=every), "en")
    assert "--players" not in plain
    assert "--only" not in plain
    part = changed(replace(three, players=("jurisdictions", "borders")),
                   networks=("power", "water"))
    command = re.search("tieline appraise [^<]+", render(part, "en")).group()
    assert "--only power --players jurisdictions --players borders --lang en" in command


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_scale_of_an_example_stands_beside_what_its_figures_rest_on(three, lang):
    said = changed(three, provenance=MappingProxyType({"scale": "五分之一 / one fifth"}))
    page = render(said, lang)
    panel = page[page.index('class="rests"'):page.index("</aside>")]
    assert {"en": "one fifth", "zh": "五分之一"}[lang] in panel
    assert {"en": "五分之一", "zh": "one fifth"}[lang] not in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_table_of_figures_says_what_they_rest_on(three, lang):
    page = render(three, lang)
    tables = re.findall(r"<table.*?</table>(?:</div>)(.*?)(?=<div class=.scroll|<section|$)",
                        page[:page.index('id="method"')], re.DOTALL)
    heads = re.findall("<caption>.*?</caption>", page[:page.index('id="method"')])
    assert len(tables) == len(heads) > 8
    bare = [h for h, below in zip(heads, tables, strict=True)
            if 'class="marks"' not in h or "rests-on" not in below]
    own_column = {"en": "The projects: what is known", "zh": "各项目的已知情况"}[lang]
    assert [own_column in h for h in bare] == [True]
    numerals = page[page.index('class="numerals"'):page.index("<table")]
    assert numerals.count('class="marks"') == numerals.count('class="numeral"') == 4
    assert page.count("</figcaption>") == len(re.findall(r"<figcaption>.*?marks", page))


def test_money_also_rests_on_its_prices(three):
    page = render(three, "en")
    money = page[page.index("The yearly gain in money"):]
    line = re.search(r'<p class="note rests-on">.*?</p>', money).group()
    assert "; prices: " in line
    assert line.count(MARKS["assumption"]) == 2
    first = re.search(r'<p class="note rests-on">.*?</p>', page).group()
    assert "prices" not in first
    assert [first.index(MARKS[s]) for s in ("synthetic", "assumption", "calibrated")] == sorted(
        first.index(MARKS[s]) for s in ("synthetic", "assumption", "calibrated"))


def test_sources_are_told_in_the_readers_language(three):
    links = tuple(replace(p, source="报纸 / a newspaper") for p in three.region.projects)
    page = render(changed(three, projects=links), "en")
    assert "a newspaper" in page
    assert "报纸" not in page


def test_a_border_names_its_sides_in_the_regions_order(three):
    page = render(three, "en")
    assert "North\N{EN DASH}East" in page
    assert "East\N{EN DASH}North" not in page


def test_a_range_with_a_negative_end_is_told_in_words():
    en, zh = (scale_for([72.0], "CNY/yr", Words(k)) for k in ("en", "zh"))
    assert en.span(-72.0, -38.0) == f"{MINUS}72.0 to {MINUS}38.0"
    assert zh.span(-72.0, 38.0) == f"{MINUS}72.0 至 38.0"
    assert en.span(38.0, 72.0) == "38.0\N{EN DASH}72.0"


def test_a_change_is_the_difference_of_what_is_shown():
    scale = scale_for([0.9998117666, 0.9998151934], "-", Words("en"), differences=[3.4e-6])
    a, b = 0.99981176, 0.99981524
    shown = float(scale.text(b)) - float(scale.text(a))
    assert float(scale.text(scale.change(a, b))) == pytest.approx(shown, abs=1e-9)
    assert float(scale.text(b - a)) != pytest.approx(shown, abs=1e-9)


def test_a_planned_link_stands_in_a_column_of_its_own():
    known = make(2)
    power = known.networks["power"]
    worths = {
        k: replace(w, planned=("later",), planned_gain=np.full((1, 2), 8.5),
                   planned_gap_by=np.zeros((1, 2)))
        for k, w in power.worths.items()
    }
    page = render(replace(known, networks={"power": replace(power, worths=worths)}), "en")
    part = page[page.index("Worth of each project: customer-hours"):]
    head, body = re.search(r"<thead>(.*?)</thead><tbody>(.*?)</tbody>", part, re.DOTALL).groups()
    assert head.rindex("added to today") > head.index("Shapley")
    row = next(r for r in re.findall("<tr.*?</tr>", body) if "later (planned)" in r)
    assert re.findall(r'<td class="n">(.*?)</td>', row)[:-1] == [""] * 3
    assert re.findall(r'<td class="n">(.*?)</td>', row)[-1].startswith("17")
