"""`tieline trip`: whether one can go and come back on a day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, language, say

if TYPE_CHECKING:
    from tieline.study import Trip

FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    help="Answer a resident's question: can I go from here to there and come back on a day, how, "
    "and what does it cost - with every line ending at its border, and with the lines across.",
    zh="回答居民的问题:某一天能否从这里去那里并返回、怎么走、多少钱——线路各自到边界为止时,"
    "以及跨界线路开行时。",
    examples=("tieline trip my-region Weitang Lili",
              "tieline trip my-region Weitang Lili --date 2019-10-15 --return-by 18:00",
              "tieline trip my-region Weitang Lili --scenario more_often",
              "tieline trip my-region Weitang Lili --stay 60 --out trip --lang zh"),
)
@click.argument("folder", type=FOLDER)
@click.argument("origin", metavar="FROM")
@click.argument("to", metavar="TO")
@click.option("--date", "day", cls=Option, type=click.DateTime(("%Y-%m-%d",)), default=None,
              help="The day; without it, that of the region's base scenario.",
              zh="日期;不给出时取基准情景的运营日。")
@click.option("--scenario", cls=Option, default=None, metavar="ID",
              help="By the timetable of this scenario (transit/ID.json), on its day; without it, "
              "by the timetable as given.",
              zh="按该情景的时刻表(transit/ID.json)及其日期;不给出时按所给时刻表。")
@click.option("--depart", cls=Option, default="06:00", show_default=True, metavar="HH:MM",
              help="Set out at this time or later.", zh="最早出发时间。")
@click.option("--return-by", cls=Option, default="20:00", show_default=True, metavar="HH:MM",
              help="Be home by this time.", zh="最晚到家时间。")
@click.option("--stay", cls=Option, type=click.IntRange(0, 1440), default=120, show_default=True,
              help="Minutes at the place one goes to.", zh="在目的地停留的分钟数。")
@click.option("--out", cls=Option, type=FOLDER, default=None,
              help="Folder for legs.csv and trip.html, a page in large type.",
              zh="legs.csv 和大字页面 trip.html 的文件夹。")
@click.option("--json", "as_json", cls=Option, is_flag=True,
              help="The legs as JSON on standard output instead of text.",
              zh="以 JSON 输出各段,不显示文字。")
@lang_option()
def trip(  # noqa: PLR0913 - click hands over every option
    folder: Path, *, origin: str, to: str, day: datetime | None, scenario: str | None,
    depart: str, return_by: str, stay: int, out: Path | None, as_json: bool,
) -> None:
    """Plan a day trip."""
    from tieline.study import trip as run

    if out is not None:
        from tieline.region.write import refuse_occupied

        refuse_occupied(out.resolve(), allow_marked=True)
    with Bar(say("looking for ways", "查找路线中")):
        found = run(folder, origin, to, day=None if day is None else day.date(), depart=depart,
                    stay_min=stay, return_by=return_by, scenario=scenario)
    if as_json:
        _json(found)
    else:
        _show(found)
    if out is not None:
        page = found.write(out, lang=language()) / "trip.html"
        if not as_json:
            screen().print(Text(say(f"Start here: {page}", f"请从这里看起:{page}")))


def _json(found: Trip) -> None:
    from tieline.cli.screen import print_json

    print_json({
        "region": found.region.name, "day": found.day.isoformat(), "from": found.origin,
        "to": found.to,
        "scenario": found.scenario or None,
        "possible": {s: a.possible for s, a in found.answers.items()},
        "fares": {s: _fare(found, s) for s in found.answers},
        "legs": [{k: None if v != v else v for k, v in row.items()}  # NaN: not known
                 for row in found.to_frame().to_dict("records")],
    })


def _fare(found: Trip, state: str) -> dict[str, object] | None:
    fare = found.fare(state)
    return None if fare is None else {
        "at_least": fare.known, "currency": found.currency or None, "complete": fare.complete,
        "unknown_lines": list(fare.unknown), "car_hire_included": fare.car_hire,
    }


def _show(found: Trip) -> None:
    from tieline.publish.shell import words_of
    from tieline.publish.trip.page import (
        basis,
        clock,
        fare_told,
        headed,
        scenario_told,
        steps,
    )

    lang, console = language(), screen()
    words = words_of(lang)
    lines = [words("trip.title", day=found.day.isoformat()), words(
        "trip.question", origin=found.label(found.origin, lang), to=found.label(found.to, lang),
        depart=clock(found.depart_s), stay=found.stay_s // 60, end=clock(found.end_s),
    )]
    if found.scenario:
        lines.append(scenario_told(words, found))
    for state, answer in found.answers.items():
        key = "yes" if answer.possible else "no_back" if answer.out else "no_out"
        lines += ["", words("trip.headed", what=words(f"trip.{state}"), text=words(f"trip.{key}"))]
        if answer.possible:
            lines.append(f"  {fare_told(words, found, state)}")
        for name in ("out", "back", "last"):
            journey = getattr(answer, name)
            if journey is None or (name == "last" and journey == answer.back):
                continue
            lines.append(f"  {headed(words, name, journey)}")
            lines += [f"    {at}  {text}" for at, _, text in steps(words, found, journey)]
    lines += ["", words("trip.note"), *([said] if (said := basis(words, found)) else [])]
    console.print(Text("\n".join(lines)))
