"""Portfolios that hold in several scenarios: which projects belong in whatever comes.

Every scenario is appraised with projects as players; sets of projects that stand in all of them, or
are planned at a known cost, are then searched under one budget. See
`tieline.appraisal.portfolio.robust`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.network import Means
from tieline.appraisal.portfolio.funding import choice_among, funds_asked
from tieline.appraisal.portfolio.robust import Robust, robust_portfolios
from tieline.appraisal.programme import MOST_FEW
from tieline.errors import CaseError
from tieline.study.appraisal import question_of, sets_of
from tieline.study.reading import read
from tieline.study.sets import SetCases, joined_cases
from tieline.study.together import appraise_together, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.portfolio.funding import Choice
    from tieline.appraisal.programme import Sets
    from tieline.region.model import FloatArray
    from tieline.region.read import RegionData
    from tieline.region.region import Budget

PART = 0.5
"""Part of the cost of all projects that may be spent where no budget is given."""


def robust(
    folders: Sequence[RegionData | str | Path], scenarios: Sequence[str], *,
    funds: Sequence[str | float | Budget] | float = (), **options: Any,
) -> dict[str, Robust]:
    """By currency, the sets of projects that no other found set beats in every scenario.

    Parameters
    ----------
    scenarios
        Two or more rows of scenarios.csv, in every folder.
    funds
        What may be spent, in the currency, as `tieline.appraise` takes it; where costs are not all
        known, how many projects may be built. Without it the budgets of the folders, else half of
        all.
    options
        Those of `tieline.appraise` that say how cases are run.

    Raises
    ------
    CaseError
        If there are fewer than two scenarios, or nothing to choose among.
    """
    if len(set(scenarios)) < 2:
        msg = "robust portfolios are over two or more scenarios"
        raise CaseError(msg)
    data = [read(f) for f in folders]
    found = {s: appraise_together(data, scenario=s, players=("projects",), detail=False, **options)
             for s in dict.fromkeys(scenarios)}
    cases = {s: _cases(data, s, options) for s in found}
    first = next(iter(found.values()))
    asked = funds_asked([funds] if isinstance(funds, float | int) else funds, first.region)
    budgets, made = asked or first.region.budgets, {}
    for currency in first.money:
        every = [sets_of(a, a.money[currency], cases[s]) for s, a in found.items()]
        if any(s.values is None for s in every):
            continue
        common = set.intersection(*(set(s.names) for s in every))
        if len(common) < 2:
            continue
        names = tuple(sorted(common))
        choice = choice_among(names, {p.id: p for p in first.region.projects}, currency, budgets,
                              least_known=MOST_FEW)
        problem = choice.problem
        if not choice.budgets:
            problem = problem.with_budgets(problem.budgets * PART)
        if problem.n < 2:
            continue
        r = robust_portfolios(problem, _by_scenario(names, choice, every), tuple(found),
                              unit=first.money[currency].unit)
        notes = (*choice.notes, *(n for s in every for n in s.notes), *r.notes)
        low, high = _ends(names, choice, every, r.sets)
        made[currency] = replace(r, notes=tuple(dict.fromkeys(notes)), counted=choice.counted,
                                 low=low, high=high)
    if not made:
        msg = "robust portfolios: there are no two priced projects that stand, or are planned at "
        msg_0 = f"{msg}a known cost, in every scenario"
        raise CaseError(msg_0)
    return made


def _cases(data: Sequence[RegionData], scenario: str, options: Mapping[str, Any]) -> SetCases:
    """Where sets with planned projects come from, in a scenario, over all folders."""
    means = Means(**{k: options[k] for k in ("progress", "executor", "cache", "store")
                     if k in options})
    only = options.get("only")
    chosen = [d for d in data if only is None or any(n in only for n in d.networks)]
    return joined_cases([
        SetCases.of(d, question_of(d, players=("projects",), scenario=scenario, detail=False,
                                   budget=options.get("budget")), means) for d in chosen])


def robust_record(found: Mapping[str, Robust]) -> dict[str, Any]:
    """Portfolios by currency as plain values, for JSON."""
    return {"robust": {currency: r.record() for currency, r in found.items()}}


def write_robust(
    out: str | Path, folders: Sequence[RegionData | str | Path], found: Mapping[str, Robust], *,
    lang: str = "zh",
) -> Path:
    """The folder with robust_projects, robust_sets (CSV, JSON, Parquet) and report.html.

    It takes the place of what Tieline wrote there before, all of it or nothing; another folder
    that is not empty is refused (InputError).
    """
    import pandas as pd

    from tieline.publish.games.robust import render_robust
    from tieline.region.write import atomic_folder, write_table

    region = joined([read(f).region for f in folders])
    page = render_robust(region, found, lang)
    frames: dict[str, list[pd.DataFrame]] = {"robust_projects": [], "robust_sets": []}
    for currency, r in found.items():
        for name, frame in zip(frames, (r.to_frame(), r.sets_frame()), strict=True):
            frame.insert(0, "currency", currency)
            frames[name].append(frame)
    with atomic_folder(Path(out)) as folder:
        for name, parts in frames.items():
            for suffix in ("csv", "json", "parquet"):
                write_table(pd.concat(parts, ignore_index=True), folder / f"{name}.{suffix}")
        (folder / "report.html").write_text(page, encoding="utf-8")
    return Path(out)


def _by_scenario(
    names: Sequence[str], choice: Choice, every: Sequence[Sets]
) -> Callable[[BoolArray], FloatArray]:
    """Worth (m, s) of sets of the projects chosen among, beside none of them.

    What stands in every set, and what is of one scenario alone, is there in each; NaN where a
    scenario's value failed.
    """
    def worth(rows: BoolArray) -> FloatArray:
        columns = []
        for sets in every:
            if sets.values is None:
                msg = "sets without values are left out before"
                raise AssertionError(msg)
            found = sets.values(_wide(names, choice, sets, rows))
            columns.append(found[1:] - found[0])
        return np.stack(columns, axis=1)

    return worth


def _ends(
    names: Sequence[str], choice: Choice, every: Sequence[Sets], rows: BoolArray
) -> tuple[FloatArray, FloatArray] | tuple[None, None]:
    """Worth (m, s) of the same at the ends of unit values; None where a scenario has none."""
    found = [None if s.spans is None else s.spans(_wide(names, choice, s, rows)) for s in every]
    known = [r for r in found if r is not None]
    if len(known) < len(every):
        return None, None
    return np.stack([r.low for r in known], axis=1), np.stack([r.high for r in known], axis=1)


def _wide(names: Sequence[str], choice: Choice, sets: Sets, rows: BoolArray) -> BoolArray:
    """Sets among all that a scenario knows, below one of those that stand in each."""
    places = [names[k] for k in choice.places]
    there = {p for p, yes in zip(names, choice.standing, strict=True) if yes}
    wide = np.array([[p in there or p not in names for p in sets.names]] * (len(rows) + 1))
    wide[1:, [sets.names.index(p) for p in places]] = rows
    return wide
