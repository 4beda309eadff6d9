"""The end of the report: method, limits, unit values, data, sources, glossary, how to repeat."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tieline.messages import message
from tieline.publish.markup import Html, el, join
from tieline.publish.numbers import scale_for
from tieline.publish.page import MARKS, Page, cell, finite, head, paragraph, row, section, table
from tieline.publish.power import base_case
from tieline.publish.words import in_language, texts, typeset
from tieline.region.model import STATUSES

if TYPE_CHECKING:
    from tieline.appraisal.results import Money, NetworkAppraisal

PLAYERS = ("jurisdictions", "borders", "projects")
NOTES_SHOWN = 12
LIMITS = ("data", "single", "protection", "order", "fair")
POWER_LIMITS = frozenset({"single", "protection"})
POWER_TERMS = frozenset({"customer_hours", "tie", "backfeed"})


def method(page: Page) -> Html:
    """How the figures were made, and what they do not say."""
    words = page.words
    engines = {n.engine for n in page.appraisal.networks.values()}
    told = [k for k in ("power",) if k in engines]
    keys = ["apart", *told, "game", *(["money"] if page.appraisal.money else []), "links"]
    limits = [k for k in LIMITS if k not in POWER_LIMITS or "power" in engines]
    return section(
        "method", words("method.title"), *(paragraph(words(f"method.{k}")) for k in keys),
        *(join(paragraph(_exactness(page, n)), base_case(page, n))
          for n in page.appraisal.networks.values()),
        el("h3", words("method.limits")),
        el("ul", *(el("li", words(f"method.limit_{k}")) for k in limits), class_="limits"),
        *(_prices(page, m) for m in page.appraisal.money.values()),
        _notes(page),
    )


def _exactness(page: Page, network: NetworkAppraisal) -> str:
    m = page.first(network)
    gaps = finite(*(s.gap for s in network.splits.values() if s.measure.name == m.name))
    worst = max(gaps, default=0.0)
    if worst == 0.0 and any(o.gap.any() for o in network.outcomes.values()):
        return page.words("method.not_exact")
    if worst == 0.0:
        return page.words("method.exact")
    return page.words("method.gap", gap=page.scale([worst], m).say_at_most(worst))


def _prices(page: Page, money: Money) -> Html:
    words = page.words
    rows = []
    for p in money.prices:
        ends = [p.low, p.typical, p.high]
        scale = scale_for(ends, "", words, digits=2)
        title, unit = _priced(page, p.measure)
        value = join(f"{scale.text(p.typical)} ", el("small", scale.span(p.low, p.high)))
        where = page.name(p.jurisdiction) if p.jurisdiction else words("method.all_jurisdictions")
        per = words.unit(p.currency)[0] + (f" / {unit}" if unit else "")
        rows.append(row(
            title, cell(where, ""), cell(value), cell(per, ""), cell(str(p.price_year or "")),
            cell(page.chip(p.status), ""), cell(in_language(p.source, words.lang), "source"),
        ))
    heads = [head(words("words.measure"), numeric=False),
             head(words("words.jurisdiction"), numeric=False), head(words("method.price")),
             head(words("words.unit"), numeric=False), head(words("method.price_year")),
             head(words("words.status"), numeric=False), head(words("words.source"), numeric=False)]
    return table(words("method.assumptions"), [heads], rows, kind="prose")


def _priced(page: Page, key: str) -> tuple[str, str]:
    for name, network in page.appraisal.networks.items():
        for m in network.measures:
            if key in {m.name, f"{name}.{m.name}"}:
                unit = page.words.unit(m.unit)[0]
                return m.title(page.words.lang), unit.removesuffix("/年").removesuffix("/yr")
    return key, ""


def _notes(page: Page) -> Html | None:
    notes = [message(n, page.words.lang) for n in page.appraisal.every_note()]
    if not notes:
        return None
    return join(el("h3", page.words("data.notes")), el("ul", *(el("li", n) for n in notes)))


def _data_notes(page: Page) -> Html | None:
    """What reading the data noted: the first of it, and where all of it is."""
    words, notes = page.words, page.appraisal.data_notes
    if not notes:
        return None
    lines = [n.message(words.lang) for n in notes[:NOTES_SHOWN]]
    if len(notes) > NOTES_SHOWN:
        lines.append(words("data.more_notes", n=len(notes) - NOTES_SHOWN))
    return join(el("h3", words("data.data_notes")), el("ul", *(el("li", x) for x in lines)))


def data(page: Page) -> Html:
    """Status of every input table, sources, measures, glossary, how to repeat."""
    words = page.words
    return section(
        "data", words("data.title"), _statuses(page), _data_notes(page), _provenance(page),
        _measures(page), el("h3", words("data.glossary")), _glossary(page),
        el("h3", words("data.again")), _again(page),
    )


def _statuses(page: Page) -> Html | None:
    words, a = page.words, page.appraisal
    tables: dict[str, dict[str, int]] = {}
    for (network, key), counts in a.status_tables().items():
        prefix = f"{page.network(network)} · " if network and len(a.networks) > 1 else ""
        tables[prefix + words.get(f"tables.{key}", key)] = counts
    found = [s for s in STATUSES if any(c.get(s) for c in tables.values())]
    if not found:
        return None
    lines = [
        row(title, *(cell(f"{c[s]:,}" if c.get(s) else "·") for s in found),
            cell(f"{sum(c.values()):,}"))
        for title, c in tables.items()
    ]
    totals = [sum(c.get(s, 0) for c in tables.values()) for s in found]
    lines.append(row(words("data.total"), *(cell(f"{t:,}") for t in totals),
                     cell(f"{sum(totals):,}"), kind="total"))
    heads = [head(words("words.table"), numeric=False)]
    heads += [head(f"{MARKS[s]} {words(f'status.{s}.name')}") for s in found]
    heads.append(head(words("data.total")))
    return table(words("data.caption"), [heads], lines, unit=words("words.rows"))


def _provenance(page: Page) -> Html | None:
    words = page.words
    entries = page.appraisal.region.provenance
    if not entries:
        return None
    return join(el("h3", words("data.provenance")), el("dl", *(
        el("div", el("dt", page.chip(k) if k in MARKS else words.get(f"provenance.{k}", k)),
           el("dd", typeset(in_language(v, words.lang))))
        for k, v in entries.items()
    ), class_="prose"))


def _measures(page: Page) -> Html:
    words, lang = page.words, page.words.lang
    rows = [
        row(m.title(lang), cell(words.unit(m.unit)[0] if m.unit != "-" else "%", ""),
            cell((m.meaning_zh if lang == "zh" else m.meaning) or m.meaning, ""),
            cell(m.standard, "source"))
        for network in page.appraisal.networks.values() for m in network.told
    ]
    heads = [head(words(f"words.{k}"), numeric=False)
             for k in ("measure", "unit", "meaning", "standard")]
    return table(words("data.measures_caption"), [heads], rows, kind="prose")


def _glossary(page: Page) -> Html:
    words = page.words
    power = any(n.engine == "power" for n in page.appraisal.networks.values())
    keys = [k for k in texts()["terms"] if power or k not in POWER_TERMS]
    return el("dl", *(
        el("div", el("dt", words(f"terms.{k}.name")), el("dd", words(f"terms.{k}.text")))
        for k in keys
    ), class_="glossary")


def _again(page: Page) -> Html:
    words, a = page.words, page.appraisal
    options = [f" --only {n}" for n in a.networks if set(a.networks) < set(a.region.networks)]
    options += [f" --players {k}" for k in a.players if len(set(a.players)) < len(PLAYERS)]
    options += [f" --scenario {a.scenario}"] if a.scenario != "base" else []
    command = (f"tieline appraise {words('data.folder')}{''.join(options)} --lang {words.lang} "
               "--out DIR")
    lines = [
        words("data.identity", network=page.network(n.network), engine=n.engine,
              version=n.version, digest=n.digest[:12], cases=f"{n.n_evaluated:,}")
        for n in a.networks.values()
    ]
    return join(paragraph(words("data.again_text")), el("pre", el("code", command)),
                *(paragraph(x, "note") for x in lines))


def own_version() -> str:
    """Tieline's version."""
    try:
        return version("tieline")
    except PackageNotFoundError:
        return ""
