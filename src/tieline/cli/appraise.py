"""`tieline appraise`: what each can do apart and together, who gains, which links matter."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.ledger_options import open_place, principal, rights_option
from tieline.cli.screen import Bar, print_json, screen
from tieline.cli.words import Command, Glossary, Option, lang_option, language, say
from tieline.messages import message

if TYPE_CHECKING:
    from tieline.appraisal.portfolio.robust import Robust
    from tieline.study import Appraisal

PLAYERS = ("jurisdictions", "borders", "projects")
SOLUTIONS = Glossary("What --solution gives", "--solution 的含义", (
    ("shapley", "each gets the average of what it adds, over all orders of joining",
     "沙普利值:各方在一切加入次序中新增价值的平均"),
    ("banzhaf", "average of what each adds to any group of the others; need not sum to the whole",
     "班扎夫值:各方对其他各方任意组合的平均新增价值;合计不必等于总额"),
    ("owen", "Shapley value where the players of each --union join together; without one those of "
     "each province of region.toml, and the projects of each network",
     "欧文值:每个 --union 内各方一同加入时的沙普利值;不给出时按 region.toml 中的各省和每个网络的"
     "项目"),
    ("nucleolus", "makes the largest complaint of any group least; checked by Kohlberg's test",
     "核仁:使任何一组的最大不满最小;经科尔伯格准则验证"),
    ("per-capita", "the same, complaints by member of the group", "人均核仁:同上,按组内人均不满"),
    ("gately", "equal temptation of everybody to leave", "盖特利点:各方退出的诱因相等"),
    ("tau", "between what each can claim at most and must get at least",
     "τ 值:各方最高要求与最低保障之间的折中"),
    ("core", "whether some group does better by leaving; if all splits fail, by how much",
     "核:是否有一组退出会更好;若任何分配都不行,至少差多少"),
    ("interactions", "which two need or replace each other, by --index",
     "两两交互:哪两方互补或相互替代,指数见 --index"),
    ("leaving", "everybody's shares if one jurisdiction leaves", "若某一辖区退出,各方份额的变化"),
    ("all", "all of these; owen where there is a --union or region.toml has provinces",
     "以上全部;有 --union 或 region.toml 给出省份时含 owen"),
))
INDICES = Glossary("What --index is", "--index 的含义", (
    ("SII", "Shapley interaction: average over orders of joining",
     "沙普利交互指数:对加入次序取平均"),
    ("STII", "Shapley-Taylor: single values and pairs sum to the whole; pairs that matter late "
     "count less", "沙普利-泰勒交互指数:单项与成对之和等于总额;大联盟中的作用权重较小"),
    ("BII", "Banzhaf interaction: average over all groups of the others",
     "班扎夫交互指数:对其他各方的所有组合取平均"),
))

FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    help="Show what each jurisdiction of a region can do apart and together, who gains, and "
    "what each project is worth; with --out also as files and one report page. Several folders "
    "of the same jurisdictions are appraised as one: their networks' money is added.",
    zh="给出各地各自与携手的结果、谁受益、每个项目的价值;用 --out 同时写出文件和一页报告。"
    "可给出同样辖区的多个文件夹,合并评估:各网络的金额相加。",
    glossaries=(SOLUTIONS, INDICES),
    examples=("tieline appraise my-region", "tieline appraise my-region --out result --lang zh",
              "tieline appraise my-region --only power --players jurisdictions --json",
              "tieline appraise my-region --players projects --solution interactions "
              "--solution nucleolus",
              "tieline appraise my-region --robust base --robust summer_peak --funds 2 --json",
              "tieline appraise my-region --players jurisdictions --union easttown,westtown",
              "tieline appraise my-region --players projects --funds 2e6 --funds easttown:2028=5e5",
              "tieline appraise my-region --solution interactions --index STII",
              "tieline appraise my-region --budget 2000 --workers 2 --cache values.sqlite",
              "tieline appraise my-region --players projects --budget 5000 --width 0.05",
              "tieline appraise power-region waters-region lines-region --players jurisdictions"),
)
@click.argument("folders", type=FOLDER, nargs=-1, required=True, metavar="FOLDER...")
@click.option("--only", cls=Option, multiple=True, metavar="NETWORK",
              help="Only this network; may be given more than once.",
              zh="只评估该网络;可多次给出。")
@click.option("--players", cls=Option, multiple=True, type=click.Choice(PLAYERS),
              help="Who shares the gain; may be given more than once; without it, all three.",
              zh="由谁分享增益;可多次给出;不给出时三种都算。")
@click.option("--solution", "solutions", cls=Option, multiple=True,
              type=click.Choice([name for name, _, _ in SOLUTIONS.entries]),
              help="Further solutions of every game, listed below; may be given more than once.",
              zh="各博弈的其他解(含义见下);可多次给出。")
@click.option("--index", cls=Option, default=None, metavar="INDEX",
              type=click.Choice([name for name, _, _ in INDICES.entries], case_sensitive=False),
              help="How two players' need of each other is measured: SII (the default), STII or "
              "BII, listed below.",
              zh="两两交互用哪种指数:SII(默认)、STII 或 BII,含义见下。")
@click.option("--union", "unions", cls=Option, multiple=True, metavar="PLAYER,PLAYER,...",
              help="Two or more players who join and share as one (Owen value); `provinces`: the "
              "jurisdictions of each province of region.toml; `networks`: the projects of each "
              "network. May be given more than once.",
              zh="作为一个联合体参与分配的两方或更多方(欧文值);`provinces` 表示 region.toml 中同属"
              "一省的各辖区,`networks` 表示每个网络的项目。可多次给出。")
@click.option("--budget", cls=Option, type=click.IntRange(min=1), default=None, metavar="CASES",
              help="Where more than 12 play: estimate their shares with so many cases each.",
              zh="参与方超过 12 个时:每种用这么多情形估计份额。")
@click.option("--width", cls=Option, type=click.FloatRange(min=0.0, min_open=True), default=None,
              metavar="PART",
              help="With --budget: stop as soon as every 95 % interval of these shares is at most "
              "this part of what all gain, such as 0.05, in each measure by itself.",
              zh="与 --budget 同用:当各份额的 95% 区间均不宽于全体增益的这一比例(如 0.05,各指标分别"
              "计)时即停止。")
@click.option("--workers", cls=Option, type=click.IntRange(min=1), default=1, show_default=True,
              help="Processes that evaluate cases.", zh="评估情形的进程数。")
@click.option("--cluster", cls=Option, metavar="ADDRESS", default=None,
              help="Dask scheduler to evaluate cases on, such as tcp://10.0.0.1:8786.",
              zh="用于评估情形的 Dask 调度器,如 tcp://10.0.0.1:8786。")
@click.option("--cache", cls=Option, type=FOLDER, default=None, metavar="FILE",
              help="File that keeps the values of cases: a run that was stopped resumes.",
              zh="保存情形数值的文件:中断后可继续。")
@click.option("--retry", cls=Option, is_flag=True,
              help="Evaluate again what failed in an earlier run with this --cache.",
              zh="重新评估此前运行(同一 --cache)中失败的情形。")
@click.option("--discount", cls=Option, multiple=True, metavar="SETTING",
              help="Discount setting (china, china-water, eu, eu-cohesion, uk-green-book, "
              "world-bank, entso-e) or rate such as 0.05; without it China's, 8 % and 6 %.",
              zh="折现设定(china、china-water、eu、eu-cohesion、uk-green-book、world-bank、"
              "entso-e)或折现率如 0.05;不给出时用中国的 8% 和 6%。")
@click.option("--scenario", cls=Option, metavar="ID", default="base", show_default=True,
              help="Row of scenarios.csv.", zh="scenarios.csv 中的一行。")
@click.option("--robust", cls=Option, multiple=True, metavar="SCENARIO",
              help="Instead: portfolios of projects over these scenarios - sets that none beats, "
              "each project's core index, least regret; also with --json, --out. Two or more.",
              zh="改为:在这些情景下的稳健项目组合——非支配组合、各项目的核心指数、最小后悔值;"
              "可与 --json、--out 同用。须给出两个或更多。")
@click.option("--funds", cls=Option, multiple=True, metavar="[WHO:YEAR=]AMOUNT",
              help="What portfolios of projects may spend at most, instead of the table budgets: "
              "2e7 in all, 2028=5e6 in a year, easttown=3e6 or easttown:2028=1e6 of a "
              "jurisdiction (a number of projects where costs are not known). May be given more "
              "than once; all are kept.",
              zh="项目组合至多可用的资金,代替 budgets 表:2e7 为合计,2028=5e6 为某年,easttown=3e6 "
              "或 easttown:2028=1e6 为某辖区(成本未知时为项目个数)。可多次给出,须同时满足。")
@click.option("--out", cls=Option, type=FOLDER, default=None,
              help="Folder for tables (CSV, JSON, Parquet) and the report (HTML); what Tieline "
              "wrote there before is replaced.",
              zh="结果表(CSV、JSON、Parquet)和报告(HTML)的文件夹;"
              "Tieline 以前写在其中的文件会被替换。")
@click.option("--ledger", "place", cls=Option, metavar="PLACE", default=None,
              help="Show what was patrolled and sampled in the scenario's year beside the "
              "measures, out of this ledger: a folder, a file or a PostgreSQL URL.",
              zh="由该台账(文件夹、文件或 PostgreSQL 地址)列出情景年份的巡查与采样,与各指标并列。")
@rights_option()
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="The result as JSON on standard output instead of tables.",
              zh="以 JSON 输出结果,不显示表格。")
@lang_option()
def appraise(  # noqa: PLR0913 - options of a command
    folders: tuple[Path, ...], *, only: tuple[str, ...], players: tuple[str, ...],
    solutions: tuple[str, ...], unions: tuple[str, ...], budget: int | None,
    width: float | None, workers: int, cluster: str | None, cache: Path | None, retry: bool,
    discount: tuple[str, ...], scenario: str, robust: tuple[str, ...],
    funds: tuple[str, ...], index: str | None,
    out: Path | None, as_json: bool, place: str | None, seen_as: str | None,
) -> None:
    """Appraise a region."""
    _refuse_unused(robust, {
        "--players": players, "--solution": solutions, "--union": unions, "--budget": budget,
        "--width": width,
        "--discount": discount, "--ledger": place, "--index": index})
    if width is not None and budget is None:
        raise click.UsageError(say("--width needs --budget: how many cases at most.",
                                   "--width 需要 --budget:至多多少情形。"))
    if retry and cache is None:
        raise click.UsageError(say("--retry needs --cache: the file that keeps what failed.",
                                   "--retry 需要 --cache:保存失败情形的文件。"))
    solutions = _all_asked(solutions, players, index)
    if out is not None:
        refuse_occupied(out)
    if robust:
        with ExitStack() as stack:
            means = _means(stack, workers=workers, address=cluster, cache=cache, retry=retry)
            found = _robust(folders, robust, funds, only=only or None, **means)
        _tell_robust(folders, found, out, as_json=as_json)
        return
    chosen = {"discount": discount} if discount else {}
    with ExitStack() as stack:
        opened = None if place is None else stack.enter_context(open_place(place))
        result = appraised(
            *folders, only=only or None, players=players or PLAYERS, scenario=scenario,
            solutions=solutions, budget=budget, width=width, funds=funds, index=index or "SII",
            **chosen,
            unions=[[p.strip() for p in u.split(",") if p.strip()] for u in unions],
            **_means(stack, workers=workers, address=cluster, cache=cache, retry=retry),
        )
        if opened is not None:
            from tieline.study.watching import with_coverage

            result = with_coverage(result, opened, principal(opened, seen_as))
    if as_json:
        print_json(_result_record(result))
    else:
        asked = (*solutions, *unions, *funds, budget, index)
        show(result, answers=any(asked), programmes=True)
        if result.watched:
            from tieline.cli.ledger_tables import draw
            from tieline.ledger.coverage import coverage_listing

            draw(coverage_listing(result.watched, language()))
    if out is not None:
        write(result, out, quiet=as_json)


def refuse_occupied(out: Path) -> None:
    """Before the work rather than after it: an InputError if the folder is somebody's."""
    from tieline.region.write import refuse_occupied as refuse

    refuse(out.resolve(), allow_marked=True)


def appraised(*folders: Path, **options: Any) -> Appraisal:
    """Appraisal of one folder, or of several as one, with a bar."""
    from tieline.study import appraise as run
    from tieline.study.together import appraise_together

    with Bar(say("appraising", "评估中")) as bar:
        if len(folders) == 1:
            return run(folders[0], progress=bar, **options)
        return appraise_together(folders, progress=bar, **options)


def _robust(
    folders: tuple[Path, ...], scenarios: tuple[str, ...], funds: tuple[str, ...], **options: Any
) -> dict[str, Robust]:
    from tieline.study.robust import robust

    with Bar(say("appraising", "评估中")) as bar:
        return robust(folders, scenarios, funds=funds, progress=bar, **options)


def _refuse_unused(robust: tuple[str, ...], others: dict[str, object]) -> None:
    """UsageError for options that would change nothing, rather than silence."""
    unused = [name for name, value in others.items() if value]
    if robust and unused:
        names = ", ".join(unused)
        raise click.UsageError(say(f"--robust does not take {names}: projects play, in money.",
                                   f"--robust 不接受 {names}:参与方为项目,以金额计。"))


def _all_asked(
    solutions: tuple[str, ...], players: tuple[str, ...], index: str | None
) -> tuple[str, ...]:
    """The solutions, with pairs where an index is named; UsageError if one can be of nobody."""
    if "leaving" in solutions and players and "jurisdictions" not in players:
        raise click.UsageError(say(
            "--solution leaving is of jurisdictions: give --players jurisdictions too.",
            "--solution leaving 针对辖区:请同时给出 --players jurisdictions。"))
    if index and solutions and not {"interactions", "all"} & {*solutions}:
        return (*solutions, "interactions")
    return solutions


def _tell_robust(
    folders: tuple[Path, ...], found: dict[str, Robust], out: Path | None, *, as_json: bool
) -> None:
    from tieline.cli.answers import show_robust
    from tieline.study.robust import robust_record, write_robust

    if as_json:
        print_json(robust_record(found))
    else:
        show_robust(screen(), found, _names(folders))
    if out is not None:
        _say_where(write_robust(out, folders, found, lang=language()), quiet=as_json)


def _names(folders: tuple[Path, ...]) -> dict[str, str]:
    """Jurisdictions and projects of folders, as the user reads them; "all" too."""
    from tieline.region.issues import Issues
    from tieline.region.read import read_region_folder

    found = {"all": say("all", "合计")}
    for folder in folders:
        read = read_region_folder(folder, Issues())
        if read is not None:
            everyone: list[Any] = [*read.region.jurisdictions, *read.region.projects]
            found |= {x.id: x.label(language()) for x in everyone}
    return found


def _means(
    stack: ExitStack, *, workers: int, address: str | None, cache: Path | None, retry: bool = False
) -> dict[str, Any]:
    """How cases are run, closed with the stack; none of it changes a result."""
    from tieline.appraisal.cache import DiskCache
    from tieline.appraisal.running.cluster import cluster
    from tieline.appraisal.running.store import Store

    means: dict[str, Any] = {"executor": workers if workers > 1 else None}
    if address is not None:
        means["executor"] = stack.enter_context(cluster(address))
    if cache is not None:
        means["store"] = stack.enter_context(Store(cache, retry=retry))
        means["cache"] = stack.enter_context(DiskCache(cache, retry=retry))
    return means


def show(result: Appraisal, *, answers: bool = False, programmes: bool = False) -> None:
    """Draw the result; the further solutions of every game and projects by budget, if asked for."""
    from tieline.cli.impacts import show_impacts
    from tieline.cli.tables import show_appraisal

    show_appraisal(screen(), result, language())
    show_impacts(screen(), result, language())
    if answers or programmes:
        from tieline.cli.answers import show_answers

        show_answers(screen(), result if answers else replace(result, answers=()), language())


def write(result: Appraisal, out: Path, *, quiet: bool = False) -> None:
    """Write tables and report, and unless `quiet` say where to start."""
    with Bar(say("writing", "写出中")):
        folder = result.write(out, lang=language())
    _say_where(folder, quiet=quiet)


def _say_where(folder: Path, *, quiet: bool) -> None:
    if not quiet:
        report = folder / "report.html"
        screen().print(Text(say(
            f"Start here: {report} (report). Tables stand beside it, details by network below.",
            f"请从这里看起:{report}(报告)。结果表在同一文件夹,明细在各网络的子文件夹中。",
        )))


def _result_record(result: Appraisal) -> dict[str, Any]:
    """The result's tables but for the engines' details; what is not a number is null."""
    tables = {
        name: json.loads(frame.to_json(orient="records", double_precision=15))
        for name, frame in result.frames().items() if "/" not in name
    }
    notes = result.every_note()
    return {"region": result.region.name, "scenario": result.scenario, "data_notes": [], **tables,
            "notes": list(notes), "notes_zh": [message(n, "zh") for n in notes]}
