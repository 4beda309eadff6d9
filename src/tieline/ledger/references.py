"""What points to a record: plans traced both ways, members of lists, parts of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.ledger.values import show

if TYPE_CHECKING:
    from tieline.ledger.kinds import Catalogue
    from tieline.ledger.state import State
    from tieline.ledger.values import Words
    from tieline.ledger.view import View


def referring(view: View, record_id: str) -> list[tuple[State, str]]:
    """Each record that names this one, with the field in which it does, as far as visible."""
    out = []
    for name in view.catalogue:
        fields = [f.name for f in view.catalogue[name].fields.values()
                  if f.type == "record" and (f.refers or f.name in ("parent", "member"))]
        for state in view.records(name) if fields else ():
            if record_id not in state.body:
                continue
            out += [(state, f) for f in fields if _names(state.get(f), record_id)]
    return out


def pointing(
    other: State, field: str, catalogue: Catalogue, lang: str, words: Words
) -> str:
    """One that names a record, as a line: what it is called, in which field it does.

    What has no name - a place on a list, a figure of an indicator - is said by its columns.
    """
    kind = catalogue[other.kind]
    names = sorted(set(kind.label_fields), reverse=lang == "zh")
    said = [n for n in names if n in kind.fields and other.get(n) is not None][:1]
    if kind.columns:
        said = [n for n in kind.columns if n != field and other.get(n) is not None]
    texts = [show(kind.fields[n], other.get(n), catalogue.codes, lang, words) for n in said]
    return f"<- {other.id}  {', '.join(texts)} ({kind.fields[field].label(lang)})"


def _names(value: object, record_id: str) -> bool:
    return record_id in value if isinstance(value, list) else value == record_id
