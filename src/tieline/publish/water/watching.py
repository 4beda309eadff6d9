"""Patrols and sampling beside the measures: what was due in a year, what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieline.publish.page import Page, cell, head, paragraph, row, section, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.ledger.coverage import Coverage
    from tieline.publish.markup import Html

KINDS = {"patrol": "water.patrol", "sampling": "water.sampling"}


def watching(page: Page, found: Sequence[Coverage]) -> Html | None:
    """One line for each plan: its months added up; a month counts as done at most once over."""
    if not found:
        return None
    words = page.words
    plans: dict[tuple[str, str], list[Coverage]] = {}
    for month in found:
        plans.setdefault((month.what, month.plan.id), []).append(month)
    rows = []
    for (what, _), months in plans.items():
        due = sum(m.due for m in months)
        counted = sum(min(m.done, m.due) for m in months)
        short = sum(m.done < m.due for m in months)
        plan = months[-1].plan
        rows.append(row(
            plan.label(words.lang), cell(words(KINDS[what]), ""),
            cell(page.name(plan.owner), ""), cell(f"{due}"), cell(f"{sum(m.done for m in months)}"),
            cell(f"{sum(m.joint for m in months)}" if what == "patrol" else ""),
            cell(f"{counted / due:.0%}"), cell(f"{short}")))
    heads = [head(words("water.plan"), numeric=False), head(words("water.watch"), numeric=False),
             head(words("words.jurisdiction"), numeric=False),
             *(head(words(f"water.{k}")) for k in ("due", "done", "joint", "covered", "short"))]
    first, last = found[0].month, found[-1].month
    return section(
        "watching", words("water.watching_title"), paragraph(words("water.watching_lead"), "lead"),
        table(words("water.watching_caption", first=first, last=last), [heads], rows))
