"""Whether published figures are still true: each query asked again, at its change and now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tieline.errors import InputError
from tieline.publish.bulletin.figure import Figure, LookupFailedError, Query, Reading, Source
from tieline.publish.bulletin.value import say

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.publish.words import Words

LEDGER = "ledger"


@dataclass(frozen=True)
class Rerun:
    """A figure asked again.

    `verdict` is "same": still true; "later": of its day it is still true, but today it is another;
    "corrected": what is known of its day has changed; "gone": the query gives nothing any more;
    "altered": the ledger no longer says what it said at that change, which must never happen.
    `now` is what it gives; None for "gone" and "altered". `changed` names the parts that differ.
    """

    figure: Figure
    verdict: str
    now: Reading | None = None
    changed: tuple[str, ...] = ()
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bulletin may go on saying it."""
        return self.verdict in ("same", "later")

    def text(self, words: Words) -> str:
        """One line: "still true", or what changed."""
        name, was = self.figure.name(words.lang), say(self.figure.reading.value, words)
        now = say(self.now.value, words) if self.now else ""
        parts = ("、" if words.lang == "zh" else ", ").join(
            words(f"bulletin.{p}").lower() for p in self.changed)
        return words(f"rerun.{self.verdict}", name=name, was=was, now=now, parts=parts)


def rerun(
    figures: Iterable[Figure], sources: Mapping[str, Source], *, ledger: Ledger | None = None,
    today: date | None = None,
) -> tuple[Rerun, ...]:
    """Every figure asked again, in the given order.

    Parameters
    ----------
    ledger
        To see whether the changes at which figures were read still have the hashes they had.
    today
        The day for "later"; without it nobody asks what is true today.
    """
    return tuple(_again(f, sources, ledger, today) for f in figures)


def _again(
    figure: Figure, sources: Mapping[str, Source], ledger: Ledger | None, today: date | None
) -> Rerun:
    source = sources.get(figure.query.source)
    if source is None:
        return Rerun(figure, "gone", why=f"no source '{figure.query.source}'")
    if figure.query.source == LEDGER and not _reproduced(figure, source, ledger):
        return Rerun(figure, "altered")
    try:
        now = source.read(figure.query)
    except LookupFailedError as error:
        return Rerun(figure, "gone", why=str(error))
    changed = differences(figure.reading, now)
    if changed:
        return Rerun(figure, "corrected", now, changed)
    later = _today(figure, source, today)
    if later is not None and (parts := differences(figure.reading, later, days=False)):
        return Rerun(figure, "later", later, parts)
    return Rerun(figure, "same", now)


def _reproduced(figure: Figure, source: Source, ledger: Ledger | None) -> bool:
    """Whether the same query at the same change gives the same content, and the change stands."""
    at = figure.reading.read_at
    change = int(at.get("change", 0))
    if ledger is not None and ledger.hash_of(change) != at.get("hash"):
        return False
    try:
        return not differences(figure.reading, source.read(figure.query, change))
    except LookupFailedError:
        return False


def _today(figure: Figure, source: Source, today: date | None) -> Reading | None:
    if today is None or figure.query.source != LEDGER:
        return None
    asked = Query(LEDGER, {**figure.query.parameters, "as_of": today.isoformat()})
    try:
        return source.read(asked)
    except LookupFailedError:
        return None


def published_figures(site: Path) -> dict[str, tuple[Figure, ...]]:
    """The figures of every bulletin of a published site, by its id; InputError if it is none."""
    out = {}
    for path in sorted(site.glob("bulletins/*/figures.json")):
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            out[str(given["bulletin"])] = tuple(Figure.of_json(f) for f in given["figures"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            message = f"{path}: expected the figures of a bulletin"
            raise InputError([message]) from None
    return out


def differences(before: Reading, after: Reading, *, days: bool = True) -> tuple[str, ...]:
    """The parts of a reading's content that differ."""
    a, b = before.content(), after.content()
    return tuple(k for k in a if a[k] != b[k] and (days or k != "when"))
