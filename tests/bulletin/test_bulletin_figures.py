"""A figure is what its query gives, with change, status and source; a rerun says what changed."""

import dataclasses
import sqlite3
from datetime import date
from decimal import Decimal

import pytest
from bulletin_text import DAY, TEXT
from hypothesis import given
from hypothesis import strategies as st

from tieline.errors import InputError
from tieline.ledger import Entry, Note, Principal
from tieline.publish.bulletin.figure import (
    Figure,
    LookupFailedError,
    Query,
    canonical,
    digest_of,
    weakest,
)
from tieline.publish.bulletin.ledger_source import LedgerSource
from tieline.publish.bulletin.value import say, say_source, say_when
from tieline.publish.words import Words
from tieline.study.bulletins import BulletinDesk

ZH, EN = Words("zh"), Words("en")
NOTE = Note("the test", "to see")


def ask(desk, at=None, **parameters):
    return LedgerSource(desk.ledger, desk.who).read(
        Query("ledger", {"as_of": "2019-10-31", **parameters}), at)


def again(desk, figures, **options):
    return {r.figure.id: r for r in desk.rerun(figures, **options)}


def change(desk, record, day=DAY, **values):
    desk.ledger.commit(NOTE, [Entry(record=record, values=values, valid_from=day)])


def test_a_figure_carries_all_that_is_known_of_it(desk, template):
    figure = desk.compose(template).figures["firms"]
    number, hashed, instant = desk.ledger.head
    r = figure.reading
    assert r.value == {"type": "measure", "value": "250", "relation": ">", "unit": "家"}
    assert (r.status, r.source, r.when) == ("reported", "报告 / a report, page 3", "2019-10")
    assert (r.record, r.set_by) == ("firms-2019", 2)
    assert r.read_at == {"change": number, "hash": hashed, "instant": instant}
    assert figure.label == ("Firms", "企业")
    assert figure.query.parameters["as_of"] == "2019-10-31"


def test_a_sum_counts_what_it_rests_on_and_takes_the_weakest_status(desk, template):
    figure = desk.compose(template).figures["planned"]
    assert figure.reading.value["minor"] == 3 * 10**10
    assert figure.reading.rests_on == {"reported": 1, "synthetic": 1}
    assert figure.reading.status == "synthetic"


def test_records_are_counted(desk):
    made = ask(desk, kind="project", list="flagships", total="records")
    assert made.value["value"] == "2"
    assert ask(desk, kind="project", stage="idea", total="records").value["value"] == "1"


def test_a_bound_among_the_amounts_makes_the_sum_one(desk):
    change(desk, "canal", investment="超2亿元")
    made = ask(desk, kind="project", list="flagships", total="amount", field="investment")
    assert made.value["relation"] == ">"


@pytest.mark.parametrize(("parameters", "said"), [
    ({"record": "nobody", "field": "count"}, "record: expected a record that there is"),
    ({"field": "count"}, "record: expected a record, or a kind"),
    ({"kind": "projekt", "field": "investment"}, "kind: expected a kind"),
    ({"kind": "project", "field": "investment"}, "where: expected one record, found 2 records"),
    ({"record": "bridge", "field": "stage"}, "field: expected one of"),
    ({"record": "bridge", "field": "contact"}, "field: expected one of"),
    ({"record": "bridge", "field": "finish_actual"}, "expected a value in 'finish_actual'"),
    ({"record": "bridge", "feild": "opened"}, "feild: expected one of"),
    ({"kind": "project", "total": "sum"}, "total: expected one of records, amount"),
    ({"kind": "fund", "total": "amount", "field": "size"}, "at least one amount"),
    ({"kind": "project", "total": "amount", "field": "tax_per_year"}, "an amount of money in"),
    ({"record": "bridge", "field": "opened", "as_of": "soon"}, "as_of: expected a day"),
])
def test_a_query_that_cannot_be_answered_says_why(desk, parameters, said):
    with pytest.raises(LookupFailedError) as caught:
        ask(desk, **parameters)
    assert said in str(caught.value)


def test_currencies_are_never_added(desk):
    change(desk, "canal", investment="1亿美元")
    with pytest.raises(LookupFailedError, match="currency: expected one currency"):
        ask(desk, kind="project", list="flagships", total="amount", field="investment")


def test_bounds_that_disagree_are_not_added(desk):
    change(desk, "canal", investment="超2亿元")
    change(desk, "bridge", investment="不足1亿元")
    with pytest.raises(LookupFailedError, match="bounds agree"):
        ask(desk, kind="project", list="flagships", total="amount", field="investment")


def test_a_query_that_fails_is_told_with_the_place_of_its_figure(desk, template):
    text = TEXT.replace('record = "bridge"', 'record = "brigde"')
    with pytest.raises(InputError) as caught:
        desk.compose(text)
    (problem,) = caught.value.told
    assert problem.spot.line == text[: text.index("[figure.opened]")].count("\n") + 1
    assert "figure opened, record" in str(problem)
    assert "数字 opened" in problem.message("zh")


def test_an_unknown_source_is_told(desk):
    with pytest.raises(InputError, match="from = one of ledger, appraisal, plan"):
        desk.compose(TEXT.replace('from = "ledger"', 'from = "newspaper"', 1))


def test_the_reader_s_rights_hold(region, template):
    with BulletinDesk(region, who=Principal("easttown", ("easttown",), ("viewer",))) as desk, \
            pytest.raises(InputError):
        desk.compose(template)


def test_the_same_query_at_the_same_change_gives_the_same_bytes(desk, template):
    first = desk.compose(template)
    change(desk, "firms-2019", value="> 300家")
    at = first.read_at["change"]
    assert desk.compose(template, at=at).figures_json() == first.figures_json()
    assert desk.compose(template).digest != first.digest


def test_a_figure_survives_its_published_form(desk, template):
    for figure in desk.compose(template).figures.values():
        back = Figure.of_json(figure.to_json())
        assert back.digest == figure.digest
        assert back.reading.content() == figure.reading.content()


def test_still_true_is_said_when_nothing_changed_or_something_else_did(desk, template):
    figures = desk.compose(template).figures.values()
    change(desk, "bridge", remark="painted")
    found = again(desk, figures)
    assert {r.verdict for r in found.values()} == {"same"}
    assert found["firms"].text(ZH) == "企业：超过 250 家，仍成立"
    assert found["firms"].text(EN) == "Firms: more than 250, still true"


def test_a_correction_is_said_with_both_values(desk, template):
    figures = desk.compose(template).figures.values()
    change(desk, "firms-2019", value="> 240家")
    found = again(desk, figures)
    assert found["firms"].verdict == "corrected"
    assert not found["firms"].holds
    assert "原为 超过 250 家，现为 超过 240 家（数值有变）" in found["firms"].text(ZH)
    assert {r.verdict for k, r in found.items() if k != "firms"} == {"same"}


def test_a_change_of_status_or_source_is_a_correction_too(desk, template):
    figures = desk.compose(template).figures.values()
    change(desk, "firms-2019", status="verified")
    assert again(desk, figures)["firms"].changed == ("status",)
    assert "status changed" in again(desk, figures)["firms"].text(EN)


def test_what_is_another_today_still_holds_of_its_day(desk, template):
    figures = desk.compose(template).figures.values()
    change(desk, "flagships", date(2020, 6, 1), total="5亿元")
    found = again(desk, figures, today=date(2020, 12, 31))["total"]
    assert (found.verdict, found.holds) == ("later", True)
    assert "今日为 5 亿元" in found.text(ZH)


def test_a_record_that_is_no_more_is_said(desk, template):
    figures = desk.compose(template).figures.values()
    desk.ledger.commit(NOTE, [Entry(record="m-canal", valid_from=DAY, end=True),
                              Entry(record="bridge", valid_from=DAY, end=True)])
    found = again(desk, figures)
    assert found["opened"].verdict == "gone"
    assert not found["opened"].holds


def test_a_ledger_that_was_rewritten_is_found(region, desk, template):
    figures = list(desk.compose(template).figures.values())
    desk.close()
    with sqlite3.connect(region / "ledger.sqlite") as raw:
        names = [r[0] for r in raw.execute("select name from sqlite_master where type='trigger'")]
        for name in names:
            raw.execute(f'drop trigger "{name}"')
        raw.execute("update version set body = replace(body, '250', '999')")
    raw.close()
    with BulletinDesk(region) as opened:
        found = again(opened, figures)
    assert found["firms"].verdict == "altered"
    assert "已被改动" in found["firms"].text(ZH)


def test_a_hash_that_is_not_the_change_s_is_found(desk, template):
    figure = desk.compose(template).figures["firms"]
    at = {**figure.reading.read_at, "hash": "0" * 64}
    other = dataclasses.replace(figure, reading=dataclasses.replace(figure.reading, read_at=at))
    assert again(desk, [other])["firms"].verdict == "altered"


@pytest.mark.parametrize(("value", "zh", "en"), [
    ({"type": "measure", "value": "250", "relation": ">", "unit": "家"}, "超过 250 家",
     "more than 250"),
    ({"type": "measure", "value": "40", "relation": "=", "unit": "min"}, "40 分钟", "40 min"),
    ({"type": "measure", "value": "70", "relation": "=", "unit": "%"}, "70%", "70 %"),
    ({"type": "measure", "value": "16.5", "relation": "~", "unit": "km2"}, "约 16.5 平方公里",
     "about 16.5 km²"),
    ({"type": "measure", "value": "10000000", "relation": ">", "unit": "人次"}, "超过 1,000 万人次",
     "more than 10,000,000 (person-times)"),
    ({"type": "measure", "value": "12345678", "relation": "=", "unit": ""}, "12,345,678",
     "12,345,678"),
    ({"type": "measure", "value": "3", "relation": ">=", "unit": "{n}x"}, "不少于 3 {n}x",
     "at least 3 {n}x"),
    ({"type": "money", "minor": 2078 * 10**10, "currency": "CNY", "entered": "亿元"}, "2,078 亿元",
     "CNY 207.8 billion"),
    ({"type": "money", "minor": 7 * 10**9, "currency": "EUR", "entered": "万欧元"}, "7,000 万欧元",
     "EUR 70 million"),
    ({"type": "money", "minor": 200, "currency": "CNY", "entered": "元"}, "2 元", "CNY 2"),
    ({"type": "money", "minor": 5, "currency": "ARS", "relation": "<="}, "不超过 0.05 ARS",
     "at most ARS 0.05"),
    ({"type": "date", "value": "2019-09-10"}, "2019 年 9 月 10 日", "10 September 2019"),
    ({"type": "computed", "value": 40.0, "unit": "min"}, "40.0 分钟", "40.0 min"),
])
def test_values_are_written_as_each_language_does(value, zh, en):
    assert say(value, ZH) == zh
    assert say(value, EN) == en


@given(st.integers(-10**17, 10**17), st.sampled_from(["CNY", "USD", "JPY"]))
def test_no_digit_of_an_amount_is_lost_in_english(minor, currency):
    said = say({"type": "money", "minor": minor, "currency": currency}, EN)
    code, number, *word = said.split(" ")
    scale = {"": 0, "million": 6, "billion": 9, "trillion": 12}[word[0] if word else ""]
    back = Decimal(number.replace(",", "")).scaleb(scale + (0 if currency == "JPY" else 2))
    assert (code, back) == (currency, minor)


@pytest.mark.parametrize(("text", "zh", "en"), [
    ("2019-10", "2019 年 10 月", "October 2019"), ("2019", "2019 年", "2019"),
    ("2016..2019", "2016 年至 2019 年", "2016 to 2019"),
    ("至 2019-10", "至 2019 年 10 月", "until October 2019"), ("目标 / target", "目标", "target"),
])
def test_periods_are_written_as_each_language_does(text, zh, en):
    assert (say_when(text, ZH), say_when(text, EN)) == (zh, en)


def test_sources_are_cut_into_languages_sentence_by_sentence():
    text = "2019-10-31 报道 / report, 55, 56;印两次,只计一次 / printed twice"
    assert say_source(text, EN) == "report, 55, 56; printed twice"
    assert say_source(text, ZH) == "2019-10-31 报道；印两次,只计一次"


def test_the_weakest_status_is_that_on_which_least_can_rely():
    assert weakest({"reported": 9, "assumption": 1, "calibrated": 2}) == "assumption"
    assert weakest({"verified": 1, "reported": 1, "synthetic": 0}) == "reported"
    assert weakest({}) == ""


def test_digests_do_not_depend_on_the_order_of_keys():
    assert digest_of({"a": 1, "b": "二"}) == digest_of({"b": "二", "a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))


def test_figures_are_picked_by_words_and_their_lines_can_be_pasted(desk):
    (found,) = desk.pick("企业 firms-2019", as_of=DAY)
    assert found.reading.value["value"] == "250"
    assert found.query.parameters["record"] == "firms-2019"
    text = TEXT.replace("[figure.firms]\n", f"{found.toml()}\n[figure.firms]\n", 1)
    text = text.replace("{{firms}}", f"{{{{firms}}}} {{{{{found.name}}}}}")
    assert desk.compose(text).figures[found.name].reading.value == found.reading.value


def test_everything_that_may_be_a_figure_can_be_picked(desk):
    found = {(p.query.parameters["record"], p.query.parameters["field"]): p
             for p in desk.pick(as_of=DAY)}
    assert {("bridge", "investment"), ("bridge", "opened"), ("flagships", "count")} <= set(found)
    assert not [k for k in found if k[1] == "contact"]
    assert desk.pick("没有这样的词", as_of=DAY) == []
