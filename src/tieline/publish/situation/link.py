"""What one link is worth: put in alone, taken out of all, its fair share; in units and in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.publish.markup import Html, join
from tieline.publish.numbers import DASH, scale_for
from tieline.publish.page import cell, finite, head, row, table, within
from tieline.publish.split import ranged

if TYPE_CHECKING:
    from tieline.appraisal.money import Range
    from tieline.appraisal.results import Money, MoneyWorth, NetworkAppraisal, Worth
    from tieline.publish.page import Page

COLUMNS = ("worth.pint", "worth.toot", "worth.fair")


def of_link(page: Page, project: str) -> Html | None:
    """The worth of a project in every network that feels it; None where none does."""
    parts = [
        *(_of_network(page, n, project) for n in page.appraisal.networks.values()),
        *(_of_money(page, m, project) for m in page.appraisal.money.values()),
    ]
    found = [p for p in parts if p is not None]
    return join(*found) if found else None


def _of_network(page: Page, network: NetworkAppraisal, project: str) -> Html | None:
    words = page.words
    rows = []
    for w in network.worths.values():
        shown = _figures(w, project)
        if shown is None:
            continue
        scale = page.scale([v for v, _ in shown if v is not None], w.measure)
        rows.append(row(
            page.title(w.measure), cell(scale.unit, "unit"),
            *(cell(DASH if v is None else within(scale.text(v), scale, gap)) for v, gap in shown)))
    if not rows:
        return None
    heads = [head(words("situation.link_measure"), numeric=False),
             head(words("words.unit"), numeric=False),
             *(head(words(c)) for c in COLUMNS), head(words("worth.added"))]
    return table(words("situation.link_of", network=page.network(network.network)), [heads], rows,
                 rests=page.rests(network.network))


def _figures(w: Worth, project: str) -> list[tuple[float | None, float]] | None:
    """PINT, TOOT, fair share, gain if added, each with its gap; None for another's project."""
    if project in w.projects:
        k = w.projects.index(project)
        return [(float(w.pint_total[k]), float(w.pint_gap[k])),
                (float(w.toot_total[k]), float(w.toot_gap[k])),
                (None if w.shapley is None else float(w.shapley[k]), 0.0), (None, 0.0)]
    if project in w.planned:
        k = w.planned.index(project)
        return [(None, 0.0)] * 3 + [
            (float(w.planned_gain[k].sum()), float(w.planned_gap[k]))]
    return None


def _of_money(page: Page, money: Money, project: str) -> Html | None:
    w = money.worth
    if w is None or project not in (*w.projects, *w.planned):
        return None
    words = page.words
    ranges = _ranges(w, project)
    ends = finite(*(x for r, k in ranges if r is not None for x in (r.low[k], r.high[k])))
    scale = scale_for(ends, w.unit, words)
    heads = [head(""), *(head(words(c)) for c in COLUMNS), head(words("worth.added"))]
    cells = [cell(DASH if r is None else ranged(scale, r, k)) for r, k in ranges]
    return table(words("worth.caption_money"), [heads], [row(scale.unit, *cells)],
                 note=words("split.range_note"), rests=page.rests_in(money))


def _ranges(w: MoneyWorth, project: str) -> list[tuple[Range | None, int]]:
    if project in w.projects:
        k = w.projects.index(project)
        return [(w.pint_total, k), (w.toot_total, k), (w.shapley, k), (None, 0)]
    return [(None, 0)] * 3 + [(w.added, w.planned.index(project))]
