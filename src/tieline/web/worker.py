"""The process in which a region's engines stay warm: reads a task, computes, answers."""

from __future__ import annotations

import contextlib
import signal
import traceback
from typing import TYPE_CHECKING, Any

from tieline.errors import TielineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from tieline.web.asking import Task
    from tieline.web.tasks import Shop


class StoppedError(Exception):
    """The task was cancelled while it ran."""


def work(folder: Path, line: Connection) -> None:
    """Read the region, say so, then answer tasks (number, task) until the line closes.

    (number, None) on the line means that task is to be left. No lock is shared with the server: one
    held by a process that is killed would never be let go.

    Messages: ("ready", facts), ("progress", done, total), ("done", answer), ("stopped",),
    ("refused", English, Chinese) for what the user got wrong, ("failed", trace) for the rest.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the server has gone
        _work(folder, line)


def _work(folder: Path, line: Connection) -> None:
    from tieline.web.tasks import Shop

    try:
        shop = Shop(folder)
        line.send(("ready", shop.facts()))
    except TielineError as error:
        line.send(("refused", error.message("en"), error.message("zh")))
        return
    while True:
        try:
            number, task = line.recv()
        except EOFError:
            return
        if task is not None:  # None is the wish to leave a task that is over
            line.send(_answer(shop, task, number, line))


def _answer(shop: Shop, task: Task, number: int, line: Connection) -> tuple[Any, ...]:
    def progress(done: int, total: int) -> None:
        while line.poll():
            about, _ = line.recv()
            if about == number:
                raise StoppedError
        line.send(("progress", done, total))

    try:
        progress(0, 0)
        return ("done", shop.run(task, progress))
    except StoppedError:
        return ("stopped",)
    except TielineError as error:
        return ("refused", error.message("en"), error.message("zh"))
    except Exception:  # noqa: BLE001 - the server tells it; the worker goes on
        return ("failed", traceback.format_exc())
