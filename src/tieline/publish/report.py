"""The report: one page of HTML that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tieline.publish.games.sections import games, programme
from tieline.publish.impacts import impacts
from tieline.publish.markup import Html, el, join
from tieline.publish.method import data, method, own_version
from tieline.publish.page import Page, paragraph
from tieline.publish.power import maps, recovery
from tieline.publish.services import who_uses_what
from tieline.publish.shell import document, words_of
from tieline.publish.split import money_split, split
from tieline.publish.states import states
from tieline.publish.summary import key_figures, masthead
from tieline.publish.transit.riders import who_travels
from tieline.publish.transit.sections import by_town, how_far
from tieline.publish.water.sections import cleaning, quality, spills
from tieline.publish.water.watching import watching
from tieline.publish.worth import money_worth, worth

if TYPE_CHECKING:
    from tieline.appraisal.results import Appraisal, NetworkAppraisal
    from tieline.ledger.coverage import Coverage

def render(
    appraisal: Appraisal, lang: str = "zh", watched: Sequence[Coverage] = ()
) -> str:
    """The report as one HTML page: styles and drawings inside, no script, no network.

    `lang` is "zh" or "en"; ValueError for any other. The same appraisal gives the same text.
    `watched` are patrols and samplings of a ledger, shown beside the measures.
    """
    return _page(Page(appraisal, words_of(lang)), watched)


def _page(page: Page, watched: Sequence[Coverage]) -> str:
    words, region = page.words, page.appraisal.region
    title = f"{region.label(words.lang)} · {words('page.subtitle')}"
    footer = el("footer", *(paragraph(t) for t in page.captions()),
                paragraph(words("page.unofficial")),
                paragraph(words("page.made_by", version=own_version())))
    return document(words, title, masthead(page), *sections(page, watched), footer,
                    styles=("games/style.css",))


def sections(page: Page, watched: Sequence[Coverage] = ()) -> Iterable[Html | None]:
    """The chapters, one after the other."""
    networks = list(page.appraisal.networks.values())
    for k, network in enumerate(networks):
        if len(networks) > 1:
            yield el("p", page.network(network.network), class_="part")
        yield join(*_of_network(page, network, last=k == len(networks) - 1))
    yield impacts(page)
    yield watching(page, watched)
    yield join(games(page), programme(page))
    yield method(page)
    yield data(page)


def _of_network(page: Page, network: NetworkAppraisal, *, last: bool) -> Iterable[Html | None]:
    """One network's sections; money adds networks, so it follows the last of them."""
    yield key_figures(page, network)
    yield maps(page, network)
    yield states(page, network)
    yield split(page, network, money_split(page) if last else None)
    yield worth(page, network, money_worth(page) if last else None)
    yield recovery(page, network)
    yield quality(page, network)
    yield cleaning(page, network)
    yield spills(page, network)
    yield by_town(page, network)
    yield how_far(page, network)
    yield who_travels(page, network)
    yield who_uses_what(page, network)
