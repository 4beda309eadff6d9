"""How a figure is written in a language: number, unit, bound, currency, day or period."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieline.ledger.money import Money, in_unit, plain
from tieline.publish.numbers import MONTHS, day, scale_for
from tieline.publish.words import CURRENCY_ZH, Words, in_language

DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
UNTIL = re.compile(r"至\s*(\d{4}(?:-\d{2}){0,2})")
MONTH = re.compile(r"(\d{4})-(\d{2})")
BESIDE = re.compile(r"(?<=\d)(?=[\u3400-\u9fff])")
LARGE = ((12, "trillion"), (9, "billion"), (6, "million"))


def say(value: Mapping[str, Any], words: Words, *, unit: bool = True) -> str:
    """The value for a sentence, with its bound; without its unit if only the number is wanted."""
    sort = value["type"]
    if sort == "date":
        return say_when(str(value["value"]), words)
    if sort == "computed":
        return _computed(value, words, unit=unit)
    relation = str(value.get("relation", "="))
    number = _money(value, words) if sort == "money" else _measure(value, words, unit=unit)
    return words(f"bulletin_relation.{_RELATION[relation]}", n=number)


_RELATION = {"=": "equal", "~": "about", ">": "more", ">=": "least", "<": "less", "<=": "most"}


def _measure(value: Mapping[str, Any], words: Words, *, unit: bool) -> str:
    number, said = _number(Decimal(value["value"]), words), str(value.get("unit", ""))
    pattern = words.get(f"bulletin_units.{said}", _beside(said))
    if number[-1] in "万亿":
        pattern = pattern.replace("{n} ", "{n}")
    return pattern.format(n=number) if unit else number


def _number(number: Decimal, words: Words) -> str:
    """The number; in Chinese in 万 or 亿 where that hides no digit."""
    for power, word in ((8, "亿"), (4, "万")):
        if words.lang == "zh" and abs(number) >= Decimal(10) ** (power + 2) and (
            number % Decimal(10) ** power == 0
        ):
            return f"{plain(number.scaleb(-power))} {word}"
    return plain(number)


def _beside(unit: str) -> str:
    """A unit that nobody translated, beside its number."""
    braced = unit.replace("{", "{{").replace("}", "}}")
    return "{n}" + (f" {braced}" if braced and braced.isascii() and braced != "%" else braced)


def _money(value: Mapping[str, Any], words: Words) -> str:
    """In Chinese in the unit in which it was entered, in English in millions or billions."""
    amount = Money(value["minor"], value["currency"], value.get("entered", ""))
    per = "/年" if amount.entered.endswith("/年") else ""
    if words.lang == "zh":
        bare = BESIDE.sub(" ", in_unit(amount))
        name = CURRENCY_ZH.get(amount.currency, amount.currency)
        return bare.replace(amount.currency, name) + per
    for power, word in LARGE:
        if abs(amount.amount) >= Decimal(10) ** power:
            return f"{amount.currency} {plain(amount.amount.scaleb(-power))} {word}"
    return f"{amount.currency} {plain(amount.amount)}"


def _computed(value: Mapping[str, Any], words: Words, *, unit: bool) -> str:
    number, said = float(value["value"]), str(value["unit"])
    scale = scale_for([number], said, words)
    if unit and words.has(f"bulletin_units.{said}"):
        return words(f"bulletin_units.{said}", n=scale.text(number))
    return scale.say(number) if unit else scale.text(number)


def say_gap(value: Mapping[str, Any], words: Words) -> str:
    """How far a computed value may be off; "" where it is exact or read from a record."""
    gap = float(value.get("gap") or 0.0)
    if value["type"] != "computed" or gap <= 0.0:
        return ""
    return scale_for([float(value["value"]), gap], str(value["unit"]), words).say_at_most(gap)


def say_source(text: str, words: Words) -> str:
    """A source in a language: as a whole, else sentence by sentence."""
    whole = in_language(text, words.lang)
    if whole != text:
        return whole
    joint = "；" if words.lang == "zh" else "; "
    return joint.join(in_language(p.strip(), words.lang) for p in re.split("[;；]", text))


def say_when(text: str, words: Words) -> str:
    """A day, month, or period as the language writes it; any other text in its half."""
    if ".." in text:
        begin, end = text.split("..", 1)
        return words("bulletin.span", begin=say_when(begin, words), end=say_when(end, words))
    if found := UNTIL.fullmatch(text):
        return words("bulletin.until", end=say_when(found[1], words))
    if found := DATE.fullmatch(text):
        return day(date(*(int(g) for g in found.groups())), words)
    if found := MONTH.fullmatch(text):
        year, month = int(found[1]), int(found[2])
        return f"{year} 年 {month} 月" if words.lang == "zh" else f"{MONTHS[month - 1]} {year}"
    if re.fullmatch(r"\d{4}", text):
        return f"{text} 年" if words.lang == "zh" else text
    return in_language(text, words.lang)
