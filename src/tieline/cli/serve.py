"""`tieline serve`: the region in the browser, on this machine."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, say

FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    help="Show a region in the browser: flip a border or a project and see what changes, break "
    "something and follow the plan, read the appraisal. Serves this machine only, until Ctrl-C. "
    "Without a folder, the demonstration.",
    zh="在浏览器中查看区域:切换边界或项目即见变化,设定故障并跟踪方案,阅读评估。只服务本机,"
    "按 Ctrl-C 结束。不给出文件夹时为演示区域。",
    examples=("tieline serve my-region", "tieline serve my-region --port 8000 --no-open"),
)
@click.argument("folder", type=FOLDER, required=False)
@click.option("--port", cls=Option, type=click.IntRange(0, 65535), default=0, show_default=True,
              help="Port; 0 takes a free one.", zh="端口;0 表示自动选一个空闲端口。")
@click.option("--no-open", cls=Option, is_flag=True,
              help="Do not open the browser.", zh="不打开浏览器。")
@lang_option()
def serve(folder: Path | None, port: int, no_open: bool) -> None:
    """Serve a region."""
    from tieline.web.desk import Desk
    from tieline.web.serve import listen, run

    if folder is None:
        from tieline.cli.example import example_folder

        folder = example_folder()
    taken = listen(port)
    with Bar(say("reading", "读取中")):
        desk = Desk(folder.resolve())

    def ready(address: str) -> None:
        screen().print(Text(say(
            f"{address} - for this machine only; Ctrl-C ends it.",
            f"{address} - 只供本机使用;按 Ctrl-C 结束。",
        )))
        if not no_open:
            import webbrowser

            webbrowser.open(address)

    try:
        run(desk, taken, ready)
    finally:
        desk.close()
        taken.close()
    screen().print(Text(say("Ended.", "已结束。")))
