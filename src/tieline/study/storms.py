"""A storm as a study: samples on all cores, kept as they come, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.asked import states_asked
from tieline.appraisal.response import STATES
from tieline.appraisal.samples import run_samples
from tieline.appraisal.storm import StormResult
from tieline.errors import CaseError
from tieline.region.protocol import additive
from tieline.study.reading import read, responding, statuses_of

if TYPE_CHECKING:
    import pandas as pd

    from tieline.appraisal.cache import Cache
    from tieline.region.read import RegionData


@dataclass(frozen=True, repr=False)
class StormStudy(StormResult):
    """A storm's samples that can be written to a folder."""

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table by the name of its file."""
        return {"samples": self.to_frame(), "summary": self.summary_frame(),
                "exceedance": self.exceedance_frame()}

    def report(self, lang: str = "zh") -> str:
        """The distribution as one HTML page that needs no network."""
        from tieline.publish.storm.page import render

        return render(self, lang)

    def write(
        self, out: str | Path, *, lang: str = "zh",
        formats: Sequence[str] = ("csv", "json", "parquet"),
    ) -> Path:
        """The folder with tables and storm.html: all of it, or nothing."""
        from tieline.region.write import atomic_folder, write_table

        page = self.report(lang)
        with atomic_folder(Path(out)) as folder:
            for name, frame in self.frames().items():
                for suffix in formats:
                    write_table(frame, folder / f"{name}.{suffix}")
            (folder / "storm.html").write_text(page, encoding="utf-8")
        return Path(out)


def storm(  # noqa: PLR0913 - options are keyword-only
    region: RegionData | str | Path, gust_m_s: float, *, n_samples: int = 1000, seed: int = 1,
    open: Sequence[str | Sequence[str]] = STATES,  # noqa: A002 - as in `Region.case`
    network: str | None = None, scenario: str = "base", workers: int = 1,
    cache: Cache | None = None, progress: Callable[[int, int], None] | None = None,
) -> StormStudy:
    """What a storm of this gust speed would cost: waiting, apart and together, as a distribution.

    Every sample draws the lines that fail from the fragility of the region's settings and is
    then planned as an incident, by the same engine.

    Parameters
    ----------
    gust_m_s
        Gust speed in the open [m/s], > 0.
    n_samples, seed
        How many storms to draw, and from what seed: sample k is the same for any number of
        samples and workers.
    open, network, scenario
        As in `respond`.
    workers
        Processes; more than one needs a script that can be imported without running.
    cache
        Where samples are kept as they come: a run that was stopped resumes.

    Raises
    ------
    InputError
        If the folder cannot be used, with every problem found.
    CaseError
        If a number is out of range, or a network, member or scenario is not known.
    """
    _refuse(gust_m_s, n_samples, seed, workers)
    data = read(region)
    asked = states_asked(data.region, open)
    name = responding(data, network)
    engine, grid = data.engines[name], data.networks[name]
    if not hasattr(engine, "storm"):
        msg = f"network '{name}' has no storms"
        raise CaseError(msg)
    cases = {
        label: data.region.case(links, topics=engine.topics, scenario=scenario)
        for label, links in asked.items() if links is not None
    }
    day = data.region.scenario(scenario).date or data.region.study_date
    start = datetime.combine(day, time()) if day else datetime(1970, 1, 1)  # noqa: DTZ001 - local
    task = engine.storm(grid, tuple(cases.values()), float(gust_m_s), seed=seed, start=start)
    outcomes = run_samples(
        task, n_samples, 1 + len(cases), workers=workers, cache=cache, progress=progress,
        key="|".join((engine.name, engine.version, grid.digest, task.key)),
    )
    measures = additive(engine.measures)
    hours = [m.name for m in measures].index("customer_hours")
    return StormStudy(
        region=data.region, network=name, engine=engine.name, version=engine.version,
        digest=grid.digest, measures=measures, gust_m_s=float(gust_m_s), seed=seed,
        states=tuple(asked), cases=cases,
        values=np.array([[o.values for o in sample] for sample in outcomes]),
        gaps=np.array([[o.gap[:, hours].sum() for o in sample] for sample in outcomes]),
        faults=np.array([float(len(task.faults(k))) for k in range(n_samples)]),
        expected_faults=float(task.probability().sum()),
        statuses=statuses_of(data, name, grid), settings=task.settings,
    )


def _refuse(gust_m_s: float, n_samples: int, seed: int, workers: int) -> None:
    for what, value, least in (
        ("samples", n_samples, 1), ("seed", seed, 0), ("workers", workers, 1),
    ):
        if value < least:
            msg = f"{what}: expected a whole number >= {least}, found {value}"
            raise CaseError(msg)
    if not 0.0 < gust_m_s <= 150.0:
        msg = f"gust speed: expected a number > 0 and <= 150 [m/s], found {gust_m_s:g}"
        raise CaseError(msg)
