"""The answer to a choice: figures side by side, who gains, a fair split, every measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.appraisal.situation import CHOSEN, STATES, gain_of
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import percent, scale_for
from tieline.publish.page import (
    Page,
    cell,
    finite,
    head,
    paragraph,
    row,
    section,
    table,
    within,
)
from tieline.publish.situation.own import own_chapters
from tieline.publish.split import money_split, moves, ranged, split_table, stability
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from tieline.appraisal.results import NetworkAppraisal
    from tieline.appraisal.situation import Situation
    from tieline.publish.numbers import Scale
    from tieline.publish.words import Words
    from tieline.region.model import Measure


def page_of(situation: Situation, words: Words) -> Page:
    """The page that tells the situation."""
    return Page(situation.appraisal, words)


def figures(page: Page) -> Html:
    """What changes with every click: a sentence, the leading figures of each network, money."""
    parts: list[Html | None] = []
    for network in page.appraisal.networks.values():
        parts.append(paragraph(_said(page, network), "headline"))
        if len(page.appraisal.networks) == 1:
            parts.append(_worth(page, "money"))
        parts.append(el(
            "div", *(_numeral(page, network, m) for m in page.key_measures(network)),
            class_="numerals three",
        ))
    if len(page.appraisal.networks) > 1:
        parts.append(_worth(page, "money_all"))
    return join(*parts)


def chapters(page: Page) -> Html:
    """Who gains, the split in units and money, every measure: what stands below the figures."""
    networks = list(page.appraisal.networks.values())
    return join(*(
        join(_of_network(page, n, last=k == len(networks) - 1), own_chapters(page, n))
        for k, n in enumerate(networks)
    ))


def _of_network(page: Page, network: NetworkAppraisal, *, last: bool) -> Html:
    words = page.words
    own = [s for (_, _), s in network.splits.items() if moves(s)]
    first = page.first(network).name
    own.sort(key=lambda s: s.measure.name != first)
    shares: list[Html | None] = [
        paragraph(words("situation.split_lead" if own else "situation.split_none"), "lead")
    ]
    shares += [join(split_table(page, s), paragraph(stability(page, s), "said")) for s in own[:1]]
    shares += [money_split(page)] if last and own else []
    shares += [split_table(page, s) for s in own[1:]]
    return join(
        section(f"{network.network}-figures", words("situation.figures"), _gains(page, network),
                _every(page, network)),
        section(f"{network.network}-split", words("situation.split"), *shares),
    )


def _gain(network: NetworkAppraisal, m: Measure, state: str = CHOSEN) -> float:
    return (network.total(state, m.name) - network.total("apart", m.name)) * m.sign


def _scale(page: Page, network: NetworkAppraisal, m: Measure) -> Scale:
    values = [v for s in STATES for v in (*network.value(s, m.name), network.total(s, m.name))]
    return page.scale(values, m, [_gain(network, m, "together"), _gain(network, m)])


def _said(page: Page, network: NetworkAppraisal) -> str:
    words, m = page.words, page.first(network)
    won, most = _gain(network, m), _gain(network, m, "together")
    scale = _scale(page, network, m)
    fields = {"measure": page.title(m), "unit": scale.unit,
              "chosen": scale.text(network.total(CHOSEN, m.name))}
    if scale.text(network.total(CHOSEN, m.name)) == scale.text(network.total("apart", m.name)):
        return words("situation.says_same", **fields)
    gain = page.scale([abs(won)], m).say(abs(won))
    if won < 0.0:
        return words("situation.says_worse", gain=gain, **fields)
    if scale.text(network.total("together", m.name)) == fields["chosen"]:
        said = words("situation.says_all", gain=gain, **fields)
    else:
        whole = page.scale([abs(most)], m).say(abs(most))
        said = words("situation.says", gain=gain, share=percent(won, most), most=whole, **fields)
    gap = _gap(network, m)
    if gap:
        bound = page.scale([gap], m).say_at_most(gap)
        said += words.space + words("situation.gap", gap=bound)
    return said


def _gap(network: NetworkAppraisal, m: Measure) -> float:
    names = [a.name for a in additive(network.measures)]
    gaps = network.outcomes[CHOSEN].gap_against(network.outcomes["apart"])
    return float(gaps[:, names.index(m.name)].sum())


def _worth(page: Page, key: str) -> Html | None:
    """The worth of the gain in each currency, with its range; None where nothing is gained."""
    lines = []
    for money in page.appraisal.money.values():
        split = money.splits.get("jurisdictions")
        if split is None or not float(split.dividend.typical):
            continue
        d = split.dividend
        low, typical, high = float(d.low), float(d.typical), float(d.high)
        scale = scale_for([high, low, typical], money.unit, page.words)
        lines.append(page.words(f"situation.{key}", typical=scale.say(typical),
                                span=scale.say_span(low, high)))
    return paragraph(page.words.space.join(lines), "headline money") if lines else None


def _numeral(page: Page, network: NetworkAppraisal, m: Measure) -> Html:
    words, scale = page.words, _scale(page, network, m)
    spans = [
        el("span", el("small", words(f"situation.{s}")), scale.text(network.total(s, m.name)),
           class_=s)
        for s in STATES
    ]
    return el(
        "div", el("h3", m.title(words.lang), el("span", scale.unit, class_="unit"),
                  page.rests(network.network).marks),
        el("p", *spans), class_="numeral", data_measure=m.name,
    )


def _gains(page: Page, network: NetworkAppraisal) -> Html:
    """The leading measure by jurisdiction, and what its gain is worth."""
    words, m = page.words, page.first(network)
    scale = _scale(page, network, m)
    money = page.money()
    worth = None if money is None else gain_of(money)
    priced = scale_for(finite(worth.low, worth.high), money.unit, words) if (
        money is not None and worth is not None) else None
    gains = (network.value(CHOSEN, m.name) - network.value("apart", m.name)) * m.sign
    rows = []
    for k, name in enumerate(page.names(network.jurisdictions)):
        cells = [cell(scale.text(float(network.value(s, m.name)[k])), f"n {s}") for s in STATES]
        cells.append(cell(scale.text(float(gains[k]), sign=True), "n gain"))
        if priced is not None and worth is not None:
            cells.append(cell(ranged(priced, worth, k)))
        rows.append(row(name, *cells))
    cells = [cell(scale.text(network.total(s, m.name)), f"n {s}") for s in STATES]
    total = scale.text(float(gains.sum()), sign=True)
    cells.append(cell(within(total, scale, _gap(network, m)), "n gain"))
    if priced is not None and worth is not None:
        cells.append(cell(priced.text(float(worth.typical.sum()))))
    rows.append(row(words("words.region"), *cells, kind="total"))
    heads = [head(words("words.jurisdiction"), numeric=False),
             *(head(words(f"situation.{s}")) for s in STATES), head(words("situation.gain"))]
    if priced is not None:
        heads.append(head(join(words("situation.value"), el("span", priced.unit, class_="unit"))))
    rests = page.rests_in(money) if money is not None else page.rests(network.network)
    return table(words("situation.who", measure=page.title(m)), [heads], rows, unit=scale.unit,
                 kind="situated", note=words("situation.gain_note"), rests=rests)


def _every(page: Page, network: NetworkAppraisal) -> Html:
    words = page.words
    rows = []
    for m in network.told:
        scale = _scale(page, network, m)
        values = [network.total(s, m.name) for s in STATES]
        change = scale.text(scale.change(values[0], values[1]), sign=True)
        rows.append(row(
            join(m.title(words.lang), el("small", m.name, class_="of")), cell(scale.unit, "unit"),
            *(cell(scale.text(v), f"n {s}") for s, v in zip(STATES, values, strict=True)),
            cell(change),
        ))
    heads = [head(words("words.measure"), numeric=False), head(words("words.unit"), numeric=False),
             *(head(words(f"situation.{s}")) for s in STATES), head(words("situation.change"))]
    return table(words("situation.every"), [heads], rows, kind="situated",
                 rests=page.rests(network.network))
