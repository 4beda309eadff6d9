"""What counts in money, what in figures, what in words: every impact side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.appraisal.impacts import impacts_of
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DASH, scale_for
from tieline.publish.page import Page, cell, head, paragraph, row, section, table
from tieline.publish.words import in_language

if TYPE_CHECKING:
    from tieline.appraisal.impacts import Listed

RANKS = {"monetised": "impacts.monetised", "quantified": "impacts.quantified",
         "qualitative": "impacts.qualitative"}
DIRECTIONS = {"better": "impacts.better", "worse": "impacts.worse", "unclear": "impacts.unclear"}
MOST = 30
"""Rows shown; all of them stand in the table `impacts`."""


def impacts(page: Page) -> Html | None:
    """The chapter; None where nothing changes."""
    words, every = page.words, impacts_of(page.appraisal)
    shown = [x for x in every if x.moves]
    if not shown:
        return None
    still = len(every) - len(shown)
    left = len(shown) - MOST
    notes = [words("impacts.still", n=still)] if still else []
    notes += [words("impacts.more", n=left)] if left > 0 else []
    rests = page.rests(*page.appraisal.networks, prices=(
        p.status for m in page.appraisal.money.values() for p in m.prices))
    heads = [head(words("impacts.impact"), numeric=False),
             head(words("impacts.rank"), numeric=False), head(words("impacts.figure")),
             head(words("impacts.money")), head(words("impacts.words"), numeric=False),
             head(words("words.status"), numeric=False)]
    body = table(words("impacts.caption"), [heads], [_row(page, x) for x in shown[:MOST]],
                 kind="prose", note=words.space.join(notes) or None, rests=rests)
    return section("impacts", words("impacts.title"), paragraph(words("impacts.lead"), "lead"),
                   body)


def _row(page: Page, x: Listed) -> Html:
    words = page.words
    name = x.label(words.lang)
    if x.network and len(page.appraisal.networks) > 1:
        name = f"{page.network(x.network)} · {name}"
    status = page.chip(x.given.status) if x.given is not None else ""
    return row(name, cell(words(RANKS[x.rank]), ""), cell(_figure(page, x)),
               cell(_money(page, x)), cell(_words(page, x), "source"), cell(status, ""))


def _figure(page: Page, x: Listed) -> Html | str:
    if x.by is not None:
        gain = x.total
        return scale_for([gain], x.unit, page.words).say(gain)
    given = x.given
    return DASH if given is None or given.amount is None else f"{given.amount:,.6g} {given.unit}"


def _money(page: Page, x: Listed) -> Html | str:
    parts = []
    for unit, typical, low, high in x.money:
        scale = scale_for([typical, low, high], unit, page.words)
        parts.append(join(scale.say(typical), " ", el("small", scale.span(low, high))))
    return join(*parts) if parts else DASH


def _words(page: Page, x: Listed) -> Html | str:
    if x.given is None:
        return ""
    words, i = page.words, x.given
    told = (i.words_zh or i.words) if words.lang == "zh" else (i.words or i.words_zh)
    where = [page.name(k) for k in (i.project, i.jurisdiction) if k]
    parts = [words(DIRECTIONS[i.direction]), *where, told, in_language(i.source, words.lang)]
    return "; ".join(p for p in parts if p) if words.lang == "en" else "；".join(
        p for p in parts if p)
