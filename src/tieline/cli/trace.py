"""`tieline trace`: whence a spill came."""

from __future__ import annotations

from pathlib import Path

import click
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, language, say

FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    help="Find where a spill most likely came from, out of concentrations seen at sections: the "
    "flow is followed backwards from each of them. For every place, the time and the mass that "
    "explain best what was seen.",
    zh="根据断面观测到的浓度追溯污染最可能的来源:自各观测沿水流逆推,给出每处最能解释观测的时间与数量。",
    examples=("tieline trace my-region --seen S1:20:0.02 --seen S1:30:0.35 --seen S2:40:0.1",
              "tieline trace my-region --season autumn --seen S1:20:0.02 --seen S2:31:0.2 --json"),
)
@click.argument("folder", type=FOLDER)
@click.option("--seen", cls=Option, metavar="SECTION:HOURS:MG_L", multiple=True, required=True,
              help="A concentration seen: section, hours since the run began, mg/L; several.",
              zh="一个观测:断面、距计算开始的小时数、浓度 mg/L;可多次给出。")
@click.option("--season", cls=Option, metavar="ID", default="",
              help="Flow scenario; without it boundaries as they stand.",
              zh="来水情景;不给出时取边界原值。")
@click.option("--decay", cls=Option, type=float, default=0.0, show_default=True,
              help="Loss per day of what was spilt.", zh="污染物每日衰减速率。")
@click.option("--top", cls=Option, type=click.IntRange(1, 100), default=10, show_default=True,
              help="How many places to list.", zh="列出多少处。")
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="The list as JSON on standard output instead of a table.",
              zh="以 JSON 输出,不显示表格。")
@lang_option()
def trace(
    folder: Path, *, seen: tuple[str, ...], season: str, decay: float, top: int, as_json: bool,
) -> None:
    """Trace a spill."""
    from tieline.study import trace as run
    from tieline.water.spill.trace import ALIKE

    with Bar(say("tracing", "追溯中")):
        found = run(folder, [_seen(s) for s in seen], season=season, decay_per_day=decay, top=top)
    if as_json:
        from tieline.cli.screen import print_json

        print_json(list(found.rows))
        return
    title = say("Likeliest sources", "最可能的来源")
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for head in (("place", "jurisdiction", "from [h]", "to [h]", "kg", "explains")
                 if language() == "en" else
                 ("地点", "辖区", "自 [h]", "至 [h]", "千克", "解释程度")):
        table.add_column(head)
    for row in found.rows:
        table.add_row(escape(row["near"]), escape(row["jurisdiction"]), f"{row['from_h']:.1f}",
                      f"{row['to_h']:.1f}", f"{row['mass_kg']:,.0f}", f"{row['explains']:.1%}")
    screen().print(table)
    alike = sum(round(r["explains"] - found.rows[0]["explains"], ALIKE) == 0.0 for r in found.rows)
    if alike > 1:
        screen().print(Text(say(
            f"{alike} of these places explain what was seen alike; the smaller spill stands first. "
            "More sections, or more moments, tell them apart.",
            f"其中 {alike} 处同样能解释观测,数量小者在前。增加断面或时刻可再区分。")))


def _seen(text: str) -> tuple[str, float, float]:
    from tieline.errors import CaseError

    parts = text.rsplit(":", 2)
    try:
        return parts[0], float(parts[1]), float(parts[2])
    except (ValueError, IndexError):
        problem = f"'{text}': expected a section, hours and mg/L, such as S1:20:0.35"
        raise CaseError(problem) from None
