"""Messages in Chinese: they are made in English, and put into Chinese when they are shown.

Each room keeps its catalogue beside its code, `messages.toml`: English on the left, Chinese on the
right, with fields in braces. A field in lower case is kept as it stands (ids, numbers, file names);
one that begins with a capital is a message itself and is put into Chinese in its turn;
`{codes_stage}` holds codes of the list `stage`, which are said by their titles. An engine from
outside brings a `messages.toml` beside its module.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

FILE = "messages.toml"
FIELD = re.compile(r"\{(\w+)\}")
KINDS = {
    "n": r"[-+]?[\d.,]*\d(?:e[-+]?\d+)?%?",
    "limit": r"[<>]=? ?[-+\d.e]+",
    "sign": "[<>]=?",
    "table": r"\S+",
    "quoted": "[^']+",
    "raised": r"[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)|values?|gap",
    "coalition": "[^:;]+",
    "switches": r"'[^']+'(?:, '[^']+')*(?:, \.\.\.)?",
}
"""What a field holds, by the first word of its name (n, n_low ...); any other holds anything."""

DATA = re.compile(
    r"""'.*' | ".*" | \[.*\] | \{.*\} | None | True | False | [A-Za-z_][\w.]*\(.*\)
    | -?[\d.,:\-]+(?:e[-+]?\d+)? | -?inf | nan""",
    re.DOTALL | re.VERBOSE,
)
"""What is the same in every language: quoted text, numbers, values as a program writes them."""

MEETING = re.compile(r"[\u3400-\u9fff][\w'\"<>=+-]|[\w'\"][\u3400-\u9fff]", re.ASCII)
CODED = re.compile("codes?_")
SEVERAL = re.compile(", | or ")
JOINT = 4
"""A template with no more letters of its own than " or " only puts others together."""


@dataclass(frozen=True)
class Template:
    """A line of the catalogue: what it matches, and what that is in Chinese."""

    pattern: re.Pattern[str]
    start: str
    end: str
    fields: tuple[str, ...]
    chinese: str

    @classmethod
    def of(cls, english: str, chinese: str) -> Template:
        """The template of a line; a field used twice must hold the same both times."""
        pieces = FIELD.split(english)
        fields = tuple(dict.fromkeys(pieces[1::2]))
        text, seen = re.escape(pieces[0]), set[str]()
        for before, name, after in zip(pieces[::2], pieces[1::2], pieces[2::2], strict=False):
            quoted = before.endswith("'") and after.startswith("'")  # what was found may be empty
            kind = KINDS.get(name.split("_", 1)[0], ".*?" if quoted else ".+?")
            text += (f"(?P={name})" if name in seen else f"(?P<{name}>{kind})") + re.escape(after)
            seen.add(name)
        return cls(re.compile(text, re.DOTALL), pieces[0], pieces[-1], fields, chinese)

    def say(self, text: str) -> str | None:
        """The text in Chinese; None if the template does not fit, or a part has no Chinese."""
        if not (text.startswith(self.start) and text.endswith(self.end)):
            return None
        match = self.pattern.fullmatch(text)
        if match is None:
            return None
        said: dict[str, str] = {}
        for name in self.fields:
            part: str | None = match[name]
            if name[0].isupper():
                part = translate(match[name])
            elif CODED.match(name):
                part = _titles(match[name], CODED.sub("", name))
            if part is None:
                return None
            said[name] = part
        pieces = FIELD.split(self.chinese)
        return joined(said[p] if k % 2 else p for k, p in enumerate(pieces))


def message(text: str, lang: str = "en") -> str:
    """A message in the language asked for; in English where the catalogue does not know it."""
    return (translate(text) or text) if lang == "zh" else text


@lru_cache(maxsize=4096)
def translate(text: str) -> str | None:
    """A message in Chinese; None if the catalogue does not know it."""
    whole, templates, joints = _catalogue()
    if text in whole:
        return whole[text]
    said = _first(templates, text)
    if said is None and DATA.fullmatch(text):
        return text
    return _first(joints, text) if said is None else said


def _first(templates: Iterable[Template], text: str) -> str | None:
    return next((s for s in (t.say(text) for t in templates) if s is not None), None)


def _titles(text: str, name: str) -> str:
    """Codes of a list, or kinds of records, by their Chinese titles; unknown ones as they stand.

    Of "any" list is the first that has all the codes; as they may be typed, the codes stay beside.
    """
    codes = SEVERAL.split(text)
    if name != "any":
        known = _code_lists()[name]
        return "、".join(known.get(code, code) for code in codes)
    found = next((k for k in _code_lists().values() if len(codes) > 1 and k.keys() >= {*codes}), {})
    return "、".join(f"{found[c]}({c})" for c in codes) if found else text


@cache
def _code_lists() -> dict[str, dict[str, str]]:
    """By list in a room's `codes`, of its `kinds` and their fields: Chinese by code and title."""
    here = Path(__file__).parent
    rows = {p.stem: tomllib.loads(p.read_text(encoding="utf-8"))["code"]
            for p in sorted(here.rglob("codes/*.toml"))}
    kinds = {p.stem: tomllib.loads(p.read_text(encoding="utf-8"))
             for p in sorted(here.rglob("kinds/*.toml"))}
    rows["kind"] = [k | {"code": name} for name, k in kinds.items() if name[0] != "_"]
    rows["field"] = [f | {"code": f["title"]} for k in kinds.values() for f in k["fields"].values()]
    return {name: {word: r["title_zh"] for r in codes for word in (r["title"].lower(), r["code"])}
            for name, codes in rows.items()}


def joined(parts: Iterable[str]) -> str:
    """Parts of a Chinese text in a row: a space where a character meets a letter or a number."""
    out = ""
    for part in parts:
        meet = out[-1:] + part[:1]
        out += f" {part}" if MEETING.fullmatch(meet) else part
    return out


ONE = (("All 1 customers are", "The one customer is"), ("1 customers are", "1 customer is"),
       ("1 customers wait", "1 customer waits"), ("1 customers", "1 customer"),
       ("1 projects", "1 project"))


def singular(text: str) -> str:
    """An English text in which one customer or project is not several."""
    for several, one in ONE:
        text = re.sub(rf"(?<![\d.,]){several}\b", one, text)
    return text


def counted(n: int, one: str, many: str = "") -> str:
    """A number with its noun in English: 1 bus, 2 buses; `many` is `one` with an s if empty."""
    return f"{n} {one if n == 1 else many or one + 's'}"


@cache
def _catalogue() -> tuple[dict[str, str], tuple[Template, ...], tuple[Template, ...]]:
    """Texts without fields, templates, and joints: those with most text of their own come first.

    Joints only put parts together ("{A} or {B}"); quoted text is not looked into for them.
    """
    lines: dict[str, str] = {}
    for path in catalogues():
        lines.update(tomllib.loads(path.read_text(encoding="utf-8")))
    whole = {english: chinese for english, chinese in lines.items() if not FIELD.search(english)}
    own = {english: len(FIELD.sub("", english)) for english in lines if english not in whole}
    ordered = sorted(own, key=lambda english: (-own[english], FIELD.findall(english)))
    made = [(own[english] > JOINT, Template.of(english, lines[english])) for english in ordered]
    return whole, tuple(t for yes, t in made if yes), tuple(t for yes, t in made if not yes)


def catalogues() -> Iterator[Path]:
    """Every `messages.toml`: those of Tieline, and one beside each engine from outside."""
    here = Path(__file__).parent
    yield from sorted(here.rglob(FILE))
    for entry in sorted(entry_points(group="tieline.engines"), key=lambda e: e.name):
        spec = find_spec(entry.module.split(".", 1)[0])
        if spec is None or spec.name == "tieline":
            continue
        for folder in spec.submodule_search_locations or ():
            yield from sorted(Path(folder).rglob(FILE))
