"""One page on portfolios over scenarios: what to build whatever comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tieline.messages import singular
from tieline.publish.markup import Html, el
from tieline.publish.method import own_version
from tieline.publish.noted import noted
from tieline.publish.numbers import scale_for
from tieline.publish.page import Voice, cell, head, paragraph, row, section, table
from tieline.publish.shell import document, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.appraisal.portfolio.robust import Robust
    from tieline.publish.numbers import Scale
    from tieline.publish.words import Words
    from tieline.region.region import Region


def render_robust(region: Region, found: Mapping[str, Robust], lang: str = "zh") -> str:
    """The page as HTML that needs nothing but itself; the same portfolios give the same text."""
    words = words_of(lang)
    title = f"{region.label(words.lang)} · {words('robust.title')}"
    footer = el("footer", *(paragraph(t) for t in _Region(region, words).captions()),
                paragraph(words("page.unofficial")),
                paragraph(words("page.made_by", version=own_version())))
    return document(words, title, el("h1", title), *robust_sections(words, region, found), footer)


def robust_sections(words: Words, region: Region, found: Mapping[str, Robust]) -> list[Html]:
    """A chapter for each currency."""
    names = {key: _scenario(region, key, words.lang) for key in region.scenarios}
    names |= {x.id: x.label(words.lang) for xs in (region.projects, region.jurisdictions)
              for x in xs}
    return [_one(words, r, currency, names, region) for currency, r in found.items()]


def no_robust(words: Words, region: Region, why: str) -> Html:
    """The chapter where there is nothing to choose among."""
    return section("robust", words("robust.title"),
                   paragraph(noted(why, region, words.lang), "note"))


@dataclass(frozen=True)
class _Region(Voice):
    of: Region
    words: Words

    @property
    def region(self) -> Region:
        return self.of


def _one(
    words: Words, r: Robust, currency: str, names: Mapping[str, str], region: Region
) -> Html:
    return section(f"robust-{currency.lower()}", words("robust.title"),
                   paragraph(words("robust.lead"), "lead"), _projects(words, r, names),
                   _sets(words, r, names, currency),
                   *(paragraph(noted(n, region, words.lang), "note") for n in r.notes))


def _projects(words: Words, r: Robust, names: Mapping[str, str]) -> Html:
    rows = [
        row(names.get(r.problem.projects[k], r.problem.projects[k]),
            cell(f"{r.core_index[k]:.2f}"),
            cell(words("robust.in") if r.sets[r.choice][k] else "", ""))
        for k in np.argsort(-r.core_index, kind="stable")
    ]
    heads = [head(words("words.project"), numeric=False), head(words("robust.index")),
             head(words("robust.least"), numeric=False)]
    over = words.listed([names.get(s, s) for s in r.scenarios])
    return table(words("robust.projects", scenarios=over), [heads],
                 rows, note=words("robust.index_note"))


def _scenario(region: Region, key: str, lang: str) -> str:
    row = region.scenarios[key]
    return str(row.get("name_zh" if lang == "zh" else "name", "") or key)


def _sets(words: Words, r: Robust, names: Mapping[str, str], currency: str) -> Html:
    scale = scale_for([*map(float, r.values.ravel()), *map(float, r.regret)], r.unit, words)
    rows = []
    for place, k in enumerate(np.argsort(r.regret, kind="stable")):
        listed = [names.get(p, p) for p, yes in zip(r.problem.projects, r.sets[k], strict=True)
                  if yes]
        worth = (cell(scale.text(float(v)) + _between(r, k, s, scale))
                 for s, v in enumerate(r.values[k]))
        rows.append(row(str(place + 1), *worth,
                        cell(scale.text(float(r.regret[k]))),
                        cell(words.listed(listed) if listed else words("robust.nothing"), "")))
    heads = [head(words("robust.set"), numeric=False),
             *(head(names.get(s, s)) for s in r.scenarios), head(words("robust.regret")),
             head(words("robust.members"), numeric=False)]
    return table(words("robust.sets", budget=_limits(words, r, names, currency)), [heads],
                 rows, unit=scale.unit, kind="prose", note=words("robust.sets_note"))


def _between(r: Robust, k: int, s: int, scale: Scale) -> str:
    """A set's worth at the ends of unit values, in brackets; empty where they are written alike."""
    if r.low is None or r.high is None:
        return ""
    low, high = scale.text(float(r.low[k, s])), scale.text(float(r.high[k, s]))
    return "" if low == high else f" ({low} ~ {high})"


def _limits(words: Words, r: Robust, names: Mapping[str, str], currency: str) -> str:
    """What may be spent: one amount, or each budget by whose it is and when."""
    if r.problem.names in (("all",), ("budget 1",)):
        amount = float(r.problem.budgets[0])
        if r.counted:
            return singular(words("programme.n_projects", n=f"{amount:.0f}"))
        return scale_for([amount], currency, words).say(amount)
    known = {**names, "all": words("words.sum")}
    return words.listed([
        f"{' '.join(known.get(x, x) for x in name.split(':'))} {float(b):,.0f}"
        for name, b in zip(r.problem.names, r.problem.budgets, strict=True)])
