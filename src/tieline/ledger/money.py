"""Money as whole minor units (fen, cents) with its currency and the unit it was entered in.

万元 (ten thousand yuan) and 亿元 (a hundred million yuan) stand side by side in real workbooks:
an amount without a unit is taken only where the column names one, and what was entered is kept.
Never a float, never a sum over currencies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from tieline.ledger.relation import RELATIONS, SIGNS, split_number, split_relation
from tieline.region.cells import RefusedError, half_width, shown

DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "GBP": 2, "SGD": 2, "CHF": 2, "ARS": 2,
          "JPY": 0, "KRW": 0}
"""Decimals of the minor unit (ISO 4217)."""

SYMBOLS = {"¥": "CNY", "\uffe5": "CNY", "元": "CNY", "人民币": "CNY", "rmb": "CNY", "yuan": "CNY",
           "美元": "USD", "us$": "USD", "$": "USD", "欧元": "EUR", "€": "EUR", "日元": "JPY",
           "港元": "HKD", "港币": "HKD", "英镑": "GBP", "£": "GBP"}

SHARED = {"$": frozenset({"USD", "HKD", "SGD", "ARS"}), "¥": frozenset({"CNY", "JPY"})}
"""Signs that several currencies are written with: a column's currency decides which is meant."""

SCALES = {"": 0, "万": 4, "千万": 7, "百万": 6, "亿": 8, "万亿": 12,
          "thousand": 3, "million": 6, "billion": 9, "k": 3, "m": 6, "bn": 9, "mn": 6}
"""Powers of ten of the units amounts are written in."""

_LONGEST_FIRST = sorted(SYMBOLS, key=len, reverse=True)
_CODE = re.compile(r"\b([A-Z]{3})\b")
LARGEST = 10**20


@dataclass(frozen=True)
class Money:
    """An amount: `minor` whole minor units of `currency`, bounded by `relation`.

    `entered` is the unit in which a person gave it: "亿元", "万元", "USD million".
    """

    minor: int
    currency: str
    entered: str = ""
    relation: str = "="

    def to_value(self) -> dict[str, Any]:
        """As it stands in a body."""
        value: dict[str, Any] = {"minor": self.minor, "currency": self.currency}
        if self.entered:
            value["entered"] = self.entered
        if self.relation != "=":
            value["relation"] = self.relation
        return value

    @classmethod
    def of(cls, value: dict[str, Any]) -> Money:
        """From a body."""
        return cls(
            value["minor"], value["currency"], value.get("entered", ""),
            value.get("relation", "="),
        )

    @property
    def amount(self) -> Decimal:
        """In whole units of the currency, exact."""
        return Decimal(self.minor).scaleb(-digits(self.currency))

    def __str__(self) -> str:
        return SIGNS[self.relation] + in_unit(self)


def digits(currency: str) -> int:
    """Decimals of a currency's minor unit; RefusedError if the currency is unknown."""
    try:
        return DIGITS[currency]
    except KeyError:
        message = f"currency {shown(currency)}"
        raise RefusedError(message) from None


def in_unit(money: Money) -> str:
    """The amount in the unit it was entered in: `2078亿元`; else with its currency code."""
    try:
        scale, currency = read_unit(money.entered)
    except RefusedError:
        scale, currency = 0, ""
    number = plain(money.amount.scaleb(-scale))
    if currency == money.currency or (scale and not currency and money.entered):
        code = "元" if money.currency == "CNY" and not money.entered.isascii() else (
            f" {money.currency}")
        suffix = money.entered if currency else money.entered + code
        return f"{number}{suffix}" if not suffix.isascii() else f"{number} {suffix}"
    return f"{plain(money.amount)} {money.currency}"


def plain(number: Decimal) -> str:
    """The number with separators, without exponent and without trailing zeros."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(1000)
def read_unit(unit: str) -> tuple[int, str]:
    """Power of ten and currency ("" if it names none) of a unit such as 亿元, 万美元, USD million.

    Raises
    ------
    RefusedError
        If a part of it is not understood.
    """
    rest, currency = unit.strip(), ""
    code = _CODE.search(rest)
    if code:
        currency = code[1]
        digits(currency)
        rest = rest.replace(currency, "", 1).strip()
    for symbol in _LONGEST_FIRST:
        if symbol in rest.lower():
            known = {SYMBOLS[symbol], *SHARED.get(symbol, ())}
            if currency and currency not in known:
                message = f"two currencies in {shown(unit)}"
                raise RefusedError(message)
            currency = currency or SYMBOLS[symbol]
            rest = rest.lower().replace(symbol, "", 1).strip()
            break
    if rest.lower() not in SCALES:
        message = f"unit {shown(unit)}"
        raise RefusedError(message)
    return SCALES[rest.lower()], currency


def read_money(text: str, *, unit: str = "", currency: str = "") -> Money:
    """An amount as people write it: 1.5亿, 15000万元, 约3亿, USD 750 million, 2,078亿元.

    Parameters
    ----------
    unit
        The unit of the column, used for a bare number only.
    currency
        The currency where neither the text nor the unit names one.

    Raises
    ------
    RefusedError
        If it is not one amount, has no currency, or is no whole number of minor units.
    """
    relation, rest = split_relation(half_width(text))
    parts = split_number(rest)
    if parts is None:
        raise RefusedError(shown(text))
    before, number, after = parts
    entered = f"{before} {after}" if before and after else before or after
    scale, chosen = _unit_of(entered, unit, currency)
    if not chosen:
        message = f"{shown(text)}, without a currency"
        raise RefusedError(message)
    return Money(minor_units(number, scale, chosen), chosen, entered or unit, relation)


@lru_cache(1000)
def _unit_of(entered: str, unit: str, currency: str) -> tuple[int, str]:
    """Power of ten and currency ("" if none is named) of what stands beside a number."""
    scale, own = read_unit(entered)
    if not entered:
        scale, own = read_unit(unit)
    elif not own and scale:
        own = read_unit(unit)[1]
    else:
        own = _meant(entered, own, unit, currency)
    return scale, own or currency


def _meant(entered: str, own: str, unit: str, currency: str) -> str:
    """The currency of a sign: a bare $ in a column of pesos is pesos."""
    sign = entered.strip()[:1] if entered.strip()[:1] in SHARED else entered.strip()[-1:]
    column = read_unit(unit)[1] or currency
    coded = _CODE.search(entered) or "us$" in entered.lower()
    return column if not coded and column in SHARED.get(sign, ()) else own


def minor_units(number: str, scale: int, currency: str) -> int:
    """Whole minor units; RefusedError if the amount is no whole number of them."""
    try:
        exact = Decimal(number).scaleb(scale + digits(currency))
    except InvalidOperation:
        raise RefusedError(shown(number)) from None
    if not exact.is_finite() or exact != exact.to_integral_value() or abs(exact) > LARGEST:
        message = f"{shown(number)}, no whole number of minor units"
        raise RefusedError(message)
    return int(exact)


def check_money(value: Any) -> Money:
    """The amount in a body, checked; RefusedError if it is none."""
    if isinstance(value, Money):
        value = value.to_value()
    if not isinstance(value, dict) or set(value) - {"minor", "currency", "entered", "relation"}:
        raise RefusedError(shown(value))
    minor, relation = value.get("minor"), value.get("relation", "=")
    if not isinstance(minor, int) or isinstance(minor, bool) or abs(minor) > LARGEST:
        message = f"minor {shown(minor)}"
        raise RefusedError(message)
    digits(value.get("currency", ""))
    if relation not in RELATIONS or not isinstance(value.get("entered", ""), str):
        message = f"relation {shown(relation)}"
        raise RefusedError(message)
    return Money.of(value)
