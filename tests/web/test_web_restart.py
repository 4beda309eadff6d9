"""A server that is killed under load: no change it acknowledged is lost, and the chain holds."""

import contextlib
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest

from tieline.ledger import Ledger
from tieline.ledger.begin import begin
from tieline.web.library.keeping import FILE

N_WRITERS, WRITTEN, WAIT_S = 3, 25, 300


@pytest.fixture
def served(towns, tmp_path):
    """Begin a server over a ledger of its own; its process and address."""
    place = tmp_path / FILE
    begin(towns, place, "test").close()
    running = []

    def start():
        made = subprocess.Popen(
            [sys.executable, "-m", "tieline", "serve", str(towns), "--ledger", str(place),
             "--no-open", "--lang", "en"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        running.append(made)
        return made, made.stdout.readline().split()[0].rstrip("/")

    yield place, start
    for made in running:
        made.kill()
        made.communicate(timeout=60)


def write(address, name, acknowledged, enough):
    """Write one record after the other until the server is gone."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        for k in range(10_000):
            record = f"{name}-{k}"
            entry = {"kind": "project", "record": record, "values": {
                "owner": "easttown", "name_zh": record, "stage": "idea"}}
            with contextlib.suppress(httpx.HTTPError):
                answer = client.post("/api/v1/changes",
                                     json={"reason": "under load", "entries": [entry]})
                assert answer.status_code == 201, answer.text
                acknowledged[record] = (answer.json()["change_no"], answer.json()["hash"])
                if len(acknowledged) >= WRITTEN:
                    enough.set()
                continue
            return


def test_no_acknowledged_change_is_lost_when_the_server_is_killed(served):
    place, start = served
    acknowledged, enough = {}, threading.Event()
    process, address = start()
    writers = [threading.Thread(target=write, args=(address, f"w{k}", acknowledged, enough))
               for k in range(N_WRITERS)]
    for writer in writers:
        writer.start()
    assert enough.wait(WAIT_S)
    process.send_signal(signal.SIGKILL)
    for writer in writers:
        writer.join(WAIT_S)
    assert len(acknowledged) >= WRITTEN
    again, address = start()
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        for record in acknowledged:
            assert client.get(f"/api/v1/records/{record}").status_code == 200
    again.send_signal(signal.SIGTERM)
    for _ in range(600):
        if again.poll() is not None:
            break
        time.sleep(0.1)
    with Ledger.open(place) as ledger:
        verdict = ledger.verify(dict(acknowledged.values()))
        assert verdict.holds, verdict.breaks
