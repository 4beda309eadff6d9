"""A response on a terminal: headline, states, steps, time line, what was refused, who helps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from tieline.appraisal.response import WAITING, per_event
from tieline.appraisal.show import width
from tieline.cli.marks import rests_on
from tieline.cli.tables import framed, plain
from tieline.cli.words import say
from tieline.publish.numbers import DASH, scale_for
from tieline.publish.respond.head import affected, headline, statuses
from tieline.publish.respond.page import notes
from tieline.publish.respond.steps import money
from tieline.publish.respond.voice import DIGITS, Face
from tieline.publish.shell import words_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tieline.appraisal.response import Response
    from tieline.region.model import Step

COLUMNS = 60
"""Characters of the time line."""
SIGNS = {"trip": "x", "go": ">", "agree": "a", "open": "o", "close": "c", "repair": "="}
MOMENTS_MIN = (5, 15, 30, 60, 120, 240, 480, 960, 1440, 2880, 5760)


def show_response(console: Console, response: Response, lang: str) -> None:
    """Print the whole response."""
    face = Face(response, words_of(lang))
    console.print(Text(f"{face.region.label(lang)} - {face.heading()}", style="bold"))
    for line in headline(face):
        console.print(Text(plain(line)))
    _print(console, _states(face), rests_on(statuses(response.statuses), face.words))
    _print(console, _steps(face))
    for line in _timeline(face):
        console.print(Text(line))
    for table in (_refused(face), _donors(face), _settlement(face)):
        if table is not None:
            _print(console, table)
    for note in notes(face):
        console.print(Text(say("Note: ", "附注:") + note))
    console.print(Text(face.words("plan.draft") + say(". ", "。")
                       + face.words("plan.unconnected") + say(".", "。")))


def _print(console: Console, table: Table, below: str = "") -> None:
    console.print()
    console.print(table)
    if below:
        console.print(Text(below))


def _states(face: Face) -> Table:
    words, r = face.words, face.response
    members = affected(face)
    looks = r.looks_min()
    table = framed(words("key.title_plan"), [
        (words("words.jurisdiction"), False), (words("words.state"), False),
        (f"{words('key.hours')} [{words.unit('customer-h')[0]}]", True),
        (say("saved", "减少"), True),
        (f"{words('key.energy')} [{words.unit('kWh')[0]}]", True),
        *((say("out at ", "") + face.lasting(m * 60) + say("", "后停电"), True) for m in looks),
    ])
    for j in [*members, ""]:
        for state in r.states:
            cells = [_value(face, m, state, j)
                     for m in ("customer_hours", "saved", "energy_not_supplied")]
            counts = [r.out(state, m * 60.0, j) for m in looks]
            name = (face.name(j) if j else words("words.region")) if state == WAITING else ""
            table.add_row(escape(name), face.state(state), *cells,
                          *(f"{c:,.0f}" if c == c else "" for c in counts))
        table.add_section()
    return table


def _value(face: Face, name: str, state: str, jurisdiction: str) -> str:
    r = face.response
    measure = "customer_hours" if name == "saved" else name

    def of(s: str) -> float:
        values = r.value(s, measure)
        if jurisdiction:
            return float(values[r.jurisdictions.index(jurisdiction)])
        return float(values.sum())

    value = of(WAITING) - of(state) if name == "saved" else of(state)
    unit = per_event(r.measure(measure).unit)
    scale = scale_for([r.total(s, measure) for s in r.states], unit, face.words, digits=DIGITS,
                      bare=True)
    return plain(scale.text(value))


def _steps(face: Face) -> Table:
    words, r = face.words, face.response
    table = framed(words("steps.title", state=face.state(r.led)), [
        ("#", True), (words("steps.time"), True), (words("steps.who"), False),
        (words("steps.what"), False), (words("steps.where"), False), (words("steps.why"), False),
        (words("steps.customers"), True), (words("steps.agrees"), False),
    ])
    for number, step in enumerate(r.plan.steps, 1):
        clock = face.clock(step.end_s)
        begun = f"{face.mark(step.start_s)} {DASH} " if step.end_s > step.start_s else ""
        table.add_row(
            str(number), begun + face.mark(step.end_s) + (f" {clock}" if clock else ""),
            escape(_who(face, step)), escape(face.operation(step)), escape(face.where(step)),
            escape(face.reason(step)), plain(face.change(step.customers)),
            escape(face.consents(step)),
        )
    return table


def _who(face: Face, step: Step) -> str:
    who = face.actor(step)
    if step.action not in ("open", "close") or step.actor == "protection":
        return who
    how = face.words("steps.remote" if step.remote else "steps.manual")
    return who + say(", ", "，") + how


def _timeline(face: Face) -> list[str]:
    """A line for each actor: who is busy when, with more room for the first minutes."""
    steps = face.response.plan.steps
    if not steps:
        return [face.words("steps.nothing")]
    end = max(max(s.end_s for s in steps), 60.0)
    rows: dict[str, list[str]] = {}
    for step in steps:
        line = rows.setdefault(face.actor(step), [" "] * (COLUMNS + 1))
        first, last = _at(step.start_s, end), _at(step.end_s, end)
        for k in range(first, max(last, first + 1)):
            if line[k] in " =" or k == first:
                line[k] = SIGNS.get(step.action, "?")
    label = max(width(name) for name in rows)
    lines = ["", " " * label + "  " + _scale(face, end)]
    lines += [name + " " * (label - width(name)) + " |" + "".join(cells).rstrip()
              for name, cells in rows.items()]
    known = [a for a in SIGNS if any(s.action == a for s in steps)]
    told = say(", ", "，").join(f"{SIGNS[a]} {face.words(f'action.{a}')}" for a in known)
    return [*lines, told]


def _at(seconds: float, end_s: float) -> int:
    return min(int(COLUMNS * math.sqrt(max(seconds, 0.0) / end_s)), COLUMNS)


def _scale(face: Face, end_s: float) -> str:
    line = "0"
    for minutes in MOMENTS_MIN:
        if minutes * 60 > end_s:
            break
        at = _at(minutes * 60.0, end_s)
        if at >= width(line) + 2:
            line += " " * (at - width(line)) + face.lasting(minutes * 60.0)
    return line


def _refused(face: Face) -> Table | None:
    found = face.response.table(face.response.led, "refused")
    if found is None or not len(found):
        return None
    words = face.words
    table = framed(words("refused.title"),
                   [(words(f"refused.{k}"), False) for k in ("asset", "reason", "next")])
    for k in range(len(found)):
        table.add_row(escape(str(found["asset"][k])),
                      *(escape(text) for text in face.refusal(found, k)))
    return table


def _donors(face: Face) -> Table | None:
    found = face.response.table(face.response.led, "donors")
    if found is None or not len(found):
        return None
    words = face.words
    columns = ("before", "during", "limit", "reserve_before", "reserve_during")
    table = framed(words("donors.caption") + " [MVA]", [
        (words("donors.source"), False), (words("words.jurisdiction"), False),
        *((words(f"donors.{c}"), True) for c in columns)])
    for k in range(len(found)):
        values = (float(found[f"{c}_mva"][k]) for c in columns)
        table.add_row(escape(str(found["source"][k])),
                      escape(face.name(str(found["jurisdiction"][k]))),
                      *(f"{v:,.2f}" if math.isfinite(v) else "-" for v in values))
    return table


def _settlement(face: Face) -> Table | None:
    found = face.response.table(face.response.led, "settlement")
    if found is None or not len(found):
        return None
    words = face.words
    table = framed(words("settle.caption"), [
        (words("settle.giver"), False), (words("settle.taker"), False),
        (f"{words('settle.carried')} [{words.unit('kWh')[0]}]", True),
        (f"{words('settle.reserve')} [{words('settle.mva_h')}]", True),
        (words("settle.amount"), True)])
    for k in range(len(found)):
        amount, currency = float(found["amount"][k]), str(found["currency"][k])
        table.add_row(
            escape(face.name(str(found["from"][k]))), escape(face.name(str(found["to"][k]))),
            f"{float(found['carried_kwh'][k]):,.0f}", f"{float(found['reserve_mva_h'][k]):,.1f}",
            plain(money(face, amount, currency)),
        )
    return table
