"""How likely wind breaks a line: a fragility curve for poles, or failures that grow with wind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import log_ndtr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.region.model import FloatArray


@dataclass(frozen=True)
class Fragility:
    """What wind does to overhead line; every default is an assumption of its order of magnitude.

    Parameters
    ----------
    law
        "lognormal": a pole fails with probability Phi(ln(v / median_m_s) / spread), poles
        independent, the form used for wood poles by Salman and Li (2016) and for overhead lines
        by Panteli et al. (2017). "exponential": failures per km grow as
        rate_per_km * exp(growth_per_m_s * (v - reference_m_s)), the form fitted to faults of
        overhead lines by Dunn et al. (2018).
    cable_share
        Failures of a km of cable as a share of those of a km of overhead line.
    """

    law: str = "lognormal"
    median_m_s: float = 70.0
    spread: float = 0.22
    poles_per_km: float = 20.0
    rate_per_km: float = 0.002
    reference_m_s: float = 30.0
    growth_per_m_s: float = 0.3
    cable_share: float = 0.0


def fragility(settings: Mapping[str, Any]) -> Fragility:
    """The record from the section [power] of region.toml."""
    return Fragility(
        law=settings["storm_law"], median_m_s=settings["storm_median_m_s"],
        spread=settings["storm_spread"], poles_per_km=settings["storm_poles_per_km"],
        rate_per_km=settings["storm_rate_per_km"],
        reference_m_s=settings["storm_reference_m_s"],
        growth_per_m_s=settings["storm_growth_per_m_s"],
        cable_share=settings["storm_cable_share"],
    )


def failures_per_km(gust_m_s: FloatArray, given: Fragility) -> FloatArray:
    """Expected failures of a km of overhead line in a storm of this gust speed [1/km].

    Shape as `gust_m_s`, >= 0; no wind breaks nothing. Failures are Poisson along the line, so
    that a line of length L fails with probability 1 - exp(-L x this).
    """
    gust = np.asarray(gust_m_s, dtype=np.float64)
    blowing = gust > 0.0
    safe = np.where(blowing, gust, 1.0)
    if given.law == "exponential":
        rate = given.rate_per_km * np.exp(
            np.minimum(given.growth_per_m_s * (safe - given.reference_m_s), 700.0)
        )
    else:
        over = (np.log(safe) - np.log(given.median_m_s)) / given.spread
        rate = -given.poles_per_km * log_ndtr(-over)
    return np.asarray(np.where(blowing, rate, 0.0))


def failure_probability(
    gust_m_s: FloatArray, length_km: FloatArray, overhead: FloatArray, given: Fragility
) -> FloatArray:
    """Probability in [0, 1] that each line fails in the storm.

    All of shape (n_lines,): gust at the line, its length, and 1 for overhead, 0 for cable.
    """
    share = np.where(np.asarray(overhead) > 0.0, 1.0, given.cable_share)
    exponent = failures_per_km(gust_m_s, given) * share * np.asarray(length_km, dtype=np.float64)
    return np.asarray(-np.expm1(-exponent))


def drawn(probability: FloatArray, seed: int, sample: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Lines that fail in a sample, ascending: the same in any process and any order of samples.

    One uniform number stands for each line, so that in a stronger wind of the same seed and
    sample every line that failed before fails again.
    """
    source = np.random.SeedSequence(entropy=seed, spawn_key=(sample,))
    uniform = np.random.Generator(np.random.PCG64(source)).random(len(probability))
    return np.flatnonzero(uniform < probability)
