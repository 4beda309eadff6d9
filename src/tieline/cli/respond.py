"""`tieline respond`: the joint plan for an incident."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.ledger_options import open_place, principal, rights_option
from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, language, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from tieline.study import Response

FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    help="Plan what to do when something breaks, minute by minute: waiting for the repair, each "
    "apart, all together, side by side. With --out also as tables, one page and order sheets to "
    "print. A draft for approval, never connected to control systems.",
    zh="给出事故后逐分钟的处置方案:等待抢修、各自恢复、携手恢复三者并列;用 --out 同时写出结果表、"
    "一页方案和可打印的操作票草案。仅为待批准的草案,不与任何控制系统相连。",
    examples=("tieline respond my-region --incident storm-1",
              "tieline respond my-region --fault WA-2 --fault EA-3:repair_h=6 --out plan",
              "tieline respond my-region --fault WA-2 --state now.csv --open westtown,easttown",
              "tieline respond my-lines --fault line:7619:days=3:from=06:30",
              "tieline respond my-region --incident storm-1 --together --json",
              "tieline respond my-region --incident spill-1 --open-case --as westtown"),
)
@click.argument("folder", type=FOLDER)
@click.option("--incident", cls=Option, metavar="ID", default=None,
              help="An incident of incidents.csv: its day decides which links stand.",
              zh="incidents.csv 中的事故;按其日期确定已建成的联络。")
@click.option("--fault", "faults", cls=Option, metavar="ASSET", multiple=True,
              help="An asset that fails, instead of an incident; may be given more than once; "
              "ASSET:repair_h=6 says how long its repair takes.",
              zh="故障设备(代替事故);可多次给出;ASSET:repair_h=6 给出修复时间。")
@click.option("--state", cls=Option, type=FOLDER, default=None, metavar="FILE",
              help="Present state as a table like power/state.csv: switches open or closed, "
              "assets out of service. Without it, that of the region.",
              zh="当前状态表(同 power/state.csv):开关分合、停运设备;不给出时取区域自身的。")
@click.option("--apart", cls=Option, is_flag=True, help="Plan for each acting apart.",
              zh="各自恢复的方案。")
@click.option("--together", cls=Option, is_flag=True, help="Plan for all acting together.",
              zh="携手恢复的方案。")
@click.option("--open", "opened", cls=Option, metavar="A,B", multiple=True,
              help="Plan for these members open to each other and to nobody else; may be given "
              "more than once. Without --apart, --together and --open: apart and together.",
              zh="仅这些辖区彼此开放时的方案;可多次给出。三个选项都不给出时:各自与携手。")
@click.option("--scenario", cls=Option, metavar="ID", default="base", show_default=True,
              help="Row of scenarios.csv for --fault; an incident has its day's.",
              zh="--fault 所用的 scenarios.csv 行;事故按其日期。")
@click.option("--network", cls=Option, default=None,
              help="Network of the faults, if several can respond.",
              zh="故障所在网络(有多个时)。")
@click.option("--out", cls=Option, type=FOLDER, default=None,
              help="Folder for tables (CSV, JSON, Parquet), plan.json, plan.html and orders.",
              zh="结果表(CSV、JSON、Parquet)、plan.json、plan.html 和操作票的文件夹。")
@click.option("--open-case", "opens", cls=Option, is_flag=True,
              help="Of a spill: open a water case of joint work in the ledger of the folder, for "
              "everybody else it comes to.",
              zh="突发污染:在文件夹的台账中,为其到达的每个其他辖区发起水事协同办理事项。")
@click.option("--ledger", cls=Option, metavar="PLACE", default=None,
              help="The ledger for --open-case: a file or a PostgreSQL URL; default: "
              "ledger.sqlite of the folder.",
              zh="--open-case 所用台账:文件或 PostgreSQL 地址;默认为文件夹中的 ledger.sqlite。")
@rights_option()
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="The whole plan as JSON on standard output instead of tables.",
              zh="以 JSON 输出完整方案,不显示表格。")
@lang_option()
def respond(  # noqa: PLR0913 - click hands over every option
    folder: Path, *, incident: str | None, faults: tuple[str, ...], state: Path | None,
    apart: bool, together: bool, opened: tuple[str, ...], scenario: str, network: str | None,
    out: Path | None, as_json: bool, opens: bool, ledger: str | None, seen_as: str | None,
) -> None:
    """Plan a response."""
    if out is not None:
        from tieline.region.write import refuse_occupied

        refuse_occupied(out.resolve(), allow_marked=True)
    asked = [*(["apart"] if apart else []), *(["together"] if together else []), *opened]
    result = _plan(
        folder, incident=incident, faults=faults, state=state, scenario=scenario,
        network=network, open=("waiting", *(asked or ("apart", "together"))),
    )
    if as_json:
        from tieline.appraisal.plans import plan_record
        from tieline.cli.screen import print_json

        print_json(plan_record(result))
    else:
        show = _face(result)
        show(screen(), result, language())
    if out is not None:
        _write(result, out, quiet=as_json)
    if opens:
        _open_cases(result, ledger or str(folder), seen_as, quiet=as_json)


def _face(result: Response) -> Callable[[Console, Any, str], None]:
    """What draws a response: one of faults, of spills, or of lines."""
    from tieline.study import LineResponse, SpillResponse

    if isinstance(result, LineResponse):
        from tieline.cli.outage import show_outage

        return show_outage
    if isinstance(result, SpillResponse):
        from tieline.cli.spill import show_spill

        return show_spill
    from tieline.cli.plan import show_response

    return show_response


def _plan(folder: Path, **asked: Any) -> Response:
    from tieline.study import respond as run

    with Bar(say("planning", "规划中")) as bar:
        return run(folder, progress=bar, **asked)


def _open_cases(result: Response, place: str, seen_as: str | None, *, quiet: bool) -> None:
    """Open the cases of a spill and say their ids."""
    from tieline.errors import CaseError
    from tieline.ledger.work.desk import Desk
    from tieline.study import SpillResponse
    from tieline.study.spill import open_cases

    if not isinstance(result, SpillResponse):
        problem = "only a spill opens water cases; other joint work: tieline ledger work open"
        raise CaseError(problem)
    with open_place(place) as opened:
        made = open_cases(result, Desk(opened, principal(opened, seen_as, "editor,river_office")))
    if quiet:
        return
    for receipt in made:
        screen().print(Text(say(f"Case opened: {receipt.ids[0]}", f"已发起事项：{receipt.ids[0]}")))
    if not made:
        screen().print(Text(say("The spill comes to nobody else: no case was opened.",
                                "污染未到达其他辖区：未发起事项。")))


def _write(result: Response, out: Path, *, quiet: bool) -> None:
    with Bar(say("writing", "写出中")):
        folder = result.write(out, lang=language())
    if not quiet:
        page, orders = folder / "plan.html", folder / "orders.html"
        screen().print(Text(say(
            f"Start here: {page} (plan); {orders} (draft order sheets to print).",
            f"请从这里看起：{page}（方案）；{orders}（可打印的操作票草案）。",
        )))
