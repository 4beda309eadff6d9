"""What counts in money, what in figures, what in words, as a table on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tieline.appraisal.impacts import impacts_of
from tieline.cli.tables import Teller, plain
from tieline.cli.words import say
from tieline.publish.numbers import scale_for
from tieline.publish.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import Console

    from tieline.appraisal.impacts import Listed
    from tieline.appraisal.results import Appraisal

RANKS = {"monetised": ("in money", "计价"), "quantified": ("in figures", "计量"),
         "qualitative": ("in words", "定性")}
DIRECTIONS = {"better": ("better", "有利"), "worse": ("worse", "不利"),
              "unclear": ("unclear", "不明")}


def show_impacts(console: Console, appraisal: Appraisal, lang: str) -> None:
    """Print every impact that changes anything, by rank; nothing where there is none."""
    known: Lang = "zh" if lang == "zh" else "en"
    teller = Teller(appraisal, Words(known))
    every = impacts_of(appraisal)
    shown = [x for x in every if x.moves]
    if not shown:
        return
    table = Table(title=escape(say("in money, in figures, in words (a year, + is better)",
                                   "计价、计量与定性影响(每年,+ 为有利)")),
                  title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for title in (say("impact", "影响"), say("counted", "计量方式"), say("in its unit", "自身单位"),
                  say("in money (low - high)", "金额(低 - 高)"), say("in words", "说明")):
        table.add_column(escape(title), overflow="fold")
    for x in shown:
        table.add_row(*(escape(t) for t in _row(teller, x)))
    console.print()
    console.print(table)
    if len(shown) < len(every):
        n = len(every) - len(shown)
        console.print(Text(say(f"Measures that do not change: {n}.", f"没有变化的指标:{n} 项。")))


def _row(teller: Teller, x: Listed) -> tuple[str, ...]:
    words = teller.words
    name = x.label(words.lang)
    if x.network:
        name = f"{teller.network(x.network)}: {name}"
    figure, told = "", ""
    if x.by is not None:
        gain = x.total
        figure = scale_for([gain], x.unit, words).say(gain)
    if x.given is not None:
        i = x.given
        figure = "" if i.amount is None else f"{i.amount:,.6g} {i.unit}"
        said = say(i.words or i.words_zh, i.words_zh or i.words)
        where = teller.names(k for k in (i.project, i.jurisdiction) if k)
        told = say("; ", ";").join(
            t for t in (say(*DIRECTIONS[i.direction]), *where, said,
                        words(f"status.{i.status}.name")) if t)
    money = []
    for unit, typical, low, high in x.money:
        scale = scale_for([typical, low, high], unit, words)
        money.append(f"{scale.say(typical)} ({scale.span(low, high)})" if low != high
                     else scale.say(typical))
    return name, say(*RANKS[x.rank]), plain(figure), plain(", ".join(money)), told
