"""Figures to pick from: what the ledger holds that fits words, each with the lines to paste."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieline.publish.bulletin.figure import LookupFailedError, Query, Reading
from tieline.publish.bulletin.ledger_source import LedgerSource, figures_of

if TYPE_CHECKING:
    from tieline.ledger.state import State
    from tieline.ledger.view import View

MOST = 50


@dataclass(frozen=True)
class Pick:
    """A figure that a bulletin could state: what it is called, what it says, how to ask for it."""

    name: str
    label: tuple[str, str]
    query: Query
    reading: Reading

    def toml(self) -> str:
        """The lines for the template's settings."""
        lines = [f"[figure.{self.name}]", 'from = "ledger"']
        lines += [f'{k} = "{v}"' for k, v in self.query.parameters.items() if k != "as_of"]
        return "\n".join(lines) + "\n"


def pick(source: LedgerSource, view: View, words: str = "", most: int = MOST) -> list[Pick]:
    """Figures of records whose id, kind or names hold every word, in the order of the ledger.

    Parameters
    ----------
    words
        Separated by spaces, in any language and case; "" fits every record.
    most
        No more than so many.
    """
    out: list[Pick] = []
    for found in _fitting(source, view, words.casefold().split()):
        out.append(found)
        if len(out) == most:
            break
    return out


def _fitting(source: LedgerSource, view: View, words: list[str]) -> Iterator[Pick]:
    names = {s.id: s for s in view.records("indicator")}
    for state in view.records():
        kind = view.catalogue[state.kind]
        parent = names.get(str(state.get("parent") or ""))
        said = " ".join([_said(state), kind.title, kind.title_zh,
                         _said(parent) if parent else ""]).casefold()
        if not all(w in said for w in words):
            continue
        for field in figures_of(kind):
            if state.get(field.name) is None:
                continue
            query = Query("ledger", {"record": state.id, "field": field.name, "as_of": view.day})
            try:
                reading = source.read(query, view.known)
            except LookupFailedError:
                continue
            en, zh = reading.label
            yield Pick(f"{state.id}-{field.name}".replace("_", "-"),
                       (f"{en}: {field.title}", f"{zh}：{field.title_zh}"), query, reading)


def _said(state: State) -> str:
    return f"{state.id} {state.label('en')} {state.label('zh')}"
