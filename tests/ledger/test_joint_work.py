"""A case goes from hand to hand across borders, and everybody sees who must act by when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from small_ledger import COUNTIES, NOTE, make_ledger

from tieline.errors import ConflictError, InputError, LedgerError, RightsError
from tieline.ledger import Entry, Principal
from tieline.ledger.work.calendar import Calendar, Deadline, load_calendar
from tieline.ledger.work.desk import Deed, Desk
from tieline.ledger.work.workflow import actions, workflows

START = datetime(2019, 10, 31, 1, 0, tzinfo=UTC)  # nine in the morning, a Thursday
CHINA = "Asia/Shanghai"


def office(county, *roles):
    return Principal(f"{roles[0] if roles else 'river_office'} of {county}", (county,),
                     ("editor", *(roles or ("river_office",))))


@pytest.fixture
def joined(place):
    """Three counties that have agreed to let each other work on their cases."""
    with make_ledger(place) as made:
        made.commit(NOTE, [
            Entry("share_rule", f"joint-{a}-{b}", {
                "owner": a, "grantee": b, "actions": ["read", "write"],
                "kinds": ["case", "case_step"], "fields": ["*"], "purpose": "joint work"},
                date(2019, 1, 1))
            for a in COUNTIES for b in COUNTIES if a != b])
        yield made


def desk(ledger, county, *roles, hours=0.0):
    return Desk(ledger, office(county, *roles), calendar=Calendar(),
                now=START + timedelta(hours=hours))


def opened(ledger):
    desk(ledger, "wujiang").open("water_case", "wujiang", "jiashan", Deed(
        "floating plants seen on patrol", values={"name_zh": "水葫芦聚集(虚构)"}), "c1")


def test_a_water_case_passes_three_counties_and_is_settled(joined):
    opened(joined)
    assert [t.case.id for t in desk(joined, "jiashan").inbox(jurisdiction="jiashan")] == ["c1"]
    assert desk(joined, "qingpu").inbox(jurisdiction="qingpu") == []
    desk(joined, "jiashan", hours=1).act("c1", "accept", Deed("ours to pass on"))
    desk(joined, "jiashan", hours=2).act("c1", "hand_over", Deed("drifted on", to="qingpu"))
    desk(joined, "qingpu", hours=3).act("c1", "accept", Deed("it is here"))
    desk(joined, "qingpu", hours=4).act("c1", "do", Deed("boats sent"))
    desk(joined, "qingpu", hours=9).act(
        "c1", "evidence", Deed("cleaned", evidence=("sha256:ab photo.jpg",)))
    waiting = desk(joined, "wujiang", hours=10).inbox(jurisdiction="wujiang")
    assert [(t.case.id, t.role) for t in waiting] == [("c1", "river_office")]
    desk(joined, "wujiang", hours=20).act("c1", "verify", Deed("looked at"))
    desk(joined, "wujiang", hours=30).act("c1", "settle", Deed(
        "shared in three", values={"settled": "1.2万元", "settlement": "三地均摊(虚构)"}))
    case = joined.view().record("c1")
    assert case.get("state") == "settled"
    assert case.get("way") == ["wujiang", "jiashan", "qingpu"]
    assert desk(joined, "wujiang", hours=40).inbox() == []
    assert [s.get("action") for s in desk(joined, "qingpu", hours=40).steps("c1")] == [
        "open", "accept", "hand_over", "accept", "do", "evidence", "verify", "settle"]
    assert joined.verify().holds


def test_only_the_side_that_has_the_case_acts_in_its_role(joined):
    opened(joined)
    deed = Deed("it is ours")
    for who in (("qingpu",), ("wujiang",), ("jiashan", "project_office")):
        with pytest.raises(RightsError):
            desk(joined, *who).act("c1", "accept", deed)
    with pytest.raises(LedgerError, match="is for a case that is"):
        desk(joined, "jiashan").act("c1", "do", deed)
    with pytest.raises(RightsError):
        desk(joined, "jiashan").open("water_case", "qingpu", "wujiang", deed)
    desk(joined, "jiashan").act("c1", "accept", deed)


def test_without_the_agreement_nobody_abroad_sees_the_case(joined):
    opened(joined)
    joined.commit(NOTE, [Entry(record="joint-wujiang-jiashan", end=True)])
    assert desk(joined, "jiashan").inbox() == []
    with pytest.raises(LedgerError, match="may see"):
        desk(joined, "jiashan").act("c1", "accept", Deed("x"))


def test_a_refused_case_goes_back_with_the_reason(joined):
    opened(joined)
    with pytest.raises(InputError, match="expected a reason"):
        desk(joined, "jiashan").act("c1", "refuse", Deed(" "))
    desk(joined, "jiashan").act("c1", "refuse", Deed("not on our side"))
    case = joined.view().record("c1")
    assert (case.get("state"), case.get("holder")) == ("refused", "wujiang")
    desk(joined, "wujiang").act("c1", "hand_over", Deed("then yours", to="qingpu"))
    assert joined.view().record("c1").get("way") == ["wujiang", "jiashan", "qingpu"]
    assert "not on our side" in [s.get("reason") for s in desk(joined, "qingpu").steps("c1")]


def test_a_case_may_be_given_to_another_role(joined):
    opened(joined)
    desk(joined, "jiashan").act("c1", "reassign", Deed("theirs", role="harbour_office"))
    assert desk(joined, "jiashan").inbox(role="river_office") == []
    with pytest.raises(RightsError):
        desk(joined, "jiashan").act("c1", "accept", Deed("x"))
    desk(joined, "jiashan", "harbour_office").act("c1", "accept", Deed("x"))


@pytest.mark.parametrize(("action", "deed", "field"), [
    ("hand_over", Deed("x"), "the jurisdiction"), ("reassign", Deed("x"), "the role"),
])
def test_what_an_action_needs_must_be_given(joined, action, deed, field):
    opened(joined)
    desk(joined, "jiashan").act("c1", "accept", Deed("x"))
    with pytest.raises(InputError, match=f"expected {field}"):
        desk(joined, "jiashan").act("c1", action, deed)


def test_overdue_cases_are_listed_and_go_to_the_next_role_once(joined):
    opened(joined)
    assert desk(joined, "jiashan", hours=3.9).inbox(overdue=True) == []
    late = desk(joined, "wujiang", hours=4.1)
    assert [t.case.id for t in late.inbox(overdue=True)] == ["c1"]
    assert late.escalate(NOTE) == ["c1"]
    assert late.escalate(NOTE) == []
    assert [t.case.id for t in late.inbox(role="chief")] == ["c1"]
    desk(joined, "jiashan", hours=5).act("c1", "accept", Deed("late"))
    steps = desk(joined, "jiashan", hours=5).steps("c1")
    assert [(s.get("action"), s.get("late")) for s in steps][1:] == [
        ("escalate", True), ("accept", True)]
    assert late.inbox(role="chief") == []


def test_of_two_who_act_at_once_one_is_told(joined, monkeypatch):
    opened(joined)
    mine = desk(joined, "jiashan")
    view = joined.view(office("jiashan"), as_of=date(2019, 10, 31))
    desk(joined, "jiashan").act("c1", "accept", Deed("x"))
    monkeypatch.setattr(joined, "view", lambda *a, **k: view)
    with pytest.raises(ConflictError):
        mine.act("c1", "refuse", Deed("x"))


def test_working_days_are_counted_by_the_calendar():
    calendar = Calendar(holidays=frozenset({date(2019, 11, 4)}),
                        workdays=frozenset({date(2019, 11, 2)}))
    thursday = START
    end = calendar.due(thursday, Deadline(working_days=2), CHINA)
    assert end.isoformat() == "2019-11-03T00:00:00+08:00"  # Friday and the worked Saturday
    end = Calendar().due(thursday, Deadline(working_days=2), CHINA)
    assert end.isoformat() == "2019-11-05T00:00:00+08:00"  # Friday and Monday
    assert Calendar().due(thursday, Deadline(hours=1.5), CHINA) == START + timedelta(minutes=90)


def test_a_calendar_is_a_file_beside_the_ledger(tmp_path):
    (tmp_path / "calendar.toml").write_text("holidays = [2019-11-04]\nworkdays = []\n")
    assert not load_calendar(tmp_path).works(date(2019, 11, 4))
    (tmp_path / "calendar.toml").write_text('holidays = ["soon"]\n')
    with pytest.raises(InputError, match="expected dates"):
        load_calendar(tmp_path)
    assert load_calendar(None).works(date(2019, 11, 4))


def test_every_workflow_can_be_finished_and_names_known_states(ledger):
    states = {c.code for c in ledger.catalogue.codes["case_state"].codes}
    assert set(actions()) <= {c.code for c in ledger.catalogue.codes["case_action"].codes}
    assert {c.code for c in ledger.catalogue.codes["workflow"].codes} == set(workflows())
    for flow in workflows().values():
        assert set(flow.deadlines) <= states
        reached, before = {"opened"}, set()
        while reached != before:
            before = set(reached)
            reached |= {a.state for a in actions().values() if a.state and set(a.sources) & reached}
        assert reached == states
