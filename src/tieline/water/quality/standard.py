"""Classes of surface water, GB 3838-2002: the limits, the class of a value, the worst item."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CLASSES = ("I", "II", "III", "IV", "V")
WORSE = len(CLASSES)
"""Number of the class beyond V (劣V类)."""
SATURATED = 0.9
"""Oxygen at this share of saturation is class I too."""
ALIASES = {"NH3": "NH3N", "NH4N": "NH3N", "AMMONIA": "NH3N", "BOD": "BOD5"}


@dataclass(frozen=True)
class Standard:
    """Limits [mg/L] of an item by kind of water; empty where the standard has none."""

    item: str
    name: str
    name_zh: str
    least: bool
    river: tuple[float, ...]
    lake: tuple[float, ...]

    def limits(self, water: str) -> tuple[float, ...]:
        """The limits of classes I to V for "river" or "lake"."""
        return self.lake if water == "lake" else self.river


@cache
def standards() -> Mapping[str, Standard]:
    """Every item that GB 3838-2002 limits here, by its name."""
    raw = tomllib.loads((Path(__file__).parent / "gb3838.toml").read_text(encoding="utf-8"))
    return {
        item: Standard(
            item, given["name"], given["name_zh"], bool(given.get("least", False)),
            tuple(given.get("any") or given.get("river", ())),
            tuple(given.get("any") or given.get("lake", ())),
        )
        for item, given in raw.items()
    }


def standard_of(item: str) -> Standard | None:
    """The standard of an item by its id, however it is written ("NH3-N", "nh3n"); None without."""
    plain = "".join(c for c in item if c.isalnum()).upper()
    plain = ALIASES.get(plain, plain)
    for name, standard in standards().items():
        if name.upper() == plain:
            return standard
    return None


def class_name(number: int) -> str:
    """I to V, or ">V" for what is worse than V."""
    return CLASSES[number] if number < WORSE else ">V"


def class_of(
    item: str, value_mg_l: float, water: str = "river", saturation_mg_l: float = float("nan")
) -> int | None:
    """Class of one value: 0 = I ... 4 = V, 5 = worse; None if the standard has no limit for it.

    `saturation_mg_l` lets oxygen near saturation be class I. A value on a limit is within it.
    """
    standard = standard_of(item)
    limits = standard.limits(water) if standard else ()
    if not standard or not limits or value_mg_l != value_mg_l:
        return None
    if standard.least:
        if value_mg_l >= SATURATED * saturation_mg_l:
            return 0
        return next((k for k, limit in enumerate(limits) if value_mg_l >= limit), WORSE)
    return next((k for k, limit in enumerate(limits) if value_mg_l <= limit), WORSE)


def counts(item: str, water: str) -> bool:
    """Whether an item enters the class of a section: total nitrogen of a river does not."""
    standard = standard_of(item)
    return bool(standard and standard.limits(water))


def worst(
    values_mg_l: Mapping[str, float], water: str = "river", saturation_mg_l: float = float("nan")
) -> tuple[int | None, tuple[str, ...]]:
    """Class of a section and the items that make it: the worst item decides (单因子评价法).

    Items without a limit for this kind of water (temperature, coliforms, total nitrogen of rivers)
    stay out; None if nothing is left.
    """
    found = {
        item: class_of(item, value, water, saturation_mg_l) for item, value in values_mg_l.items()
    }
    judged = {item: k for item, k in found.items() if k is not None}
    if not judged:
        return None, ()
    number = max(judged.values())
    return number, tuple(item for item, k in judged.items() if k == number)
