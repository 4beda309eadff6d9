"""The 33-bus grid of the oracle folder: as a region folder, and as a mixed-integer programme."""

from __future__ import annotations

import csv
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
    when the line is repaired. Handing back costs nothing: the own way closes before the tie opens.
    These are the times of the engine, so that both mean the same by an hour.
    """
    n, m, big = len(BUSES), len(LINES), 10.0
    arc, p, q, v, t = n, n + 2 * m, n + 3 * m, n + 4 * m, 2 * n + 4 * m
    size = t + n
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
    low[t:], high[t:] = SOURCE_H, REPAIR_H
    low[v] = high[v] = low[0] = 1.0
    high[t] = SOURCE_H
    cost, whole = np.zeros(size), np.zeros(size)
    cost[t + 1 :] = P[1:] > 0.0
    cost[arc:p] = 1e-6
    whole[:p] = 1.0
    found = milp(
        cost, integrality=whole, bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, [x for _, x, _ in entries], [x for *_, x in entries]),
        options={"time_limit": 60.0, "mip_rel_gap": 1e-6},
    )
    used = np.where(np.arange(size) < t, 0.0, cost)
    return float(used @ found.x), {k // 2 for k in range(2 * m) if found.x[arc + k] > 0.5}


def lowest_voltage(closed: set[int]) -> float:
    """Lowest voltage [pu] of the AC flow with these lines closed, from bus 1."""
    way: dict[int, tuple[int, int]] = {}
    order = [0]
    for a in order:
        for k in closed:
            if a in ENDS[k]:
                b = ENDS[k][0] + ENDS[k][1] - a
                if b not in way and b != 0:
                    way[b] = (a, k)
                    order.append(b)
    volts = np.ones(len(BUSES), complex)
    for _ in range(100):
        current = np.conj((P + 1j * Q) / volts)
        for b in order[:0:-1]:
            current[way[b][0]] += current[b]
        for b in order[1:]:
            a, k = way[b]
            volts[b] = volts[a] - Z[k] * current[b]
    return float(np.abs(volts[order]).min())


def meshed(closed: set[int]) -> tuple[int, float]:
    """Buses fed from bus 1 and their lowest voltage [pu] with these lines closed, loops or not."""
    y = np.zeros((len(BUSES), len(BUSES)), complex)
    for k in closed:
        (a, b), each = ENDS[k], 1.0 / Z[k]
        y[a, a], y[b, b] = y[a, a] + each, y[b, b] + each
        y[a, b], y[b, a] = y[a, b] - each, y[b, a] - each
    fed = {0}
    while more := {b for a in fed for b in np.flatnonzero(y[a]).tolist()} - fed:
        fed |= more
    at = np.array(sorted(fed - {0}))
    inverse = np.linalg.inv(y[np.ix_(at, at)])
    volts = np.ones(len(at), complex)
    for _ in range(200):
        volts = inverse @ (-np.conj((P[at] + 1j * Q[at]) / volts) - y[at, 0])
    return len(fed), float(np.abs(volts).min())


def can_go_home(closed: set[int], loops: int) -> bool:
    """Whether line by line, nobody dark, the grid gets from a state to that before every fault.

    All orders are tried, with so many loops closed at once, each state at V_MIN or more.
    """
    home = frozenset(k for k, r in enumerate(LINES) if r["closed_initial"] == "1")
    first = frozenset(closed)
    seen, queue = {first}, [(first, meshed(closed)[0])]
    for state, n in queue:
        for k in first ^ home:
            then = state ^ {k}
            if then in seen:
                continue
            fed, lowest = meshed(set(then))
            if fed >= n and len(then) - fed < loops and lowest >= V_MIN:
                seen.add(then)
                queue.append((then, fed))
    return home in seen
