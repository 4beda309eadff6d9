"""Keeping a ledger: verifying it, rebuilding what is made from it, checkpoints, signals."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.ledger_options import (
    Day,
    actor_of,
    clock_options,
    note_options,
    open_place,
    place_argument,
    principal,
    rights_option,
    view_of,
)
from tieline.cli.ledger_tables import draw
from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, language, say

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tieline.ledger.ledger import Ledger
    from tieline.ledger.view import View

TABLES_ZH = {"change": "变更", "record": "记录", "version": "版本", "private": "个人信息",
             "content": "附件内容", "latest": "现况表", "facet": "筛选表", "monthly": "月度表",
             "tables": "表结构", "database": "数据库"}
WORTH_PROCESSES = 5_000
"""Changes from which on a ledger is verified by several processes."""
MOST = 20
"""So many changed signals are named."""


@click.command(
    cls=Command,
    help="Check that nothing was altered since it was written: the hash chain, the checkpoints, "
    "heads you kept (--head), the tables made from it. Says where it breaks; exit code 1.",
    zh="核验写入后未被改动:哈希链、检查点、自行保存的链头(--head)及派生表。指出断裂处;退出码 1。",
    examples=("tieline ledger verify my-region", "tieline ledger verify my-region --head 12:a1b2"),
)
@place_argument()
@click.option("--head", "heads", cls=Option, multiple=True, metavar="CHANGE:HASH",
              help="A head kept elsewhere, such as in a bulletin. May be given more than once.",
              zh="另存的链头(如通报所载)。可多次给出。")
@lang_option()
def verify(place: str, heads: tuple[str, ...]) -> None:
    """Check the ledger."""
    from tieline.errors import InputError

    pairs = [h.partition(":") for h in heads]
    wrong = [f"--head: expected CHANGE:HASH, found '{h}'" for h, (n, _, x) in
             zip(heads, pairs, strict=True) if not (n.isdecimal() and x)]
    if wrong:
        raise InputError(wrong)
    with (open_place(place) as opened, _pool(opened) as pool,
          Bar(say("verifying", "核验中")) as bar):
        found = opened.verify({int(n): x for n, _, x in pairs}, bar, pool)
    for b in found.breaks:
        table = TABLES_ZH.get(b.table, b.table)
        screen().print(Text(say(str(b), f"{table} {b.number}:{b.said_zh}")))
    if found.holds:
        screen().print(Text(say(
            f"Holds: {found.changes} changes, {found.versions} versions. "
            f"Head: {found.changes}:{found.head}",
            f"完好:{found.changes} 次变更,{found.versions} 个版本。"
            f"链头:{found.changes}:{found.head}")))
        return
    screen().print(Text(say("The ledger does not hold.", "台账已被改动或损坏。")))
    click.get_current_context().exit(1)


@contextmanager
def _pool(opened: Ledger) -> Iterator[Executor | None]:
    """Processes for a ledger that is worth their start."""
    cores = os.cpu_count() or 1
    if cores == 1 or opened.head[0] < WORTH_PROCESSES:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        yield pool


@click.command(
    cls=Command,
    help="Make the tables that lists and sums are read from anew out of the versions.",
    zh="由版本记录重建列表与合计所用的派生表。",
    examples=("tieline ledger rebuild my-region",),
)
@place_argument()
@lang_option()
def rebuild(place: str) -> None:
    """Make the projections anew."""
    with open_place(place) as opened, Bar(say("rebuilding", "重建中")):
        opened.rebuild()
    screen().print(Text(say("Made anew.", "已重建。")))


@click.command(
    cls=Command,
    help="Set red, yellow and green by the dated rules, as of a day; what people set by hand stays "
    "and counts first.",
    zh="按规则得出某日的红、黄、绿信号;人工信号保留并优先。",
    examples=("tieline ledger signals my-region --why 'month end' --on 2019-10-31",),
)
@place_argument()
@click.option("--on", "day", cls=Option, type=Day(), default=None, help="The day; default: today.",
              zh="日期;默认今日。")
@note_options()
@rights_option()
@lang_option()
def signals(place: str, day: date | None, **options: Any) -> None:
    """Run the rules."""
    from tieline.ledger import clock
    from tieline.ledger.append import Note
    from tieline.ledger.ledger import EXTRA
    from tieline.ledger.signals import load_rules, run_rules

    with open_place(place) as opened:
        note = Note(actor_of(options["actor"]), options["reason"], options["on_behalf_of"], "rules")
        rules = load_rules(Path(opened.store.name).parent / EXTRA)
        on, who = day or clock.today(opened.time_zone), principal(
            opened, options["seen_as"], "editor")
        receipt = run_rules(opened, note, rules, on, who)
        _say_signals(opened, opened.view(who, as_of=on), receipt.ids if receipt else ())
    screen().print(Text(
        say("no signal changed", "信号没有变化") if receipt is None
        else say(f"{len(receipt.ids)} signals changed: change {receipt.change_no}",
                 f"{len(receipt.ids)} 个信号改变:第 {receipt.change_no} 号变更")))


def _say_signals(opened: Ledger, view: View, changed: Sequence[str]) -> None:
    """Each project whose signal changed, with its colour, rule and figure."""
    from tieline.ledger.values import show

    for name in changed[:MOST]:
        state = view.record(name)
        if state is None:
            continue
        field = opened.catalogue[state.kind].fields["signal_rule"]
        colour = show(field, state.get("signal_rule"), opened.catalogue.codes, language())
        called = state.get("name_zh") or state.get("name") or name
        why = state.get("signal_why")
        screen().print(Text(f"{name}  {called}  {colour or '-'}" + (f"  ({why})" if why else "")))
    if len(changed) > MOST:
        n = len(changed) - MOST
        screen().print(Text(say(f"    ... and {n} more", f"    ……另有 {n} 项")))


@click.command(
    cls=Command,
    help="Hold records against the criteria of a programme, criterion by criterion: met, not met, "
    "or not to be said from what the ledger knows. Without a programme: which there are.",
    zh="对照某项清单或准入标准逐条核对:达到、未达到,或据台账无从判断。不给出清单名时列出全部清单。",
    examples=("tieline ledger criteria my-region",
              "tieline ledger criteria my-region zone_admission --record placeholder-001"),
)
@place_argument()
@click.argument("programme", required=False, default="")
@click.option("--record", "records", cls=Option, multiple=True, metavar="ID",
              help="Only this record; may be given more than once.", zh="仅该记录;可多次给出。")
@clock_options()
@rights_option()
@lang_option()
def criteria(place: str, programme: str, records: tuple[str, ...], **options: Any) -> None:
    """Show which criteria are failed."""
    from tieline.errors import LedgerError
    from tieline.ledger.criteria import (
        failing,
        judgements,
        load_programmes,
        programmes_listing,
    )
    from tieline.ledger.ledger import EXTRA
    from tieline.region.expect import nearest

    with open_place(place) as opened:
        known = load_programmes(Path(opened.store.name).parent / EXTRA)
        if not programme:
            draw(programmes_listing(known, language()))
            return
        if programme not in known:
            message = f"no programme '{programme}'{nearest(programme, known)}"
            raise LedgerError(message)
        held = known[programme]
        table = judgements(view_of(opened, options), held, records, language())
    draw(table)
    for line in failing(table, language()):
        screen().print(Text(say(f"Fails: {line}", f"未达标:{line}")))
    screen().print(Text(say(f"Thresholds: {held.source}. {held.note}",
                            f"门槛依据:{held.source}。{held.note_zh}").strip()))


@click.command(
    cls=Command,
    help="Record that the head of the chain was made public, and print it.",
    zh="记录链头已公布,并显示链头。",
    examples=("tieline ledger checkpoint my-region --in 'bulletin 1' --why 'published'",),
)
@place_argument()
@click.option("--in", "published", cls=Option, required=True, metavar="WHERE",
              help="Where it was made public.", zh="公布于何处。")
@note_options()
@lang_option()
def checkpoint(
    place: str, published: str, reason: str, actor: str | None, on_behalf_of: str
) -> None:
    """Record a checkpoint."""
    from tieline.ledger.append import Note

    with open_place(place) as opened:
        note = Note(actor_of(actor), reason, on_behalf_of, "cli")
        number, head = opened.checkpoint(note, published)
    screen().print(Text(f"{number}:{head}"))
