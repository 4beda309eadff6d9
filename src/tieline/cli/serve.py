"""`tieline serve`: the region in the browser, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tieline.cli.screen import Bar, screen
from tieline.cli.words import Command, Option, lang_option, say

if TYPE_CHECKING:
    from tieline.web.accounts.store import Accounts
    from tieline.web.library.keeping import Library

FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    help="Show a region in the browser: flip a border or a project and see what changes, break "
    "something and follow the plan, do joint work, keep the projects, read the appraisal. Serves "
    "this machine alone, until Ctrl-C; with --login others too, who log in. Without a folder, the "
    "demonstration.",
    zh="在浏览器中查看区域:切换边界或项目即见变化,设定故障并跟踪方案,协同办理,管理项目,阅读评估。"
    "默认只服务本机,按 Ctrl-C 结束;加 --login 后他人登录可用。不给出文件夹时为演示区域。",
    examples=("tieline serve my-region", "tieline serve my-region --port 8000 --no-open",
              "tieline serve my-region --login --host 0.0.0.0 --name tieline.example "
              "--behind-https"),
)
@click.argument("folder", type=FOLDER, required=False)
@click.option("--port", cls=Option, type=click.IntRange(0, 65535), default=0, show_default=True,
              help="Port; 0 takes a free one.", zh="端口;0 表示自动选一个空闲端口。")
@click.option("--no-open", cls=Option, is_flag=True,
              help="Do not open the browser.", zh="不打开浏览器。")
@click.option("--ledger", "place", cls=Option, default=None, metavar="PLACE",
              help="The ledger: a file or a PostgreSQL URL; default: ledger.sqlite of the folder.",
              zh="台账:文件或 PostgreSQL URL;默认为文件夹中的 ledger.sqlite。")
@click.option("--site", cls=Option, type=FOLDER, default=None,
              help="Folder of the site of published bulletins; without it the pages draft and "
              "approve, `tieline publish` publishes.",
              zh="公报站点的文件夹;不给出时页面只起草与批准,由 `tieline publish` 发布。")
@click.option("--site-url", cls=Option, default="", metavar="URL",
              help="Address at which that site will stand, for its sitemap and its feed.",
              zh="该站点将来的网址,用于站点地图与订阅。")
@click.option("--login", cls=Option, is_flag=True,
              help="Visitors log in; accounts are made by `tieline account add`.",
              zh="须登录;账户用 `tieline account add` 建立。")
@click.option("--host", cls=Option, default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Address to listen on; others than loopback only with --login.",
              zh="监听地址;非本机回环地址须与 --login 同用。")
@click.option("--name", "names", cls=Option, multiple=True, metavar="NAME",
              help="A name by which browsers call this server. May be given more than once.",
              zh="浏览器访问本服务所用的名称。可多次给出。")
@click.option("--behind-https", cls=Option, is_flag=True,
              help="A proxy in front of it speaks https: cookies travel by it alone.",
              zh="前置代理提供 https:cookie 只经 https 传送。")
@lang_option()
def serve(folder: Path | None, **options: Any) -> None:
    """Serve a region."""
    from tieline.cli.example import example_folder, is_example
    from tieline.web.desk import Desk
    from tieline.web.serve import Served, listen, run

    folder = folder or example_folder()
    demonstration = is_example(folder)
    taken = listen(options["port"], options["host"], login=options["login"])
    accounts = _accounts(folder) if options["login"] else None
    library = _library(folder, options["place"], demonstration=demonstration)
    with Bar(say("reading", "读取中")):
        desk = Desk(folder.resolve())

    def ready(address: str) -> None:
        screen().print(Text(say(
            f"{address} - for this machine only; Ctrl-C ends it.",
            f"{address} - 只供本机使用;按 Ctrl-C 结束。",
        ) if accounts is None else say(
            f"{address} - visitors log in; Ctrl-C ends it.",
            f"{address} - 须登录使用;按 Ctrl-C 结束。",
        )))
        if not options["no_open"]:
            import webbrowser

            webbrowser.open(address)

    try:
        run(Served(desk, library, accounts, frozenset(options["names"]),
                   options["behind_https"], options["site"], options["site_url"]), taken, ready)
    finally:
        desk.close()
        taken.close()
        if library is not None:
            library.close()
    screen().print(Text(say("Ended.", "已结束。")))


def _accounts(folder: Path) -> Accounts:
    """The accounts of the folder; InputError if there is none yet."""
    from tieline.errors import InputError
    from tieline.web.accounts.store import FILE, Accounts

    path = folder / FILE
    if not path.is_file():
        raise InputError([f"{path}: there are no accounts; `tieline account add` makes one"])
    return Accounts(path)


def _library(folder: Path, place: str | None, *, demonstration: bool) -> Library | None:
    """The ledger asked for, else that of the folder, if it has one; the demonstration's own."""
    from tieline.web.library.keeping import FILE, Library

    if place is not None:
        return Library.at(place)
    if (folder / FILE).is_file():
        return Library.at(folder / FILE)
    return Library.of_demonstration(folder.resolve()) if demonstration else None
