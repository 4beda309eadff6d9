"""The dividend and its fair split, in the network's own units and in money with ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.figures import Axis, Whisker, whiskers
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import Scale, scale_for
from tieline.publish.page import Page, cell, finite, head, paragraph, row, section, table, within
from tieline.publish.states import legend

if TYPE_CHECKING:
    from tieline.appraisal.results import (
        Money,
        MoneySplit,
        NetworkAppraisal,
        Range,
        Split,
    )
    from tieline.region.model import FloatArray

SMALL = 1e-9


def split(page: Page, network: NetworkAppraisal, in_money: Html | None = None) -> Html | None:
    """One network's dividend in its own units; None where jurisdictions did not play.

    `in_money` (from `money_split`) follows the leading measure.
    """
    own = [s for (kind, _), s in network.splits.items() if kind == "jurisdictions"]
    if not own:
        return None
    words = page.words
    first = page.first(network).name
    moved = sorted((s for s in own if moves(s)), key=lambda s: s.measure.name != first)
    still = [page.title(s.measure) for s in own if not moves(s)]
    told = [
        join(split_table(page, s), paragraph(stability(page, s), "said"), _gap(page, s))
        for s in moved
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
        join(_money_table(page, m, m.splits["jurisdictions"]),
             paragraph(_payments(page, m.splits["jurisdictions"]), "said"),
             _gap(page, m.splits["jurisdictions"].split))
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


def moves(s: Split) -> bool:
    """Whether cooperation changes anything at all."""
    return bool(max(abs(v) for v in finite(s.table, s.outsiders)) > SMALL)


def split_table(page: Page, s: Split) -> Html:
    """What falls on each player and its fair shares, in the measure's unit."""
    words = page.words
    columns = {"split.falls": s.falls, "split.shapley": s.shapley,
               "split.nucleolus": s.nucleolus, "split.side": s.side_payment}
    shown = {k: v for k, v in columns.items() if v is not None}
    scale = page.scale([s.dividend, *finite(*shown.values())], s.measure)
    gaps = {"split.falls": s.falls_gap, "split.shapley": s.shapley_gap, "split.side": s.side_gap}
    rows = [
        row(name, *(cell(_within(scale, v, gaps.get(key), k, sign=key == "split.side"))
                    for key, v in shown.items()))
        for k, name in enumerate(page.names(s.players))
    ]
    rows.append(row(words("words.sum"), *(
        cell(scale.text(0.0)) if key == "split.side"
        else cell(within(scale.text(float(v.sum())), scale, s.dividend_gap))
        for key, v in shown.items()
    ), kind="total"))
    heads = [head(words("words.jurisdiction"), numeric=False), *(head(words(k)) for k in shown)]
    title = words("split.caption", measure=page.title(s.measure))
    return table(title, [heads], rows, unit=scale.unit, kind="even",
                 note=_side_note(page, s), rests=page.rests(s.network))


def _side_note(page: Page, s: Split) -> str:
    words = page.words
    said = words("split.side_note")
    return said + words.space + words("split.gap_note") if s.gap.any() else said


def _within(
    scale: Scale, values: FloatArray, gap: FloatArray | None, k: int, *, sign: bool
) -> Html | str:
    text = scale.text(float(values[k]), sign=sign)
    return text if gap is None else within(text, scale, float(gap[k]))


def stability(page: Page, s: Split) -> str:
    """Whether anybody would do better without the others, in words."""
    words = page.words
    doubt = "" if s.core_certain else words("split.not_certain") + words.space
    return doubt + _verdict(page, s)


def _verdict(page: Page, s: Split) -> str:
    words = page.words
    measure = s.measure.title(words.lang)
    if s.in_core:
        return words("split.in_core", measure=measure)
    lack = page.scale([s.shapley_core.lack], s.measure).say(s.shapley_core.lack)
    group = words.listed(page.names(s.shapley_core.coalition))
    text = words("split.not_core", measure=measure, group=group, lack=lack)
    return text + (words.space + words("split.core_empty") if s.core_empty else "")


def _gap(page: Page, s: Split) -> Html | None:
    """How far the dividend may be from exact; None where it is."""
    bound = s.dividend_gap
    if not bound:
        return None
    scale = scale_for([bound], s.unit, page.words)
    return paragraph(page.words("split.gap", gap=scale.say_at_most(bound)), "note")


def _borders(page: Page, network: NetworkAppraisal, measure: str) -> Html | None:
    s = network.splits.get(("borders", measure))
    if s is None or len(s.players) < 2 or not moves(s):
        return None
    words = page.words
    scale = page.scale([s.dividend, *finite(s.shapley)], s.measure)
    rows = [
        row(name, cell(within(scale.text(float(s.shapley[k])), scale, float(s.shapley_gap[k]))))
        for k, name in enumerate(page.names(s.players))
    ]
    rows.append(row(words("words.sum"), cell(
        within(scale.text(s.dividend), scale, s.dividend_gap)), kind="total"))
    heads = [head(words("split.border"), numeric=False), head(words("split.shapley"))]
    return table(words("split.borders"), [heads], rows, unit=scale.unit, kind="narrow",
                 rests=page.rests(network.network))


def ranged(scale: Scale, figure: Range, k: int, *, sign: bool = False) -> Html:
    """A typical value with its range below."""
    low, typical, high = (float(v[k]) for v in (figure.low, figure.typical, figure.high))
    text, span = scale.text(typical, sign=sign), scale.span(low, high)
    return join(text, el("small", span) if scale.text(typical) != span else None)


def whisker_of(figure: Range, k: int, kind: str) -> Whisker:
    """The k-th figure as a whisker."""
    return Whisker(float(figure.low[k]), float(figure.typical[k]), float(figure.high[k]), kind)


def _money_table(page: Page, money: Money, s: MoneySplit) -> Html:
    words = page.words
    figures = {"split.falls": (s.falls, "hollow"), "split.shapley": (s.shapley, "filled"),
               "split.side": (s.side_payment, "square")}
    shown = {k: (f, kind) for k, (f, kind) in figures.items() if f is not None}
    d = s.dividend
    scale = scale_for(finite(d.low, d.high), s.unit, words)
    no_gap = np.zeros(len(s.players))
    gaps = {"split.falls": no_gap if s.split.falls_gap is None else s.split.falls_gap,
            "split.shapley": s.split.shapley_gap, "split.side": s.split.side_gap}
    drawn = {k: v for k, v in shown.items() if k != "split.side"}
    axis = Axis.of(finite(*(x for f, _ in drawn.values() for x in (f.low, f.high))))
    rows = [
        row(name, cell(whiskers([whisker_of(f, k, kind) for f, kind in drawn.values()], axis),
                       "chart"),
            *(cell(within(ranged(scale, f, k, sign=key == "split.side"), scale,
                          float(gaps[key][k])))
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
    note = words("split.range_note")
    if s.split.gap.any():
        note += words.space + words("split.gap_note")
    return table(words("split.caption_money"), [heads], rows, unit=scale.unit, kind="charted",
                 note=note, rests=page.rests_in(money))


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
