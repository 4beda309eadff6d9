"""What a network tells of a chosen situation in tables and a map of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tieline.appraisal.situation import CHOSEN
from tieline.publish.markup import Html, el, join
from tieline.publish.services import who_uses_what
from tieline.publish.transit.riders import who_travels
from tieline.publish.transit.sections import by_town, gain_map, how_far
from tieline.publish.water.maps import routes_key, state_map
from tieline.publish.water.sections import cleaning, quality, spills

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.appraisal.results import NetworkAppraisal
    from tieline.publish.page import Page
    from tieline.region.tables import Table

CHAPTERS = (quality, cleaning, spills, by_town, how_far, who_travels, who_uses_what)
"""Each says nothing of a network without its tables."""


def with_tables(
    page: Page, network: str, apart: Mapping[str, Table], shown: Mapping[str, Table]
) -> Page:
    """The page with a network's own tables, apart and as chosen."""
    told = replace(page.appraisal.networks[network], detail={"apart": apart, CHOSEN: shown})
    networks = {**page.appraisal.networks, network: told}
    return replace(page, appraisal=replace(page.appraisal, networks=networks))


def own_chapters(page: Page, network: NetworkAppraisal) -> Html:
    """Its sections of the report, apart beside as chosen."""
    return join(*(chapter(page, network) for chapter in CHAPTERS if network.detail))


def own_map(page: Page, network: NetworkAppraisal, state: str) -> Html | None:
    """Its map of a state; of lines, what each town gains against apart."""
    drawn = gain_map(page, network)
    if drawn is not None:
        return drawn
    drawn = state_map(page, network, "apart" if state == "apart" else CHOSEN, page.state(state))
    if drawn is None:
        return None
    captions = " · ".join(page.captions())
    return el("figure", drawn, el(
        "figcaption", page.words("water.state_caption", state=page.state(state)), " ",
        page.rests(network.network).marks, el("small", captions) if captions else None,
    ), routes_key(page, network, sections=True))
