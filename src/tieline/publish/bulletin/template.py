"""A bulletin's template: what stands between the `+++` lines, and the text below it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.publish.bulletin.figure import Query
from tieline.publish.bulletin.problems import Problems, Spot
from tieline.publish.bulletin.syntax import read_inline, read_text
from tieline.publish.words import LANGUAGES
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.publish.bulletin.nodes import Block, Parts

FENCE = "+++"
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
OWN = "bulletin"
"""The id under which a bulletin speaks of itself: `{{bulletin:date}}`, `{{bulletin:as_of}}`."""
KEYS = ("id", "title", "summary", "date", "as_of", "section", "languages", "names", "corrects",
        "owner", "figure")
LARGEST = 200_000
"""Characters of a template: a bulletin is read by people."""


@dataclass(frozen=True)
class Asked:
    """A figure as the template declares it; `label` by language, {} to take its record's name."""

    id: str
    query: Query
    label: Mapping[str, str]
    spot: Spot


@dataclass(frozen=True)
class Section:
    """The section of the site in which it stands, with its title by language."""

    id: str
    title: Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """A template that could be read.

    `digest` is that of the file's bytes: what is approved is this text and no other.
    """

    file: str
    digest: str
    id: str
    date: dt.date
    as_of: dt.date
    section: Section
    languages: tuple[str, ...]
    names: tuple[str, ...]
    titles: Mapping[str, Parts]
    summaries: Mapping[str, Parts]
    figures: Mapping[str, Asked]
    blocks: Mapping[str, tuple[Block, ...]] = field(repr=False)
    corrects: str = ""
    owner: str = ""


def read_template(source: str | Path, problems: Problems | None = None) -> Template:
    """The template of a file, or of a text that contains a line `+++`.

    Raises
    ------
    InputError
        With every problem found, each with its line and column.
    """
    if isinstance(source, Path):
        problems = problems or Problems(source.name)
        raw = source.read_bytes()
    else:
        problems = problems or Problems("bulletin.md")
        raw = source.encode()
    text = _decoded(raw, problems)
    head, first, body = _parted(text, problems)
    given = _toml(head, problems)
    problems.stop()
    reader = _Reader(given, head, problems)
    made = reader.template(hashlib.sha256(raw).hexdigest(), first, body)
    problems.stop()
    return made


def _decoded(raw: bytes, problems: Problems) -> str:
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        problems.error(Spot(), "a text in UTF-8", "another encoding")
        problems.stop()
        raise
    if len(text) > LARGEST:
        problems.error(Spot(), f"at most {LARGEST} characters", f"{len(text)}")
    if "\0" in text:
        problems.error(Spot(), "a text", "a NUL character")
    return text


def _parted(text: str, problems: Problems) -> tuple[str, int, str]:
    """What stands between the fences, the number of the first line below, what stands there."""
    lines = text.split("\n")
    ends = [k for k, line in enumerate(lines) if line.strip() == FENCE]
    if len(ends) < 2 or any(line.strip() for line in lines[: ends[0]]):
        problems.error(Spot(1, 1), "the bulletin's settings between two lines +++",
                       f"'{lines[0][:24]}'")
        problems.stop()
    head = "\n" * (ends[0] + 1) + "\n".join(lines[ends[0] + 1 : ends[1]])
    return head, ends[1] + 2, "\n".join(lines[ends[1] + 1 :])


def _toml(head: str, problems: Problems) -> dict[str, Any]:
    try:
        return tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        spot = Spot(int(at[1]), int(at[2])) if at else Spot()
        problems.error(spot, "settings in TOML", f"'{error}'")
        return {}


class _Reader:
    """Checks the settings one by one; every problem is told."""

    def __init__(self, given: Mapping[str, Any], head: str, problems: Problems) -> None:
        self.given, self.problems = given, problems
        self.lines = head.split("\n")

    def template(self, digest: str, first: int, body: str) -> Template:
        """All of it; values that were refused are empty, the caller stops."""
        for key in self.given:
            if key not in KEYS:
                self._error(key, f"one of {', '.join(KEYS)}", f"'{key}'{nearest(key, KEYS)}")
        languages = self._languages()
        section = self._section(languages)
        figures = self._figures()
        return Template(
            file=self.problems.file, digest=digest, id=self._id("id"), date=self._date("date"),
            as_of=self._date("as_of"), section=section, languages=languages,
            names=self._texts("names"), titles=self._said("title", languages, needed=True),
            summaries=self._said("summary", languages, needed=False), figures=figures,
            blocks=read_text(body, first, languages, self.problems),
            corrects=self._id("corrects") if "corrects" in self.given else "",
            owner=str(self.given.get("owner", "")),
        )

    def spot(self, key: str, table: str = "") -> Spot:
        """Where a key stands, as well as a search can tell."""
        inside = not table
        for number, line in enumerate(self.lines, 1):
            if line.strip().startswith("["):
                inside = line.strip() == f"[{table}]" if table else False
                if inside and not key:
                    return Spot(number, 1)
            elif inside and re.match(rf"\s*{re.escape(key)}\s*[=.]", line):
                return Spot(number, len(line) - len(line.lstrip()) + 1)
        return Spot()

    def _error(self, key: str, expected: str, found: str) -> None:
        self.problems.error(self.spot(key), expected, found)

    def _id(self, key: str) -> str:
        value = self.given.get(key)
        if not isinstance(value, str) or not ID.fullmatch(value):
            self._error(key, f"{key} = an id of small letters, digits and hyphens", f"'{value}'")
            return ""
        return value

    def _date(self, key: str) -> dt.date:
        value = self.given.get(key)
        if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
            self._error(key, f"{key} = a day like 2019-10-31", f"'{value}'")
            return dt.date(1, 1, 1)
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.given.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self._error(key, f"{key} = a list of texts", f"'{value}'")
            return ()
        return tuple(value)

    def _languages(self) -> tuple[str, ...]:
        found = self._texts("languages") or LANGUAGES
        for lang in found:
            if lang not in LANGUAGES:
                self._error("languages", f"one of {', '.join(LANGUAGES)}", f"'{lang}'")
        return tuple(dict.fromkeys(x for x in found if x in LANGUAGES)) or LANGUAGES

    def _section(self, languages: Sequence[str]) -> Section:
        value = self.given.get("section")
        if not isinstance(value, dict) or not ID.fullmatch(str(value.get("id", ""))):
            self._error("section", "a section with an id and a title in every language",
                        f"'{value}'")
            return Section("", {})
        return Section(value["id"], self._by_language("section", value, languages))

    def _by_language(self, key: str, value: Any, languages: Sequence[str]) -> dict[str, str]:
        out = {}
        for lang in languages:
            said = value.get(lang) if isinstance(value, dict) else None
            if not isinstance(said, str) or not said.strip():
                self._error(key, f"{key} in every language of the bulletin", f"none in '{lang}'")
            else:
                out[lang] = said.strip()
        return out

    def _said(self, key: str, languages: Sequence[str], *, needed: bool) -> dict[str, Parts]:
        """Texts of the head with figures in them, each read where it stands."""
        if key not in self.given and not needed:
            return {}
        said = self._by_language(key, self.given.get(key), languages)
        return {lang: read_inline(text, self._place(text), self.problems)
                for lang, text in said.items()}

    def _place(self, text: str) -> Spot:
        """Where a text of the head begins; the line alone where escapes hide it."""
        for number, line in enumerate(self.lines, 1):
            at = line.find(text)
            if at >= 0:
                return Spot(number, at + 1)
        return Spot(1, 1)

    def _figures(self) -> dict[str, Asked]:
        value = self.given.get("figure", {})
        if not isinstance(value, dict):
            self._error("figure", "a table [figure.ID] for each figure", f"'{value}'")
            return {}
        return {name: self._figure(name, given) for name, given in value.items()}

    def _figure(self, name: str, given: Any) -> Asked:
        spot = self.spot("", f"figure.{name}")
        if not NAME.fullmatch(name) or name == OWN:
            self.problems.error(spot, "an id of letters, digits and hyphens, not 'bulletin'",
                                f"'{name}'")
        if not isinstance(given, dict) or not isinstance(given.get("from"), str):
            self.problems.error(spot, 'a figure with from = "ledger", "appraisal" or "plan"',
                                f"'{name}'")
            return Asked(name, Query("", {}), {}, spot)
        rest = {k: _plain(v) for k, v in given.items() if k != "label"}
        label = given.get("label", {})
        if not isinstance(label, dict) or not all(isinstance(v, str) for v in label.values()):
            self.problems.error(spot, "a label by language, in texts", f"'{label}'")
            label = {}
        return Asked(name, Query.of(rest), label, spot)


def _plain(value: Any) -> Any:
    """What TOML gave as JSON can hold it: days as text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
