"""Whatever is handed to a field is taken as plain JSON or refused; nothing else happens."""

import json
from datetime import date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_ledger import NOTE, make_ledger

from tieline.errors import TielineError
from tieline.ledger import Entry
from tieline.ledger.digest import canonical, change_text
from tieline.ledger.exchange.template import cell_text
from tieline.ledger.kinds import package_catalogue
from tieline.ledger.values import Context, expected, show, take
from tieline.region.cells import RefusedError

CATALOGUE = package_catalogue()
CONTEXT = Context("2019-10-31", CATALOGUE.codes, lambda x: {
    "jiashan": "jurisdiction", "p1": "project"}.get(x))
FIELDS = {(k, f.name): f for k in CATALOGUE for f in CATALOGUE[k].fields.values()}
ONE_OF_EACH = list({f.type: f for f in FIELDS.values()}.values())

words = st.sampled_from([
    "1.5亿元", "超250家", "约3亿", "2019-10-31", "2019年10月", "jiashan", "p1", "a:0.5;b:0.5",
    "在建",
    "yes", "否", "16.5", ">= 3", "=1+1", "$private:x", '{"type":"Point","coordinates":[1,2]}',
])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | words
    | st.dates() | st.datetimes() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(max_size=4) | st.sampled_from(["minor", "currency", "value", "type",
                                               "coordinates"]), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), anything)
@example(("boundary_water", "course"), {"type": []})
def test_a_value_is_taken_as_plain_json_or_refused(name, value):
    field = FIELDS[name]
    try:
        taken = take(field, value, CONTEXT)
    except RefusedError:
        return
    assert taken is None or json.loads(canonical([taken])) == [taken]
    assert take(field, taken, CONTEXT) == taken
    for lang in ("en", "zh"):
        assert isinstance(show(field, taken, CATALOGUE.codes, lang), str)


class Cells:
    catalogue = CATALOGUE


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FIELDS)), anything)
def test_what_a_workbook_shows_is_read_back_the_same(name, value):
    field = FIELDS[name]
    try:
        taken = take(field, value, CONTEXT)
    except RefusedError:
        return
    if isinstance(taken, str) and (taken != taken.strip() or not taken.isprintable()):
        return  # cells are read without the space around them
    again = take(field, cell_text(field, taken, Cells), CONTEXT)
    if field.type == "text" and field.many and taken and any(
            c in "".join(taken) for c in ";\uff1b"):
        return  # a text with the separator in it is several
    if field.type == "money" and taken:
        assert [again.get(k) for k in ("minor", "currency", "relation")] == [
            taken.get(k) for k in ("minor", "currency", "relation")]
    else:
        assert again == taken


@pytest.mark.parametrize("field", ONE_OF_EACH, ids=lambda f: f.type)
def test_every_type_says_what_it_expects(field):
    assert expected(field, CATALOGUE.codes)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(CATALOGUE)), st.text(max_size=6) | words,
                          st.dictionaries(st.sampled_from(sorted({f for _, f in FIELDS})),
                                          anything, max_size=4)), min_size=1, max_size=3))
def test_no_entry_breaks_the_ledger(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("l")
    with make_ledger(folder / "l.sqlite") as ledger:
        head = ledger.head
        try:
            ledger.commit(NOTE, [Entry(kind, name or None, values, date(2019, 1, 1))
                                 for kind, name, values in entries])
        except TielineError:
            assert ledger.head == head
        assert ledger.verify().holds
        for state in ledger.view().records():
            assert state.values is not None


def test_days_and_instants_keep_their_kind():
    day = next(f for f in FIELDS.values() if f.type == "date")
    instant = next(f for f in FIELDS.values() if f.type == "instant")
    assert take(day, datetime(2019, 10, 31, 23, 0), CONTEXT) == "2019-10-31"  # noqa: DTZ001 - as Excel has it
    with pytest.raises(RefusedError, match="without a time zone"):
        take(instant, "2019-10-31 09:00", CONTEXT)
    assert take(instant, "2019-10-31T09:00:00+08:00", CONTEXT) == "2019-10-31T01:00:00.000000Z"


@settings(deadline=None)
@given(st.tuples(st.text(), st.text(), st.text(), st.text()), st.text(), st.integers(), st.text())
def test_the_text_of_a_change_is_canonical(words, previous, number, at):
    assert change_text(previous, number, at, words) == canonical([previous, number, at, *words])
