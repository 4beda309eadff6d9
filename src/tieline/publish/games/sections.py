"""Two chapters of the report: games in money, and projects as a programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.messages import singular
from tieline.publish.games import draw
from tieline.publish.markup import Html, el, join
from tieline.publish.noted import driver_title, noted
from tieline.publish.numbers import DASH, MINUS, Scale, scale_for
from tieline.publish.page import Page, Rests, cell, head, paragraph, row, section, sentence, table

if TYPE_CHECKING:
    from tieline.appraisal.answers import Answer
    from tieline.appraisal.cba.appraise import Span
    from tieline.appraisal.money import Money, MoneySplit, Range
    from tieline.appraisal.portfolio.search import Portfolio
    from tieline.appraisal.programme import Programme, ProjectAppraisal
    from tieline.region.model import FloatArray

MOST_LINKS = 40
"""Players of a heat map that can still be read."""

THREE = 3
RULES = ("shapley", "banzhaf", "owen", "nucleolus", "per_capita_nucleolus", "gately", "tau")
"""Columns of shares, in this order, of those that were asked for."""
INDICES = {"SII": "games.SII", "STII": "games.STII", "BII": "games.BII"}
DRIVERS = {"demand": "programme.driver_demand",
           "capital cost": "programme.driver_capital", "running cost": "programme.driver_running",
           "network costs": "programme.driver_network"}


def games(page: Page) -> Html | None:
    """Shares of the money the report leads with, by several rules; None without answers."""
    money = page.money()
    if money is None:
        return None
    found = {a.kind: a for a in page.appraisal.answers
             if not a.subject and a.unit == money.unit}
    parts: list[Html | None] = []
    if "jurisdictions" in found and found["jurisdictions"].dividend:
        answer, split = found["jurisdictions"], money.splits["jurisdictions"]
        rests = page.rests_in(money)
        parts += [_waterfall(page, split, rests), _triangle(page, answer, split, rests),
                  _rules(page, answer, split, rests), _leaving(page, answer, rests)]
    if "projects" in found:
        parts.append(_pairs(page, found["projects"], page.rests_in(money)))
    if not any(parts):
        return None
    words = page.words
    return section("games", words("games.title"), paragraph(words("games.lead"), "lead"), *parts)


def programme(page: Page) -> Html | None:
    """Cost and benefit of links and portfolios by budget; None without any."""
    money = page.money()
    found = None if money is None else page.appraisal.programmes.get(money.currency)
    if money is None or found is None:
        return None
    words, rests = page.words, page.rests_in(money)
    costed = [a for a in found.appraisals if a.known]
    widest = max(costed, key=lambda a: abs(a.result.enpv.typical or 0.0), default=None)
    parts = [
        _curve(page, found, money, rests), _budgets(page, found), _spending(page, found),
        *(paragraph(noted(note, page.appraisal.region, words.lang), "note")
          for note in found.notes),
        _costs(page, found, rests), _hangs(page, costed, rests),
        _compensation(page, costed, rests), _tornado(page, widest, rests) if widest else None,
    ]
    return section("programme", words("programme.title"),
                   paragraph(words("programme.lead"), "lead"), *parts)


def _figure(drawn: Html, caption: str, rests: Rests) -> Html:
    return el("figure", el("div", drawn, class_="scroll"),
              el("figcaption", sentence(caption), " ", rests.marks))


def _waterfall(page: Page, split: MoneySplit, rests: Rests) -> Html | None:
    if split.falls is None:
        return None
    steps = [float(x) for x in split.falls.typical]
    scale = scale_for([*steps, float(split.dividend.typical)], split.unit, page.words)
    caption = page.words("games.waterfall", unit=scale.unit)
    drawn = draw.waterfall(page.names(split.players), steps, page.words("words.sum"), scale.text,
                           caption)
    return _figure(drawn, caption, rests)


def _triangle(page: Page, answer: Answer, split: MoneySplit, rests: Rests) -> Html | None:
    game = split.split.table
    spare = float(game[-1] - sum(game[1 << k] for k in range(len(answer.players))))
    if len(answer.players) != THREE or spare <= 0.0:
        return None
    words = page.words
    by_rule = {s.rule: s.shares for s in answer.shares}
    points = [(words(f"games.{rule}"), by_rule[rule], kind)
              for rule, kind in (("shapley", "fair"), ("nucleolus", "calm")) if rule in by_rule]
    if split.falls is not None:
        points.append((words("games.falls"), np.asarray(split.falls.typical), "falls"))
    caption = words("games.triangle")
    drawn = draw.ternary(page.names(answer.players), game, points, caption,
                         words("games.outside"))
    return _figure(drawn, caption, rests)


def _rules(page: Page, answer: Answer, split: MoneySplit, rests: Rests) -> Html:
    words = page.words
    columns = {"games.falls": None if split.falls is None else split.falls.typical}
    by_rule = {s.rule: s.shares for s in answer.shares}
    columns |= {f"games.{rule}": by_rule[rule] for rule in RULES if rule in by_rule}
    columns["games.side"] = None if split.side_payment is None else split.side_payment.typical
    ends: dict[str, Range | None] = {f"games.{rule}": found
                                     for rule, found in answer.ranges.items()}
    ends |= {"games.falls": split.falls, "games.side": split.side_payment}
    shown = {k: np.asarray(v) for k, v in columns.items() if v is not None}
    scale = scale_for([float(x) for v in shown.values() for x in v], answer.unit, words)
    rows = [
        row(name, *(cell(scale.text(float(v[k]), sign=key == "games.side")
                         + _around(ends.get(key), k, scale)) for key, v in shown.items()))
        for k, name in enumerate(page.names(answer.players))
    ]
    rows.append(row(words("words.sum"), *(
        cell(scale.text(0.0 if key == "games.side" else float(v.sum())))
        for key, v in shown.items()), kind="total"))
    heads = [head(words("words.jurisdiction"), numeric=False), *(head(words(k)) for k in shown)]
    note = words("games.side_note")
    if "games.nucleolus" in shown:
        note += words.space + words("games.certified")
    note += words.space + words("games.range_note")
    return table(words("games.rules"), [heads], rows, unit=scale.unit, kind="even", note=note,
                 rests=rests)


def _leaving(page: Page, answer: Answer, rests: Rests) -> Html | None:
    if not answer.withdrawals:
        return None
    words = page.words
    scale = scale_for([float(x) for w in answer.withdrawals for x in w.change], answer.unit, words)
    names = page.names(answer.players)
    rows = [
        row(words("games.leaves", name=page.name(w.who)),
            *(cell(scale.text(float(x), sign=True)
                   + _around(answer.leaving_ranges.get(w.who), k, scale))
              for k, x in enumerate(w.change)))
        for w in answer.withdrawals
    ]
    heads = [head("", numeric=False), *(head(n) for n in names)]
    return table(words("games.leaving"), [heads], rows, unit=scale.unit, kind="even",
                 note=words("games.range_note") if answer.leaving_ranges else None, rests=rests)


def _pairs(page: Page, answer: Answer, rests: Rests) -> Html | None:
    found = answer.interactions
    if found is None or not 1 < len(answer.players) <= MOST_LINKS:
        return None
    words = page.words
    one, other, value = found.pairs()[0]
    scale = scale_for([value], answer.unit, words)
    caption = words("games.pairs", unit=scale.unit, index=words(INDICES[found.index]))
    drawn = draw.heat(page.names(answer.players), found.values, scale.text, caption)
    if value == 0.0:
        said = words("games.pairs_none")
    else:
        how = words("games.pairs_join") if value > 0 else words("games.pairs_replace")
        told = scale.say(abs(value))
        if answer.pair_range is not None:
            at = (answer.players.index(one), answer.players.index(other))
            told += _around(answer.pair_range, at, scale, sign=1.0 if value > 0 else -1.0)
        said = words("games.pairs_said", one=page.name(one), other=page.name(other), how=how,
                     value=told)
    return join(_figure(drawn, caption, rests), paragraph(said, "said"))


def _curve(page: Page, found: Programme, money: Money, rests: Rests) -> Html | None:
    if not found.portfolios:
        return None
    x = [found.limit(p) for p in found.portfolios]
    y = [p.value for p in found.portfolios]
    scale = scale_for(y, money.unit, page.words)
    budget = _budget_scale(page, found)
    caption = page.words("programme.curve")

    def said(value: float) -> str:
        return _budget(page, found, budget, value)

    return _figure(draw.curve(x, y, said, scale.say, caption), caption, rests)


def _budgets(page: Page, found: Programme) -> Html | None:
    """Budgets to choose from: buttons that show their set without any script."""
    if not found.portfolios:
        return None
    words, parts = page.words, []
    scale = scale_for([p.value for p in found.portfolios], found.portfolios[0].unit, words)
    budget = _budget_scale(page, found)
    last = len(found.portfolios) - 1
    for k, p in enumerate(found.portfolios):
        label = _budget(page, found, budget, found.limit(p))
        told = words("programme.none") if not p.projects else words(
            "programme.chosen", value=_worth(p, scale),
            names=words.listed(page.names(p.projects)))
        parts += [
            el("input", type="radio", name="budget", id=f"budget-{k}", checked=k == last),
            el("label", label, for_=f"budget-{k}"),
            el("div", f"{label} · ", told, class_="set"),
        ]
    return el("div", el("b", words("programme.slider")), *parts, class_="budgets", role="group",
              aria_label=words("programme.slider"))


def _worth(p: Portfolio, scale: Scale) -> str:
    """A set's worth with its range, where that is known."""
    if p.low is None or p.high is None or p.low == p.high:
        return scale.say(p.value)
    return f"{scale.say(p.value)} ({scale.text(p.low)} ~ {scale.text(p.high)})"


def _spending(page: Page, found: Programme) -> Html | None:
    """What the set of all the budgets spends of each of them."""
    if not (found.portfolios and found.budgets) or found.counted:
        return None
    words, last = page.words, found.portfolios[-1]
    scale = scale_for([b.amount for b in found.budgets], found.currency, words)
    rows = []
    for b, spent in zip(found.budgets, last.spent, strict=True):
        whose = page.name(b.jurisdiction) if b.jurisdiction else words("words.sum")
        rows.append(row(whose, cell("" if b.year is None else str(b.year)),
                        cell(scale.text(b.amount)), cell(scale.text(float(spent)))))
    heads = [head(words("programme.whose"), numeric=False),
             *(head(words(f"programme.{k}")) for k in ("year", "budget", "spent"))]
    return table(words("programme.spending"), [heads], rows, unit=scale.unit,
                 note=words("programme.spending_note"))


def _budget_scale(page: Page, found: Programme) -> Scale:
    every = [found.limit(p) for p in found.portfolios]
    return scale_for(every, found.currency, page.words)


def _budget(page: Page, found: Programme, scale: Scale, value: float) -> str:
    if found.by_part:
        return page.words("programme.part", n=f"{value:.0%}")
    if found.counted:
        return singular(page.words("programme.n_projects", n=f"{value:.0f}"))
    return scale.say(value)


def _costs(page: Page, found: Programme, rests: Rests) -> Html | None:
    if not found.appraisals:
        return None
    words = page.words
    known = any(a.known for a in found.appraisals)
    spans = [s for a in found.appraisals for s in ((a.result.pvb, a.result.enpv) if a.known
                                                   else (a.result.pvb,))]
    scale = scale_for([x for s in spans for x in (s.typical, s.low, s.high) if x is not None],
                      found.currency, words)
    rows = []
    for a in found.appraisals:
        r = a.result
        cells = [cell(r.discounting.label(words.lang), ""), cell(_span(r.pvb, scale))]
        if known:
            blank = [cell(DASH)] * 3
            cells += blank if not a.known else [
                cell(_span(r.enpv, scale)), cell(_plain_span(r.bcr)),
                cell(_plain_span(r.eirr, 100.0, " %"))]
        rows.append(row(page.name(a.project), *cells))
    keys = ["programme.benefits"]
    keys += ["programme.enpv", "programme.bcr", "programme.eirr"] if known else []
    heads = [head(words("words.project"), numeric=False),
             head(words("programme.discounting"), numeric=False), *(head(words(k)) for k in keys)]
    note = words("programme.range_note")
    if not all(a.known for a in found.appraisals):
        note += words.space + words("programme.may_cost")
    return table(words("programme.costs", unit=scale.unit), [heads], rows, unit=scale.unit,
                 note=note, rests=rests)


def _hangs(page: Page, costed: list[ProjectAppraisal], rests: Rests) -> Html | None:
    """When each project pays back, how likely it is worth it, and on what that hangs most."""
    if not costed:
        return None
    words, rows = page.words, []
    scale = scale_for([x for a in costed for s in a.result.swings[:1]
                       for x in (s.at_low, s.at_high)] or [0.0], costed[0].currency, words)
    for a in costed:
        r, most = a.result, next(iter(a.result.swings), None)
        years = r.discounted_payback_years
        cells = [cell(r.discounting.label(words.lang), ""),
                 cell(words("programme.never") if years is None else f"{years:.0f}"),
                 cell(f"{r.chance_positive:.0%}")]
        if most is None or most.width == 0.0:
            cells += [cell(DASH, ""), cell(DASH), cell(DASH)]
        else:
            zero = most.switching
            cells += [cell(_driver(page, most.driver.name), ""),
                      cell(f"{scale.text(most.at_low)} ~ {scale.text(most.at_high)}"),
                      cell(DASH if zero is None or zero < 0.0 else f"× {zero:.2f}")]
        rows.append(row(page.name(a.project), *cells))
    heads = [head(words("words.project"), numeric=False),
             head(words("programme.discounting"), numeric=False),
             head(words("programme.payback")), head(words("programme.chance")),
             head(words("programme.driver"), numeric=False), head(words("programme.ends")),
             head(words("programme.switching"))]
    return table(words("programme.hangs"), [heads], rows, unit=scale.unit,
                 note=words("programme.hangs_note"), rests=rests)


def _compensation(page: Page, costed: list[ProjectAppraisal], rests: Rests) -> Html | None:
    """Who gains and loses by each project, and what keeps everybody whole."""
    shown = {a.project: a for a in reversed(costed) if a.compensation is not None}
    if not shown:
        return None
    words, rows = page.words, []
    first = next(iter(reversed(shown.values())))
    every = [float(x) for a in shown.values() if a.compensation is not None
             for x in (*a.compensation.net, *a.compensation.after)]
    scale = scale_for(every, first.currency, words)
    for name, a in reversed(shown.items()):
        c = a.compensation
        if c is None:
            continue
        for k, who in enumerate(page.names(c.jurisdictions)):
            figures = (("net", c.net[k]), ("paid", -c.payments[k].sum() + c.payments[:, k].sum()),
                       ("after", c.after[k]))
            rows.append(row(page.name(name) if not k else "", cell(who, ""),
                            *(cell(scale.text(float(x), sign=True)
                                   + _ends(c.ends.get(key), k, scale)) for key, x in figures)))
    heads = [head(words("words.project"), numeric=False),
             head(words("words.jurisdiction"), numeric=False),
             *(head(words(f"programme.{k}")) for k in ("net", "paid", "left"))]
    return table(words("programme.compensation", discounting=first.result.discounting.label(
        words.lang)), [heads], rows, unit=scale.unit, note=words("programme.compensation_note"),
        rests=rests)


def _around(
    found: Range | None, at: int | tuple[int, int], scale: Scale, *, sign: float = 1.0
) -> str:
    """A range over unit values in brackets; empty where both ends are written alike."""
    if found is None:
        return ""
    ends = sorted((sign * float(found.low[at]), sign * float(found.high[at])))
    return _ends(np.array(ends)[:, None], 0, scale)


def _ends(ends: FloatArray | None, k: int, scale: Scale) -> str:
    """A range in brackets behind a figure; empty where both ends are written alike."""
    if ends is None:
        return ""
    low, high = (scale.text(float(x)) for x in ends[:, k])
    return "" if low == high else f" ({low} ~ {high})"


def _driver(page: Page, name: str) -> str:
    if name in DRIVERS:
        return page.words(DRIVERS[name])
    return driver_title(page.appraisal, name, page.words.lang) or name


def _tornado(page: Page, a: ProjectAppraisal, rests: Rests) -> Html:
    words, r = page.words, a.result
    middle = r.enpv.typical or 0.0
    scale = scale_for([middle, *(x for s in r.swings for x in (s.at_low, s.at_high))],
                      a.currency, words)
    names = [_driver(page, s.driver.name) for s in r.swings]
    caption = words("programme.tornado", name=page.name(a.project),
                    discounting=r.discounting.label(words.lang))
    drawn = draw.tornado(names, [s.at_low for s in r.swings], [s.at_high for s in r.swings],
                         middle, scale.text, caption)
    return _figure(drawn, f"{caption} [{scale.unit}]", rests)


def _span(span: Span, scale: Scale) -> str:
    if span.typical is None:
        return DASH
    if span.low is None or span.high is None:
        return scale.text(span.typical)
    return f"{scale.text(span.typical)} ({scale.text(span.low)} ~ {scale.text(span.high)})"


def _plain_span(span: Span, times: float = 1.0, unit: str = "") -> str:
    if span.typical is None:
        return DASH
    ends = [DASH if x is None else f"{x * times:.2f}" for x in (span.low, span.high)]
    return f"{span.typical * times:.2f}{unit} ({' ~ '.join(ends)})".replace("-", MINUS)
