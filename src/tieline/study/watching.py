"""Patrols and sampling of a ledger beside the measures of an appraisal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tieline.ledger.coverage import coverage, months_between

if TYPE_CHECKING:
    from tieline.ledger.ledger import Ledger
    from tieline.ledger.rights import Principal
    from tieline.study.appraisal import Appraisal


def with_coverage(appraisal: Appraisal, ledger: Ledger, who: Principal) -> Appraisal:
    """The appraisal with what was patrolled and sampled in its scenario's year.

    What `who` may not see is left out. Without a date of the scenario, the year of the last
    patrol or observation.
    """
    day = appraisal.region.scenario(appraisal.scenario).date
    year = str(day.year) if day else _last_year(ledger, who)
    if not year:
        return appraisal
    months = months_between(f"{year}-01", f"{year}-12")
    return replace(appraisal, watched=tuple(coverage(ledger, months, who)))


def _last_year(ledger: Ledger, who: Principal) -> str:
    view = ledger.view(who)
    days = [str(s.get("date")) for kind in ("patrol", "observation") for s in view.records(kind)]
    return max(days, default="")[:4]
