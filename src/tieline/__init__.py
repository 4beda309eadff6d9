"""Tieline (联络线): what can each do apart, what together, who gains, which links matter."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tieline.errors import CaseError, EngineError, InputError, NotARegionError, TielineError
    from tieline.region.issues import Issue, Issues
    from tieline.region.model import (
        Case,
        Incident,
        Jurisdiction,
        Measure,
        Outcome,
        Plan,
        Project,
        Scenario,
    )
    from tieline.region.read import RegionData, check, read_region
    from tieline.region.region import Region
    from tieline.region.template import new_region
    from tieline.study import Appraisal, Response, StormStudy, Trip, appraise, respond, storm, trip

__all__ = [
    "Appraisal",
    "Case",
    "CaseError",
    "EngineError",
    "Incident",
    "InputError",
    "Issue",
    "Issues",
    "Jurisdiction",
    "Measure",
    "NotARegionError",
    "Outcome",
    "Plan",
    "Project",
    "Region",
    "RegionData",
    "Response",
    "Scenario",
    "StormStudy",
    "TielineError",
    "Trip",
    "__version__",
    "appraise",
    "check",
    "new_region",
    "read_region",
    "respond",
    "storm",
    "trip",
]

_HOME = {
    "tieline.errors": (
        "CaseError", "EngineError", "InputError", "NotARegionError", "TielineError",
    ),
    "tieline.region.issues": ("Issue", "Issues"),
    "tieline.region.model": (
        "Case", "Incident", "Jurisdiction", "Measure", "Outcome", "Plan", "Project", "Scenario",
    ),
    "tieline.region.read": ("RegionData", "check", "read_region"),
    "tieline.region.region": ("Region",),
    "tieline.region.template": ("new_region",),
    "tieline.study": (
        "Appraisal", "Response", "StormStudy", "Trip", "appraise", "respond", "storm", "trip",
    ),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import tieline` itself stays quick."""
    if name == "__version__":
        from importlib.metadata import version

        return version("tieline")
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    message = f"module 'tieline' has no attribute '{name}'"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
