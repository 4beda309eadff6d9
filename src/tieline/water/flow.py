"""Levels, discharges and volumes over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tieline.errors import CaseError
from tieline.water.drive import External, Order, make_drive, make_rules, season_value
from tieline.water.elimination import make_solver
from tieline.water.kernels.arrays import Kept, Now, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tieline.water.grid import Grid
    from tieline.water.kernels.arrays import Drive, Mesh, Rules, Solver
    from tieline.water.network import Mask, WaterNetwork

    Floats = NDArray[np.float64]

__all__ = ["Flow", "Order", "State", "simulate"]


@dataclass(frozen=True)
class State:
    """The water at one moment: what a run can begin from.

    `level_m`, `volume_m3` (n_cells,), `flow_m3s` (n_faces,), `setting` and `aim` (gates, then
    pumps), where they stand and go, `running` (n_pumps,); `area_m2` (n_faces,) and `last_s` are
    of the last step, so that a run goes on as if it had not stopped.
    """

    level_m: Floats
    volume_m3: Floats
    flow_m3s: Floats
    setting: Floats
    aim: Floats
    running: NDArray[np.bool_]
    area_m2: Floats
    last_s: Floats


@dataclass(frozen=True, repr=False)
class Flow:
    """A run: records every `step_s` seconds, and what passed between them.

    `times_h` (n_records + 1,); `level_m`, `volume_m3` (n_records + 1, n_cells); `through_m3`
    (n_records, n_faces) signed; `external_m3` (n_records, n_external), what entered at
    `external.cell`; `setting` (n_records, gates then pumps). The change of a cell's volume is the
    sum of what passed its faces and entered it, to rounding; cells in `outside` are held at given
    levels and are not balanced. `substeps` counts steps that had to be divided.
    """

    grid: Grid
    step_s: float
    times_h: Floats
    level_m: Floats
    volume_m3: Floats
    through_m3: Floats
    external_m3: Floats
    external: External
    setting: Floats
    outside: NDArray[np.int64]
    final: State
    season: int = -1
    decay_factor: float = 1.0
    load_factor: float = 1.0
    wind_m_s: float = 0.0
    wind_from_deg: float = 0.0
    substeps: int = 0

    def __repr__(self) -> str:
        days = (self.times_h[-1] - self.times_h[0]) / 24.0
        return f"Flow({days:g} days, {len(self.through_m3)} records, {self.grid!r})"

    @property
    def n_records(self) -> int:
        """Number of steps between records."""
        return len(self.through_m3)

    @property
    def flow_m3s(self) -> Floats:
        """Mean discharge between records (n_records, n_faces)."""
        return np.asarray(self.through_m3 / self.step_s)

    @property
    def over_top(self) -> NDArray[np.int64]:
        """Cells whose level passed their banks: there water is kept as if between walls."""
        return np.flatnonzero(self.level_m.max(axis=0) > self.grid.top_m)

    @cached_property
    def mass_error(self) -> float:
        """Largest imbalance of a cell over the run, relative to what passed and what it held."""
        grid = self.grid
        net = np.zeros((self.n_records, grid.n_cells))
        gross = np.zeros(grid.n_cells)
        for sign, cells in ((-1.0, grid.face_from), (1.0, grid.face_to)):
            np.add.at(net.T, cells, sign * self.through_m3.T)
            np.add.at(gross, cells, np.abs(self.through_m3).sum(axis=0))
        np.add.at(net.T, self.external.cell, self.external_m3.T)
        np.add.at(gross, self.external.cell, np.abs(self.external_m3).sum(axis=0))
        change = self.volume_m3[-1] - self.volume_m3[0]
        most = np.maximum(gross + self.volume_m3.max(axis=0), 1e-9)
        error = np.abs(change - net.sum(axis=0)) / most
        error[self.outside] = 0.0
        return float(error.max(initial=0.0))

    def window(self, first: int, end: int) -> Flow:
        """Records `first` .. `end` of the run."""
        return replace(
            self, times_h=self.times_h[first:end + 1], level_m=self.level_m[first:end + 1],
            volume_m3=self.volume_m3[first:end + 1], through_m3=self.through_m3[first:end],
            external_m3=self.external_m3[first:end], setting=self.setting[first:end],
        )


def simulate(  # noqa: PLR0913 - options, keyword-only, named where they are used
    network: WaterNetwork, *, season: int = -1, built: Mask | None = None,
    days: float | None = None, warmup_days: float | None = None, dt_s: float | None = None,
    record_s: float | None = None, start: State | None = None, start_h: float = 0.0,
    orders: Sequence[Order] = (), theta: float | None = None,
) -> Flow:
    """The flow over some days.

    Parameters
    ----------
    season
        Row of table `season`; -1 = boundaries as they stand.
    built
        Mask over the projects (rule 2); default: all. What does not exist is closed.
    days, warmup_days, dt_s, record_s, theta
        As in the settings, which they replace. The warm-up runs before `start_h` and is not kept;
        a run that begins from a `start` has none unless asked for.
    start
        State to begin from; default: the levels of the tables, at rest.
    start_h
        Hours at which the run begins (after the warm-up).
    orders
        Settings of gates and pumps over time; hours on the same clock.

    Raises
    ------
    CaseError
        `record_s` is not a multiple of `dt_s`, or a time step is not above zero.
    """
    prepared = Prepared(
        network, season=season, built=built, days=days, warmup_days=warmup_days, dt_s=dt_s,
        record_s=record_s, start=start, start_h=start_h, theta=theta,
    )
    run = prepared.run(orders)
    if prepared.warm:
        run.steps(prepared.warm, prepared, -prepared.warm)
    kept = run.steps(prepared.n, prepared, 0)
    return prepared.flow(run, kept)


class Prepared:
    """A run before it begins: its clock and what moves the water. Options as in `simulate`.

    `n` records are kept after `warm` of the warm-up; `per` steps of `dt` seconds make a record.
    """

    def __init__(  # noqa: PLR0913 - the options of `simulate`
        self, network: WaterNetwork, *, season: int = -1, built: Mask | None = None,
        days: float | None = None, warmup_days: float | None = None, dt_s: float | None = None,
        record_s: float | None = None, start: State | None = None, start_h: float = 0.0,
        theta: float | None = None,
    ) -> None:
        s = network.settings
        self.network, self.season, self.start = network, season, start
        self.dt = float(s.dt_s if dt_s is None else dt_s)
        self.record = float(s.record_s if record_s is None else record_s)
        self.theta = float(s.theta if theta is None else theta)
        self.per = round(self.record / self.dt) if self.dt > 0.0 else 0
        if self.per < 1 or abs(self.per * self.dt - self.record) > 1e-6 * self.record:
            problem = f"record_s must be a multiple of dt_s = {self.dt:g} [s], "
            problem += f"found {self.record:g}"
            raise CaseError(problem)
        usual = s.warmup_days if start is None else 0.0
        warm_days = usual if warmup_days is None else warmup_days
        self.warm = round(warm_days * 86400.0 / self.record)
        self.n = max(round((s.days if days is None else days) * 86400.0 / self.record), 1)
        self.mask = np.ones(len(network.projects), bool) if built is None else built
        steps = np.arange((self.n + self.warm) * self.per + 1.0) - self.warm * self.per
        self.hours: Floats = start_h + steps * self.dt / 3600.0
        self.drive, self.external = make_drive(network, self.mask, self.hours, season)

    def run(self, orders: Sequence[Order]) -> Run:
        """The run with orders, at its beginning."""
        rules = make_rules(self.network, self.mask, orders)
        return Run(self.network, self.drive, rules, self.start)

    def flow(self, run: Run, kept: Kept) -> Flow:
        """What was kept of a run that came to its end."""
        network, season = self.network, self.season
        return Flow(
            network.grid, self.record, self.hours[self.warm * self.per::self.per], kept.level,
            kept.volume, kept.through, kept.external, self.external, kept.setting,
            self.drive.level_cell, run.state(), season,
            decay_factor=season_value(network, season, "decay_factor"),
            load_factor=season_value(network, season, "load_factor"),
            wind_m_s=season_value(network, season, "wind_m_s"),
            wind_from_deg=season_value(network, season, "wind_from_deg"),
            substeps=int(kept.halved[0]),
        )


class Run:
    """The arrays of a run: made once, stepped by the kernel."""

    def __init__(
        self, network: WaterNetwork, drive: Drive, rules: Rules, start: State | None
    ) -> None:
        self.drive, self.rules = drive, rules
        self.mesh: Mesh = network.grid.mesh
        self.solver = _solver(network, drive)
        self.now = self._begin(network, start)
        n_cells, n_faces = len(self.mesh.bottom), len(self.mesh.face_from)
        n_matrix = len(self.solver.ptr) - 1 + len(self.solver.row)
        sizes = [n_faces] * 6 + [n_cells] * 2 + [
            n_matrix, n_cells, 3 * n_cells, n_cells, n_faces, len(drive.external_cell), n_cells,
        ]
        self.work = Work(*(np.zeros(size) for size in sizes))

    def _begin(self, network: WaterNetwork, start: State | None) -> Now:
        from tieline.water.kernels.flow import place_levels, volume_at

        mesh, n_faces = self.mesh, len(self.mesh.face_from)
        pumps = len(network.pumps)
        if start is None:
            level = first_levels(network)
            level[self.drive.level_cell] = self.drive.levels[0]
            volume = np.array([volume_at(mesh, i, level[i]) for i in range(len(level))])
            flow, setting = np.zeros(n_faces), self.rules.usual.copy()
            aim, running = setting.copy(), np.zeros(pumps, bool)
            area, last = np.zeros(n_faces), np.ones(1)
        else:
            level, volume = start.level_m.copy(), start.volume_m3.copy()
            flow, setting = start.flow_m3s.copy(), start.setting.copy()
            aim, running = start.aim.copy(), start.running.copy()
            area, last = start.area_m2.copy(), start.last_s.copy()
        now = Now(
            level, volume, flow, area, setting, aim, running,
            np.full(len(setting), np.nan), np.zeros(len(level), np.int64), last,
        )
        place_levels(mesh, now)
        now.level[self.drive.level_cell] = level[self.drive.level_cell]
        return now

    def steps(self, n: int, prepared: Prepared, first: int) -> Kept:
        """The next `n` records, of which the first is record `first` after the warm-up."""
        from tieline.water.kernels.flow import run

        n_cells, n_faces = len(self.mesh.bottom), len(self.mesh.face_from)
        kept = Kept(
            np.empty((n + 1, n_cells)), np.empty((n + 1, n_cells)), np.zeros((n, n_faces)),
            np.zeros((n, len(self.drive.external_cell))), np.empty((n, len(self.now.setting))),
            np.zeros(1, np.int64),
        )
        kept.level[0], kept.volume[0] = self.now.level, self.now.volume
        run(self.mesh, self.solver, self.drive, self.rules, self.now, self.work, kept, prepared.dt,
            prepared.theta, (prepared.warm + first) * prepared.per, prepared.per)
        return kept

    def state(self) -> State:
        now = self.now
        return State(
            now.level.copy(), now.volume.copy(), now.flow.copy(), now.setting.copy(),
            now.aim.copy(), now.running.copy(), now.face_area.copy(), now.last_dt.copy(),
        )


def first_levels(network: WaterNetwork) -> Floats:
    """Levels at the start: the nodes', along reaches between them, never below the bed."""
    grid, nodes = network.grid, network.nodes
    level = np.full(grid.n_cells, network.settings.level_m)
    own = nodes["level_m"]
    level[: len(nodes)] = np.where(np.isnan(own), network.settings.level_m, own)
    for r in range(len(network.reaches)):
        cells = grid.reach_cells(r)
        level[cells[1:-1]] = np.linspace(level[cells[0]], level[cells[-1]], len(cells))[1:-1]
    return np.asarray(np.maximum(level, grid.mesh.bottom))


def _solver(network: WaterNetwork, drive: Drive) -> Solver:
    """The order of elimination, kept with the grid for each set of outside cells."""
    known = network.grid.solvers
    key = tuple(sorted(drive.level_cell.tolist()))
    if key not in known:
        known[key] = make_solver(network.grid.mesh, drive.level_cell)
    return known[key]
