"""The system of record: projects, joint work, platforms, indicators; their history and rights."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tieline.ledger.append import Entry, Note, Receipt
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State

__all__ = ["Entry", "Ledger", "Note", "Principal", "Receipt", "State"]

_HOME = {
    "tieline.ledger.append": ("Entry", "Note", "Receipt"),
    "tieline.ledger.ledger": ("Ledger",),
    "tieline.ledger.rights": ("Principal",),
    "tieline.ledger.state": ("State",),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    message = f"module 'tieline.ledger' has no attribute '{name}'"
    raise AttributeError(message)
