"""The whole line on one page: read a region, appraise its networks, make money, write it out.

When something breaks, `respond` plans; both give records that can be written to a folder.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.appraisal import response, results
from tieline.appraisal.asked import incident_asked, states_asked
from tieline.appraisal.frames import frames_of
from tieline.appraisal.network import Means, Question, appraise_network
from tieline.appraisal.pricing import money_of, price_key
from tieline.errors import CaseError
from tieline.region.expect import nearest
from tieline.region.protocol import Responder, additive

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from tieline.appraisal.cache import Cache
    from tieline.appraisal.results import NetworkAppraisal
    from tieline.appraisal.splits import PlayersKind
    from tieline.region.model import Case, Incident, Plan
    from tieline.region.protocol import Network
    from tieline.region.read import RegionData
    from tieline.region.region import Open, Value

DEFAULT_STATUS = "assumption"
"""What a row without a status rests on, as in every schema."""

ALL_PLAYERS: tuple[PlayersKind, ...] = ("jurisdictions", "borders", "projects")


@dataclass(frozen=True, repr=False)
class Appraisal(results.Appraisal):
    """An appraisal that can be written to a folder."""

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table of the result by the name of its file."""
        return frames_of(self)

    def report(self, lang: str = "zh") -> str:
        """The report as one HTML page that needs no network."""
        from tieline.publish.report import render

        return render(self, lang)

    def write(
        self, out: str | Path, *, lang: str = "zh",
        formats: Sequence[str] = ("csv", "json", "parquet"),
    ) -> Path:
        """The folder with tables (in each format) and report.html: all of it, or nothing.

        Engines' detail tables stand in a folder by network, and not as JSON.

        The folder is made beside its place and moved there at the end; an earlier result is
        replaced, another folder that is not empty is refused.
        """
        from tieline.region.write import atomic_folder, write_table

        page = self.report(lang)
        with atomic_folder(Path(out)) as folder:
            for name, frame in self.frames().items():
                detail = "/" in name
                for suffix in (f for f in formats if not (detail and f == "json")):
                    write_table(frame, folder / f"{name}.{suffix}")
            (folder / "report.html").write_text(page, encoding="utf-8")
        return Path(out)


def appraise(  # noqa: PLR0913 - options are keyword-only
    region: RegionData | str | Path, *, only: str | Sequence[str] | None = None,
    players: Sequence[PlayersKind] = ALL_PLAYERS, scenario: str = "base",
    progress: Callable[[int, int], None] | None = None, executor: Executor | None = None,
    cache: Cache | None = None, detail: bool = True,
) -> Appraisal:
    """What each jurisdiction can do apart, what all can do together, and who gains.

    Parameters
    ----------
    region
        What `read_region` gave, or the folder.
    only
        Names of networks to appraise; default all of the region.
    players
        Who plays: jurisdictions, borders, projects.
    scenario
        A row of scenarios.csv; its date decides which projects are built.
    progress
        Called as progress(done, total) over the distinct cases of one network after the other.
    executor, cache
        See `tieline.appraisal.run.evaluate_cases`; neither changes a result.
    detail
        Whether the engines' tables are kept for apart and together (the report draws them).

    Raises
    ------
    InputError
        If the folder cannot be used, with every problem found.
    CaseError
        If a network, kind of players or scenario is not known.
    """
    data = _read(region)
    chosen = _chosen(data, only)
    _refuse_unknown("players", players, ALL_PLAYERS)
    question = Question(
        jurisdictions=tuple(j.id for j in data.region.jurisdictions),
        reference=data.region.reference(scenario), players=tuple(players), scenario=scenario,
        detail=detail,
    )
    means = Means(progress, executor, cache)
    prices = data.region.values
    networks = {
        name: _with_statuses(
            appraise_network(name, data.engines[name], data.networks[name], question, means), data
        )
        for name in chosen
    }
    made = {c: money_of(c, prices, networks) for c in dict.fromkeys(p.currency for p in prices)}
    money = {c: m for c, m in made.items() if m.networks}
    return Appraisal(
        region=data.region, scenario=scenario, networks=networks,
        money=money,
        unpriced=_unpriced(networks, prices), notes=_notes(tuple(money)),
    )


@dataclass(frozen=True, repr=False)
class Response(response.Response):
    """A response to an incident that can be written to a folder."""

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table of the response by the name of its file."""
        from tieline.appraisal.plans import plan_frames

        return plan_frames(self)

    def report(self, lang: str = "zh") -> str:
        """The plan as one HTML page that needs no network."""
        from tieline.publish.respond.page import render

        return render(self, lang)

    def orders(self, lang: str = "zh", jurisdiction: str | None = None) -> str:
        """Draft order sheets to print: of one jurisdiction, or of all that have something to do."""
        from tieline.publish.respond.orders import render_orders

        return render_orders(self, lang, jurisdiction)

    def write(
        self, out: str | Path, *, lang: str = "zh",
        formats: Sequence[str] = ("csv", "json", "parquet"),
    ) -> Path:
        """The folder with tables, plan.json, plan.html and order sheets: all of it, or nothing."""
        from tieline.appraisal.plans import plan_record
        from tieline.publish.respond.orders import file_name, ordered
        from tieline.region.write import atomic_folder, write_table

        pages = {"plan": self.report(lang), "orders": self.orders(lang)}
        pages |= {file_name(j): self.orders(lang, j) for j in ordered(self)}
        record = json.dumps(plan_record(self), ensure_ascii=False, indent=1, allow_nan=False)
        with atomic_folder(Path(out)) as folder:
            for name, frame in self.frames().items():
                for suffix in formats:
                    write_table(frame, folder / f"{name}.{suffix}")
            (folder / "plan.json").write_text(record + "\n", encoding="utf-8")
            for name, text in pages.items():
                (folder / f"{name}.html").write_text(text, encoding="utf-8")
        return Path(out)


def respond(  # noqa: PLR0913 - options are keyword-only
    region: RegionData | str | Path, incident: str | Incident | None = None, *,
    faults: Sequence[str] = (), state: str | Path | None = None,
    open: Sequence[str | Sequence[str]] = response.STATES,  # noqa: A002 - as in `Region.case`
    network: str | None = None, scenario: str = "base",
    progress: Callable[[int, int], None] | None = None,
) -> Response:
    """What to do about an incident, minute by minute: waiting, apart and together side by side.

    Parameters
    ----------
    region
        What `read_region` gave, or the folder.
    incident
        An id of incidents.csv, or a record. What is built and how high the load is follow from
        its day.
    faults
        Assets that fail at once, instead of an incident: under `scenario`.
    state
        File of the present state (see the table `power/state`); without it the region's own.
    open
        What to show: "waiting", "apart", "together", or members open to each other: "a+b".
    network
        Where the faults are; needed only if several networks can respond.
    progress
        Called as progress(done, total) over the plans.

    Raises
    ------
    InputError
        If the folder or the state cannot be used, with every problem found.
    CaseError
        If an incident, asset, jurisdiction or scenario is not known, or there is nothing to plan.
    """
    data = _read(region)
    asked = states_asked(data.region, open)
    name = _responding(data, network)
    engine, grid = data.engines[name], data.networks[name]
    what = incident_asked(data.region, name, incident, faults, scenario)
    cases = {
        label: _case_of(data, what, links, engine.topics, scenario if faults else None)
        for label, links in asked.items() if links is not None
    }
    present = None if state is None else _present(Path(state), grid)
    plans: dict[str, Plan] = {}
    for label, case in cases.items():
        plans[label] = engine.respond(grid, grid.relevant.restrict(case), what, state=present)
        if progress is not None:
            progress(len(plans), len(cases))
    draw = getattr(engine, "picture", None)
    return Response(
        region=data.region, network=name, engine=engine.name, version=engine.version,
        digest=grid.digest, measures=additive(engine.measures), incident=what,
        states=tuple(asked), cases=cases, plans=plans,
        picture=draw(grid, cases[list(cases)[-1]]) if draw else {},
        statuses=_statuses(data, name, grid) | _incident_statuses(data, what),
    )


def _responding(data: RegionData, network: str | None) -> str:
    """The network that plans; CaseError if none can, or if several can and none is named."""
    able = [n for n in data.networks if isinstance(data.engines[n], Responder)]
    if network is not None:
        _refuse_unknown("network", [network], able)
        return network
    if len(able) != 1:
        msg = f"name the network to respond in; those that can: {', '.join(able) or 'none'}"
        raise CaseError(msg)
    return able[0]


def _case_of(
    data: RegionData, incident: Incident, links: Open, topics: tuple[str, ...],
    scenario: str | None,
) -> Case:
    """The case of an incident by its day; with a scenario, of that instead."""
    if scenario is None:
        return data.region.case_of(incident, links, topics=topics)
    return data.region.case(links, topics=topics, scenario=scenario)


def _present(path: Path, network: Any) -> Any:
    """The present state of the grid from a file; InputError with every problem found."""
    from tieline.power.respond import read_state
    from tieline.region.issues import Issues

    issues = Issues()
    state = read_state(path, network, issues)
    issues.stop()
    return state


def _with_statuses(network: NetworkAppraisal, data: RegionData) -> NetworkAppraisal:
    """The network with what its tables rest on, counted from the folder unless it says itself."""
    if network.statuses:
        return network
    return replace(network, statuses=_counted(data, f"{network.network}/"))


def _statuses(data: RegionData, name: str, network: Network) -> dict[str, Mapping[str, int]]:
    """What a network's tables rest on, as it says itself or counted from the folder."""
    return dict(getattr(network, "statuses", {}) or _counted(data, f"{name}/"))


def _counted(data: RegionData, prefix: str) -> dict[str, dict[str, int]]:
    tables = data.folder.tables
    counts: dict[str, dict[str, int]] = {}
    for name in sorted(n for n in tables.asked if n.startswith(prefix)):
        raw, _ = tables.raw(name)
        if raw is None:
            continue
        given = raw.columns.get("status") or [""] * len(raw)
        counts[name] = dict(Counter(str(s).strip() or DEFAULT_STATUS for s in given))
    return counts


def _incident_statuses(data: RegionData, incident: Incident) -> dict[str, dict[str, int]]:
    """What the rows of the incident rest on; nothing for faults that were only asked."""
    raw, _ = data.folder.tables.raw("incidents")
    if raw is None or incident not in data.region.incidents:
        return {}
    given = raw.columns.get("status") or [""] * len(raw)
    mine = [s for s, i in zip(given, raw.columns["id"], strict=True) if str(i) == incident.id]
    return {"incidents": dict(Counter(str(s).strip() or DEFAULT_STATUS for s in mine))}


def _read(region: RegionData | str | Path) -> RegionData:
    if isinstance(region, str | Path):
        from tieline.region.read import read_region

        return read_region(region)
    return region


def _chosen(data: RegionData, only: str | Sequence[str] | None) -> tuple[str, ...]:
    if only is None:
        return tuple(data.networks)
    names = (only,) if isinstance(only, str) else tuple(only)
    _refuse_unknown("network", names, list(data.networks))
    return tuple(dict.fromkeys(names))


def _refuse_unknown(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            msg = f"{what} '{name}' is not known{nearest(name, known)}; "
            raise CaseError(msg + f"there is: {', '.join(known) or 'none'}")


def _unpriced(
    networks: Mapping[str, NetworkAppraisal], prices: Sequence[Value]
) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(
            m.name for m in additive(network.measures)
            if m.sign and not any(price_key(p, name, m.name) for p in prices)
        )
        for name, network in networks.items()
    }


def _notes(currencies: Sequence[str]) -> tuple[str, ...]:
    if len(currencies) > 1:
        return (f"money is kept apart by currency ({', '.join(currencies)}): never summed",)
    return ()
