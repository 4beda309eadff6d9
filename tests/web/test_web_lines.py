"""A region of lines in the browser: what a suspended line costs."""

from pathlib import Path

import httpx
import pytest
from serving import serving
from waiting import WAIT_S

from tieline.web.app import create_app
from tieline.web.asking import Broken, Task
from tieline.web.desk import Desk

LINES = Path(__file__).parents[2] / "examples" / "demonstration-lines"


@pytest.fixture(scope="module")
def lines():
    desk = Desk(LINES)
    for lang in ("zh", "en"):
        desk.ask(Task("plan", (Broken("syn6-suspended"), lang))).future.result(WAIT_S)
    with (serving(create_app(desk, close=False)) as found,
          httpx.Client(base_url=found, timeout=WAIT_S, trust_env=False) as client):
        yield client
    desk.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_respond_page_shows_who_loses_what_when_a_line_is_suspended(lines, lang):
    page = lines.get("/respond", params={"incident": "syn6-suspended", "lang": lang})
    assert page.status_code == 200
    for text in {"zh": ("谁损失多少", "陶庄", "合成接驳 A"),
                 "en": ("Who loses how much", "Taozhuang", "Shuttle A (synthetic)")}[lang]:
        assert text in page.text
    orders = lines.get("/respond/orders", params={
        "incident": "syn6-suspended", "jurisdiction": "jiashan", "lang": lang})
    assert orders.status_code == 200
    assert {"zh": "开行", "en": "runs"}[lang] in orders.text


def test_a_line_that_is_not_known_is_named(lines):
    page = lines.get("/respond", params={"fault": "line:nowhere", "lang": "en"})
    assert page.status_code == 422
    assert "there is no line or stop" in page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_how_far_one_comes_is_drawn_apart_and_together(lines, lang):
    page = lines.get("/lines", params={"from": "jiashan-T07", "lang": lang})
    assert page.status_code == 200
    assert page.text.count('class="map"') == 2
    assert {"zh": "从陶庄镇出发，携手", "en": "From Taozhuang, together"}[lang] in page.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_day_trip_is_answered_in_large_type(lines, lang):
    asked = lines.get("/trip", params={"lang": lang})
    assert asked.status_code == 200
    assert '<select id="to"' in asked.text
    page = lines.get("/trip", params={
        "from": "jiashan-T05", "to": "wujiang-T10", "date": "2019-10-18", "lang": lang})
    assert page.status_code == 200
    assert 'class="trip"' in page.text
    said = {"zh": "今天可以去，也可以回来。", "en": "You can go and come back today."}
    assert said[lang] in page.text


def test_one_may_ask_for_the_way_to_a_hospital_and_by_a_scenario(lines):
    asked = lines.get("/trip", params={"lang": "en"}).text
    to, scenario = (asked[asked.index(f'<select id="{k}"'):] for k in ("to", "scenario"))
    assert '<option value="wj5">' in to[: to.index("</select>")]
    assert '<option value="wj5">' not in asked[: asked.index('<select id="to"')]
    assert 'value="november_2019"' in scenario[: scenario.index("</select>")]
    page = lines.get("/trip", params={
        "from": "jiashan-T07", "to": "wj5", "scenario": "november_2019", "lang": "en"})
    assert page.status_code == 200
    assert "By the timetable of the scenario: With the zone lines opened" in page.text
    assert "You can go and come back today." in page.text


def test_what_one_reaches_is_counted_once_where_opportunities_are_people(lines):
    page = lines.get("/lines", params={"from": "jiashan-T07", "lang": "en"}).text
    assert "People within so many minutes" in page
    assert ">opportunities<" not in page


@pytest.mark.parametrize(("path", "asked", "said"), [
    ("/lines", {"from": "nowhere"}, "there is no place"),
    ("/trip", {"from": "jiashan-T05", "to": "nowhere"}, "there is no place"),
    ("/trip", {"from": "jiashan-T05", "to": "wujiang-T10", "stay": "long"}, "expected minutes"),
    ("/trip", {"from": "jiashan-T05", "to": "wujiang-T10", "date": "soon"}, "expected a date"),
    ("/trip", {"from": "jiashan-T05", "to": "wujiang-T10", "depart": "25"}, "a time as HH:MM"),
    ("/trip", {"from": "jiashan-T05", "to": "wujiang-T10", "date": "2035-01-01"}, "nothing runs"),
    ("/trip", {"from": "jiashan-T05", "to": "wujiang-T10", "scenario": "x"}, "is not known"),
])
def test_what_cannot_be_answered_is_said(lines, path, asked, said):
    page = lines.get(path, params={**asked, "lang": "en"})
    assert page.status_code == 422
    assert said in page.text


def test_a_region_without_lines_has_neither_page(bare):
    with httpx.Client(base_url=bare, timeout=WAIT_S, trust_env=False) as client:
        assert client.get("/lines").status_code == 404
        assert "/trip" not in client.get("/").text
