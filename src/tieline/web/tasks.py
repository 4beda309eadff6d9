"""What a worker answers: each task names a method of `Shop`, with what it is asked about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tieline.appraisal.situation import CHOSEN
from tieline.errors import CaseError
from tieline.publish import drafts
from tieline.publish.markup import join
from tieline.region.protocol import Responder
from tieline.study import LineResponse, SpillResponse
from tieline.web import drawn
from tieline.web.asking import Facts, NetworkFacts

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tieline.appraisal.situation import Situation
    from tieline.publish.page import Page
    from tieline.region.model import Case
    from tieline.study import Appraisal, Response
    from tieline.web.asking import Asked, Broken, Task, Terms

T = TypeVar("T")
Progress = Callable[[int, int], None]

KEPT = 24
"""Large results a worker keeps for the next question about them."""


class Shop:
    """The region with its engines warm, and the results last asked for."""

    def __init__(self, folder: Path) -> None:
        from tieline.region.read import read_region

        self.folder = folder
        data = read_region(folder)
        warm: dict[str, Any] = {
            name: engine.warm(data.networks[name]) if hasattr(engine, "warm") else engine
            for name, engine in data.engines.items()
        }
        self.data = replace(data, engines=warm)
        self._kept: OrderedDict[Any, Any] = OrderedDict()

    def facts(self) -> Facts:
        """What the server must know to draw pages and to check questions."""
        from tieline.study.reading import statuses_of

        data = self.data
        return Facts(data.region, tuple(
            NetworkFacts(
                name=name, engine=engine.name, version=engine.version,
                digest=data.networks[name].digest, topics=tuple(engine.topics),
                links=data.networks[name].relevant.open,
                projects=data.networks[name].relevant.projects,
                measures=tuple(
                    {"name": m.name, "unit": m.unit, "better": m.better,
                     "ratio_of": list(m.ratio_of) if m.ratio_of else None,
                     "title": m.title("en"), "title_zh": m.title("zh"),
                     "meaning": m.meaning, "meaning_zh": m.meaning_zh}
                    for m in engine.measures
                ),
                statuses=statuses_of(data, name, data.networks[name]),
                responds=isinstance(engine, Responder),
                drawn=hasattr(engine, "picture"),
                warm=hasattr(engine, "warm"), breakable=self._is_grid(name),
                places=tuple(engine.places(data.networks[name]))
                if hasattr(engine, "places") else (),
                goals=tuple(engine.goals(data.networks[name]))
                if hasattr(engine, "goals") else (),
                start=engine.start(data.networks[name]) if hasattr(engine, "start") else "",
            )
            for name, engine in data.engines.items()
        ), tuple((i.message("en"), i.message("zh")) for i in data.issues.notes))

    def _is_grid(self, name: str) -> bool:
        """Whether the network is a grid: its maps show how customers come back."""
        from tieline.publish.situation.places import can_pick

        return hasattr(self.data.engines[name], "picture") and can_pick(self._picture(name))

    def _picture(self, name: str) -> Any:
        """Where the parts of a network lie, all of them."""
        return self._once(("picture", name), lambda: self.data.engines[name].picture(  # type: ignore[attr-defined] # asked of those that draw
            self.data.networks[name], self.data.case("together")))

    def run(self, task: Task, progress: Progress) -> Any:
        """The answer to a task."""
        answer: Callable[..., Any] = getattr(self, f"task_{task.name}")
        return answer(*task.about, progress=progress)

    def task_situation(self, case: Case, *, progress: Progress) -> dict[str, Any]:
        """The values of a case as a record, and its page parts in both languages."""
        from tieline.publish.shell import words_of
        from tieline.publish.situation.answer import chapters, figures, page_of

        found = self._situation(case, progress)
        pages = {lang: self._told(page_of(found, words_of(lang))) for lang in ("zh", "en")}
        return {
            "record": found.record(),
            "figures": {lang: figures(p) for lang, p in pages.items()},
            "chapters": {lang: chapters(p) for lang, p in pages.items()},
        }

    def task_chart(self, case: Case, state: str, lang: str, *, progress: Progress) -> str:
        """The maps of a state, one for each network that can be drawn."""
        from tieline.publish.shell import words_of
        from tieline.publish.situation.answer import page_of
        from tieline.publish.situation.chart import chart
        from tieline.publish.situation.own import own_map

        page = self._told(page_of(self._situation(case, progress), words_of(lang)), state)
        parts = []
        for name, network in page.appraisal.networks.items():
            if self._is_grid(name):
                parts.append(chart(page, network, self._tables(name, network.states[state]), state))
            else:
                parts.append(own_map(page, network, state))
        return join(*parts) or self.task_ground(lang, progress=progress)

    def task_beside(self, case: Case, lang: str, *, progress: Progress) -> str:
        """The maps of a case, apart beside together."""
        from tieline.publish.markup import el

        drawn = [self.task_chart(case, s, lang, progress=progress) for s in ("apart", "together")]
        return el("div", *(el("div", d) for d in drawn), class_="maps beside")

    def _tables(self, network: str, case: Case) -> Any:
        """The engine's own tables of a case, kept."""
        from tieline.study.situation import situation_detail

        return self._once(("detail", network, case), partial(
            situation_detail, self.data, case, network))

    def _told(self, page: Page, state: str = CHOSEN) -> Page:
        """The page with the own tables of networks that are not grids, apart and of a state."""
        from tieline.publish.situation.own import with_tables

        for name, network in page.appraisal.networks.items():
            if not self._is_grid(name):
                apart, shown = (self._tables(name, network.states[s]) for s in ("apart", state))
                page = with_tables(page, name, apart, shown)
        return page

    def task_ground(self, lang: str, *, progress: Progress) -> str:
        """Where things lie, without any state: what can be shown before anything is computed."""
        from tieline.publish.shell import words_of
        from tieline.publish.situation.places import ground

        progress(0, 1)
        pictures = [self._picture(name) for name, engine in self.data.engines.items()
                    if hasattr(engine, "picture")]
        return ground(self.data.region, pictures, words_of(lang))

    def task_appraisal(
        self, scenario: str, lang: str, as_of: date | None = None, terms: Terms | None = None, *,
        progress: Progress,
    ) -> str:
        """The chapters of the report."""
        from tieline.publish.markup import join
        from tieline.publish.page import Page
        from tieline.publish.report import sections
        from tieline.publish.shell import words_of
        from tieline.publish.summary import masthead

        page = Page(self.appraisal(scenario, progress, as_of, terms), words_of(lang))
        over = () if terms is None or not terms.over else self._robust(terms, lang, progress)
        return join(masthead(page), *sections(page), *over)

    def _robust(self, terms: Terms, lang: str, progress: Progress) -> tuple[str, ...]:
        """The chapter on portfolios over scenarios, or why there is none."""
        from tieline.publish.games.robust import no_robust, robust_sections
        from tieline.publish.shell import words_of
        from tieline.study.robust import robust

        words, region = words_of(lang), self.data.region
        try:
            found = self._once(("robust", terms.over, terms.funds), lambda: robust(
                [self.data], terms.over, funds=terms.funds, progress=progress))
        except CaseError as error:
            return (no_robust(words, region, error.message()),)
        return tuple(robust_sections(words, region, found))

    def task_appraisal_record(
        self, scenario: str, as_of: date | None = None, terms: Terms | None = None, *,
        progress: Progress,
    ) -> dict[str, Any]:
        """The tables of the appraisal by name, the engines' details left out."""
        import json

        result = self.appraisal(scenario, progress, as_of, terms)
        return {
            "region": result.region.name, "scenario": scenario,
            "as_of": as_of and as_of.isoformat(),
            "built": sorted(result.region.reference(scenario) if as_of is None
                            else result.region.built_by(as_of)),
            **{name: json.loads(frame.to_json(orient="records", double_precision=15))
               for name, frame in result.frames().items() if "/" not in name},
            "notes": list(result.every_note()),
        }

    def task_project_worth(self, project: str, lang: str, *, progress: Progress) -> str:
        """What one project is worth, by the engines: a table for each network and currency."""
        from tieline.publish.page import Page
        from tieline.publish.shell import words_of
        from tieline.publish.situation.link import of_link

        page = Page(self.appraisal("base", progress), words_of(lang))
        return of_link(page, project) or ""

    def task_plan(self, broken: Broken, lang: str, *, progress: Progress) -> dict[str, Any]:
        """The chapters of a plan, and who has orders."""
        from tieline.publish.respond.head import key_figures, masthead
        from tieline.publish.respond.maps import maps
        from tieline.publish.respond.orders import ordered
        from tieline.publish.respond.page import chapters
        from tieline.publish.respond.voice import Face
        from tieline.publish.shell import words_of

        response = self.response(broken, progress)
        if isinstance(response, SpillResponse):
            return self._spill(response, lang)
        if isinstance(response, LineResponse):
            return drawn.outage(response, lang)
        face = Face(response, words_of(lang))
        ends = [response.all_normal_s(s) for s in response.states]
        ends += [float(response.curve(s)[0].max(initial=0.0)) for s in response.states]
        return {
            "title": face.heading(), "head": masthead(face), "figures": key_figures(face),
            "maps": maps(face, moving=True), "chapters": join(*chapters(face)),
            "orders": [(j, face.name(j)) for j in ordered(response)],
            "end_s": max([60.0, *(e for e in ends if e < float("inf"))]),
        }

    def _spill(self, response: SpillResponse, lang: str) -> dict[str, Any]:
        """The chapters of a plan for a spill, every hour for the slider."""
        from tieline.publish.shell import words_of
        from tieline.publish.water import spill
        from tieline.study.spill import case_drafts

        face = spill.SpillFace(response, words_of(lang))
        return {
            "cases": case_drafts(response),
            "title": spill.heading(face), "head": spill.masthead(face),
            "figures": spill.key_figures(face), "maps": "", "end_s": 60.0,
            "chapters": join(spill.frames(face, every=True), spill.chapters(face)),
            "orders": [(j, face.name(j)) for j in drafts.ordered(response)],
        }

    def task_reached(
        self, network: str, origin: str, scenario: str, lang: str, *, progress: Progress
    ) -> str:
        """How far one comes from a place, apart and together: maps and a table."""
        progress(0, 1)
        return drawn.reached(self.data, network, origin, scenario, lang)

    def task_trip(self, network: str, asked: Asked, lang: str, *, progress: Progress) -> str:
        """A day trip in large type."""
        progress(0, 1)
        return drawn.trip(self.data, network, asked, lang)

    def task_plan_record(self, broken: Broken, *, progress: Progress) -> dict[str, Any]:
        """The whole response as a record."""
        from tieline.appraisal.plans import plan_record

        return plan_record(self.response(broken, progress))

    def task_orders(
        self, broken: Broken, lang: str, jurisdiction: str | None, *, progress: Progress
    ) -> dict[str, str]:
        """Draft order sheets: title and pages."""
        from tieline.publish.respond.orders import sheets
        from tieline.publish.respond.voice import Face
        from tieline.publish.shell import words_of

        response = self.response(broken, progress)
        if isinstance(response, SpillResponse):
            from tieline.publish.water import spill

            title, pages = spill.sheets(spill.SpillFace(response, words_of(lang)), jurisdiction)
            return {"title": title, "pages": join(*pages)}
        if isinstance(response, LineResponse):
            return drawn.outage_orders(response, lang, jurisdiction)
        face = Face(response, words_of(lang))
        title, pages = sheets(face, jurisdiction)
        return {"title": title, "pages": join(*pages)}

    def task_assets(self, network: str, *, progress: Progress) -> dict[str, Any]:
        """Branches with their places in the base map's drawing, for picking one by a click."""
        from tieline.publish.situation.places import places

        progress(0, 1)
        if not hasattr(self.data.engines[network], "picture"):
            return {"network": network, "assets": []}
        return places(self.data.region, network, self._picture(network))

    def task_base_map(self, network: str, lang: str, *, progress: Progress) -> dict[str, Any]:
        """The whole grid as a drawing to pick faults on."""
        from tieline.publish.shell import words_of
        from tieline.publish.situation.places import base_map, can_pick

        progress(0, 1)
        if not hasattr(self.data.engines[network], "picture"):
            return {"svg": "", "pick": False}
        picture = self._picture(network)
        return {"svg": base_map(self.data.region, picture, words_of(lang)),
                "pick": can_pick(picture)}

    def task_bulletin_preview(self, draft: Any, lang: str, *, progress: Progress) -> dict[str, Any]:
        """A bulletin's page, or the problems of its template."""
        from tieline.web.bulletins.desk import preview

        return preview(self, draft, lang, progress)

    def task_bulletin_approve(
        self, draft: Any, approver: str, reason: str, *, progress: Progress
    ) -> dict[str, Any]:
        """The approval of a bulletin, written into the ledger."""
        from tieline.web.bulletins.desk import approve

        return approve(self, draft, approver, reason, progress)

    def task_bulletin_publish(
        self, draft: Any, site: str, url: str, *, progress: Progress
    ) -> dict[str, Any]:
        """A bulletin on the site, signed."""
        from tieline.web.bulletins.desk import publish

        return publish(self, draft, (site, url), progress)

    def task_bulletins_again(
        self, draft: Any, site: str, lang: str, *, progress: Progress
    ) -> dict[str, Any]:
        """Whether the site holds, and which of its figures are still true."""
        from tieline.web.bulletins.desk import again

        return again(self, draft, site, lang, progress)

    def task_places(self, network: str, *, progress: Progress) -> dict[str, Any]:
        """Lines and sources of a network as geometries with what is known of each."""
        from tieline.publish.situation.places import geometries

        progress(0, 1)
        return geometries(self._picture(network))

    def _situation(self, case: Case, progress: Progress) -> Situation:
        from tieline.study.situation import situation

        return self._once(("situation", case), lambda: situation(
            self.data, case, progress=progress))

    def appraisal(
        self, scenario: str, progress: Progress, as_of: date | None = None,
        terms: Terms | None = None,
    ) -> Appraisal:
        """The appraisal of a scenario, kept: days between which nothing opened are one.

        Other terms are answered from what the engines said already.
        """
        from tieline.study import appraise
        from tieline.study.appraisal import retold

        built = None if as_of is None else self.data.region.built_by(as_of)
        year = as_of and as_of.year
        usual = self._once(("appraisal", scenario, built, year), lambda: appraise(
            self.data, scenario=scenario, progress=progress, as_of=as_of))
        if terms is None:
            return usual
        return self._once(("appraisal", scenario, built, year, terms), lambda: retold(
            self.data, usual, as_of=as_of, progress=progress, index=terms.index,
            unions=terms.unions, funds=terms.funds, solutions=("all",) if terms.every else ()))

    def response(self, broken: Broken, progress: Progress) -> Response:
        """The response to what broke, kept."""
        from tieline.study import respond

        return self._once(("response", broken), lambda: respond(
            self.data, broken.incident, faults=broken.faults, open=broken.open,
            scenario=broken.scenario, progress=progress, as_of=broken.as_of))

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        """The result kept under the key, or made now; the oldest is forgotten."""
        if key in self._kept:
            self._kept.move_to_end(key)
        else:
            self._kept[key] = make()
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        found: T = self._kept[key]
        return found
