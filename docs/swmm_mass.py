"""Figures of docs/swmm-mass.md: what SWMM's quality routing makes of a tide, and what we make.

Run `python docs/swmm_mass.py` to run every case and print the tables; `--write` puts them into the
page; `--keep FOLDER` keeps the input files, their reports and results. Needs swmm-toolkit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
PAGE = HERE / "swmm-mass.md"
BEGIN, END = "<!-- begin measured -->\n", "<!-- end measured -->\n"
DECAY_PER_DAY = 0.2
LOAD_G_S = 10.0
sys.path.insert(0, str(HERE.parent))

CREEK = """\
name = "Tidal creek (synthetic)"
networks = ["water"]

[[jurisdiction]]
id = "bank"
name = "Bank (synthetic)"

[water]
level_m = 2.0
warmup_days = 0
"""


@dataclass(frozen=True)
class Row:
    """One case: errors in percent of what entered; `ours` is relative, not in percent."""

    case: str
    swmm_flow: float
    swmm_quality: float
    ours_flow: float
    ours_quality: float


def creek(folder: Path, amplitude_m: float) -> Path:
    """Ten reaches of 1 km, an inflow at one end, a tide at the other."""
    (folder / "water").mkdir(parents=True)
    (folder / "region.toml").write_text(CREEK, encoding="utf-8")
    nodes = "\n".join(f"k{i},bank,{-0.1 * i:g}" for i in range(11))
    reaches = "\n".join(f"c{i},k{i},k{i + 1},1000,20,2,0.025" for i in range(10))
    tables = {
        "node": f"id,jurisdiction,bed_m\n{nodes}\n",
        "reach": f"id,from_node,to_node,length_m,width_m,side_slope,roughness\n{reaches}\n",
        "boundary": "id,node,kind,value\ninflow,k0,flow,5\nsea,k10,level,2\n",
        "tide": f"boundary,amplitude_m\nsea,{amplitude_m:g}\n",
    }
    for name, text in tables.items():
        (folder / "water" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def loop(folder: Path, *, gates: bool, tide: float, level: float = 1.2) -> Path:
    """The tidal loop network, with or without its gates, its tide times a factor."""
    from bench.tidal_loop import tidal_loop, write

    tables = {name: [dict(r) for r in rows] for name, rows in tidal_loop(gates=gates).items()}
    for row in tables["tide"]:
        row["amplitude_m"] *= tide
    write(folder, tables)
    head = (folder / "region.toml").read_text(encoding="utf-8")
    (folder / "region.toml").write_text(
        head.replace("level_m = 1.2", f"level_m = {level:g}"), encoding="utf-8")
    return folder


def compare(case: str, folder: Path, days: float, sources: tuple[str, ...], step_s: float) -> Row:
    """Both programs on one network, with one decaying pollutant from a few places."""
    from tieline.water.flow import simulate
    from tieline.water.reactions import Rates
    from tieline.water.read import open_waters
    from tieline.water.swmm.run import run_swmm
    from tieline.water.swmm.write import Pollutant, write_inp
    from tieline.water.transport import Tracers, run

    network = open_waters(folder)
    at = np.array([int(np.flatnonzero(network.nodes.ids == s)[0]) for s in sources])
    load = {int(node): LOAD_G_S for node in at}
    inp = folder / "model.inp"
    write_inp(network, inp, days=days, step_s=step_s,
              pollutants=[Pollutant("P", DECAY_PER_DAY, load, {})])
    judged = run_swmm(inp)
    flow = simulate(network, days=days, warmup_days=0.0)
    tracers = Tracers(1, at, np.zeros(len(at), int), np.full(len(at), LOAD_G_S),
                      Rates.plain(DECAY_PER_DAY, 1))
    budget = run(flow, tracers, budget=True).budget
    assert budget is not None  # noqa: S101 - it was asked for
    return Row(case, judged.flow_error, judged.quality_error["P"], flow.mass_error,
               float(np.abs(budget.error[0])))


def cases(folder: Path) -> Iterator[Row]:
    """Every row of the page."""
    where = ("n03_04", "n06_07", "n05_02", "n02_09")
    creeks = ("k2", "k5")
    for amplitude in (0.0, 0.1, 0.3, 1.0):
        yield compare(f"creek of 10 km, tide {amplitude:g} m, 20 days",
                      creek(folder / f"creek{amplitude:g}", amplitude), 20.0, creeks, 30.0)
    yield compare("tidal loop, no gates, no tide, 7 days",
                  loop(folder / "calm", gates=False, tide=0.0), 7.0, where, 30.0)
    yield compare("tidal loop, no gates, tide 1.3 m, 7 days",
                  loop(folder / "open", gates=False, tide=1.0), 7.0, where, 30.0)
    for step in (5.0, 30.0):
        yield compare(f"tidal loop, gates, tide 1.3 m, 7 days, steps of {step:g} s",
                      loop(folder / f"gates{step:g}", gates=True, tide=1.0), 7.0, where, step)
    yield compare("tidal loop, gates, tide 1.3 m, filled to 2.5 m at first, 7 days",
                  loop(folder / "full", gates=True, tide=1.0, level=2.5), 7.0, where, 30.0)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| Case | SWMM: water [%] | SWMM: pollutant [%] | Tieline: water | "
             "Tieline: pollutant |", "|-|-|-|-|-|"]
    lines += [f"| {r.case} | {r.swmm_flow:.2f} | **{r.swmm_quality:,.2f}** | {r.ours_flow:.0e} | "
              f"{r.ours_quality:.0e} |" for r in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run every case; print the table, and put it into the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("--keep", type=Path, help="keep the files of every case here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rows = list(cases(given.keep or Path(temporary)))
    text = f"swmm-toolkit {version('swmm-toolkit')}; command: `python docs/swmm_mass.py`.\n\n"
    text += table(rows)
    print(text)  # noqa: T201 - a script says what it found
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        PAGE.write_text(head + BEGIN + text + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
