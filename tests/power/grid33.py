"""The 33-bus grid of the oracle folder: as a region folder, and as a mixed-integer programme."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Set
from heapq import heappop, heappush
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

ORACLE = Path(__file__).parents[1] / "oracles" / "case33bw"
KV = 12.66
V_MIN = 0.9


def rows(name: str) -> list[dict[str, str]]:
    with (ORACLE / f"case33bw_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


BUSES, LINES = rows("bus"), rows("branch")
P = np.array([float(b["p_kw"]) for b in BUSES]) / 1e3
Q = np.array([float(b["q_kvar"]) for b in BUSES]) / 1e3
ENDS = [(int(r["from"]) - 1, int(r["to"]) - 1) for r in LINES]
Z = [complex(float(r["r_ohm"]), float(r["x_ohm"])) / KV**2 for r in LINES]


def write(folder: Path) -> Path:
    """A region of one jurisdiction: switches at both ends of every line, remote, 1 min each."""
    power = folder / "power"
    power.mkdir(parents=True)
    (folder / "region.toml").write_text(
        'name = "33 buses"\nnetworks = ["power"]\n[[jurisdiction]]\nid = "a"\nname = "a"\n'
        f"[power]\nv_min_pu = {V_MIN}\nv_max_pu = 1.1\n", encoding="utf-8",
    )
    tables: dict[str, list[str]] = {
        "bus": ["id,jurisdiction,vn_kv", *(f"b{b['bus']},a,{KV}" for b in BUSES)],
        "source": ["id,bus", "g,b1"],
        "branch": ["id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,repair_h"],
        "switch": ["id,bus,element,kind,control,operate_min"],
        "load": ["id,bus,p_kw,q_kvar"],
    }
    for r in LINES:
        name = f"l{r['row']}"
        tables["branch"].append(
            f"{name},b{r['from']},b{r['to']},1,{r['r_ohm']},{r['x_ohm']},4"
        )
        kind = "load_break" if r["closed_initial"] == "1" else "tie"
        tables["switch"].append(f"{name}f,b{r['from']},{name},{kind},remote,1")
        tables["switch"].append(f"{name}t,b{r['to']},{name},load_break,remote,1")
    tables["load"] += [
        f"c{b['bus']},b{b['bus']},{b['p_kw']},{b['q_kvar']}" for b in BUSES if float(b["p_kw"])
    ]
    for name, lines in tables.items():
        (power / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


MINUTE = 1.0 / 60.0
REPAIR_H = 4.0
SOURCE_H = 2 * MINUTE
"""Every switch takes a minute: the fault is isolated, then the source closes on what is left."""


def least_hours(fault: int) -> tuple[float, set[int]]:
    """Least customer-hours of a linear DistFlow programme without line `fault`; lines it closes.

    Radial, all lines switchable, voltage at least V_MIN, no losses (Baran and Wu 1989); HiGHS. A
    bus is back with the one above it, a minute later where a tie between them must be closed, or
    when the line is repaired. What a tie feeds is out for another minute when it is handed back.
    These are the times of the engine, so that both mean the same by an hour.
    """
    n, m, big = len(BUSES), len(LINES), 10.0
    arc, p, q, v, t = n, n + 2 * m, n + 3 * m, n + 4 * m, 2 * n + 4 * m
    foreign = t + n
    size = foreign + n
    entries: list[tuple[dict[int, float], float, float]] = []
    for i in range(1, n):
        balance: tuple[dict[int, float], ...] = ({i: -P[i]}, {i: -Q[i]}, {i: -1.0})
        for k, (a, b) in enumerate(ENDS):
            if i in (a, b):
                sign = 1.0 if b == i else -1.0
                balance[0][p + k], balance[1][q + k] = sign, sign
                balance[2][arc + 2 * k + (0 if b == i else 1)] = 1.0
        entries += [(row, 0.0, 0.0) for row in balance]
        entries.append(({t + i: 1.0, i: REPAIR_H}, REPAIR_H, np.inf))
    for k, (a, b) in enumerate(ENDS):
        there, back = arc + 2 * k, arc + 2 * k + 1
        entries += [({x: 1.0, y: -1.0}, -np.inf, 0.0) for x in (there, back) for y in (a, b)]
        entries.append(({there: 1.0, back: 1.0}, 0.0, 0.0 if k == fault - 1 else 1.0))
        tie = 0.0 if LINES[k]["closed_initial"] == "1" else MINUTE
        for x, above, below in ((there, a, b), (back, b, a)):
            later = {t + below: 1.0, t + above: -1.0, x: -REPAIR_H - tie}
            entries.append((later, -REPAIR_H, np.inf))
            entries.append(({foreign + below: 1.0, foreign + above: -1.0, x: -1.0}, -1.0, np.inf))
            if tie:
                entries.append(({foreign + below: 1.0, x: -1.0}, 0.0, np.inf))
        for flow in (p + k, q + k):
            for sign in (1.0, -1.0):
                entries.append(({flow: sign, there: -big, back: -big}, -np.inf, 0.0))
        for sign in (1.0, -1.0):
            drop = {v + b: sign, v + a: -sign, p + k: 2 * sign * Z[k].real,
                    q + k: 2 * sign * Z[k].imag, there: 1.0, back: 1.0}
            entries.append((drop, -np.inf, 1.0))
    at = [(i, j, x) for i, (row, _, _) in enumerate(entries) for j, x in row.items()]
    matrix = csr_matrix(
        ([x for _, _, x in at], ([i for i, _, _ in at], [j for _, j, _ in at])),
        shape=(len(entries), size),
    )
    low, high = np.zeros(size), np.ones(size)
    low[p:v], high[p:v] = -big, big
    low[v:t], high[v:t] = V_MIN**2, 1.21
    low[t:foreign], high[t:foreign] = SOURCE_H, REPAIR_H
    low[v] = high[v] = low[0] = 1.0
    high[t] = SOURCE_H
    cost, whole = np.zeros(size), np.zeros(size)
    cost[t + 1 : foreign] = P[1:] > 0.0
    cost[foreign + 1 :] = MINUTE * (P[1:] > 0.0)
    cost[arc:p] = 1e-6
    whole[:p] = 1.0
    found = milp(
        cost, integrality=whole, bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, [x for _, x, _ in entries], [x for *_, x in entries]),
        options={"time_limit": 60.0, "mip_rel_gap": 1e-6},
    )
    used = np.where(np.arange(size) < t, 0.0, cost)
    return float(used @ found.x), {k // 2 for k in range(2 * m) if found.x[arc + k] > 0.5}


def tree(closed: Set[int]) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Buses fed from bus 1, nearest first, and the bus and line above each."""
    way: dict[int, tuple[int, int]] = {}
    order = [0]
    for a in order:
        for k in sorted(closed):
            if a in ENDS[k]:
                b = ENDS[k][0] + ENDS[k][1] - a
                if b not in way and b != 0:
                    way[b] = (a, k)
                    order.append(b)
    return order, way


def lowest_voltage(closed: Set[int]) -> float:
    """Lowest voltage [pu] of the AC flow with these lines closed, from bus 1."""
    order, way = tree(closed)
    volts = np.ones(len(BUSES), complex)
    for _ in range(100):
        current = np.conj((P + 1j * Q) / volts)
        for b in order[:0:-1]:
            current[way[b][0]] += current[b]
        for b in order[1:]:
            a, k = way[b]
            volts[b] = volts[a] - Z[k] * current[b]
    return float(np.abs(volts[order]).min())


OWN = frozenset(k for k, r in enumerate(LINES) if r["closed_initial"] == "1")
"""Lines closed in the normal state."""


def behind(closed: Set[int], lines: Set[int]) -> int:
    """Customers who are fed through one of these lines."""
    order, way = tree(closed)
    through = {0: False}
    for b in order[1:]:
        above, k = way[b]
        through[b] = through[above] or k in lines
    return sum(through[b] for b in order[1:] if P[b] > 0.0)


def way_back(closed: Set[int]) -> float:
    """Least customer-hours of handing back to the normal state, all lines sound; inf: no way.

    One line of the normal state closes after another, each a minute after the tie opened that it
    takes over from, which interrupts whom that tie fed. Every state on the way is radial, feeds
    whom the one before fed, and keeps the voltage in the AC flow. All orders are looked at
    (Dijkstra).
    """
    start = frozenset(closed)
    least = {start: 0.0}
    queue: list[tuple[float, list[int]]] = [(0.0, sorted(start))]
    while queue:
        minutes, lines = heappop(queue)
        state = frozenset(lines)
        if state == OWN:
            return minutes * MINUTE
        if minutes > least[state]:
            continue
        for then, cost in _handed_back(state):
            if minutes + cost < least.get(then, np.inf) and lowest_voltage(then) >= V_MIN:
                least[then] = minutes + cost
                heappush(queue, (minutes + cost, sorted(then)))
    return float(np.inf)


def _handed_back(state: frozenset[int]) -> Iterator[tuple[frozenset[int], int]]:
    """Radial states one closing nearer to the normal one, and the customers interrupted."""
    fed = set(tree(state)[0])
    for own in OWN - state:
        for tie in (None, *(state - OWN)):
            then = (state | {own}) - {tie}
            now = set(tree(then)[0])
            inside = sum(ENDS[k][0] in now for k in then)
            if now >= fed and inside == len(now) - 1:
                yield then, 0 if tie is None else behind(state, {tie})
