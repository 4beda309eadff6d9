"""Kinds of records as data: what fields a project, a fund, a patrol or a share rule has.

A kind is a TOML file in `kinds/`; a region may add its own beside its ledger. Checks, Excel
templates, listings and the reference documentation are made from it: there is no code per kind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from tieline.errors import InputError
from tieline.ledger.codes import Codes, load_codes, package_codes
from tieline.ledger.slips import slip

FieldType = Literal[
    "text", "integer", "number", "measure", "money", "flag", "date", "month", "instant",
    "choice", "record", "jurisdiction", "shares", "identifiers", "geometry",
]
FACETS = ("category", "stage", "signal", "amount")
"""What of a record is kept in columns, to be listed by and summed; a kind says from which field."""

KINDS = Path(__file__).parent / "kinds"
COMMON = "_common"
"""The file of the fields that every kind has."""


@dataclass(frozen=True)
class Field:
    """One field: its type, what it may hold, its title in both languages.

    `codes` names the code list of a choice, or one that has titles for some texts, `refers` the
    kinds a record may be of, `unit` the unit of a bare number or amount; `many` fields hold a
    list. A `personal` value is kept apart and may be erased; the chain holds without it. `also`
    are titles that workbooks give it.
    """

    name: str
    type: FieldType
    title: str
    title_zh: str
    meaning: str = ""
    meaning_zh: str = ""
    required: bool = False
    many: bool = False
    codes: str = ""
    refers: tuple[str, ...] = ()
    unit: str = ""
    min: float | None = None
    max: float | None = None
    pattern: str = ""
    personal: bool = False
    also: tuple[str, ...] = ()

    def label(self, lang: str) -> str:
        """The title in the language asked for."""
        return self.title_zh if lang == "zh" else self.title


@dataclass(frozen=True)
class Kind:
    """A kind of record: its fields, and which of them are its facets.

    `facets` gives for each facet the fields it is read from: the first that is filled counts.
    A `public` kind is read by everybody. Of `one_of`, one field must be filled. `columns` are those
    of its lists, if not the ordinary ones. Amounts of a kind that is not `additive` - figures of
    different indicators, totals of lists that overlap - are never summed.
    """

    name: str
    title: str
    title_zh: str
    meaning: str
    meaning_zh: str
    fields: Mapping[str, Field]
    parents: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label_fields: tuple[str, str] = ("name", "name_zh")
    public: bool = False
    one_of: tuple[str, ...] = ()
    required: tuple[Field, ...] = ()
    columns: tuple[str, ...] = ()
    additive: bool = True

    @cached_property
    def needs(self) -> frozenset[str]:
        """Fields of which a body lacks nothing if it has them all."""
        return frozenset((*(f.name for f in self.required), *self.one_of))

    @cached_property
    def plain_texts(self) -> frozenset[str]:
        """Fields that take any short printable text as it is."""
        return frozenset(
            f.name for f in self.fields.values()
            if f.type == "text" and not (f.many or f.pattern or f.personal)
        )

    @cached_property
    def listed(self) -> tuple[tuple[str, ...], ...]:
        """The fields behind amount, category, stage and signal, in this order."""
        return tuple(map(self.behind, ("amount", "category", "stage", "signal")))

    def missing(self, body: Mapping[str, Any]) -> list[Field]:
        """What a body lacks: required fields, and the first of `one_of` if it has none."""
        out = [f for f in self.required if f.name not in body]
        if self.one_of and not any(n in body for n in self.one_of):
            out.append(self.fields[self.one_of[0]])
        return out

    def label(self, lang: str) -> str:
        """The title in the language asked for."""
        return self.title_zh if lang == "zh" else self.title

    def behind(self, facet: str) -> tuple[str, ...]:
        """The fields from which a facet is read."""
        return ("owner",) if facet == "owner" else self.facets.get(facet, ())


@dataclass(frozen=True)
class Catalogue:
    """All kinds and code lists that a ledger knows."""

    kinds: Mapping[str, Kind]
    codes: Codes
    taken: dict[tuple[str, str, str], Any] = field(
        default_factory=dict, repr=False, compare=False)
    """Short texts that were taken before, by kind and field; only to take them quicker again."""

    def __getitem__(self, name: str) -> Kind:
        return self.kinds[name]

    def __contains__(self, name: str) -> bool:
        return name in self.kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)


@cache
def package_catalogue() -> Catalogue:
    """The kinds and code lists that come with Tieline."""
    return Catalogue(_load(KINDS, _common()), package_codes())


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """The kinds and codes of Tieline, and those a region adds in `extra/kinds`, `extra/codes`.

    Raises
    ------
    InputError
        If a file is no such TOML, or names what already exists.
    """
    own = package_catalogue()
    if extra is None or not extra.is_dir():
        return own
    added = _load(extra / "kinds", _common())
    both = sorted(set(added) & set(own.kinds))
    if both:
        raise InputError([f"{extra / 'kinds'}: kind '{name}' exists already" for name in both])
    return Catalogue({**own.kinds, **added}, load_codes(extra / "codes", own.codes))


@cache
def _common() -> tuple[Field, ...]:
    raw = tomllib.loads((KINDS / f"{COMMON}.toml").read_text(encoding="utf-8"))
    return tuple(_field(name, given) for name, given in raw["fields"].items())


def _load(folder: Path, common: tuple[Field, ...]) -> dict[str, Kind]:
    kinds = {}
    for path in sorted(folder.glob("[!_]*.toml")):
        try:
            kinds[path.stem] = _kind(path, common)
        except (tomllib.TOMLDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
            message = f"{path}: expected a kind of record, found {slip(error)}"
            raise InputError([message]) from None
    return kinds


def _kind(path: Path, common: tuple[Field, ...]) -> Kind:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    fields = {name: _field(name, given) for name, given in raw.pop("fields").items()}
    fields |= {f.name: f for f in common if f.name not in fields}
    facets = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in raw.pop("facets", {}).items()}
    unknown = [f for f in facets if f not in FACETS]
    columns = tuple(raw.pop("columns", ()))
    unknown += [n for names in (*facets.values(), columns) for n in names if n not in fields]
    if unknown:
        raise KeyError(unknown[0])
    label_fields = tuple(raw.pop("label_fields", ("name", "name_zh")))
    return Kind(
        name=path.stem, fields=fields, required=tuple(f for f in fields.values() if f.required),
        facets=facets, parents=tuple(raw.pop("parents", ())),
        one_of=tuple(raw.pop("one_of", ())), label_fields=label_fields,
        columns=columns, **raw,
    )


def _field(name: str, given: dict[str, Any]) -> Field:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return Field(name=name, **values)
