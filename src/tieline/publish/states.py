"""Every state of the borders: apart and together by jurisdiction, then all states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tieline.publish.figures import Axis, bars, swatch
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import MINUS
from tieline.publish.page import Page, cell, finite, head, paragraph, row, section, table, within

if TYPE_CHECKING:
    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.numbers import Scale

LEADS = ("states.lead_none", "states.lead_one")
"""What is said of no border and of one."""
MANY = 6
"""Above so many jurisdictions the table of states shows the whole region only."""


def states(page: Page, network: NetworkAppraisal) -> Html:
    """Bars and tables of the leading measure."""
    words = page.words
    n, every = len(network.pairs), 1 << len(network.pairs)
    if n < len(LEADS):
        lead = words(LEADS[n])
    else:
        key = "states.lead" if len(network.states) == every else "states.lead_some"
        lead = words(key, n=n, states=every)
    parts: list[Html] = [paragraph(lead, "lead"), _by_jurisdiction(page, network)]
    if len(network.states) > 2:
        parts.append(_all_states(page, network))
    return section(f"{network.network}-states", words("states.title"), *parts)


def legend(page: Page, *items: tuple[str, str, str]) -> Html:
    """Samples with their words: (class, shape, word)."""
    return el("p", *(el("span", swatch(k, s), " ", w) for k, s, w in items), class_="legend")


def _by_jurisdiction(page: Page, network: NetworkAppraisal) -> Html:
    words, m = page.words, page.first(network)
    apart, together = (network.value(s, m.name) for s in ("apart", "together"))
    totals = [network.total(s, m.name) for s in ("apart", "together")]
    change = (together - apart) * m.sign
    gap = np.zeros(len(change)) if m.ratio_of else network.gain_gap(m.name)
    scale = page.scale([*apart, *together, *totals], m, [(totals[1] - totals[0])])
    axis = Axis.of(finite(apart, together))
    rows = [
        row(name, cell(bars([(float(apart[k]), "apart"), (float(together[k]), "together")], axis),
                       "chart"),
            cell(scale.text(float(apart[k])), "n apart"),
            cell(scale.text(float(together[k])), "n together"),
            cell(within(scale.text(float(change[k]), sign=True), scale, float(gap[k]))))
        for k, name in enumerate(page.names(network.jurisdictions))
    ]
    rows.append(row(
        words("words.region"), cell("", "chart"), cell(scale.text(totals[0]), "n apart"),
        cell(scale.text(totals[1]), "n together"),
        cell(within(scale.text((totals[1] - totals[0]) * m.sign, sign=True), scale,
                    float(gap.sum()))), kind="total",
    ))
    sample = legend(page, ("apart", "bar", words("words.apart")),
                    ("together", "bar", words("words.together")))
    heads = [head(words("words.jurisdiction"), numeric=False), head(sample, numeric=False),
             *(head(words(f"words.{w}")) for w in ("apart", "together", "gain"))]
    title = words("states.caption", measure=page.title(m))
    return table(title, [heads], rows, unit=scale.unit, kind="charted",
                 note=words("split.gap_note") if gap.any() else None,
                 rests=page.rests(network.network))


def _all_states(page: Page, network: NetworkAppraisal) -> Html:
    words, m = page.words, page.first(network)
    labels = list(network.states)
    values = np.array([network.value(s, m.name) for s in labels])
    totals = np.array([network.total(s, m.name) for s in labels])
    every = len(network.jurisdictions) <= MANY
    grid = np.column_stack([values, totals]) if every else totals[:, None]
    gains = (grid - grid[0]) * m.sign
    scale = page.scale(finite(grid), m, finite(gains[-1]))
    change = page.scale(finite(gains), m)
    axis = Axis.of(finite(gains))
    columns = [*page.names(network.jurisdictions)] if every else []
    columns.append(words("words.region"))
    rows = [
        row(_label(page, network, s),
            *(cell(join(scale.text(float(grid[i, k])),
                        _change(change, float(gains[i, k])),
                        bars([(float(gains[i, k]), "together")], axis)),
                   "n barred" + (" all" if k == grid.shape[1] - 1 else ""))
              for k in range(grid.shape[1])),
            kind="total" if s == "together" else None)
        for i, s in enumerate(labels)
    ]
    heads = [head(words("words.state"), numeric=False), *(head(c) for c in columns)]
    title = words("states.caption_all", measure=page.title(m))
    return table(title, [heads], rows, unit=scale.unit, kind="states", note=words("states.dots"),
                 rests=page.rests(network.network))


def _change(scale: Scale, value: float) -> Html | None:
    text = scale.text(value, sign=True)
    return el("small", text) if text[0] in "+" + MINUS else None


def _label(page: Page, network: NetworkAppraisal, state: str) -> Html:
    """The borders that are open, in dots and in words."""
    words = page.words
    links = {(a, b) for _, a, b in network.states[state].open}
    dots = "".join("●" if p in links else "○" for p in network.pairs)
    if state == "together":
        text = words("states.together")
    elif state == "apart":
        text = words("states.apart")
    else:
        text = words.listed(page.names(f"{a}+{b}" for a, b in network.pairs if (a, b) in links))
    few = len(network.pairs) <= MANY
    mark = el("span", dots, class_="dots", aria_hidden="true") if few else None
    return el("span", mark, el("span", text), class_="state")
