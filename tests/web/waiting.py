"""Waiting for jobs: tests ask for the end of one, however slow the machine is."""

import re
import time

WAIT_S = 900


def waited(client, answer):
    """The answer of the API once its job is over."""
    end = time.monotonic() + WAIT_S
    while answer.status_code == 202 and time.monotonic() < end:
        time.sleep(0.05)
        answer = client.get(answer.json()["result"])
    return answer


def settled(client, address):
    """The page once its job is over."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        page = client.get(address)
        job = re.search(r'data-job="(\w+)"', page.text)
        if job is None:
            return page
        client.get(f"/api/v1/jobs/{job[1]}")
        time.sleep(0.05)
    raise AssertionError(address)
