"""How far one comes from a place: two maps and a table, as part of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieline.publish.markup import Html, el, join
from tieline.publish.page import Voice, cell, head, row, table
from tieline.publish.transit.maps import BANDS_MIN, PAIRED, Ground
from tieline.publish.transit.sections import band_key, captions_under, pair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieline.publish.words import Words
    from tieline.region.region import Region
    from tieline.region.tables import Table


@dataclass(frozen=True)
class ReachFace(Voice):
    """A region about to be told of in one language."""

    of: Region
    words: Words

    @property
    def region(self) -> Region:
        """The region."""
        return self.of


def reach_page(
    face: ReachFace, tables: Mapping[str, Mapping[str, Table]], towns: Any, place: str
) -> Html:
    """Maps apart and together from a place, and who is within reach.

    `tables` by state have `reached` and `places`; `towns` is a frame with lon, lat, population
    and title.
    """
    words = face.words
    ground = Ground.of(face, face.region, towns, size=PAIRED)
    drawn = {s: t["reached"].to_frame() for s, t in tables.items()}
    return join(
        el("h1", words("lines.title", place=place)), pair(face, ground, drawn, place),
        band_key(face), captions_under(face), _people(face, tables, place))


def _people(face: ReachFace, tables: Mapping[str, Mapping[str, Table]], place: str) -> Html:
    words = face.words
    frames = {s: t["places"].to_frame() for s, t in tables.items()}
    alike = all((t["population"] == t["chance"]).all() for t in frames.values())
    columns = {"population": "lines.people"} if alike else {
        "population": "lines.people", "chance": "lines.chances"}
    rows = []
    for band in reversed(BANDS_MIN):
        cells = []
        for column in columns:
            cells += [cell(f"{t.loc[t['minutes'] < band, column].sum():,.0f}")
                      for t in frames.values()]
        rows.append(row(words("lines.within", minutes=band), *cells))
    top = [head(words("lines.people_title"), numeric=False, rows=2),
           *(head(words(key), span=2) for key in columns.values())]
    below = [head(words(f"words.{s}")) for _ in columns for s in frames]
    title = "lines.people_alone_caption" if alike else "lines.people_caption"
    return table(words(title, place=place), [top, below], rows, kind="pairs")
