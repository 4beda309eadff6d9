"""An appraisal as tables on a terminal, every figure beside what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tieline.appraisal.show import number
from tieline.cli.words import say
from tieline.region.model import STATUSES
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from tieline.appraisal.results import Appraisal, Money, NetworkAppraisal, Range, Worth
    from tieline.region.model import FloatArray, Measure

STATUS_ZH = {
    "reported": "公开报道", "verified": "已核实", "approximate": "约数",
    "calibrated": "标定", "assumption": "假设", "synthetic": "合成",
}


def status_word(status: str, lang: str) -> str:
    """The status of a row of data in the user's language."""
    return STATUS_ZH.get(status, status) if lang == "zh" else status


def show_appraisal(console: Console, appraisal: Appraisal, lang: str) -> None:
    """Print the whole result."""
    region = appraisal.region
    name = (region.name_zh or region.name) if lang == "zh" else (region.name or region.name_zh)
    console.print(Text(name, style="bold"))
    for network in appraisal.networks.values():
        _print(console, _network_table(appraisal, network, lang))
        for line in _core_lines(appraisal, network, lang):
            console.print(Text(line))
        if network.worths:
            _print(console, _worth_table(appraisal, network, lang))
    for money in appraisal.money.values():
        _print(console, _money_table(appraisal, money, lang))
        if money.worth is not None:
            _print(console, _money_worth_table(appraisal, money, lang))
    for line in _footing(appraisal, lang):
        console.print(Text(line))


def rests_on(counts: Mapping[str, int], lang: str) -> str:
    """The statuses a computed figure rests on, the commonest first."""
    found = sorted((s for s in STATUSES if counts.get(s)), key=lambda s: -counts[s])
    words = [status_word(s, lang) for s in found]
    return ("由" + "、".join(words) + "数据计算") if lang == "zh" else "from " + ", ".join(words)


def _print(console: Console, what: RenderableType) -> None:
    console.print()
    console.print(what)


def _frame(title: str, words: Iterable[str], figures: Iterable[str], tag: str) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold",
                  box=box.SIMPLE_HEAD, pad_edge=False)
    for head in words:
        table.add_column(escape(head))
    for head in figures:
        table.add_column(escape(head), justify="right")
    table.add_column(escape(tag))
    return table


def _names(appraisal: Appraisal, ids: Iterable[str], lang: str) -> list[str]:
    known = {j.id: j.label(lang) for j in appraisal.region.jurisdictions}
    known |= {p.id: p.label(lang) for p in appraisal.region.projects}
    return [known.get(i, i) for i in ids]


def _counts(network: NetworkAppraisal) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in network.statuses.values():
        for status, n in counts.items():
            total[status] = total.get(status, 0) + n
    return total


def _network_table(appraisal: Appraisal, network: NetworkAppraisal, lang: str) -> Table:
    zh = lang == "zh"
    tag = rests_on(_counts(network), lang)
    table = _frame(
        f"{network.network}: " + ("各自与携手" if zh else "apart and together"),
        ("指标", "") if zh else ("measure", ""),
        (*_names(appraisal, network.jurisdictions, lang), "合计" if zh else "all"),
        "依据" if zh else "rests on",
    )
    for measure in network.measures:
        if not measure.sign:
            continue
        head = f"{measure.title(lang)} [{measure.unit}]"
        for label, values, whole in _rows(network, measure, lang):
            cells = [number(float(v)) for v in (*values, whole)]
            table.add_row(escape(head), label, *cells, tag)
            head = ""
        table.add_section()
    return table


def _rows(
    network: NetworkAppraisal, measure: Measure, lang: str
) -> Iterable[tuple[str, FloatArray, float]]:
    zh = lang == "zh"
    gap_label = "  间隙,至多" if zh else "  gap, at most"
    for state, label in (("apart", "各自" if zh else "apart"),
                         ("together", "携手" if zh else "together")):
        yield label, network.value(state, measure.name), network.total(state, measure.name)
        gap = _gap(network, state, measure)
        if gap.any():
            yield gap_label, gap, float(gap.sum())
    split = network.splits.get(("jurisdictions", measure.name))
    if split is None or split.falls is None or split.side_payment is None:
        return
    by = {p: k for k, p in enumerate(split.players)}
    order = [by.get(j) for j in network.jurisdictions]

    def aligned(values: FloatArray) -> FloatArray:
        return np.array([np.nan if k is None else values[k] for k in order])

    yield ("增益" if zh else "gain"), aligned(split.falls), split.dividend
    if split.gap[-1] > 0.0:
        column = [m.name for m in additive(network.measures)].index(measure.name)
        both = network.outcomes["together"].gap_against(network.outcomes["apart"])[:, column]
        yield gap_label, both, float(split.gap[-1])
    if split.table.any():
        yield ("公平份额" if zh else "fair share"), aligned(split.shapley), split.dividend
        yield ("补偿 +收/-付" if zh else "side payment"), aligned(split.side_payment), 0.0


def _gap(network: NetworkAppraisal, state: str, measure: Measure) -> FloatArray:
    """How far the values may be from the best; zeros for a ratio, which has none of its own."""
    names = [m.name for m in additive(network.measures)]
    if measure.name not in names:
        return np.zeros(len(network.jurisdictions))
    return np.asarray(network.outcomes[state].gap[:, names.index(measure.name)])


def _core_lines(
    appraisal: Appraisal, network: NetworkAppraisal, lang: str
) -> Iterable[str]:
    for (kind, _), split in network.splits.items():
        if kind != "jurisdictions" or not split.table.any():
            continue
        name = split.measure.title(lang)
        if split.in_core:
            yield say(
                f"{name}: nobody does better by leaving with the fair share (it is in the core).",
                f"{name}:按公平份额分配,任何一方或几方退出都不会更好(在核内)。",
            )
            continue
        group = say(" + ", "、").join(_names(appraisal, split.shapley_core.coalition, lang))
        yield say(
            f"{name}: with the fair share {group} would do better by leaving"
            + (" (the core is empty)." if split.core_empty else "."),
            f"{name}:按公平份额分配,{group}退出会更好"
            + ("(核为空)。" if split.core_empty else "。"),
        )


def _project_tag(appraisal: Appraisal, project: str, tag: str, lang: str) -> str:
    for p in appraisal.region.projects:
        if p.id == project and p.opened is not None:
            status = status_word(p.status, lang)
            if lang == "zh":
                return f"投运 {p.opened}:{status};{tag}"
            return f"opening {p.opened}: {status}; {tag}"
    return tag


def _worth_table(appraisal: Appraisal, network: NetworkAppraisal, lang: str) -> Table:
    zh = lang == "zh"
    tag = rests_on(_counts(network), lang)
    table = _frame(
        f"{network.network}: " + ("每条联络的价值(各方携手)" if zh else
                                  "worth of each link, everybody together"),
        ("项目", "指标") if zh else ("project", "measure"), ("PINT", "TOOT"),
        "依据" if zh else "rests on",
    )
    worths = [w for w in network.worths.values() if w.pint.any() or w.planned_gain.any()]
    worths = worths or list(network.worths.values())
    planned = " (规划)" if zh else " (planned)"
    for k, project in enumerate((*worths[0].projects, *worths[0].planned)):
        head = _names(appraisal, [project], lang)[0]
        head += "" if project in worths[0].projects else planned
        rests = _project_tag(appraisal, project, tag, lang)
        for worth in worths:
            name = f"{worth.measure.title(lang)} [{worth.unit}]"
            table.add_row(escape(head), escape(name), *_pint_and_toot(worth, k), rests)
            head, rests = "", tag
        table.add_section()
    return table


def _pint_and_toot(worth: Worth, k: int) -> tuple[str, str]:
    """Of the k-th project; one that is planned is added to all, and cannot be taken out."""
    n = len(worth.projects)
    if k >= n:
        return number(float(worth.planned_gain[k - n].sum())), ""
    return number(float(worth.pint_total[k])), number(float(worth.toot_total[k]))


def _range(figure: Range, k: int) -> str:
    low, typical, high = (number(float(v[k])) for v in (figure.low, figure.typical, figure.high))
    return typical if low == high else f"{typical} ({low} - {high})"


def _price_tag(appraisal: Appraisal, money: Money, lang: str) -> str:
    prices = {p.status for p in money.prices}
    words = [status_word(s, lang) for s in STATUSES if s in prices]
    rests = rests_on(appraisal.statuses(), lang)
    return f"{rests};价格:{'、'.join(words)}" if lang == "zh" else (
        f"{rests}; prices: {', '.join(words)}"
    )


def _money_table(appraisal: Appraisal, money: Money, lang: str) -> Table:
    zh = lang == "zh"
    table = _frame(
        f"{money.unit}: " + ("每年的增益与公平分配(低 - 高)" if zh else
                             "gain of a year and its fair split (low - high)"),
        ("辖区" if zh else "jurisdiction",),
        ("增益", "公平份额", "补偿 +收/-付") if zh else ("gain", "fair share", "side payment"),
        "依据" if zh else "rests on",
    )
    split = money.splits.get("jurisdictions")
    if split is None or split.falls is None or split.side_payment is None:
        return table
    tag = _price_tag(appraisal, money, lang)
    for k, player in enumerate(_names(appraisal, split.players, lang)):
        cells = (_range(f, k) for f in (split.falls, split.shapley, split.side_payment))
        table.add_row(escape(player), *cells, tag)
    whole = split.dividend
    ends = [number(float(v)) for v in (whole.low, whole.typical, whole.high)]
    total = ends[1] if ends[0] == ends[2] else f"{ends[1]} ({ends[0]} - {ends[2]})"
    table.add_row("合计" if zh else "all", total, total, "0", tag)
    return table


def _money_worth_table(appraisal: Appraisal, money: Money, lang: str) -> Table:
    zh = lang == "zh"
    table = _frame(
        f"{money.unit}: " + ("每条联络每年的价值(低 - 高)" if zh else
                             "worth of each link in a year (low - high)"),
        ("项目" if zh else "project",), ("PINT", "TOOT"), "依据" if zh else "rests on",
    )
    worth, tag = money.worth, _price_tag(appraisal, money, lang)
    if worth is not None:
        for k, name in enumerate(_names(appraisal, worth.projects, lang)):
            cells = (_range(worth.pint_total, k), _range(worth.toot_total, k))
            table.add_row(escape(name), *cells, tag)
    return table


def _footing(appraisal: Appraisal, lang: str) -> Sequence[str]:
    counts = appraisal.statuses()
    rows = say(", ", "、").join(
        f"{status_word(s, lang)} {counts[s]}" for s in STATUSES if counts.get(s)
    )
    lines = ["", say(
        f"What this rests on, rows of data: {rows}.", f"数据依据(行数):{rows}。"
    ), say(
        "PINT: the project alone, put in; TOOT: the project taken out of all; "
        "everybody together.",
        "PINT:仅加入该项目;TOOT:从全部中去掉该项目;均在各方携手时。",
    )]
    if any(o.gap.any() for n in appraisal.networks.values() for o in n.outcomes.values()):
        lines.append(say(
            "Gap: how far a figure may be from the best the method could miss; a gain smaller "
            "than its gap is not certain.",
            "间隙:该数字与方法可能遗漏的最优值之差的上限;小于其间隙的增益并不确定。",
        ))
    for network, names in appraisal.unpriced.items():
        titles = [appraisal.networks[network].measure(n).title(lang) for n in names]
        if titles:
            lines.append(say(f"Not priced in {network}: {', '.join(titles)}.",
                             f"{network} 未计价:{'、'.join(titles)}。"))
    notes = [*appraisal.notes, *(n for a in appraisal.networks.values() for n in a.notes)]
    return [*lines, *notes]
