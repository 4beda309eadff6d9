"""How quickly the pages answer: `python -m bench.web [FOLDER]`, on a quiet machine.

A server in its own process on the loopback interface; the demonstration unless a folder is given.
Goals: first page 1.5 s, flip to answer p95 300 ms, 50 readers at once p95 500 ms on two cores.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LEDGER_PAGES = ("/projects", "/projects?by=category&page=2", "/projects/tie-qingpu-wujiang",
                "/projects/gantt", "/projects/map", "/joint-work", "/supervision",
                "/api/v1/records?limit=50", "/feeds/changes.atom")
"""What readers of the library look at."""
N_FLIPS, N_READERS, EACH = 200, 50, 6
THINKING_S = 0.5


def get(address: str) -> tuple[float, str]:
    began = time.perf_counter()
    with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310 - our own server
        text = answer.read().decode()
    return time.perf_counter() - began, text


def quantiles(times: list[float]) -> str:
    ordered = sorted(times)
    p50, p95 = (ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.5, 0.95))
    return f"median {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms, worst {ordered[-1] * 1e3:.0f} ms"


def memory_mb(pid: int) -> list[int]:
    """Resident megabytes of the server and of its workers."""
    pids = [pid, *(int(p) for p in subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False  # noqa: S607 - of the system
    ).stdout.split())]
    found = []
    for p in pids:
        status = Path(f"/proc/{p}/status")
        if status.is_file():
            match = re.search(r"VmRSS:\s+(\d+)", status.read_text())
            found.append(int(match[1]) // 1024 if match else 0)
    return found


def choices(record: dict) -> list[str]:
    """Addresses of every set of borders and projects."""
    links = [":".join(x) for n in record["networks"] for x in n["links"]]
    projects = [p for n in record["networks"] for p in n["projects"]]
    every = [("open", x) for x in links] + [("built", p) for p in projects]
    return ["set=1" + "".join(f"&{k}={v}" for (k, v), on in zip(every, mask, strict=True) if on)
            for mask in itertools.product((True, False), repeat=min(len(every), 10))]


def walk(every: list[str], n: int) -> list[str]:
    """A visitor who flips one thing after the other."""
    chance = random.Random(1)  # noqa: S311 - a seeded walk
    width = (len(every) - 1).bit_length()
    at, path = 0, []
    for _ in range(n):
        at ^= 1 << chance.randrange(width)
        path.append(every[at])
    return path


def main() -> None:
    folder = sys.argv[1:2]
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "tieline", "serve", *folder, "--no-open", "--lang", "en"],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        base = next(iter(server.stdout or ())).split()[0].rstrip("/")
        print(f"ready after {time.perf_counter() - began:.1f} s")
        print(f"first page {get(base)[0] * 1e3:.0f} ms")
        every = choices(json.loads(get(f"{base}/api/v1/region")[1]))
        times = []
        for query in walk(every, N_FLIPS):
            times.append(get(f"{base}/region/answer?{query}")[0])
            time.sleep(THINKING_S)
        print(f"flip to answer, {N_FLIPS} flips with {THINKING_S} s between: {quantiles(times)}")
        fresh = [get(f"{base}/region/answer?{q}&scenario=summer_peak")[0] for q in every[:40]]
        print(f"cases never asked, one after the other at once: {quantiles(fresh)}")
        chance = random.Random(2)  # noqa: S311 - a seeded order
        asked = [f"{base}/?{chance.choice(every)}" for _ in range(N_READERS * EACH)]
        with ThreadPoolExecutor(N_READERS) as pool:
            times = [t for t, _ in pool.map(get, asked)]
        print(f"{N_READERS} readers at once, whole pages: {quantiles(times)}")
        asked = [base + chance.choice(LEDGER_PAGES) for _ in range(N_READERS * EACH)]
        with ThreadPoolExecutor(N_READERS) as pool:
            times = [t for t, _ in pool.map(get, asked)]
        print(f"{N_READERS} readers at once, pages of the ledger: {quantiles(times)}")
        print(f"memory: {memory_mb(server.pid)} MB (server, workers)")
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
