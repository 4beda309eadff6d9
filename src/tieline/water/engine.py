"""The water engine: quality, cleaning and spills of shared rivers and lakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tieline.region.model import Case, Outcome
from tieline.water.measures import MEASURES
from tieline.water.network import TOPICS, WaterNetwork
from tieline.water.read import read_network

if TYPE_CHECKING:
    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.model import Incident, Plan
    from tieline.region.tables import Table
    from tieline.water.evaluate import Evaluator


class WaterEngine:
    """Shared waters: cost of cleaning and of clean water, what spills cost, apart and together."""

    name = "water"
    version = "1"
    topics = TOPICS
    measures = MEASURES
    responds_to = "spills"

    def read(self, folder: RegionFolder, issues: Issues) -> WaterNetwork | None:
        """Read water/ of a region folder; every problem goes to `issues`."""
        before = len(issues.errors)
        network = read_network(folder, issues)
        if network is None:
            return None
        from tieline.water.check import check_planning

        check_planning(network, folder, issues)
        return network if len(issues.errors) == before else None

    def evaluate(
        self, network: WaterNetwork, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        """Yield one outcome per case, in order.

        CaseError if a case is of a scenario that the region does not have.
        """
        from tieline.water.evaluate import outcome_of

        for case in cases:
            network.scenario(case)
        evaluator = self._evaluator(network)
        for case in cases:
            reduced = network.relevant.restrict(case)
            result = evaluator.result(reduced)
            outcome = outcome_of(network, reduced, result)
            if detail:
                from tieline.water.detail import detail_tables

                tables = detail_tables(evaluator, reduced, result)
                outcome = Outcome(outcome.values, outcome.gap, tables, outcome.gap_parts)
            yield outcome

    def warm(self, network: WaterNetwork) -> WaterEngine:
        """An engine for one network that remembers flows, days and spills between calls.

        What it gives is the same to the bit.
        """
        return _Warm(network)

    def _evaluator(self, network: WaterNetwork) -> Evaluator:
        from tieline.water.evaluate import Evaluator

        return Evaluator(network)

    def picture(self, network: WaterNetwork, case: Case) -> Mapping[str, Table]:
        """What a drawing of the waters needs: reaches, nodes, gates, places."""
        from tieline.water.picture import picture

        return picture(network, network.relevant.restrict(case))

    def respond(
        self, network: WaterNetwork, case: Case, incident: Incident, *, state: object = None
    ) -> Plan:
        """The joint plan for a spill; see `tieline.water.spill`.

        CaseError if the incident cannot be laid over these waters.
        """
        from tieline.water.spill.respond import respond

        del state  # levels begin as the tables say
        return respond(network, network.relevant.restrict(case), incident)


class _Warm(WaterEngine):
    """The engine with what it found for one network; others are evaluated as ever."""

    def __init__(self, network: WaterNetwork) -> None:
        self._known = super()._evaluator(network)

    def warm(self, network: WaterNetwork) -> WaterEngine:
        """Itself for its own network: what it remembers stays."""
        return self if network is self._known.network else super().warm(network)

    def _evaluator(self, network: WaterNetwork) -> Evaluator:
        if network is not self._known.network:
            return super()._evaluator(network)
        self._known.trim()
        return self._known
