"""Cases as pages show them: who must act until when, the way so far, what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tieline.ledger import clock
from tieline.ledger.work.workflow import CLOSED, Action, actions, workflows
from tieline.web.work.evidence import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State
    from tieline.ledger.view import View
    from tieline.ledger.work.desk import Desk, Task
    from tieline.web.library.choosing import Shower

MAIN = ("accept", "do", "evidence", "verify", "settle")
"""The straight way of a case; other steps stand below."""


@dataclass(frozen=True)
class Left:
    """Time to a deadline: "days", "hours" or "minutes", how many; whether it is past."""

    unit: str
    n: int
    past: bool


@dataclass(frozen=True)
class Card:
    """A case in an inbox."""

    id: str
    title: str
    sort: str
    state: str
    state_code: str
    jurisdiction: str
    role: str
    deadline: str
    left: Left | None
    overdue: bool
    escalated: str
    way: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class StepShown:
    """A step of a case: when, who, what, why, with what evidence (file, digest, name)."""

    at: str
    action: str
    action_code: str
    jurisdiction: str
    role: str
    to: str
    reason: str
    evidence: tuple[tuple[str, str, str], ...]
    late: bool


def left(deadline: str, now: datetime) -> Left | None:
    """How long there is, in the largest unit that fits."""
    if not deadline:
        return None
    span = clock.moment(deadline) - now
    past, span = span < timedelta(0), abs(span)
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return Left("days", minutes // (24 * 60), past)
    return Left("hours", minutes // 60, past) if minutes >= 120 else Left("minutes", minutes, past)


def card(task: Task, shower: Shower, zone: str) -> Card:
    """A task as its card."""
    case = task.case
    return Card(
        case.id, case.label(shower.lang), shower.code("workflow", str(case.get("workflow"))),
        shower.code("case_state", str(case.get("state"))), str(case.get("state")),
        shower.name(task.jurisdiction), task.role, local(task.deadline, zone),
        left(task.deadline, datetime.now(UTC)), task.overdue, task.escalated,
        tuple(shower.name(j) for j in case.get("way", ())), str(case.get("status") or ""),
    )


def local(instant: str, zone: str) -> str:
    """An instant as a clock on a wall shows it."""
    return f"{clock.moment(instant).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if instant else ""


def steps(desk: Desk, case: str, shower: Shower, zone: str) -> list[StepShown]:
    """The steps of a case in their order."""
    files = {str(f.get("digest")): f for f in shower.view.records("file", parent=case)}
    return [
        StepShown(
            local(str(s.get("at")), zone), shower.code("case_action", str(s.get("action"))),
            str(s.get("action")), shower.name(str(s.get("jurisdiction"))), str(s.get("role")),
            shower.name(str(s.get("to"))) if s.get("to") else "", str(s.get("reason")),
            tuple(_evidence(e, files) for e in s.get("evidence", ())), bool(s.get("late")),
        )
        for s in desk.steps(case)
    ]


def _evidence(text: str, files: Mapping[str, State]) -> tuple[str, str, str]:
    """The id of a kept file ("" if it cannot be had), its digest ("" if none), its name."""
    match = MARK.fullmatch(text)
    if match is None:
        return "", "", text
    file = files.get(match[1])
    there = file is not None and not file.get("erased")
    return file.id if file is not None and there else "", match[1], match[2]


def may_take(case: State, who: Principal) -> list[Action]:
    """The steps this principal may take on the case now, the straight way first."""
    flow = workflows().get(str(case.get("workflow")))
    if flow is None or case.get("state") in CLOSED:
        return []
    able = []
    for action in actions().values():
        if action.by == "system" or case.get("state") not in action.sources:
            continue
        side = case.get("holder") if action.by == "holder" else case.get("owner")
        role = case.get("role") if action.by == "holder" else flow.roles["owner"]
        if who.everything or (side in who.jurisdictions and role in who.roles):
            able.append(action)
    return sorted(able, key=lambda a: (a.name not in MAIN, list(actions()).index(a.name)))


def jurisdictions(view: View, lang: str, ledger: Ledger) -> list[tuple[str, str]]:
    """Members and neighbours by name."""
    return [(s.id, s.label(lang)) for s in view.records("jurisdiction")]
