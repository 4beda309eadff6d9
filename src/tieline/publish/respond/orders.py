"""Draft order sheets to print: for each jurisdiction its own steps and the calls it must make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieline.publish.markup import Html, el, join
from tieline.publish.method import own_version
from tieline.publish.numbers import DASH, day
from tieline.publish.page import paragraph
from tieline.publish.respond.page import STYLE
from tieline.publish.respond.voice import Face
from tieline.publish.shell import document, words_of

if TYPE_CHECKING:
    from tieline.appraisal.response import Response
    from tieline.region.model import Step

ROLES = ("drawn", "checked", "approved", "dispatcher")
RANK = {"ask": 0, "give": 0, "borrow": 0, "lend": 0, "tell": 1, "report": 1}
"""What comes first of calls about the same step."""


@dataclass(frozen=True)
class Call:
    """A call across a border: before or after which step, with whom, of what kind.

    `when`: from when to when [s after the start].
    """

    number: int
    partner: str
    kind: str
    step: Step
    when: tuple[float, float]


def ordered(response: Response) -> tuple[str, ...]:
    """Jurisdictions with a step to do, a crew to lend or an agreement to give, in their order."""
    steps = response.plan.steps
    named = {s.jurisdiction for s in steps} | {j for s in steps for j in s.agrees}
    named |= {s.lender for s in steps}
    return tuple(j for j in response.jurisdictions if j in named)


def file_name(jurisdiction: str) -> str:
    """The name of a jurisdiction's sheet, in characters that every disk takes."""
    return "orders-" + re.sub(r"[^\w.-]", "_", jurisdiction)


def render_orders(response: Response, lang: str = "zh", jurisdiction: str | None = None) -> str:
    """The sheets as one page: of one jurisdiction, or of all, each on paper of its own.

    CaseError for an unknown jurisdiction; one without a step gets a sheet that says so.
    """
    face = Face(response, words_of(lang))
    title, pages = sheets(face, jurisdiction)
    return document(face.words, title, *pages, styles=(STYLE,))


def sheets(face: Face, jurisdiction: str | None = None) -> tuple[str, list[Html]]:
    """The title and the sheets, as `render_orders` puts them on a page."""
    words, response = face.words, face.response
    mine = ordered(response)
    if jurisdiction is not None:
        mine = (response.region.jurisdiction(jurisdiction).id,)
    found: list[Html] = [_sheet(face, j) for j in mine]
    if not found:
        found = [el("section", _banner(face), paragraph(words("orders.nothing")),
                    class_="sheet")]
    title = (words("orders.title", name=face.name(mine[0])) if len(mine) == 1
             else words("orders.all"))
    return f"{title} · {face.heading()}", found


def own_steps(response: Response, jurisdiction: str) -> list[tuple[int, Step]]:
    """Numbered steps on a jurisdiction's ground, without the agreements (they are calls)."""
    return [(n, s) for n, s in enumerate(response.plan.steps, 1)
            if s.jurisdiction == jurisdiction and s.action != "agree"]


def lent_steps(response: Response, jurisdiction: str) -> list[tuple[int, Step]]:
    """Numbered steps that a jurisdiction's crews do on others' ground, at their orders."""
    return [(n, s) for n, s in enumerate(response.plan.steps, 1) if s.lender == jurisdiction]


def calls(response: Response, jurisdiction: str) -> list[Call]:
    """Calls of a jurisdiction in the order of the plan.

    To ask, to give, to lend or borrow a crew, to hear of a step, to tell of one.
    """
    found = [*_agreements(response, jurisdiction), *_loans(response, jurisdiction),
             *_reports(response, jurisdiction)]
    once = {(c.number, RANK[c.kind], c.partner, c.kind): c for c in reversed(found)}
    return [once[key] for key in sorted(once)]


def _agreements(response: Response, jurisdiction: str) -> list[Call]:
    """To ask the others before one's own steps, and to answer them before theirs."""
    steps = list(enumerate(response.plan.steps, 1))
    asked_for = {s.asset for _, s in steps if s.action == "agree"}
    found = []
    for n, step in steps:
        about = n
        if step.action == "agree":
            about = next((k for k, s in steps if k > n and s.asset == step.asset), n)
        elif step.asset in asked_for and step.phase != "return":
            continue
        target = dict(steps)[about]
        when = (step.start_s, step.end_s if step.action == "agree" else step.start_s)
        others = [j for j in step.agrees if j != step.jurisdiction]
        if step.jurisdiction == jurisdiction:
            found += [Call(about, j, "ask", target, when) for j in others]
        elif jurisdiction in step.agrees:
            found.append(Call(about, step.jurisdiction, "give", target, when))
    return found


def _loans(response: Response, jurisdiction: str) -> list[Call]:
    """To ask for another's crew before its first step, and to lend one's own."""
    first: dict[tuple[str, str, str], tuple[int, Step]] = {}
    for n, step in enumerate(response.plan.steps, 1):
        if step.lender:
            first.setdefault((step.crew, step.lender, step.jurisdiction), (n, step))
    found = []
    for (_, lender, taker), (n, step) in first.items():
        when = (step.start_s, step.start_s)
        if jurisdiction == lender:
            found.append(Call(n, taker, "lend", step, when))
        elif jurisdiction == taker:
            found.append(Call(n, lender, "borrow", step, when))
    return found


def _reports(response: Response, jurisdiction: str) -> list[Call]:
    """To tell others that a step is done which they wait for, and to hear it from them."""
    found = []
    for j in ordered(response):
        for n, _ in own_steps(response, j):
            for k, other in after_others(response, j, n):
                when = (other.end_s, other.end_s)
                if j == jurisdiction:
                    found.append(Call(k, other.jurisdiction, "report", other, when))
                elif other.jurisdiction == jurisdiction:
                    found.append(Call(k, j, "tell", other, when))
    return found


def after_others(response: Response, jurisdiction: str, number: int) -> list[tuple[int, Step]]:
    """The last step of each other jurisdiction that must be done before a step of one's own.

    Only steps that concern both: one of them needs the other's agreement. A step that an earlier
    one of one's own already waited for is not named again.
    """
    def before(n: int) -> dict[str, tuple[int, Step]]:
        step = response.plan.steps[n - 1]
        found: dict[str, tuple[int, Step]] = {}
        if any(s.needs for s in response.plan.steps):
            for k in step.needs:
                other = response.plan.steps[k]
                if other.jurisdiction not in ("", jurisdiction) and other.action != "agree":
                    found[other.jurisdiction] = (k + 1, other)
            return found
        for k, other in enumerate(response.plan.steps[: n - 1], 1):
            there = other.jurisdiction
            if there in ("", jurisdiction) or other.action in ("agree", "trip"):
                continue
            if there in step.agrees or jurisdiction in other.agrees:
                found[there] = (k, other)
        return found

    earlier = {
        k for n, _ in own_steps(response, jurisdiction) if n < number
        for k, _ in before(n).values()
    }
    return [(k, s) for k, s in before(number).values() if k not in earlier]


def _sheet(face: Face, jurisdiction: str) -> Html:
    return el(
        "section", _banner(face), el("h1", face.words("orders.title",
                                                      name=face.name(jurisdiction))),
        _facts(face, jurisdiction), _operations(face, jurisdiction), _lent(face, jurisdiction),
        _calls(face, jurisdiction),
        _approval(face), _end(face), class_="sheet",
    )


def _banner(face: Face) -> Html:
    words = face.words
    return join(paragraph(words("orders.kicker"), "kicker"),
                el("ul", *(el("li", t) for t in face.captions()), class_="tags"),
                paragraph(words("orders.valid"), "warning"))


def _facts(face: Face, jurisdiction: str) -> Html:
    words, r = face.words, face.response
    start = words("plan.supposed") if face.supposed else (
        day(r.incident.start.date(), words) + f" {r.incident.start:%H:%M}")
    phases = [s.phase for _, s in own_steps(r, jurisdiction) if s.action != "trip"]
    task = words("orders.task_text", isolate=phases.count("isolate"),
                 restore=phases.count("restore"), repair=phases.count("repair"),
                 back=phases.count("return"))
    lent = len(lent_steps(r, jurisdiction))
    if not phases:
        task = words("orders.task_none" if not lent else "orders.task_lent", n=lent)
    elif lent:
        task += words("orders.task_lent_too", n=lent)
    facts = [
        (words("orders.number"), el("span", "", class_="line")),
        (words("orders.plan"), f"{face.heading()} · {face.state(r.led)}"),
        (words("orders.start"), start), (words("plan.faulted"), face.faulted()),
        (words("orders.task"), task),
    ]
    return el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in facts), class_="facts")


def _grid(caption: str, heads: list[str], rows: list[Html], kind: str) -> Html:
    return el("table", el("caption", caption),
              el("thead", el("tr", *(el("th", h, scope="col") for h in heads))),
              el("tbody", *rows), class_=f"order {kind}")


BOX = Html('<span class="box"></span>')


def _cells(*values: Html | str) -> Html:
    return el("tr", *(el("td", v) for v in values))


def _operations(face: Face, jurisdiction: str) -> Html | None:
    words, r = face.words, face.response
    rows: list[Html] = []
    phase = ""
    for number, step in own_steps(r, jurisdiction):
        if step.phase != phase:
            phase = step.phase
            rows.append(el("tr", el("th", words.get(f"phase.{phase}", phase), colspan="8"),
                           class_="phase"))
        rows.append(_operation(face, jurisdiction, number))
    if not rows:
        return None
    heads = [words(f"orders.{k}") for k in ("done",)] + [words("steps.number")]
    heads += [words(f"orders.{k}") for k in ("planned", "operation", "by", "before", "actual",
                                             "signed")]
    return join(paragraph(words("orders.swipe"), "note swipe"),
                _grid(words("orders.steps"), heads, rows, "ops"),
                paragraph(words("orders.gaps"), "note"))


def _planned(face: Face, *when: float) -> Html:
    """From when to when: by the clock where the day is known, and since the incident."""
    moments = dict.fromkeys(when)
    clocks = f" {DASH} ".join(filter(None, (face.clock(t) for t in moments)))
    marks = f" {DASH} ".join(face.mark(t) for t in moments)
    return join(el("b", clocks or marks), el("small", marks) if clocks else None)


def _lent(face: Face, jurisdiction: str) -> Html | None:
    """What one's own crews do elsewhere, and who orders it."""
    words, r = face.words, face.response
    rows = []
    for number, step in lent_steps(r, jurisdiction):
        rows.append(_cells(BOX, str(number), _planned(face, step.start_s, step.end_s),
                           el("b", face.operation(step)), face.actor(step),
                           face.name(step.jurisdiction), "", ""))
    if not rows:
        return None
    heads = [words("orders.done"), words("steps.number")]
    heads += [words(f"orders.{k}") for k in ("planned", "operation", "by", "commanded", "actual",
                                             "signed")]
    return _grid(words("orders.lent"), heads, rows, "ops")


def after_own(response: Response, jurisdiction: str, number: int) -> list[int]:
    """The steps of one's own that must be done before: as the plan says, else the last to end.

    Trips happen by themselves: nothing comes before them, and nothing waits for them alone.
    """
    step = response.plan.steps[number - 1]
    mine = dict(own_steps(response, jurisdiction))
    if step.action == "trip" or any(s.needs for s in response.plan.steps):
        return [k + 1 for k in step.needs if k + 1 in mine]
    done = {k: s.end_s for k, s in mine.items()
            if k < number and s.end_s <= step.start_s + 0.01 and s.action != "trip"}
    return [k for k, end in done.items() if end == max(done.values())]


def _operation(face: Face, jurisdiction: str, number: int) -> Html:
    words, r = face.words, face.response
    step = r.plan.steps[number - 1]
    what = face.operation(step)
    if step.action == "trip":
        what = words("orders.confirm", operation=what)
    mine = after_own(r, jurisdiction, number)
    waits = [words("orders.after_own", n=", ".join(map(str, mine)))] if mine else []
    waits += [words("orders.after_other", name=face.name(s.jurisdiction), n=k)
              for k, s in after_others(r, jurisdiction, number)]
    waits += [words("orders.after_agree", name=face.name(j)) for j in step.agrees
              if j != jurisdiction]
    if step.lender:
        waits.append(face.lends(step))
    why = face.reason(step) if step.action in ("trip", "open", "close") else ""
    by = face.actor(step)
    if step.action in ("open", "close") and step.actor != "protection":
        by += " · " + words("steps.remote" if step.remote else "steps.manual")
    return _cells(BOX, str(number), _planned(face, step.start_s, step.end_s),
                  join(el("b", what), el("small", why) if why else None), by,
                  join(*(el("span", w, class_="wait") for w in waits)), "", "")


def _calls(face: Face, jurisdiction: str) -> Html:
    words = face.words
    found = calls(face.response, jurisdiction)
    if not found:
        return paragraph(words("orders.calls_none"), "note")
    rows = [
        _cells(BOX, _planned(face, *c.when), face.name(c.partner),
               words(f"orders.{c.kind}", n=c.number, operation=face.operation(c.step),
                     crew=c.step.crew), "", "", "")
        for c in found
    ]
    heads = [words(f"orders.{k}") for k in ("made", "planned", "partner", "about", "answer", "name",
                                            "signed")]
    return _grid(words("orders.calls"), heads, rows, "calls")


def _approval(face: Face) -> Html:
    words = face.words
    rows = [_cells(words(f"orders.{k}"), *("" for _ in ROLES)) for k in ("name", "time", "signed")]
    heads = [words("orders.role"), *(words(f"orders.{k}") for k in ROLES)]
    return join(_grid(words("orders.roles"), heads, rows, "roles"),
                paragraph(join(words("orders.remarks"), el("span", "", class_="line wide")),
                          "remarks"))


def _end(face: Face) -> Html:
    words = face.words
    lines = [words("plan.unconnected"), *face.captions(),
             words("page.made_by", version=own_version())]
    return el("footer", paragraph(" · ".join(lines)))
