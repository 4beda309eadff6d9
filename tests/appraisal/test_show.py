"""Tables in a notebook: aligned also with Chinese names, escaped in HTML."""

from __future__ import annotations

import pytest

from tieline.appraisal.show import Sheet, number, width


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (28000.0, "28,000"), (1234567.8, "1,234,568"), (0.5, "0.5"),
        (3.14159265, "3.1416"), (-1e-15, "0"), (float("nan"), "-"), (float("inf"), "inf"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_columns_align_with_chinese_names() -> None:
    text = Sheet.of("t", ("who", "gain"), [["青浦", 1.0], ["b", 200.0]]).text()
    assert len({width(line) for line in text.splitlines()[1:]}) == 1


def test_html_is_escaped() -> None:
    assert "<b>a&amp;b</b>" in Sheet.of("a&b", ("x",), [["<i>"]]).html()
    assert "&lt;i&gt;" in Sheet.of("a&b", ("x",), [["<i>"]]).html()
