"""A figure as an object: what was asked, what was found, when, in what state, out of what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from tieline.errors import TielineError

Values = Mapping[str, Any]
RELIANCE = ("verified", "reported", "announced", "approximate", "calibrated", "assumption",
            "synthetic")
"""Statuses, the one that can most be relied on first."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value is the same text everywhere."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"),
                      allow_nan=False)


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical text, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@dataclass(frozen=True)
class Query:
    """What is asked: a source by name and its parameters, plain values that JSON can hold."""

    source: str
    parameters: Values

    def to_json(self) -> dict[str, Any]:
        """As it is published."""
        return {"from": self.source, **self.parameters}

    @classmethod
    def of(cls, given: Values) -> Query:
        """From a template or a published figure."""
        rest = dict(given)
        return cls(str(rest.pop("from", "")), rest)

    def text(self) -> str:
        """The query in one line: `ledger: record=library-2019 field=count`."""
        parts = [f"{k}={_plain(v)}" for k, v in self.parameters.items()]
        return f"{self.source}: {' '.join(parts)}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{k}:{_plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ";".join(_plain(v) for v in value)
    return str(value)


@dataclass(frozen=True)
class Reading:
    """What a query gave.

    Parameters
    ----------
    value
        One of: {"type": "measure", "value": "250", "relation": ">", "unit": "家"};
        {"type": "money", "minor": 1, "currency": "CNY", "entered": "亿元", "relation": "="};
        {"type": "date", "value": "2019-09-10"};
        {"type": "computed", "value": 12.5, "unit": "customer-h/yr", "gap": 0.0}.
    status
        One of `RELIANCE`, or another code of the ledger's list `status`; of a figure made of
        several rows the weakest among them, which `rests_on` counts.
    source
        Where it comes from, as its record says; bilingual texts have " / " between.
    when
        The day or period it is of.
    read_at
        {"change", "hash", "instant"} of the ledger's head at which it was read, or {"engine",
        "version", "digest"} of what computed it; no part of the digest.
    record, set_by
        The record it stands in, and the number of the change that wrote it there; "" and 0 if none.
    """

    value: Values
    status: str
    source: str
    when: str
    read_at: Values
    label: tuple[str, str] = ("", "")
    claimed_by: str = ""
    rests_on: Values = field(default_factory=dict)
    record: str = ""
    set_by: int = 0

    def content(self) -> dict[str, Any]:
        """What must stay the same for the figure to be still true."""
        return {"value": dict(self.value), "status": self.status, "source": self.source,
                "when": self.when, "claimed_by": self.claimed_by}


@dataclass(frozen=True)
class Figure:
    """A figure of a bulletin: its id there, its name, what was asked and what that gave."""

    id: str
    label: tuple[str, str]
    query: Query
    reading: Reading

    @property
    def digest(self) -> str:
        """SHA-256 over the query and its content; not over when it was read."""
        return digest_of([self.query.to_json(), self.reading.content()])

    def name(self, lang: str) -> str:
        """What it is a figure of, in the language asked for, else in the other."""
        en, zh = self.label
        return (zh or en) if lang == "zh" else (en or zh)

    def to_json(self) -> dict[str, Any]:
        """As it is published in `figures.json`."""
        r = self.reading
        return {
            "id": self.id, "label": {"en": self.label[0], "zh": self.label[1]},
            "query": self.query.to_json(), "value": dict(r.value), "status": r.status,
            "source": r.source, "claimed_by": r.claimed_by, "when": r.when, "record": r.record,
            "set_by_change": r.set_by, "read_at": dict(r.read_at), "rests_on": dict(r.rests_on),
            "digest": self.digest,
        }

    @classmethod
    def of_json(cls, given: Values) -> Figure:
        """From `figures.json`; KeyError or TypeError if it is none."""
        label = given["label"]
        reading = Reading(
            value=dict(given["value"]), status=given["status"], source=given["source"],
            when=given["when"], read_at=dict(given["read_at"]),
            claimed_by=given["claimed_by"], rests_on=dict(given["rests_on"]),
            record=given["record"], set_by=int(given["set_by_change"]),
        )
        return cls(given["id"], (label["en"], label["zh"]), Query.of(given["query"]), reading)


class Source(Protocol):
    """Where figures are read: the ledger, an appraisal, a plan, or anything a program adds.

    `name` is what a query's `from` says. `read` raises `LookupFailedError` if the query cannot be
    answered; `at` is a change of the ledger ("" reads what is known now), which sources that
    compute anew do not need.
    """

    name: str

    def read(self, query: Query, at: int | None = None) -> Reading:
        """What the query gives."""
        ...


class LookupFailedError(TielineError):
    """A query that cannot be answered: what was expected, what was found, which parameter."""

    def __init__(self, parameter: str, expected: str, found: str) -> None:
        self.parameter, self.expected, self.found = parameter, expected, found
        super().__init__(f"{parameter}: expected {expected}, found {found}")


def refuse(parameter: str, expected: str, found: str) -> NoReturn:
    """Raise LookupFailedError."""
    raise LookupFailedError(parameter, expected, found) from None


def weakest(counts: Mapping[str, int]) -> str:
    """The status that can least be relied on among those that occur; "" if none does."""
    found = [s for s, n in counts.items() if n]
    order = {s: k for k, s in enumerate(RELIANCE)}
    return max(found, key=lambda s: (order.get(s, len(order)), s), default="")
