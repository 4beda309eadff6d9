"""Signals by rule and by hand, criteria, kinds and code lists: all of them data."""

import re
from datetime import date
from decimal import Decimal

import pytest
from small_ledger import NOTE, make_ledger, project

from tieline.errors import InputError
from tieline.ledger import Entry
from tieline.ledger.criteria import (
    Criterion,
    Programme,
    failing,
    judge,
    judgements,
    load_programmes,
)
from tieline.ledger.kinds import FACETS, package_catalogue
from tieline.ledger.ledger import KEEPER
from tieline.ledger.signals import load_rules, run_rules

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE = package_catalogue()
DAY = date(2019, 12, 1)


def colours(ledger, day=DAY):
    run_rules(ledger, NOTE, load_rules(), day, KEEPER)
    return {s.id: (s.get("signal_rule"), s.get("signal_why"))
            for s in ledger.view(as_of=day).records("project")}


def test_a_late_milestone_turns_a_project_yellow_and_then_red(ledger):
    ledger.commit(NOTE, [project(), Entry("milestone", "m1", {
        "parent": "p1", "name_zh": "开工", "due": "2019-11-30"}, date(2019, 1, 1))])
    assert colours(ledger, date(2019, 11, 30))["p1"] == ("green", None)
    assert colours(ledger)["p1"] == ("yellow", "milestone-late: 1")
    assert colours(ledger, date(2020, 2, 1))["p1"] == ("red", "milestone-very-late: 63")
    ledger.commit(NOTE, [Entry(record="m1", values={"met": "2020-02-02"},
                               valid_from=date(2020, 2, 2))])
    assert colours(ledger, date(2020, 2, 3))["p1"] == ("green", None)
    assert [t.by["signal"] for t in ledger.view(as_of=DAY).totals(("signal",))] == ["yellow"]


def test_a_colour_by_hand_counts_and_both_are_kept(ledger):
    ledger.commit(NOTE, [
        project(signal_override="green", signal_reason="the date was moved (虚构)"),
        Entry("supervision", "s1", {"parent": "p1", "name_zh": "征地", "list": "一", "deadline":
              "2019-11-01"}, date(2019, 1, 1))])
    assert colours(ledger)["p1"][0] == "red"
    seen = ledger.view(as_of=DAY).record("p1")
    assert (seen.get("signal_override"), seen.get("signal_rule")) == ("green", "red")
    assert [t.by["signal"] for t in ledger.view(as_of=DAY).totals(("signal",))] == ["green"]


def test_running_the_rules_again_changes_nothing(ledger):
    ledger.commit(NOTE, [project(), Entry("issue", "i1", {
        "parent": "p1", "name_zh": "x", "due": "2019-10-01"}, date(2019, 1, 1))])
    assert colours(ledger)["p1"] == ("yellow", "issue-late: 61")
    assert run_rules(ledger, NOTE, load_rules(), DAY, KEEPER) is None


def test_investment_is_held_against_the_plan_of_the_year_in_one_currency(ledger):
    def parts(done):
        return [project(), Entry("year_plan", "y1", {
            "parent": "p1", "year": 2019, "investment": "1亿元"}, date(2019, 1, 1)),
            Entry("progress", "g1", {"parent": "p1", "month": "2019-06", "invested_month": done},
                  date(2019, 1, 1))]

    ledger.commit(NOTE, parts("9000万元"))
    assert colours(ledger)["p1"][0] == "green"
    ledger.commit(NOTE, [Entry(record="g1", values={"invested_month": "3000万元"},
                               valid_from=date(2019, 1, 1))])
    assert colours(ledger)["p1"][0] == "yellow"
    ledger.commit(NOTE, [Entry(record="g1", values={"invested_month": "1万美元"},
                               valid_from=date(2019, 1, 1))])
    assert colours(ledger)["p1"][0] == "green"  # not to be said across currencies


def test_a_region_has_its_own_rules(tmp_path):
    (tmp_path / "rules").mkdir()
    path = tmp_path / "rules" / "signals.toml"
    path.write_text('[[rule]]\nid = "x"\nmeasure = "issue_days_late"\nabove = 1\ncolour = "red"\n'
                    'title = "x"\ntitle_zh = "x"\nbegins = 2021-01-01\n', "utf-8")
    assert [r.begins for r in load_rules(tmp_path)] == ["2021-01-01"]
    path.write_text('[[rule]]\nid = "x"\nmeasure = "luck"\nabove = 1\ncolour = "red"\n'
                    'title = "x"\ntitle_zh = "x"\n', "utf-8")
    with pytest.raises(InputError, match="known measure"):
        load_rules(tmp_path)


@pytest.mark.parametrize(("area", "met"), [
    ("16.5", True), ("5", False), ("> 5", None), ("> 7", True), ("约 7", None), (None, None),
    ("不足5", False), ("不超过5", False), ("不足6.67", False), ("不超过6.67", None), ("< 7", None),
])
def test_a_criterion_is_met_failed_or_not_to_be_said(ledger, area, met):
    ledger.commit(NOTE, [Entry("platform", "x", {
        "owner": "jiashan", "name_zh": "占位园区(虚构)", "area": area}, date(2019, 1, 1))])
    found, output = judge(ledger.view().record("x"), load_programmes()["ten_thousand_mu"])
    assert found.met is met
    assert found.criterion.id == "area"
    assert output.met is None  # nobody said what it produces


def test_a_criterion_may_be_per_mu(ledger):
    ledger.commit(NOTE, [project(investment="2亿元", land_mu="40")])
    programme = Programme("p", "x", "x", "project", "made up", (
        Criterion("per mu", "investment", "4900000", "x", "x", "CNY", "land_mu"),
        Criterion("too much", "investment", "5100000", "x", "x", "CNY", "land_mu"),
        Criterion("other money", "investment", "1", "x", "x", "USD")))
    found = judge(ledger.view().record("p1"), programme)
    assert [j.met for j in found] == [True, False, None]
    assert Decimal(found[0].found.replace(",", "")) == 5_000_000


@pytest.mark.parametrize(("field", "enough", "short"), [
    ("fixed_investment", "5亿元", "4.99亿元"), ("output_per_year", "10亿元", "9.99亿元"),
    ("tax_per_year", "1亿元", "0.99亿元"), ("rd_share", "3", "2.9"), ("rd_staff_share", "10", "9"),
])
def test_each_threshold_of_the_zones_admission_is_held(ledger, field, enough, short):
    admission = load_programmes()["zone_admission"]
    assert admission.status == "reported"
    for name, value in (("yes", enough), ("no", short)):
        ledger.commit(NOTE, [project(name, land_mu="100", **{field: value})])
        judged = {j.criterion.field: j.met for j in judge(ledger.view().record(name), admission)}
        assert judged.pop(field) is (name == "yes")
        assert len(judged) == 4
        assert set(judged.values()) == {None}


def test_a_platform_reaches_the_hundred_billion_or_fails_by_it(ledger):
    ledger.commit(NOTE, [
        Entry("platform", name, {"owner": "jiashan", "name_zh": "占位园区(虚构)", "area": "16.5",
                                 "output_per_year": output}, date(2019, 1, 1))
        for name, output in (("a", "1000亿元"), ("b", "900亿元"))])
    table = judgements(ledger.view(), load_programmes()["ten_thousand_mu"], (), "zh")
    assert failing(table, "zh") == ["占位园区(虚构) (b):年产值(元) 900亿元 < 100,000,000,000 CNY"]
    assert {row[4] for row in table.rows} == {"公开报道"}


def test_a_region_adds_kinds_and_codes_of_its_own(tmp_path):
    folder = tmp_path / "ledger"
    (folder / "kinds").mkdir(parents=True)
    (folder / "codes").mkdir()
    (folder / "kinds" / "bridge.toml").write_text(
        'title = "Bridge"\ntitle_zh = "桥"\nmeaning = "x"\nmeaning_zh = "x"\n[fields]\n'
        'name_zh = {type="text", required=true, title="Name", title_zh="名称"}\n', "utf-8")
    (folder / "codes" / "stage.toml").write_text(
        'title = "x"\ntitle_zh = "x"\ncode = [{code="paused", title="Paused", title_zh="暂停", '
        'begins=2021-01-01}]\n', "utf-8")
    with make_ledger(tmp_path / "l.sqlite") as ledger:
        ledger.commit(NOTE, [Entry("bridge", "b", {"owner": "jiashan", "name_zh": "桥"})])
        ledger.commit(NOTE, [project(stage="暂停", day=date(2021, 1, 1))])
        with pytest.raises(InputError, match="did not hold on 2020-12-31"):
            ledger.commit(NOTE, [Entry(record="p1", values={"stage": "paused"},
                                       valid_from=date(2020, 12, 31))])
        assert ledger.verify().holds


def test_the_code_of_a_county_is_that_of_the_day(ledger):
    code = {"code": "320584"}, {"code": "320509"}
    ledger.commit(NOTE, [Entry(record="wujiang", values=code[0], valid_from=date(1992, 1, 1)),
                         Entry(record="wujiang", values=code[1], valid_from=date(2012, 1, 1))])
    seen = [ledger.view(as_of=date(y, 6, 1)).record("wujiang").get("code") for y in (2011, 2012)]
    assert seen == ["320584", "320509"]


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_kind_is_explained_in_both_languages(name):
    kind = CATALOGUE[name]
    assert kind.title
    assert kind.meaning
    assert CHINESE.search(kind.title_zh)
    assert CHINESE.search(kind.meaning_zh)
    assert set(kind.facets) <= set(FACETS)
    assert set(kind.parents) <= set(CATALOGUE)
    for field in kind.fields.values():
        assert field.title, field.name
        assert CHINESE.search(field.title_zh), field.name
        assert set(field.refers) <= set(CATALOGUE), field.name
        assert not field.codes or field.codes in CATALOGUE.codes, field.name
        assert field.codes if field.type == "choice" else not field.codes or field.type == "text"


@pytest.mark.parametrize("name", list(CATALOGUE.codes))
def test_every_code_is_explained_in_both_languages(name):
    listed = CATALOGUE.codes[name]
    assert CHINESE.search(listed.title_zh)
    for code in listed.codes:
        assert code.title
        assert CHINESE.search(code.title_zh), code.code


def test_where_nothing_is_measured_no_colour_is_given(ledger):
    ledger.commit(NOTE, [project(), Entry("milestone", "m1", {
        "parent": "p1", "name_zh": "日期未定"}, date(2019, 1, 1))])
    assert run_rules(ledger, NOTE, load_rules(), DAY, KEEPER) is None
    assert ledger.view(as_of=DAY).record("p1").get("signal_rule") is None


def test_a_milestone_of_public_reports_alone_gives_no_colour(ledger):
    ledger.commit(NOTE, [
        project(), project("p2"),
        *(Entry("milestone", f"m{n}", {"parent": f"p{n}", "name_zh": "结顶", "due": "2019-06-30",
                                       **values}, date(2019, 1, 1))
          for n, values in ((1, {"status": "reported"}), (2, {}))),
    ])
    run_rules(ledger, NOTE, load_rules(), DAY, KEEPER)
    view = ledger.view(as_of=DAY)
    assert view.record("p1").get("signal_rule") is None
    assert view.record("p2").get("signal_rule") == "red"
