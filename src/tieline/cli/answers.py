"""Further solutions of games, and projects as a programme, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tieline.appraisal.show import number
from tieline.cli.tables import Teller, plain
from tieline.cli.words import say
from tieline.messages import message
from tieline.publish.noted import noted
from tieline.publish.numbers import Scale, scale_for
from tieline.publish.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import Console

    from tieline.appraisal.answers import Answer
    from tieline.appraisal.cba.appraise import Span
    from tieline.appraisal.portfolio.robust import Robust
    from tieline.appraisal.portfolio.search import Portfolio
    from tieline.appraisal.programme import Programme, ProjectAppraisal
    from tieline.appraisal.results import Appraisal

PAIRS = 8
"""Pairs of players shown, the strongest."""

RULES = {
    "shapley": ("Shapley", "沙普利值"), "banzhaf": ("Banzhaf", "班扎夫值"),
    "owen": ("Owen", "欧文值"),
    "nucleolus": ("nucleolus", "核仁"), "per_capita_nucleolus": ("per capita", "人均核仁"),
    "gately": ("Gately", "盖特利点"), "tau": ("tau", "τ 值"),
}
STATUS = {"exact": "精确", "certified": "已证明", "estimated": "估计", "not refuted": "未被否定"}
PARTS = {"projects": "个", "part of budgets": "占各项预算的比例"}
"""Units of a budget other than currencies."""
KINDS = {"jurisdictions": "辖区", "borders": "边界", "projects": "项目"}


def show_answers(console: Console, appraisal: Appraisal, lang: str) -> None:
    """Print every answer, then the programme of projects."""
    known: Lang = "zh" if lang == "zh" else "en"
    teller = Teller(appraisal, Words(known))
    for answer in appraisal.answers:
        console.print()
        console.print(_shares(teller, answer) if answer.shares
                      else Text(_what(teller, answer), style="bold"))
        for line in (*_stability(teller, answer), *_pairs(teller, answer),
                     *_leaving(teller, answer)):
            console.print(Text(plain(line)))
        for note in answer.notes:
            told = noted(note, appraisal.region, known)
            console.print(Text(say("Note: ", "提示:") + told))
    for programme in appraisal.programmes.values():
        show_programme(console, teller, programme)


def show_programme(console: Console, teller: Teller, programme: Programme) -> None:
    """Cost and benefit of each project, and portfolios by budget."""
    words = teller.words
    table = _table(say(f"cost and benefit [{programme.currency}], typical (5-95 %)",
                       f"成本与效益 [{programme.currency}],典型值(5-95%)"))
    for head in (say("project", "项目"), say("discounting", "折现"), say("benefits", "效益现值"),
                 say("net present value", "净现值"), say("ratio", "效益成本比"),
                 say("internal rate", "内部收益率"), say("paid back, years", "回收期(年)"),
                 say("chance > 0", "净现值为正的可能"), say("hangs most on", "最取决于")):
        table.add_column(escape(head), justify="left" if head in ("project", "项目") else "right")
    for a in programme.appraisals:
        r = a.result
        unknown = say("cost not known", "成本未知")
        table.add_row(
            escape(teller.names([a.project])[0]), escape(r.discounting.label(words.lang)),
            _span(r.pvb), _span(r.enpv) if a.known else escape(unknown),
            _span(r.bcr) if a.known else "",
            _span(r.eirr, 100.0) + " %" if a.known else "",
            "" if not a.known else say("never", "不能") if r.discounted_payback_years is None
            else number(r.discounted_payback_years),
            f"{r.chance_positive:.0%}" if a.known else "",
            escape(_hangs(a)) if a.known else "",
        )
    console.print()
    console.print(table)
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
    if programme.portfolios or programme.notes:
        for note in programme.notes:
            console.print(Text(noted(note, teller.appraisal.region, teller.words.lang)))


def show_robust(
    console: Console, found: Mapping[str, Robust], names: Mapping[str, str]
) -> None:
    """Print projects by core index, then the sets that none beats; `names` by id."""
    for r in found.values():
        spent = _limits(r, names)
        projects = _table(say(f"core index over {', '.join(r.scenarios)}; budget {spent}",
                              f"核心指数(情景:{'、'.join(r.scenarios)};预算 {spent})"))
        projects.add_column(say("project", "项目"))
        projects.add_column(say("core index", "核心指数"), justify="right")
        projects.add_column(say("least regret", "最小后悔组合"))
        for k in np.argsort(-r.core_index, kind="stable"):
            name = r.problem.projects[k]
            projects.add_row(escape(names.get(name, name)), f"{r.core_index[k]:.2f}",
                             say("yes", "是") if r.sets[r.choice][k] else "")
        console.print(projects)
        sets = _table(say(f"sets that none found beats [{r.unit}]", f"未被支配的组合 [{r.unit}]"))
        for head in (*r.scenarios, say("regret", "后悔值")):
            sets.add_column(escape(head), justify="right")
        sets.add_column(say("projects", "项目"), overflow="fold")
        for k in np.argsort(r.regret, kind="stable")[:PAIRS]:
            members = [names.get(p, p) for p in r.problem.members(r.sets[k])]
            sets.add_row(*(f"{float(v):,.0f}" for v in (*r.values[k], r.regret[k])),
                         escape(say(", ", "、").join(members)))
        console.print(sets)
        console.print(Text(say(
            "Core index 1: in every such set; 0: in none. Sets come from a search (not refuted).",
            "核心指数 1:每个组合都有;0:都没有。组合由搜索得到(未被否定)。")))
        for note in r.notes:
            console.print(Text(say(note, message(note, "zh"))))


def _limits(r: Robust, names: Mapping[str, str]) -> str:
    """What may be spent: one amount, or each budget by whose it is and when."""
    if r.problem.names in (("all",), ("budget 1",)):
        return number(float(r.problem.budgets[0]))
    told = [f"{' '.join(names.get(x, x) for x in name.split(':'))} {number(float(b))}"
            for name, b in zip(r.problem.names, r.problem.budgets, strict=True)]
    return say(", ", "、").join(told)


DRIVERS = {"unit values": "单价", "demand": "需求", "capital cost": "造价",
           "running cost": "运行费"}


def _hangs(a: ProjectAppraisal) -> str:
    """The widest bar of the tornado: the driver, net present value at its ends, where it is 0."""
    swing = next(iter(a.result.swings), None)
    if swing is None or swing.width == 0.0:
        return say("nothing", "无")
    name = say(swing.driver.name, DRIVERS.get(swing.driver.name, swing.driver.name))
    ends = f"{number(swing.at_low)} ~ {number(swing.at_high)}"
    if swing.switching is None or swing.switching < 0.0:
        return f"{name}: {ends}"
    factor = number(swing.switching)
    return f"{name}: {ends}; " + say(f"0 at x{factor}", f"为零时 ×{factor}")


def _span(span: Span, times: float = 1.0) -> str:
    """A figure with its range."""
    typical, low, high = (
        "-" if x is None else number(x * times) for x in (span.typical, span.low, span.high)
    )
    return escape(f"{typical} ({low} ~ {high})")


def _table(title: str) -> Table:
    return Table(title=escape(title), title_justify="left", title_style="bold",
                 box=box.SIMPLE_HEAD, pad_edge=False)


def _scale(teller: Teller, answer: Answer) -> Scale:
    every = [float(x) for s in answer.shares for x in s.shares]
    return scale_for([answer.dividend, *every], answer.unit, teller.words)


def _what(teller: Teller, answer: Answer) -> str:
    lang = teller.words.lang
    subject = teller.network(answer.subject) if answer.subject else say("money", "折算金额")
    measure = answer.measure
    for network in teller.appraisal.networks.values():
        if network.network == answer.subject and measure in {m.name for m in network.measures}:
            measure = network.measure(measure).title(lang)
    named = "" if measure == "money" else say(f", {measure}", f",{measure}")
    kind, unit = say(answer.kind, KINDS[answer.kind]), _scale(teller, answer).unit
    return say(f"{subject}{named} [{unit}], {kind} play",
               f"{subject}{named} [{unit}],参与方:{kind}")


def _shares(teller: Teller, answer: Answer) -> Table:
    table = _table(_what(teller, answer))
    table.add_column(say("player", "参与方"), overflow="fold")
    for s in answer.shares:
        name = say(*RULES.get(s.rule, (s.rule, s.rule)))
        status = say(s.status, STATUS[s.status])
        table.add_column(escape(f"{name} ({status})"), justify="right")
        if s.status == "estimated":
            table.add_column(say("95 %", "95% 区间"), justify="right")
    scale = _scale(teller, answer)
    for k, name in enumerate(teller.names(answer.players)):
        row = [escape(name)]
        for s in answer.shares:
            row.append(plain(scale.text(float(s.shares[k]))))
            if s.status == "estimated":
                row.append(plain(scale.span(float(s.lo[k]), float(s.hi[k]))))
        table.add_row(*row)
    total = [say("all", "合计")]
    for s in answer.shares:
        total.append(plain(scale.text(float(s.shares.sum()))))
        if s.status == "estimated":
            total.append("")
    table.add_row(*total)
    return table


def _stability(teller: Teller, answer: Answer) -> Iterable[str]:
    for check in answer.checks:
        name = say(*RULES.get(check.rule, (check.rule, check.rule)))
        status = say(check.status, STATUS[check.status])
        if check.in_core:
            yield say(f"{name}: no group does better by leaving ({status})",
                      f"{name}:没有任何一组退出会更好({status})")
        else:
            group = say(" + ", "、").join(teller.names(check.coalition))
            lack = scale_for([check.lack], check.unit, teller.words).say(check.lack)
            yield say(f"{name}: {group} would gain {lack} by leaving ({status})",
                      f"{name}:{group}退出可多得{lack}({status})")
    if answer.least_core is not None and answer.least_core.core_empty:
        level = scale_for([answer.least_core.epsilon], answer.unit, teller.words)
        told = level.say(answer.least_core.epsilon)
        yield say(f"The core is empty: whatever the split, some group lacks at least {told}",
                  f"核为空:无论怎样分配,总有一组至少短缺{told}")


def _pairs(teller: Teller, answer: Answer) -> Iterable[str]:
    found = answer.interactions
    if found is None:
        return
    pairs = [p for p in found.pairs() if p[2] != 0.0][:PAIRS]
    if pairs:
        yield say(f"Pairs by {found.index} ({found.status}):",
                  f"两两交互,{found.index}({STATUS[found.status]})\uff1a")
    if not pairs:
        yield say("No two of them need or replace each other", "两两之间既不互补也不替代")
    scale = scale_for([v for _, _, v in pairs], answer.unit, teller.words)
    for a, b, value in pairs:
        one, two = teller.names([a, b])
        word = say("need each other" if value > 0 else "replace each other",
                   "互补" if value > 0 else "相互替代")
        told = scale.say(abs(value))
        yield say(f"  {one} × {two}: {word}, {told}", f"  {one} × {two}:{word},{told}")


def _leaving(teller: Teller, answer: Answer) -> Iterable[str]:
    """What each partner's leaving costs everybody."""
    for w in answer.withdrawals:
        scale = scale_for([*map(float, w.change), w.remains], w.unit, teller.words)
        names = teller.names(w.players)
        told = say(", ", ";").join(f"{name} {'+' if x > 0 else ''}{scale.text(float(x))}"
                                   for name, x in zip(names, w.change, strict=True))
        who = names[w.players.index(w.who)]
        yield say(f"If {who} leaves, {scale.say(w.remains)} remain; shares change by: {told} "
                  f"[{scale.unit}]",
                  f"若{who}退出,其余各方尚有{scale.say(w.remains)};份额变化:{told}"
                  f"[{scale.unit}]")


def _compensation(teller: Teller, programme: Programme) -> Table | None:
    """Who gains and loses by each project of known cost, and what keeps everybody whole."""
    shown = {a.project: a for a in reversed(programme.appraisals) if a.compensation is not None}
    if not shown:
        return None
    first = next(iter(shown.values()))
    table = _table(say(
        f"net effect by jurisdiction and compensation of net losers [{programme.currency}, "
        f"present value; {first.result.discounting.label('en')}]",
        f"各地净效应与净损失方补偿 [{programme.currency},现值;"
        f"{first.result.discounting.label('zh')}]"))
    for head in (say("project", "项目"), say("jurisdiction", "辖区"), say("net", "净效应"),
                 say("pays", "支付"), say("receives", "收取"), say("after", "补偿后")):
        table.add_column(head, justify="left" if head in ("project", "jurisdiction", "项目", "辖区")
                         else "right")
    for name, a in reversed(shown.items()):
        c = a.compensation
        if c is None:
            continue
        for k, who in enumerate(teller.names(c.jurisdictions)):
            row = (c.net[k], c.payments[k].sum(), c.payments[:, k].sum(), c.after[k])
            table.add_row(escape(teller.names([name])[0]) if not k else "", escape(who),
                          *(f"{float(x):,.0f}" for x in row))
        if c.uncovered > 0:
            lack = f"{c.uncovered:,.0f}"
            table.add_row("", say(f"not covered: {lack}", f"未能弥补:{lack}"))
    return table


def _portfolios(teller: Teller, programme: Programme) -> Table:
    unit = programme.unit_of_budget
    if unit in PARTS:
        unit = say(unit, PARTS[unit])
    table = _table(say(f"portfolio by budget [{unit}]", f"按预算的项目组合 [{unit}]"))
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
    table = _table(say(f"what that of the whole budget spends [{unit}]",
                       f"全部预算下组合的支出 [{unit}]"))
    for head in (say("whose", "出资方"), say("year", "年份"), say("budget", "预算"),
                 say("spent", "支出")):
        table.add_column(head, justify="left" if head in ("whose", "出资方") else "right")
    for b, spent in zip(programme.budgets, last.spent, strict=True):
        whose = teller.names([b.jurisdiction])[0] if b.jurisdiction else say("all", "合计")
        table.add_row(escape(whose), "" if b.year is None else str(b.year),
                      f"{b.amount:,.10g}", f"{float(spent):,.10g}")
    return table
