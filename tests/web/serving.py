"""An application behind a port of this machine, for as long as a test needs it."""

import threading
import time
from contextlib import contextmanager

import uvicorn

from tieline.web.serve import address, listen


@contextmanager
def serving(app):
    """The address of a server of the application, in a thread."""
    with listen() as taken:
        running = uvicorn.Server(uvicorn.Config(
            app, log_level="error", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        for _ in range(500):
            if running.started:
                break
            time.sleep(0.02)
        yield address(taken).rstrip("/")
        running.should_exit = True
        thread.join(10)
