"""The top of the report: what it is about, the headline, what it rests on, the key figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import DIGITS, Scale, day, percent, scale_for
from tieline.publish.page import Page, cell, gain, head, paragraph, row, section, table
from tieline.publish.words import in_language
from tieline.region.model import STATUSES

if TYPE_CHECKING:
    from tieline.appraisal.results import NetworkAppraisal
    from tieline.region.model import Measure

ARROW = "→"


def masthead(page: Page) -> Html:
    """Title, study date, captions, headline and what it rests on."""
    words, region = page.words, page.appraisal.region
    facts = [
        (words("page.study_date"), day(region.study_date, words)),
        (words("page.members"), words.listed(page.names(j.id for j in region.jurisdictions))),
        (words("page.networks"), words.listed([page.network(n) for n in page.appraisal.networks])),
        (words("page.scenario"), page.scenario()),
    ]
    tags = [el("li", t) for t in page.captions()]
    lines = [headline(page, n) for n in page.appraisal.networks.values()]
    warnings = [w for n in page.appraisal.networks.values() if (w := base_warning(page, n))]
    return el(
        "header",
        paragraph(words("page.kicker"), "kicker"),
        el("ul", *tags, class_="tags") if tags else None,
        el("h1", region.label(words.lang)),
        paragraph(words("page.subtitle"), "subtitle"),
        el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in facts), class_="facts"),
        *(paragraph(t, "headline") for t in lines),
        _money_line(page),
        *(paragraph(t, "warning") for t in warnings),
        rests_on(page),
    )


def headline(page: Page, network: NetworkAppraisal) -> str:
    """One sentence: what acting together changes in the measure that leads."""
    words, m = page.words, page.first(network)
    apart, together = (network.total(s, m.name) for s in ("apart", "together"))
    won = gain(network, m)
    levels = page.scale([apart, together], m, [won])
    fields = {"measure": page.title(m), "apart": levels.text(apart),
              "together": levels.text(together), "unit": levels.unit}
    after = _gap_sentence(page, network, m)
    if levels.text(apart) == levels.text(together):
        return words("headline.nothing", **fields) + after
    if won < 0:
        return words("headline.worse", **fields) + after
    known = network.engine == "power" and m.name == "customer_hours"
    fields |= {"apart": levels.worded(apart), "together": levels.worded(together)} \
        if words.lang == "en" else {}
    return words(
        "headline.outage" if known else "headline.generic", **fields,
        gain=levels.with_digits([won], DIGITS).say(won),
        share=percent(abs(together - apart), abs(apart)),
    ) + after


def _gap_sentence(page: Page, network: NetworkAppraisal, m: Measure) -> str:
    """How far the gain may be off; nothing where it is exact."""
    gap = float(network.gain_gap(m.name).sum())
    if not gap:
        return ""
    said = page.words("headline.gap", gap=page.scale([gap], m).say_at_most(gap))
    if gap >= abs(gain(network, m)):
        said += page.words.space + page.words("headline.uncertain")
    return page.words.space + said


def base_warning(page: Page, network: NetworkAppraisal) -> str:
    """One sentence where the network exceeds limits before anything fails, else nothing."""
    if not network.base_violations:
        return ""
    return page.words("headline.violations", network=page.network(network.network),
                      n=f"{network.base_violations:,}")


def _money_line(page: Page) -> Html | None:
    lines = []
    for money in page.appraisal.money.values():
        split = money.splits.get("jurisdictions")
        if split is None or not float(split.dividend.typical):
            continue
        d = split.dividend
        low, typical, high = float(d.low), float(d.typical), float(d.high)
        scale = scale_for([high, low, typical], money.unit, page.words)
        lines.append(page.words(
            "headline.money", typical=scale.say(typical), span=scale.say_span(low, high)
        ))
        gap = split.split.dividend_gap
        if gap:
            finer = scale_for([gap], money.unit, page.words)
            lines.append(page.words("headline.money_gap", gap=finer.say_at_most(gap)))
    return paragraph(page.words.space.join(lines), "headline money") if lines else None


def rests_on(page: Page) -> Html | None:
    """Chips of every status the data have, each explained."""
    counts = page.appraisal.statuses()
    found = [s for s in STATUSES if counts.get(s)]
    if not found:
        return None
    words = page.words
    scale = page.appraisal.region.provenance.get("scale", "")
    entries = [
        el("div", el("dt", page.chip(s, count=counts[s])), el("dd", words(f"status.{s}.text")))
        for s in found
    ]
    return el(
        "aside", el("h2", words("headline.rests"), id="rests"), el("dl", *entries),
        paragraph(in_language(scale, words.lang), "scale") if scale else None,
        paragraph(words("headline.rests_note"), "note"), class_="rests", aria_labelledby="rests",
    )


def key_figures(page: Page, network: NetworkAppraisal) -> Html:
    """The figures every planner asks for, apart and together."""
    words = page.words
    measures = page.key_measures(network)
    lead = "key.lead" if network.engine == "power" else "key.lead_generic"
    return section(
        f"{network.network}-key", words("key.title"), paragraph(words(lead), "lead"),
        el("div", *(_numeral(page, network, m) for m in measures), class_="numerals"),
        _key_table(page, network, measures),
    )


def _scale(page: Page, network: NetworkAppraisal, m: Measure) -> Scale:
    apart, together = (network.value(s, m.name) for s in ("apart", "together"))
    totals = [network.total(s, m.name) for s in ("apart", "together")]
    return page.scale([*apart, *together, *totals], m, [totals[1] - totals[0]])


def _numeral(page: Page, network: NetworkAppraisal, m: Measure) -> Html:
    words = page.words
    apart, together = (network.total(s, m.name) for s in ("apart", "together"))
    scale = _scale(page, network, m)
    a, b = scale.text(apart), scale.text(together)
    if a == b:
        change = words("words.unchanged")
    elif scale.unit == "%":
        change = f"{scale.text(scale.change(apart, together), sign=True)} %"
        change = change.replace("%", "个百分点" if words.lang == "zh" else "points")
    else:
        which = "words.less" if together < apart else "words.more"
        share = percent(abs(together - apart), abs(apart))
        change = f"{words(which)} {share}" if words.lang == "zh" else f"{share} {words(which)}"
    return el(
        "div", el("h3", m.title(words.lang), el("span", scale.unit, class_="unit")),
        el("p", el("span", el("small", words("words.apart")), a, class_="apart"),
           el("span", ARROW, class_="arrow", aria_hidden="true"),
           el("span", el("small", words("words.together")), b, class_="together")),
        el("p", change, " ", page.rests(network.network).marks, class_="change"), class_="numeral",
    )


def _key_table(page: Page, network: NetworkAppraisal, measures: list[Measure]) -> Html:
    words = page.words
    scales = [_scale(page, network, m) for m in measures]
    top = [head(words("words.jurisdiction"), numeric=False, rows=2)]
    top += [
        head(join(m.title(words.lang), el("span", s.unit, class_="unit")), span=2)
        for m, s in zip(measures, scales, strict=True)
    ]
    below = [head(words(f"words.{s}")) for _ in measures for s in ("apart", "together")]
    rows = []
    for k, name in enumerate(page.names(network.jurisdictions)):
        cells = [
            cell(scale.text(float(network.value(s, m.name)[k])), f"n {s}")
            for m, scale in zip(measures, scales, strict=True) for s in ("apart", "together")
        ]
        rows.append(row(name, *cells))
    cells = [
        cell(scale.text(network.total(s, m.name)), f"n {s}")
        for m, scale in zip(measures, scales, strict=True) for s in ("apart", "together")
    ]
    rows.append(row(words("words.region"), *cells, kind="total"))
    return table(words("key.caption"), [top, below], rows, kind="pairs", note=words("key.note"),
                 rests=page.rests(network.network))
