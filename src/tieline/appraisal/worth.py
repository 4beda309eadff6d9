"""What each project is worth with everybody together: put one in, take one out.

The candidates are the projects of a network that the reference holds. PINT_i = W(none of them + i)
- W(none of them); TOOT_i = W(reference) - W(reference without i); both per jurisdiction, positive
is better. Where projects replace each other the sum of PINT exceeds the worth of all and the sum of
TOOT falls short of it; where they need each other it is the other way round. The reference never
holds a project that is not yet open, so one that is planned is added to the whole reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tieline.appraisal.game import Setting
    from tieline.region.model import Case, FloatArray, Outcome


@dataclass(frozen=True)
class Gains:
    """Gains by project: shape (p or q, n_jurisdictions, n_measures); `of_all` without projects.

    The gaps, of the same shapes, bound how far each gain may be from that of the best plans.
    """

    projects: tuple[str, ...]
    planned: tuple[str, ...]
    pint: FloatArray
    toot: FloatArray
    added: FloatArray
    of_all: FloatArray
    pint_gap: FloatArray
    toot_gap: FloatArray
    added_gap: FloatArray


def worth_cases(setting: Setting, planned: tuple[str, ...]) -> tuple[Case, ...]:
    """Every case that PINT, TOOT and the planned projects need."""
    reference = setting.reference
    built = [setting.always, reference]
    built += [setting.always | {p} for p in setting.candidates]
    built += [reference - {p} for p in setting.candidates]
    built += [reference | {p} for p in planned]
    return tuple(setting.together(b) for b in built)


def gains_of_projects(
    setting: Setting, planned: tuple[str, ...], outcomes: Mapping[Case, Outcome],
    signs: FloatArray, *, without: frozenset[str] = frozenset(),
) -> Gains | None:
    """PINT, TOOT and the gain of planned projects from the outcomes of `worth_cases`.

    Projects in `without` are left out, as one of their cases failed; None if all are.
    """
    candidates = tuple(p for p in setting.candidates if p not in without)
    planned = tuple(p for p in planned if p not in without)
    if not (candidates or planned):
        return None

    def value(built: frozenset[str]) -> FloatArray:
        return outcomes[setting.together(built)].values * signs

    def gap(built: frozenset[str], other: frozenset[str]) -> FloatArray:
        cases = setting.together(built), setting.together(other)
        return outcomes[cases[0]].gap_against(outcomes[cases[1]])

    always, every = setting.always, setting.reference
    none, reference = value(always), value(every)
    blank = np.zeros((0, *none.shape))

    def stacked(parts: Iterable[FloatArray]) -> FloatArray:
        found = list(parts)
        return np.stack(found) if found else blank

    return Gains(
        projects=candidates,
        planned=planned,
        pint=stacked(value(always | {p}) - none for p in candidates),
        toot=stacked(reference - value(every - {p}) for p in candidates),
        added=stacked(value(every | {p}) - reference for p in planned),
        pint_gap=stacked(gap(always | {p}, always) for p in candidates),
        toot_gap=stacked(gap(every, every - {p}) for p in candidates),
        added_gap=stacked(gap(every | {p}, every) for p in planned),
        of_all=reference - none,
    )
