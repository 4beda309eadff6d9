"""Dated code lists: what a code means, and from when to when it may be used.

Lists are TOML files in `codes/`. A code is judged by the day the value is true from: a stage that
was dropped in 2021 may still be entered for 2019.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from tieline.errors import InputError
from tieline.ledger.slips import slip

CODES = Path(__file__).parent / "codes"


@dataclass(frozen=True)
class Code:
    """One code: its titles, the first and last day it may be used ("" = always).

    `also` are words that workbooks use for it; `pattern` is for codes that are schemes.
    """

    code: str
    title: str
    title_zh: str
    begins: str = ""
    ends: str = ""
    also: tuple[str, ...] = ()
    pattern: str = ""
    source: str = ""

    def label(self, lang: str) -> str:
        """The title in the language asked for."""
        return self.title_zh if lang == "zh" else self.title

    def holds(self, day: str) -> bool:
        """Whether the code may be used on a day written `2019-10-31`."""
        return (not self.begins or self.begins <= day) and (not self.ends or day <= self.ends)


@dataclass(frozen=True)
class CodeList:
    """The codes of one list, in their order; a code may stand twice with other dates."""

    name: str
    title: str
    title_zh: str
    codes: tuple[Code, ...]

    def on(self, day: str) -> dict[str, Code]:
        """The codes that may be used on a day."""
        return {c.code: c for c in self.codes if c.holds(day)}

    def find(self, text: str, day: str) -> Code | None:
        """The code on that day by its code, by a title or by another word for it."""
        for code in self.codes:
            if code.code == text and code.holds(day):
                return code
        wanted = text.strip().lower()
        for code in self.on(day).values():
            names = (code.code, code.title, code.title_zh, *code.also)
            if wanted in (n.lower() for n in names):
                return code
        return None

    def label(self, code: str, lang: str) -> str:
        """The title of a code whatever the day; the code itself if there is none."""
        return next((c.label(lang) for c in reversed(self.codes) if c.code == code), code)


Codes = Mapping[str, CodeList]


@cache
def package_codes() -> Codes:
    """The code lists that come with Tieline."""
    return load_codes(CODES, {})


def load_codes(folder: Path, known: Codes) -> Codes:
    """The lists in a folder added to those known: a list of the same name gets more codes.

    Raises
    ------
    InputError
        If a file is no list of codes.
    """
    lists = dict(known)
    for path in sorted(folder.glob("*.toml")):
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            given = tuple(_code(c) for c in raw["code"])
            before = lists.get(path.stem)
            lists[path.stem] = CodeList(
                path.stem, raw["title"], raw["title_zh"],
                given if before is None else before.codes + given,
            )
        except (tomllib.TOMLDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
            message = f"{path}: expected a list of codes, found {slip(error)}"
            raise InputError([message]) from None
    return lists


def _code(raw: dict[str, Any]) -> Code:
    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(value)
        return value.isoformat() if isinstance(value, date) else value

    return Code(**{k: plain(v) for k, v in raw.items()})
