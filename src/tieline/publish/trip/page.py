"""A day trip as one page in large type: there and back, apart and together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tieline.publish.markup import Html, el
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
    caption = trip.region.caption
    return document(
        words, words("trip.title", day=trip.day.isoformat()),
        body(words, trip, el("p", caption) if caption else None), styles=STYLES,
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
    return el("div", el("h1", title), el("p", asked), *states, el("p", words("trip.note")),
              el("p", basis(words, trip)) if trip.statuses else None, *more, class_="trip")


def basis(words: Words, trip: Any) -> str:
    """What data the answer rests on, by status; "" where the tables do not say."""
    found = [words.get(f"status.{s}.name", s) for s in STATUSES if trip.statuses.get(s)]
    return words("trip.basis", statuses=words.listed(found)) if found else ""


def _state(words: Words, trip: Any, state: str) -> Html:
    answer = trip.answers[state]
    key = "yes" if answer.possible else "no_back" if answer.out else "no_out"
    parts = [el("h2", words(f"trip.{state}")), el("p", words(f"trip.{key}"), class_="answer")]
    if answer.possible and trip.currency is not None:
        paid = f"{answer.out.fare + answer.back.fare:g}"
        fare = words.unit(trip.currency)[1].format(n=paid) if trip.currency else paid
        parts.append(el("p", words("trip.fare", fare=fare)))
    for name in ("out", "back", "last"):
        journey = getattr(answer, name)
        if journey is None or (name == "last" and journey == answer.back):
            continue
        parts.append(el("h3", f"{words(f'trip.{name}')}: {summary(words, journey)}"))
        parts.append(el("ol", [el("li", el("time", at), " ", text, class_=kind)
                               for at, kind, text in steps(words, trip, journey)]))
    return el("section", *parts)


def summary(words: Words, journey: Any) -> str:
    """From when to when, how long, how many lines."""
    return words(
        "trip.summary", start=clock(journey.start_s), end=clock(journey.end_s),
        minutes=-(-(journey.end_s - journey.start_s) // 60), rides=journey.rides,
    )


def steps(words: Words, trip: Any, journey: Any) -> list[tuple[str, str, str]]:
    """Each leg, and each wait between two, as time, kind and text."""
    found = []
    for k, leg in enumerate(journey.legs):
        before = journey.legs[k - 1].end_s if k else leg.start_s
        if leg.start_s - before >= 60:
            wait = words("trip.wait", minutes=(leg.start_s - before) // 60)
            found.append((clock(before), "wait", wait))
        text = words(f"trip.{leg.kind}", line=trip.line_name(leg.line, words.lang),
                     origin=trip.label(leg.origin, words.lang),
                     to=trip.label(leg.to, words.lang))
        by = trip.run_by(leg.line, words.lang)
        text += words("trip.by", agency=by) if by else ""
        minutes = words("trip.minutes", minutes=max(-(-(leg.end_s - leg.start_s) // 60), 1))
        found.append((clock(leg.start_s), leg.kind, f"{text} ({minutes})"))
    return found
