"""Region folders of the same jurisdictions, kept by different hands, appraised as one.

Each folder is appraised by itself, in its own scenario and on its own study date; then money is
made of all networks at once. Games add up, so shares, side payments and the worth of projects are
those of one folder that held them all. A folder's prices are for its own networks only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tieline.appraisal.answers import asked_solutions
from tieline.appraisal.network import Means
from tieline.appraisal.portfolio.funding import funds_asked
from tieline.errors import CaseError, InputError
from tieline.study.appraisal import Appraisal, appraise, finished, question_of
from tieline.study.reading import read
from tieline.study.sets import SetCases, joined_cases
from tieline.study.unions import asked_unions

if TYPE_CHECKING:
    from pathlib import Path

    from tieline.region.read import RegionData
    from tieline.region.region import Region, Value


def appraise_together(folders: Sequence[RegionData | str | Path], **options: Any) -> Appraisal:
    """What `tieline.appraise` says of each folder, and money over all of them.

    Parameters
    ----------
    folders
        Regions as read, or their folders: the same jurisdictions in the same order, networks and
        projects of different names.
    options
        Those of `tieline.appraise`; networks are named over all folders.

    Raises
    ------
    InputError
        If the folders do not fit together, with all that does not.
    CaseError
        If a network, kind of players or scenario is not known.
    """
    data = [read(f) for f in folders]
    if len(data) == 1:
        return appraise(data[0], **options)
    _refuse_unlike([d.region for d in data])
    only, unions = options.pop("only", None), options.pop("unions", ())
    asked_of = options.pop("solutions", ())
    unions = asked_unions(joined([d.region for d in data]), asked_of, unions)
    solutions = asked_solutions(asked_of, unions)
    funds = funds_asked(options.pop("funds", ()), data[0].region)
    parts, cases = [], []
    asked = {k: options[k] for k in ("players", "scenario", "budget", "as_of", "width")
             if k in options}
    means = Means(**{k: options[k] for k in ("progress", "executor", "cache", "store")
                     if k in options})
    for d in data:
        chosen = [n for n in d.networks if only is None or n in only]
        if chosen:
            parts.append(appraise(d, only=chosen, **options))
            cases.append(SetCases.of(d, question_of(d, **asked), means))
    if not parts:
        msg = f"network '{', '.join(only or ())}' is not known; there is: "
        raise CaseError(msg + ", ".join(n for d in data for n in d.networks))
    whole = replace(
        parts[0], region=joined([p.region for p in parts]),
        networks={name: n for p in parts for name, n in p.networks.items()},
        notes=tuple(dict.fromkeys((*_dates(parts), *(n for p in parts for n in p.notes)))),
        unpriced={name: m for p in parts for name, m in p.unpriced.items()},
        data_notes=tuple(n for p in parts for n in p.data_notes),
    )
    return finished(whole, solutions=solutions, discount=options.get("discount"), unions=unions,
                    sets=joined_cases(cases), funds=funds, index=options.get("index", "SII"))


def _refuse_unlike(regions: Sequence[Region]) -> None:
    """InputError with everything that keeps these regions from being one."""
    first, problems = regions[0], []
    ids = [j.id for j in first.jurisdictions]
    for other in regions[1:]:
        found = [j.id for j in other.jurisdictions]
        if found != ids:
            problems.append(f"{other.label()}: expected jurisdictions {', '.join(ids)}, found "
                            f"{', '.join(found)}")
    for what in ("networks", "projects"):
        names = [n if isinstance(n, str) else n.id for r in regions for n in getattr(r, what)]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            problems.append(f"{what} of one name in two folders: {', '.join(twice)}")
    if problems:
        raise InputError(problems)


def joined(regions: Sequence[Region]) -> Region:
    """One region of all: prices named by their network, so that none reaches another folder's."""
    first = regions[0]
    if len(regions) == 1:
        return first
    dates = [r.study_date for r in regions if r.study_date]
    same = len({r.label("zh") for r in regions}) == 1
    return replace(
        first, networks=tuple(n for r in regions for n in r.networks),
        name=first.name if same else " + ".join(r.label("en") for r in regions),
        name_zh=first.name_zh if same else " + ".join(r.label("zh") for r in regions),
        projects=tuple(p for r in regions for p in r.projects),
        values=tuple(v for r in regions for v in _named(r)),
        impacts=tuple(i for r in regions for i in r.impacts),
        budgets=tuple(replace(b, projects=tuple(p.id for p in r.projects))
                      for r in regions for b in r.budgets),
        incidents=tuple(i for r in regions for i in r.incidents),
        study_date=max(dates) if dates else None,
        provenance={f"{r.networks[0]}.{k}" if k in first.provenance and r is not first else k: v
                    for r in regions for k, v in r.provenance.items()},
    )


def _named(region: Region) -> list[Value]:
    return [replace(v, measure=f"{network}.{v.measure}")
            for v in region.values for network in region.networks
            if "." not in v.measure] + [v for v in region.values if "." in v.measure]


def _dates(parts: Sequence[Appraisal]) -> list[str]:
    """Where folders speak of different days."""
    found = {", ".join(p.networks): p.region.study_date for p in parts}
    if len(set(found.values())) < 2:
        return []
    return ["study dates differ: " + ", ".join(f"{k} {v or 'none'}" for k, v in found.items())]
