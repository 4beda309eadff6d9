"""What was patrolled and sampled is held against what was planned for that month."""

from datetime import date

import pytest
from small_ledger import NOTE

from tieline.errors import LedgerError
from tieline.ledger import Entry, Principal
from tieline.ledger.coverage import coverage, coverage_listing, months_between
from tieline.ledger.ledger import KEEPER

FIRST = date(2019, 1, 1)


@pytest.fixture
def waters(ledger):
    """A lake with a plan that doubles in November, and a sampling plan of two parameters."""
    ledger.commit(NOTE, [
        Entry("boundary_water", "lake", {
            "owner": "jiashan", "name_zh": "湖(虚构)", "shared_by": ["jiashan", "qingpu"],
            "patrols_per_month": 2}, FIRST),
        Entry("", "lake", {"patrols_per_month": 4}, date(2019, 11, 1)),
        Entry("sampling", "plan", {
            "parent": "lake", "name_zh": "断面(虚构)", "parameters": ["NH3-N", "DO"],
            "per_month": 2}, FIRST),
        *(Entry("indicator", name, {"parent": "plan", "name_zh": name}, FIRST)
          for name in ("nh3", "do")),
    ])
    return ledger


def patrol(name, day, *, joint=False):
    return Entry("patrol", name, {"parent": "lake", "date": day, "by": ["post a"],
                                  "joint": joint}, date(2019, 12, 1))


def sample(indicator, day):
    return Entry("observation", None, {"parent": indicator, "date": day, "value": "1"}, FIRST)


def found(ledger, month, who=KEEPER):
    return {c.what: (c.due, c.done, c.joint, c.share) for c in coverage(ledger, [month], who)}


def test_a_patrol_counts_for_its_month_against_the_plan_of_that_month(waters):
    waters.commit(NOTE, [patrol("a", "2019-10-03"), patrol("b", "2019-10-20", joint=True),
                         patrol("c", "2019-10-21"), patrol("d", "2019-11-02")])
    assert found(waters, "2019-10")["patrol"] == (2, 3, 1, 1.0)
    assert found(waters, "2019-11")["patrol"] == (4, 1, 0, 0.25)
    assert found(waters, "2019-12")["patrol"] == (4, 0, 0, 0.0)
    assert found(waters, "2018-12") == {}


def test_of_a_sampling_plan_the_parameter_sampled_least_counts(waters):
    waters.commit(NOTE, [sample("nh3", "2019-10-03"), sample("nh3", "2019-10-17")])
    assert found(waters, "2019-10")["sampling"] == (2, 0, 0, 0.0)
    waters.commit(NOTE, [sample("do", "2019-10-17")])
    assert found(waters, "2019-10")["sampling"] == (2, 1, 0, 0.5)
    waters.commit(NOTE, [Entry("", "plan", {"parameters": ["NH3-N", "DO", "TP"]}, FIRST)])
    assert found(waters, "2019-10")["sampling"] == (2, 0, 0, 0.0)


def test_who_may_not_read_a_plan_does_not_learn_of_its_coverage(waters):
    assert found(waters, "2019-10", Principal("other", ("wujiang",))) == {}
    assert set(found(waters, "2019-10", Principal("own", ("jiashan",)))) == {"patrol", "sampling"}


def test_months_are_written_as_months(waters):
    assert months_between("2019-11", "2020-02") == ["2019-11", "2019-12", "2020-01", "2020-02"]
    with pytest.raises(LedgerError, match="a month like 2019-10"):
        coverage(waters, ["October"], KEEPER)
    table = coverage_listing(coverage(waters, ["2019-10"], KEEPER), "zh")
    assert table.titles[-1] == "覆盖率"
    assert {r[1] for r in table.rows} == {"巡查", "采样"}
