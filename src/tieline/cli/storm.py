"""`tieline storm`: what a storm would cost, as a distribution."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tieline.cli.screen import Bar, complain, screen
from tieline.cli.words import Command, Option, lang_option, language, say

if TYPE_CHECKING:
    from rich.console import Console

    from tieline.study import StormStudy

FOLDER = click.Path(path_type=Path)
SHOWN = (0.5, 0.9, 0.95, 0.99)


def keep_file() -> Path:
    """Where samples are kept unless told otherwise: the user's cache folder."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tieline" / "storm.sqlite"


@click.command(
    cls=Command,
    help="Draw many storms of one gust speed and plan each, waiting, apart and together: the "
    "distribution of customer-hours. Samples are kept as they come, so a run that was stopped "
    "resumes. The fragility of lines is an assumption unless the region sets its own.",
    zh="按给定阵风风速抽取许多次台风并逐一给出等待抢修、各自、携手的恢复方案,得到停电时户数的分布。"
    "样本边算边存,中断后可续算。线路易损性为假设,除非区域自行设定。",
    examples=("tieline storm my-region --wind 33",
              "tieline storm my-region --wind 33 --samples 1000 --seed 1 --out storm",
              "tieline storm my-region --wind 28 --samples 200 --workers 2 --json"),
)
@click.argument("folder", type=FOLDER)
@click.option("--wind", cls=Option, type=float, required=True, metavar="M/S",
              help="Gust speed in the open in m/s.", zh="空旷处阵风风速(米/秒)。")
@click.option("--samples", cls=Option, type=click.IntRange(min=1), default=200, show_default=True,
              help="How many storms to draw.", zh="抽取多少次台风。")
@click.option("--seed", cls=Option, type=click.IntRange(min=0), default=1, show_default=True,
              help="Where the drawing begins: the same seed gives the same storms.",
              zh="随机种子:同一种子得到同样的台风。")
@click.option("--scenario", cls=Option, metavar="ID", default="base", show_default=True,
              help="Row of scenarios.csv.", zh="scenarios.csv 中的一行。")
@click.option("--network", cls=Option, default=None,
              help="Network, if several can respond.", zh="网络(有多个时)。")
@click.option("--workers", cls=Option, type=click.IntRange(min=1), default=None,
              help="Processes; without it, one for each core.", zh="进程数;不给出时每核一个。")
@click.option("--keep", cls=Option, type=FOLDER, default=None, metavar="FILE",
              help="File in which samples are kept; without it, one in the user's cache folder.",
              zh="保存样本的文件;不给出时放在用户缓存文件夹。")
@click.option("--out", cls=Option, type=FOLDER, default=None,
              help="Folder for tables (CSV, JSON, Parquet) and storm.html.",
              zh="结果表(CSV、JSON、Parquet)和 storm.html 的文件夹。")
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="The summary as JSON on standard output instead of tables.",
              zh="以 JSON 输出汇总,不显示表格。")
@lang_option()
def storm(  # noqa: PLR0913 - click hands over every option
    folder: Path, *, wind: float, samples: int, seed: int, scenario: str, network: str | None,
    workers: int | None, keep: Path | None, out: Path | None, as_json: bool,
) -> None:
    """Sample a storm."""
    if out is not None:
        from tieline.region.write import refuse_occupied

        refuse_occupied(out.resolve(), allow_marked=True)
    result = _sample(
        folder, keep or keep_file(), gust_m_s=wind, n_samples=samples, seed=seed,
        scenario=scenario, network=network, workers=workers or os.cpu_count() or 1,
    )
    if as_json:
        from tieline.cli.screen import print_json

        print_json(_record(result))
    else:
        show_storm(screen(), result, language())
    if out is not None:
        with Bar(say("writing", "写出中")):
            written = result.write(out, lang=language())
        if not as_json:
            page = written / "storm.html"
            screen().print(Text(say(f"Start here: {page}", f"请从这里看起:{page}")))


def _sample(folder: Path, keep: Path, **asked: Any) -> StormStudy:
    from tieline.appraisal.cache import DiskCache
    from tieline.study import storm as run

    keep.parent.mkdir(parents=True, exist_ok=True)
    try:
        with DiskCache(keep) as cache, Bar(say("sampling", "抽样中")) as bar:
            return run(folder, cache=cache, progress=bar, **asked)
    except KeyboardInterrupt:
        complain(say("samples so far are kept: the same command goes on with them",
                     "已完成的样本已保存:再次运行同一命令即可继续"))
        raise


def _record(result: StormStudy) -> dict[str, Any]:
    import json

    summary, curve = (
        json.loads(frame.to_json(orient="records", double_precision=15))
        for frame in (result.summary_frame(), result.exceedance_frame())
    )
    return {
        "region": result.region.name, "gust_m_s": result.gust_m_s, "samples": result.n_samples,
        "seed": result.seed, "digest": result.digest, "fragility": dict(result.settings),
        "expected_faults": result.expected_faults, "summary": summary,
        "exceedance": curve,
    }


def show_storm(console: Console, result: StormStudy, lang: str) -> None:
    """Headline and the distribution of customer-hours."""
    from tieline.appraisal.storm import mean_of, quantile_of, samples_needed
    from tieline.cli.marks import rests_on
    from tieline.cli.tables import plain
    from tieline.publish.respond.head import statuses
    from tieline.publish.shell import words_of
    from tieline.publish.storm.page import StormFace, headline

    face = StormFace(result, words_of(lang))
    words = face.words
    console.print(Text(f"{face.region.label(lang)} - {face.heading()}", style="bold"))
    for line in headline(face):
        console.print(Text(plain(line)))
    table = Table(title=escape(words("storm.table_caption")), title_justify="left",
                  title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(escape(words("words.state")))
    heads = [words("storm.mean"), words("storm.median"),
             *(words("storm.quantile", n=f"{100 * q:g}") for q in SHOWN[1:])]
    for title in heads:
        table.add_column(escape(title), justify="right", overflow="fold")

    for state in result.states:
        values = result.of(state)
        told = [face.hours(mean_of(values))]
        for share in SHOWN:
            found = quantile_of(values, share)
            told.append(face.hours(found) if found.value == found.value
                        else words("storm.needs", n=samples_needed(share)))
        table.add_row(face.state(state), *(plain(t) for t in told))
    console.print()
    console.print(table)
    console.print(Text(words("storm.interval")))
    console.print(Text(words("storm.assumed")))
    console.print(Text(rests_on(statuses(result.statuses), words)))
