"""SWMM run as a judge, if swmm-toolkit is installed: heads, flows, concentrations, errors."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Judged:
    """What SWMM says: by node or link name, at each report step.

    `concentration` maps (pollutant, node) to values [mg/L]; `flow_error` and `quality_error` are
    the continuity errors of its report [%], the latter by pollutant.
    """

    hours: NDArray[np.float64]
    head_m: dict[str, NDArray[np.float64]]
    flow_m3s: dict[str, NDArray[np.float64]]
    concentration: dict[tuple[str, str], NDArray[np.float64]]
    flow_error: float
    quality_error: dict[str, float]


def run_swmm(inp: Path) -> Judged:
    """Run a file; the report and the binary results are written beside it.

    InputError if swmm-toolkit is not installed, or SWMM refuses the file.
    """
    try:
        solver = importlib.import_module("swmm.toolkit.solver")
        output = importlib.import_module("swmm.toolkit.output")
        names = importlib.import_module("swmm.toolkit.shared_enum")
    except ModuleNotFoundError as error:
        raise InputError(["swmm-toolkit is not installed: pip install swmm-toolkit"]) from error
    report, binary = inp.with_suffix(".rpt"), inp.with_suffix(".out")
    try:
        _simulate(solver, inp, report, binary)
    except Exception as error:
        problem = f"SWMM refused {inp.name}: {error}"
        raise InputError([problem]) from error
    handle = output.init()
    output.open(handle, str(binary))
    try:
        return _results(handle, output, names, report.read_text(encoding="utf-8", errors="replace"))
    finally:
        output.close(handle)


def _simulate(solver: Any, inp: Path, report: Path, binary: Path) -> None:
    """Step by step: SWMM run at once would draw its progress on the terminal."""
    solver.swmm_open(str(inp), str(report), str(binary))
    try:
        solver.swmm_start(1)
        while solver.swmm_step() > 0.0:
            pass
        solver.swmm_end()
        solver.swmm_report()
    finally:
        solver.swmm_close()


def _results(handle: Any, output: Any, names: Any, report: str) -> Judged:
    _, n_nodes, n_links, _, n_pollutants = output.get_proj_size(handle)[:5]
    last = output.get_times(handle, names.Time.NUM_PERIODS) - 1
    step = output.get_times(handle, names.Time.REPORT_STEP)

    def name(kind: Any, i: int) -> str:
        return str(output.get_elem_name(handle, kind, i))

    def node(i: int, attribute: Any) -> NDArray[np.float64]:
        return np.array(output.get_node_series(handle, i, attribute, 0, last), np.float64)

    kinds = names.ElementType
    head = names.NodeAttribute.HYDRAULIC_HEAD
    first = names.NodeAttribute.POLLUT_CONC_0.value
    flow = names.LinkAttribute.FLOW_RATE
    errors = _errors(report)
    pollutants = [name(kinds.POLLUT, p) for p in range(n_pollutants)]
    # the toolkit names only the first pollutant's attribute, and takes nothing but an enum
    at: Any = list(_numbered(first, n_pollutants))
    return Judged(
        (np.arange(last + 1) + 1) * step / 3600.0,
        {name(kinds.NODE, i): node(i, head) for i in range(n_nodes)},
        {name(kinds.LINK, i): np.array(output.get_link_series(handle, i, flow, 0, last))
         for i in range(n_links)},
        {(p, name(kinds.NODE, i)): node(i, at[k])
         for k, p in enumerate(pollutants) for i in range(n_nodes)},
        errors[0][0], dict(zip(pollutants, errors[1], strict=False)),
    )


def _numbered(first: int, n: int) -> Any:
    """An enum of `n` numbers from `first` on."""
    return Enum("Concentration", {f"P{k}": first + k for k in range(n)})


def _errors(report: str) -> tuple[list[float], list[float]]:
    """Continuity errors of flow and of each pollutant, from the report's tables."""
    found: dict[str, list[float]] = {"Flow Routing": [], "Quality Routing": []}
    where = ""
    for line in report.splitlines():
        for title in found:
            if title in line and "Continuity" in line:
                where = title
        if where and "Continuity Error (%)" in line:
            found[where] += [float(x) for x in re.findall(r"-?\d[\d.]*(?:e[-+]?\d+)?", line)]
            where = where if where == "Quality Routing" else ""
    return found["Flow Routing"] or [float("nan")], found["Quality Routing"]
