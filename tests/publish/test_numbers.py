"""Numbers carry units, signs and as many digits as they deserve."""

from __future__ import annotations

import math
from datetime import date

import pytest

from tieline.publish.numbers import day, percent, scale_for
from tieline.publish.words import Words

ZH, EN = Words("zh"), Words("en")


def test_thousands_are_separated_and_whole_numbers_stay_whole():
    assert scale_for([21230.0], "customer-h/yr", EN).text(21230.0) == "21,230"


def test_minus_is_a_minus_sign_and_zero_has_none():
    scale = scale_for([100.0], "kWh/yr", EN)
    assert scale.text(-12.0) == "\N{MINUS SIGN}12"
    assert scale.text(-0.2) == "0"
    assert scale.text(12.0, sign=True) == "+12"
    assert scale.text(0.0, sign=True) == "0"
    assert scale.text(math.nan) == "\N{EN DASH}"


def test_a_small_difference_stays_visible():
    scale = scale_for([3.5, 3.4995], "h/(customer yr)", EN, differences=[0.0005])
    assert scale.text(3.5) != scale.text(3.4995)


def test_a_share_near_one_shows_what_is_missing_from_it():
    scale = scale_for([0.999834], "-", EN)
    assert scale.unit == "%"
    assert scale.text(0.999834) == "99.9834"


@pytest.mark.parametrize(("value", "zh", "en"), [
    (665_280.0, "每年 66.5 万元", "CNY 665 thousand a year"),
    (12_300_000.0, "每年 1,230 万元", "CNY 12.3 million a year"),
    (2.5e9, "每年 25.0 亿元", "CNY 2.50 billion a year"),
    (900.0, "每年 900 元", "CNY 900 a year"),
])
def test_money_is_written_in_ten_thousands_or_in_thousands(value, zh, en):
    assert scale_for([value], "CNY/yr", ZH).say(value) == zh
    assert scale_for([value], "CNY/yr", EN).say(value) == en


def test_a_range_names_its_unit_once_and_no_period():
    scale = scale_for([443_520.0, 831_600.0], "CNY/yr", ZH)
    assert scale.say_span(443_520.0, 831_600.0) == "44.4\N{EN DASH}83.2 万元"
    assert scale.span(5.0e5, 5.0e5) == "50.0"


def test_per_cents_keep_two_digits():
    assert percent(1.0, 88.0) == "1.1 %"
    assert percent(0.0, 5.0) == "0 %"
    assert percent(1.0, 0.0) == "\N{EN DASH}"


def test_dates_read_as_the_language_writes_them():
    assert day(date(2020, 12, 31), ZH) == "2020 年 12 月 31 日"
    assert day(date(2020, 12, 31), EN) == "31 December 2020"
    assert day(None, EN) == "\N{EN DASH}"


def test_a_bare_number_stays_in_its_own_unit():
    for lang in ("en", "zh"):
        scale = scale_for([1.56e6], "customer-h", Words(lang), bare=True)
        assert scale.text(1.56e6) == "1,560,000"
        assert scale_for([1.56e6], "customer-h", Words(lang)).text(1.56e6) != "1,560,000"
