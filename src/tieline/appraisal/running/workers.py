"""Worker processes that leave Ctrl-C to their parent and end when it is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection


def lasting_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of new interpreters for work that comes bit by bit; ends with this process."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=begin_worker)


@contextmanager
def own_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of new interpreters; if its user is interrupted, what is in flight is dropped."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=begin_worker
    )
    finished = False
    try:
        yield pool
        finished = True
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=finished, cancel_futures=True)


def begin_worker() -> None:
    """Ctrl-C is the parent's to answer; when the parent is gone, so is this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
