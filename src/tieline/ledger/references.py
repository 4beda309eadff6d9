"""What points to a record: plans traced both ways, members of lists, parts of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tieline.ledger.state import State
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


def _names(value: object, record_id: str) -> bool:
    return record_id in value if isinstance(value, list) else value == record_id
