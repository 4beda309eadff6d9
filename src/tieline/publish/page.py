"""What every section of the report works with: the appraisal, the language, names, tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tieline.appraisal.situation import CHOSEN
from tieline.publish.markup import Html, Part, el, join
from tieline.publish.numbers import Scale, scale_for
from tieline.publish.words import Lang, Words, in_language, typeset
from tieline.region.model import STATUSES
from tieline.region.protocol import additive

if TYPE_CHECKING:
    from tieline.appraisal.results import Appraisal, Money, NetworkAppraisal
    from tieline.region.model import Measure
    from tieline.region.region import Region

FIRST = {"power": "customer_hours", "water": "quality_damage"}
"""The measure a planner asks for first, by engine; other engines: the one that is priced."""
KEY_FIGURES = {
    "power": ("customer_hours", "SAIDI", "SAIFI", "ASAI"),
    "water": ("quality_damage", "cleaning_cost", "people_hours", "compliance"),
}
MARKS = {
    "reported": "●", "verified": "◆", "approximate": "≈", "calibrated": "◎", "assumption": "○",
    "synthetic": "◇",
}


class Rests(NamedTuple):
    """What a table's figures rest on: marks for its head, a line in words for below it."""

    marks: Html
    line: Html | None


class Voice:
    """A region told in one language: names, numbers, statuses, captions."""

    words: Words

    @property
    def region(self) -> Region:
        """The region that is told of."""
        raise NotImplementedError

    def names(self, ids: Iterable[str]) -> list[str]:
        """Jurisdictions, links and borders ("a+b") as the reader calls them.

        A border names its two sides in the region's order.
        """
        region, lang = self.region, self.words.lang
        known = {j.id: j.label(lang) for j in region.jurisdictions}
        known |= {p.id: p.label(lang) for p in region.projects}
        joint = "–" if lang == "en" else "—"
        place = {j.id: k for k, j in enumerate(region.jurisdictions)}

        def border(key: str) -> str:
            parts = sorted(key.split("+"), key=lambda p: place.get(p, len(place)))
            return joint.join(known.get(p, p) for p in parts)

        return [known.get(i) or border(i) for i in ids]

    def name(self, key: str) -> str:
        """One name, as `names` gives it."""
        return self.names([key])[0]

    def network(self, name: str) -> str:
        """A network as the reader calls it."""
        return self.words.get(f"network.{name}", name)

    def state(self, name: str) -> str:
        """A state of the borders in words: apart, together, as chosen."""
        return self.words(f"situation.{name}" if name == CHOSEN else f"words.{name}")

    def scale(self, values: Iterable[float], measure: Measure,
              differences: Iterable[float] = ()) -> Scale:
        """How to write values of a measure."""
        return scale_for(values, measure.unit, self.words, differences=differences)

    def title(self, measure: Measure) -> str:
        """The measure's name, in running text."""
        text = measure.title(self.words.lang)
        capital = text[:1].upper() + text[1:2]
        return text if capital == capital.upper() else text[:1].lower() + text[1:]

    def chip(self, status: str, *, count: int | None = None) -> Html:
        """A status as a mark with its word, and how many rows have it."""
        known = self.words.has(f"status.{status}.name")
        word = self.words(f"status.{status}.name") if known else status
        number = None if count is None else el("b", f" {count:,}")
        explained = self.words(f"status.{status}.text") if known else None
        return el("span", el("i", MARKS.get(status, "·"), aria_hidden="true"), " ", word, number,
                  class_=f"chip {status}", title=explained)

    def captions(self) -> list[str]:
        """The region's caption, cut at semicolons, each part in the reader's language."""
        return captions_of(self.region, self.words.lang)


def captions_of(region: Region, lang: Lang) -> list[str]:
    """A region's caption, cut at semicolons, each part in a language."""
    parts = region.caption.replace("；", ";").split(";")
    return [typeset(in_language(p.strip(), lang)) for p in parts if p.strip()]


@dataclass(frozen=True)
class Page(Voice):
    """An appraisal about to be told in one language."""

    appraisal: Appraisal
    words: Words

    @property
    def region(self) -> Region:
        """The region of the appraisal."""
        return self.appraisal.region

    def first(self, network: NetworkAppraisal) -> Measure:
        """The additive measure the report leads with."""
        summed = [m for m in additive(network.told) if m.sign] or list(network.told)
        by_name = {m.name: m for m in summed}
        wanted = [FIRST.get(network.engine, "")]
        wanted += [m for money in self.appraisal.money.values() for n, m in money.by_measure
                   if n == network.network]
        moved = [m.name for m in summed if gain(network, m) != 0.0]
        return next((by_name[w] for w in [*wanted, *moved] if w in by_name), summed[0])

    def key_measures(self, network: NetworkAppraisal) -> list[Measure]:
        """The measure the report leads with and up to three ratios with a better side."""
        by_name = {m.name: m for m in network.told}
        chosen = [by_name[n] for n in KEY_FIGURES.get(network.engine, ()) if n in by_name]
        if chosen:
            return chosen
        ratios = [m for m in network.told if m.ratio_of is not None and m.sign]
        return [self.first(network), *ratios[:3]]

    def money(self) -> Money | None:
        """The money the report leads with: that of the region's currency, else the first."""
        every = self.appraisal.money
        return every.get(self.appraisal.region.currency) or next(iter(every.values()), None)

    def scenario(self) -> str:
        """The scenario as the reader calls it: its name in scenarios.csv, else its id."""
        key, lang = self.appraisal.scenario, self.words.lang
        row = self.appraisal.region.scenarios.get(key)
        names = ("name_zh", "name") if lang == "zh" else ("name", "name_zh")
        given = [str(row.get(n, "")) for n in names] if row else []
        return next((n for n in given if n), self.words.get(f"scenario.{key}", key))

    def rests(self, *networks: str, prices: Iterable[str] = ()) -> Rests:
        """What figures of these networks are computed from, commonest first, and their prices."""
        counts = self.appraisal.status_counts(*networks)
        found = sorted((s for s in STATUSES if counts.get(s)), key=lambda s: -counts[s])
        asked = set(prices)
        priced = [s for s in STATUSES if s in asked]
        if not found and not priced:
            return Rests(Html(""), None)
        told = self.words.get
        every = [s for s in STATUSES if s in {*found, *priced}]
        names = self.words.listed([told(f"status.{s}.name", s) for s in every])
        marks = el(
            "span", *(el("i", MARKS[s], class_=s) for s in every), class_="marks", role="img",
            title=names, aria_label=f"{self.words('words.status')}: {names}",
        )
        parts = [self._filled("headline.rests_on", "data", found)] if found else []
        if priced:
            parts.append(self._filled("headline.rests_prices", "prices", priced))
        return Rests(marks, el("p", *parts, class_="note rests-on"))

    def rests_in(self, money: Money) -> Rests:
        """The same of amounts of money, with the status of the prices."""
        return self.rests(*money.networks, prices=(p.status for p in money.prices))

    def _filled(self, key: str, field: str, statuses: Sequence[str]) -> Html:
        """The text of a key with chips of these statuses in its field."""
        before, after = self.words(key).split(f"{{{field}}}")
        between = "、" if self.words.lang == "zh" else ", "
        chips: list[Part] = []
        for s in statuses:
            chips += [between, self.chip(s)]
        return join(before, *chips[1:], after)

def compared(network: NetworkAppraisal) -> tuple[str, str]:
    """The two states that a network's own tables are shown of: apart, and together or as chosen."""
    return "apart", CHOSEN if CHOSEN in network.detail else "together"


def gain(network: NetworkAppraisal, measure: Measure) -> float:
    """Together against apart in the whole region, positive where better."""
    apart, together = (network.total(s, measure.name) for s in ("apart", "together"))
    return (together - apart) * measure.sign


def within(text: Html | str, scale: Scale, gap: float) -> Html | str:
    """A gain, below it how far it may be off; the bare text where it is exact."""
    return join(text, el("small", f"± {scale.at_most(gap)}")) if gap > 0.0 else text


def finite(*arrays: object) -> list[float]:
    """All finite numbers of arrays, None left out."""
    out: list[float] = []
    for a in arrays:
        if a is not None:
            flat = np.ravel(np.asarray(a, dtype=np.float64))
            out += [float(v) for v in flat if math.isfinite(v)]
    return out


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def head(text: Part, *, span: int = 1, numeric: bool = True, rows: int = 1) -> Html:
    """A cell of a table's head."""
    return el("th", text, scope="colgroup" if span > 1 else "col",
              colspan=span if span > 1 else None, rowspan=rows if rows > 1 else None,
              class_="n" if numeric else None)


def cell(text: Part, kind: str = "n") -> Html:
    """A cell of a table's body."""
    return el("td", text, class_=kind or None)


def row(label: Part, *cells: Html, kind: str | None = None) -> Html:
    """A row with its head; `kind` "total" sets it off."""
    return el("tr", el("th", label, scope="row"), *cells, class_=kind)


def table(  # noqa: PLR0913 - options are keyword-only
    caption: str, heads: Sequence[Sequence[Html]], rows: Iterable[Html], *, unit: str = "",
    kind: str = "", note: Part = None, rests: Rests | None = None,
) -> Html:
    """A captioned table that scrolls sideways where it is too wide.

    `unit` stands at its top beside the marks of `rests`, whose words stand below it.
    """
    caption = sentence(caption)
    marks = rests.marks if rests else None
    named = el("span", unit, " " if unit else None, marks, class_="unit") if unit or marks else None
    top = el("caption", el("span", el("span", caption), named, class_="cap"))
    body = el("table", top, el("thead", *(el("tr", *h) for h in heads)), el("tbody", *rows),
              class_=kind or None)
    scroll = el("div", body, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return join(scroll, el("p", note, class_="note") if note else None,
                rests.line if rests else None)


def section(key: str, title: str, *parts: Part) -> Html:
    """A chapter of the report."""
    return el("section", el("h2", title, id=f"{key}-title"), *parts, id=key,
              aria_labelledby=f"{key}-title")


def paragraph(text: Part, kind: str | None = None) -> Html:
    """A paragraph."""
    return el("p", text, class_=kind)
