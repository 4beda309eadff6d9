"""The plan as tables: steps with their checks, what was refused, who helps, what is owed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DASH, scale_for
from tieline.publish.page import cell, head, paragraph, row, section, table
from tieline.publish.respond.timeline import timeline

if TYPE_CHECKING:

    from tieline.publish.markup import Part
    from tieline.publish.respond.voice import Face
    from tieline.region.model import Step
    from tieline.region.tables import Table

MOST_STEPS = 400
MOST_WAITING = 40
"""Customers who wait that are listed; the table of loads has all."""


def steps(face: Face) -> Html:
    """Time line and table of the plan shown first."""
    words, r = face.words, face.response
    plan = r.plan
    title = words("steps.title", state=face.state(r.led))
    if not plan.steps:
        return section("steps", title, paragraph(words("steps.nothing")))
    return section(
        "steps", title, paragraph(words("steps.lead"), "lead"), timeline(face, plan),
        paragraph(words("steps.swipe"), "note swipe"), _table(face),
    )


def _table(face: Face) -> Html:
    words, r = face.words, face.response
    checks = checks_of(face)
    rows: list[Html] = []
    phase = None
    for number, step in enumerate(r.plan.steps[:MOST_STEPS], 1):
        if step.phase != phase:
            phase = step.phase
            rows.append(el("tr", el("th", words.get(f"phase.{phase}", phase), scope="colgroup",
                                    colspan="8"), class_="phase"))
        rows.append(_row(face, number, step, checks.get(number - 1)))
    heads = [head(words("steps.number")), head(words("steps.time"), numeric=False),
             head(words("steps.who"), numeric=False), head(words("steps.what"), numeric=False),
             head(words("steps.why"), numeric=False), head(words("steps.agrees"), numeric=False),
             head(words("steps.customers")), head(words("steps.check"), numeric=False)]
    note = words("steps.customers_note")
    if len(r.plan.steps) > MOST_STEPS:
        note += words.space + words("steps.listed", n=len(r.plan.steps) - MOST_STEPS)
    return table(words("steps.caption"), [heads], rows, kind="steps", note=note)


def _row(face: Face, number: int, step: Step, check: Html | None) -> Html:
    words = face.words
    clock = face.clock(step.end_s)
    when = join(el("b", face.mark(step.end_s)), el("small", clock) if clock else None)
    if step.end_s > step.start_s:
        when = join(el("small", f"{face.mark(step.start_s)} {DASH}"), when)
    by_hand = step.action in ("open", "close") and step.actor != "protection"
    how = words("steps.remote" if step.remote else "steps.manual") if by_hand else ""
    who = join(face.actor(step), el("small", how) if how else None)
    place = face.where(step)
    done, asset = words.get(f"action.{step.action}", step.action), el("span", step.asset,
                                                                      class_="asset")
    said = (asset, " ", done) if step.action == "trip" else (done, " ", asset)
    what = join(*said, el("small", place) if place else None)
    change = "n gain" if step.customers > 0 else "n loss" if step.customers < 0 else "n"
    return row(
        el("span", str(number), class_=f"stepno {step.action}"), cell(when, "when"),
        cell(who, ""), cell(what, ""), cell(face.reason(step), "why"),
        cell(face.consents(step), ""),
        cell(face.change(step.customers), change), cell(check, "check"),
    )


def checks_of(face: Face) -> dict[int, Html]:
    """What was checked after each step, by its index: kept or not, voltage, loading, note."""
    words, r = face.words, face.response
    checks = r.table(r.led, "checks")
    if checks is None:
        return {}
    found = {}
    steps_at = {(round(s.end_s, 1), s.asset, s.action): n for n, s in enumerate(r.plan.steps)}
    for k in range(len(checks)):
        when = round(float(checks["time_s"][k]), 1)
        at = steps_at.get((when, str(checks["asset"][k]), str(checks["action"][k])))
        if at is None:
            continue
        good = str(checks["ok"][k]) == "yes"
        mark = el("span", "✓ " if good else "✗ ", words("steps.passed" if good else "steps.failed"),
                  class_="ok" if good else "bad")
        lines = []
        v, load = (float(checks[c][k]) for c in ("v_min_pu", "loading_max_percent"))
        if math.isfinite(v):
            lines.append(words("steps.voltage", v=f"{v:.3f}"))
        if math.isfinite(v) and math.isfinite(load):
            lines.append(words("steps.loading", loading=f"{load:.0f}"))
        if not good:
            failed = str(checks["failed"][k])
            lines.append(words("steps.at", what=words.get(f"failed.{failed}", failed),
                               where=str(checks["where"][k])))
        found[at] = join(mark, *(el("small", x) for x in lines))
    return found


def refused(face: Face) -> Html:
    """What would have helped and was not allowed or did not pass."""
    words, r = face.words, face.response
    found = r.table(r.led, "refused")
    if found is None or not len(found):
        return section("refused", words("refused.title"), paragraph(words("refused.none")),
                       _waiting(face))
    rows = [
        row(el("span", str(found["asset"][k]), class_="asset"),
            *(cell(text, "") for text in face.refusal(found, k)))
        for k in range(len(found))
    ]
    heads = [head(words(f"refused.{k}"), numeric=False) for k in ("asset", "reason", "next")]
    return section("refused", words("refused.title"), paragraph(words("refused.lead"), "lead"),
                   table(words("refused.caption"), [heads], rows, kind="prose"), _waiting(face))


def _waiting(face: Face) -> Html | None:
    """Customers whom only the repair brings back, by place."""
    words, loads = face.words, face.response.table(face.response.led, "loads")
    if loads is None or "bus" not in loads.columns:
        return None
    mine = [k for k in range(len(loads)) if str(loads["how"][k]) == "repair"]
    if not mine:
        return None
    rows = [
        row(el("span", str(loads["bus"][k]), class_="asset"),
            cell(face.name(str(loads["jurisdiction"][k])), ""),
            cell(face.class_name(str(loads["class"][k])), ""),
            cell(f"{float(loads['customers'][k]):,.0f}"),
            cell(face.lasting(float(loads["back_s"][k]))))
        for k in mine[:MOST_WAITING]
    ]
    heads = [head(words("refused.bus"), numeric=False),
             head(words("words.jurisdiction"), numeric=False),
             head(words("refused.class"), numeric=False), head(words("refused.customers")),
             head(words("refused.back"))]
    more = len(mine) - MOST_WAITING
    return table(words("refused.waits"), [heads], rows,
                 note=words("refused.more", n=more) if more > 0 else None)


def donors(face: Face) -> Html:
    """Whose sources carry more than before, and what is owed."""
    words, r = face.words, face.response
    found = r.table(r.led, "donors")
    parts: list[Part] = [paragraph(words("donors.none"))]
    if found is not None and len(found):
        parts = [paragraph(words("donors.lead"), "lead"), _donors(face, found)]
    return section("donors", words("donors.title"), *parts, _settlement(face))


def _donors(face: Face, found: Table) -> Html:
    words = face.words
    columns = [(c, key, unit, digits) for c, key, unit, digits in (
        ("before_mva", "before", "MVA", 2), ("during_mva", "during", "MVA", 2),
        ("limit_mva", "limit", "MVA", 2), ("reserve_before_mva", "reserve_before", "MVA", 2),
        ("reserve_during_mva", "reserve_during", "MVA", 2),
        ("carried_kwh", "carried", words.unit("kWh")[0], 0), ("hours", "hours", "h", 1),
    ) if c in found.columns]
    rows = []
    for k in range(len(found)):
        name = join(el("span", str(found["source"][k]), class_="asset"),
                    el("small", face.name(str(found["jurisdiction"][k])), class_="of"))
        rows.append(row(name, *(cell(_number(found[c][k], d)) for c, _, _, d in columns)))
    heads = [head(words("donors.source"), numeric=False)]
    heads += [head(join(words(f"donors.{key}"), el("span", unit, class_="unit")))
              for _, key, unit, _ in columns]
    return table(words("donors.caption"), [heads], rows)


def _settlement(face: Face) -> Html:
    words, r = face.words, face.response
    found = r.table(r.led, "settlement")
    if found is None or not len(found):
        return paragraph(words("settle.none"), "note")
    rows = [
        row(face.name(str(found["from"][k])), cell(face.name(str(found["to"][k])), ""),
            cell(_number(found["carried_kwh"][k], 0)), cell(_number(found["reserve_mva_h"][k], 1)),
            cell(money(face, float(found["amount"][k]), str(found["currency"][k]))))
        for k in range(len(found))
    ]
    heads = [head(words("settle.giver"), numeric=False), head(words("settle.taker"), numeric=False),
             head(join(words("settle.carried"), el("span", words.unit("kWh")[0], class_="unit"))),
             head(join(words("settle.reserve"), el("span", words("settle.mva_h"), class_="unit"))),
             head(words("settle.amount"))]
    return table(words("settle.caption"), [heads], rows, note=words("settle.note"))


def money(face: Face, amount: float, currency: str) -> str:
    """An amount owed in its currency; that no rule is given where it is NaN."""
    if not math.isfinite(amount):
        return face.words("settle.no_rule")
    if not currency:
        return _number(amount, 2)
    return scale_for([amount], currency, face.words).say(amount)


def _number(value: object, decimals: int) -> str:
    number = float(np.float64(value))  # type: ignore[arg-type]
    return f"{number:,.{decimals}f}" if math.isfinite(number) else DASH


