"""A day trip as one page in large type: there and back, apart and together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tieline.publish.markup import Html, el
from tieline.publish.page import captions_of
from tieline.publish.shell import document, words_of
from tieline.region.model import STATUSES

if TYPE_CHECKING:
    from tieline.publish.words import Words

STYLES = ("trip/style.css",)


def clock(seconds: int) -> str:
    """HH:MM, past midnight counted on."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def render(trip: Any, lang: str = "zh") -> str:
    """The page of a `tieline.study.trip.Trip`."""
    words = words_of(lang)
    captions = captions_of(trip.region, words.lang)
    return document(
        words, words("trip.title", day=trip.day.isoformat()),
        body(words, trip, *(el("p", c) for c in captions)), styles=STYLES,
    )


def body(words: Words, trip: Any, *more: Html | None) -> Html:
    """The answer in large type, for a page of its own or part of one."""
    lang = words.lang
    title = words("trip.title", day=trip.day.isoformat())
    asked = words(
        "trip.question", origin=trip.label(trip.origin, lang), to=trip.label(trip.to, lang),
        depart=clock(trip.depart_s), stay=trip.stay_s // 60, end=clock(trip.end_s),
    )
    states = [_state(words, trip, state) for state in trip.answers]
    how = el("p", scenario_told(words, trip)) if trip.scenario else None
    return el("div", el("h1", title), el("p", asked), how, *states, el("p", words("trip.note")),
              el("p", basis(words, trip)) if trip.statuses else None, *more, class_="trip")


def scenario_told(words: Words, trip: Any) -> str:
    """By which scenario's timetable it is answered."""
    known = trip.region.scenarios.get(trip.scenario)
    keys = ("name_zh", "name") if words.lang == "zh" else ("name",)
    called = (str(known.get(k, "")) for k in keys) if known is not None else ()
    return words("trip.scenario", name=next((x for x in called if x), trip.scenario))


def basis(words: Words, trip: Any) -> str:
    """What data the answer rests on, by status; "" where the tables do not say."""
    found = [words.get(f"status.{s}.name", s) for s in STATUSES if trip.statuses.get(s)]
    return words("trip.basis", statuses=words.listed(found)) if found else ""


def _state(words: Words, trip: Any, state: str) -> Html:
    answer = trip.answers[state]
    key = "yes" if answer.possible else "no_back" if answer.out else "no_out"
    parts = [el("h2", words(f"trip.{state}")), el("p", words(f"trip.{key}"), class_="answer")]
    if answer.possible:
        parts.append(el("p", fare_told(words, trip, state)))
    for name in ("out", "back", "last"):
        journey = getattr(answer, name)
        if journey is None or (name == "last" and journey == answer.back):
            continue
        parts.append(el("h3", headed(words, name, journey)))
        parts.append(el("ol", [el("li", el("time", at), " ", text, class_=kind)
                               for at, kind, text in steps(words, trip, journey)]))
    return el("section", *parts)


def fare_told(words: Words, trip: Any, state: str) -> str:
    """What there and back cost, and what of it is not known."""
    fare = trip.fare(state)
    paid = f"{fare.known:,.2f}"
    paid = words.unit(trip.currency)[1].format(n=paid) if trip.currency else paid
    lines = words.listed([trip.line_name(x, words.lang) for x in fare.unknown])
    said = [words("trip.fare_free")] if fare.complete and fare.known == 0.0 else \
        [words("trip.fare" if fare.complete else "trip.fare_least", fare=paid)] \
        if fare.known > 0.0 else []
    if lines:
        said.append(words("trip.fare_unknown", lines=lines))
    if fare.car_hire is False:
        said.append(words("trip.car_hire"))
    return words("trip.and_then").join(said)


def headed(words: Words, way: str, journey: Any) -> str:
    """A way and what it is in short."""
    return words("trip.headed", what=words(f"trip.{way}"), text=summary(words, journey))


def minutes_of(start_s: int, end_s: int) -> int:
    """Minutes between two times as they are shown, so that those of legs and waits add up."""
    return end_s // 60 - start_s // 60


def summary(words: Words, journey: Any) -> str:
    """From when to when, how long, how many lines."""
    return words(
        "trip.summary", start=clock(journey.start_s), end=clock(journey.end_s),
        minutes=minutes_of(journey.start_s, journey.end_s), rides=journey.rides,
    )


def steps(words: Words, trip: Any, journey: Any) -> list[tuple[str, str, str]]:
    """Each leg, and each wait between two, as time, kind and text."""
    found = []
    for k, leg in enumerate(journey.legs):
        before = journey.legs[k - 1].end_s if k else leg.start_s
        wait = minutes_of(before, leg.start_s)
        if wait:
            found.append((clock(before), "wait", words("trip.wait", minutes=wait)))
        text = words(f"trip.{leg.kind}", line=trip.line_name(leg.line, words.lang),
                     origin=trip.label(leg.origin, words.lang),
                     to=trip.label(leg.to, words.lang))
        by = trip.run_by(leg.line, words.lang)
        text += words("trip.by", agency=by) if by else ""
        minutes = minutes_of(leg.start_s, leg.end_s)
        found.append((clock(leg.start_s), leg.kind, words(
            "trip.leg" if minutes else "trip.leg_short", text=text, minutes=minutes)))
    return found
