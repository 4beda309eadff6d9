"""The terminal: where text goes, and a progress bar for what takes longer than a moment."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID

PIPE_WIDTH = 1000
"""Columns where the output is not a terminal: nothing is cut, nothing wrapped."""

PATIENCE_S = 2.0
"""Work that takes longer than this shows how far it is."""


def make_encodable() -> None:
    """Let a character that the terminal cannot show become a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def screen(*, error: bool = False) -> Console:
    """A console on stdout or stderr as they are now: coloured only on a terminal."""
    stream = sys.stderr if error else sys.stdout
    terminal = stream.isatty()
    return Console(
        file=stream, highlight=False, soft_wrap=not terminal,
        width=None if terminal else PIPE_WIDTH,
    )


def complain(text: str) -> None:
    """One message on stderr, as it is."""
    screen(error=True).print(escape(text), style="red" if sys.stderr.isatty() else None)


def tell_on_terminal(text: str) -> None:
    """One message on stderr, if somebody looks at it."""
    if sys.stderr.isatty():
        screen(error=True).print(escape(text))


def print_json(record: Any) -> None:
    """A record as JSON on stdout, Chinese as it is."""
    click.echo(json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False))


class Bar:
    """Progress on stderr: nothing for `PATIENCE_S`, nothing at all if it is no terminal.

    Used as `with Bar("...") as bar: work(progress=bar)`; called as `bar(done, total)`.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._timer = threading.Timer(PATIENCE_S, self._start)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._state: tuple[int, int | None] = (0, None)
        self._over = False
        self._began: tuple[float, int] | None = None

    def __enter__(self) -> Bar:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._progress is not None:
                self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        """Say how far the work is."""
        with self._lock:
            self._state = (done, total)
            if self._progress is not None and self._task is not None:
                self._progress.update(self._task, completed=done, total=total,
                                      description=self._told(done))

    def _told(self, done: int) -> str:
        """The label with how many are done in a second, once that is known."""
        if self._began is None:
            self._began = (time.monotonic(), done)
        seconds, finished = time.monotonic() - self._began[0], done - self._began[1]
        if seconds < 1.0 or finished < 1:
            return self._label
        return f"{self._label} {finished / seconds:,.3g}/s"

    def _start(self) -> None:
        from rich.progress import Progress

        with self._lock:
            if self._over:
                return
            done, total = self._state
            self._progress = Progress(console=screen(error=True), transient=True)
            self._task = self._progress.add_task(self._label, total=total, completed=done)
            self._progress.start()
