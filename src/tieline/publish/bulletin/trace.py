"""What is known of a figure, line by line in a language: for pages, print and terminals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tieline.ledger import clock
from tieline.publish.bulletin.value import say, say_gap, say_source, say_when
from tieline.publish.numbers import day
from tieline.publish.words import Words, in_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.publish.bulletin.figure import Figure

SHORT = 12
"""Letters of a digest that a reader is shown; programs find all of it in figures.json."""


def rows_of(figure: Figure, words: Words, time_zone: str) -> Iterator[tuple[str, str]]:
    """Title and text of each line that has something to say."""
    r = figure.reading
    lines = {
        "figure": figure.name(words.lang), "value": say(r.value, words),
        "gap": say_gap(r.value, words), "when": say_when(r.when, words),
        "status": status_text(r.status, words), "rests_on": rests(r.rests_on, words),
        "source": say_source(r.source, words),
        "claimed_by": in_language(r.claimed_by, words.lang),
        "query": figure.query.text(), "read_at": read_at(r.read_at, words, time_zone),
        "record": words("bulletin.record_of", id=r.record, n=r.set_by) if r.record else "",
        "digest": figure.digest[:SHORT],
    }
    for key, text in lines.items():
        if text:
            yield words(f"bulletin.{key}"), text


def status_word(status: str, words: Words) -> str:
    """A status in one word."""
    if not status:
        return words("bulletin_status.none")
    return words.get(f"status.{status}.name", words.get(f"bulletin_status.{status}", status))


def status_text(status: str, words: Words) -> str:
    """A status in one word and what that means."""
    said = words.get(f"status.{status}.text", words.get(f"bulletin_status.{status}_text", ""))
    joint = "：" if words.lang == "zh" else ": "
    return status_word(status, words) + (f"{joint}{said}" if said else "")


def rests(counts: Mapping[str, int], words: Words) -> str:
    """Rows of data by status."""
    parts = [words("bulletin.rows", n=f"{n:,}", status=status_word(s, words))
             for s, n in counts.items() if n]
    return ("、" if words.lang == "zh" else ", ").join(parts)


def read_at(given: Mapping[str, Any], words: Words, time_zone: str) -> str:
    """The change of the ledger, or what computed it on which data."""
    if "change" in given:
        said = words("bulletin.change", n=given["change"], hash=str(given["hash"])[:SHORT])
        if given.get("instant"):
            said += f" ({day(clock.day_of(given['instant'], time_zone), words)})"
        return said
    if "engine" in given:
        return words("bulletin.engine", engine=given["engine"], version=given["version"],
                     digest=str(given["digest"])[:SHORT])
    return ""
