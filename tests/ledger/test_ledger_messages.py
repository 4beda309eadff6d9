"""What the ledger refuses it says in Chinese too."""

import re
from datetime import date

import pytest
from small_ledger import NOTE, project

from tieline.errors import TielineError
from tieline.ledger import Entry, Ledger, Note, Principal
from tieline.messages import message

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


@pytest.mark.parametrize(("text", "chinese"), [
    ("case c1: 'hand_over' is for a case that is accepted or being done, this one "
     "is evidence given",
     "事项 c1:“移交”仅适用于以下状态:已受理、办理中;现为“已提交佐证”"),
    ("record p1, field 'signal': expected one of green, yellow, red, found 'blue'",
     "记录 p1,字段 'signal':要求下列之一："
     "绿:正常推进(green)、黄:滞后预警(yellow)、红:需协调(red),发现'blue'"),
    ("x is not river_office of a, the holder of this water_case",
     "x 不是承办方 a 办理“涉水事项”的岗位 river_office"),
    ("x may not write stage of project records of a", "x 无权修改 a 的“项目”记录:stage"),
])
def test_codes_are_said_by_their_titles_in_chinese(text, chinese):
    assert message(text, "zh").replace(" ", "") == chinese.replace(" ", "")
