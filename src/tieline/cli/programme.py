"""Projects as a programme on a terminal: cost and benefit, compensation, portfolios by budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from tieline.cli.answers import heading
from tieline.cli.tables import Teller, plain
from tieline.cli.words import say
from tieline.publish.noted import driver_title, noted
from tieline.publish.numbers import DASH, Scale, scale_for

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tieline.appraisal.cba.appraise import Span
    from tieline.appraisal.portfolio.search import Portfolio
    from tieline.appraisal.programme import Programme, ProjectAppraisal
    from tieline.region.model import FloatArray

PARTS = {"projects": "个", "part of budgets": "占各项预算的比例"}
"""Units of a budget other than currencies."""
RANGE = "\N{EN DASH}"
DRIVERS = {"demand": "需求", "capital cost": "造价",
           "running cost": "运行费", "network costs": "网络内的费用"}


def show_programme(console: Console, teller: Teller, programme: Programme) -> None:
    """Cost and benefit of each project, and portfolios by budget."""
    console.print(_worth(teller, programme))
    if any(a.known for a in programme.appraisals):
        console.print(Text(say(
            "In brackets the range; below it net value at the ends of what it hangs on most, and "
            "at which part of that it is 0. Return: internal rate; chance: of a net value > 0.",
            "括号内为区间;其下为最取决于的因素取两端时的净现值,以及使净现值为零的倍数。收益率:内部收益率;可能:净现值"
            "为正的概率。")))
    if not all(a.known for a in programme.appraisals):
        console.print(Text(say(
            "Where the cost is not known: the benefits' present value is what a project may cost.",
            "成本未知时:效益现值即该项目可承受的最高成本。")))
    paid = _compensation(teller, programme)
    if paid is not None:
        console.print(paid)
    if programme.portfolios:
        console.print(_portfolios(teller, programme))
        if programme.budgets:
            console.print(_spending(teller, programme))
    for note in programme.notes:
        console.print(Text(noted(note, teller.appraisal.region, teller.words.lang)))


def _worth(teller: Teller, programme: Programme) -> Table:
    """Each project by discount setting: figures, below them their ranges, and what they hang on."""
    known = any(a.known for a in programme.appraisals)
    spans = [x for a in programme.appraisals
             for x in (a.result.pvb, *([a.result.enpv] if a.known else ()))]
    scale = scale_for([x.typical or 0.0 for x in spans], programme.currency, teller.words)
    table = heading(say(f"cost and benefit [{scale.unit}, present value], typical (5-95 %)",
                        f"成本与效益 [{scale.unit},现值],典型值(5-95%)"))
    table.add_column(say("project", "项目"), overflow="fold", min_width=13)
    heads = (say("benefits", "效益"), *((
        say("net value", "净现值"), say("ratio", "效益成本比"),
        say("return, payback, chance", "收益率 回收期 可能")) if known else ()))
    for head in heads:
        table.add_column(head, justify="right")
    for name in dict.fromkeys(a.project for a in programme.appraisals):
        table.add_row(escape(teller.names([name])[0]))
        for a in programme.appraisals:
            if a.project == name:
                for row in _rows(teller, a, scale, known=known):
                    table.add_row(*map(plain, row))
    return table


def _rows(
    teller: Teller, a: ProjectAppraisal, scale: Scale, *, known: bool
) -> Iterator[tuple[str, ...]]:
    r = a.result
    first, second = [], []
    for span, kind in ((r.pvb, scale), (r.enpv, scale), (r.bcr, 1.0)):
        figure, ends = _figure(span, kind)
        first.append(figure)
        second.append(ends)
    label = f"  {r.discounting.name}"
    if not a.known:
        yield label, first[0], *([say("cost not known", "成本未知")] if known else ())
        yield "", second[0]
        return
    rate, _ = _figure(r.eirr, 100.0)
    years = r.discounted_payback_years
    chance = f"{r.chance_positive:.0%}"
    yield label, *first, rate if rate == DASH else f"{rate} %"
    yield "", *second, say("never", "不能") if years is None else say(
        f"{years:.1f} years", f"{years:.1f} 年")
    swing = next(iter(r.swings), None)
    if swing is None or not swing.width:
        yield "", "", "", "", chance
        return
    name = driver_title(teller.appraisal, swing.driver.name, teller.words.lang) or say(
        swing.driver.name, DRIVERS.get(swing.driver.name, swing.driver.name))
    at = "" if swing.switching is None or swing.switching < 0.0 else say(
        f"0 at x{swing.switching:.3g}", f"为零时 ×{swing.switching:.3g}")
    yield (say(f"  by {name}", f"  最取决于{name}"), "",
           scale.span(swing.at_low, swing.at_high), at, chance)


def _figure(span: Span, kind: Scale | float) -> tuple[str, str]:
    """A figure and its range in brackets; a dash where there is none."""
    if span.typical is None:
        return DASH, ""
    low, high = (typical if x is None else x for typical, x in
                 ((span.typical, span.low), (span.typical, span.high)))
    if isinstance(kind, Scale):
        return kind.text(span.typical), f"({kind.span(low, high)})"
    between = say(" to ", " 至 ") if min(low, high) < 0.0 else RANGE
    return f"{span.typical * kind:.3g}", f"({_short(low * kind)}{between}{_short(high * kind)})"


def _short(value: float) -> str:
    """The end of a range: two digits, none beyond the second decimal."""
    return f"{value:.2f}" if abs(value) < 1.0 else f"{value:.2g}"


def _compensation(teller: Teller, programme: Programme) -> Table | None:
    """Who gains and loses by each project of known cost, and what keeps everybody whole."""
    shown = {a.project: a for a in reversed(programme.appraisals) if a.compensation is not None}
    if not shown:
        return None
    first = next(iter(shown.values()))
    every = [float(x) for a in shown.values() if a.compensation is not None
             for x in (*a.compensation.net, *a.compensation.after)]
    scale = scale_for(every, programme.currency, teller.words)
    table = heading(say(
        f"net effect by jurisdiction and compensation of net losers [{scale.unit}, "
        f"present value; {first.result.discounting.label('en')}], typical (5-95 %)",
        f"各地净效应与净损失方补偿 [{scale.unit},现值;"
        f"{first.result.discounting.label('zh')}],典型值(5-95%)"))
    for head in (say("project", "项目"), say("jurisdiction", "辖区"), say("net", "净效应"),
                 say("pays", "支付"), say("receives", "收取"), say("after", "补偿后")):
        table.add_column(head, justify="left" if head in ("project", "jurisdiction", "项目", "辖区")
                         else "right")
    for name, a in reversed(shown.items()):
        c = a.compensation
        if c is None:
            continue
        figures = {"net": c.net, "pays": c.payments.sum(axis=1), "receives": c.payments.sum(axis=0),
                   "after": c.after}
        for k, who in enumerate(teller.names(c.jurisdictions)):
            cells = [plain(scale.text(float(x[k])) + _between(c.ends.get(key), k, scale))
                     for key, x in figures.items()]
            table.add_row(escape(teller.names([name])[0]) if not k else "", escape(who), *cells)
        if c.uncovered > 0:
            lack = plain(scale.text(c.uncovered))
            table.add_row("", say(f"not covered: {lack}", f"未能弥补:{lack}"))
    return table


def _between(ends: FloatArray | None, k: int, scale: Scale) -> str:
    """A second line with the range; empty where both ends are written alike."""
    if ends is None:
        return ""
    low, high = (float(x) for x in ends[:, k])
    return "" if scale.text(low) == scale.text(high) else f"\n({scale.span(low, high)})"


def _portfolios(teller: Teller, programme: Programme) -> Table:
    unit = programme.unit_of_budget
    if unit in PARTS:
        unit = say(unit, PARTS[unit])
    table = heading(say(f"portfolio by budget [{unit}]", f"按预算的项目组合 [{unit}]"))
    table.add_column(say("budget", "预算"), justify="right")
    table.add_column(say("worth", "价值"), justify="right")
    table.add_column(say("projects", "项目"), overflow="fold")
    values = [p.value for p in programme.portfolios]
    scale = scale_for(values, programme.portfolios[0].unit, teller.words)
    for p in programme.portfolios:
        limit = programme.limit(p)
        table.add_row(f"{limit:.0%}" if programme.by_part else f"{limit:,.10g}",
                      plain(scale.say(p.value)) + _ends(p, scale),
                      escape(say(", ", "、").join(teller.names(p.projects))))
    return table


def _ends(p: Portfolio, scale: Scale) -> str:
    """The range of a worth in brackets; empty if it is not known, or nothing."""
    if p.low is None or p.high is None or p.low == p.high:
        return ""
    return plain(f" ({scale.text(p.low)} ~ {scale.text(p.high)})")


def _spending(teller: Teller, programme: Programme) -> Table:
    """What the portfolio of all the budgets spends of each."""
    unit = say("projects", "个") if programme.counted else programme.currency
    last = programme.portfolios[-1]
    table = heading(say(f"what that of the whole budget spends [{unit}]",
                       f"全部预算下组合的支出 [{unit}]"))
    for head in (say("whose", "出资方"), say("year", "年份"), say("budget", "预算"),
                 say("spent", "支出")):
        table.add_column(head, justify="left" if head in ("whose", "出资方") else "right")
    for b, spent in zip(programme.budgets, last.spent, strict=True):
        whose = teller.names([b.jurisdiction])[0] if b.jurisdiction else say("all", "合计")
        table.add_row(escape(whose), "" if b.year is None else str(b.year),
                      f"{b.amount:,.10g}", f"{float(spent):,.10g}")
    return table
