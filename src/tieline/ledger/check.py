"""Entries held against their kind: unknown fields, refused values, what must not be missing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError
from tieline.ledger.digest import PRIVATE, private_digest
from tieline.ledger.values import Context, expected, take
from tieline.region.cells import RefusedError
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.draft import Draft
    from tieline.ledger.kinds import Catalogue, Field, Kind
    from tieline.ledger.segments import Segment

ID = re.compile(r"[^\s;\uff1b:\uff1a,\uff0c|\"'<>&/\\\x00-\x1f]{1,120}")


_NEVER = object()
KEPT = 20_000
"""So many texts that were taken are remembered; kinds of records and days never change."""

SHORT = 200
"""Texts up to this length are remembered beyond their change."""

LASTING = frozenset({"text", "integer", "number", "measure", "money", "flag", "date", "month",
                     "instant"})
"""Types that take a text in the same way on every day and in every ledger."""


class Checker:
    """Checks the entries of one change; holds the personal values that are to be kept apart."""

    def __init__(self, catalogue: Catalogue, kind_of: Callable[[str], str | None]) -> None:
        self._catalogue = catalogue
        self._kind_of = kind_of
        self.secrets: list[dict[str, str]] = []
        self._context = Context("", catalogue.codes, kind_of)
        self._taken: dict[Any, Any] = {}

    def take_secrets(self) -> list[dict[str, str]]:
        """The personal values since the last call."""
        out, self.secrets = self.secrets, []
        return out

    def check_id(self, name: str) -> None:
        """Raise InputError unless it can be a record's id."""
        if not ID.fullmatch(name):
            message = f"record {name!r}: expected an id without spaces and ; : , | / quotes"
            raise InputError([message])

    def take(self, draft: Draft, values: Mapping[str, Any], day: str) -> dict[str, Any]:
        """The values as bodies store them; InputError with every field that is refused."""
        kind = self._catalogue[draft.kind]
        self._turn_to(day)
        lasting, passing, owner = self._catalogue.taken, self._taken, kind.name
        out: dict[str, Any] = {}
        problems, plain = [], kind.plain_texts
        for name, value in values.items():
            if type(value) is str:
                # without control or half characters, and no mark before it
                if name in plain and len(value) <= SHORT and (
                    value.isprintable() and value[:1].isalnum()
                ):
                    out[name] = value.rstrip()
                    continue
                key = (owner, name, value)
                one = lasting.get(key, _NEVER)
                if one is _NEVER:
                    one = passing.get(key, _NEVER)
                if one is not _NEVER:
                    out[name] = one
                    continue
            try:
                out[name] = self._first(kind, name, value)
            except RefusedError as error:
                problems.append(f"record {draft.record_id}, field '{name}': expected {error}")
        if owner == "share_rule":
            problems += self._grants_nothing(draft.record_id, out)
        if problems:
            raise InputError(problems)
        return out

    def _turn_to(self, day: str) -> None:
        """Judge by this day; forget what was taken for another, or is too much to remember."""
        if day != self._context.day or len(self._taken) > KEPT:
            self._context = Context(day, self._catalogue.codes, self._kind_of)
            self._taken.clear()
        if len(self._catalogue.taken) > KEPT:
            self._catalogue.taken.clear()

    def _first(self, kind: Kind, name: str, value: Any) -> Any:
        """A value that was not taken before, remembered if it is a text; what was expected if not.

        Personal values are not remembered.
        """
        field = kind.fields.get(name)
        if field is None:
            message = (f"a field of {kind.name}, found none of that name"
                       f"{nearest(name, kind.fields)}")
            raise RefusedError(message)
        try:
            one = self._one(kind, field, value, self._context)
        except RefusedError as error:
            message = f"{expected(field, self._catalogue.codes)}, found {error}"
            raise RefusedError(message) from None
        if type(value) is str and not field.personal:
            lasting = field.type in LASTING and len(value) <= SHORT
            memory = self._catalogue.taken if lasting else self._taken
            memory[kind.name, name, value] = one
        return one

    def _grants_nothing(self, record: str, values: Mapping[str, Any]) -> list[str]:
        """What a rule names and no record has: it would grant nothing, and nobody would notice."""
        known = {
            "kinds": {"*", *self._catalogue},
            "fields": {"*", *(f for k in self._catalogue for f in self._catalogue[k].fields)},
        }
        what = {"kinds": "kinds of record, or *", "fields": "fields of records, or *"}
        return [
            f"record {record}, field '{name}': expected {what[name]}, separated by ';', found "
            f"'{each}'{nearest(each, known[name])}"
            for name in known for each in values.get(name) or () if each not in known[name]
        ]

    def _one(self, kind: Kind, field: Field, value: Any, context: Context) -> Any:
        if isinstance(value, str) and value.startswith(PRIVATE):
            message = "the mark of a personal value"
            raise RefusedError(message)
        taken = take(field, value, context)
        if field.name == "parent" and taken is not None:
            found = self._kind_of(taken)
            if found not in kind.parents:
                message = f"a record of kind {found}"
                raise RefusedError(message)
        if not field.personal or taken is None:
            return taken
        salt = secrets.token_hex(16)
        digest = private_digest(salt, taken)
        self.secrets.append({"digest": digest, "salt": salt, "value": taken})
        return PRIVATE + digest

    def check_whole(self, draft: Draft, segment: Segment) -> None:
        """Raise InputError if the body that results lacks what its kind requires."""
        kind = self._catalogue[draft.kind]
        if segment.ended or kind.needs <= segment.body.keys():
            return
        missing = kind.missing(segment.body)
        if missing:
            raise InputError([
                f"record {draft.record_id}, field '{f.name}': expected "
                f"{expected(f, self._catalogue.codes)}, found nothing" for f in missing
            ])
