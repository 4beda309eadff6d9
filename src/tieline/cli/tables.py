"""An appraisal as tables on a terminal, every figure beside what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tieline.cli.footing import footing
from tieline.cli.marks import letter, rests_on, tag
from tieline.cli.words import say
from tieline.publish.numbers import DASH, MINUS, Scale, scale_for
from tieline.publish.words import Lang, Words
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from rich.console import Console

    from tieline.appraisal.results import Appraisal, Money, NetworkAppraisal, Range, Split, Worth
    from tieline.region.model import FloatArray, Measure

DIGITS = 4


@dataclass(frozen=True)
class Teller:
    """The appraisal and the language in which it is told."""

    appraisal: Appraisal
    words: Words

    def names(self, ids: Iterable[str]) -> list[str]:
        """Jurisdictions, projects and borders ("a+b") as the reader calls them."""
        region, lang = self.appraisal.region, self.words.lang
        known = {j.id: j.label(lang) for j in region.jurisdictions}
        known |= {p.id: p.label(lang) for p in region.projects}
        return [known.get(i) or "-".join(known.get(part, part) for part in i.split("+"))
                for i in ids]

    def network(self, name: str) -> str:
        """A network as the reader calls it."""
        return self.words.get(f"network.{name}", name)

    def counts(self, *networks: str) -> dict[str, int]:
        """Rows of data by status below the figures of networks."""
        return self.appraisal.status_counts(*networks)


def show_appraisal(console: Console, appraisal: Appraisal, lang: str) -> None:
    """Print the whole result."""
    known: Lang = "zh" if lang == "zh" else "en"
    teller = Teller(appraisal, Words(known))
    console.print(Text(appraisal.region.label(lang), style="bold"))
    for network in appraisal.networks.values():
        if network.base_violations:
            console.print(Text(_warning(teller, network), style="bold"))
    for network in appraisal.networks.values():
        below = rests_on(teller.counts(network.network), teller.words)
        _print(console, _network_table(teller, network), below)
        for line in _core_lines(teller, network):
            console.print(Text(line))
        if network.worths:
            _print(console, _worth_table(teller, network), below)
            _print_nothing(console, network, lang)
    for money in appraisal.money.values():
        below = rests_on(
            teller.counts(*money.networks), teller.words, (p.status for p in money.prices)
        )
        if "jurisdictions" in money.splits:
            _print(console, _money_table(teller, money), below)
        if money.worth is not None:
            _print(console, _money_worth_table(teller, money), below)
    for line in footing(teller):
        console.print(Text(line))


def _print_nothing(console: Console, network: NetworkAppraisal, lang: str) -> None:
    """The measures that no link changes, by name."""
    _, nothing = _worths_told(network)
    if nothing:
        names = say(", ", "、").join(w.measure.title(lang) for w in nothing)
        console.print(Text(say(
            f"No link changes, for the region as a whole: {names}.",
            f"就全区而言,各联络均不改变:{names}。")))


def _print(console: Console, table: Table, below: str) -> None:
    console.print()
    console.print(table)
    console.print(Text(below))


def _warning(teller: Teller, network: NetworkAppraisal) -> str:
    return teller.words("headline.violations", network=teller.network(network.network),
                        n=f"{network.base_violations:,}")


def framed(title: str, heads: Iterable[tuple[str, bool]]) -> Table:
    """An empty table; each head says whether its column holds numbers."""
    table = Table(title=escape(title), title_justify="left", title_style="bold",
                  box=box.SIMPLE_HEAD, pad_edge=False)
    for head, numeric in heads:
        table.add_column(escape(head), justify="right" if numeric else "left", overflow="fold")
    return table


def _frame(title: str, word: str, figures: Iterable[str]) -> Table:
    return framed(title, [(word, False), *((f, True) for f in figures),
                          (say("status", "依据"), False)])


def plain(text: str) -> str:
    """A number of the report in characters that every terminal has."""
    return text.replace(MINUS, "-").replace(DASH, "-")


def _network_table(teller: Teller, network: NetworkAppraisal) -> Table:
    words = teller.words
    mark = tag(teller.counts(network.network), words)
    table = _frame(
        f"{teller.network(network.network)}: " + say("apart and together", "各自与携手"),
        say("measure", "指标"),
        (*teller.names(network.jurisdictions), say("all", "合计")),
    )
    for measure in network.told:
        if not measure.sign:
            continue
        scale = _level_scale(network, measure, words)
        head = f"{measure.title(words.lang)} [{scale.unit}]"
        table.add_row(escape(head), *[""] * (len(network.jurisdictions) + 2))
        for row in (*_levels(network, measure, scale), *_gains(network, measure, scale)):
            table.add_row(f"  {row[0]}", *map(plain, row[1:]), mark)
        table.add_section()
    return table


def _level_scale(network: NetworkAppraisal, measure: Measure, words: Words) -> Scale:
    states = ("apart", "together")
    totals = [network.total(s, measure.name) for s in states]
    values = [float(v) for s in states for v in network.value(s, measure.name)]
    return scale_for([*values, *totals], measure.unit, words,
                     differences=[totals[1] - totals[0]], digits=DIGITS)


def _levels(
    network: NetworkAppraisal, measure: Measure, scale: Scale
) -> Iterable[tuple[str, ...]]:
    for state, label in (("apart", say("apart", "各自")), ("together", say("together", "携手"))):
        values = (*network.value(state, measure.name), network.total(state, measure.name))
        yield label, *(scale.text(float(v)) for v in values)
        gap = _gap(network, state, measure)
        if gap.any():
            yield _gap_label(), *(scale.at_most(float(g)) for g in (*gap, gap.sum()))


def _gap_label() -> str:
    return say("  gap, at most", "  间隙,至多")


def _gains(network: NetworkAppraisal, measure: Measure, scale: Scale) -> Iterable[tuple[str, ...]]:
    """Gain, fair share and side payment, each with how far it may be off."""
    split = network.splits.get(("jurisdictions", measure.name))
    if split is None or split.falls is None or split.side_payment is None:
        return
    finer = scale.with_digits([split.dividend, *split.falls, *split.shapley], DIGITS)
    by = {p: k for k, p in enumerate(split.players)}
    order = [by.get(j) for j in network.jurisdictions]

    def told(label: str, values: FloatArray, whole: float) -> tuple[str, ...]:
        cells = [np.nan if k is None else float(values[k]) for k in order]
        return label, *(finer.text(v) for v in (*cells, whole))

    def bound(values: FloatArray, whole: float) -> tuple[str, ...]:
        cells = [np.nan if k is None else float(values[k]) for k in order]
        return _gap_label(), *(finer.at_most(v) for v in (*cells, whole))

    yield told(say("gain", "增益"), split.falls, split.dividend)
    certain = split.falls_gap is None or not split.gap.any()
    if not certain and split.falls_gap is not None:
        yield bound(split.falls_gap, split.dividend_gap)
    if split.table.any():
        yield told(say("fair share", "公平份额"), split.shapley, split.dividend)
        if not certain:
            yield bound(split.shapley_gap, split.dividend_gap)
        yield told(say("side payment", "补偿 +收/-付"), split.side_payment, 0.0)
        if not certain:
            yield bound(split.side_gap, 0.0)


def _gap(network: NetworkAppraisal, state: str, measure: Measure) -> FloatArray:
    """How far the values may be from the best; zeros for a ratio, which has none of its own."""
    names = [m.name for m in additive(network.measures)]
    if measure.name not in names:
        return np.zeros(len(network.jurisdictions))
    return np.asarray(network.outcomes[state].gap[:, names.index(measure.name)])


def _core_lines(teller: Teller, network: NetworkAppraisal) -> Iterable[str]:
    for (kind, _), split in network.splits.items():
        if kind != "jurisdictions" or not split.table.any():
            continue
        doubt = "" if split.core_certain else say(
            " (not certain within the gap)", "(在间隙内不能确定)"
        )
        yield f"{split.measure.title(teller.words.lang)}{doubt}{_verdict(teller, split)}"
        if split.dividend_gap >= abs(split.dividend):
            yield say("  The gain is not larger than its gap: it is not certain.",
                      "  增益不大于其间隙:不能确定有增益。")


def _verdict(teller: Teller, split: Split) -> str:
    if split.in_core:
        return say(": nobody does better by leaving with the fair share (it is in the core).",
                   ":按公平份额分配,任何一方或几方退出都不会更好(在核内)。")
    group = say(" + ", "、").join(teller.names(split.shapley_core.coalition))
    return say(
        f": with the fair share {group} would do better by leaving"
        + (" (the core is empty)." if split.core_empty else "."),
        f":按公平份额分配,{group}退出会更好" + ("(核为空)。" if split.core_empty else "。"),
    )


def _link(teller: Teller, project: str, *, planned: bool) -> str:
    """A link's name and, below it, when it opens and what that date rests on."""
    name = teller.names([project])[0] + (say(" (planned)", " (规划)") if planned else "")
    for p in teller.appraisal.region.projects:
        if p.id == project and p.opened is not None:
            mark = letter(p.status, teller.words)
            name += "\n  " + say(f"opens {p.opened} ({mark})", f"投运 {p.opened}({mark})")
    return name


def _link_heads(*, planned: bool) -> tuple[str, ...]:
    heads = (say("put in (PINT)", "单独加入 PINT"), say("taken out (TOOT)", "从中去掉 TOOT"))
    return (*heads, say("added to today's", "加入现有之上")) if planned else heads


def _worths_told(network: NetworkAppraisal) -> tuple[list[Worth], list[Worth]]:
    """Measures whose sum some link changes, put in or taken out, and those that none does."""
    told: list[Worth] = []
    nothing: list[Worth] = []
    for name, w in network.worths.items():
        if name not in network.silent:
            (told if w.moves else nothing).append(w)
    return told, nothing


def _worth_table(teller: Teller, network: NetworkAppraisal) -> Table:
    words = teller.words
    mark = tag(teller.counts(network.network), words)
    worths = _worths_told(network)[0] or list(network.worths.values())
    first = worths[0]
    planned = bool(first.planned)
    table = _frame(
        f"{teller.network(network.network)}: "
        + say("worth of each project, everybody together", "每个项目的价值(各方携手)"),
        say("project", "项目"), _link_heads(planned=planned),
    )
    for k, project in enumerate((*first.projects, *first.planned)):
        blank = [""] * (2 + planned + 1)
        table.add_row(escape(_link(teller, project, planned=k >= len(first.projects))), *blank)
        for worth in worths:
            scale = scale_for(
                [*worth.pint_total, *worth.toot_total, *worth.planned_gain.sum(axis=1)],
                worth.unit, words, digits=DIGITS,
            )
            name = f"  {worth.measure.title(words.lang)} [{scale.unit}]"
            cells, gaps = _worth_cells(worth, k, scale)
            table.add_row(escape(name), *map(plain, cells), mark)
            if any(gaps):
                table.add_row(f"  {_gap_label()}", *map(plain, gaps), mark)
        table.add_section()
    return table


def _worth_cells(worth: Worth, k: int, scale: Scale) -> tuple[list[str], list[str]]:
    """Figures of the k-th project and their gaps; one that is planned is added to all."""
    n = len(worth.projects)
    columns = [(worth.pint_total, worth.pint_gap, k < n, k),
               (worth.toot_total, worth.toot_gap, k < n, k)]
    if worth.planned:
        columns.append((worth.planned_gain.sum(axis=1), worth.planned_gap, k >= n, k - n))
    cells = [scale.text(float(v[i])) if shown else "" for v, _, shown, i in columns]
    gaps = [
        scale.at_most(float(g[i])) if shown and g[i] > 0.0 else ""
        for _, g, shown, i in columns
    ]
    return cells, gaps


def _range(scale: Scale, figure: Range, k: int) -> str:
    low, typical, high = (float(v[k]) for v in (figure.low, figure.typical, figure.high))
    text = scale.text(typical)
    return text if low == high else f"{text}\n({scale.text(low)} - {scale.text(high)})"


def _price_tag(teller: Teller, money: Money) -> str:
    found = {*teller.counts(*money.networks), *(p.status for p in money.prices)}
    return tag(found, teller.words)


def _money_table(teller: Teller, money: Money) -> Table:
    split = money.splits["jurisdictions"]
    d = split.dividend
    scale = scale_for([float(d.low), float(d.high)], money.unit, teller.words, digits=DIGITS)
    table = _frame(
        f"{scale.unit}: " + say("gain of a year and its fair split (low - high)",
                                "每年的增益与公平分配(低 - 高)"),
        say("jurisdiction", "辖区"),
        (say("gain", "增益"), say("fair share", "公平份额"), say("side payment", "补偿 +收/-付")),
    )
    if split.falls is None or split.side_payment is None or split.split.falls_gap is None:
        return table
    mark, typical = _price_tag(teller, money), split.split
    gaps = (split.split.falls_gap, typical.shapley_gap, typical.side_gap)
    for k, player in enumerate(teller.names(split.players)):
        cells = [_range(scale, f, k) for f in (split.falls, split.shapley, split.side_payment)]
        table.add_row(escape(player), *map(plain, cells), mark)
        if typical.gap.any():
            bounds = [scale.at_most(float(g[k])) for g in gaps]
            table.add_row(_gap_label(), *map(plain, bounds), mark)
    total = f"{scale.text(float(d.typical))}\n({scale.text(float(d.low))} - " \
            f"{scale.text(float(d.high))})" if d.low != d.high else scale.text(float(d.typical))
    table.add_row(say("all", "合计"), plain(total), plain(total), "0", mark)
    if typical.gap.any():
        whole = scale.at_most(typical.dividend_gap)
        table.add_row(_gap_label(), whole, whole, "0", mark)
    return table


def _money_worth_table(teller: Teller, money: Money) -> Table:
    worth = money.worth
    assert worth is not None  # noqa: S101 - asked by the caller
    figures = (worth.pint_total, worth.toot_total, worth.added)
    scale = scale_for([float(v) for f in figures for v in f.high], money.unit, teller.words,
                      digits=DIGITS)
    table = _frame(
        f"{scale.unit}: " + say("worth of each project in a year (low - high)",
                                "每个项目每年的价值(低 - 高)"),
        say("project", "项目"), _link_heads(planned=bool(worth.planned)),
    )
    mark, more = _price_tag(teller, money), [""] * bool(worth.planned)
    for k, name in enumerate(teller.names(worth.projects)):
        cells = [_range(scale, f, k) for f in figures[:2]]
        table.add_row(escape(name), *map(plain, cells), *more, mark)
        bounds = [worth.pint_gap[k], worth.toot_gap[k]]
        if any(bounds):
            table.add_row(_gap_label(), *(scale.at_most(float(g)) for g in bounds), *more, mark)
    for k, name in enumerate(teller.names(worth.planned)):
        table.add_row(escape(name + say(" (planned)", " (规划)")), "", "",
                      plain(_range(scale, worth.added, k)), mark)
        if worth.added_gap[k]:
            table.add_row(_gap_label(), "", "", scale.at_most(float(worth.added_gap[k])), mark)
    return table
