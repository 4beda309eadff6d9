"""What every response ends with: draft order sheets, and what its page rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tieline.publish.markup import Html, el, join
from tieline.publish.method import own_version
from tieline.publish.page import paragraph, section
from tieline.publish.shell import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tieline.publish.words import Words


class Drafted(Protocol):
    """A response told in one language (`publish.page.Voice` with its `response`)."""

    @property
    def response(self) -> Any:
        """The response, with its plan, jurisdictions and statuses."""

    @property
    def words(self) -> Words:
        """The texts of the language."""

    def name(self, key: str) -> str:
        """A jurisdiction as the reader calls it."""

    def chip(self, status: str) -> Html:
        """A status as a mark."""

    def captions(self) -> Iterable[Any]:
        """What the region says of its maps."""


def ordered(response: Any) -> list[str]:
    """Jurisdictions that have something to do or to agree to, in the region's order."""
    acting = {j for s in response.plan.steps for j in (s.jurisdiction, *s.agrees)}
    return [j for j in response.jurisdictions if j in acting]


def sheets(
    face: Drafted, texts: tuple[str, str], steps: Callable[[str], Html | None],
    jurisdiction: str | None,
) -> list[Html]:
    """One sheet for each jurisdiction that has orders, or for one.

    `texts` are the keys of its title (of {name}) and of the note that it is a draft.
    """
    title, note = texts
    names = [jurisdiction] if jurisdiction else ordered(face.response)
    return [
        section(f"orders-{j}", face.words(title, name=face.name(j)),
                paragraph(face.words(note), "note"), steps(j)) for j in names
    ]


def printed(face: Drafted, title: str, pages: Iterable[Html]) -> str:
    """Order sheets as one page to print."""
    return document(face.words, title, el("header", el("h1", title)), *pages, footer(face))


def footer(face: Drafted) -> Html:
    """What the figures rest on, what the maps are, who made the page."""
    found = dict.fromkeys(s for t in face.response.statuses.values() for s in t)
    words = face.words
    return el("footer", el("p", *(join(face.chip(s), " ") for s in found)),
              *(paragraph(t) for t in face.captions()), paragraph(words("page.unofficial")),
              paragraph(words("page.made_by", version=own_version())))
