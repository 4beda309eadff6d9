"""What an import says; see `tieline.region.findings`."""

from __future__ import annotations

from tieline.region.findings import Finding, Findings, ImportReport, Kind

__all__ = ["Finding", "Findings", "ImportReport", "Kind"]
