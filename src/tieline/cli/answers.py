"""Further solutions of games, and robust portfolios, as tables on a terminal."""

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
    from tieline.appraisal.money import Range
    from tieline.appraisal.portfolio.robust import Robust
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
    from tieline.cli.programme import show_programme

    for programme in appraisal.programmes.values():
        console.print()
        show_programme(console, teller, programme)


def show_robust(
    console: Console, found: Mapping[str, Robust], names: Mapping[str, str]
) -> None:
    """Print projects by core index, then the sets that none beats; `names` by id."""
    for r in found.values():
        spent = _limits(r, names)
        projects = heading(say(f"core index over {', '.join(r.scenarios)}; budget {spent}",
                              f"核心指数(情景:{'、'.join(r.scenarios)};预算 {spent})"))
        projects.add_column(say("project", "项目"))
        projects.add_column(say("core index", "核心指数"), justify="right")
        projects.add_column(say("least regret", "最小后悔组合"))
        for k in np.argsort(-r.core_index, kind="stable"):
            name = r.problem.projects[k]
            projects.add_row(escape(names.get(name, name)), f"{r.core_index[k]:.2f}",
                             say("yes", "是") if r.sets[r.choice][k] else "")
        console.print(projects)
        sets = heading(say(
            f"sets that none found beats [{r.unit}], typical (low ~ high unit values)",
            f"未被支配的组合 [{r.unit}],典型值(单价低 ~ 高)"))
        for head in (*r.scenarios, say("regret", "后悔值")):
            sets.add_column(escape(head), justify="right")
        sets.add_column(say("projects", "项目"), overflow="fold")
        for k in np.argsort(r.regret, kind="stable")[:PAIRS]:
            members = [names.get(p, p) for p in r.problem.members(r.sets[k])]
            worth = [f"{float(v):,.0f}{_between(r, k, s)}" for s, v in enumerate(r.values[k])]
            sets.add_row(*worth, f"{float(r.regret[k]):,.0f}",
                         escape(say(", ", "、").join(members)))
        console.print(sets)
        console.print(Text(say(
            "Core index 1: in every such set; 0: in none. Sets come from a search (not refuted).",
            "核心指数 1:每个组合都有;0:都没有。组合由搜索得到(未被否定)。")))
        for note in r.notes:
            console.print(Text(say(note, message(note, "zh"))))


def _between(r: Robust, k: int, s: int) -> str:
    """A second line with a set's worth at the ends of unit values; empty where they are one."""
    if r.low is None or r.high is None:
        return ""
    low, high = f"{float(r.low[k, s]):,.0f}", f"{float(r.high[k, s]):,.0f}"
    return "" if low == high else f"\n({low} ~ {high})"


def _limits(r: Robust, names: Mapping[str, str]) -> str:
    """What may be spent: one amount, or each budget by whose it is and when."""
    if r.problem.names in (("all",), ("budget 1",)):
        return number(float(r.problem.budgets[0]))
    told = [f"{' '.join(names.get(x, x) for x in name.split(':'))} {number(float(b))}"
            for name, b in zip(r.problem.names, r.problem.budgets, strict=True)]
    return say(", ", "、").join(told)


def heading(title: str) -> Table:
    """A table with its title."""
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
    if answer.ranges:
        named = say(" (low - high)", "(低 - 高)")
    kind, unit = say(answer.kind, KINDS[answer.kind]), _scale(teller, answer).unit
    return say(f"{subject}{named} [{unit}], {kind} play",
               f"{subject}{named} [{unit}],参与方:{kind}")


def _shares(teller: Teller, answer: Answer) -> Table:
    table = heading(_what(teller, answer))
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
            row.append(plain(scale.text(float(s.shares[k])) + _ends(answer, s.rule, scale, k)))
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


def _ends(answer: Answer, rule: str, scale: Scale, k: int) -> str:
    """A second line with the range over unit values; nothing where there is none."""
    found = answer.ranges.get(rule)
    if found is None or not (found.high - found.low).any():
        return ""
    low, high = float(found.low[k]), float(found.high[k])
    return "" if scale.text(low) == scale.text(high) else f"\n({scale.span(low, high)})"


def _around(
    found: Range | None, at: int | tuple[int, int], scale: Scale, *, sign: float = 1.0
) -> str:
    """A range over unit values in brackets; empty where there is none."""
    if found is None:
        return ""
    low, high = sorted((sign * float(found.low[at]), sign * float(found.high[at])))
    return "" if scale.text(low) == scale.text(high) else f" ({scale.span(low, high)})"


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
        if found.status == "estimated":
            i, k = (found.players.index(p) for p in (a, b))
            sign = 1.0 if value > 0 else -1.0
            low, high = sorted((sign * float(found.lo[i, k]), sign * float(found.hi[i, k])))
            told += f" (95 %: {scale.span(low, high)})"
        elif answer.pair_range is not None:
            told += _around(answer.pair_range, (answer.players.index(a), answer.players.index(b)),
                            scale, sign=1.0 if value > 0 else -1.0)
        yield say(f"  {one} × {two}: {word}, {told}", f"  {one} × {two}:{word},{told}")


def _leaving(teller: Teller, answer: Answer) -> Iterable[str]:
    """What each partner's leaving costs everybody."""
    for w in answer.withdrawals:
        scale = scale_for([*map(float, w.change), w.remains], w.unit, teller.words)
        names = teller.names(w.players)
        ends = answer.leaving_ranges.get(w.who)
        told = say(", ", ";").join(
            f"{name} {'+' if x > 0 else ''}{scale.text(float(x))}{_around(ends, k, scale)}"
            for k, (name, x) in enumerate(zip(names, w.change, strict=True)))
        who = names[w.players.index(w.who)]
        remain = scale.say(w.remains) + _around(ends, len(names), scale)
        yield say(f"If {who} leaves, {remain} remain; shares change by: {told} [{scale.unit}]",
                  f"若{who}退出,其余各方尚有{remain};份额变化:{told}[{scale.unit}]")
