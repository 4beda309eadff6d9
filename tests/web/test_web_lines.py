"""A region of lines in the browser: what a suspended line costs."""

from pathlib import Path

import httpx
import pytest
from serving import serving
from waiting import WAIT_S

from tieline.web.app import create_app
from tieline.web.desk import Desk
from tieline.web.tasks import Broken, Task

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
