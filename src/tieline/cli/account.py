"""`tieline account`: who may log in to the pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from tieline.cli.screen import screen
from tieline.cli.words import Group, Option, lang_option, say

if TYPE_CHECKING:
    from tieline.web.accounts.store import Accounts

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group(
    "account", cls=Group,
    help="Accounts of the pages: roles of jurisdictions, not persons. They stand in "
    "accounts.sqlite of the region's folder, passwords as argon2 hashes.",
    zh="页面账户:辖区的岗位,而非个人。保存在区域文件夹的 accounts.sqlite 中,密码仅存 argon2 散列。",
    examples=("tieline account add my-region westtown-rivers --jurisdiction westtown "
              "--role editor --role river_office", "tieline account list my-region"),
)
@lang_option()
def account() -> None:
    """Hold the commands together."""


@account.command(
    help="Make an account. The password is asked for, or read from standard input.",
    zh="建立账户。密码由终端询问,或自标准输入读取。",
    examples=("tieline account add my-region westtown-rivers --jurisdiction westtown "
              "--role editor --role river_office",),
)
@click.argument("folder", type=FOLDER)
@click.argument("name")
@click.option("--jurisdiction", "jurisdictions", cls=Option, multiple=True, metavar="ID",
              help="Whose records are its own. May be given more than once.",
              zh="所属辖区。可多次给出。")
@click.option("--role", "roles", cls=Option, multiple=True, metavar="ROLE",
              help="viewer, editor, steward, keeper, or a role of joint work. May be given more "
              "than once; default: viewer.",
              zh="viewer、editor、steward、keeper 或协同办理岗位。可多次给出;默认 viewer。")
@lang_option()
def add(folder: Path, name: str, jurisdictions: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Make an account."""
    opened = _opened(folder)
    made = opened.add(name, _password(), jurisdictions, roles or ("viewer",))
    opened.close()
    screen().print(Text(f"{made.name}: {', '.join((*made.jurisdictions, *made.roles))}"))


@account.command(
    "list", help="Every account with its jurisdictions and roles.",
    zh="列出全部账户及其辖区、岗位。",
    examples=("tieline account list my-region",),
)
@click.argument("folder", type=FOLDER)
@lang_option()
def list_(folder: Path) -> None:
    """List the accounts."""
    opened = _opened(folder)
    for a in opened.all():
        screen().print(Text(f"{a.name}: {', '.join((*a.jurisdictions, *a.roles))}"))
    opened.close()


@account.command(
    help="Give an account another password; its sessions end.", zh="更换账户密码;其会话随即结束。",
    examples=("tieline account password my-region westtown-rivers",),
)
@click.argument("folder", type=FOLDER)
@click.argument("name")
@lang_option()
def password(folder: Path, name: str) -> None:
    """Change a password."""
    opened = _opened(folder)
    opened.set_password(name, _password())
    opened.close()
    screen().print(Text(say("Changed.", "已更换。")))


@account.command(
    help="End an account with its sessions and tokens.", zh="注销账户及其会话与令牌。",
    examples=("tieline account remove my-region westtown-rivers",),
)
@click.argument("folder", type=FOLDER)
@click.argument("name")
@lang_option()
def remove(folder: Path, name: str) -> None:
    """End an account."""
    opened = _opened(folder)
    opened.remove(name)
    opened.close()
    screen().print(Text(say("Removed.", "已注销。")))


def _opened(folder: Path) -> Accounts:
    from tieline.web.accounts.store import FILE, Accounts

    return Accounts(folder / FILE)


def _password() -> str:
    """What is typed twice without being shown; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt(say("Password", "密码"), hide_input=True, confirmation_prompt=True))
