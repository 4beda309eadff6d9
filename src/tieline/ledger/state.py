"""A record as it was on a day, as known on a day, as far as who asks may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tieline.ledger.digest import PRIVATE
from tieline.ledger.rights import ALWAYS, EVERY

HIDDEN = "•••"
"""Stands for a personal value that was not looked up or has been erased."""


@dataclass(frozen=True)
class State:
    """A record: its id, its kind, since when it is so, by which change; `values` by field."""

    id: str
    kind: str
    owner: str
    valid_from: str
    change_no: int
    body: str = field(repr=False)
    visible: frozenset[str] = field(default=frozenset({EVERY}), repr=False)
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The fields that may be seen; personal values that were erased are `HIDDEN`."""
        return seen(json.loads(self.body), self.visible, self.personal)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field."""
        return self.values.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

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
