"""The top of the plan: what broke, the headline in a sentence or two, what each state costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.response import WAITING, per_event
from tieline.messages import singular
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import day, scale_for
from tieline.publish.page import MARKS, cell, finite, head, paragraph, row, section, sentence, table
from tieline.publish.respond.voice import DIGITS
from tieline.region.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.publish.page import Voice
    from tieline.publish.respond.voice import Face

AFFECTED = 0.5
"""Customers below which nobody is interrupted."""
NOTICED_H = 0.05
"""Customer-hours by which a member is worse off than apart before it is said."""


def masthead(face: Face) -> Html:
    """Title, facts, captions, headline, what it rests on."""
    words, response = face.words, face.response
    incident, case = response.incident, response.cases[response.led]
    start = words("plan.supposed") if face.supposed else (
        day(incident.start.date(), words) + f" {incident.start:%H:%M}")
    built = [p.id for p in face.region.projects if p.id in case.built]
    facts = [
        (words("plan.start"), start), (words("plan.faulted"), face.faulted()),
        (words("plan.network"), face.network(response.network)),
        (words("plan.scenario"), face.scenario()),
        (words("plan.built"), words.listed(face.names(built)) or words("plan.none")),
    ]
    return el(
        "header", paragraph(words("plan.kicker"), "kicker"), tags(face),
        el("h1", face.region.label(words.lang), el("span", face.heading(), class_="what")),
        paragraph(words("plan.subtitle"), "subtitle"),
        el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in facts), class_="facts"),
        *(paragraph(t, "headline" if k == 0 else "headline money")
          for k, t in enumerate(headline(face))),
        rests_on(face, response.statuses),
    )


def headline(face: Face) -> list[str]:
    """Who is back when; what that spares, and how sure it is."""
    response = face.response
    told = [_back(face)]
    if response.most_out(response.led):
        told = [told[0] + _classes_said(face), _spared(face)]
    return told if face.words.lang == "zh" else [singular(t) for t in told]


def _classes_said(face: Face) -> str:
    """Who was interrupted and is back by switching, by class; "" where there is but one."""
    words, found = face.words, face.response.classes(face.response.led)
    if len(found) < 2:
        return ""

    def listed(k: int) -> str:
        return words.listed([face.counted(name, n[k]) for name, n in found.items() if n[k]])

    return words.space + words("say.classes", out=listed(0), back=listed(1) or "0")


def _worse(face: Face) -> str:
    """Members to whom the plan costs more than if each acted apart; "" if none."""
    words, r = face.words, face.response
    if "apart" not in r.plans or r.led == "apart":
        return ""
    led, apart = r.value(r.led, "customer_hours"), r.value("apart", "customer_hours")
    who = [
        words("say.worse_who", name=face.name(j), apart=face.hours(a, b), led=face.hours(b, a))
        for j, a, b in zip(r.jurisdictions, apart, led, strict=True) if b > a + NOTICED_H
    ]
    return words.space + words("say.worse", who=words.listed(who)) if who else ""


def _back(face: Face) -> str:
    words, r = face.words, face.response
    out = r.most_out(r.led)
    if out < AFFECTED:
        return words("say.nobody")
    switched, last = r.switched_s(r.led), r.all_back_s(r.led)
    back = out - r.out(r.led, switched)
    shown = {"out": f"{out:,.0f}", "last": face.lasting(last)}
    none = switched <= 0.0 or back < AFFECTED
    if none:
        text = words("say.none_back" if np.isfinite(last) else "say.none_ever", **shown)
    elif out - back < AFFECTED:
        text = words("say.all_back", out=shown["out"], time=face.lasting(switched))
    else:
        key = "say.some_back" if np.isfinite(last) else "say.some_never"
        text = words(key, back=f"{back:,.0f}", time=face.lasting(switched), **shown)
    stay = r.out(r.led, r.all_normal_s(r.led))
    if stay >= AFFECTED:
        text += words.space + words("say.stay", stay=f"{stay:,.0f}")
    waited = r.all_back_s(WAITING)
    if not none and np.isfinite(waited) and waited > last:
        text += words.space + words("say.waiting", last=face.lasting(waited))
    return text


def _spared(face: Face) -> str:
    words, r = face.words, face.response
    saved, waiting = r.saved(r.led), r.total(WAITING)
    shown = {"saved": face.hours(saved, waiting), "waiting": face.hours(waiting)}
    if "apart" in r.plans and r.led != "apart":
        text = words("say.saved", apart=face.hours(r.saved("apart"), waiting), **shown)
    else:
        text = words("say.saved_only", **shown)
    plan = r.plan
    if plan.proof == "gap" and plan.gap > 0.0:
        gap = scale_for([plan.gap], "customer-h", words, bare=True).at_most(plan.gap)
        sure = words("say.gap", gap=gap)
    else:
        sure = words("say.heuristic" if plan.proof == "heuristic" else "say.optimal")
    lost, lasting = r.lost_again(r.led)
    if lost >= AFFECTED:
        text += words.space + words("say.again", customers=f"{lost:,.0f}",
                                    time=face.lasting(lasting))
    longer, most = r.longer(r.led)
    if longer >= AFFECTED:
        text += words.space + words("say.longer", n=f"{longer:,.0f}", time=face.lasting(most))
    text += _worse(face)
    return text + words.space + sure


def tags(face: Voice) -> Html:
    """That it is a draft, and what the region says of all that shows it."""
    said = dict.fromkeys([face.words("plan.draft"), *face.captions()])
    return el("ul", *(el("li", t) for t in said), class_="tags")


def rests_on(face: Voice, tables: Mapping[str, Mapping[str, int]]) -> Html | None:
    """Chips of every status the data have, each explained."""
    words = face.words
    counts = statuses(tables)
    found = [s for s in STATUSES if counts.get(s)]
    if not found:
        return None
    entries = [
        el("div", el("dt", face.chip(s, count=counts[s])), el("dd", words(f"status.{s}.text")))
        for s in found
    ]
    return el(
        "aside", el("h2", words("headline.rests"), id="rests"), el("dl", *entries),
        paragraph(words("headline.rests_note"), "note"), class_="rests", aria_labelledby="rests",
    )


def statuses(tables: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Rows of data by status, over every table."""
    total: dict[str, int] = {}
    for counts in tables.values():
        for status, n in counts.items():
            total[status] = total.get(status, 0) + n
    return total


def status_table(face: Voice, tables: Mapping[str, Mapping[str, int]]) -> Html | None:
    """Rows of input data by table and status; nothing if none are known."""
    words = face.words
    total = statuses(tables)
    found = [s for s in STATUSES if total.get(s)]
    if not found:
        return None
    rows = []
    for name, counts in tables.items():
        key = name.rpartition("/")[2]
        rows.append(row(
            words.get(f"tables.{key}", key),
            *(cell(f"{counts[s]:,}" if counts.get(s) else "·") for s in found),
            cell(f"{sum(counts.values()):,}"),
        ))
    heads = [head(words("words.table"), numeric=False)]
    heads += [head(f"{MARKS[s]} {words(f'status.{s}.name')}") for s in found]
    heads.append(head(words("data.total")))
    return table(words("data.caption"), [heads], rows, unit=words("words.rows"))


def key_figures(face: Face) -> Html:
    """Waiting, apart, together in numbers: the whole, each jurisdiction, customers still out."""
    words = face.words
    return section(
        "key", words("key.title_plan"), paragraph(words("key.lead_plan"), "lead"),
        el("div", *_numerals(face), class_="numerals three"), _by_jurisdiction(face),
        _by_class(face),
        _still_out(face),
    )


def _numerals(face: Face) -> list[Html]:
    words, r = face.words, face.response
    found = []
    for name, title in (("customer_hours", "key.hours"), ("energy_not_supplied", "key.energy")):
        totals = [r.total(s, name) for s in r.states]
        unit = per_event(r.measure(name).unit)
        scale = scale_for(totals, unit, words, digits=DIGITS)
        found.append(_numeral(face, words(title), scale.unit, [scale.text(v) for v in totals]))
    lasts = [r.all_back_s(s) for s in r.states]
    if not np.isnan(lasts).any():
        found.append(_numeral(face, words("key.last"), "", [face.lasting(v) for v in lasts]))
    look = min((m for m in r.looks_min() if m * 60.0 >= r.switched_s(r.led)), default=60.0)
    counts = [r.out(s, look * 60.0) for s in r.states]
    if not np.isnan(counts).any():
        unit = words.unit("customers")[0]
        title = words("key.after_look", look=face.lasting(look * 60.0))
        found.append(_numeral(face, title, unit, [f"{c:,.0f}" for c in counts]))
    return found


def _numeral(face: Face, title: str, unit: str, values: list[str]) -> Html:
    spans = [
        el("span", el("small", face.state(s)), v, class_=kind_of(s))
        for s, v in zip(face.response.states, values, strict=True)
    ]
    return el("div", el("h3", title, el("span", unit, class_="unit")), el("p", *spans),
              class_="numeral")


def kind_of(state: str) -> str:
    """The class by which a state is drawn: members open to each other as together."""
    return state if state in (WAITING, "apart") else "together"


def affected(face: Face) -> list[str]:
    """Jurisdictions with customers interrupted in any state; all where that is not known."""
    r = face.response
    names = [j for j in r.jurisdictions if any(
        r.most_out(s, j) >= AFFECTED or r.value(s, "customer_hours")[r.jurisdictions.index(j)] > 0
        for s in r.states)]
    return names or list(r.jurisdictions)


def _by_jurisdiction(face: Face) -> Html:
    words, r = face.words, face.response
    mine = affected(face)
    names = ("customer_hours", "energy_not_supplied")
    tops: list[Html] = []
    cells: dict[str, list[Html]] = {j: [] for j in [*mine, ""]}
    for name, title in zip(names, ("key.hours", "key.energy"), strict=True):
        values = {s: r.value(s, name) for s in r.states}
        totals = [r.total(s, name) for s in r.states]
        scale = scale_for([*finite(*values.values()), *totals], per_event(r.measure(name).unit),
                          words, digits=DIGITS)
        tops.append(head(join(words(title), el("span", scale.unit, class_="unit")),
                         span=len(r.states)))
        for j in cells:
            for s in r.states:
                v = float(values[s][r.jurisdictions.index(j)]) if j else r.total(s, name)
                cells[j].append(cell(scale.text(v), f"n {kind_of(s)}"))
    first = head(words("words.jurisdiction"), numeric=False, rows=2)
    below = [head(face.state(s)) for _ in names for s in r.states]
    rows = [row(face.name(j), *cells[j]) for j in mine]
    rows.append(row(words("words.region"), *cells[""], kind="total"))
    note = words("key.others") if len(mine) < len(r.jurisdictions) else None
    return table(words("key.by_jurisdiction"), [[first, *tops], below], rows, kind="trios",
                 note=note)


def _by_class(face: Face) -> Html | None:
    """Customers of each class: interrupted, back by switching, waiting for the repair."""
    words, found = face.words, face.response.classes(face.response.led)
    if not found:
        return None
    whole = tuple(sum(n[k] for n in found.values()) for k in (0, 1))
    rows = [row(face.class_name(name), *_class_cells(n)) for name, n in found.items()]
    rows.append(row(words("words.region"), *_class_cells(whole), kind="total"))
    heads = [head(words("refused.class"), numeric=False),
             *(head(words(f"key.class_{k}")) for k in ("out", "back", "wait"))]
    title = f"{words('key.classes')} ({face.state(face.response.led)})"
    return table(title, [heads], rows, unit=words.unit("customers")[0])


def _class_cells(found: tuple[float, ...]) -> list[Html]:
    out, back = found
    return [cell(f"{n:,.0f}") for n in (out, back, out - back)]


def _still_out(face: Face) -> Html | None:
    words, r = face.words, face.response
    looks = (0.0, *r.looks_min())
    if not len(r.curve(r.led)[0]):
        return None
    rows = []
    for j in [*affected(face), ""]:
        shown = [s for s in r.states if len(r.curve(s)[0])]
        for k, s in enumerate(shown):
            name = (face.name(j) if j else words("words.region")) if k == 0 else ""
            counts = [r.out(s, m * 60.0, j) for m in looks]
            label = join(el("span", name, class_="who"), el("span", face.state(s),
                                                            class_=f"st {kind_of(s)}"))
            rows.append(row(label, *(cell(f"{c:,.0f}" if c == c else "", f"n {kind_of(s)}")
                                     for c in counts), kind=None if k else "total first"))
    heads = [head(sentence(words("words.jurisdiction")), numeric=False),
             head(words("key.at_once")),
             *(head(face.lasting(m * 60.0)) for m in looks[1:])]
    return table(words("key.still_out"), [heads], rows, unit=words.unit("customers")[0],
                 kind="still")
