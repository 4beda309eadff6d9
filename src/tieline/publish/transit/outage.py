"""The plan for suspended lines and closed stops as one page of HTML, and its order sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.asked import FAULTS
from tieline.publish import drafts
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DASH
from tieline.publish.page import Voice, cell, head, paragraph, row, section, table
from tieline.publish.respond.head import rests_on, tags
from tieline.publish.shell import document, words_of
from tieline.publish.words import typeset

if TYPE_CHECKING:
    import pandas as pd

    from tieline.publish.words import Words
    from tieline.region.region import Region

HOUR_S = 3600.0
MOST_ROWS = 40
MOVED = ("lost_waiting", "lost_planned", "gained_planned")
MOVED_WORDS = ("lost_nothing", "lost_planned", "planned_gained")
STAGES = ("normal", "waiting", "planned")
COLUMNS = {"nothing": ("lost", False), "nothing_gained": ("gained", False),
           "planned": ("lost", True), "planned_gained": ("gained", True)}
"""What is told of a state: what of the response, and whether as planned."""


@dataclass(frozen=True)
class OutageFace(Voice):
    """A response to a suspended line about to be told in one language."""

    response: Any
    words: Words

    @property
    def region(self) -> Region:
        """The region of the response."""
        found: Region = self.response.region
        return found

    def state(self, label: str) -> str:
        """A state as the reader calls it."""
        return self.words.get(f"state.{label}", "") or self.name(label)

    def frame(self, state: str, name: str) -> pd.DataFrame | None:
        """A table of a state's plan; None where it has no rows."""
        found = self.response.table(state, name)
        return None if found is None or not len(found) else found.to_frame()

    def called(self, row: Any) -> str:
        """The name of a row with `name` and `name_zh`."""
        return str(row.name_zh if self.words.lang == "zh" else row.title)

    def asset(self, step: Any) -> str:
        """What a step is about: an offer, the project of a line, a line or stop by its name."""
        offers = self.frame(self.response.led, "offers")
        if offers is not None and self.words.lang == "zh":
            known = dict(zip(offers["name"], offers["name_zh"], strict=True))
            if step.asset in known:
                return str(known[step.asset])
        return self.name(step.asset)

    def minutes(self, state: str, key: str, jurisdiction: str = "") -> str:
        """Person-minutes lost or gained (a key of `COLUMNS`), of one jurisdiction or of all."""
        what, planned = COLUMNS[key]
        found = getattr(self.response, what)(state, planned=planned)
        value = float(found[self.response.jurisdictions.index(jurisdiction)] if jurisdiction
                      else found.sum())
        return f"{value:,.0f}"

    def columns(self) -> list[str]:
        """Keys of `COLUMNS` that are told: gains only where there are any."""
        r = self.response
        return [k for k, (what, planned) in COLUMNS.items() if what == "lost"
                or any(getattr(r, what)(s, planned=planned).any() for s in r.plans)]


def render(response: Any, lang: str = "zh") -> str:
    """The plan as one HTML page: no script, no network. ValueError for an unknown language."""
    face = OutageFace(response, words_of(lang))
    title = f"{face.region.label(lang)} · {heading(face)}"
    return document(face.words, title, masthead(face), key_figures(face), chapters(face),
                    drafts.footer(face))


def heading(face: OutageFace) -> str:
    """What the page is about."""
    incident = face.response.incident
    if incident.id != FAULTS:
        return face.words("outage.title", id=incident.id)
    places = [e.asset for e in incident.events]
    return face.words("outage.title", id=face.words.listed(places))


def masthead(face: OutageFace) -> Html:
    """The head of the page."""
    return el("header", el("p", face.region.label(face.words.lang), class_="kicker"), tags(face),
              el("h1", heading(face)), paragraph(headline(face), "headline"),
              paragraph(face.words("outage.draft"), "note"),
              rests_on(face, face.response.statuses))


def headline(face: OutageFace) -> str:
    """What is lost in each state, in a sentence for each; gains only where there are any."""
    def told(s: str) -> str:
        gains = face.response.gained(s, planned=True).any()
        state = face.state(s)
        return face.words("outage.headline_gains" if gains else "outage.headline",
                          state=state[:1].upper() + state[1:], planned=face.minutes(s, "planned"),
                          waiting=face.minutes(s, "nothing"),
                          gained=face.minutes(s, "planned_gained"))

    return face.words.space.join(told(s) for s in face.response.plans)


def key_figures(face: OutageFace) -> Html:
    """Who loses how much, state by state."""
    words, r, keys = face.words, face.response, face.columns()
    rows = [
        row(face.name(j) if j else words("words.region"),
            *(cell(face.minutes(s, k, j)) for s in r.plans for k in keys),
            kind=None if j else "total")
        for j in (*r.jurisdictions, "")
    ]
    top = [head(words("words.jurisdiction"), numeric=False, rows=2),
           *(head(face.state(s), span=len(keys)) for s in r.plans)]
    below = [head(words(f"outage.{k}")) for _ in r.plans for k in keys]
    return section("states", words("outage.lost_title"),
                   paragraph(words("outage.lost_lead"), "lead"),
                   table(words("outage.lost_caption"), [top, below], rows, kind="pairs"))


def chapters(face: OutageFace) -> Html:
    """Towns, trips, offers, steps and notes."""
    words, states = face.words, list(face.response.plans)
    return join(
        section("towns", words("outage.towns_title"), *(_towns(face, s) for s in states),
                *(_trips(face, s) for s in states)),
        section("offers", words("outage.offers_title"), *(_offers(face, s) for s in states)),
        section("steps", words("outage.steps_title"), steps_table(face, face.response.led),
                _notes(face)),
    )


def _towns(face: OutageFace, state: str) -> Html:
    """Towns where something changes, those with most minutes lost first, those that gain last."""
    words = face.words
    found = face.frame(state, "towns")
    if found is None:
        told = face.state(state)
        return paragraph(words("outage.no_towns", state=told[:1].upper() + told[1:]))
    towns = list(found.rename(columns={"name": "title"}).itertuples())
    rows = []
    for town in shown(towns, MOST_ROWS):
        cells = [cell(face.name(str(town.jurisdiction)) if town.jurisdiction else DASH, ""),
                 cell(f"{town.population:,.0f}")]
        cells += [cell(f"{getattr(town, c):,.0f}") for c in MOVED]
        for measure, digits in (("facility_minutes", 1), ("reach_60", 0), ("day_trip", 0)):
            cells += [cell(f"{getattr(town, f'{measure}_{s}'):,.{digits}f}") for s in STAGES]
        rows.append(row(face.called(town), *cells))
    top = [head(words("outage.town"), numeric=False, rows=2),
           head(words("words.jurisdiction"), numeric=False, rows=2),
           head(words("outage.people"), rows=2), head(words("outage.moved"), span=len(MOVED)),
           *(head(words(f"outage.{k}"), span=3) for k in ("minutes", "reach", "day_trip"))]
    below = [head(words(f"outage.{k}")) for k in MOVED_WORDS]
    stages = ("normal", "nothing", "planned")
    below += [head(words(f"outage.{k}")) for _ in range(3) for k in stages]
    left = len(towns) - len(rows)
    return table(words("outage.towns_caption", state=face.state(state)), [top, below], rows,
                 kind="pairs", note=words("outage.others", n=left) if left else None)


def shown(towns: list[Any], most: int) -> list[Any]:
    """Towns for a table of so many rows, in their order: those for whom most changes."""
    def change(k: int) -> float:
        return max(float(getattr(towns[k], c)) for c in (*MOVED, "gained_waiting"))

    kept = sorted(sorted(range(len(towns)), key=lambda k: (-change(k), k))[:most])
    return [towns[k] for k in kept]


def in_turn(face: OutageFace, key: str) -> str:
    """A head for one measure of all stages in one column."""
    return colon(face.words, face.words(f"outage.{key}"), face.words("outage.in_turn"))


def colon(words: Words, what: str, text: str) -> str:
    """What a head is about, and the head."""
    return words("trip.headed", what=what, text=text)


def _trips(face: OutageFace, state: str) -> Html | None:
    words = face.words
    found = face.frame(state, "trips")
    if found is None:
        return None

    def minutes(value: float) -> str:
        return f"{value:.0f}" if np.isfinite(value) else words("outage.no_way")

    last = "name_zh" if words.lang == "zh" else "name"
    rows = [
        row(f"{r[f'from_{last}']} → {r[f'to_{last}']}",
            cell(words(f"outage.group_{r['group']}"), ""),
            cell(f"{r['trips_per_yr']:,.0f}"), *(cell(minutes(r[f"{s}_min"])) for s in STAGES))
        for _, r in found.head(MOST_ROWS).iterrows()
    ]
    heads = [head(words("outage.trip"), numeric=False), head(words("outage.group"), numeric=False),
             head(words("outage.per_yr")),
             *(head(words(f"outage.{k}")) for k in ("normal", "nothing", "planned"))]
    return table(words("outage.trips_caption", state=face.state(state)), [heads], rows)


def _offers(face: OutageFace, state: str) -> Html | None:
    words = face.words
    found = face.frame(state, "offers")
    if found is None:
        return None
    rows = []
    for o in found.rename(columns={"name": "title"}).itertuples():
        use = "chosen" if o.chosen else "left" if o.may_run else "closed"
        alone = float(str(o.person_min_per_day_alone))
        rows.append(row(
            face.called(o), cell(face.name(str(o.jurisdiction)), ""), cell(f"{o.vehicles}"),
            cell(f"{o.cost_per_day:,.0f}"), cell(f"{alone:,.0f}" if np.isfinite(alone) else DASH),
            cell(words(f"outage.use_{use}"), ""), kind="total" if o.chosen else None))
    heads = [head(words("outage.offer"), numeric=False),
             head(words("words.jurisdiction"), numeric=False), head(words("outage.vehicles")),
             head(words("outage.cost")), head(words("outage.alone")),
             head(words("outage.use"), numeric=False)]
    return table(words("outage.offers_caption", state=face.state(state)), [heads], rows)


def steps_table(face: OutageFace, state: str, jurisdiction: str = "") -> Html:
    """The steps of a plan in order of time; those of one jurisdiction if asked for."""
    words = face.words
    rows = []
    for step in face.response.plans[state].steps:
        if jurisdiction and jurisdiction not in (step.jurisdiction, *step.agrees):
            continue
        why = (step.reason_zh if words.lang == "zh" else step.reason) or step.reason
        rows.append(row(
            f"{step.start_s / HOUR_S:.1f} - {step.end_s / HOUR_S:.1f}",
            cell(face.name(step.jurisdiction) if step.jurisdiction else DASH, ""),
            cell(f"{words(f'outage.do_{step.action}')} {face.asset(step)}", ""),
            cell(words.listed(face.names(step.agrees)) or DASH, ""), cell(typeset(why), "")))
    heads = [head(words(f"outage.{k}"), numeric=False)
             for k in ("time", "who", "what", "agrees", "why")]
    return table(words("outage.steps_caption", state=face.state(state)), [heads], rows,
                 kind="prose")


def render_orders(response: Any, lang: str = "zh", jurisdiction: str | None = None) -> str:
    """Draft order sheets of one jurisdiction, or of all that have something to do."""
    face = OutageFace(response, words_of(lang))
    title, pages = sheets(face, jurisdiction)
    return drafts.printed(face, title, pages)


def sheets(face: OutageFace, jurisdiction: str | None = None) -> tuple[str, list[Html]]:
    """The title and one sheet for each jurisdiction that has something to do, or for one."""
    def steps(j: str) -> Html | None:
        return steps_table(face, face.response.led, j)

    texts = ("outage.orders_of", "outage.draft")
    return heading(face), drafts.sheets(face, texts, steps, jurisdiction)


def _notes(face: OutageFace) -> Html | None:
    told = [typeset(n.label(face.words.lang)) for n in face.response.plan.notes]
    return join(el("h3", face.words("outage.notes")),
                el("ul", *(el("li", t) for t in told), class_="limits")) if told else None
