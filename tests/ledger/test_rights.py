"""Who may do what: the whole matrix of jurisdiction, action and field, and no way around it."""

from datetime import date
from itertools import product

import pytest
from small_ledger import COUNTIES, NOTE, project

from tieline.errors import InputError, LedgerError, RightsError
from tieline.ledger import Entry, Principal
from tieline.ledger.rights import ROLES, Rule, permitted

DAY = "2020-06-01"
RULES = (
    Rule("jiashan", "qingpu", frozenset({"read"}), frozenset({"project"}),
         frozenset({"name_zh", "stage"}), "2020-01-01", "2020-12-31"),
    Rule("jiashan", "wujiang", frozenset({"read", "write"}), frozenset({"*"}), frozenset({"*"}),
         "2021-01-01"),
    Rule("qingpu", "jiashan", frozenset({"read", "write"}), frozenset({"patrol"}),
         frozenset({"found"})),
)
EVERY, NONE, SEES = frozenset({"*"}), frozenset(), frozenset({"owner", "parent"})
SHARED = {  # who, action, owner, kind -> fields; all else between two jurisdictions is nothing
    ("qingpu", "read", "jiashan", "project"): SEES | {"name_zh", "stage"},
    ("jiashan", "read", "qingpu", "patrol"): SEES | {"found"},
    ("jiashan", "write", "qingpu", "patrol"): frozenset({"found"}),
}


@pytest.mark.parametrize(("who", "action", "owner", "kind", "role"), list(product(
    COUNTIES, ("read", "write", "share", "erase"), COUNTIES, ("project", "patrol", "fund"),
    ROLES)))
def test_the_matrix_of_jurisdiction_action_and_field(who, action, owner, kind, role):
    found = permitted(Principal("x", (who,), (role,)), action, owner, kind, RULES, DAY)
    if action not in ROLES[role]:
        assert found == NONE
    elif who == owner:
        assert found == EVERY
    else:
        assert found == SHARED.get((who, action, owner, kind), NONE)


def test_a_rule_holds_from_its_first_to_its_last_day():
    qingpu = Principal("x", ("qingpu",), ("viewer",))
    for day, holds in (("2019-12-31", False), ("2020-01-01", True), ("2020-12-31", True),
                       ("2021-01-01", False)):
        assert bool(permitted(qingpu, "read", "jiashan", "project", RULES, day)) is holds


JIASHAN = Principal("office of Jiashan", ("jiashan",), ("steward",))
QINGPU = Principal("office of Qingpu", ("qingpu",))
WUJIANG = Principal("office of Wujiang", ("wujiang",))


@pytest.fixture
def shared(both):
    both.commit(NOTE, [
        project("p1", investment="1亿元", category="ecology", signal_rule="red"),
        project("p2", owner="qingpu", investment="2亿元"),
        Entry("milestone", "m1", {"parent": "p1", "name_zh": "开工"}, date(2019, 1, 1)),
    ], who=Principal("keeper", everything=True))
    both.commit(NOTE, [Entry("share_rule", "s1", {
        "owner": "jiashan", "grantee": "qingpu", "kinds": ["project"],
        "fields": ["name_zh", "stage"], "purpose": "joint list"}, date(2020, 1, 1))], who=JIASHAN)
    return both


def test_others_see_the_shared_fields_only(shared):
    seen = shared.view(QINGPU).record("p1")
    assert set(seen.values) == {"owner", "name_zh", "stage"}
    assert shared.view(WUJIANG).record("p1") is None
    assert shared.view(QINGPU).record("m1") is None
    assert [s.id for s in shared.view(QINGPU).records("project")] == ["p1", "p2"]
    assert [s.id for s in shared.view(WUJIANG).records("project")] == []
    assert shared.view(JIASHAN).record("m1").values["owner"] == "jiashan"


def test_lists_and_sums_do_not_give_away_a_field_by_asking_for_it(shared):
    view = shared.view(QINGPU)
    assert [s.id for s in view.records("project", signal="red")] == []
    assert [s.id for s in view.records("project", category="ecology")] == []
    assert [s.id for s in view.records("project", currency="CNY")] == ["p2"]
    assert [s.id for s in view.records("project", stage="preparation")] == ["p1", "p2"]
    assert [s.id for s in view.records("project", where={"town": None})] == ["p2"]
    assert [t.minor for t in view.totals(("owner",))] == [20_000_000_000]
    assert [t.minor for t in view.trend(["2019-01"], ("owner",))] == [20_000_000_000]
    assert shared.view(WUJIANG).totals() == []
    assert shared.view(WUJIANG).trend(["2019-01"]) == []


def test_history_and_difference_obey_the_same_rights(shared):
    shared.commit(NOTE, [Entry(record="p1", values={"investment": "3亿元"})])
    fields = {s.field for h in shared.history("p1", QINGPU) for s in h.steps}
    assert fields == {"name_zh", "owner", "stage"}
    with pytest.raises(LedgerError, match="may read"):
        shared.history("p1", WUJIANG)
    found = shared.diff(date(2018, 1, 1), date(2999, 1, 1), QINGPU, "project")
    assert {d.record: {s.field for s in d.steps} for d in found}["p1"] == {
        "name_zh", "owner", "stage"}
    assert not shared.diff(date(2018, 1, 1), date(2999, 1, 1), WUJIANG, "project")


def test_only_those_with_the_right_write(shared):
    change = [Entry(record="p1", values={"stage": "construction"})]
    for who in (QINGPU, WUJIANG, Principal("viewer", ("jiashan",), ("viewer",))):
        with pytest.raises(RightsError):
            shared.commit(NOTE, change, who=who)
    shared.commit(NOTE, change, who=Principal("editor", ("jiashan",), ("editor",)))
    with pytest.raises(RightsError):
        shared.commit(NOTE, [project("p9", owner="jiashan")], who=QINGPU)


def test_only_a_steward_shares(shared):
    rule = [Entry("share_rule", "s2", {
        "owner": "qingpu", "grantee": "wujiang", "kinds": ["*"], "fields": ["*"],
        "purpose": "all"})]
    with pytest.raises(RightsError, match="may not share"):
        shared.commit(NOTE, rule, who=QINGPU)
    shared.commit(NOTE, rule, who=Principal("steward", ("qingpu",), ("steward",)))
    assert shared.view(WUJIANG).record("p2") is not None


def test_nobody_takes_or_gives_away_what_was_only_shared(shared):
    shared.commit(NOTE, [Entry("share_rule", "s3", {
        "owner": "jiashan", "grantee": "wujiang", "actions": ["read", "write"], "kinds": ["*"],
        "fields": ["*"], "purpose": "joint work"})], who=JIASHAN)
    shared.commit(NOTE, [Entry(record="p1", values={"stage": "construction"})], who=WUJIANG)
    take = [Entry(record="p1", values={"owner": "wujiang"})]
    for who in (WUJIANG, Principal("editor", ("jiashan",))):
        with pytest.raises(RightsError, match="may not share"):
            shared.commit(NOTE, take, who=who)
    with pytest.raises(RightsError):
        shared.commit(NOTE, [Entry(record="s3", values={"fields": ["name"]})], who=WUJIANG)


def test_reading_the_past_uses_the_rights_of_today(shared):
    past = {"as_of": date(2019, 6, 1)}
    assert shared.view(QINGPU, **past).record("p1") is not None  # though the rule came later
    shared.commit(NOTE, [Entry(record="s1", end=True)], who=JIASHAN)
    assert shared.view(QINGPU, **past).record("p1") is None
    shared.commit(NOTE, [Entry(record="p1", values={"owner": "wujiang"})], who=JIASHAN)
    assert shared.view(WUJIANG, **past).record("p1").values["owner"] == "jiashan"
    assert shared.view(JIASHAN, **past).record("p1") is None
    assert [t.records for t in shared.view(JIASHAN).trend(["2019-06"])] == []
    assert shared.verify().holds


def test_a_child_belongs_to_whom_its_parent_belongs(shared):
    assert shared.view(JIASHAN).record("m1").values["owner"] == "jiashan"


@pytest.mark.parametrize(("name", "value"), [("fields", ["name,stage"]), ("kinds", ["projct"])])
def test_a_rule_that_would_grant_nothing_is_refused(ledger, name, value):
    values = {"owner": "jiashan", "grantee": "qingpu", "kinds": ["project"], "fields": ["*"],
              "purpose": "p", name: value}
    with pytest.raises(InputError, match=value[0]):
        ledger.commit(NOTE, [Entry("share_rule", "grants-nothing", values)])
