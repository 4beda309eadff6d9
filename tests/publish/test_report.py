"""The report is one page that needs nothing, for any region, in both languages."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from conftest import FakeEngine, columns, fake_tables, make
from tieline.publish.kinds import KINDS, grid_of
from tieline.publish.markup import Html, el, join
from tieline.publish.page import Page
from tieline.publish.report import render
from tieline.publish.words import Words
from tieline.publish.worth import sums_in_words
from tieline.region.model import Measure, Outcome

VOID = {"meta", "br", "col"}


class Reader(HTMLParser):
    """What a browser would find: open elements, text, ids, headings, links out."""

    def __init__(self, html):
        super().__init__()
        self.stack, self.ids, self.names, self.headings, self.words = [], [], [], [], []
        self.outside = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.names.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.outside += [v for k, v in attrs if k in {"src", "href", "srcset", "data", "action"}]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.stack, tag
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.stack):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


@pytest.fixture(scope="module", params=["zh", "en"])
def lang(request):
    return request.param


@pytest.mark.parametrize("kind", ["three", "two", "plain", "no_detail", "twelve", "one"])
def test_any_region_gives_a_well_formed_page_that_needs_no_network(kind, lang, request):
    page = render(appraisal_of(kind, request), lang)
    read = Reader(page)
    assert read.stack == []
    assert read.outside == []
    assert "@import" not in page
    assert "url(" not in page
    assert "<script" not in page
    assert not re.search(r"https?://", page)
    assert len(read.ids) == len(set(read.ids))
    assert "nan" not in read.text.lower().split()


def appraisal_of(kind, request):
    if kind in {"three", "two"}:
        return request.getfixturevalue(kind)
    if kind == "plain":
        return make(3, money=False, projects=False, shapes=False)
    if kind == "no_detail":
        return make(3, detail=False)
    return make({"twelve": 12, "one": 1}[kind])


def test_the_report_is_the_same_every_time(three, lang):
    assert render(three, lang) == render(three, lang)


def test_an_unknown_language_is_refused(three):
    with pytest.raises(ValueError, match="zh and en"):
        render(three, "fr")


def test_one_heading_of_the_first_rank_and_none_is_skipped(three, lang):
    ranks = Reader(render(three, lang)).headings
    assert ranks.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(ranks))


def test_every_table_has_a_caption_and_every_map_a_text_for_those_who_cannot_see_it(three, lang):
    page = render(three, lang)
    assert page.count("<table") == page.count("<caption")
    maps = re.findall(r"<svg[^>]*role=\"img\"[^>]*><title>([^<]+)</title>", page)
    assert len(maps) == 2
    assert len(re.findall("<svg", page)) == len(maps) + page.count('aria-hidden="true"') - len(
        re.findall(r'<(?:i|span)[^>]*aria-hidden="true"', page))


def test_the_captions_of_the_region_stand_at_top_and_bottom_and_under_the_maps(three):
    page = render(three, "zh")
    assert page.count("示意图\uff0c不作为划界依据") >= 4
    assert page.count("演示·非官方") >= 4
    assert "demonstration, unofficial" not in page
    assert render(three, "en").count("demonstration, unofficial") >= 4


def test_the_headline_says_the_dividend_with_its_money_and_range(three):
    power = three.networks["power"]
    dividend = power.splits["jurisdictions", "customer_hours"].dividend
    assert f"{dividend:,.0f} customer-hours a year" in render(three, "en")
    assert f"每年 {dividend:,.0f} 时户" in render(three, "zh")
    money = three.money["CNY"].splits["jurisdictions"].dividend
    span = f"{float(money.low) / 1e4:.1f}\N{EN DASH}{float(money.high) / 1e4:.1f} 万元"
    assert span in render(three, "zh")


def test_all_eight_states_of_three_borders_are_shown(three):
    page = render(three, "en")
    for dots in ("○○○", "●○○", "○●○", "○○●", "●●○", "●○●", "○●●", "●●●"):
        assert dots in page


def test_every_state_figure_of_the_table_is_the_appraisals(three):
    text = Reader(render(three, "en")).text
    power = three.networks["power"]
    for state in power.states:
        for value in power.value(state, "customer_hours"):
            assert f"{value:,.0f}" in text


def test_names_are_escaped():
    plain = make(2)
    bad = replace(plain, region=replace(plain.region, name="A & B <script>alert(1)</script>"))
    page = render(bad, "en")
    assert "<script" not in page
    assert "A &amp; B &lt;script&gt;" in page


def test_nothing_gained_is_said_plainly():
    class Still(FakeEngine):
        def evaluate(self, network, cases, *, detail=False):
            for case in cases:
                closed = replace(case, open=frozenset())
                yield from super().evaluate(network, [closed], detail=detail)

    still = make(3, engine=Still())
    assert "changes nothing" in render(still, "en")
    assert "未改变" in render(still, "zh")


def test_another_engine_gets_the_same_report_without_powers_sections():
    class Pool:
        name, version, topics = "pool", "1", ("power",)
        measures = (Measure("cost", "CNY/yr", "less", label="Cost", label_zh="成本"),)

        def evaluate(self, network, cases, *, detail=False):
            n = len(network.ids)
            for case in cases:
                values = np.full((n, 1), 100.0) - 5.0 * len(case.open)
                yield Outcome(values, np.zeros_like(values))

    pool = make(3, money=False, engine=Pool())
    text = Reader(render(pool, "en")).text
    assert "gains CNY 45" in text
    assert "power flow" not in text
    assert "feeder" not in text


@pytest.mark.parametrize(("pint", "toot", "whole", "said"), [
    (30.0, 10.0, 20.0, "substitutes"), (10.0, 30.0, 20.0, "complements"),
    (20.0, 20.0, 20.0, "independent"), (30.0, 30.0, 20.0, "replace each other"),
    (0.0, 0.0, 0.0, "change nothing"),
])
def test_the_sums_of_pint_and_toot_are_put_in_words(three, pint, toot, whole, said):
    found = three.networks["power"].worths["customer_hours"]
    p, n = found.pint.shape
    changed = replace(
        found, pint=np.full((p, n), pint / p / n), toot=np.full((p, n), toot / p / n),
        of_all=np.full(n, whole / n),
    )
    assert said in sums_in_words(Page(three, Words("en")), changed)


def test_loads_and_branches_are_coloured_by_the_help_that_reaches_furthest():
    def load(bus, own, border):
        return (bus, bus, "a", 0.0, 0.0, 1.0, 1.0, 0.0, own, border, 1.0)

    loads = columns("loads", "id bus jurisdiction x y customers outage_h n_upstream n_own "
                             "n_border n_repair",
                    [load("b", 0.0, 0.0), load("d", 1.0, 0.0), load("f", 1.0, 1.0)])
    ends = [("s", "b"), ("s", "c"), ("c", "d"), ("s", "f")]
    branches = columns("branches", "id from_bus to_bus x0 y0 x1 y1",
                       [(f"{a}{b}", a, b, 0.0, 0.0, 1.0, 1.0) for a, b in ends])
    grid = grid_of({"loads": loads, "branches": branches})
    assert [grid.customers(k) for k in ("border", "own", "repair")] == [1.0, 1.0, 1.0]
    assert len(grid.branches) == 4


def test_a_load_beyond_the_first_section_that_no_tie_helps_waits_for_repair():
    names = ("id bus jurisdiction feeder sections_above x y customers outage_h n_upstream n_own "
             "n_border n_repair")
    loads = columns("loads", names, [
        (bus, bus, "a", "f1", above, 0.0, 0.0, 1.0, 1.0, 0.1, own, 0.0, 1.0)
        for bus, above, own in (("b", 0, 0.0), ("c", 2, 0.5), ("d", 1, 0.0))
    ])
    branches = columns("branches", "id from_bus to_bus x0 y0 x1 y1",
                       [("bc", "b", "c", 0.0, 0.0, 1.0, 1.0)])
    grid = grid_of({"loads": loads, "branches": branches})
    assert [grid.customers(k) for k in ("near", "own", "repair")] == [1.0, 1.0, 1.0]


def test_a_line_has_the_kind_of_what_it_feeds_and_an_open_one_that_of_its_beginning():
    names = "id bus jurisdiction x y customers outage_h n_upstream n_own n_border n_repair"
    loads = columns("loads", names, [
        (bus, bus, "a", 0.0, 0.0, 1.0, 1.0, 0.1, own, border, 1.0)
        for bus, own, border in (("b", 0.0, 0.0), ("d", 0.0, 1.0), ("z", 1.0, 0.0))
    ])
    # s - b - c - d, then the open tie d - z; c has no customers; d helps nobody above it
    lines = [("sb", "b", "s", "s", "b"), ("bc", "b", "c", "b", "c"), ("cd", "d", "c", "c", "d"),
             ("tie", "z", "d", "d", "")]
    branches = columns("branches", "id from_bus to_bus fed_from feeds x0 y0 x1 y1",
                       [(*line, 0.0, 0.0, 1.0, 1.0) for line in lines])
    kinds = [KINDS[k] for k in grid_of({"loads": loads, "branches": branches}).branches]
    assert kinds == ["repair", "border", "border", "border"]


def test_eight_thousand_sections_stay_a_small_page():
    class Large(FakeEngine):
        def evaluate(self, network, cases, *, detail=False):
            large = replace(network, n_feeders=540)
            for outcome in super().evaluate(network, cases):
                made = fake_tables(large, dict.fromkeys(network.pairs, True)) if detail else {}
                yield Outcome(outcome.values.copy(), outcome.gap.copy(), made)

    large = make(3, engine=Large())
    assert len(large.networks["power"].detail["together"]["branches"]) > 8000
    assert len(render(large, "zh").encode()) < 1_000_000


def test_markup_escapes_text_once_and_keeps_markup():
    assert el("p", "a < b", el("b", "&")) == "<p>a &lt; b<b>&amp;</b></p>"
    assert el("a", title='"x"', hidden=True, lang=None) == '<a title="&quot;x&quot;" hidden></a>'
    assert join(["x", Html("<i>")], None) == "x<i>"
    assert el("circle", r=2.5, class_="dot") == '<circle r="2.5" class="dot"/>'
