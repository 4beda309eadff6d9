"""What a storm would cost: the distribution over samples, waiting, apart and together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tieline.appraisal.response import WAITING, per_event
from tieline.appraisal.show import Cell, Sheet, Shown
from tieline.errors import CaseError
from tieline.region.protocol import additive

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tieline.region.model import Case, FloatArray, Measure
    from tieline.region.region import Region

LEVEL = 0.95
"""Coverage of every interval."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
RESAMPLES = 2000
MEAN_NEEDS = 30
"""Samples from which a mean has an interval: of fewer, resampling gives too narrow ones."""


@dataclass(frozen=True)
class Estimate:
    """A figure from samples with its interval.

    NaN ends where the samples are too few for an interval; a quantile is then NaN itself.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, repr=False)
class StormResult(Shown):
    """Samples of a storm and what follows from them.

    Parameters
    ----------
    values
        Shape (n_samples, n_states, n_jurisdictions, n_measures): the order of `states`, of the
        region's jurisdictions and of the additive `measures`.
    gaps
        Shape (n_samples, n_states): how much better the best plan could be [customer-h].
    faults
        Shape (n_samples,): assets that failed.
    expected_faults
        Their expected number.
    """

    region: Region
    network: str
    engine: str
    version: str
    digest: str
    measures: tuple[Measure, ...]
    gust_m_s: float
    seed: int
    states: tuple[str, ...]
    cases: Mapping[str, Case]
    values: FloatArray
    gaps: FloatArray
    faults: FloatArray
    expected_faults: float
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    settings: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return len(self.values)

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Ids, the order of the values."""
        return tuple(j.id for j in self.region.jurisdictions)

    @property
    def led(self) -> str:
        """The state that is shown first: together, else the last."""
        return "together" if "together" in self.states else self.states[-1]

    def of(
        self, state: str, measure: str = "customer_hours", jurisdiction: str = ""
    ) -> FloatArray:
        """Shape (n_samples,): the measure in each sample; "" = the whole region."""
        if state not in self.states:
            msg = f"state '{state}' is not one of: {', '.join(self.states)}"
            raise CaseError(msg)
        names = [m.name for m in additive(self.measures)]
        if measure not in names:
            msg = f"measure '{measure}' is not one of: {', '.join(names)}"
            raise CaseError(msg)
        chosen = self.values[:, self.states.index(state), :, names.index(measure)]
        if not jurisdiction:
            return np.asarray(chosen.sum(axis=1))
        at = self.jurisdictions.index(self.region.jurisdiction(jurisdiction).id)
        return np.asarray(chosen[:, at])

    def saved(self, state: str, jurisdiction: str = "") -> FloatArray:
        """Shape (n_samples,): customer-hours less than when waiting."""
        return np.asarray(self.of(WAITING, jurisdiction=jurisdiction)
                          - self.of(state, jurisdiction=jurisdiction))

    def to_frame(self) -> pd.DataFrame:
        """One row per sample and state: faults, each measure of the whole region, gap."""
        import pandas as pd

        names = [m.name for m in additive(self.measures)]
        frames = [
            pd.DataFrame({
                "sample": np.arange(self.n_samples), "faults": self.faults.astype(np.int64),
                "state": state, **{n: self.of(state, n) for n in names},
                "gap_customer_h": self.gaps[:, k],
            })
            for k, state in enumerate(self.states)
        ]
        return pd.concat(frames, ignore_index=True)

    def summary_frame(self) -> pd.DataFrame:
        """Mean and quantiles with intervals by state, jurisdiction ("" = all) and measure.

        NaN where the samples are too few; `samples_needed` says from how many on they are enough.
        """
        import pandas as pd

        rows = []
        for m in (m for m in additive(self.measures) if m.sign):
            for state in self.states:
                for j in ("", *self.jurisdictions):
                    values = self.of(state, m.name, j)
                    found = {"mean": (mean_of(values), MEAN_NEEDS)}
                    found |= {
                        f"q{q:g}": (quantile_of(values, q), samples_needed(q)) for q in QUANTILES
                    }
                    rows += [
                        {"measure": m.name, "unit": per_event(m.unit), "state": state,
                         "jurisdiction": j, "figure": name, "value": e.value, "low": e.low,
                         "high": e.high, "samples_needed": needed}
                        for name, (e, needed) in found.items()
                    ]
        return pd.DataFrame(rows)

    def exceedance_frame(self) -> pd.DataFrame:
        """How often a storm costs more than so many customer-hours, by state, with intervals."""
        import pandas as pd

        frames = []
        for state in self.states:
            levels, above, low, high = exceedance(self.of(state))
            frames.append(pd.DataFrame({
                "state": state, "customer_hours": levels, "share_above": above, "low": low,
                "high": high,
            }))
        return pd.concat(frames, ignore_index=True)

    def sheets(self) -> tuple[Sheet, ...]:
        """Customer-hours by state: mean, median and 95 % with intervals, and what is saved."""
        rows: list[list[Cell]] = []
        for state in self.states:
            values = self.of(state)
            found = [mean_of(values), quantile_of(values, 0.5), quantile_of(values, 0.95)]
            rows.append([state, *(x for e in found for x in (e.value, e.low, e.high)),
                         float(self.saved(state).mean())])
        head = ("state", "mean customer-h", "low", "high", "median", "low", "high", "95 %", "low",
                "high", "saved, mean")
        title = f"storm, {self.gust_m_s:g} m/s, {self.n_samples} samples, seed {self.seed}"
        return (Sheet.of(title, head, rows),)


def mean_of(values: FloatArray, seed: int = 0) -> Estimate:
    """The mean with a percentile bootstrap interval (Efron 1979), resampled from a fixed seed."""
    n = len(values)
    mean = float(np.mean(values))
    if n < MEAN_NEEDS:
        return Estimate(mean, float("nan"), float("nan"))
    source = np.random.default_rng(seed)
    means = np.array([
        float(np.mean(values[source.integers(0, n, n)])) for _ in range(RESAMPLES)
    ])
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(mean, float(low), float(high))


def quantile_of(values: FloatArray, share: float) -> Estimate:
    """A quantile (the smallest value with at least `share` of the samples at or below it).

    The interval lies between two order statistics, whatever the distribution (David and
    Nagaraja 2003, 7.1). All is NaN where the samples are too few for both of its ends: then the
    largest (smallest) sample may well lie on the wrong side of the quantile.
    """
    from scipy.stats import binom

    n = len(values)
    if n < samples_needed(share):
        return Estimate(float("nan"), float("nan"), float("nan"))
    ordered = np.sort(values)
    at = ordered[max(int(np.ceil(share * n - 1e-9)) - 1, 0)]
    tail = (1.0 - LEVEL) / 2.0
    low = int(binom.ppf(tail, n, share))
    high = int(binom.ppf(1.0 - tail, n, share)) + 1
    return Estimate(float(at), float(ordered[low - 1]), float(ordered[high - 1]))


def samples_needed(share: float) -> int:
    """The fewest samples that bound a quantile from both sides.

    So many that all lie on one side of it only with the probability of one tail.
    """
    tail = (1.0 - LEVEL) / 2.0
    return math.floor(math.log(tail) / math.log(max(share, 1.0 - share))) + 1


def share_of(part: int, n: int) -> Estimate:
    """A share of the samples with the interval of Clopper and Pearson (1934)."""
    low, high = _binomial(np.array([part]), n)
    return Estimate(part / n, float(low[0]), float(high[0]))


def exceedance(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Levels from 0 on, the share of samples above each, and its interval (low, high).

    The interval at each level is that of Clopper and Pearson (1934): it holds for one level at a
    time, not for the whole curve at once.
    """
    n = len(values)
    levels, first = np.unique(np.append(0.0, np.sort(values)), return_index=True)
    above = n + 1 - np.append(first[1:], n + 1)
    low, high = _binomial(above, n)
    return levels, above / n, low, high


def _binomial(above: NDArray[np.int64], n: int) -> tuple[FloatArray, FloatArray]:
    from scipy.stats import beta

    tail = (1.0 - LEVEL) / 2.0
    low = np.where(above > 0, beta.ppf(tail, np.maximum(above, 1), n - above + 1), 0.0)
    high = np.where(above < n, beta.ppf(1 - tail, above + 1, np.maximum(n - above, 1)), 1.0)
    return np.asarray(low), np.asarray(high)
