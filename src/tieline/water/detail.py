"""Tables behind an outcome: sections and what makes them up, cuts, routes, spills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.tables import Table
from tieline.water.quality.agreement import payer, settle
from tieline.water.quality.blame import blame, shares_by_rule
from tieline.water.quality.plan import exceeds, shown_mg_l
from tieline.water.quality.standard import class_name, class_of, worst

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieline.region.model import Case
    from tieline.water.evaluate import Evaluator, Result
    from tieline.water.network import WaterNetwork
    from tieline.water.quality.blame import Blame
    from tieline.water.quality.plan import Quality

LEAST_SHARE = 1e-3
"""Sources that make less than this share of a concentration are left out of the matrix."""


def detail_tables(evaluator: Evaluator, case: Case, result: Result) -> Mapping[str, Table]:
    """`sections`, `classes`, `matrix`, `abatement`, `rules`, `agreements`, `routes`, `days`...

    `spills`, `hits`: what is planned for, who is reached.

    `graph` says what passes between jurisdictions and how much of it goes back, `reaches` where
    the waters lie.
    """
    from tieline.water.cleaning.tables import days_table, routes_table
    from tieline.water.picture import picture
    from tieline.water.spill.tables import hits_table, spills_table

    network = evaluator.network
    found = blame(network, result.quality.year)
    tables = (
        _sections(network, result.quality, found), _classes(network, result.quality),
        _matrix(network, result.quality, found), _abatement(network, result.quality),
        _rules(evaluator, case, result.quality, found), _graph(evaluator, case, result.quality),
        _agreements(evaluator, case, result.quality, found),
        days_table(network, result.cleaned), routes_table(network, result.cleaned),
        spills_table(network, result.answers), hits_table(network, result.answers),
        picture(network, case)["reaches"],
    )
    return {t.name: t for t in tables if len(t)}


def table_of(
    name: str, columns: str, rows: Sequence[Sequence[Any]], units: Mapping[str, str] | None = None
) -> Table:
    """A table from rows; a column is numbers where all its values are, else text."""
    names = columns.split()
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = {}
    for column, values in zip(names, turned, strict=True):
        numeric = values and all(
            isinstance(v, int | float | np.integer | np.floating) and not isinstance(v, bool)
            for v in values)
        arrays[column] = np.array(values, np.float64 if numeric else object)
    return Table(name, arrays, units=units or {})


def season_name(network: WaterNetwork, season: int) -> str:
    """Id of a flow scenario, "" where there is none."""
    return str(network.tables["season"].ids[season]) if season >= 0 else ""


def _sections(network: WaterNetwork, quality: Quality, found: Blame) -> Table:
    """Every section, item and season: as it is, as planned, where it comes from."""
    year, limits = quality.year, quality.year.limits
    sections, items = network.sections, network.tables["item"]
    today, after, everywhere = (
        shown_mg_l(network, limits, q) for q in (year.today, quality.after, quality.all))
    over, left = exceeds(limits, year.today), exceeds(limits, quality.after)
    total = found.by_source.sum(axis=-1) + found.inflow
    rows = []
    for s, season in enumerate(year.seasons):
        for q in range(len(limits)):
            r, i = int(limits.section[q]), int(limits.item[q])
            rows.append([
                season_name(network, season), float(year.days[s]), sections.ids[r],
                network.jurisdictions[sections["jurisdiction"][r]], items.ids[i],
                float(limits.limit_mg_l[q]), float(today[s, q]), float(after[s, q]),
                float(everywhere[s, q]), int(over[s, q]), int(left[s, q]),
                float(found.inflow[s, q] / total[s, q]) if total[s, q] > 0 else 0.0,
                float(quality.worth[s, q]),
                *(float(x) for x in found.share[s, q]),
            ])
    columns = ("season days section jurisdiction item limit_mg_l today_mg_l planned_mg_l "
               "all_plans_mg_l over_today over_planned share_inflow worth_per_mg_l "
               + " ".join(f"share_{j}" for j in network.jurisdictions))
    units = {c: "mg/L" for c in columns.split() if c.endswith("_mg_l")}
    return table_of("sections", columns, rows, units | {"days": "d/yr"})


def _classes(network: WaterNetwork, quality: Quality) -> Table:
    """The class of every section by its worst item, today and planned."""
    year, limits = quality.year, quality.year.limits
    sections, items = network.sections, network.tables["item"]
    shown = [shown_mg_l(network, limits, q) for q in (year.today, quality.after)]
    cells = network.grid.cells_at("section")
    x, y = network.grid.x[cells], network.grid.y[cells]
    oxygen = [i for i in range(len(items)) if items["uses"][i] >= 0]
    full = float(items["saturation_mg_l"][oxygen[0]]) if oxygen else float("nan")
    rows = []
    for s, season in enumerate(year.seasons):
        for r in range(len(sections)):
            mine = np.flatnonzero(limits.section == r)
            water = str(sections["water"][r])
            named = []
            for values in shown:
                number, made = worst(
                    {str(items.ids[limits.item[q]]): float(values[s, q]) for q in mine},
                    water, full)
                named += ["" if number is None else class_name(number), ";".join(made)]
            if named[0]:
                rows.append([
                    season_name(network, season), float(year.days[s]), sections.ids[r],
                    network.jurisdictions[sections["jurisdiction"][r]],
                    sections["target"][r], *named, float(x[r]), float(y[r]),
                ])
    return table_of("classes", "season days section jurisdiction target class_today worst_today "
                    "class_planned worst_planned x y", rows)


def _matrix(network: WaterNetwork, quality: Quality, found: Blame) -> Table:
    """What each source brings to each section."""
    year, limits = quality.year, quality.year.limits
    items = network.tables["item"]
    total = found.by_source.sum(axis=-1) + found.inflow
    rows = []
    for s, season in enumerate(year.seasons):
        for q in range(len(limits)):
            for n in np.flatnonzero(found.by_source[s, q] > LEAST_SHARE * total[s, q]):
                load = float(year.loads[s, :, n] @ (year.per_load[s, q, :, n] > 0.0))
                value = float(found.by_source[s, q, n])
                rows.append([
                    season_name(network, season), network.sections.ids[limits.section[q]],
                    items.ids[limits.item[q]], network.sources.ids[n],
                    network.jurisdictions[network.sources["jurisdiction"][n]], load, value,
                    value / load * 1000.0 if load > 0.0 else 0.0, value / float(total[s, q]),
                ])
    return table_of(
        "matrix", "season section item source jurisdiction kg_per_day brings_mg_l "
        "mg_l_per_t_day share", rows, {"kg_per_day": "kg/d", "brings_mg_l": "mg/L"})


def _abatement(network: WaterNetwork, quality: Quality) -> Table:
    steps = quality.steps
    rows = [
        [network.sources.ids[steps.source[k]],
         network.jurisdictions[network.sources["jurisdiction"][steps.source[k]]],
         network.tables["item"].ids[steps.item[k]], float(steps.kg_per_day[k]),
         float(quality.share[k]), float(quality.share[k] * steps.kg_per_day[k]),
         float(quality.share[k] * steps.cost[k])]
        for k in range(len(steps.row))
    ]
    return table_of("abatement", "source jurisdiction item most_kg_per_day share cut_kg_per_day "
                    "cost_per_yr", rows, {"cut_kg_per_day": "kg/d"})


def _rules(evaluator: Evaluator, case: Case, quality: Quality, found: Blame) -> Table:
    """Who would bear today's damage under each rule; upstream rules where they mean a thing."""
    network = evaluator.network
    if not len(quality.year.limits):
        return table_of("rules", "rule jurisdiction per_yr", [])
    _, graph = evaluator.flow(case, quality.year.seasons[0])
    shares = shares_by_rule(network, quality.year, found, graph)
    rows = [[rule, j, float(v)] for rule, values in shares.items()
            for j, v in zip(network.jurisdictions, values, strict=True)]
    return table_of("rules", "rule jurisdiction per_yr", rows)


def _agreements(evaluator: Evaluator, case: Case, quality: Quality, found: Blame) -> Table:
    """Every compensation agreement: its index today and planned, who would pay."""
    network, ids = evaluator.network, evaluator.network.jurisdictions
    rows = []
    if len(network.tables["agreement"]):
        graphs = [evaluator.flow(case, s)[1] for s in quality.year.seasons]
        turns = max(int(bool(g.meaning)) for g in graphs)
        for a in settle(network, quality, found):
            amount = a.amount_per_yr if a.amount_per_yr == a.amount_per_yr else 0.0
            rows.append([
                a.id, network.sections.ids[a.section], ids[a.upstream], ids[a.downstream],
                a.stability, a.today, a.planned, ids[payer(a, a.today)], ids[payer(a, a.planned)],
                amount, a.share_upstream, a.share_downstream, turns,
            ])
    return table_of(
        "agreements", "agreement section upstream downstream stability index_today index_planned "
        "pays_today pays_planned amount_per_yr share_upstream share_downstream turns", rows)


def _graph(evaluator: Evaluator, case: Case, quality: Quality) -> Table:
    network = evaluator.network
    rows = []
    for season in quality.year.seasons if len(quality.year.limits) else ():
        _, graph = evaluator.flow(case, season)
        for a, b in zip(*np.nonzero(graph.gross_m3), strict=True):
            rows.append([
                season_name(network, season), network.jurisdictions[a], network.jurisdictions[b],
                float(graph.gross_m3[a, b]), float(graph.back[a, b]),
                "no" if graph.meaning else "yes",
            ])
    return table_of("graph", "season from to passes_m3 goes_back has_upstream", rows,
                    {"passes_m3": "m3"})


def observed_classes(network: WaterNetwork) -> Table:
    """Monthly means and classes of the observations, the worst item of each section and month."""
    from tieline.water.quality.observed import monthly

    rows = []
    for section, month, means in monthly(network):
        water = str(network.sections["water"][section])
        number, made = worst(means, water)
        if number is not None:
            rows.append([
                network.sections.ids[section], month,
                network.jurisdictions[network.sections["jurisdiction"][section]],
                network.sections["target"][section], class_name(number), ";".join(made),
                sum(class_of(i, v, water) is not None for i, v in means.items()),
            ])
    return table_of("observed", "section month jurisdiction target class worst items", rows)
