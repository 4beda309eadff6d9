"""`tieline check`: every problem of a region folder at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.screen import Bar, print_json, screen
from tieline.cli.words import Command, Option, lang_option, language, say
from tieline.messages import counted

if TYPE_CHECKING:
    from tieline.region.issues import Issues


@click.command(
    cls=Command,
    help="Read a region folder and report every problem at once. Exit code 1 if it cannot be "
    "used.",
    zh="读取区域文件夹,一次报告全部问题。不能使用时退出码为 1。",
    examples=("tieline check my-region", "tieline check my-region --json",
              "tieline check my-region --gtfs-guru"),
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--gtfs-guru", "guru", cls=Option, is_flag=True,
              help="Also validate GTFS feeds with gtfs-guru (extra `gtfs-guru`), as notes.",
              zh="另用 gtfs-guru(附加包 `gtfs-guru`)校验 GTFS 馈源,列为提示。")
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="Problems as JSON on standard output.", zh="以 JSON 输出问题。")
@lang_option()
def check(folder: Path, *, guru: bool, as_json: bool) -> None:
    """Report every problem of a folder."""
    import tieline as package

    with Bar(say("reading", "读取中")):
        issues = package.check(folder)
        if guru:
            from tieline.transit.gtfs.guru import validate

            issues.extend(validate(folder))
    if as_json:
        print_json(_issues_record(folder, issues))
    else:
        _print_issues(folder, issues)
    if issues.errors:
        click.get_current_context().exit(1)


def _issues_record(folder: Path, issues: Issues) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "usable": not issues.errors,
        "errors": [i.to_dict() for i in issues.errors],
        "notes": [i.to_dict() for i in issues.notes],
    }


def _print_issues(folder: Path, issues: Issues) -> None:
    console = screen()
    for issue in issues.errors:
        console.print(Text(issue.message(language())))
    if issues.notes:
        console.print(Text(say("Notes:", "提示:")))
    for issue in issues.notes:
        console.print(Text(f"  {issue.message(language())}"))
    errors, notes = len(issues.errors), len(issues.notes)
    if errors:
        console.print(Text(say(
            f"{folder}: {counted(errors, 'problem')}, {counted(notes, 'note')}; "
            "it cannot be used yet.",
            f"{folder}：{errors} 个问题,{notes} 条提示;尚不能使用。",
        )))
    else:
        console.print(Text(say(
            f"{folder}: no problem, {counted(notes, 'note')}.",
            f"{folder}：没有问题,{notes} 条提示。",
        )))
