"""A record as it was on a day, as known on a day, as far as who asks may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from tieline.errors import StorageError
from tieline.ledger.digest import PRIVATE
from tieline.ledger.rights import ALWAYS, EVERY

HIDDEN = "•••"
"""Stands for a personal value that was not looked up or has been erased."""


class Row(NamedTuple):
    """What a list reads of a record: quick to make, thousands at a time."""

    id: str
    kind: str
    owner: str
    valid_from: str
    change_no: int
    body: str
    visible: frozenset[str] = frozenset({EVERY})
    personal: Mapping[str, str] = MappingProxyType({})


class State(Row):
    """A record: its id, its kind, since when it is so, by which change; `values` by field.

    `owner` is the present owner, whose rules decide who sees it; the one of the day is in
    `values`. Immutable.
    """

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The fields that may be seen; personal values that were erased are `HIDDEN`."""
        try:
            body = json.loads(self.body)
        except ValueError as error:
            message = f"record {self.id}: its body was damaged; see `tieline ledger verify`"
            raise StorageError(message) from error
        return seen(body, self.visible, self.personal)

    def __repr__(self) -> str:
        return f"State({self.id!r}, {self.kind}, since {self.valid_from}, {dict(self.values)})"

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field."""
        return self.values.get(name, default)

    def label(self, lang: str = "en", fields: tuple[str, str] = ("name", "name_zh")) -> str:
        """Its name in the language asked for, else in the other, else its id."""
        en, zh = self.get(fields[0]), self.get(fields[1])
        return str(((zh or en) if lang == "zh" else (en or zh)) or self.id)


def seen(
    body: Mapping[str, Any], visible: frozenset[str], personal: Mapping[str, str]
) -> dict[str, Any]:
    """The part of a body that may be seen, with personal values where they are at hand."""
    if EVERY not in visible:
        body = {k: v for k, v in body.items() if k in visible or k in ALWAYS}
    return {
        k: personal.get(v[len(PRIVATE):], HIDDEN)
        if isinstance(v, str) and v.startswith(PRIVATE) else v
        for k, v in body.items()
    }
