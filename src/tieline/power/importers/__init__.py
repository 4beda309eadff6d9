"""Other programs' grids written as a region folder."""

from tieline.power.importers.findings import Finding, ImportReport
from tieline.power.importers.pandapower import import_pandapower

__all__ = ["Finding", "ImportReport", "import_pandapower"]
