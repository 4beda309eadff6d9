"""Unsteady flow on a staggered network: semi-implicit, mass exact, any time step.

Levels and discharges of one step follow from one linear system for the levels (Casulli and
Cattani 1994: theta method, friction at the old discharge); volumes are then balanced by the very
discharges, so that no water is lost, and levels follow from volumes. The momentum equation is the
full Saint-Venant one in the form 2 v dA/dt + v^2 dA/dx, faded out towards critical flow (Rossman
2017, SWMM Reference Manual II, eq. 3-14 and 3-23), as the depth of a face fades from the mean of
its ends to the upper one.
"""

from __future__ import annotations

from tieline.kernels import kernel
from tieline.water.kernels.arrays import (
    GATE,
    REACH,
    Drive,
    Flags,
    Kept,
    Mesh,
    Now,
    Rules,
    Solver,
    Work,
)
from tieline.water.kernels.linear import solve
from tieline.water.kernels.rules import pump_flow, settle_orders, settle_rules

GRAVITY = 9.80665
DRY_M = 1e-4
"""Water shallower than this does not move."""
LEAST_HEAD_M = 1e-3
"""Below this difference a gate's flow is linear in it."""
LARGEST_CHANGE_M = 1.0
"""A step that changes a level by more is taken again in halves."""
FALL = 2.0 / 3.0
"""Depth of a free fall over the depth above it: critical flow in a rectangle."""
FINEST = 64
"""A step is divided into so many at most."""


@kernel
def place_levels(mesh: Mesh, now: Now) -> None:
    """Levels that belong to the volumes."""
    for i in range(len(now.volume)):
        level_of(mesh, now, i)


@kernel
def level_of(mesh: Mesh, now: Now, i: int) -> None:
    """Level of cell i from its volume; the table is searched from where it was last."""
    last = mesh.area.shape[1] - 1
    volume, k = now.volume[i], now.place[i]
    while k < last - 1 and volume > mesh.volume[i, k + 1]:
        k += 1
    while k > 0 and volume < mesh.volume[i, k]:
        k -= 1
    now.place[i] = k
    unit = mesh.depth[i] / (last * last)
    rest, low = volume - mesh.volume[i, k], mesh.area[i, k]
    if k == last - 1 and volume > mesh.volume[i, last]:
        now.level[i] = (
            mesh.bottom[i] + mesh.depth[i] + (volume - mesh.volume[i, last]) / mesh.area[i, last]
        )
        return
    rise = (mesh.area[i, k + 1] - low) / (unit * (2 * k + 1))
    root = max(low * low + 2.0 * rise * rest, 0.0) ** 0.5
    now.level[i] = mesh.bottom[i] + unit * k * k + 2.0 * rest / (low + root)


@kernel
def volume_at(mesh: Mesh, i: int, level: float) -> float:
    """Volume of cell i at a level."""
    last = mesh.area.shape[1] - 1
    above = max((level - mesh.bottom[i]) / mesh.depth[i], 0.0)
    whole: float = mesh.volume[i, last]
    if above >= 1.0:
        return whole + float((above - 1.0) * mesh.depth[i] * mesh.area[i, last])
    k = min(int(last * above**0.5), last - 1)
    unit = mesh.depth[i] / (last * last)
    step = unit * (2 * k + 1)
    part = (above * mesh.depth[i] - unit * k * k) / step
    low, high = mesh.area[i, k], mesh.area[i, k + 1]
    below: float = mesh.volume[i, k]
    return below + float(part * step * (low + 0.5 * part * (high - low)))


@kernel
def _surface(mesh: Mesh, now: Now, i: int) -> float:
    """Surface of cell i at its level."""
    last = mesh.area.shape[1] - 1
    k = now.place[i]
    unit = mesh.depth[i] / (last * last)
    part = (now.level[i] - mesh.bottom[i] - unit * k * k) / (unit * (2 * k + 1))
    found: float = mesh.area[i, k] + min(part, 1.0) * (mesh.area[i, k + 1] - mesh.area[i, k])
    return found


@kernel
def _reach_face(mesh: Mesh, now: Now, work: Work, f: int, dt: float, theta: float,
                pace: float) -> None:
    """Coefficients of a step of a reach: Q' = ahead + slope (da at from - da at to).

    `pace` is `dt` over the step before. Where the lower end falls free, water passes it at critical
    depth, two thirds of the upper: a mean with a dry end would hold it back and let it go in waves.
    """
    a, b = mesh.face_from[f], mesh.face_to[f]
    za, zb = mesh.bed_from[f], mesh.bed_to[f]
    ha, hb = now.level[a], now.level[b]
    da, db = max(ha - za, 0.0), max(hb - zb, 0.0)
    work.from_weight[f] = 1.0 if ha > za else 0.0
    work.to_weight[f] = 1.0 if hb > zb else 0.0
    drop = max(ha, za) - max(hb, zb)
    upper = da if drop > 0.0 else db
    lower = db if drop > 0.0 else da
    depth = 0.5 * (upper + max(lower, FALL * upper))
    before, flow = now.face_area[f], now.flow[f]
    fade = 1.0
    if 4.0 * flow * flow > GRAVITY * depth * before * before and before > 0.0 and depth > 0.0:
        froude = abs(flow) / before / (GRAVITY * depth) ** 0.5
        fade = max(2.0 * (1.0 - froude), 0.0)
    depth = min(upper + fade * (depth - upper), 2.0 * upper)
    if depth < DRY_M:
        work.slope[f] = work.ahead[f] = work.new_area[f] = 0.0
        return
    s = mesh.shape[f]
    last = mesh.shape_area.shape[1] - 1
    height = mesh.shape_depth[s]
    if depth >= height:
        width = mesh.shape_width[s, last]
        area = mesh.shape_area[s, last] + width * (depth - height)
        ease = mesh.shape_ease[s, last]
    else:
        k = min(int(mesh.shape_root[s] * depth**0.5), last - 1)
        unit = mesh.shape_unit[s]
        above = depth - unit * (k * k)
        part = above / (unit * (2 * k + 1))
        low = mesh.shape_width[s, k]
        width = low + part * (mesh.shape_width[s, k + 1] - low)
        area = mesh.shape_area[s, k] + 0.5 * above * (low + width)
        ease = mesh.shape_ease[s, k] + part * (mesh.shape_ease[s, k + 1] - mesh.shape_ease[s, k])
    speed = flow / area
    pull = GRAVITY * area * dt * mesh.per_length[f]
    inertia = dt * speed * speed * width * (db - da) * mesh.per_length[f]
    if before > 0.0:
        inertia += 2.0 * speed * (area - before) * pace
    inertia *= fade
    brake = ease / (ease + GRAVITY * dt * abs(speed))
    work.new_area[f] = area
    work.ahead[f] = brake * (flow + inertia + pull * drop)
    work.slope[f] = theta * pull * brake
    if fade == 0.0 and (za - zb) * drop > 0.0:
        normal = area * (ease * abs(za - zb) * mesh.per_length[f]) ** 0.5
        if abs(work.ahead[f]) > normal:
            work.ahead[f] = normal if drop > 0.0 else -normal
            work.slope[f] = 0.0


@kernel
def _gate_face(mesh: Mesh, now: Now, work: Work, f: int, setting: float) -> None:
    """Coefficients of a gate or weir: energy over a sill, drowned or free, under a leaf or not.

    With h the upper and h2 the lower depth over the sill, e the opening: the jet is
    y = max(h2, 2 h / 3) deep, or e under the leaf, and Q = C B y sqrt(2 g (h - max(h2, y))).
    """
    sill = mesh.bed_from[f]
    ha, hb = now.level[mesh.face_from[f]] - sill, now.level[mesh.face_to[f]] - sill
    sign = 1.0 if ha >= hb else -1.0
    upper, lower = max(ha, hb), max(min(ha, hb), 0.0)
    work.slope[f] = work.ahead[f] = work.from_weight[f] = work.to_weight[f] = 0.0
    if upper < DRY_M or setting <= 0.0 or (sign < 0.0 and mesh.one_way[f]):
        return
    opening = 1e9 if mesh.weir[f] else setting * mesh.height[f]
    full = mesh.coefficient[f] * mesh.width[f] * (setting if mesh.weir[f] else 1.0)
    jet = min(opening, max(lower, 2.0 / 3.0 * upper))
    head = upper - max(lower, jet)
    if lower >= jet:
        drowned = full * jet * (2.0 * GRAVITY) ** 0.5 / max(upper - lower, LEAST_HEAD_M) ** 0.5
        work.ahead[f] = drowned * (ha - hb)
        work.slope[f] = drowned
        work.from_weight[f] = work.to_weight[f] = 1.0
        return
    flow = full * jet * (2.0 * GRAVITY * head) ** 0.5
    work.ahead[f] = sign * flow
    work.slope[f] = 1.5 * flow / upper
    if sign > 0.0:
        work.from_weight[f] = 1.0
    else:
        work.to_weight[f] = 1.0


@kernel
def _faces(mesh: Mesh, now: Now, work: Work, rules: Rules, exists: Flags, dt: float,
           theta: float) -> None:
    """Coefficients of every face; `share` is the weight of the new discharge in the step."""
    n_gates = 0
    pace = dt / now.last_dt[0]
    for f in range(len(mesh.face_from)):
        kind = mesh.kind[f]
        if kind == REACH:
            if exists[f]:
                _reach_face(mesh, now, work, f, dt, theta, pace)
            else:
                work.slope[f] = work.ahead[f] = work.new_area[f] = 0.0
                work.from_weight[f] = work.to_weight[f] = 0.0
            work.share[f] = theta
        else:
            asset = n_gates
            n_gates += 1
            setting = now.setting[asset] if exists[f] else 0.0
            work.share[f] = 1.0
            if kind == GATE:
                _gate_face(mesh, now, work, f, setting)
            else:
                work.slope[f] = work.from_weight[f] = work.to_weight[f] = 0.0
                work.ahead[f] = pump_flow(mesh, now, rules, asset, f, setting)


@kernel
def _assemble(mesh: Mesh, solver: Solver, now: Now, work: Work, dt: float) -> None:
    """Matrix and right-hand side of the changes of level."""
    unknown = solver.unknown
    for k in range(len(work.matrix)):
        work.matrix[k] = 0.0
    for i in range(len(unknown)):
        k = unknown[i]
        if k >= 0:
            work.matrix[k] = work.surface[i]
            work.solution[k] = work.gain[i]
    for f in range(len(mesh.face_from)):
        a, b = mesh.face_from[f], mesh.face_to[f]
        i, j = unknown[a], unknown[b]
        share = work.share[f]
        moved = dt * (share * work.ahead[f] + (1.0 - share) * now.flow[f])
        stiff = dt * share * work.slope[f]
        on_a, on_b = stiff * work.from_weight[f], stiff * work.to_weight[f]
        if i >= 0:
            work.solution[i] -= moved
            work.matrix[i] += on_a
            if j < 0:
                work.solution[i] += on_b * work.change[b]
        if j >= 0:
            work.solution[j] += moved
            work.matrix[j] += on_b
            if i < 0:
                work.solution[j] += on_a * work.change[a]
        if i >= 0 and j >= 0 and on_a > 0.0 and on_b > 0.0:
            work.matrix[solver.entry[f]] -= stiff


@kernel
def _balance(mesh: Mesh, solver: Solver, drive: Drive, now: Now, work: Work, dt: float) -> bool:
    """New volumes from the discharges of the new levels; False if any falls below zero."""
    for i in range(len(now.volume)):
        work.new_volume[i] = now.volume[i]
    for f in range(len(mesh.face_from)):
        a, b = mesh.face_from[f], mesh.face_to[f]
        flow = work.ahead[f] + work.slope[f] * (
            work.from_weight[f] * work.change[a] - work.to_weight[f] * work.change[b]
        )
        if mesh.one_way[f] and flow < 0.0:
            flow = 0.0
        share = work.share[f]
        moved = dt * (share * flow + (1.0 - share) * now.flow[f])
        work.ahead[f] = flow
        work.moved[f] = moved
        work.new_volume[a] -= moved
        work.new_volume[b] += moved
    for e in range(len(drive.external_cell)):
        work.new_volume[drive.external_cell[e]] += work.drawn[e]
    for i in range(len(now.volume)):
        if work.new_volume[i] < 0.0 and solver.unknown[i] >= 0:
            return False
    return True


@kernel
def _limit(mesh: Mesh, solver: Solver, drive: Drive, work: Work) -> None:
    """Hold back what leaves cells that would fall below zero, until none does."""
    for _ in range(10 * len(work.new_volume)):
        calm = True
        for i in range(len(work.new_volume)):
            lacking = -work.new_volume[i]
            if lacking <= 0.0 or solver.unknown[i] < 0:
                continue
            calm = False
            leaving = 0.0
            for p in range(solver.cell_ptr[i], solver.cell_ptr[i + 1]):
                f = solver.cell_face[p]
                out = work.moved[f] if mesh.face_from[f] == i else -work.moved[f]
                leaving += max(out, 0.0)
            for e in range(len(drive.external_cell)):
                if drive.external_cell[e] == i:
                    leaving += max(-work.drawn[e], 0.0)
            keep = max(1.0 - lacking * (1.0 + 1e-12) / leaving, 0.0) if leaving > 0.0 else 0.0
            for p in range(solver.cell_ptr[i], solver.cell_ptr[i + 1]):
                f = solver.cell_face[p]
                away = mesh.face_to[f] if mesh.face_from[f] == i else mesh.face_from[f]
                out = work.moved[f] if mesh.face_from[f] == i else -work.moved[f]
                if out > 0.0:
                    back = out * (1.0 - keep)
                    work.moved[f] *= keep
                    work.ahead[f] *= keep
                    work.new_volume[i] += back
                    work.new_volume[away] -= back
            for e in range(len(drive.external_cell)):
                if drive.external_cell[e] == i and work.drawn[e] < 0.0:
                    work.new_volume[i] -= work.drawn[e] * (1.0 - keep)
                    work.drawn[e] *= keep
            if work.new_volume[i] < 0.0 and leaving <= 0.0:
                work.new_volume[i] = 0.0
        if calm:
            return


@kernel
def _advance(mesh: Mesh, solver: Solver, drive: Drive, rules: Rules, now: Now, work: Work,
             n: int, begin: float, dt: float, whole: float, theta: float, last: bool) -> bool:
    """One step of `dt` seconds, `begin` seconds into step n; False if a finer one is needed."""
    after = min((begin + dt) / whole, 1.0)
    for i in range(len(now.level)):
        work.surface[i] = _surface(mesh, now, i)
        work.gain[i] = 0.0
        work.change[i] = 0.0
    for o in range(len(drive.level_cell)):
        value = drive.levels[n, o] + after * (drive.levels[n + 1, o] - drive.levels[n, o])
        work.change[drive.level_cell[o]] = value - now.level[drive.level_cell[o]]
    for e in range(len(drive.external_cell)):
        work.drawn[e] = drive.external[n, e] * dt
        work.gain[drive.external_cell[e]] += work.drawn[e]
    _faces(mesh, now, work, rules, drive.exists, dt, theta)
    _assemble(mesh, solver, now, work, dt)
    solve(solver, work.matrix, work.solution, work.scratch)
    large = False
    for i in range(len(now.level)):
        k = solver.unknown[i]
        if k >= 0:
            work.change[i] = work.solution[k]
            if abs(work.change[i]) > LARGEST_CHANGE_M:
                large = True
    sound = _balance(mesh, solver, drive, now, work, dt)
    if (large or not sound) and not last:
        return False
    if not sound:
        _limit(mesh, solver, drive, work)
    return True


@kernel
def _accept(mesh: Mesh, solver: Solver, now: Now, work: Work, dt: float) -> None:
    """Make the new state the present one."""
    for i in range(len(now.volume)):
        if solver.unknown[i] >= 0:
            now.volume[i] = work.new_volume[i]
            level_of(mesh, now, i)
        else:
            now.level[i] += work.change[i]
            now.volume[i] = volume_at(mesh, i, now.level[i])
    for f in range(len(now.flow)):
        now.flow[f] = work.ahead[f]
        now.face_area[f] = work.new_area[f]
    now.last_dt[0] = dt


@kernel
def run(mesh: Mesh, solver: Solver, drive: Drive, rules: Rules, now: Now, work: Work, kept: Kept,
        dt: float, theta: float, first: int, per_record: int) -> None:
    """Steps of `dt` seconds from step `first` on, so many as fill the records."""
    n_records = len(kept.through)
    n_faces, n_external = len(mesh.face_from), len(drive.external_cell)
    n = first
    for r in range(n_records):
        for _ in range(per_record):
            elapsed = n * dt
            settle_orders(rules, now, drive.start_h * 3600.0 + elapsed)
            settle_rules(
                mesh, rules, now, drive.start_h + elapsed / 3600.0, elapsed / 3600.0, dt
            )
            begin, part = 0.0, dt
            while begin < dt * (1.0 - 1e-9):
                part = min(part, dt - begin)
                finest = part <= dt / FINEST * (1.0 + 1e-9)
                if not _advance(mesh, solver, drive, rules, now, work, n, begin, part, dt, theta,
                                finest):
                    part *= 0.5
                    kept.halved[0] += 1
                    continue
                for f in range(n_faces):
                    kept.through[r, f] += work.moved[f]
                for e in range(n_external):
                    kept.external[r, e] += work.drawn[e]
                _accept(mesh, solver, now, work, part)
                begin += part
            n += 1
        for i in range(len(now.level)):
            kept.level[r + 1, i] = now.level[i]
            kept.volume[r + 1, i] = now.volume[i]
        for s in range(len(now.setting)):
            kept.setting[r, s] = now.setting[s]
