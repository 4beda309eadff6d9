"""A case in which an engine raises: the appraisal goes on, and every face says what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from test_together import ONE, OTHER
from tieline_pooling.engine import PoolingEngine

from tieline.cli.answers import show_answers
from tieline.cli.tables import show_appraisal
from tieline.region.model import Case, Outcome
from tieline.study.appraisal import Appraisal
from tieline.study.together import appraise_together


class Failing(PoolingEngine):
    """Raises where only a and b are open to each other."""

    def evaluate(
        self, network: Any, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        for case in cases:
            if {(a, b) for _, a, b in case.open} == {("a", "b")}:
                msg = "did not settle"
                raise ArithmeticError(msg)
            yield from super().evaluate(network, [case])


@pytest.fixture(scope="module")
def result() -> Appraisal:
    broken = replace(ONE, engines={"one": Failing()})
    return appraise_together([broken, OTHER], solutions=("shapley", "core"), detail=False)


def test_money_leaves_out_only_what_the_failed_case_carries(result: Appraisal) -> None:
    money = result.money["CNY"]
    assert set(money.splits) == {"projects"}
    assert any("jurisdictions do not play for money: cases of one" in n for n in money.notes)
    assert "together" in money.by_state
    assert not any(a.kind == "jurisdictions" and a.measure == "money" for a in result.answers)
    assert any(a.kind == "jurisdictions" and a.subject == "other" for a in result.answers)
    assert result.programmes["CNY"].portfolios


@pytest.mark.parametrize(("lang", "words"), [
    ("en", "could not be evaluated"), ("zh", "\u65e0\u6cd5\u8bc4\u4f30")])
def test_terminal_report_and_tables_say_so(result: Appraisal, lang: str, words: str) -> None:
    assert words in result.report(lang)
    console = Console(record=True, width=160, file=StringIO())
    show_appraisal(console, result, lang)
    show_answers(console, result, lang)
    assert words in console.export_text()
    assert result.frames()
