"""The dividend and its fair split, in the network's own units and in money with ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.publish.figures import Axis, Whisker, whiskers
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import Scale, scale_for
from tieline.publish.page import Page, cell, finite, head, paragraph, row, section, table
from tieline.publish.states import legend

if TYPE_CHECKING:
    from tieline.appraisal.results import (
        MoneySplit,
        NetworkAppraisal,
        Range,
        Split,
    )

SMALL = 1e-9
WORTH_SAYING = 0.005
"""A bound on the error below this share of the dividend is left to the chapter on method."""


def split(page: Page, network: NetworkAppraisal, in_money: Html | None = None) -> Html | None:
    """One network's dividend in its own units; None where jurisdictions did not play.

    `in_money` (from `money_split`) follows the leading measure.
    """
    own = [s for (kind, _), s in network.splits.items() if kind == "jurisdictions"]
    if not own:
        return None
    words = page.words
    first = page.first(network).name
    moved = sorted((s for s in own if _moves(s)), key=lambda s: s.measure.name != first)
    still = [page.title(s.measure) for s in own if not _moves(s)]
    told = [
        join(_table(page, s), paragraph(_stability(page, s), "said"), _gap(page, s)) for s in moved
    ]
    parts: list[Html | None] = [
        paragraph(words("split.lead"), "lead"), *told[:1], in_money,
        _borders(page, network, first), *told[1:],
    ]
    if still:
        parts.append(paragraph(words("split.zero", measures=words.listed(still)), "said"))
    return section(f"{network.network}-split", words("split.title"), *parts)


def money_split(page: Page) -> Html | None:
    """The dividend in each currency, with ranges."""
    parts = [
        join(_money_table(page, m.splits["jurisdictions"]),
             paragraph(_payments(page, m.splits["jurisdictions"]), "said"))
        for m in page.appraisal.money.values() if "jurisdictions" in m.splits
    ]
    titles = [
        page.title(page.appraisal.networks[n].measure(m))
        for n, names in page.appraisal.unpriced.items() for m in names
    ]
    if titles and parts:
        text = page.words("split.unpriced", measures=page.words.listed(titles))
        parts.append(paragraph(text, "note"))
    return join(*parts) if parts else None


def _moves(s: Split) -> bool:
    return bool(max(abs(v) for v in finite(s.table, s.outsiders)) > SMALL)


def _table(page: Page, s: Split) -> Html:
    words = page.words
    columns = {"split.falls": s.falls, "split.shapley": s.shapley,
               "split.nucleolus": s.nucleolus, "split.side": s.side_payment}
    shown = {k: v for k, v in columns.items() if v is not None}
    scale = page.scale([s.dividend, *finite(*shown.values())], s.measure)
    rows = [
        row(name, *(cell(scale.text(float(v[k]), sign=key == "split.side"))
                    for key, v in shown.items()))
        for k, name in enumerate(page.names(s.players))
    ]
    rows.append(row(words("words.sum"), *(
        cell(scale.text(0.0 if key == "split.side" else float(v.sum())))
        for key, v in shown.items()
    ), kind="total"))
    heads = [head(words("words.jurisdiction"), numeric=False), *(head(words(k)) for k in shown)]
    title = words("split.caption", measure=page.title(s.measure))
    return table(title, [heads], rows, unit=scale.unit, kind="even",
                 note=words("split.side_note"))


def _stability(page: Page, s: Split) -> str:
    words = page.words
    measure = s.measure.title(words.lang)
    if s.in_core:
        return words("split.in_core", measure=measure)
    lack = page.scale([s.shapley_core.lack], s.measure).say(s.shapley_core.lack)
    group = words.listed(page.names(s.shapley_core.coalition))
    text = words("split.not_core", measure=measure, group=group, lack=lack)
    joint = "" if words.lang == "zh" else " "
    return text + (joint + words("split.core_empty") if s.core_empty else "")


def _gap(page: Page, s: Split) -> Html | None:
    """How far the dividend may be from exact, where that is worth saying."""
    bound = float(s.gap[-1])
    if bound <= WORTH_SAYING * abs(s.dividend):
        return None
    return paragraph(page.words("split.gap", gap=page.scale([bound], s.measure).say(bound)), "note")


def _borders(page: Page, network: NetworkAppraisal, measure: str) -> Html | None:
    s = network.splits.get(("borders", measure))
    if s is None or len(s.players) < 2 or not _moves(s):
        return None
    words = page.words
    scale = page.scale([s.dividend, *finite(s.shapley)], s.measure)
    rows = [
        row(name, cell(scale.text(float(s.shapley[k]))))
        for k, name in enumerate(page.names(s.players))
    ]
    rows.append(row(words("words.sum"), cell(scale.text(s.dividend)), kind="total"))
    heads = [head(words("split.border"), numeric=False), head(words("split.shapley"))]
    return table(words("split.borders"), [heads], rows, unit=scale.unit, kind="narrow")


def ranged(scale: Scale, figure: Range, k: int, *, sign: bool = False) -> Html:
    """A typical value with its range below."""
    low, typical, high = (float(v[k]) for v in (figure.low, figure.typical, figure.high))
    text, span = scale.text(typical, sign=sign), scale.span(low, high)
    return join(text, el("small", span) if scale.text(typical) != span else None)


def whisker_of(figure: Range, k: int, kind: str) -> Whisker:
    """The k-th figure as a whisker."""
    return Whisker(float(figure.low[k]), float(figure.typical[k]), float(figure.high[k]), kind)


def _money_table(page: Page, s: MoneySplit) -> Html:
    words = page.words
    figures = {"split.falls": (s.falls, "hollow"), "split.shapley": (s.shapley, "filled"),
               "split.side": (s.side_payment, "square")}
    shown = {k: (f, kind) for k, (f, kind) in figures.items() if f is not None}
    d = s.dividend
    scale = scale_for(finite(d.low, d.high), s.unit, words)
    drawn = {k: v for k, v in shown.items() if k != "split.side"}
    axis = Axis.of(finite(*(x for f, _ in drawn.values() for x in (f.low, f.high))))
    rows = [
        row(name, cell(whiskers([whisker_of(f, k, kind) for f, kind in drawn.values()], axis),
                       "chart"),
            *(cell(ranged(scale, f, k, sign=key == "split.side"))
              for key, (f, _) in shown.items()))
        for k, name in enumerate(page.names(s.players))
    ]
    whole = join(scale.text(float(d.typical)),
                 el("small", scale.span(float(d.low), float(d.high))))
    rows.append(row(words("words.sum"), cell("", "chart"), *(
        cell(scale.text(0.0) if k == "split.side" else whole) for k in shown), kind="total"))
    sample = legend(page, *((kind, "dot", words(k)) for k, (_, kind) in drawn.items()))
    heads = [head(words("words.jurisdiction"), numeric=False), head(sample, numeric=False),
             *(head(words(k)) for k in shown)]
    return table(words("split.caption_money"), [heads], rows, unit=scale.unit, kind="charted",
                 note=words("split.range_note"))


def _payments(page: Page, s: MoneySplit) -> str:
    words = page.words
    if s.side_payment is None:
        return ""
    paid = s.side_payment
    scale = scale_for(finite(s.dividend.low, s.dividend.high), s.unit, words)
    names = page.names(s.players)
    typical = [float(v) for v in paid.typical]
    payers = [k for k, v in enumerate(typical) if v < -SMALL]
    receivers = [k for k, v in enumerate(typical) if v > SMALL]
    total = sum(typical[k] for k in receivers)
    if not receivers or not payers or not scale.text(total).strip("0."):
        return words("split.pays_none")
    return words(
        "split.pays", payers=words.listed([names[k] for k in payers]),
        receivers=words.listed([names[k] for k in receivers]), total=scale.say(total),
    )
