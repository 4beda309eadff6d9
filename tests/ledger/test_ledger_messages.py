"""What the ledger refuses it says in Chinese too."""

import re
from datetime import date

import pytest
from small_ledger import NOTE, project

from tieline.errors import TielineError
from tieline.ledger import Entry, Ledger, Note, Principal

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("entries", [
    [project(stage="foo")], [project(investment="3亿")], [project(owner="atlantis")],
    [project(serves="p7")], [Entry("project", "p 1")], [Entry("", "p9")], [],
    [project(life_years="900")], [project(payers="a:0.4")], [project(start_planned="soon")],
])
def test_every_refusal_of_an_entry_has_chinese(ledger, entries):
    with pytest.raises(TielineError) as caught:
        ledger.commit(NOTE, entries)
    for line in caught.value.message("zh").splitlines():
        assert CHINESE.search(line), line
        assert "expected" not in line, line


def test_conflicts_rights_and_storage_have_chinese(ledger, tmp_path):
    ledger.commit(NOTE, [project(town="北镇")])
    looked = ledger.head[0]
    ledger.commit(Note("Qian", "x"), [Entry(record="p1", values={"town": "南镇"})])
    attempts = [
        lambda: ledger.commit(NOTE, [Entry(record="p1", values={"town": "东镇"}, base=looked)]),
        lambda: ledger.commit(NOTE, [Entry(record="p1", values={"town": "x"})],
                              who=Principal("x", ("qingpu",))),
        lambda: ledger.history("nothing"),
        lambda: ledger.view().records("projekt"),
        lambda: Ledger.open(tmp_path / "none.sqlite"),
        lambda: ledger.commit(NOTE, [Entry(record="p1", values={"owner": "qingpu"},
                                           valid_from=date(2999, 1, 1))]),
    ]
    for attempt in attempts:
        with pytest.raises(TielineError) as caught:
            attempt()
        assert CHINESE.search(caught.value.message("zh").splitlines()[0])
        assert not CHINESE.search(str(caught.value).splitlines()[0])
