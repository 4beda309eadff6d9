"""The plan for a spill as one page of HTML that needs nothing but itself, and its order sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.asked import FAULTS
from tieline.appraisal.response import WAITING
from tieline.publish import drafts
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DASH
from tieline.publish.page import Voice, cell, head, paragraph, row, section, table
from tieline.publish.respond.head import rests_on, tags
from tieline.publish.shell import document, words_of
from tieline.publish.water.maps import spill_map
from tieline.publish.words import typeset

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.response import Response
    from tieline.publish.words import Words
    from tieline.region.model import Step
    from tieline.region.region import Region

SHOWN_H = (1.0, 3.0, 6.0, 12.0, 24.0, 36.0, 48.0, 72.0)
CHOICES = 12
LIMITS = ("mixed", "substance", "banks", "orders", "booms")
HOUR_S = 3600.0


@dataclass(frozen=True)
class SpillFace(Voice):
    """A response to a spill about to be told in one language."""

    response: Response
    words: Words

    @property
    def region(self) -> Region:
        """The region of the response."""
        return self.response.region

    def state(self, label: str) -> str:
        """A state as the reader calls it."""
        if label == WAITING:
            return self.words("spill.waiting")
        return self.words.get(f"state.{label}", "") or self.name(label)

    def hour(self, value: float) -> str:
        """Hours with one decimal; a dash where there are none."""
        return f"{value:.1f}" if np.isfinite(value) else DASH

    def reason(self, step: Step) -> str:
        """Why, in the reader's language."""
        return typeset((step.reason_zh if self.words.lang == "zh" else step.reason) or step.reason)


def render(response: Response, lang: str = "zh") -> str:
    """The plan as one HTML page: no script, no network. ValueError for an unknown language."""
    face = SpillFace(response, words_of(lang))
    title = f"{face.region.label(lang)} · {heading(face)}"
    return document(face.words, title, masthead(face), key_figures(face), frames(face),
                    chapters(face), drafts.footer(face))


def heading(face: SpillFace) -> str:
    """What the page is about."""
    incident = face.response.incident
    if incident.id != FAULTS:
        return face.words("spill.title", id=incident.id)
    places = [e.asset.partition(":")[2] or e.asset for e in incident.events]
    return face.words("spill.title_supposed", places=face.words.listed(places))


def masthead(face: SpillFace) -> Html:
    """The head of the page."""
    return el("header", el("p", face.region.label(face.words.lang), class_="kicker"), tags(face),
              el("h1", heading(face)), paragraph(headline(face), "headline"),
              paragraph(face.words("spill.draft"), "note"),
              rests_on(face, face.response.statuses))


def key_figures(face: SpillFace) -> Html:
    """What it costs in each state."""
    return section("states", face.words("spill.lost_title"), _states(face))


def chapters(face: SpillFace) -> Html:
    """Who is hit, who does what, which choices there were."""
    words = face.words
    return join(
        section("hits", words("spill.hits_title"), _hits(face)),
        section("steps", words("spill.steps_title"), steps_table(face, face.response.led),
                _choices(face), _notes(face)),
        section("limits", words("spill.limits_title"), el(
            "ul", *(el("li", words(f"spill.limit_{k}")) for k in LIMITS), class_="limits")))


def render_orders(response: Response, lang: str = "zh", jurisdiction: str | None = None) -> str:
    """Draft order sheets of one jurisdiction, or of all that have something to do."""
    face = SpillFace(response, words_of(lang))
    title, pages = sheets(face, jurisdiction)
    return drafts.printed(face, title, pages)


def sheets(face: SpillFace, jurisdiction: str | None = None) -> tuple[str, list[Html]]:
    """The title and one sheet for each jurisdiction that has something to do, or for one."""
    def steps(j: str) -> Html | None:
        return steps_table(face, face.response.led, j)

    texts = ("spill.orders_of", "spill.draft")
    return heading(face), drafts.sheets(face, texts, steps, jurisdiction)


def headline(face: SpillFace) -> str:
    """What the plan saves, in a sentence."""
    r = face.response
    told = {s: f"{r.total(s, 'people_hours'):,.0f}" for s in (WAITING, *r.plans)}
    if {"apart", "together"} <= set(told):
        return face.words("spill.headline", together=told["together"], apart=told["apart"],
                          waiting=told[WAITING])
    return face.words("spill.headline_one", state=face.state(r.led), value=told[r.led],
                      waiting=told[WAITING])


def _states(face: SpillFace) -> Html:
    r, words = face.response, face.words
    rows = []
    for j in (*r.jurisdictions, ""):
        cells = []
        for state in r.states:
            for measure in ("intake_hours", "people_hours"):
                values = r.value(state, measure)
                value = float(values.sum() if not j else values[r.jurisdictions.index(j)])
                digits = 1 if measure == "intake_hours" else 0
                cells.append(cell(f"{value:,.{digits}f}"))
        rows.append(row(face.name(j) if j else words("words.region"), *cells,
                        kind=None if j else "total"))
    top = [head(words("words.jurisdiction"), numeric=False, rows=2),
           *(head(face.state(s), span=2) for s in r.states)]
    below = [head(words(f"spill.{m}")) for _ in r.states for m in ("intake_hours", "people_hours")]
    return table(words("spill.states_caption"), [top, below], rows)


def _table(response: Response, state: str, name: str) -> pd.DataFrame | None:
    found = response.table(state, name)
    return None if found is None or not len(found) else found.to_frame()


def _hits(face: SpillFace) -> Html | None:
    """Every place that is hit in any state: when first, in each state."""
    r, words = face.response, face.words
    tables = {s: _table(r, s, "hits") for s in r.states}
    first = next((t for t in tables.values() if t is not None), None)
    if first is None:
        return None
    rows = []
    for k in range(len(first)):
        here = [t.iloc[k] for t in tables.values() if t is not None]
        if not any(h["hours_above"] > 0 for h in here):
            continue
        kind = words(f"spill.kind_{here[0]['kind']}")
        place = face.name(here[0]["place"]) if here[0]["kind"] == "waters" else here[0]["place"]
        cells = []
        for h in here:
            cells += [cell(face.hour(h["first_h"])), cell(f"{h['peak_mg_l']:.3g}"),
                      cell(f"{h['hours_above']:.1f}")]
        rows.append(row(join(f"{kind} ", place), cell(face.name(here[0]["jurisdiction"]), ""),
                        *cells))
    top = [head(words("spill.place"), numeric=False, rows=2),
           head(words("words.jurisdiction"), numeric=False, rows=2),
           *(head(face.state(s), span=3) for s, t in tables.items() if t is not None)]
    below = [head(words(f"spill.{k}")) for t in tables.values() if t is not None
             for k in ("first", "peak", "above")]
    return table(words("spill.hits_caption"), [top, below], rows, kind="pairs")


def steps_table(face: SpillFace, state: str, jurisdiction: str = "") -> Html:
    """The steps of a plan in order of time; those of one jurisdiction if asked for."""
    words = face.words
    rows = []
    for step in face.response.plans[state].steps:
        if jurisdiction and jurisdiction not in (step.jurisdiction, *step.agrees):
            continue
        asset = face.name(step.asset) if step.action in ("alarm", "find") else step.asset
        crew = f" ({step.crew})" if step.crew else ""
        rows.append(row(
            f"{face.hour(step.start_s / HOUR_S)} - {face.hour(step.end_s / HOUR_S)}",
            cell(face.name(step.jurisdiction) + crew, ""),
            cell(f"{words(f'spill.do_{step.action}')} {asset}", ""),
            cell(words.listed(face.names(step.agrees)) or DASH, ""), cell(face.reason(step), "")))
    heads = [head(words(f"spill.{k}"), numeric=False)
             for k in ("time", "who", "what", "agrees", "why")]
    return table(words("spill.steps_caption", state=face.state(state)), [heads], rows,
                 kind="prose")


def _choices(face: SpillFace) -> Html | None:
    found = _table(face.response, face.response.led, "choices")
    if found is None:
        return None
    words = face.words
    order = ["spill", "members", "people_hours", "intake_hours", "section_hours", "peaks"]
    shown = found.sort_values(order).groupby(["spill", "members"]).head(CHOICES)
    rows = [
        row(str(c.orders).replace(";", " ") or words("spill.none"),
            cell(words.listed(face.names(str(c.members).split("+"))), ""),
            cell(f"{c.people_hours:,.0f}"), cell(f"{c.intake_hours:.1f}"),
            kind="total" if c.chosen else None)
        for c in shown.itertuples()
    ]
    heads = [head(words("spill.closed"), numeric=False),
             head(words("spill.members"), numeric=False),
             head(words("spill.people_hours")), head(words("spill.intake_hours"))]
    return table(words("spill.choices_caption"), [heads], rows)


def frames(face: SpillFace, *, every: bool = False) -> Html | None:
    """Maps of the plan shown first at a few hours; with `every`, each hour for a time slider."""
    r, words = face.response, face.words
    found = _table(r, r.led, "frames")
    hits = _table(r, r.led, "hits")
    if found is None or hits is None or not r.picture:
        return None
    hours = sorted(set(found["time_h"])) if every else SHOWN_H
    limit = float(hits.loc[hits["kind"] == "waters", "limit_mg_l"].iloc[0])
    figures = []
    for hour in hours:
        now = found[np.isclose(found["time_h"], hour)]
        if not len(now):
            continue
        at = {str(k): float(v) for k, v in now.groupby("node")["mg_l"].max().items()}
        alt = words("spill.frame_alt", n=sum(v >= 0.01 * limit for v in at.values()))
        drawn = spill_map(face, r.picture, at, limit, alt)
        figures.append(el("figure", el("h3", words("spill.frame", hour=f"{hour:g}")), drawn,
                          data_hour=float(hour) if every else None))
    if not figures:
        return None
    slider = el("p", el("label", words("spill.moment"), " ", el(
        "input", type="range", min="0", max=str(len(figures) - 1), value="0", step="1",
        id="spill-moment")), class_="scrub", hidden=True) if every else None
    title = words("spill.frames_title", state=face.state(r.led))
    return section("frames", title, slider,
                   el("div", *figures, class_="maps", id="spill-frames" if every else None),
                   paragraph(el("small", " · ".join(face.captions())), "note"))


def _notes(face: SpillFace) -> Html | None:
    told = [typeset(n.label(face.words.lang)) for n in face.response.plan.notes]
    if not told:
        return None
    return join(el("h3", face.words("spill.notes")),
                el("ul", *(el("li", t) for t in told), class_="limits"))
