"""The two towns behind a desk and a server on the loopback interface, for all tests here.

The server takes a free port and ends with the tests.
"""

import threading
import time

import httpx
import pytest
import uvicorn

import tieline
from tieline.web.app import create_app
from tieline.web.desk import Desk
from tieline.web.serve import address, listen


@pytest.fixture(scope="session")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "towns"
    tieline.new_region(folder)
    return folder


@pytest.fixture(scope="session")
def desk(towns):
    made = Desk(towns)
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(desk):
    """The address of a server over the desk."""
    with listen() as taken:
        running = uvicorn.Server(uvicorn.Config(
            create_app(desk, close=False), log_level="error", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        for _ in range(300):
            if running.started:
                break
            time.sleep(0.02)
        yield address(taken).rstrip("/")
        running.should_exit = True
        thread.join(10)


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server, timeout=180, trust_env=False) as made:
        yield made
