"""The commands. Each imports what it needs when it runs: `tieline --help` stays quick."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.account import account
from tieline.cli.appraise import appraise, appraised, refuse_occupied, show, write
from tieline.cli.check import check
from tieline.cli.ledger import ledger
from tieline.cli.publish import publication_key, publish, verify_publication
from tieline.cli.respond import respond
from tieline.cli.screen import Bar, screen
from tieline.cli.serve import serve
from tieline.cli.storm import storm
from tieline.cli.trace import trace
from tieline.cli.trip import trip
from tieline.cli.words import Group, Option, lang_option, language, say

if TYPE_CHECKING:
    from tieline.region.findings import ImportReport

FOLDER = click.Path(path_type=Path)


@click.group(
    cls=Group,
    help="What jurisdictions can do apart and what together, who gains, and which links "
    "make the difference.",
    zh="各地各自能做什么、携手能做什么、谁受益、哪些联络起作用。",
    examples=("tieline demo", "tieline new my-region", "tieline check my-region",
              "tieline appraise my-region --out result"),
)
@click.version_option(package_name="tieline", message="tieline %(version)s")
@lang_option()
def tieline() -> None:
    """Hold the commands together."""


@tieline.command(
    help="Appraise the demonstration: three counties, their medium-voltage grids, three "
    "cross-border ties. A synthetic grid, unofficial.",
    zh="评估演示区域:三个县区的中压电网和三条跨界联络。合成数据,非官方。",
    examples=("tieline demo", "tieline demo --lang zh --out result"),
)
@click.option("--out", cls=Option, type=FOLDER, default=Path("tieline-demo-report"),
              show_default=True,
              help="Folder for the files and the report; what Tieline wrote there is replaced.",
              zh="结果文件和报告的文件夹;Tieline 以前写在其中的文件会被替换。")
@lang_option()
def demo(out: Path) -> None:
    """Appraise the example."""
    from tieline.cli.example import example_folder

    began = time.perf_counter()
    folder = example_folder()
    refuse_occupied(out)
    result = appraised(folder)
    show(result)
    write(result, out)
    seconds = time.perf_counter() - began
    screen().print(Text(say(
        f"Demonstration, unofficial. Region: {folder}. Took {seconds:.1f} s.",
        f"演示·非官方。区域数据:{folder}。用时 {seconds:.1f} 秒。",
    )))


tieline.add_command(check)
tieline.add_command(appraise)
tieline.add_command(respond)
tieline.add_command(storm)
tieline.add_command(trace)
tieline.add_command(serve)
tieline.add_command(account)
tieline.add_command(trip)


@tieline.command(
    help="Write a small region to start from: two towns, their grids, one tie in service and "
    "one planned. All of it is synthetic.",
    zh="写出一个可修改的小区域:两个镇、各自的电网、一条已投运和一条规划的联络。全部为合成数据。",
    examples=("tieline new my-region", "tieline new my-region --xlsx"),
)
@click.argument("folder", type=FOLDER)
@click.option("--xlsx", cls=Option, is_flag=True,
              help="One Excel workbook with a sheet per table instead of CSV files.",
              zh="用一个 Excel 工作簿(每表一页)代替 CSV 文件。")
@lang_option()
def new(folder: Path, xlsx: bool) -> None:
    """Write the two towns."""
    from tieline.region.template import new_region

    new_region(folder, "xlsx" if xlsx else "csv")
    screen().print(Text(say(
        f"Written: {folder}. Next: tieline appraise {folder}",
        f"已写出:{folder}。下一步:tieline appraise {folder}",
    )))


@tieline.group(
    "import",
    help="Make a region out of a file of another program.",
    zh="由其他程序的文件生成区域。",
    examples=("tieline import pandapower grid.json my-region",
              "tieline import swmm rivers.inp my-region"),
)
@lang_option()
def import_() -> None:
    """Hold the importers together."""


@import_.command(
    "pandapower",
    help="Make a region out of a pandapower network (JSON). Jurisdictions, customers, kinds of "
    "switches and failure data come from extra columns where the file has them, and are "
    "reported as missing where not.",
    zh="由 pandapower 网络(JSON)生成区域。辖区、用户数、开关类型和故障数据取自文件中的附加列;"
    "没有的列入缺失清单。",
    examples=("tieline import pandapower grid.json my-region",
              "tieline import pandapower grid.json my-region --jurisdictions supply "
              "--assume failures --assume feeder_heads"),
)
@click.argument("file", type=FOLDER)
@click.argument("folder", type=FOLDER)
@click.option("--jurisdictions", cls=Option, type=click.Choice(("column", "supply", "zone")),
              default="column", show_default=True,
              help="Where a bus's jurisdiction comes from: the column `jurisdiction`, the supply "
              "area it is fed from, or the column `zone`.",
              zh="节点的辖区取自:`jurisdiction` 列、供电区,或 `zone` 列。")
@click.option("--name", cls=Option, default=None, help="Name of the region.", zh="区域名称。")
@click.option("--assume", cls=Option, multiple=True,
              type=click.Choice(("failures", "feeder_heads")),
              help="What may be assumed where the file is silent, marked as assumption: failure "
              "rates and repair times, breakers at feeder heads. May be given more than once.",
              zh="文件未给出时可作的假设(标明为假设):故障率和修复时间、出线断路器。可多次给出。")
@lang_option()
def import_grid(
    file: Path, folder: Path, *, jurisdictions: Any, name: str | None, assume: Any
) -> None:
    """Import a pandapower network."""
    from tieline.power.importers.pandapower import import_pandapower

    with Bar(say("importing", "导入中")):
        report = import_pandapower(
            file, folder, jurisdictions=jurisdictions, name=name, assume=assume
        )
    _told(report, folder)


@import_.command(
    "swmm",
    help="Make a region out of a SWMM 5 input file (.inp): nodes, conduits with irregular "
    "sections, storage, weirs, orifices, pumps, control rules, tides, inflows. What is not taken "
    "over is listed.",
    zh="由 SWMM 5 输入文件(.inp)生成区域:节点、管渠(含不规则断面)、调蓄、堰、孔口、泵、控制规则、"
    "潮位、入流。未导入的内容逐项列出。",
    examples=("tieline import swmm rivers.inp my-region",
              "tieline import swmm rivers.inp my-region --jurisdictions who.csv"),
)
@click.argument("file", type=FOLDER)
@click.argument("folder", type=FOLDER)
@click.option("--jurisdictions", cls=Option, type=FOLDER, default=None, metavar="CSV",
              help="Jurisdiction of each node, a CSV with the columns node and jurisdiction; "
              "without it the tags of the nodes in [TAGS], else one jurisdiction for all.",
              zh="各节点的辖区:含 node、jurisdiction 两列的 CSV;不给出时取 [TAGS] 中节点的标签,"
              "也没有则全部归为一个辖区。")
@click.option("--name", cls=Option, default=None, help="Name of the region.", zh="区域名称。")
@lang_option()
def import_waters(
    file: Path, folder: Path, *, jurisdictions: Path | None, name: str | None
) -> None:
    """Import a SWMM input file."""
    from tieline.water.swmm.importer import import_swmm, read_jurisdictions

    with Bar(say("importing", "导入中")):
        who = None if jurisdictions is None else read_jurisdictions(jurisdictions)
        report = import_swmm(file, folder, jurisdictions=who, name=name)
    _told(report, folder)


def _told(report: ImportReport, folder: Path) -> None:
    screen().print(Text("\n".join(report.lines(language()))))
    screen().print(Text(say(
        f"Written: {folder}. Next: tieline check {folder}",
        f"已写出:{folder}。下一步:tieline check {folder}",
    )))


tieline.add_command(ledger)
tieline.add_command(publish)
tieline.add_command(verify_publication)
tieline.add_command(publication_key)
