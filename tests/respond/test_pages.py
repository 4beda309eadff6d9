"""The plan as a page and as order sheets: nothing left out, nothing from outside, two languages."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hand_plan import plan, response

from tieline.publish.respond.curve import nice, tick, time_ticks
from tieline.publish.respond.grid import KINDS, drawn
from tieline.publish.respond.orders import (
    after_others,
    after_own,
    calls,
    file_name,
    ordered,
    own_steps,
    render_orders,
)
from tieline.publish.respond.page import notes, render
from tieline.publish.respond.timeline import INNER, LABEL_APART, moments
from tieline.publish.respond.voice import Face
from tieline.publish.words import HAN, Words


@pytest.fixture(params=["en", "zh"])
def lang(request):
    return request.param


def body(text):
    """The page as a tree: it is well-formed."""
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


def words_of(text):
    return " ".join("".join(body(text).find("body").itertext()).split())


def test_the_page_is_well_formed_and_needs_nothing_else(lang):
    text = render(response(), lang)
    body(text)
    for outside in ("http:", "https:", "<script", "@import", "url(", "src="):
        assert outside not in text
    assert render(response(), lang) == text


def test_the_page_says_what_the_dispatcher_must_know(lang):
    shown = words_of(render(response(), lang))
    expected = {
        "en": ["5 of 6 customers are back within 40 min", "10 h", "Draft for approval",
               "never connected to control systems", "not for demarcation",
               "demonstration, unofficial", "It is proved that no plan does better",
               "interrupts 5 customers once more, for 5 min", "Two towns & more", "one <note>",
               "tieline respond REGION_FOLDER --incident storm-1", "control room West",
               "crew 7", "a crew of West", "lowest 0.962 pu", "not kept", "would load L9 to 130 %",
               "E-source", "CNY 92.5"],
        "zh": ["6 户中，5 户在 40 分钟内", "草案，待批准", "不与控制系统相连", "不作为划界依据",
               "演示·非官方", "已证明", "再停电 5 分钟", "一条<附注>", "西镇调度", "班组 7",
               "与东镇协调", "L9 负载率 130 %", "92.5 元"],
    }[lang]
    assert [e for e in expected if e not in shown] == []


def test_every_step_of_the_plan_stands_in_the_table(lang):
    tree = body(render(response(), lang))
    rows = tree.findall(".//table[@class='steps']/tbody/tr")
    numbers = [r.find("th/span").text for r in rows if r.get("class") != "phase"]
    assert numbers == [str(k) for k in range(1, 10)]


def test_steps_after_midnight_name_the_day():
    shown = words_of(render(response(), "en"))
    assert "00:10 (+1 d)" in shown


@pytest.mark.parametrize(("proof", "gap", "said"), [
    ("gap", 2.34, "at most 2.34 customer-hours more"), ("heuristic", 0.0, "was not examined"),
])
def test_how_sure_the_plan_is_stands_in_the_headline(proof, gap, said):
    assert said in words_of(render(response(proof=proof, gap=gap), "en"))


def test_a_plan_that_cannot_help_says_so():
    shown = words_of(render(response(states=("waiting", "apart")), "en"))
    assert "No customer can be switched back: 6 wait for the repair, the last for 10 h" in shown


def test_without_a_picture_there_is_no_map_and_with_one_there_are_three(lang):
    assert 'class="map"' not in render(response(drawn=False), lang)
    assert render(response(), lang).count('class="map"') == 3


def test_each_state_is_drawn_as_its_customers_come_back():
    r = response()
    helped, waited = drawn(r, "together"), drawn(r, "waiting")
    names = dict(zip(r.picture["branches"]["id"], helped.kinds, strict=True))
    assert {i: KINDS[k] for i, k in names.items()} == {
        "L1": "fault", "L2": "border", "LT": "border", "L3": "live"}
    assert [KINDS[k] for k in waited.kinds] == ["fault", "repair", "live", "live"]
    assert helped.customers["border"] == 5.0
    assert helped.customers["repair"] == 1.0
    assert waited.customers["repair"] == 6.0
    assert {(d.id, d.action, d.numbers) for d in helped.dots} == {
        ("Q2", "open", (3,)), ("T", "close", (5,))}


def test_it_is_said_where_waiting_differs_between_states():
    r = response()
    assert notes(Face(r, Words("en"))) == ["one <note>"]
    r.plans["together"].waiting.values.setflags(write=True)
    r.plans["together"].waiting.values[0, 2] = 42.0
    assert "“together”, waiting would cost 42" in notes(Face(r, Words("en")))[1]


def test_curves_are_drawn_on_round_ticks():
    for top in (1.0, 3.0, 30.0, 31.0, 999.0, 12345.0):
        assert nice(top) >= top
        assert nice(top) / tick(nice(top)) <= 8
    for end in (60.0, 2400.0, 36600.0, 1e6):
        assert 2 <= len(time_ticks(end)) <= 30


@pytest.mark.parametrize(("seconds", "en", "zh"), [
    (0, "0 s", "0 秒"), (65, "1 min 5 s", "1 分 5 秒"), (2400, "40 min", "40 分钟"),
    (36600, "10 h 10 min", "10 小时 10 分"), (7200, "2 h", "2 小时"), (3599, "1 h", "1 小时"),
    (float("inf"), "ever", "无期"),
])
def test_durations_are_said_as_people_say_them(seconds, en, zh):
    assert Face(response(), Words("en")).lasting(seconds) == en
    assert Face(response(), Words("zh")).lasting(seconds) == zh


def test_members_have_their_names_by_field_and_no_word_of_a_reason_is_taken_for_an_id():
    r = response()
    face, zh = Face(r, Words("en")), Face(r, Words("zh"))
    agree = next(s for s in r.plan.steps if s.action == "agree")
    assert face.reason(agree) == "agree with East before the switch is operated"
    assert zh.reason(agree) == "操作前与东镇协调"
    refused = r.table("together", "refused")
    assert face.refusal(refused, 0) == ("would load L9 to 130 %", "T and west")
    assert "East and West would have to be open" in face.refusal(refused, 1)[0]
    assert zh.refusal(refused, 1)[0] == "本情形未开放：需东镇、西镇相互开放"
    other = replace(agree, action="close", reason="its feeder, west of the river, opens")
    assert face.reason(other) == "its feeder, west of the river, opens"


def test_a_row_says_a_trip_in_order_and_gives_no_reason_that_only_repeats():
    said = words_of(render(response(), "en"))
    assert "protectionQ1 tripsWestfault" in said
    assert "go to Q2Weston the way" not in said
    assert "heaviest 0 %" not in said  # nothing live was changed


def test_what_the_region_says_of_its_data_is_headed_in_the_language_of_the_page():
    r = response()
    r = replace(r, region=replace(r.region, provenance={"scale": "五分之一 / a fifth"}))
    assert "<dt>规模</dt><dd>五分之一</dd>" in render(r, "zh")
    assert "<dt>scale</dt><dd>a fifth</dd>" in render(r, "en")


@pytest.mark.parametrize("end_s", [300, 600, 2400, 5000, 14400, 36960, 50000, 90000, 2.6e5, 1.3e6])
def test_the_time_line_has_round_moments_over_the_whole_plan(end_s):
    found = moments(end_s)
    at = [INNER * math.sqrt(t / end_s) for t in found]
    assert found[0] == 0.0
    assert all(b - a >= LABEL_APART for a, b in itertools.pairwise(at))
    assert INNER - at[-1] < 2.6 * LABEL_APART
    assert len(found) >= 4


def test_ten_hours_are_marked_to_the_tenth():
    assert [t / 3600 for t in moments(36960)] == pytest.approx(
        [0, 1 / 6, 0.5, 1, 2, 3, 4, 6, 8, 10]
    )


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="fr"):
        render(response(), "fr")


def test_a_sheet_holds_its_own_steps_and_no_other(lang):
    r = response()
    assert ordered(r) == ("west", "east")
    assert [n for n, _ in own_steps(r, "west")] == [1, 2, 3, 5, 6, 7, 9]
    assert [n for n, _ in own_steps(r, "east")] == [8]
    for j, mine in (("west", ["1", "2", "3", "5", "6", "7", "9"]), ("east", ["8"])):
        tree = body(render_orders(r, lang, j))
        rows = tree.findall(".//table[@class='order ops']/tbody/tr")
        assert [x.findall("td")[1].text for x in rows if x.get("class") != "phase"] == mine


def test_each_agreement_is_a_call_for_both_sides():
    r = response()
    told = {j: [(c.number, c.kind, c.partner) for c in calls(r, j)] for j in ("west", "east")}
    assert (5, "ask", "east") in told["west"]
    assert (5, "give", "west") in told["east"]
    assert (8, "ask", "west") in told["east"]
    assert (8, "give", "east") in told["west"]
    for j, other in (("west", "east"), ("east", "west")):
        for number, kind, partner in told[j]:
            mirror = {"ask": "give", "give": "ask", "tell": "report", "report": "tell"}[kind]
            assert partner == other
            assert (number, mirror, j) in told[other]


def test_a_step_waits_for_the_step_of_the_other_side_that_concerns_it():
    r = response()
    assert [k for k, _ in after_others(r, "west", 9)] == [8]
    assert [k for k, _ in after_others(r, "east", 8)] == [7]
    assert after_own(r, "west", 5) == [3]
    assert after_own(r, "west", 6) == []
    assert after_own(r, "west", 7) == [6]


def test_all_sheets_stand_on_pages_of_their_own_with_lines_to_sign(lang):
    text = render_orders(response(), lang)
    tree = body(text)
    sheets = tree.findall(".//section[@class='sheet']")
    assert len(sheets) == 2
    assert "break-after: page" in text
    for sheet in sheets:
        assert sheet.findall(".//span[@class='box']")
        assert len(sheet.findall(".//table[@class='order roles']/tbody/tr")) == 3
        shown = "".join(sheet.itertext())
        for said in (("Not valid until approved", "draft for approval") if lang == "en"
                     else ("不得执行", "草案，待批准")):
            assert said in shown


def test_sheets_of_a_plan_without_steps_say_so():
    r = response()
    empty = plan(helped=False)
    object.__setattr__(empty, "steps", ())
    object.__setattr__(r, "plans", {"together": empty})
    assert "No jurisdiction has a step" in words_of(render_orders(r, "en"))


def test_the_english_pages_hold_no_chinese():
    for text in (render(response(), "en"), render_orders(response(), "en")):
        assert not HAN.search(words_of(text))


def test_a_file_name_is_one_that_every_disk_takes():
    assert file_name("west") == "orders-west"
    assert not re.search(r"[^\w.-]", file_name("a/b:c"), re.ASCII)
