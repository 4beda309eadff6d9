"""万元 and 亿元 are never mixed up; currencies neither."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieline.ledger.money import DIGITS, Money, check_money, read_money
from tieline.region.cells import RefusedError


@pytest.mark.parametrize(("text", "minor", "currency", "relation"), [
    ("1.5亿元", 15_000_000_000, "CNY", "="),
    ("15000万元", 15_000_000_000, "CNY", "="),
    ("2,078亿元", 20_780_000_000_000, "CNY", "="),
    ("约3亿元", 30_000_000_000, "CNY", "~"),
    ("超350亿元", 3_500_000_000_000, "CNY", ">"),
    ("100亿元以上", 1_000_000_000_000, "CNY", ">="),
    ("7.5亿美元", 75_000_000_000, "USD", "="),
    ("USD 750 million", 75_000_000_000, "USD", "="),
    ("7000万欧元", 7_000_000_000, "EUR", "="),
    ("2元", 200, "CNY", "="),
    ("人民币 12.34 元", None, None, None),
    ("\uff11.\uff15亿元", 15_000_000_000, "CNY", "="),
    ("300 JPY", 300, "JPY", "="),
])
def test_amounts_as_people_write_them(text, minor, currency, relation):
    if minor is None:
        with pytest.raises(RefusedError):
            read_money(text)
        return
    found = read_money(text)
    assert (found.minor, found.currency, found.relation) == (minor, currency, relation)


@pytest.mark.parametrize("text", [
    "3亿", "15000", "", "亿元", "1亿元 2亿元", "1.5亿元/年", "1.234元", "about", "12 XYZ",
    "1亿美元元",    "1e5元", "-", "无", "0.001元", "9" * 40 + "元",
])
def test_what_is_not_one_amount_with_a_currency_is_refused(text):
    with pytest.raises(RefusedError):
        read_money(text)


def test_the_unit_of_the_column_counts_for_bare_numbers_only():
    assert read_money("15000", unit="万元") == Money(15_000_000_000, "CNY", "万元")
    assert read_money("1.5亿", unit="万元").minor == 15_000_000_000
    assert read_money("1.5亿美元", unit="万元").currency == "USD"
    assert read_money("1.5亿元", unit="万元").entered == "亿元"


@given(st.integers(-10**15, 10**15), st.sampled_from(sorted(DIGITS)),
       st.sampled_from(["", "万", "亿"]), st.sampled_from(["=", ">", "~"]))
def test_an_amount_survives_being_shown_and_read(minor, currency, scale, relation):
    money = Money(minor, currency, f"{scale}{currency}", relation)
    assert check_money(money.to_value()) == money
    shown = str(money)
    again = read_money(shown)
    assert (again.minor, again.currency, again.relation) == (minor, currency, relation)
    assert money.amount == Decimal(minor).scaleb(-DIGITS[currency])


@pytest.mark.parametrize("value", [
    {"minor": 1.5, "currency": "CNY"}, {"minor": 1}, {"minor": True, "currency": "CNY"},
    {"minor": 1, "currency": "CNY", "relation": "!"}, {"minor": 1, "currency": "CNY", "x": 1}, 5,
])
def test_a_body_holds_no_other_money(value):
    with pytest.raises(RefusedError):
        check_money(value)


@pytest.mark.parametrize(("text", "unit", "currency"), [
    ("$ 5,046,647", "ARS", "ARS"), ("5046647 $", "ARS", "ARS"), ("$5", "CNY", "USD"),
    ("US$ 5", "ARS", "USD"), ("$5", "HKD", "HKD"), ("¥5", "JPY", "JPY"), ("¥5", "USD", "CNY"),
    ("HKD $5", "ARS", "HKD"), ("$5", "", "USD"), ("5美元", "ARS", "USD"),
])
def test_a_sign_of_several_currencies_means_that_of_the_column(text, unit, currency):
    assert read_money(text, unit=unit).currency == currency
