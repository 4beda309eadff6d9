"""`tieline ledger`: the commands on the system of record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.ledger_exchange import export, import_
from tieline.cli.ledger_files import attach, erase, fetch
from tieline.cli.ledger_keep import checkpoint, criteria, rebuild, signals, verify
from tieline.cli.ledger_options import (
    FILE,
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
from tieline.cli.ledger_tables import diff_lines, draw, history_lines, print_json, write
from tieline.cli.ledger_work import work
from tieline.cli.screen import screen
from tieline.cli.words import Group, Option, lang_option, language, say

if TYPE_CHECKING:
    from tieline.ledger.view import View

TOTALS = {"records": "kind", "kind": "category", "jurisdiction": "owner", "stage": "stage",
          "signal": "signal", "category": "category", "owner": "owner"}
"""What totals may be by, in the words of the options, and the column behind it."""
APART = str.maketrans(",;，；", "    ")
"""What stands between columns."""


@click.group(
    "ledger", cls=Group,
    help="The system of record: projects, joint work, platforms, indicators; what was said of "
    "any day, by whom and why.",
    zh="台账:项目、协同办理、平台、指标;任一日的记载、由谁、因何。",
    examples=("tieline ledger init my-region", "tieline ledger list my-region",
              "tieline ledger verify my-region"),
)
@lang_option()
def ledger() -> None:
    """Hold the commands together."""


@ledger.command(
    help="Make a ledger for a region: in the file ledger.sqlite of its folder, or with --at on a "
    "PostgreSQL server. Its jurisdictions are those of region.toml. An older ledger is brought "
    "up to date.",
    zh="为区域建立台账:默认为其文件夹中的 ledger.sqlite,用 --at 则建在 PostgreSQL 上。辖区取自 "
    "region.toml。旧版台账会升级。",
    examples=("tieline ledger init my-region",
              "tieline ledger init my-region --at postgresql://localhost/library"),
)
@click.argument("region", type=click.Path(path_type=Path))
@click.option("--at", "url", cls=Option, default=None, metavar="URL",
              help="A PostgreSQL database instead of a file.", zh="用 PostgreSQL 数据库代替文件。")
@click.option("--records", cls=Option, type=click.Path(path_type=Path), default=None,
              help="Folder of records to begin with (TOML).", zh="初始记录的文件夹(TOML)。")
@lang_option()
def init(region: Path, url: str | None, records: Path | None) -> None:
    """Make a ledger."""
    from tieline.ledger.begin import begin

    made = begin(region, url or region / FILE, actor_of(None), records)
    number, head, _ = made.head
    screen().print(Text(say(
        f"Ledger: {made.store.name}. Head of the chain: {number}:{head}",
        f"台账:{made.store.name}。链头:{number}:{head}",
    )))


@ledger.command(
    "list",
    help="Records as they were on a day, as known on a day: narrowed by kind, jurisdiction, "
    "stage, signal; or their totals, currency by currency.",
    zh="列出某日(按某日所知)的记录:按类别、辖区、阶段、信号筛选;或按货币分别合计。",
    examples=("tieline ledger list my-region --kind ecology --jurisdiction westtown "
              "--stage construction --signal red --as-of 2019-10-31 --known-on 2019-11-15",
              "tieline ledger list my-region --totals kind --totals jurisdiction",
              "tieline ledger list my-region --records platform --columns id --columns name "
              "--out platforms.csv"),
)
@place_argument()
@click.option("--records", "kind", cls=Option, default="project", show_default=True,
              metavar="KIND", help="Kind of record; `all` for every kind.",
              zh="记录类别;`all` 表示全部。")
@click.option("--kind", "category", cls=Option, multiple=True, metavar="CODE",
              help="Of projects: one of the five kinds. May be given more than once.",
              zh="项目的五类之一。可多次给出。")
@click.option("--jurisdiction", "owner", cls=Option, multiple=True, metavar="ID",
              help="Owner. May be given more than once.", zh="归属辖区。可多次给出。")
@click.option("--stage", cls=Option, multiple=True, metavar="CODE",
              help="Stage. May be given more than once.", zh="阶段。可多次给出。")
@click.option("--signal", cls=Option, multiple=True, metavar="CODE",
              help="red, yellow or green. May be given more than once.",
              zh="red、yellow 或 green(红、黄、绿)。可多次给出。")
@click.option("--parent", cls=Option, multiple=True, metavar="ID",
              help="What they are part of.", zh="所属记录。")
@click.option("--list", "member_of", cls=Option, default=None, metavar="ID",
              help="Only the members of this list.", zh="仅该清单的成员。")
@click.option("--saved", cls=Option, default=None, metavar="ID",
              help="Narrow and show as the saved query of this list says.",
              zh="按该清单保存的查询筛选和显示。")
@click.option("--totals", "by", cls=Option, multiple=True, type=click.Choice(tuple(TOTALS)),
              help="Totals by this instead of the records, named as the options are: records = "
              "kind of record, kind = of the five kinds (category), jurisdiction = owner. May be "
              "given more than once.",
              zh="按此项合计,不列记录;名称同筛选选项:records 为记录类别,kind 为项目五类(即 "
              "category),jurisdiction 为归属(即 owner)。可多次给出。")
@click.option("--columns", cls=Option, multiple=True, metavar="FIELD",
              help="A column to show, or several as id,name. May be given more than once.",
              zh="显示的列,可写作 id,name。可多次给出。")
@click.option("--out", cls=Option, type=click.Path(path_type=Path), default=None,
              help="Write to this file: .csv, .json or .xlsx.",
              zh="写入文件:.csv、.json 或 .xlsx。")
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="JSON on standard output.", zh="以 JSON 输出。")
@clock_options()
@rights_option()
@lang_option()
def list_(place: str, kind: str, **options: Any) -> None:
    """List records or totals."""
    from tieline.ledger.listing import narrowed, saved_list

    with open_place(place) as opened:
        view = view_of(opened, options)
        options["zone"] = opened.time_zone
        options["by"] = tuple(dict.fromkeys(TOTALS[b] for b in options["by"]))
        options["columns"] = " ".join(options["columns"]).translate(APART).split()
        narrow = {k: options[k] for k in ("category", "owner", "stage", "signal", "parent")}
        if options["saved"]:
            # the list as it is now: it may be asked of any day
            saved = saved_list(
                opened.view(principal(opened, options["seen_as"])), options["saved"])
            narrow |= {k: v for k, v in saved.narrow.items() if not narrow.get(k)}
            options["columns"] = options["columns"] or saved.columns
        chosen = None if kind == "all" else kind
        _listing(view, chosen, narrowed(opened.view(), chosen, narrow), options)


def _listing(
    view: View, kind: str | None, narrow: dict[str, Any], options: dict[str, Any]
) -> None:
    from tieline.ledger.listing import (
        listing,
        made_up,
        members_of,
        total_key,
        total_record,
        totals_listing,
        words_of,
    )

    members = members_of(view, options["member_of"]) if options["member_of"] else None
    if options["by"]:
        totals = view.totals(options["by"], kind, among=members, **narrow)
        options["unsummed"] = _seen(view, kind, narrow, members) - sum(t.records for t in totals)
        synthetic = made_up(view, options["by"], kind, members, **narrow)
        table = totals_listing(totals, view, kind or "project", language(), synthetic)
        records: Any = [total_record(t, synthetic.get(total_key(t))) for t in totals]
    else:
        states = view.records(kind, **narrow)
        if members is not None:
            states = [s for s in states if s.id in members]
        words = None if options["out"] else words_of(view, options["zone"], language())
        table = listing(states, view.catalogue, options["columns"], language(), words, kind)
        records = [{"id": s.id, "kind": s.kind, "since": s.valid_from, "change": s.change_no,
                    **s.values} for s in states]
    if options["out"] is not None:
        write(table, records, options["out"])
    elif options["as_json"]:
        print_json(records)
    else:
        draw(table)
        if options["by"] and kind and not view.catalogue[kind].additive:
            screen().print(Text(say("Counted only: amounts of such records are not added.",
                                    "仅计数:此类记录的金额不相加。")))
        if options.get("unsummed"):
            n = options["unsummed"]
            screen().print(Text(say(
                f"{n} records that may be seen are left out: what they are totalled by may not be.",
                f"另有 {n} 条记录可见但未计入:合计所依据的字段未对其开放。")))
        n = len(table.rows)
        screen().print(Text(say(
            f"{n} rows; as of {view.day}, as known at change {view.known}",
            f"{n} 行;截至 {view.day},按第 {view.known} 号变更所知")))
        if view.known == 0:
            screen().print(Text(say("Nothing was written here until that day (--known-on).",
                                    "截至该日(--known-on)台账尚无任何变更。")))


def _seen(
    view: View, kind: str | None, narrow: dict[str, Any], members: frozenset[str] | None
) -> int:
    """How many records the same list would show."""
    states = view.records(kind, **narrow)
    return len(states) if members is None else sum(s.id in members for s in states)


@ledger.command(
    help="One record with every field, as it was on a day, as known on a day.",
    zh="显示一条记录的全部字段(某日的实况,按某日所知)。",
    examples=("tieline ledger show my-region tie-west-east",
              "tieline ledger show my-region tie-west-east --as-of 2019-10-31"),
)
@place_argument()
@click.argument("record")
@click.option("--json", "as_json", cls=Option, is_flag=True, help="JSON on standard output.",
              zh="以 JSON 输出。")
@clock_options()
@rights_option()
@lang_option()
def show(place: str, record: str, **options: Any) -> None:
    """Show a record."""
    from tieline.errors import LedgerError
    from tieline.ledger.listing import Listing, on_list, words_of
    from tieline.ledger.references import pointing, referring
    from tieline.ledger.values import show as shown

    with open_place(place) as opened:
        view = view_of(opened, options)
        state = view.record(record)
        if state is None:
            message = f"no record '{record}' on that day that may be seen"
            raise LedgerError(message)
        if options["as_json"]:
            print_json({"id": state.id, "kind": state.kind, "since": state.valid_from,
                         "change": state.change_no, **state.values})
            return
        kind = opened.catalogue[state.kind]
        words = words_of(view, opened.time_zone, language())
        rows = tuple(
            (f.label(language()), name, shown(f, state.get(name), opened.catalogue.codes,
                                              language(), words))
            for name, f in kind.fields.items() if state.get(name) is not None
        )
        title = (say("field", "字段"), say("name", "字段名"), say("value", "值"))
        screen().print(Text(f"{state.id}  {state.label(language(), kind.label_fields)}  "
                            f"({kind.label(language())})"))
        draw(Listing(("field", "name", "value"), title, rows))
        if state.kind == "list":
            screen().print(Text(on_list(view, state.id, language())))
        for other, field in referring(view, state.id):
            screen().print(Text(pointing(other, field, opened.catalogue, language(), words)))
        screen().print(Text(say(
            f"so since {state.valid_from}; change {state.change_no}",
            f"自 {state.valid_from} 起;第 {state.change_no} 号变更")))


@ledger.command(
    help="Every change to a record: field by field, by whom, why, from which day on.",
    zh="一条记录的全部变更:逐字段,由谁、因何、自何日起。",
    examples=("tieline ledger history my-region tie-west-east",),
)
@place_argument()
@click.argument("record")
@click.option("--json", "as_json", cls=Option, is_flag=True, help="JSON on standard output.",
              zh="以 JSON 输出。")
@rights_option()
@lang_option()
def history(place: str, record: str, *, as_json: bool, seen_as: str | None) -> None:
    """Show a record's history."""
    from dataclasses import asdict

    with open_place(place) as opened:
        who = principal(opened, seen_as)
        found = opened.history(record, who)
        if as_json:
            print_json([asdict(h) for h in found])
            return
        for line in history_lines(found, opened, record, language(), who):
            screen().print(Text(line))


@ledger.command(
    help="What the ledger said of one day at the end of it, against another day: record by "
    "record, field by field, by whom, why. With --known-on both days as known on one and the same: "
    "what changed in the world, without what was only entered late.",
    zh="比较台账在两日各自日终的记载:逐记录、逐字段,由谁、因何。加 --known-on 则两日均按同一日"
    "所知比较:只见实况变化,不含补录。",
    examples=("tieline ledger diff my-region --from 2019-10-31 --to 2019-12-31",
              "tieline ledger diff my-region --from 2019-10-31 --to 2019-12-31 "
              "--known-on 2020-03-31"),
)
@place_argument()
@click.option("--from", "earlier", cls=Option, type=Day(), required=True, help="The earlier day.",
              zh="较早的日期。")
@click.option("--to", "later", cls=Option, type=Day(), required=True, help="The later day.",
              zh="较晚的日期。")
@click.option("--known-on", cls=Option, type=Day(), default=None,
              help="Both days as known at the end of this one; default: each as known at its own "
              "end.", zh="两日均按该日终了时所知;默认各按其当日所知。")
@click.option("--records", "kind", cls=Option, default=None, metavar="KIND",
              help="Only this kind of record.", zh="仅此类记录。")
@click.option("--json", "as_json", cls=Option, is_flag=True, help="JSON on standard output.",
              zh="以 JSON 输出。")
@rights_option()
@lang_option()
def diff(place: str, **options: Any) -> None:
    """Compare two days."""
    from dataclasses import asdict

    from tieline.errors import InputError

    if options["earlier"] > options["later"]:
        message = f"--from: expected a day until {options['later']}, found {options['earlier']}"
        raise InputError([message])
    with open_place(place) as opened:
        who = principal(opened, options["seen_as"])
        found = opened.diff(options["earlier"], options["later"], who, options["kind"],
                            known_on=options["known_on"])
        if options["as_json"]:
            print_json([asdict(d) for d in found])
            return
        for line in diff_lines(found, opened, language(), who):
            screen().print(Text(line))


@ledger.command(
    "set",
    help="Give fields of a record new values, or make a record: FIELD=VALUE, or FIELD= to take a "
    "value away. Nothing is overwritten: the ledger keeps what it said before.",
    zh="给记录的字段赋值或新建记录:字段=值;“字段=”表示清除。此前的记载仍保留。",
    examples=("tieline ledger set my-region tie-west-east stage=construction "
              "--from 2019-09-10 --why 'work began'",
              "tieline ledger set my-region clinic --records project owner=westtown "
              "name_zh=诊所 stage=idea --why 'proposed'"),
)
@place_argument()
@click.argument("record")
@click.argument("values", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--records", "kind", cls=Option, default="", metavar="KIND",
              help="Kind of the record, if it is new.", zh="新建记录的类别。")
@click.option("--from", "valid_from", cls=Option, type=Day(), default=None,
              help="The day from which it is true; default: today.", zh="自何日起;默认今日。")
@click.option("--base", cls=Option, type=int, default=None, metavar="CHANGE",
              help="The change at which you looked: refused if others changed the field since.",
              zh="查看时的变更号:此后他人改过同一字段则拒绝。")
@click.option("--end", cls=Option, is_flag=True, help="The record is no more from that day on.",
              zh="记录自该日起终止。")
@note_options()
@rights_option()
@lang_option()
def set_(place: str, record: str, values: tuple[str, ...], **options: Any) -> None:
    """Write one change."""
    from tieline.errors import InputError
    from tieline.ledger.append import Entry, Note

    wrong = [v for v in values if "=" not in v]
    if wrong:
        raise InputError([f"'{v}': expected FIELD=VALUE" for v in wrong])
    given = {name: value or None for name, _, value in (v.partition("=") for v in values)}
    note = Note(actor_of(options["actor"]), options["reason"], options["on_behalf_of"], "cli")
    entry = Entry(options["kind"], record, given, options["valid_from"], options["base"],
                  options["end"])
    with open_place(place) as opened:
        receipt = opened.commit(note, [entry], who=principal(opened, options["seen_as"], "editor"))
    screen().print(Text(say(f"Change {receipt.change_no}, hash {receipt.hash}",
                            f"第 {receipt.change_no} 号变更,哈希 {receipt.hash}")))


ledger.add_command(import_)
ledger.add_command(export)
ledger.add_command(work)
for _command in (attach, fetch, erase, verify, rebuild, checkpoint, signals, criteria):
    ledger.add_command(_command)
