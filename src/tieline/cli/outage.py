"""A response to suspended lines and closed stops on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape
from rich.text import Text

from tieline.cli.marks import rests_on
from tieline.cli.tables import framed, plain
from tieline.cli.words import say
from tieline.publish.numbers import DASH
from tieline.publish.respond.head import statuses
from tieline.publish.shell import words_of
from tieline.publish.transit.outage import (
    HOUR_S,
    MOVED,
    MOVED_WORDS,
    STAGES,
    OutageFace,
    colon,
    heading,
    headline,
    in_turn,
    shown,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tieline.study import LineResponse

MOST_ROWS = 15


def show_outage(console: Console, response: LineResponse, lang: str) -> None:
    """Print the whole response."""
    face = OutageFace(response, words_of(lang))
    console.print(Text(f"{face.region.label(lang)} - {heading(face)}", style="bold"))
    console.print(Text(plain(headline(face))))
    for table in (_lost(face), _towns(face), _offers(face), _steps(face)):
        if table is not None:
            console.print()
            console.print(table)
    console.print(Text(rests_on(statuses(response.statuses), face.words)))
    for note in response.plan.notes:
        console.print(Text(say("Note: ", "附注:") + note.label(lang)))
    console.print(Text(face.words("outage.draft")))


def _lost(face: OutageFace) -> Table:
    words, r = face.words, face.response
    states, keys = list(r.plans), face.columns()
    table = framed(words("outage.lost_caption"), [
        (words("words.jurisdiction"), False),
        *((colon(words, face.state(s), words(f"outage.{k}")), True) for s in states for k in keys)])
    for j in (*r.jurisdictions, ""):
        table.add_row(escape(face.name(j) if j else words("words.region")), *(
            face.minutes(s, k, j) for s in states for k in keys))
    return table


def _towns(face: OutageFace) -> Table | None:
    words, state = face.words, face.response.led
    found = face.frame(state, "towns")
    if found is None:
        return None
    table = framed(words("outage.towns_caption", state=face.state(state)), [
        (words("outage.town"), False), (words("outage.people"), True),
        *((words(f"outage.{k}"), True) for k in MOVED_WORDS),
        *((in_turn(face, k), True) for k in ("minutes", "reach"))])
    for town in shown(list(found.rename(columns={"name": "title"}).itertuples()), MOST_ROWS):
        table.add_row(
            escape(face.called(town)), f"{town.population:,.0f}",
            *(f"{getattr(town, c):,.0f}" for c in MOVED),
            *(" → ".join(f"{getattr(town, f'{m}_{s}'):,.{digits}f}" for s in STAGES)
              for m, digits in (("facility_minutes", 1), ("reach_60", 0))))
    return table


def _offers(face: OutageFace) -> Table | None:
    words, state = face.words, face.response.led
    found = face.frame(state, "offers")
    if found is None:
        return None
    table = framed(words("outage.offers_caption", state=face.state(state)), [
        (words("outage.offer"), False), (words("words.jurisdiction"), False),
        (words("outage.cost"), True), (words("outage.alone"), True), (words("outage.use"), False)])
    for o in found.rename(columns={"name": "title"}).itertuples():
        use = "chosen" if o.chosen else "left" if o.may_run else "closed"
        alone = float(str(o.person_min_per_day_alone))
        table.add_row(escape(face.called(o)), escape(face.name(str(o.jurisdiction))),
                      f"{o.cost_per_day:,.0f}", f"{alone:,.0f}" if np.isfinite(alone) else DASH,
                      words(f"outage.use_{use}"))
    return table


def _steps(face: OutageFace) -> Table:
    words, r = face.words, face.response
    table = framed(words("outage.steps_caption", state=face.state(r.led)), [
        (words("outage.time"), True), (words("outage.who"), False), (words("outage.what"), False),
        (words("outage.agrees"), False)])
    for step in r.plan.steps:
        table.add_row(
            f"{step.start_s / HOUR_S:.1f} - {step.end_s / HOUR_S:.1f}",
            escape(face.name(step.jurisdiction) if step.jurisdiction else DASH),
            escape(f"{words(f'outage.do_{step.action}')} {face.asset(step)}"),
            escape(words.listed(face.names(step.agrees)) or DASH))
    return table
