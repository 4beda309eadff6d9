"""Red, yellow, green: by dated rules, and by hand with a reason; both are kept.

The rules are data (`rules/signals.toml`). Running them is a change like any other: the colour, the
rule and the figure behind it are recorded; a colour set by hand counts before it and stays.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError
from tieline.ledger.append import Entry, Note, Receipt
from tieline.ledger.slips import slip

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.state import State

RULES = Path(__file__).parent / "rules" / "signals.toml"
COLOURS = ("green", "yellow", "red")
"""From good to bad."""
OVER = ("finished", "service", "cancelled")
"""Stages in which nothing is late any more."""


@dataclass(frozen=True)
class SignalRule:
    """A colour for what a measure exceeds, from one day to another ("" = always)."""

    id: str
    measure: str
    above: float
    colour: str
    title: str
    title_zh: str
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True)
class Signal:
    """A project's colour by the rules, the rule that gave it, the figure it found.

    `colour` None: nothing is recorded that a rule could measure, so nothing can be said.
    """

    project: str
    colour: str | None
    rule: str
    figure: float


PUBLIC = ("reported", "announced")
"""Status of what is known from public reports alone: the ledger does not follow it."""

Parts = Mapping[str, Sequence["State"]]
"""A project's records by kind: milestones, supervision items, issues, progress, yearly plans."""


def load_rules(extra: Path | None = None) -> tuple[SignalRule, ...]:
    """The rules of a region if it has any, else those that come with Tieline."""
    path = extra / "rules" / "signals.toml" if extra else RULES
    path = path if path.is_file() else RULES
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = tuple(SignalRule(**{k: _plain(v) for k, v in r.items()}) for r in raw["rule"])
    except (tomllib.TOMLDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
        message = f"{path}: expected rules of signals, found {slip(error)}"
        raise InputError([message]) from None
    wrong = [r for r in rules if r.measure not in MEASURES or r.colour not in COLOURS]
    if wrong:
        raise InputError([f"{path}, rule '{r.id}': expected a known measure and colour, found "
                          f"{r.measure}, {r.colour}" for r in wrong])
    return rules


def judge(project: State, parts: Parts, rules: Sequence[SignalRule], day: date) -> Signal:
    """The colour of a project on a day: the worst that a rule in force gives."""
    if not _measurable(parts, day):
        return Signal(project.id, None, "", 0.0)
    worst = Signal(project.id, COLOURS[0], "", 0.0)
    if project.get("stage") in OVER:
        return worst
    for rule in rules:
        if (rule.begins and day.isoformat() < rule.begins) or (
                rule.ends and day.isoformat() > rule.ends):
            continue
        figure = MEASURES[rule.measure](parts, day)
        if figure > rule.above and COLOURS.index(rule.colour) > COLOURS.index(str(worst.colour)):
            worst = Signal(project.id, rule.colour, rule.id, figure)
    return worst


def _measurable(parts: Parts, day: date) -> bool:
    """Whether something is due, or planned and reported in money this year."""
    if any(_due(parts, kind) for kind in DUE):
        return True
    year = str(day.year)
    return any(str(s.get("year")) == year and s.get("investment")
               for s in parts.get("year_plan", ())) and any(
        str(s.get("month", "")).startswith(year) and s.get("invested_month")
        for s in parts.get("progress", ()))


def run_rules(
    ledger: Ledger, note: Note, rules: Sequence[SignalRule], day: date, who: Principal
) -> Receipt | None:
    """Record the colour of every project whose colour, rule or figure is another; None if none."""
    view = ledger.view(who, as_of=day)
    parts: dict[str, dict[str, list[State]]] = {}
    for kind in ("milestone", "supervision", "issue", "progress", "year_plan"):
        for s in view.records(kind):
            parts.setdefault(str(s.get("parent")), {}).setdefault(kind, []).append(s)
    entries = []
    for project in view.records("project"):
        found = judge(project, parts.get(project.id, {}), rules, day)
        why = f"{found.rule}: {found.figure:g}" if found.rule else None
        if (project.get("signal_rule"), project.get("signal_why")) != (found.colour, why):
            entries.append(Entry("", project.id, {
                "signal_rule": found.colour, "signal_why": why}, day))
    return ledger.commit(note, entries, who=who) if entries else None


def _due(parts: Parts, kind: str) -> list[State]:
    """What is due by an office's own word: of what was only published nobody says if it was met."""
    return [s for s in parts.get(kind, ()) if s.get(DUE[kind]) and s.get("status") not in PUBLIC]


def _days_late(kind: str, done: str) -> Callable[[Parts, date], float]:
    def measure(parts: Parts, day: date) -> float:
        open_ = [s.get(DUE[kind]) for s in _due(parts, kind) if not s.get(done)]
        return max(((day - date.fromisoformat(due)).days for due in open_), default=0)

    return measure


def _percent_behind_plan(parts: Parts, day: date) -> float:
    """Points by which the year's investment lags a plan spread evenly over the year; 0 if ahead.

    Only where the plan and the progress of the year are in the same currency.
    """
    year = str(day.year)
    plans = [s.get("investment") for s in parts.get("year_plan", ())
             if str(s.get("year")) == year and s.get("investment")]
    done = [s.get("invested_month") for s in parts.get("progress", ())
            if str(s.get("month", "")).startswith(year) and s.get("invested_month")
            and str(s.get("month")) <= day.isoformat()[:7]]
    currencies = {m["currency"] for m in (*plans, *done)}
    planned = sum(m["minor"] for m in plans)
    if len(currencies) != 1 or planned <= 0:
        return 0.0
    passed = (day - date(day.year, 1, 1)).days / 365
    reached = float(sum(m["minor"] for m in done) / planned)
    return max(0.0, 100 * passed - 100 * reached)


DUE = {"milestone": "due", "supervision": "deadline", "issue": "due"}
"""By kind the field that says when something is due."""
MEASURES: Mapping[str, Callable[[Parts, date], float]] = {
    "milestone_days_late": _days_late("milestone", "met"),
    "supervision_days_late": _days_late("supervision", "closed"),
    "issue_days_late": _days_late("issue", "closed"),
    "percent_behind_plan": _percent_behind_plan,
}
"""What rules may measure, each from a project's own records on a day."""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
