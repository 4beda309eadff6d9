"""Positions of gates and pumps: orders, operating rules, starting and stopping levels."""

from __future__ import annotations

from tieline.kernels import kernel
from tieline.water.kernels.arrays import DEPTH, DIFFERENCE, ELAPSED, HOUR, Mesh, Now, Rules


@kernel
def settle_orders(rules: Rules, now: Now, at_s: float) -> None:
    """The order in force for each asset, NaN where there is none; `order_s` must rise."""
    for o in range(len(rules.order_s)):
        if rules.order_s[o] > at_s + 1e-6:
            return
        now.ordered[rules.order_asset[o]] = rules.order_setting[o]


@kernel
def _holds(mesh: Mesh, rules: Rules, now: Now, c: int, clock_h: float, elapsed_h: float) -> bool:
    """Whether condition c holds."""
    quantity = rules.quantity[c]
    if quantity == HOUR:
        found = clock_h % 24.0
    elif quantity == ELAPSED:
        found = elapsed_h
    else:
        found = now.level[rules.cell[c]]
        if quantity == DIFFERENCE:
            found -= now.level[rules.other[c]]
        elif quantity == DEPTH:
            found -= mesh.bottom[rules.cell[c]]
    holds: bool = found > rules.value[c] if rules.above[c] else found < rules.value[c]
    return holds


@kernel
def settle_rules(mesh: Mesh, rules: Rules, now: Now, clock_h: float, elapsed_h: float,
                 dt: float) -> None:
    """Move assets for `dt` seconds to where rules and orders want them.

    What no rule speaks of goes where it was going.
    """
    for r in range(len(rules.asset)):
        every = True
        for c in range(rules.ptr[r], rules.ptr[r + 1]):
            if not _holds(mesh, rules, now, c, clock_h, elapsed_h):
                every = False
                break
        value = rules.setting[r] if every else rules.otherwise[r]
        if value == value:
            now.aim[rules.asset[r]] = value
    for s in range(len(now.setting)):
        if now.ordered[s] == now.ordered[s]:
            now.aim[s] = now.ordered[s]
        way = now.aim[s] - now.setting[s]
        if rules.move_s[s] > dt:
            most = dt / rules.move_s[s]
            way = min(max(way, -most), most)
        now.setting[s] += way


@kernel
def pump_flow(mesh: Mesh, now: Now, rules: Rules, asset: int, f: int, setting: float) -> float:
    """Flow of a pump [m3/s]: on between its levels, by its curve if it has one."""
    p = asset - (len(now.setting) - len(rules.start))
    low, high = now.level[mesh.face_from[f]], now.level[mesh.face_to[f]]
    if low > rules.start[p]:
        now.running[p] = True
    elif low < rules.stop[p]:
        now.running[p] = False
    if not now.running[p] or low <= mesh.bottom[mesh.face_from[f]] + 0.01:
        return 0.0
    flow: float = mesh.coefficient[f]
    kind = rules.curve_kind[p]
    if kind > 0:
        first, end = rules.curve_ptr[p], rules.curve_ptr[p + 1]
        x = high - low if kind == 1 else low
        flow = rules.curve_y[first]
        for k in range(first, end - 1):
            if x > rules.curve_x[k]:
                part = (x - rules.curve_x[k]) / (rules.curve_x[k + 1] - rules.curve_x[k])
                step = rules.curve_y[k + 1] - rules.curve_y[k]
                flow = rules.curve_y[k] + min(part, 1.0) * step
    return setting * flow
