"""When something breaks: the incident, the cases, the plans, all of it written to a folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.appraisal import response
from tieline.appraisal.asked import incident_asked, states_asked
from tieline.errors import CaseError
from tieline.region.model import Note
from tieline.region.protocol import additive
from tieline.study.reading import DEFAULT_STATUS, read, responding, statuses_of

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from tieline.region.model import Case, Incident, Plan
    from tieline.region.read import RegionData
    from tieline.region.region import Open


STATES_ZH = {"apart": "各自", "together": "携手"}
"""What states are called in Chinese."""


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

    def ordered(self) -> list[str]:
        """Jurisdictions that have order sheets."""
        from tieline.publish.respond.orders import ordered

        return list(ordered(self))

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
        from tieline.publish.respond.orders import file_name
        from tieline.region.write import atomic_folder, write_table

        pages = {"plan": self.report(lang), "orders": self.orders(lang)}
        pages |= {file_name(j): self.orders(lang, j) for j in self.ordered()}
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
    progress: Callable[[int, int], None] | None = None, as_of: date | None = None,
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
    as_of
        Projects opened by this day exist, whatever the incident's or scenario's date says.

    Raises
    ------
    InputError
        If the folder or the state cannot be used, with every problem found.
    CaseError
        If an incident, asset, jurisdiction or scenario is not known, or there is nothing to plan.
    """
    if scenario != "base" and not faults:
        msg = (f"scenario '{scenario}' is for faults: what stands and how high the load is on the "
               "day of an incident follows from its date")
        raise CaseError(msg)
    data = read(region)
    asked = states_asked(data.region, open)
    name = responding(data, network or _network_of(data, incident))
    engine: Any = data.engines[name]
    grid = data.networks[name]
    what = incident_asked(data.region, name, incident, faults, scenario)
    cases = {
        label: _case_of(data, what, links, engine.topics, scenario if faults else None,
                        as_of)
        for label, links in asked.items() if links is not None
    }
    present = None if state is None else _present(Path(state), grid)
    on_day = None if faults else getattr(engine, "on_day_of", None)

    def grid_of(case: Case) -> Any:
        return grid if on_day is None else on_day(grid, data.folder, case, what)

    plans, notes = _plans(engine, grid_of, cases, what, present, progress)
    asked = {k: v for k, v in asked.items() if k in plans or v is None}
    cases = {k: v for k, v in cases.items() if k in plans}
    draw = getattr(engine, "picture", None)
    kind = _kind(engine)
    return kind(
        region=data.region, network=name, engine=engine.name, version=engine.version,
        digest=grid.digest, measures=additive(engine.measures), incident=what,
        states=tuple(asked), cases=cases, plans=plans,
        picture=draw(grid, cases[list(cases)[-1]]) if draw else {},
        statuses=statuses_of(data, name, grid) | _incident_statuses(data, what), notes=notes,
    )


def _plans(
    engine: Any, grid_of: Callable[[Case], Any], cases: Mapping[str, Case], what: Incident,
    present: Any, progress: Callable[[int, int], None] | None,
) -> tuple[dict[str, Plan], tuple[Note, ...]]:
    """A plan for each case that can be planned, and a note for each that cannot.

    CaseError, the first, if none can.
    """
    plans: dict[str, Plan] = {}
    failed: dict[str, CaseError] = {}
    for k, (label, case) in enumerate(cases.items(), 1):
        try:
            grid = grid_of(case)
            plans[label] = engine.respond(grid, grid.relevant.restrict(case), what, state=present)
        except CaseError as error:
            failed[label] = error
        if progress is not None:
            progress(k, len(cases))
    if not plans:
        raise next(iter(failed.values()))
    return plans, tuple(
        Note(f"no plan for the state '{label}': {error.message('en')}",
             f"“{STATES_ZH.get(label, label)}”情形无法给出方案：{error.message('zh')}")
        for label, error in failed.items()
    )


def _network_of(data: RegionData, incident: str | Incident | None) -> str | None:
    """The network an incident says it happens in; None where there is none to say."""
    known = {i.id: i for i in data.region.incidents}
    found = known.get(incident) if isinstance(incident, str) else incident
    return found.network if found is not None else None


def _kind(engine: Any) -> type[Response]:
    """What a response of this engine is: of faults, spills or lines (the engine says so)."""
    of = getattr(engine, "responds_to", "faults")
    if of == "spills":
        from tieline.study.spill import SpillResponse

        return SpillResponse
    if of == "lines":
        from tieline.study.outage import LineResponse

        return LineResponse
    return Response


def _case_of(
    data: RegionData, incident: Incident, links: Open, topics: tuple[str, ...],
    scenario: str | None, as_of: date | None,
) -> Case:
    """The case of an incident by its day; with a scenario, of that instead; of `as_of` before."""
    found = (data.region.case_of(incident, links, topics=topics) if scenario is None
             else data.region.case(links, topics=topics, scenario=scenario))
    return found if as_of is None else replace(found, built=data.region.built_by(as_of))


def _present(path: Path, network: Any) -> Any:
    """The present state of the grid from a file; InputError with every problem found."""
    from tieline.power.respond import read_state
    from tieline.region.issues import Issues

    issues = Issues()
    state = read_state(path, network, issues)
    issues.stop()
    return state


def _incident_statuses(data: RegionData, incident: Incident) -> dict[str, dict[str, int]]:
    """What the rows of the incident rest on; nothing for faults that were only asked."""
    raw, _ = data.folder.tables.raw("incidents")
    if raw is None or incident not in data.region.incidents:
        return {}
    given = raw.columns.get("status") or [""] * len(raw)
    mine = [s for s, i in zip(given, raw.columns["id"], strict=True) if str(i) == incident.id]
    return {"incidents": dict(Counter(str(s).strip() or DEFAULT_STATUS for s in mine))}
