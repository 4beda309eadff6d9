"""Discount settings by name, each with its source, and discount factors by year."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.region.model import FloatArray

FILE = Path(__file__).with_name("rates.toml")


@dataclass(frozen=True)
class Discounting:
    """A real social discount rate: `rates` of (from year, rate), years counted from the base year.

    `horizon_years` is that of the guideline, or None: the life of the project.
    """

    name: str
    title: str
    rates: tuple[tuple[int, float], ...]
    horizon_years: int | None = None
    title_zh: str = ""
    status: str = "assumption"
    source: str = ""

    @classmethod
    def flat(cls, rate: float) -> Discounting:
        """One rate for every year; CaseError unless it is a fraction from 0 to 1."""
        if not 0.0 <= rate < 1.0:
            msg = f"discount rate: expected a fraction >= 0 and < 1, found {rate:g}"
            raise CaseError(msg)
        return cls(f"{rate:g}", f"{100 * rate:g} %", ((0, rate),))

    def label(self, lang: str = "en") -> str:
        """The title in the language asked for."""
        return (self.title_zh if lang == "zh" else self.title) or self.title

    def factors(self, years: int) -> FloatArray:
        """Shape (years,): worth today of 1 in each year; a rate applies from its year on."""
        rate = np.empty(years)
        for start, value in self.rates:
            rate[start:] = value
        growth = np.concatenate([[1.0], np.cumprod(1.0 + rate[1:])])
        return np.asarray(1.0 / growth)


@cache
def discountings() -> dict[str, Discounting]:
    """Every setting by name."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        name: Discounting(name, **{**row, "rates": tuple((int(y), float(r))
                                                         for y, r in row["rates"])})
        for name, row in found.items()
    }


def discounting(name: str | float) -> Discounting:
    """The setting of that name, or one flat rate; CaseError with the nearest name."""
    if isinstance(name, int | float):
        return Discounting.flat(float(name))
    known = discountings()
    if name in known:
        return known[name]
    try:
        return Discounting.flat(float(name))
    except ValueError:
        msg = f"discount setting '{name}' is not known{nearest(name, known)}; "
        raise CaseError(msg + f"there is: {', '.join(known)}") from None
