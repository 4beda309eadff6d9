"""A storm as one page of HTML: headline, exceedance curves, figures with intervals, method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieline.appraisal.response import WAITING
from tieline.appraisal.storm import (
    QUANTILES,
    Estimate,
    exceedance,
    mean_of,
    quantile_of,
    samples_needed,
    share_of,
)
from tieline.publish.figures import swatch
from tieline.publish.markup import Html, el, join
from tieline.publish.method import own_version
from tieline.publish.numbers import DASH, percent, scale_for
from tieline.publish.page import Voice, cell, head, paragraph, row, section, table
from tieline.publish.respond.curve import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, nice, tick
from tieline.publish.respond.head import kind_of, rests_on, status_table
from tieline.publish.respond.page import STYLE
from tieline.publish.shell import document, words_of
from tieline.publish.words import typeset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieline.appraisal.storm import StormResult
    from tieline.publish.words import Words
    from tieline.region.model import FloatArray
    from tieline.region.region import Region

LIMITS = ("field", "lines", "repair")
NEGLIGIBLE = 1e-6
NO_BREAK = "\u00a0"
BAD = 0.95
"""A bad storm: one in twenty costs more."""


@dataclass(frozen=True)
class StormFace(Voice):
    """A storm about to be told in one language."""

    storm: StormResult
    words: Words

    @property
    def region(self) -> Region:
        """The region of the storm."""
        return self.storm.region

    def state(self, label: str) -> str:
        """A state as the reader calls it."""
        known = self.words.get(f"state.{label}", "")
        return known or self.words("state.members", names=self.name(label))

    def heading(self) -> str:
        """What the page is about."""
        return self.words("storm.title", gust=f"{self.storm.gust_m_s:g}")

    def hours(self, found: float | Estimate) -> str:
        """Customer-hours of a storm as bare numbers, with the interval where there is one."""
        if not isinstance(found, Estimate):
            return scale_for([found], "customer-h", self.words, bare=True).text(found)
        scale = scale_for([found.value], "customer-h", self.words, bare=True)
        if not (math.isfinite(found.low) and math.isfinite(found.high)):
            return scale.text(found.value)
        return self.words("storm.with_range", value=scale.text(found.value),
                          low=scale.text(found.low), high=scale.text(found.high))

    def scenario(self) -> str:
        """The scenario by the name its row gives it."""
        name = self.storm.cases[self.storm.led].scenario
        row = self.region.scenarios.get(name)
        given = str(row.get("name_zh" if self.words.lang == "zh" else "name", "")) if row else ""
        return typeset(given) or self.words.get(f"scenario.{name}", name)


def render(storm: StormResult, lang: str = "zh") -> str:
    """The storm as one HTML page; ValueError for a language pages do not speak."""
    face = StormFace(storm, words_of(lang))
    title = f"{face.region.label(face.words.lang)} · {face.heading()}"
    return document(face.words, title, _masthead(face), _curves(face), _figures(face),
                    _method(face), _footer(face), styles=(STYLE,))


def headline(face: StormFace) -> list[str]:
    """What the storm costs on average and at worst, and what the borders change."""
    words, s = face.words, face.storm
    both = "apart" in s.states and s.led != "apart"
    shown = {"led": s.led, "waiting": WAITING} | ({"apart": "apart"} if both else {})
    means = {k: face.hours(mean_of(s.of(state))) for k, state in shown.items()}
    lines = [words("storm.headline" if both else "storm.headline_one", **means), _bad(face)]
    if both:
        gain = s.of("apart") - s.of(s.led)
        helped = share_of(int((gain > NEGLIGIBLE).sum()), len(gain))
        lines[1] += words.space + words(
            "storm.more", gain=face.hours(mean_of(gain)), share=percent(helped.value, 1.0),
            low=percent(helped.low, 1.0), high=percent(helped.high, 1.0),
        )
        lines[1] += _losers(face)
    if both and "power/crew" in s.statuses:
        lines[1] += words.space + words("storm.pooled")
    return [t.replace("\uff09 ", "\uff09").replace(" %", NO_BREAK + "%") for t in lines]


def _losers(face: StormFace) -> str:
    """Jurisdictions that lose more on average than if each acted apart; "" if none does."""
    words, s = face.words, face.storm
    who = []
    for j in s.jurisdictions:
        apart, led = (float(s.of(state, jurisdiction=j).mean()) for state in ("apart", s.led))
        if led > apart + NEGLIGIBLE:
            who.append(words("say.worse_who", name=face.name(j), apart=face.hours(apart),
                             led=face.hours(led)))
    return words.space + words("storm.worse", who=words.listed(who)) if who else ""


def _bad(face: StormFace) -> str:
    """What one storm in twenty costs, or that the samples are too few to say it."""
    words, s = face.words, face.storm
    found = {k: quantile_of(s.of(state), BAD) for k, state in
             (("led", s.led), ("waiting", WAITING))}
    if not all(math.isfinite(e.value) for e in found.values()):
        return words("storm.bad_few", n=s.n_samples, needed=samples_needed(BAD))
    key = "storm.bad" if s.led == "together" else "storm.bad_one"
    return words(key, **{k: face.hours(e) for k, e in found.items()})


def _masthead(face: StormFace) -> Html:
    words, s = face.words, face.storm
    faults = words("storm.faults_text", mean=f"{s.faults.mean():,.1f}",
                   low=f"{s.faults.min():,.0f}", high=f"{s.faults.max():,.0f}",
                   expected=f"{s.expected_faults:,.1f}")
    built = [p.id for p in face.region.projects if p.id in s.cases[s.led].built]
    facts = [
        (words("storm.gust"), f"{s.gust_m_s:g} m/s"), (words("storm.samples"), f"{s.n_samples:,}"),
        (words("storm.seed"), str(s.seed)), (words("storm.faults"), faults),
        (words("plan.network"), face.network(s.network)),
        (words("plan.scenario"), face.scenario()),
        (words("storm.built"), words.listed(face.names(built)) or words("plan.none")),
    ]
    return el(
        "header", paragraph(words("storm.kicker"), "kicker"),
        el("ul", *(el("li", t) for t in face.captions()), class_="tags"),
        el("h1", face.region.label(words.lang), el("span", face.heading(), class_="what")),
        paragraph(words("storm.subtitle"), "subtitle"),
        el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in facts), class_="facts"),
        *(paragraph(t, "headline" if k == 0 else "headline money")
          for k, t in enumerate(headline(face))),
        paragraph(words("storm.interval"), "note"), rests_on(face, s.statuses),
    )


def _curves(face: StormFace) -> Html:
    words, s = face.words, face.storm
    top = max(float(s.of(state).max(initial=0.0)) for state in s.states)
    end = nice(max(top, 1.0))
    parts = _grid(face, end)
    for state in s.states:
        parts += _curve(s.of(state), end, kind_of(state))
    alt = words("storm.curve_alt", states=words.listed([face.state(x) for x in s.states]))
    drawing = el("svg", el("title", alt), *parts, class_="chart-wide", role="img",
                 viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}")
    legend = el("p", *(el("span", swatch(f"step-line {kind_of(x)}", "line"), " ", face.state(x))
                       for x in s.states), class_="legend")
    return section(
        "curve", words("storm.curve_title"),
        el("figure", el("div", drawing, class_="wide"), legend,
           el("figcaption", words("storm.curve_caption"))),
    )


def _x(hours: float, end: float) -> float:
    return LEFT + hours / end * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _grid(face: StormFace, end: float) -> list[Html]:
    parts = []
    for k in range(5):
        y = _y(k / 4)
        parts.append(el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(el("text", f"{25 * k} %", x=LEFT - 10, y=y + 6, class_="tick end"))
    step = tick(end)
    for k in range(int(end / step + 1e-9) + 1):
        x = _x(k * step, end)
        parts.append(el("line", x1=x, x2=x, y1=_y(0), y2=_y(0) + 6, class_="axis"))
        parts.append(el("text", f"{k * step:,.0f}", x=x, y=_y(0) + 26, class_="tick"))
    words = face.words
    parts.append(el("text", words("storm.hours"), x=WIDTH - RIGHT, y=HEIGHT - 8,
                    class_="tick end"))
    parts.append(el("text", words("storm.share"), x=LEFT + 8, y=TOP - 8, class_="tick start"))
    return parts


def _curve(values: FloatArray, end: float, kind: str) -> list[Html]:
    levels, above, low, high = exceedance(values)
    band = [*_steps(levels, high, end), *reversed(_steps(levels, low, end))]
    return [
        el("path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in band) + "Z",
           class_=f"band {kind}"),
        el("path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in _steps(levels, above, end)),
           class_=f"step-line {kind}"),
    ]


def _steps(levels: FloatArray, share: FloatArray, end: float) -> list[tuple[float, float]]:
    """Corners of a falling staircase from all storms at 0; points nobody can see are left out."""
    points = [(_x(0.0, end), _y(1.0))]
    before = 1.0
    for level, now in zip(levels, share, strict=True):
        x = _x(float(level), end)
        if x - points[-1][0] < 0.6 and len(points) > 1 and level < levels[-1]:
            continue
        points += [(x, _y(before)), (x, _y(float(now)))]
        before = float(now)
    points.append((_x(end, end), _y(before)))
    return points


def _figures(face: StormFace) -> Html:
    words, s = face.words, face.storm
    chosen = [q for q in QUANTILES if q >= 0.5]
    rows = []
    for state in s.states:
        values = s.of(state)
        cells = [_estimate(face, mean_of(values))]
        cells += [_estimate(face, quantile_of(values, q), samples_needed(q)) for q in chosen]
        rows.append(row(face.state(state), *(cell(c, f"n {kind_of(state)}") for c in cells)))
    heads = [head(words("words.state"), numeric=False), head(words("storm.mean")),
             *(head(words("storm.median") if q == 0.5 else
                    words("storm.quantile", n=f"{100 * q:g}")) for q in chosen)]
    unit = words.unit("customer-h")[0]
    note = words("storm.few") if s.n_samples < samples_needed(max(chosen)) else None
    first = table(words("storm.table_caption"), [heads], rows, unit=unit, note=note)
    return section("figures", words("storm.table_title"), first, _by_jurisdiction(face))


def _estimate(face: StormFace, e: Estimate, needed: int = 0) -> Html:
    """A figure with its interval below; what samples are too few for is not stated."""
    if not math.isfinite(e.value):
        return join(DASH, el("small", face.words("storm.needs", n=needed)))
    known = math.isfinite(e.low) and math.isfinite(e.high)
    scale = scale_for([e.value], "customer-h", face.words, bare=True)
    return join(scale.text(e.value),
                el("small", scale.span(e.low, e.high)) if known else None)


def _by_jurisdiction(face: StormFace) -> Html:
    words, s = face.words, face.storm
    rows = [
        row(face.name(j) if j else words("words.region"),
            *(cell(_estimate(face, mean_of(s.of(state, jurisdiction=j))),
                   f"n {kind_of(state)}") for state in s.states),
            kind=None if j else "total")
        for j in (*s.jurisdictions, "")
    ]
    heads = [head(words("words.jurisdiction"), numeric=False),
             *(head(face.state(state)) for state in s.states)]
    return table(words("storm.by_caption"), [heads], rows, unit=words.unit("customer-h")[0])


def _method(face: StormFace) -> Html:
    words, s = face.words, face.storm
    gap = float(s.gaps[:, s.states.index(s.led)].mean())
    exact = (words("storm.gap", gap=scale_for([gap], "customer-h", words, bare=True).at_most(gap))
             if gap > NEGLIGIBLE else words("storm.exact"))
    limits = [words(f"storm.limit_{k}") for k in LIMITS]
    limits += [words("how.limit_order"), words("method.limit_data")]
    return section(
        "how", words("how.title"), paragraph(words("storm.how")),
        *(paragraph(t) for t in _settings(face)), paragraph(exact),
        el("h3", words("method.limits")), el("ul", *(el("li", t) for t in limits),
                                             class_="limits"),
        el("h3", words("how.data")), status_table(face, s.statuses),
        el("h3", words("data.again")), _again(face),
    )


def _settings(face: StormFace) -> Sequence[str]:
    words, given = face.words, face.storm.settings
    if not given:
        return ()
    names = {"storm_median": "median_m_s", "storm_spread": "spread",
             "storm_poles": "poles_per_km", "storm_rate": "rate_per_km",
             "storm_reference": "reference_m_s", "storm_growth": "growth_per_m_s",
             "storm_cable": "cable_share"}
    shown = {k: f"{float(given[v]):g}" for k, v in names.items()}
    law = "storm.exponential" if given["law"] == "exponential" else "storm.lognormal"
    return words(law, **shown), words("storm.assumed")


def _again(face: StormFace) -> Html:
    words, s = face.words, face.storm
    scenario = s.cases[s.led].scenario
    command = f"tieline storm {words('data.folder')} --wind {s.gust_m_s:g}"
    command += f" --samples {s.n_samples} --seed {s.seed}"
    command += f" --scenario {scenario}" if scenario != "base" else ""
    identity = words("how.identity", network=face.network(s.network), engine=s.engine,
                     version=s.version, digest=s.digest[:12])
    return join(paragraph(identity, "note"),
                el("pre", el("code", f"{command} --lang {words.lang} --out DIR")))


def _footer(face: StormFace) -> Html:
    words = face.words
    captions = {t.casefold(): t for t in [words("page.schematic"), *face.captions()]}.values()
    return el("footer", paragraph(words("plan.unconnected")), *(paragraph(t) for t in captions),
              paragraph(words("page.unofficial")),
              paragraph(words("page.made_by", version=own_version())))
