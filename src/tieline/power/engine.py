"""The power engine: reads native tables, evaluates cases by the fault sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tieline.power.measures import HOURS_PER_YEAR, MEASURES
from tieline.power.network import TOPIC, PowerNetwork
from tieline.power.read import read_network
from tieline.region.model import Case, FloatArray, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from tieline.power.respond.state import State
    from tieline.power.storm import Storm
    from tieline.power.sweep import Sweeper, Swept
    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.model import Incident, Plan
    from tieline.region.tables import Table

MOST_STAGES = 64
"""Grids (projects and scenarios) that a warm engine remembers at once."""


class PowerEngine:
    """Medium-voltage grids: customer-hours and energy lost to faults, apart and together."""

    name = "power"
    version = "1"
    topics = (TOPIC,)
    measures = MEASURES

    def read(self, folder: RegionFolder, issues: Issues) -> PowerNetwork | None:
        """Read power/ of a region folder; every problem goes to `issues`.

        The grid must be radial, fed and solvable with the projects of the study date, with none
        and with all of them; limits already passed in these states are noted.
        """
        before = len(issues.errors)
        network = read_network(folder, issues)
        if network is None:
            return None
        from tieline.power.check import check_states
        from tieline.power.incidents import check_assets

        check_states(network, folder.region, issues)
        check_assets(network, folder, issues)
        return network if len(issues.errors) == before else None

    def evaluate(
        self, network: PowerNetwork, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        """Yield one outcome per case, in order.

        CaseError if a case's projects leave a grid that is not radial or not fed, or a case is of
        a scenario that the region does not have.
        """
        for case in cases:
            network.scenario(case)
        relevant = network.relevant
        for swept in self._sweeper(network).run([relevant.restrict(c) for c in cases]):
            yield _outcome(swept, detail)

    def warm(self, network: PowerNetwork) -> PowerEngine:
        """An engine for one network, quick where many cases are asked for one by one.

        What it gives is the same to the bit; it remembers parts of the grid between calls.
        """
        return _Warm(network)

    def _sweeper(self, network: PowerNetwork) -> Sweeper:
        from tieline.power.sweep import Sweeper

        return Sweeper(network)

    def storm(  # noqa: PLR0913 - options are keyword-only
        self, network: PowerNetwork, cases: Sequence[Case], gust_m_s: float, *, seed: int,
        start: datetime, most_work: float | None = None, most_tries: int | None = None,
    ) -> Storm:
        """A storm whose samples tell what it costs: waiting, then each case.

        `most_work` and `most_tries` limit the search of each sample, None as usual: flows of a
        coupled part by the entries they visit, and orders of jobs. The gap left is the outcome's.
        """
        from tieline.power.storm import Storm

        relevant = network.relevant
        given = {"most_work": most_work, "most_tries": most_tries}
        return Storm(
            network, tuple(relevant.restrict(c) for c in cases), gust_m_s, seed, start,
            **{k: v for k, v in given.items() if v is not None},  # type: ignore[arg-type]
        )

    def picture(self, network: PowerNetwork, case: Case) -> Mapping[str, Table]:
        """What a drawing of the grid needs: buses, branches, switches, sources and their zones."""
        from tieline.power.picture import picture

        return picture(network, case)

    def respond(
        self, network: PowerNetwork, case: Case, incident: Incident, *,
        state: State | None = None,
    ) -> Plan:
        """The best joint plan for an incident, every step checked; see `tieline.power.respond`.

        CaseError if the incident cannot be laid over the grid of this case.
        """
        from tieline.power.respond.plan import respond

        return respond(network, network.relevant.restrict(case), incident, state=state)


class _Warm(PowerEngine):
    """The engine with the sweeper of one network, renewed before it remembers too much."""

    def __init__(self, network: PowerNetwork) -> None:
        self._network = network
        self._kept: Sweeper | None = None

    def warm(self, network: PowerNetwork) -> PowerEngine:
        """Itself for its own network: what it remembers stays."""
        return self if network is self._network else super().warm(network)

    def _sweeper(self, network: PowerNetwork) -> Sweeper:
        if network is not self._network:
            return super()._sweeper(network)
        if self._kept is None or len(self._kept.stages) >= MOST_STAGES:
            self._kept = super()._sweeper(network)
        return self._kept


def _outcome(swept: Swept, detail: bool) -> Outcome:
    """Sum the zones; customers, hours served and hours demanded stand beside the losses."""
    counts = swept.counts.sum(axis=0)
    customers = swept.topology.grid.customers.sum(axis=0)
    demanded = customers * HOURS_PER_YEAR
    values = np.column_stack(
        [customers, counts[:, 0], counts[:, 1], counts[:, 2], demanded - counts[:, 1], demanded]
    )
    parts = _gap_parts(swept)
    gap = sum(parts.values(), np.zeros_like(values))
    if not detail:
        return Outcome(values, gap, gap_parts=parts)
    from tieline.power.detail import detail_tables

    return Outcome(values, gap, detail_tables(swept), parts)


def _gap_parts(swept: Swept) -> dict[str, FloatArray]:
    """The gap by zone, in columns as the additive measures; where it is not zero."""
    gaps = np.maximum(swept.gap, 0.0)
    parts = {}
    for zone in np.flatnonzero(gaps.any(axis=(1, 2))):
        hours, energy = gaps[zone, :, 0], gaps[zone, :, 1]
        zero = np.zeros_like(hours)
        parts[swept.subproblem(int(zone))] = np.column_stack(
            [zero, zero, hours, energy, hours, zero]
        )
    return parts
