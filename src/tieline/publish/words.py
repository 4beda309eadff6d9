"""The words of the report in both languages, as data (words.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
HAN = re.compile(r"[\u3400-\u9fff]")
WIDE = {",": "\uff0c", ";": "\uff1b", ":": "\uff1a"}
CURRENCY_ZH = {
    "CNY": "元", "HKD": "港元", "MOP": "澳门元", "EUR": "欧元", "USD": "美元", "CHF": "瑞士法郎",
    "GBP": "英镑", "JPY": "日元",
}


FILES = (
    "words.toml", "respond/words.toml", "storm/words.toml", "situation/words.toml",
    "bulletin/words.toml", "games/words.toml", "trip/words.toml", "water/words.toml",
    "transit/words.toml",
)
"""One file for each kind of page; a key stands in one of them only."""


@cache
def texts() -> Mapping[str, Any]:
    """Every text: key -> {"en", "zh"}; sub-tables for units, statuses, tables and terms."""
    found: dict[str, Any] = {}
    for file in FILES:
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        for section, entries in tomllib.loads(text).items():
            known = found.setdefault(section, {})
            if twice := sorted(set(known) & set(entries)):
                message = f"{file}: {section}.{twice[0]} stands in two files"
                raise ValueError(message)
            known.update(entries)
    return found


@dataclass(frozen=True)
class Words:
    """The texts of one language."""

    lang: Lang

    def __call__(self, key: str, **fields: object) -> str:
        """The text of a key ("section.name"), its {fields} filled in; KeyError if unknown."""
        entry: Any = texts()
        for part in key.split("."):
            entry = entry[part]
        text: str = entry[self.lang]
        return text.format(**fields) if fields else text

    def has(self, key: str) -> bool:
        """Whether there is a text of that key."""
        entry: Any = texts()
        for part in key.split("."):
            if not isinstance(entry, Mapping) or part not in entry:
                return False
            entry = entry[part]
        return isinstance(entry, Mapping) and self.lang in entry

    def get(self, key: str, default: str) -> str:
        """The text of a key, or the default."""
        return self(key) if self.has(key) else default

    def listed(self, items: list[str] | tuple[str, ...]) -> str:
        """A list as the language writes it: a, b and c."""
        if self.lang == "zh":
            return "、".join(items)
        return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)

    @property
    def space(self) -> str:
        """What stands between two sentences."""
        return "" if self.lang == "zh" else " "

    def unit(self, unit: str, word: str = "") -> tuple[str, str]:
        """A unit for a table head, and a pattern with {n} for a sentence; `word`: 万, million."""
        code, _, rest = unit.partition("/")
        if re.fullmatch("[A-Z]{3}", code):
            return self._money(code, rest, word)
        entry = texts()["units"].get(unit)
        short = entry[self.lang] if entry else unit
        long = entry[f"{self.lang}_long"] if entry else "{n} " + unit
        if not word:
            return short, long
        return (f"{word}{short}", long.replace("{n} ", "{n}")) if self.lang == "zh" else (
            f"{word} {short}", long)

    def _money(self, code: str, rest: str, word: str) -> tuple[str, str]:
        year = rest == "yr"
        if self.lang == "zh":
            name = CURRENCY_ZH.get(code, code)
            pattern = "{n}" + ("" if word else " ") + name
            return f"{word}{name}" + ("/年" if year else ""), ("每年 " if year else "") + pattern
        short = f"{code} {word}".strip() + ("/yr" if year else "")
        return short, f"{code} {{n}}" + (" a year" if year else "")


def typeset(text: str) -> str:
    """Chinese text with its own commas, colons, semicolons and brackets, if typed as plain ones.

    Only beside Chinese characters: ids, times and numbers stay as they are.
    """
    if not HAN.search(text):
        return text
    beside = rf"(?<={HAN.pattern})\(([^()]*)\)|\(([^()]*{HAN.pattern}[^()]*)\)"
    text = re.sub(beside, lambda m: f"\uff08{m[1] or m[2] or ''}\uff09", text)
    own = rf"(?<=[\u3400-\u9fff\uff09])([,;:]) ?|([,;:]) ?(?={HAN.pattern})"
    return re.sub(own, lambda m: WIDE[m[1] or m[2]], text)


def in_language(text: str, lang: Lang, mark: str | None = " / ") -> str:
    """The half of a bilingual text that a reader wants: "嘉善 / Jiashan" gives 嘉善 or Jiashan.

    Only a text with exactly one Chinese and one other half is cut; any other stays as it is.
    `mark` None cuts names at their first space: "夏阳街道 Xiayang".
    """
    halves = text.split(mark, 1)
    if len(halves) == 2:
        chinese = [bool(HAN.search(h)) for h in halves]
        if chinese[0] != chinese[1]:
            return halves[chinese.index(lang == "zh")].strip()
    return text
