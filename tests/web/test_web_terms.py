"""Appraisal pages told on other terms: index of pairs, unions, what may be spent."""

import pytest
from waiting import settled, waited

import tieline
from tieline.errors import CaseError
from tieline.web.asking import Terms
from tieline.web.choice import terms_of

API = "/api/v1/appraisal"


def test_unions_are_by_name_or_id_and_funds_apart_by_spaces(desk):
    found = terms_of(desk.facts, "stii", ["西镇\uff0ceasttown; networks"], ["2e6 2028=5e5"],
                     every=True)
    assert found == Terms("STII", (("westtown", "easttown"), ("networks",)),
                          ("2e6", "2028=5e5"), True)
    assert terms_of(desk.facts, "", [""], [""], every=False) == Terms()
    over = terms_of(desk.facts, "", [], [], every=False, over=["base", "hot_summer", "base"])
    assert over == Terms(over=("base", "hot_summer"))
    with pytest.raises(CaseError, match="over two or more scenarios"):
        terms_of(desk.facts, "", [], [], every=False, over=["base"])


@pytest.mark.parametrize(("unions", "funds", "index", "told"), [
    (["easttown"], [], "", "two or more"), (["easttown,westwn"], [], "", "nearest: 'westtown'"),
    ([], ["0"], "", "amounts are > 0"), ([], [], "shap", "index 'shap' is not known"),
])
def test_terms_that_cannot_be_are_refused(desk, unions, funds, index, told):
    with pytest.raises(CaseError, match=told):
        terms_of(desk.facts, index, unions, funds, every=False)


def test_the_page_tells_on_the_terms_asked_for_and_keeps_them(client):
    page = settled(client, "/appraise?lang=zh&union=西镇,东镇&funds=1e6&every=1&index=BII")
    assert page.status_code == 200
    for words in ("欧文值", "班扎夫值", "全部预算下的组合", 'value="西镇,东镇"',
                  '<option value="BII" selected>'):
        assert words in page.text
    usual = settled(client, "/appraise?lang=zh").text
    assert "<th scope=\"col\">欧文值" not in usual
    assert "全部预算下的组合" not in usual


def test_portfolios_over_scenarios_stand_on_the_page(client):
    page = settled(client, "/appraise?lang=zh&over=base&over=hot_summer&funds=1e6")
    assert page.status_code == 200
    for words in ("各情景下都站得住的项目组合", "核心指数", "南联络线",
                  'name="over" value="hot_summer" checked'):
        assert words in page.text
    nothing = settled(client, "/appraise?lang=zh&over=base&over=before_the_tie&funds=1")
    assert "各情景下都站得住的项目组合" in nothing.text
    assert "各情景下都站得住的项目组合</h2>" not in settled(client, "/appraise?lang=zh").text


def test_refused_terms_are_said_on_the_page(client):
    page = client.get("/appraise?lang=zh&funds=0")
    assert page.status_code == 422
    assert "金额须大于 0" in page.text


def test_the_api_answers_as_the_library_does(client, towns):
    query = {"union": "easttown,westtown", "funds": ["1e6", "2028=9.5e5"], "index": "BII"}
    answer = waited(client, client.get(API, params=query)).json()
    frames = tieline.appraise(towns, unions=[["easttown", "westtown"]], detail=False,
                              funds=["1e6", "2028=9.5e5"], index="BII").frames()
    assert len(answer["portfolio_budgets"]) == len(frames["portfolio_budgets"])
    assert [r["spent"] for r in answer["portfolio_budgets"]] == pytest.approx(
        frames["portfolio_budgets"].spent.tolist())
    assert {r["rule"] for r in answer["solutions"]} == set(frames["solutions"].rule)
    assert client.get(API, params={"union": "easttown"}).status_code == 422
