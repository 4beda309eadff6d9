"""Which column of a file is which field, in which unit, with which words: as data.

A mapping is a TOML file. Without one, columns are known by the titles of the fields in either
language, and a unit in brackets behind a title is the unit of its bare numbers.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError
from tieline.ledger.slips import slip
from tieline.region.cells import half_width
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.exchange.source import Source
    from tieline.ledger.kinds import Field, Kind

_UNIT = re.compile(r"^(.*?)\s*[\[(]([^\])]*)[\])]\s*$")
_NUMBER = re.compile(r"[+-]?[\d.,\s]*\d")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MIDNIGHT = re.compile(r"(\s+(0?0:00(:00)?|12:00:00 AM))?")
EMPTY = frozenset({"", "-", "--", "/", "无", "n/a", "nan", "null", "none", "未定", "待定"})
"""What people write for nothing."""

RECORD, REASON, IDENTIFIER = "$id", "$reason", "$external"
"""Columns that are no fields: our id of the record, why the row was changed, the source's id."""
NUMBERS = frozenset({"no", "no.", "nr", "number", "序号", "项目编号", "project id", "id"})
NAME_WORDS = ("名称", "name", "title", "bezeichnung", "nombre", "nom")
"""What columns are called that hold a source's numbers, or names."""
TITLES = {"编号": RECORD, "id": RECORD, "更新理由": REASON, "reason": REASON}


@dataclass(frozen=True)
class Columns:
    """How to read a file; every part may be empty.

    `columns`: column -> field; `constants`: field -> value of every row; `units`: field -> unit of
    bare numbers; `words`: field -> what the file writes -> our value; `dates` is "dmy" or "mdy"
    where days or months come first, `decimal` "," where that parts the decimals; `scheme` names
    the source's ids; `stable_ids` says that a person has made sure that they are never used again
    for another.
    """

    kind: str = "project"
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scheme: str = "source"
    stable_ids: bool = False
    dates: str = "ymd"
    decimal: str = "."
    encoding: str = ""
    separator: str = ""


_CHOICES = {"dates": ("ymd", "dmy", "mdy"), "decimal": (".", ",")}


def load_mapping(path: Path) -> Columns:
    """The mapping in a TOML file; InputError if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: expected a mapping of columns, found {slip(error)}"
        raise InputError([message]) from None
    return read_mapping(text, str(path))


def read_mapping(text: str, name: str) -> Columns:
    """The mapping that a text in TOML says; InputError, under this name, if it says none."""
    try:
        given = tomllib.loads(text)
        made = Columns(**given)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        message = f"{name}: expected a mapping of columns, found {slip(error)}"
        raise InputError([message]) from None
    problems = [p for key, value in given.items() for p in _wrong(name, key, value)]
    if problems:
        raise InputError(problems)
    return made


def _wrong(name: str, key: str, value: Any) -> list[str]:
    """What is no value of a key of a mapping."""
    if key == "stable_ids":
        return [] if isinstance(value, bool) else [
            f"{name}, key '{key}': expected true or false, found {value!r}"]
    if key in ("columns", "constants", "units", "words"):
        if not isinstance(value, dict):
            return [f"{name}, key '{key}': expected a table, found {value!r}"]
        wanted, what = {"columns": (str, "a text"), "units": (str, "a text"),
                        "words": (dict, "a table")}.get(key, (object, ""))
        return [f"{name}, key '{key}.{k}': expected {what}, found {v!r}"
                for k, v in value.items() if not isinstance(v, wanted)]
    allowed = _CHOICES.get(key)
    if not isinstance(value, str) or (allowed and value not in allowed):
        expected = f"one of {', '.join(allowed)}" if allowed else "a text"
        return [f"{name}, key '{key}': expected {expected}, found {value!r}"]
    if key == "separator" and len(value) > 1:
        return [f"{name}, key '{key}': expected one character, found {value!r}"]
    if key == "encoding" and value and not _is_encoding(value):
        return [f"{name}, key '{key}': expected an encoding, such as gb18030, found {value!r}"]
    return []


def _is_encoding(name: str) -> bool:
    try:
        return "\n".encode(name) != b""
    except (LookupError, UnicodeError, ValueError):
        return False


@dataclass(frozen=True)
class Bound:
    """A column bound to a field (None for `$id`, `$reason`, `$external`)."""

    index: int
    column: str
    target: str
    field: Field | None


def bind(source: Source, kind: Kind, mapping: Columns) -> tuple[list[Bound], list[str]]:
    """The columns that are used, and the names of those that are not.

    Raises
    ------
    InputError
        If a field is named that the kind does not have, or twice, a column that the file has
        under a name like it, or no column is used.
    """
    titles = _titles(source, kind)
    known = {*kind.fields, RECORD, REASON, IDENTIFIER}
    bound: list[Bound] = []
    unused: list[str] = []
    problems = _misspelt(source, mapping)
    for i, column in enumerate(source.columns):
        title, unit = _split(column)
        key = source.keys[i] if i < len(source.keys) and i else ""
        target = RECORD if source.keys and i == 0 else key or mapping.columns.get(
            column, "") or ("" if mapping.columns else (
                TITLES.get(title.lower()) or titles.get(title) or titles.get(title.lower(), "")))
        if not target:
            unused.append(column)
            continue
        if target not in known:
            problems.append(f"{source.name}, column '{column}': expected a field of {kind.name}, "
                            f"found '{target}'{nearest(target, known)}")
            continue
        if target in {b.target for b in bound}:
            problems.append(f"{source.name}, column '{column}': expected each field once, "
                            f"found '{target}' again")
            continue
        found = kind.fields.get(target)
        if found is not None:
            found = replace(found, unit=mapping.units.get(target, unit or found.unit))
        bound.append(Bound(i, column, target, found))
    if not bound and not problems:
        problems.append(f"{source.name}: expected columns titled as fields of {kind.name}, or a "
                        "mapping that says which is which (--map), "
                        f"found {', '.join(c for c in source.columns if c)[:200]}")
    if problems:
        raise InputError(problems)
    return bound, [u for u in unused if u]


def _titles(source: Source, kind: Kind) -> dict[str, str]:
    """Titles of columns and their fields; other words for one only where its title is not there."""
    titles = {f.title.lower(): n for n, f in kind.fields.items()}
    titles |= {f.title_zh: n for n, f in kind.fields.items()} | {n: n for n in kind.fields}
    there = [_split(c)[0] for c in source.columns]
    taken = {titles[t] for t in there if t in titles}
    for name, f in kind.fields.items():
        word = next((w for w in f.also if w in there), "")
        if word and name not in taken:
            titles.setdefault(word, name)
    return titles


def suggestion(source: Source, kind: Kind, lang: str) -> str:
    """A mapping to begin with: every column of the file, with its field where that can be guessed.

    What cannot stands behind a `#`, for a person to say.
    """
    titles = _titles(source, kind)
    lines, met = [f'kind = "{kind.name}"', "[columns]"], set[str]()
    for column in filter(None, source.columns):
        target = _guess(_split(column)[0], titles)
        line = f'"{column}" = "{target}"'
        lines.append(line if target and target not in met else f'# "{column}" = "..."')
        met.add(target)
    if IDENTIFIER in met:
        said = "来源自己的编号,不是台账编号" if lang == "zh" else "the source's number, not ours"
        lines = [x + f"   # {said}" if IDENTIFIER in x else x for x in lines]
    if not met & {"name", "name_zh"}:
        lines.append('# "..." = "name_zh"')
    lines.append("[constants]")
    return "\n".join([*lines, *(f'{f.name} = "..."' for f in kind.required if f.name not in met)])


def _guess(title: str, titles: Mapping[str, str]) -> str:
    target = titles.get(title) or titles.get(title.lower(), "")
    if not target and title.lower() in NUMBERS:
        return IDENTIFIER
    if not target and any(w in title.lower() for w in NAME_WORDS):
        return "name" if title.isascii() else "name_zh"
    return target


def lacking(source: Source, mapping: Columns) -> list[str]:
    """Columns of the mapping that the file lacks, and no other gives their field.

    A field may be mapped from several columns, as editions of a list write them: one will do.
    """
    if source.keys:
        return []
    there = {target for column, target in mapping.columns.items() if column in source.columns}
    return [c for c, target in mapping.columns.items() if target not in there]


def _misspelt(source: Source, mapping: Columns) -> list[str]:
    """The same, where the file has a column so like it that one of the two is a slip."""
    spare = [c for c in source.columns if c and c not in mapping.columns]
    return [f"{source.name}: column '{c}' of the mapping is not in the file{nearest(c, spare)}"
            for c in lacking(source, mapping) if nearest(c, spare)]


def _split(column: str) -> tuple[str, str]:
    match = _UNIT.match(half_width(column))
    return (match[1], match[2].strip()) if match else (column, "")


def read_cell(bound: Bound, cell: Any, mapping: Columns) -> Any:
    """What the cell says, before its field takes it: words replaced, dates and decimals turned."""
    if isinstance(cell, str):
        cell = cell.strip()
        if cell.lower() in EMPTY:
            return None
    words = mapping.words.get(bound.target)
    if words is not None and str(cell) in words:
        return words[str(cell)] or None
    if bound.field is None or not isinstance(cell, str):
        return cell
    if bound.field.type == "date":
        return _date(cell, mapping)
    if mapping.decimal == "," and bound.field.type in ("money", "number", "integer", "measure"):
        return _NUMBER.sub(
            lambda m: m[0].replace(".", "").replace(" ", "").replace(",", "."), cell)
    return cell


def _date(cell: str, mapping: Columns) -> str:
    match = _DATE.match(cell)
    if match and mapping.dates in ("dmy", "mdy") and _MIDNIGHT.fullmatch(cell[match.end():]):
        first, second, year = match.groups()
        day, month = (first, second) if mapping.dates == "dmy" else (second, first)
        return f"{year}-{month}-{day}"
    if "T" in cell and cell.endswith("Z"):
        return cell[:10]
    return cell.replace(".", "-") if re.fullmatch(r"\d{4}\.\d{1,2}\.\d{1,2}", cell) else cell
