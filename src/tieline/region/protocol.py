"""What every network engine promises, and how engines are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from tieline.region.folder import RegionFolder
    from tieline.region.issues import Issues
    from tieline.region.model import Case, Incident, Measure, Outcome, Plan, Relevant


class Network(Protocol):
    """Frozen arrays of one network, built once, picklable."""

    @property
    def digest(self) -> str:
        """Hash of everything the network holds."""
        ...

    @property
    def relevant(self) -> Relevant:
        """Which openness, projects and scenarios can change its outcome."""
        ...


N = TypeVar("N", bound=Network)


@runtime_checkable
class Engine(Protocol[N]):
    """A network's engine: reads a folder, evaluates cases. Pure and deterministic."""

    name: str
    version: str
    topics: tuple[str, ...]
    measures: tuple[Measure, ...]

    def read(self, folder: RegionFolder, issues: Issues) -> N | None:
        """Read the network; report every problem to `issues`; None if it cannot be used."""
        ...

    def evaluate(
        self, network: N, cases: Sequence[Case], *, detail: bool = False
    ) -> Iterator[Outcome]:
        """Yield one outcome per case, in order, equal to evaluating each alone, bit for bit."""
        ...


@runtime_checkable
class Responder(Engine[N], Protocol[N]):
    """An engine that also plans what to do when something breaks."""

    def respond(self, network: N, case: Case, incident: Incident) -> Plan:
        """The best joint plan under the case's openness and projects."""
        ...


def find_engines() -> dict[str, Engine[Any]]:
    """Every installed engine by name (entry point group `tieline.engines`)."""
    found: dict[str, Engine[Any]] = {}
    for entry in sorted(entry_points(group="tieline.engines"), key=lambda e: e.name):
        found[entry.name] = entry.load()()
    return found


def additive(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """The measures an `Outcome` has columns for: those that are not ratios."""
    return tuple(m for m in measures if m.ratio_of is None)
