"""Portfolios that hold in several scenarios: which projects belong in whatever comes.

Every scenario is appraised with projects as players; sets of projects that stand in all of them are
then searched under one budget. See `tieline.appraisal.portfolio.robust`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.appraisal.portfolio.funding import choice_among, funds_asked
from tieline.appraisal.portfolio.robust import Robust, robust_portfolios
from tieline.appraisal.pricing import priced_networks, set_values
from tieline.errors import CaseError
from tieline.study.reading import read
from tieline.study.together import appraise_together, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tieline.appraisal.games.coalitions import BoolArray
    from tieline.appraisal.money import Money
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
    first = next(iter(found.values()))
    asked = funds_asked([funds] if isinstance(funds, float | int) else funds, first.region)
    budgets, made = asked or first.region.budgets, {}
    for currency in first.money:
        values, names = [], None
        for appraisal in found.values():
            money = appraisal.money[currency]
            priced = priced_networks(currency, appraisal.region.values, appraisal.networks)
            value = set_values(priced, money)
            if value is None or money.worth is None:
                break
            values.append((value, money))
            own = set(money.worth.projects)
            names = own if names is None else names & own
        if len(values) == len(found) and names and len(names) > 1:
            chosen = tuple(sorted(names))
            choice = choice_among(chosen, {p.id: p for p in first.region.projects}, currency,
                                  budgets, least_known=len(chosen))
            problem = choice.problem
            if not choice.budgets:
                problem = problem.with_budgets(problem.budgets * PART)
            if problem.n < 2:
                continue
            r = robust_portfolios(
                problem, _by_scenario(chosen, problem.projects, values), tuple(found),
                unit=first.money[currency].unit)
            made[currency] = replace(r, notes=(*choice.notes, *r.notes))
    if not made:
        msg = "robust portfolios: there are no two priced projects that stand in every scenario"
        raise CaseError(msg)
    return made


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
    common: Sequence[str], chosen: Sequence[str],
    values: Sequence[tuple[Callable[[BoolArray], FloatArray], Money]],
) -> Callable[[BoolArray], FloatArray]:
    """Worth (m, s) of sets of the chosen projects beside none of those in common to scenarios.

    Projects of one scenario alone stand there.
    """

    def worth(rows: BoolArray) -> FloatArray:
        columns = []
        for value, money in values:
            names = money.worth.projects if money.worth is not None else ()
            places = [names.index(p) for p in chosen]
            wide = np.ones((len(rows) + 1, len(names)), bool)
            wide[:, [names.index(p) for p in common]] = False
            wide[:-1, places] = rows
            found = value(wide)
            columns.append(found[:-1] - found[-1])
        return np.stack(columns, axis=1)

    return worth
