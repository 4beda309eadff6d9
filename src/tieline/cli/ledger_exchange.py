"""`tieline ledger import` and `export`."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.ledger_options import (
    Day,
    actor_of,
    clock_options,
    open_place,
    place_argument,
    principal,
    rights_option,
    view_of,
)
from tieline.cli.ledger_tables import draw, write
from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, language, say

if TYPE_CHECKING:
    from tieline.ledger.exchange.preview import Decision, Preview, Refusal
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.values import Words
    from tieline.ledger.view import View

SHOWN = 20
"""So many changes, and so many sorts of refused cells, are shown on the terminal."""
SOME = 5
"""So many new records are."""


@click.command(
    "import", cls=Command,
    help="Show what a workbook, CSV or OC4IDS file would change: every row matched, every cell "
    "compared, what is refused named cell by cell. With --accept and --why it is written.",
    zh="预览工作簿、CSV 或 OC4IDS 文件将带来的变更:逐行匹配、逐格比较,不能接受的逐格列出。"
    "加 --accept 和 --why 才写入。",
    examples=("tieline ledger import my-region projects.xlsx",
              "tieline ledger import my-region list.csv --map list.toml --out preview.csv",
              "tieline ledger import my-region projects.xlsx --accept --why 'monthly report'"),
)
@place_argument()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "mapping", cls=Option, type=click.Path(path_type=Path), default=None,
              help="Which column is which field (TOML); without it by the fields' titles.",
              zh="列与字段的对应(TOML);不给出时按字段名称识别。")
@click.option("--records", "kind", cls=Option, default="project", show_default=True,
              metavar="KIND", help="Kind of record, if the file does not say.",
              zh="记录类别(文件未注明时)。")
@click.option("--owner", cls=Option, default="", metavar="ID",
              help="Owner of new records where the file names none.",
              zh="新记录的归属(文件未给出时)。")
@click.option("--out", cls=Option, type=click.Path(path_type=Path), default=None,
              help="Write the whole preview to this file: .csv, .json or .xlsx.",
              zh="将完整预览写入文件:.csv、.json 或 .xlsx。")
@click.option("--accept", "accepted", cls=Option, is_flag=True,
              help="Write the changes; of a row with refused cells all the others.",
              zh="写入变更;含拒收单元格的行写入其余单元格。")
@click.option("--only-whole", "whole", cls=Option, is_flag=True,
              help="Write no row of which a cell was refused; with --accept.",
              zh="有单元格被拒收的行不写入;与 --accept 同用。")
@click.option("--doubtful-new", cls=Option, is_flag=True,
              help="Take doubtful rows as new records; with --accept.",
              zh="存疑行作为新记录;与 --accept 同用。")
@click.option("--from", "valid_from", cls=Option, type=Day(), default=None,
              help="The day from which it is true; default: today.", zh="自何日起;默认今日。")
@click.option("--why", "reason", cls=Option, default="", metavar="REASON",
              help="Why; needed with --accept.", zh="更新理由;与 --accept 同用。")
@click.option("--by", "actor", cls=Option, default=None, metavar="WHO",
              help="Who changes it; default: the user of this computer.",
              zh="由谁更改;默认为本机用户。")
@rights_option()
@lang_option()
def import_(place: str, file: Path, **options: Any) -> None:
    """Preview, and if told so write, a file."""
    from tieline.errors import InputError

    idle = [o for o, given in (("--doubtful-new", options["doubtful_new"]),
                               ("--only-whole", options["whole"])) if given]
    if idle and not options["accepted"]:
        raise InputError([f"{o}: expected with --accept, found without" for o in idle])
    with open_place(place) as opened:
        if file.suffix.lower() == ".json":
            _import_package(opened, file, options)
        else:
            _import_table(opened, file, options)


def _import_table(opened: Ledger, file: Path, options: dict[str, Any]) -> None:
    from dataclasses import replace

    from tieline.ledger.append import Note
    from tieline.ledger.exchange.mapping import Columns, lacking, load_mapping
    from tieline.ledger.exchange.preview import Decision, accept, preview
    from tieline.ledger.exchange.source import read_source

    mapping = options["mapping"]
    columns = Columns(kind=options["kind"]) if mapping is None else load_mapping(mapping)
    if options["owner"]:
        columns = replace(columns, constants={**columns.constants, "owner": options["owner"]})
    who = principal(opened, options["seen_as"], "editor")
    with Bar(say("reading", "读取中")) as bar:
        source = read_source(file, encoding=columns.encoding, separator=columns.separator)
        found = preview(opened, source, columns, who, bar)
    _show_preview(found, opened, options["out"], who)
    absent = lacking(source, columns)
    if absent:
        screen().print(Text(say("Columns of the mapping that the file lacks: ",
                                "文件中没有的对应表列:") + ", ".join(absent)))
    if not options["accepted"]:
        return
    doubtful = frozenset(
        r.row for r in found.rows if r.match.how == "doubtful" and options["doubtful_new"])
    decision = Decision(options["valid_from"], doubtful, options["whole"])
    _need_reason(found, decision, options["reason"])
    note = Note(actor_of(options["actor"]), options["reason"])
    with Bar(say("writing", "写入中")) as bar:
        receipts = accept(opened, found, note, decision, who=who, progress=bar)
    _say_written(receipts[-1].change_no if receipts else 0)
    if receipts:
        _say_without(found, decision)


def _import_package(opened: Ledger, file: Path, options: dict[str, Any]) -> None:
    from tieline.ledger.append import Note
    from tieline.ledger.exchange.package import accept_package, preview_package
    from tieline.ledger.exchange.preview import Decision

    who = principal(opened, options["seen_as"], "editor")
    found = preview_package(opened, file, who, options["owner"] or "")
    _show_preview(found.preview, opened, options["out"], who)
    if not options["accepted"]:
        return
    doubtful = frozenset(r.row for r in found.preview.rows
                         if r.match.how == "doubtful" and options["doubtful_new"])
    decision = Decision(options["valid_from"], doubtful, options["whole"])
    _need_reason(found.preview, decision, options["reason"])
    note = Note(actor_of(options["actor"]), options["reason"])
    receipt = accept_package(opened, found, note, decision, who=who)
    _say_written(receipt.change_no if receipt else 0)
    if receipt:
        _say_without(found.preview, decision)


def _need_reason(found: Preview, decision: Decision, reason: str) -> None:
    """InputError unless each row to be written has a reason, its own or that of --why.

    Rows of a workbook of ours are named one by one where they are written.
    """
    from tieline.errors import InputError

    refused = frozenset(r.row for r in found.refused)
    if not reason.strip() and found.source.snapshot is None and any(
            decision.takes(r, refused) and not r.reason for r in found.rows):
        raise InputError(["--accept: expected a reason beside it (--why), found none"])


def _say_written(change_no: int) -> None:
    screen().print(Text(
        say(f"Written: change {change_no}", f"已写入:第 {change_no} 号变更") if change_no
        else say("nothing to write", "没有需要写入的变更")))


def _say_without(found: Preview, decision: Decision | None = None) -> None:
    """Which rows are written without which cells; before the decision, which would be."""
    left = found.without(decision)
    if not left:
        return
    n = len(left)
    screen().print(Text(
        say(f"{n} rows were written without their refused cells:",
            f"{n} 行已写入,但不含其拒收的单元格:") if decision
        else say(f"{n} rows would be written without their refused cells:",
                 f"{n} 行将写入,但不含其拒收的单元格:")))
    for row, columns in islice(left.items(), SHOWN):
        screen().print(Text(say(f"    row {row} without {', '.join(columns)}",
                                f"    第 {row} 行缺:{'、'.join(columns)}")))
    _say_more(n - SHOWN)


def _show_preview(found: Preview, opened: Ledger, out: Path | None, who: Principal) -> None:
    from dataclasses import replace

    from tieline.ledger.exchange.table import brief, preview_listing
    from tieline.ledger.listing import words_of
    from tieline.messages import message
    from tieline.region.cells import shown

    view = opened.view(who)
    words = words_of(view, opened.time_zone, language())
    table = preview_listing(found, opened.catalogue, language(), words)
    doubtful = say("doubtful", "存疑")
    no_change = (say("new", "新记录"), say("incomplete", "不完整"), doubtful)
    changes = tuple(r for r in table.rows if r[1] not in no_change)
    changes = tuple(sorted(changes, key=lambda r: (not r[7], not r[8])))
    if changes:
        draw(replace(table, rows=tuple(brief(r) for r in changes[:SHOWN])))
        _say_more(len(changes) - SHOWN)
        by_field = Counter(r[4] for r in changes if r[4])
        if by_field:
            screen().print(Text(say("Changes by field: ", "各字段变更数:") + ", ".join(
                f"{name} {n}" for name, n in by_field.most_common())))
    _show_doubtful([r for r in table.rows if r[1] == doubtful])
    _show_new(found, opened, words)
    _show_absent(found, view)
    _show_refused(found)
    _show_dates(found)
    counts = found.counts
    screen().print(Text(say(
        f"{len(found.rows)} rows: {counts.get('new', 0)} new, {counts['changed']} changed, "
        f"{counts['incomplete']} incomplete, "
        f"{counts.get('doubtful', 0)} doubtful; {counts['conflicts']} conflicts, "
        f"{counts['refused']} cells refused; {counts['absent']} records of this source not in "
        "the file",
        f"{len(found.rows)} 行:新增 {counts.get('new', 0)},变更 {counts['changed']},"
        f"不完整 {counts['incomplete']},"
        f"存疑 {counts.get('doubtful', 0)};冲突 {counts['conflicts']} 处,"
        f"拒收 {counts['refused']} 格;"
        f"该来源的 {counts['absent']} 条记录不在文件中")))
    _say_without(found)
    for column, cell in found.points.items():
        screen().print(Text(say(
            f"column '{column}': a point is taken for that of decimals, as in {shown(cell)}; "
            'if it parts thousands, say decimal = "," in a mapping (--map)',
            f"列“{column}”:点一律按小数点理解,如 {shown(cell)};如为千位分隔,"
            '请在对应表(--map)中写 decimal = ","')))
    _show_unused(found, opened)
    if out is not None:
        refused = tuple(
            (str(r.row), say("refused", "拒收"), "", "", r.column, "", "", "",
             message(str(r), language())) for r in found.refused)
        table = replace(table, rows=table.rows + refused)
        records = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        write(table, records, out)


def _show_unused(found: Preview, opened: Ledger) -> None:
    """Columns that are no fields; with a mapping to begin with where that leaves nothing."""
    from tieline.ledger.exchange.mapping import suggestion

    if not found.unused:
        return
    screen().print(Text(say("Columns not used: ", "未使用的列:") + ", ".join(found.unused)))
    if not any(r.cells or r.match.record for r in found.rows):
        draft = suggestion(found.source, opened.catalogue[found.kind], language())
        screen().print(Text(say(
            "As it is no row can be taken. Say which column is which in a file (--map FILE), "
            "beginning with:",
            "照此没有一行可以导入。请以文件(--map 文件)说明各列对应的字段,可由此起步:")
            + "\n" + draft))


def _show_doubtful(rows: list[tuple[str, ...]]) -> None:
    """Rows nobody may take for a record but a person, with why."""
    for row, _, _, name, *_, remark in rows[:SHOWN]:
        screen().print(Text(say(
            f"row {row}: doubtful, {f'{name}: ' if name else ''}{remark}",
            f"第 {row} 行:存疑,{f'{name}:' if name else ''}{remark}")))
    _say_more(len(rows) - SHOWN)


def _show_absent(found: Preview, view: View) -> None:
    """The first records of this source that the file does not hold: nothing is taken from them."""
    for key in found.missing[:SOME]:
        state = view.record(key)
        name = key if state is None else state.get("name_zh") or state.get("name") or key
        screen().print(Text(say(f"not in the file, left as it is: {name} ({key})",
                                f"文件中没有,保持不变:{name}({key})")))
    _say_more(len(found.missing) - SOME)


def _show_new(found: Preview, opened: Ledger, words: Words) -> None:
    """The first rows that would become records: by name, with the key fields as written."""
    from tieline.ledger.exchange.table import as_written
    from tieline.ledger.listing import default_columns

    new = found.counts.get("new", 0)
    rows = (r for r in found.rows if r.match.how == "new" and r.cells)
    for r in islice(rows, min(SOME, new)):
        kind = opened.catalogue[r.kind or found.kind]
        key = set(default_columns(kind)) - set(kind.label_fields)
        said = as_written(r, kind, opened.catalogue, language(), words, key)
        screen().print(Text(say(f"row {r.row}: new, {r.name} - {said}",
                                f"第 {r.row} 行:新记录,{r.name}——{said}")))
    _say_more(new - SOME)


def _show_refused(found: Preview) -> None:
    """Each sort of refused cell once, with the rows in which it stands."""
    from tieline.messages import message

    sorts: dict[tuple[str, str, str], list[Refusal]] = {}
    for r in found.refused:
        sorts.setdefault((r.column, r.expected, r.found), []).append(r)
    for first, *others in list(sorts.values())[:SHOWN]:
        screen().print(Text(message(str(first), language())))
        if others:
            rows = ", ".join(str(r.row) for r in others[:SHOWN])
            more = len(others) - SHOWN
            tail = say(f" and {more} more", f" 等,另有 {more} 行") if more > 0 else ""
            screen().print(Text(say(f"    the same in rows {rows}{tail}",
                                    f"    同样:第 {rows} 行{tail}")))
    _say_more(len(sorts) - SHOWN)


def _show_dates(found: Preview) -> None:
    """How to say the order of days and months, where refused dates look like 12/31/2030."""
    from tieline.ledger.exchange.table import foreign_dates

    for column, cell in foreign_dates(found).items():
        screen().print(Text(say(
            f"column '{column}': for dates like {cell} say in a mapping (--map) which comes "
            'first, dates = "mdy" or "dmy"',
            f"列“{column}”:{cell} 这类日期,请在对应表(--map)中注明先后:dates = "
            '"mdy"(月在前)或 "dmy"(日在前)')))


def _say_more(n: int) -> None:
    if n > 0:
        screen().print(Text(say(f"    ... and {n} more; --out writes all of them",
                                f"    ……另有 {n} 项;用 --out 写出全部")))


@click.command(
    "export", cls=Command,
    help="Write records to a file: .xlsx, a workbook to work in and read back; .json, projects as "
    "OC4IDS; .csv, the projects of the networks as projects.csv.",
    zh="导出:.xlsx 为可填写并回读的工作簿;.json 为 OC4IDS 项目;.csv 为网络项目表 projects.csv。",
    examples=("tieline ledger export my-region projects.xlsx",
              "tieline ledger export my-region projects.json --publisher 'Project office'",
              "tieline ledger export my-region my-region/projects.csv --list network-projects"),
)
@place_argument()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--records", "kind", cls=Option, default="project", show_default=True,
              metavar="KIND", help="Kind of record of a workbook.", zh="工作簿的记录类别。")
@click.option("--list", "member_of", cls=Option, default="", metavar="ID",
              help="Of a .csv: only the projects on this list, in its order.",
              zh="导出 .csv 时:仅该清单上的项目,按其顺序。")
@click.option("--publisher", cls=Option, default="", metavar="NAME",
              help="Publisher of an OC4IDS package; default: the ledger's name.",
              zh="OC4IDS 发布者;默认为台账名称。")
@clock_options()
@rights_option()
@lang_option()
def export(place: str, file: Path, **options: Any) -> None:
    """Write records to a file."""
    from tieline.errors import InputError

    with open_place(place) as opened:
        view = view_of(opened, options)
        suffix = file.suffix.lower()
        if options["member_of"] and suffix != ".csv":
            message = f"--list: expected with a .csv, found {file.name}"
            raise InputError([message])
        if suffix == ".xlsx":
            from tieline.ledger.exchange.template import write_template

            write_template(view, options["kind"], file)
        elif suffix == ".json":
            from tieline.ledger.exchange.oc4ids import package

            found = package(view, publisher=options["publisher"] or opened.about.label(language()))
            file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
        elif suffix == ".csv":
            from tieline.ledger.exchange.network import projects_table

            text = projects_table(view, opened.hash_of(view.known), options["member_of"])
            file.write_text(text, "utf-8")
        else:
            raise InputError([f"{file.name}: expected a suffix .xlsx, .json or .csv"])
    screen().print(Text(say(f"Written: {file}", f"已写出:{file}")))

