"""The desk at which joint work is done: open, accept, hand over, do, evidence, verify, settle.

Each action is one change of the ledger: the case's new state and a step that says who did what,
when, why and with what evidence. Rights are those of the ledger; beside them an action is only
for the side that has to act, in the role of its workflow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError, LedgerError, RightsError
from tieline.ledger import clock, files
from tieline.ledger.append import Entry, Note, Receipt
from tieline.ledger.ledger import EXTRA
from tieline.ledger.rights import Principal
from tieline.ledger.work.calendar import Calendar, load_calendar
from tieline.ledger.work.workflow import CLOSED, Action, Workflow, actions, workflows
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.ledger.files import Upload
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.state import State

NEEDED = {"to": "the jurisdiction it goes to", "role": "the role that is to act",
          "evidence": "evidence", "reason": "a reason"}
"""What a step may need, in words."""


@dataclass(frozen=True)
class Task:
    """A case in somebody's inbox: who must act until when, and whether that is past."""

    case: State
    jurisdiction: str
    role: str
    deadline: str
    overdue: bool
    escalated: str = ""


@dataclass(frozen=True)
class Deed:
    """What is given with an action: why, and where the action asks for it to whom, what."""

    reason: str
    to: str = ""
    role: str = ""
    evidence: tuple[str, ...] = ()
    files: tuple[Upload, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


class Desk:
    """Joint work of one who acts. `now` is for tests and for work that is entered afterwards."""

    def __init__(
        self, ledger: Ledger, who: Principal, *, calendar: Calendar | None = None,
        now: datetime | None = None,
    ) -> None:
        self._ledger = ledger
        self._who = who
        self._now = now
        beside = Path(ledger.store.name).parent / EXTRA if ledger.store.is_sqlite else None
        self._calendar = load_calendar(beside) if calendar is None else calendar

    def open(self, workflow: str, owner: str, to: str, deed: Deed, record: str = "") -> Receipt:
        """Open a case of `owner` that `to` is to act on; `deed.values` fills its fields."""
        flow = self._flow(workflow)
        self._require(flow, "owner", owner, flow.roles["owner"])
        now = self.now()
        values = {
            "owner": owner, "workflow": workflow, "state": "opened", "holder": to,
            "role": deed.role or flow.roles["holder"], "sender": owner,
            "way": list(dict.fromkeys([owner, to])), "opened": now,
            "deadline": self._deadline(flow, "opened", now), **deed.values,
        }
        name = record or f"case-{self._ledger.head[0] + 1}"
        step = self._step(name, "open", (owner, flow.roles["owner"]), replace(deed, to=to), now)
        attached = files.entries(deed.files, name, self._day(now))
        return self._write(
            deed, [Entry("case", name, values, self._day(now)), step, *attached])

    def unseen_by(self, case: str) -> tuple[str, str]:
        """(owner, holder) of a case that who is to act cannot read and write; ("", "") if it can.

        An owner shares cases by a rule; without one a case waits where nobody looks.
        """
        found = self._ledger.view(as_of=self._day(self.now())).record(case)
        if found is None:
            return "", ""
        owner, holder = str(found.get("owner")), str(found.get("holder"))
        theirs = self._ledger.guard(Principal(
            holder, (holder,), ("editor", str(found.get("role")))))
        fits = all(theirs.may(a, "case", owner, ["state"]) for a in ("read", "write"))
        return ("", "") if fits else (owner, holder)

    def act(self, case: str, action: str, deed: Deed) -> Receipt:
        """Take a step on a case.

        Raises
        ------
        LedgerError
            If the case is not in a state for it, or something it needs is not given.
        RightsError
            If it is not for this principal to do.
        """
        view = self._ledger.view(self._who, as_of=self._day(self.now()))
        found = view.record(case)
        if found is None or found.kind != "case":
            message = f"no case '{case}' that {self._who.name} may see"
            raise LedgerError(message)
        flow, step = self._flow(str(found.get("workflow"))), self._action(action)
        state = str(found.get("state"))
        if state not in step.sources:
            titles = self._ledger.catalogue.codes["case_state"]
            those = " or ".join(titles.label(s, "en").lower() for s in step.sources)
            message = (f"case {case}: '{action}' is for a case that is {those}, "
                       f"this one is {titles.label(state, 'en').lower()}")
            raise LedgerError(message)
        self._check_given(case, step, deed)
        side = found.get("holder") if step.by == "holder" else found.get("owner")
        role = str(found.get("role")) if step.by == "holder" else flow.roles["owner"]
        if step.by != "system":
            self._require(flow, step.by, str(side), role)
        now = self.now()
        late = bool(found.get("deadline")) and now > str(found.get("deadline"))
        told = replace(deed, to=str(found.get("sender") or "")) if step.to == "sender" else deed
        entries = [
            Entry("", case, self._after(found, flow, step, deed, now), self._day(now),
                  base=view.known),
            self._step(case, action, (str(side), role), told, now, late=late),
        ]
        entries += files.entries(deed.files, case, self._day(now))
        return self._write(deed, entries)

    def inbox(
        self, *, jurisdiction: str = "", role: str = "", overdue: bool = False
    ) -> list[Task]:
        """Cases somebody must act on, the most urgent first; those of a role, those overdue."""
        now = self.now()
        tasks = [self._task(c, now) for c in self._ledger.view(
            self._who, as_of=self._day(now)).records("case") if c.get("state") not in CLOSED]
        chosen = [
            t for t in tasks
            if (not jurisdiction or t.jurisdiction == jurisdiction)
            and (not role or role in (t.role, t.escalated)) and (not overdue or t.overdue)
        ]
        return sorted(chosen, key=lambda t: (t.deadline or "~", t.case.id))

    def escalate(self, note: Note) -> list[str]:
        """Tell the next role of every overdue case it was not told of yet; the cases' ids."""
        now = self.now()
        told = []
        for task in self.inbox(overdue=True):
            flow = self._flow(str(task.case.get("workflow")))
            if task.escalated:
                continue
            deed = Deed(note.reason, values={"escalated": flow.escalate})
            step = self._step(task.case.id, "escalate", (task.jurisdiction, flow.escalate), deed,
                              now, late=True)
            self._ledger.commit(note, [
                Entry("", task.case.id, {"escalated": flow.escalate}, self._day(now)), step,
            ], who=self._who)
            told.append(task.case.id)
        return told

    def steps(self, case: str) -> list[State]:
        """The steps of a case in their order."""
        view = self._ledger.view(self._who, as_of=self._day(self.now()))
        return sorted(view.records("case_step", parent=case),
                      key=lambda s: (str(s.get("at")), s.change_no))

    def now(self) -> str:
        """The instant at which the work is done."""
        return clock.instant(self._now or datetime.now(UTC))

    def _day(self, now: str) -> Any:
        return clock.day_of(now, self._ledger.time_zone)

    def _task(self, case: State, now: str) -> Task:
        flow = self._flow(str(case.get("workflow")))
        side = flow.side(str(case.get("state")))
        deadline = str(case.get("deadline") or "")
        return Task(
            case, str(case.get("owner" if side == "owner" else "holder")),
            flow.roles["owner"] if side == "owner" else str(case.get("role")), deadline,
            bool(deadline) and now > deadline, str(case.get("escalated") or ""),
        )

    def _after(
        self, case: State, flow: Workflow, action: Action, deed: Deed, now: str
    ) -> dict[str, Any]:
        """What the case is after the action."""
        values: dict[str, Any] = dict(deed.values)
        if action.state:
            values["state"] = action.state
            values["deadline"] = self._deadline(flow, action.state, now)
            values["escalated"] = None
        if action.to:
            to = deed.to if action.to == "given" else str(case.get("sender"))
            values |= {"holder": to, "sender": case.get("holder"),
                       "role": deed.role or flow.roles["holder"],
                       "way": list(dict.fromkeys([*case.get("way", []), to]))}
        if action.name == "reassign":
            values["role"] = deed.role
        return values

    def _step(
        self, case: str, action: str, actor: tuple[str, str], deed: Deed, now: str,
        *, late: bool = False,
    ) -> Entry:
        return Entry("case_step", None, {
            "parent": case, "action": action, "at": now, "jurisdiction": actor[0],
            "role": actor[1], "to": deed.to or None,
            "to_role": deed.role or None, "reason": deed.reason,
            "evidence": [*deed.evidence, *map(str, deed.files)], "late": late or None,
        }, self._day(now))

    def _check_given(self, case: str, action: Action, deed: Deed) -> None:
        wanted = [*action.needs, *(["to"] if action.to == "given" else []), "reason"]
        given = {"role": deed.role, "evidence": deed.evidence or deed.files, "to": deed.to,
                 "reason": deed.reason.strip()}
        missing = [w for w in wanted if not given[w]]
        if missing:
            raise InputError([f"case {case}, '{action.name}': expected {NEEDED[m]}, found nothing"
                              for m in missing])

    def _deadline(self, flow: Workflow, state: str, now: str) -> str | None:
        found = flow.deadlines.get(state)
        if found is None:
            return None
        due = self._calendar.due(clock.moment(now), found, self._ledger.time_zone)
        return clock.instant(due)

    def _require(self, flow: Workflow, side: str, jurisdiction: str, role: str) -> None:
        who = self._who
        if who.everything or (jurisdiction in who.jurisdictions and role in who.roles):
            return
        message = f"{who.name} is not {role} of {jurisdiction}, the {side} of this {flow.name}"
        raise RightsError(message)

    def _write(self, deed: Deed, entries: Sequence[Entry]) -> Receipt:
        note = Note(self._who.name, deed.reason, ", ".join(self._who.jurisdictions), "work")
        return self._ledger.commit(note, entries, who=self._who, uploads=deed.files)

    @staticmethod
    def _flow(name: str) -> Workflow:
        if name not in workflows():
            message = f"no sort of case '{name}'{nearest(name, workflows())}"
            raise LedgerError(message)
        return workflows()[name]

    @staticmethod
    def _action(name: str) -> Action:
        if name not in actions():
            message = f"no action '{name}'{nearest(name, actions())}"
            raise LedgerError(message)
        return actions()[name]

