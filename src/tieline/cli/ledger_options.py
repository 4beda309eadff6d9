"""What the commands on the ledger have in common: the place, the clocks, rights, who and why."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tieline.cli.words import Option, say

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.ledger.view import View

F = TypeVar("F", bound=Callable[..., Any])
FILE = "ledger.sqlite"
"""The ledger in a region's folder."""


class Day(click.ParamType[date]):
    """A day written 2019-10-31."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(say(f"expected a day like 2019-10-31, found '{value}'",
                          f"应为 2019-10-31 形式的日期,实为“{value}”"), param, ctx)


def place_argument() -> Callable[[F], F]:
    """The region's folder, the ledger's file, or its URL."""
    return click.argument("place", metavar="PLACE")


def rights_option() -> Callable[[F], F]:
    """`--as`: with whose rights."""
    return click.option(
        "--as", "seen_as", cls=Option, metavar="JURISDICTION[:ROLE,...]", default=None,
        help="With the rights of a jurisdiction (roles viewer, editor, steward and those of joint "
        "work); without it, of the keeper of the file.",
        zh="以某辖区的权限(角色 viewer、editor、steward 及协同办理岗位);不给出时为台账保管者。")


def clock_options() -> Callable[[F], F]:
    """`--as-of` and `--known-on`."""
    def add(command: F) -> F:
        command = click.option(
            "--known-on", cls=Option, type=Day(), default=None,
            help="What the ledger said at the end of this day; default: all it says.",
            zh="台账在该日终了时的记载;默认为全部记载。")(command)
        return click.option(
            "--as-of", cls=Option, type=Day(), default=None,
            help="What was true at the end of this day; default: --known-on, else today.",
            zh="该日终了时的实况;默认为 --known-on,否则今日。")(command)
    return add


def note_options() -> Callable[[F], F]:
    """`--why`, `--by`, `--for`: what every change says of itself."""
    def add(command: F) -> F:
        command = click.option(
            "--for", "on_behalf_of", cls=Option, default="", metavar="WHOM",
            help="On whose behalf.", zh="代表谁。")(command)
        command = click.option(
            "--by", "actor", cls=Option, default=None, metavar="WHO",
            help="Who changes it; default: the user of this computer.",
            zh="由谁更改;默认为本机用户。")(command)
        return click.option(
            "--why", "reason", cls=Option, required=True, metavar="REASON",
            help="Why; kept with the change.", zh="更新理由;随变更保存。")(command)
    return add


@contextmanager
def open_place(place: str) -> Iterator[Ledger]:
    """The ledger of a region's folder, in a file, or at a URL, closed in the end.

    Raises
    ------
    StorageError
        If it cannot be opened, or what stands in it makes no sense because it was altered.
    """
    from tieline.errors import StorageError, TielineError

    with _opened(place) as found:
        try:
            yield found
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, TielineError) or found.verify().holds:
                raise
            message = f"{found.store.name}: the file is damaged; `tieline ledger verify` says where"
            raise StorageError(message) from error


def _opened(place: str) -> Ledger:
    from tieline.ledger.ledger import Ledger

    if "://" in place:
        return Ledger.open(place)
    path = Path(place)
    return Ledger.open(path / FILE if path.is_dir() else path)


def view_of(opened: Ledger, options: dict[str, Any]) -> View:
    """The view that the options ask for."""
    return opened.view(principal(opened, options["seen_as"]), as_of=options["as_of"],
                       known_on=options["known_on"])


def principal(opened: Ledger, seen_as: str | None, role: str = "viewer") -> Principal:
    """Who `--as` says; without it the keeper.

    Raises
    ------
    LedgerError
        If the ledger knows no such jurisdiction or role: nothing seen would pass for nothing there.
    """
    from tieline.ledger.ledger import KEEPER
    from tieline.ledger.rights import ROLES, Principal
    from tieline.ledger.work.workflow import roles_of_work

    if not seen_as:
        return KEEPER
    jurisdiction, _, given = seen_as.partition(":")
    _known("jurisdiction", jurisdiction, [s.id for s in opened.view().records("jurisdiction")])
    roles = tuple(r.strip() for r in (given or role).split(","))
    known = [*ROLES, *roles_of_work()]
    if not set(roles) <= set(known):
        known += _roles_in_cases(opened)
    for r in roles:
        _known("role", r, known)
    return Principal(seen_as, (jurisdiction,), roles)


def _known(what: str, found: str, known: Sequence[str]) -> None:
    from tieline.errors import LedgerError
    from tieline.region.expect import nearest

    if found not in known:
        message = (f"--as: expected a {what} ({', '.join(known)}), "
                   f"found '{found}'{nearest(found, known)}")
        raise LedgerError(message)


def _roles_in_cases(opened: Ledger) -> list[str]:
    """Roles that cases were given to beside those of their workflow."""
    return sorted({str(s.get("role")) for kind in ("case", "case_step")
                   for s in opened.view().records(kind) if s.get("role")}
                  | {str(s.get("to_role")) for s in opened.view().records("case_step")
                     if s.get("to_role")})


def actor_of(given: str | None) -> str:
    """Who `--by` says; without it the user of this computer."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "keeper"
