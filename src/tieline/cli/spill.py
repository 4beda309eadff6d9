"""A response to a spill on a terminal: headline, states, who is hit, who does what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape
from rich.text import Text

from tieline.cli.marks import rests_on
from tieline.cli.tables import framed, plain
from tieline.cli.words import say
from tieline.publish.respond.head import statuses
from tieline.publish.shell import words_of
from tieline.publish.water.spill import HOUR_S, SpillFace, heading, headline

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tieline.study import SpillResponse


def show_spill(console: Console, response: SpillResponse, lang: str) -> None:
    """Print the whole response."""
    face = SpillFace(response, words_of(lang))
    console.print(Text(f"{face.region.label(lang)} - {heading(face)}", style="bold"))
    console.print(Text(plain(headline(face))))
    for table in (_states(face), _hits(face), _steps(face)):
        console.print()
        console.print(table)
    console.print(Text(rests_on(statuses(response.statuses), face.words)))
    for note in response.plan.notes:
        console.print(Text(say("Note: ", "附注:") + note.label(lang)))
    console.print(Text(face.words("spill.draft")))


def _states(face: SpillFace) -> Table:
    words, r = face.words, face.response
    table = framed(words("spill.states_caption"), [
        (words("words.jurisdiction"), False), (words("words.state"), False),
        (words("spill.intake_hours"), True), (words("spill.people_hours"), True)])
    for j in (*r.jurisdictions, ""):
        for k, state in enumerate(r.states):
            values = [r.value(state, m) for m in ("intake_hours", "people_hours")]
            hours, people = (float(v.sum() if not j else v[r.jurisdictions.index(j)])
                             for v in values)
            name = face.name(j) if j else words("words.region")
            table.add_row(escape(name) if k == 0 else "", face.state(state), f"{hours:,.1f}",
                          f"{people:,.0f}")
    return table


def _hits(face: SpillFace) -> Table:
    words, r = face.words, face.response
    table = framed(words("spill.hits_caption"), [
        (words("spill.place"), False), (words("words.jurisdiction"), False),
        (words("spill.first"), True), (words("spill.peak"), True), (words("spill.above"), True)])
    found = r.table(r.led, "hits")
    if found is None:
        return table
    numbers = ("first_h", "peak_mg_l", "hours_above")
    for _, hit in found.to_frame().sort_values("first_h").iterrows():
        first, peak, above = (float(hit[c]) for c in numbers)
        if not np.isfinite(first):
            continue
        kind, named = str(hit["kind"]), str(hit["place"])
        place = face.name(named) if kind == "waters" else named
        table.add_row(escape(f"{words(f'spill.kind_{kind}')} {place}"),
                      escape(face.name(str(hit["jurisdiction"]))), f"{first:.1f}", f"{peak:.3g}",
                      f"{above:.1f}")
    return table


def _steps(face: SpillFace) -> Table:
    words, r = face.words, face.response
    table = framed(words("spill.steps_caption", state=face.state(r.led)), [
        (words("spill.time"), True), (words("spill.who"), False), (words("spill.what"), False),
        (words("spill.agrees"), False), (words("spill.why"), False)])
    for step in r.plan.steps:
        asset = face.name(step.asset) if step.action in ("alarm", "find") else step.asset
        crew = f" ({step.crew})" if step.crew else ""
        table.add_row(
            f"{step.start_s / HOUR_S:.1f} - {step.end_s / HOUR_S:.1f}",
            escape(face.name(step.jurisdiction) + crew),
            escape(f"{words(f'spill.do_{step.action}')} {asset}"),
            escape(words.listed(face.names(step.agrees))), escape(face.reason(step)))
    return table
