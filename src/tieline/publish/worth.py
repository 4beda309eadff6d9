"""What each project is worth: PINT, TOOT and fair credit, who gains by it, what they sum to."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.figures import Axis, bars, whiskers
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DASH, day, scale_for
from tieline.publish.page import Page, cell, finite, head, paragraph, row, section, table, within
from tieline.publish.split import ranged, whisker_of
from tieline.publish.states import legend
from tieline.publish.words import in_language

if TYPE_CHECKING:
    from tieline.appraisal.results import Money, MoneyWorth, NetworkAppraisal, Worth
    from tieline.region.model import Project

FIRM = frozenset({"reported", "verified"})
MOST_ACROSS = 8
"""Links up to which each is a column; beyond, each is a row."""
ALIKE = 0.005
"""Sums that differ by less than this share of the worth of all are called equal."""


def worth(page: Page, network: NetworkAppraisal, in_money: Html | None = None) -> Html | None:
    """One network's links in the leading measure; None if it has none.

    `in_money` (from `money_worth`) follows the natural units.
    """
    found = network.worths.get(page.first(network).name)
    if found is None or not (found.projects or found.planned):
        return None
    words = page.words
    parts: list[Html | None] = [
        paragraph(words("worth.lead"), "lead"), _facts(page, network, found),
        _table(page, found), paragraph(sums_in_words(page, found), "said"), in_money,
        _who(page, found), _every(page, network, found),
    ]
    return section(f"{network.network}-worth", words("worth.title"), *parts)


def sums_in_words(page: Page, w: Worth) -> str:
    """Whether the links replace each other, need each other, or neither."""
    words = page.words
    pint, toot = float(w.pint.sum()), float(w.toot.sum())
    whole = float(w.of_all.sum())
    scale = page.scale([pint, toot, whole], w.measure)
    fields = {"pint": scale.say(pint), "toot": scale.say(toot), "all": scale.say(whole)}
    if not w.projects or max(abs(pint), abs(toot), abs(whole)) == 0.0:
        return words("worth.zero")
    if len(w.projects) == 1:
        return words("worth.single", all=fields["all"])
    return words(f"worth.{_relation(pint, toot, whole)}", **fields)


def _relation(pint: float, toot: float, whole: float) -> str:
    slack = ALIKE * max(abs(pint), abs(toot), abs(whole))
    over, under = pint - whole, whole - toot
    if abs(over) <= slack and abs(under) <= slack:
        return "independent"
    if over >= -slack and under >= -slack:
        return "substitutes"
    if over <= slack and under <= slack:
        return "complements"
    return "mixed"


def _table(page: Page, w: Worth) -> Html:
    words = page.words
    columns = {"worth.pint": w.pint_total, "worth.toot": w.toot_total, "worth.fair": w.shapley}
    shown = {k: v for k, v in columns.items() if v is not None}
    planned = w.planned_gain.sum(axis=1)
    gaps = {"worth.pint": w.pint_gap, "worth.toot": w.toot_gap}
    whole = float(w.of_all.sum())
    scale = page.scale([whole, *finite(*shown.values(), planned)], w.measure)
    axis = Axis.of(finite(w.pint_total, w.toot_total, planned))
    blank = [cell("")] * bool(w.planned)
    rows = [
        row(name,
            cell(bars([(float(w.pint_total[k]), "pint"), (float(w.toot_total[k]), "toot")], axis),
                 "chart"),
            *(cell(within(scale.text(float(v[k])), scale,
                          float(gaps[key][k]) if key in gaps else 0.0))
              for key, v in shown.items()), *blank)
        for k, name in enumerate(page.names(w.projects))
    ]
    rows += [
        row(words("worth.planned", name=name),
            cell(bars([(float(planned[k]), "added")], axis), "chart"),
            *(cell("") for _ in shown),
            cell(within(scale.text(float(planned[k])), scale, float(w.planned_gap[k]))))
        for k, name in enumerate(page.names(w.planned))
    ]
    if w.projects:
        rows.append(row(words("words.sum"), cell("", "chart"), *(
            cell(scale.text(float(v.sum()))) for v in shown.values()), *blank, kind="total"))
        rows.append(row(words("worth.of_all"), cell("", "chart"),
                        el("td", scale.text(whole), class_="n", colspan=len(shown)), *blank))
    kinds = [("pint", "bar", "PINT"), ("toot", "bar", "TOOT")]
    kinds += [("added", "bar", words("worth.added"))] if w.planned else []
    heads = _heads(page, legend(page, *kinds), shown, planned=bool(w.planned))
    title = words("worth.caption", measure=page.title(w.measure))
    known = any(g.any() for g in (w.pint_gap, w.toot_gap, w.planned_gap))
    return table(title, [heads], rows, unit=scale.unit, kind="charted",
                 note=words("split.gap_note") if known else None, rests=page.rests(w.network))


def _heads(page: Page, sample: Html, shown: Iterable[str], *, planned: bool) -> list[Html]:
    """Heads of a table of links; what is planned has a column of its own."""
    keys = [*shown, *(["worth.added"] if planned else [])]
    return [head(page.words("words.project"), numeric=False), head(sample, numeric=False),
            *(head(page.words(k)) for k in keys)]


def _who(page: Page, w: Worth) -> Html | None:
    if not w.projects:
        return None
    words = page.words
    total = w.toot_total
    scale = page.scale(finite(w.toot, total), w.measure)
    links = page.names(w.projects)
    sides = [*page.names(w.jurisdictions), words("words.region")]
    values = [*w.toot.T, total]
    if len(links) > MOST_ACROSS:  # a column for each would not fit
        rows = [row(name, *(cell(scale.text(float(v[k]))) for v in values))
                for k, name in enumerate(links)]
        heads = [head(words("words.project"), numeric=False), *(head(s) for s in sides)]
    else:
        rows = [row(side, *(cell(scale.text(float(x))) for x in v),
                    kind="total" if v is total else None)
                for side, v in zip(sides, values, strict=True)]
        heads = [head(words("words.jurisdiction"), numeric=False), *(head(n) for n in links)]
    title = words("worth.caption_who", measure=page.title(w.measure))
    return table(title, [heads], rows, unit=scale.unit, kind="even", rests=page.rests(w.network))


def _every(page: Page, network: NetworkAppraisal, first: Worth) -> Html | None:
    """Each link taken out, or added if it is planned, in every measure that one of them changes.

    None where no other measure than the first changes.
    """
    words = page.words
    told = [w for n, w in network.worths.items() if n not in network.silent and w.moves]
    if [w.measure.name for w in told] in ([], [first.measure.name]):
        return None
    each = [np.concatenate([w.toot_total, w.planned_gain.sum(axis=1)]) for w in told]
    gaps = [np.concatenate([w.toot_gap, w.planned_gap]) for w in told]
    scales = [page.scale(finite(v), w.measure) for v, w in zip(each, told, strict=True)]
    names = [*page.names(first.projects),
             *(words("worth.planned", name=n) for n in page.names(first.planned))]
    rows = [row(name, *(cell(within(s.text(float(v[k])), s, float(g[k])))
                        for v, s, g in zip(each, scales, gaps, strict=True)))
            for k, name in enumerate(names)]
    heads = [head(words("words.project"), numeric=False), *(
        head(join(w.measure.title(words.lang), el("span", s.unit, class_="unit")))
        for w, s in zip(told, scales, strict=True))]
    return table(words("worth.every"), [heads], rows, kind="even",
                 note=words("worth.every_note"), rests=page.rests(network.network))


def _facts(page: Page, network: NetworkAppraisal, w: Worth) -> Html | None:
    known = {p.id: p for p in page.appraisal.region.projects}
    listed = [known[p] for p in (*w.projects, *w.planned) if p in known]
    if not listed:
        return None
    words = page.words
    rows = [
        row(p.label(words.lang), cell(day(p.opened, words), "day"),
            cell(page.chip(p.status) if p.opened else DASH, ""), cell(_cost(page, p)),
            cell(page.chip(cost_status(p)) if math.isfinite(p.capex) else DASH, ""),
            cell(in_language(p.source, words.lang), "source"))
        for p in listed
    ]
    heads = [head(words("words.project"), numeric=False),
             head(words("worth.opened"), numeric=False),
             head(words("worth.date_status"), numeric=False), head(words("worth.cost")),
             head(words("worth.cost_status"), numeric=False),
             head(words("words.source"), numeric=False)]
    return table(words("worth.facts"), [heads], rows, kind="prose")


def cost_status(p: Project) -> str:
    """What a cost rests on: a project's status vouches for its date, not for its cost."""
    return "assumption" if p.status in FIRM else p.status


def _cost(page: Page, p: Project) -> str:
    if not math.isfinite(p.capex):
        return DASH
    currency = p.currency or page.appraisal.region.currency
    scale = scale_for([p.capex], currency, page.words)
    return scale.say(p.capex)


def money_worth(page: Page) -> Html | None:
    """The links in each currency, with ranges."""
    parts = [
        _money_table(page, m, m.worth) for m in page.appraisal.money.values()
        if m.worth is not None and (m.worth.projects or m.worth.planned)
    ]
    return join(*parts) if parts else None


def _money_table(page: Page, money: Money, w: MoneyWorth) -> Html:
    words = page.words
    figures = {"worth.pint": w.pint_total, "worth.toot": w.toot_total, "worth.fair": w.shapley}
    shown = {k: v for k, v in figures.items() if v is not None}
    ends = finite(*(x for f in (*shown.values(), w.added) for x in (f.low, f.high)))
    whole = w.of_all
    scale = scale_for([*ends, *finite(whole.high)], w.unit, words)
    axis = Axis.of(ends)
    gaps = {"worth.pint": w.pint_gap, "worth.toot": w.toot_gap}
    kinds = {"worth.pint": "hollow", "worth.toot": "filled"}
    blank = [cell("")] * bool(w.planned)
    rows = [
        row(name,
            cell(whiskers([whisker_of(shown[k], i, kind) for k, kind in kinds.items()], axis),
                 "chart"),
            *(cell(within(ranged(scale, f, i), scale, gaps[key][i] if key in gaps else 0.0))
              for key, f in shown.items()), *blank)
        for i, name in enumerate(page.names(w.projects))
    ]
    rows += [
        row(words("worth.planned", name=name),
            cell(whiskers([whisker_of(w.added, i, "added")], axis), "chart"),
            *(cell("") for _ in shown),
            cell(within(ranged(scale, w.added, i), scale, w.added_gap[i])))
        for i, name in enumerate(page.names(w.planned))
    ]
    total = join(scale.text(float(whole.typical)),
                 el("small", scale.span(float(whole.low), float(whole.high))))
    rows.append(row(words("worth.of_all"), cell("", "chart"),
                    el("td", total, class_="n", colspan=len(shown)), *blank, kind="total"))
    samples = [("hollow", "dot", "PINT"), ("filled", "dot", "TOOT")]
    samples += [("added", "dot", words("worth.added"))] if w.planned else []
    heads = _heads(page, legend(page, *samples), shown, planned=bool(w.planned))
    note = words("split.range_note")
    if any(np.any(g) for g in (w.pint_gap, w.toot_gap, w.added_gap)):
        note += words.space + words("split.gap_note")
    return table(words("worth.caption_money"), [heads], rows, unit=scale.unit, kind="charted",
                 note=note, rests=page.rests_in(money))
