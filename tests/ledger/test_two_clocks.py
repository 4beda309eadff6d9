"""What the ledger says of any day as known at any change, against the definition."""

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_twin import ENDED, Twin
from small_ledger import NOTE, make_ledger, project

from tieline.ledger import Entry, Ledger, Note, clock
from tieline.ledger.ledger import KEEPER
from tieline.ledger.values import Context, take
from tieline.ledger.view import View

FIRST = date(2019, 1, 20)
DAYS = [FIRST + timedelta(days=5 * k) for k in range(12)]

values = st.fixed_dictionaries({}, optional={
    "stage": st.sampled_from(["preparation", "construction", "service"]),
    "signal_override": st.sampled_from(["red", "green", None]),
    "signal_rule": st.sampled_from(["yellow", "green"]),
    "investment": st.sampled_from(["1亿元", "25000万元", "USD 3 million", "超2亿元", None]),
    "town": st.sampled_from(["北镇", "南镇", None]),
    "owner": st.sampled_from(["jiashan", "qingpu"]),
}).filter(bool)
step = st.tuples(st.sampled_from(["p1", "p2"]), st.sampled_from(DAYS), values)
life = st.lists(st.lists(step, min_size=1, max_size=3), min_size=1, max_size=8)
endings = st.lists(st.integers(0, 15), max_size=2)

NEEDED = {"owner": "jiashan", "name_zh": "占位", "stage": "preparation"}
MONTHS = ["2018-12", "2019-01", "2019-02", "2019-03", "2019-04"]


def stored(ledger, record, day, known):
    view = View(ledger.store, ledger.catalogue, ledger.guard(KEEPER), day.isoformat(), known)
    found = view.record(record)
    return None if found is None else dict(found.values)


def taken(ledger, entry):
    """The values as the ledger stores them."""
    kind = ledger.catalogue["project"]
    context = Context("2019-01-01", ledger.catalogue.codes, lambda _: "jurisdiction")
    return {k: take(kind.fields[k], v, context) for k, v in entry.items()}


def play(ledger, changes, ends):
    """Write the changes to the ledger and to the twin."""
    twin, n = Twin(), 0
    for change in changes:
        entries, given_now = [], []
        for record, day, wanted in change:
            n += 1
            before = _merge(twin, given_now, record, day)
            new = wanted if before else {**NEEDED, **wanted}
            if any(new.get(k, 0) is None for k in NEEDED):
                continue
            end = n in ends and bool(before)
            entries.append(Entry("project", record, new, day, end=end))
            mark = {ENDED: True} if end else {ENDED: None} if before.get(ENDED) else {}
            given_now.append((record, day, taken(ledger, new) | mark))
        if entries:
            receipt = ledger.commit(NOTE, entries)
            twin.entered += [(receipt.change_no, *g) for g in given_now]
    return twin


def _merge(twin, given_now, record, day):
    known = Twin([*twin.entered, *((10**9, *g) for g in given_now)])
    return known.body(record, day, 10**9)


@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(life, endings)
def test_every_day_as_known_at_every_change_is_as_defined(changes, ends):
    with tempfile.TemporaryDirectory() as folder, make_ledger(Path(folder) / "l.sqlite") as ledger:
        twin = play(ledger, changes, ends)
        head = ledger.head[0]
        for known in range(1, head + 1):
            for day in DAYS:
                for record in twin.records():
                    assert stored(ledger, record, day, known) == twin.visible(record, day, known)
        assert ledger.verify().holds
        check_sums(ledger, twin, head)


def check_sums(ledger, twin, head):
    def key(body):
        money = body.get("investment") or {}
        signal = body.get("signal_override") or body.get("signal_rule") or ""
        return (body["owner"], signal, money.get("currency", "")), (
            1, money.get("minor", 0), int(money.get("relation", "=") != "="))

    def expected(day):
        sums = {}
        for record in twin.records():
            body = twin.visible(record, day, head)
            if body:
                k, v = key(body)
                sums[k] = tuple(a + b for a, b in zip(sums.get(k, (0, 0, 0)), v, strict=True))
        return sums

    by = ("owner", "signal")
    for day in DAYS:
        found = ledger.view(as_of=day).totals(by)
        assert {(t.by["owner"], t.by["signal"], t.currency): (t.records, t.minor, t.bounded)
                for t in found} == expected(day)
        bodies = {s.id: dict(s.values) for s in ledger.view(as_of=day).records("project")}
        assert bodies == {r: b for r in twin.records() if (b := twin.visible(r, day, head))}
        red = {s.id for s in ledger.view(as_of=day).records("project", signal="red")}
        assert red == {r for r, b in bodies.items() if (
            b.get("signal_override") or b.get("signal_rule")) == "red"}
    for month in MONTHS:
        year, number = map(int, month.split("-"))
        end = date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
        found = ledger.view().trend([month], by)
        assert {(t.by["owner"], t.by["signal"], t.currency): (t.records, t.minor, t.bounded)
                for t in found} == expected(end)


def test_a_correction_runs_on_until_a_value_entered_for_a_later_day(both):
    both.commit(NOTE, [project(investment="1亿元", town="北镇")])
    both.commit(NOTE, [Entry(record="p1", values={"stage": "construction"},
                             valid_from=date(2019, 6, 1))])
    both.commit(NOTE, [Entry(record="p1", values={"investment": "3亿元"},
                             valid_from=date(2019, 9, 1))])
    both.commit(Note("b", "the cost had been wrong"), [Entry(
        record="p1", values={"investment": "2亿元"}, valid_from=date(2019, 1, 1))])

    def cost(*day):
        return both.view(as_of=date(*day)).record("p1").values["investment"]["minor"] // 10**10

    assert [cost(2019, 1, 1), cost(2019, 7, 1), cost(2019, 10, 1)] == [2, 2, 3]
    assert both.view(as_of=date(2019, 7, 1)).record("p1").get("stage") == "construction"
    assert both.verify().holds


def test_what_was_known_then_stays_readable(both):
    before = both.commit(NOTE, [project(town="北镇")]).change_no
    both.commit(NOTE, [Entry(record="p1", values={"town": "南镇"}, valid_from=date(2019, 1, 1))])
    assert both.view(as_of=date(2019, 2, 1), at_change=before).record("p1").get("town") == "北镇"
    assert both.view(as_of=date(2019, 2, 1)).record("p1").get("town") == "南镇"


def test_a_day_is_its_end_in_the_time_zone():
    assert clock.end_of(date(2019, 10, 31), "Asia/Shanghai") == "2019-10-31T15:59:59.999999Z"
    assert clock.end_of(date(2019, 3, 30), "Europe/Paris") == "2019-03-30T22:59:59.999999Z"
    # the night on which Paris changes its clocks is an hour short
    assert clock.end_of(date(2019, 3, 31), "Europe/Paris") == "2019-03-31T21:59:59.999999Z"
    assert clock.day_of("2019-10-31T16:00:00.000000Z", "Asia/Shanghai") == date(2019, 11, 1)


def test_a_clock_set_back_does_not_turn_the_order_of_changes(ledger, monkeypatch):
    ledger.commit(NOTE, [project()])
    at = ledger.head[2]
    monkeypatch.setattr(clock, "now", lambda: "2001-01-01T00:00:00.000000Z")
    ledger.commit(NOTE, [Entry(record="p1", values={"town": "南镇"})])
    assert ledger.head[2] == clock.after(at, "")
    assert ledger.verify().holds


def test_reading_the_past_does_not_know_the_present(ledger):
    ledger.commit(NOTE, [project()])
    assert ledger.view(known_on=date(2001, 1, 1)).records("project") == []
    assert ledger.view(as_of=date(2001, 1, 1)).record("p1") is None


def test_a_difference_may_hold_what_is_known_still(both):
    both.commit(NOTE, [project()])
    both.commit(NOTE, [Entry(record="p1", values={"stage": "construction"},
                             valid_from=date(2019, 5, 1))])
    spring, summer = date(2019, 3, 1), date(2019, 6, 1)
    assert both.diff(spring, summer, kind="project") == []  # nothing was known in 2019
    (found,) = both.diff(spring, summer, kind="project", known_on=date(2999, 1, 1))
    (step,) = found.steps
    assert (step.field, step.before, step.after) == ("stage", "preparation", "construction")
    assert found.by["stage"].reason == NOTE.reason
    (came,) = both.diff(spring, date(2999, 1, 1), kind="project")  # both clocks moved
    assert came.came


def test_an_ended_record_may_come_back(both):
    both.commit(NOTE, [project()])
    both.commit(NOTE, [Entry(record="p1", end=True, valid_from=date(2019, 3, 1))])
    both.commit(NOTE, [Entry(record="p1", values={"stage": "construction"},
                             valid_from=date(2019, 5, 1))])
    there = [both.view(as_of=date(2019, m, 15)).record("p1") is not None for m in range(1, 7)]
    assert there == [True, True, False, False, True, True]
    assert [t.records for t in both.view().trend(["2019-02", "2019-03", "2019-05"])] == [1, 1]


def test_opening_again_finds_the_same(tmp_path):
    with make_ledger(tmp_path / "l.sqlite") as made:
        made.commit(NOTE, [project()])
        head = made.head
    with Ledger.open(tmp_path / "l.sqlite") as opened:
        assert opened.head == head
        assert (opened.time_zone, opened.about.label()) == ("Asia/Shanghai", "Test")


@pytest.mark.parametrize("by", [("owner",), ("category", "stage"), ()])
def test_currencies_are_never_added(both, by):
    both.commit(NOTE, [project("a", investment="7.5亿美元"), project("b", investment="1亿元"),
                       project("c", investment="超2亿元"), project("d")])
    found = {t.currency: (t.records, t.minor, t.bounded) for t in both.view().totals(by)}
    assert found == {"USD": (1, 75_000_000_000, 0), "CNY": (2, 30_000_000_000, 1), "": (1, 0, 0)}
    assert sum(Counter(t.records for t in both.view().totals(("signal",))).values()) == 3
