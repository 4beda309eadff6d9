"""Numbers as a reader of a language writes them: units always, no more digits than they carry."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tieline.publish.words import Words

DIGITS = 3
"""Significant digits of the largest number of a table; small differences may ask for more."""
MOST_DIGITS = 7
CURRENCY = re.compile(r"[A-Z]{3}(/|$)")
MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
]
PERIODS = ("每年 ", " a year")
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Scale:
    """How the numbers of one table are written: divided by `factor`, `decimals` digits, `unit`.

    `word` is what the factor is called (万, million), `long` a sentence's pattern with {n}, `to`
    what stands between the ends of a range that a dash would make hard to read.
    """

    factor: float
    decimals: int
    unit: str
    word: str = ""
    long: str = "{n}"
    space: str = " "
    to: str = " to "

    def text(self, value: float, *, sign: bool = False) -> str:
        """The bare number; NaN is a dash; `sign` writes the plus too."""
        if not math.isfinite(value):
            return DASH
        shown = f"{abs(value) / self.factor:,.{self.decimals}f}"
        zero = not shown.strip("0.,")
        if value < 0 and not zero:
            return MINUS + shown
        return ("+" if sign and not zero else "") + shown

    def at_most(self, bound: float) -> str:
        """A bound as the bare number, never rounded down."""
        return self.text(self._up(bound))

    def say_at_most(self, bound: float) -> str:
        """A bound with its unit, for a sentence, never rounded down."""
        return self.say(self._up(bound))

    def _up(self, bound: float) -> float:
        if not math.isfinite(bound):
            return bound
        step = self.factor / 10.0**self.decimals
        return math.ceil(bound / step - 1e-9) * step

    def with_digits(self, values: Iterable[float], digits: int) -> Scale:
        """The same unit with as many decimals as these values need."""
        top = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
        return replace(self, decimals=_decimals(top / self.factor, digits))

    def span(self, low: float, high: float) -> str:
        """A range; one number where the ends are written alike; in words where one is negative."""
        a, b = self.text(low), self.text(high)
        return a if a == b else f"{a}{self.to}{b}" if MINUS in a + b else f"{a}{DASH}{b}"

    def change(self, before: float, after: float) -> float:
        """The difference of the two numbers as they are written."""
        step = self.factor / 10.0**self.decimals
        return (round(after / step) - round(before / step)) * step

    def say(self, value: float) -> str:
        """The number with its unit, for a sentence."""
        return self.long.format(n=self._worded(self.text(value)))

    def worded(self, value: float) -> str:
        """The number with the word of its scale, where the unit was just said: "216 million"."""
        return self._worded(self.text(value))

    def say_span(self, low: float, high: float) -> str:
        """A range with its unit but not its period, for a bracket behind a figure."""
        pattern = self.long
        for period in PERIODS:
            pattern = pattern.replace(period, "")
        return pattern.format(n=self._worded(self.span(low, high)))

    def _worded(self, number: str) -> str:
        return f"{number}{self.space}{self.word}" if self.word else number


def scale_for(
    values: Iterable[float], unit: str, words: Words, *,
    differences: Iterable[float] = (), digits: int = DIGITS, bare: bool = False,
) -> Scale:
    """The scale that writes all these values of a unit; differences must stay visible.

    `differences` are what the reader will compare: the largest keeps two significant digits.
    `bare` numbers stand beside a unit that is written already: in that unit, never in millions.
    """
    known = [abs(v) for v in values if math.isfinite(v)]
    top = max(known, default=0.0)
    to = " 至 " if words.lang == "zh" else " to "
    if unit == "-":
        finest = max((abs(d) for d in differences if math.isfinite(d)), default=0.0) * 100.0
        visible = 1 - _power(finest) if finest > 0.0 else 0
        decimals = min(6, max(_decimals_of_share(known), visible))
        return Scale(0.01, decimals, "%", long="{n} %", to=to)
    factor, word = (1.0, "") if bare else _factor(top, unit, words)
    decimals = _decimals(top / factor, digits)
    finest = max((abs(d) for d in differences if math.isfinite(d)), default=0.0) / factor
    if finest > 0.0:
        most = max(0, MOST_DIGITS - 1 - _power(top / factor))
        decimals = min(max(decimals, 1 - _power(finest)), most)
    short, long = words.unit(unit, word)
    return Scale(factor, decimals, short, word, long, to=to)


def _factor(top: float, unit: str, words: Words) -> tuple[float, str]:
    if not unit:
        return 1.0, ""
    money = CURRENCY.match(unit) is not None
    yearly = money and unit.endswith("/yr")
    steps: tuple[tuple[float, float, str], ...]
    if words.lang == "zh":
        steps = ((1e9, 1e8, "亿"), (1e5 if money else 1e6, 1e4, "万"))
    else:
        steps = ((2e9, 1e9, "billion"), (2e6 if yearly else 1e6, 1e6, "million"))
        steps += ((2e4, 1e3, "thousand"),) if yearly else ()
    for least, factor, word in steps:
        if top >= least:
            return factor, word
    return 1.0, ""


def _power(value: float) -> int:
    return math.floor(math.log10(value)) if value > 0.0 else 0


def _decimals(top: float, digits: int) -> int:
    return min(6, max(0, digits - 1 - _power(top))) if top > 0.0 else 0


def _decimals_of_share(values: list[float]) -> int:
    """Shares near one are read by what is missing from it: 99.9834 %, not 100.0 %."""
    missing = [1.0 - v for v in values if 0.0 < v < 1.0]
    if not missing:
        return 1
    return min(6, max(1, 2 - _power(min(missing) * 100.0)))


def percent(part: float, whole: float) -> str:
    """A share in per cent with two significant digits at least; a dash where it has no meaning."""
    if not whole or not math.isfinite(part / whole):
        return DASH
    value = 100.0 * part / whole
    if value == 0.0:
        return "0 %"
    decimals = min(4, max(0, 1 - _power(abs(value))))
    return f"{value:.{decimals}f} %".replace("-", MINUS)


def day(value: date | None, words: Words) -> str:
    """A date as the language writes it."""
    if value is None:
        return DASH
    if words.lang == "zh":
        return f"{value.year} 年 {value.month} 月 {value.day} 日"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
