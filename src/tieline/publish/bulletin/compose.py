"""A template with its figures read: what both renderings are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tieline.publish.bulletin.check import check
from tieline.publish.bulletin.figure import (
    Figure,
    LookupFailedError,
    Query,
    Source,
    canonical,
    digest_of,
)
from tieline.publish.bulletin.problems import Problems

if TYPE_CHECKING:
    from tieline.publish.bulletin.inventory import Item
    from tieline.publish.bulletin.template import Asked, Template

LEDGER = "ledger"


@dataclass(frozen=True)
class House:
    """Who publishes: the region's name by language, what stands below everything that shows it."""

    name: Mapping[str, str]
    caption: str = ""
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Approval:
    """Who let it be published: a role, when, by which change of the ledger."""

    by: str
    at: str
    change: int


@dataclass(frozen=True)
class Bulletin:
    """A bulletin in all its languages.

    Parameters
    ----------
    read_at
        {"change", "hash", "instant"} of the ledger's head at which its figures were read.
    rights
        With whose rights they were read.
    approval
        None for a draft.
    """

    template: Template
    figures: Mapping[str, Figure]
    house: House
    read_at: Mapping[str, Any] = field(default_factory=dict)
    rights: str = ""
    inventory: tuple[Item, ...] = ()
    approval: Approval | None = None

    @property
    def id(self) -> str:
        """Its id on the site."""
        return self.template.id

    @property
    def digest(self) -> str:
        """SHA-256 over the template and every figure's digest: what is approved."""
        return digest_of([self.template.digest, {k: f.digest for k, f in self.figures.items()}])

    def figures_json(self) -> str:
        """Every figure as an object, for programs: the same bytes whenever it is made."""
        return canonical({
            "format": "tieline-figures/1", "bulletin": self.id, "digest": self.digest,
            "template": self.template.digest, "as_of": self.template.as_of.isoformat(),
            "read_at": dict(self.read_at), "rights": self.rights,
            "figures": [f.to_json() for f in self.figures.values()],
        }) + "\n"


def compose(
    template: Template, sources: Mapping[str, Source], house: House, *, at: int | None = None,
    rights: str = "", inventory: tuple[Item, ...] = (),
) -> Bulletin:
    """The template with every figure read.

    Parameters
    ----------
    sources
        By the name that a query's `from` says.
    at
        The change of the ledger at which to read; default: its last.

    Raises
    ------
    InputError
        With every bare literal and every query that gave nothing, by line and column.
    """
    problems = Problems(template.file)
    check(template, problems)
    figures = read_figures(template, sources, problems, at)
    problems.stop()
    figures |= {f.id: f for item in inventory for f in item.figures}
    heads = [f.reading.read_at for f in figures.values() if "change" in f.reading.read_at]
    head = dict(max(heads, key=lambda h: int(h["change"]), default={}))
    return Bulletin(template, figures, house, head, rights, inventory)


def read_figures(
    template: Template, sources: Mapping[str, Source], problems: Problems, at: int | None = None
) -> dict[str, Figure]:
    """Every figure whose query gave something; what went wrong is added to `problems`."""
    out = {}
    for asked in template.figures.values():
        found = _read(asked, template, sources, problems, at)
        if found is not None:
            out[asked.id] = found
    return out


def _read(
    asked: Asked, template: Template, sources: Mapping[str, Source], problems: Problems,
    at: int | None,
) -> Figure | None:
    query = asked.query
    source = sources.get(query.source)
    if source is None:
        problems.error(asked.spot, f"from = one of {', '.join(sources) or 'none'}",
                       f"'{query.source}'")
        return None
    if query.source == LEDGER and "as_of" not in query.parameters:
        query = Query(LEDGER, {**query.parameters, "as_of": template.as_of.isoformat()})
    try:
        reading = source.read(query, at)
    except LookupFailedError as error:
        problems.error(asked.spot, f"figure {asked.id}, {error.parameter}: {error.expected}",
                       error.found)
        return None
    en, zh = reading.label
    label = (asked.label.get("en") or en, asked.label.get("zh") or zh)
    if not any(label):
        problems.error(asked.spot, f"figure {asked.id}, label: a name in every language", "none")
    return Figure(asked.id, label, query, reading)
