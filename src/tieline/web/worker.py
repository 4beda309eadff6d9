"""The process in which a region's engines stay warm: reads a task, computes, answers."""

from __future__ import annotations

import signal
import traceback
from typing import TYPE_CHECKING, Any

from tieline.errors import TielineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event
    from pathlib import Path

    from tieline.web.tasks import Shop, Task


class StoppedError(Exception):
    """The task was cancelled while it ran."""


def work(folder: Path, line: Connection, stop: Event) -> None:
    """Read the region, say so, then answer tasks until the line closes.

    Messages: ("ready", facts), ("progress", done, total), ("done", answer), ("stopped",),
    ("refused", English, Chinese) for what the user got wrong, ("failed", trace) for the rest.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from tieline.web.tasks import Shop

    try:
        shop = Shop(folder)
        line.send(("ready", shop.facts()))
    except TielineError as error:
        line.send(("refused", error.message("en"), error.message("zh")))
        return
    while True:
        try:
            task = line.recv()
        except EOFError:
            return
        if task is None:
            return
        line.send(_answer(shop, task, line, stop))


def _answer(shop: Shop, task: Task, line: Connection, stop: Event) -> tuple[Any, ...]:
    def progress(done: int, total: int) -> None:
        if stop.is_set():
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
