"""Workflows as data: which steps there are, who takes them, how long each state may last."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tieline.ledger.work.calendar import Deadline

WORKFLOWS = Path(__file__).parent / "workflows"
CLOSED = ("settled", "withdrawn")
"""States in which nobody has to act any more."""
OWNER_ACTS = ("evidenced", "verified")
"""States in which it is for the one who opened the case to act."""


@dataclass(frozen=True)
class Action:
    """A step a case may take; see `workflows/_steps.toml`."""

    name: str
    sources: tuple[str, ...]
    state: str
    by: str
    to: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """A sort of case: the roles of its two sides, its deadlines, whom overdue cases go to."""

    name: str
    title: str
    title_zh: str
    meaning: str
    meaning_zh: str
    roles: Mapping[str, str]
    deadlines: Mapping[str, Deadline]
    escalate: str

    def side(self, state: str) -> str:
        """Who must act in a state: "holder" or "owner"; "" if nobody."""
        if state in CLOSED:
            return ""
        return "owner" if state in OWNER_ACTS else "holder"


@cache
def actions() -> Mapping[str, Action]:
    """Every step by name."""
    raw = tomllib.loads((WORKFLOWS / "_steps.toml").read_text(encoding="utf-8"))
    return {
        name: Action(name, tuple(a["from"]), a["state"], a["by"], a.get("to", ""),
                     tuple(a.get("needs", ())))
        for name, a in raw.items()
    }


@cache
def workflows() -> Mapping[str, Workflow]:
    """Every workflow by name."""
    found = {}
    for path in sorted(WORKFLOWS.glob("[!_]*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        deadlines = {state: Deadline(**d) for state, d in raw.pop("deadlines").items()}
        found[path.stem] = Workflow(name=path.stem, deadlines=deadlines, **raw)
    return found


def roles_of_work() -> list[str]:
    """Every role that a workflow knows."""
    return sorted({r for w in workflows().values() for r in (*w.roles.values(), w.escalate)})
