"""Bulletins of a region: its templates, its ledger, its engines' results, put together.

This is where publishing meets the engines: `BulletinDesk` hands publishing the functions that
appraise and plan. A page or a program calls its methods; none of them prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tieline.errors import InputError, LedgerError, NotARegionError
from tieline.ledger.ledger import KEEPER, Ledger
from tieline.publish.bulletin.approve import (
    approve,
    approved,
    record_published,
    refuse_changed,
    require_rights,
    with_approval,
)
from tieline.publish.bulletin.compose import Bulletin, House, compose
from tieline.publish.bulletin.engine_source import AppraisalSource, PlanSource
from tieline.publish.bulletin.inventory import Ground, Item, read_inventory
from tieline.publish.bulletin.ledger_source import LedgerSource
from tieline.publish.bulletin.nodes import Insert
from tieline.publish.bulletin.page import parts
from tieline.publish.bulletin.pick import Pick, pick
from tieline.publish.bulletin.rerun import Rerun, published_figures, rerun
from tieline.publish.bulletin.site import Edition, Published, publish_site
from tieline.publish.bulletin.template import Template, read_template
from tieline.publish.markup import Html, join
from tieline.region.issues import Issues
from tieline.region.read import read_region_folder
from tieline.study.appraisal import appraise
from tieline.study.response import respond

if TYPE_CHECKING:
    from tieline.appraisal.response import Response
    from tieline.appraisal.results import Appraisal
    from tieline.errors import Told
    from tieline.ledger.append import Note, Receipt
    from tieline.ledger.rights import Principal
    from tieline.publish.bulletin.figure import Figure, Source
    from tieline.publish.bulletin.inventory import Lead
    from tieline.publish.bulletin.keys import SigningKey
    from tieline.region.region import Region

LEDGER = "ledger.sqlite"
TEMPLATES = "bulletins"
"""Folder of a region that holds its templates."""
INPUTS = "inputs"
"""Folder of a region that holds the inventory of its source, if it has one."""


@dataclass(frozen=True)
class Preview:
    """A draft: `html` to stand inside a page, or the problems of the template (`message(lang)`)."""

    bulletin: Bulletin | None = None
    html: Html = Html()  # noqa: RUF009 - a text, never changed
    problems: tuple[str | Told, ...] = ()


class BulletinDesk:
    """A region's bulletins: read templates, read figures, approve, publish, read again.

    Parameters
    ----------
    folder
        The region.
    place
        The ledger's file or URL; default: `ledger.sqlite` in the folder.
    who
        With whose rights figures are read and approvals written; default: the keeper.
    appraise_one, respond_to
        How a scenario is appraised and an incident planned; default: here, each once.

    Raises
    ------
    NotARegionError, InputError, StorageError
        If the region or its ledger cannot be used.
    """

    def __init__(
        self, folder: str | Path, *, place: str | Path | None = None,
        who: Principal = KEEPER,
        appraise_one: Callable[[str], Appraisal] | None = None,
        respond_to: Callable[[str], Response] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.who = who
        self.ledger = Ledger.open(place or self.folder / LEDGER)
        self._appraise, self._respond = appraise_one, respond_to
        self._results: dict[tuple[str, str], Any] = {}

    def __enter__(self) -> BulletinDesk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    @cached_property
    def region(self) -> Region:
        """The region, without its networks."""
        issues = Issues()
        found = read_region_folder(self.folder, issues)
        if found is None:
            raise NotARegionError([str(i) for i in issues.errors])
        issues.stop()
        return found.region

    @property
    def house(self) -> House:
        """Who publishes."""
        region = self.region
        return House({lang: region.label(lang) for lang in ("zh", "en")}, region.caption,
                     self.ledger.time_zone)

    def templates(self) -> tuple[Path, ...]:
        """The templates that stand in the region's folder."""
        return tuple(sorted((self.folder / TEMPLATES).glob("*.md")))

    def sources(self) -> Mapping[str, Source]:
        """Where figures are read, by the name a template gives."""
        found = (LedgerSource(self.ledger, self.who), AppraisalSource(self._appraised),
                 PlanSource(self._planned))
        return {s.name: s for s in found}

    def compose(self, source: str | Path, *, at: int | None = None) -> Bulletin:
        """A template - a file, or its text - with its figures read, as a draft.

        Raises
        ------
        InputError
            With every problem of the template and its queries, by line and column (`told`).
        """
        return self.compose_template(read_template(source), at=at)

    def compose_template(self, template: Template, *, at: int | None = None) -> Bulletin:
        """The same of a template that was read."""
        return compose(
            template, self.sources(), self.house, at=at, rights=self.who.name,
            inventory=self._inventory(template, at) if _wants_inventory(template) else (),
        )

    def pick(self, words: str = "", *, as_of: date | None = None) -> list[Pick]:
        """Figures of the ledger that fit words, each with the lines to paste into a template."""
        return pick(LedgerSource(self.ledger, self.who), self.ledger.view(self.who, as_of=as_of),
                    words)

    def approve(self, source: str | Path, note: Note, approver: str) -> tuple[Bulletin, Receipt]:
        """Read a template's figures now, and record in the ledger that it may be published."""
        bulletin = self.compose(source)
        return bulletin, approve(self.ledger, bulletin, note, approver, self.who)

    def approved(self, source: str | Path) -> Bulletin:
        """The bulletin as it was approved, its figures read again at that change.

        Raises
        ------
        LedgerError
            If this text was not approved, or a figure has been corrected since.
        """
        template = read_template(source)
        approval, state = approved(self.ledger, template)
        bulletin = self.compose_template(template, at=int(state.get("read_at")))
        refuse_changed(bulletin, state)
        wrong = [r for r in self.rerun(bulletin.figures.values()) if not r.holds]
        if wrong:
            names = ", ".join(r.figure.id for r in wrong)
            message = f"figures were corrected since bulletin '{bulletin.id}' was approved: {names}"
            raise LedgerError(message)
        return with_approval(bulletin, approval)

    def publish(
        self, source: str | Path, out: Path, edition: Edition, key: SigningKey, note: Note
    ) -> Published:
        """Publish an approved template on a site; the ledger records where, and the head it prints.

        Raises
        ------
        LedgerError, InputError, SigningError, PdfError
            If it is not approved, the site is not as it was signed, or a format cannot be made.
        """
        bulletin = self.approved(source)
        require_rights(self.ledger, bulletin, self.who)
        done = publish_site(bulletin, Path(out), edition, key, site_id=self.ledger.hash_of(1))
        record_published(self.ledger, bulletin, Path(out).name, done.manifest, note, self.who)
        return done

    def rerun(self, figures: Iterable[Figure], *, today: date | None = None) -> tuple[Rerun, ...]:
        """Whether figures are still true, or what changed."""
        return rerun(figures, self.sources(), ledger=self.ledger, today=today)

    def rerun_site(self, site: Path, *, today: date | None = None) -> dict[str, tuple[Rerun, ...]]:
        """The same of every bulletin of a published site, by its id."""
        return {name: self.rerun(found, today=today)
                for name, found in published_figures(Path(site)).items()}

    def preview(
        self, source: str | Path, lang: str, link: Callable[[Lead], str] | None = None
    ) -> Preview:
        """A draft for a page while it is written: what stands in its `main`, or the problems."""
        try:
            bulletin = self.compose(source)
        except InputError as error:
            return Preview(problems=error.told)
        if lang not in bulletin.template.languages:
            lang = bulletin.template.languages[0]
        return Preview(bulletin, join(*parts(bulletin, lang, link)))

    def inventory(self, *, as_of: Any = None, at: int | None = None) -> tuple[Item, ...]:
        """The source, item by item: where each lives; InputError if one leads nowhere."""
        view = self.ledger.view(self.who, as_of=as_of, at_change=at)
        ground = Ground(frozenset(i.id for i in self.region.incidents),
                        frozenset(p.id for p in self.region.projects))
        source = LedgerSource(self.ledger, self.who)
        return read_inventory(self.folder / INPUTS, view, ground,
                              lambda query: source.read(query, at))

    def _inventory(self, template: Template, at: int | None) -> tuple[Item, ...]:
        return self.inventory(as_of=template.as_of, at=at)

    def _appraised(self, scenario: str) -> Appraisal:
        make = self._appraise or (lambda s: appraise(self.folder, scenario=s))
        found: Appraisal = self._once("appraisal", scenario, make)
        return found

    def _planned(self, incident: str) -> Response:
        make = self._respond or (lambda i: respond(self.folder, i))
        found: Response = self._once("plan", incident, make)
        return found

    def _once(self, sort: str, name: str, make: Callable[[str], Any]) -> Any:
        if (sort, name) not in self._results:
            self._results[sort, name] = make(name)
        return self._results[sort, name]


def _wants_inventory(template: Template) -> bool:
    return any(isinstance(b, Insert) and b.name == "inventory"
               for blocks in template.blocks.values() for b in blocks)


