"""How far one comes from a place: two maps and a table, as part of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieline.publish.markup import Html, el, join
from tieline.publish.page import Voice, cell, head, paragraph, row, table
from tieline.publish.transit.maps import BANDS_MIN, PAIRED, Ground
from tieline.publish.transit.sections import band_key, pair

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
    captions = [el("small", c, " ") for c in face.captions()]
    return join(
        el("h1", words("lines.title", place=place)), pair(face, ground, drawn, place),
        band_key(face), paragraph(captions, "note"), _people(face, tables, place))


def _people(face: ReachFace, tables: Mapping[str, Mapping[str, Table]], place: str) -> Html:
    words = face.words
    frames = {s: t["places"].to_frame() for s, t in tables.items()}
    rows = []
    for band in reversed(BANDS_MIN):
        cells = []
        for column in ("population", "chance"):
            cells += [cell(f"{t.loc[t['minutes'] < band, column].sum():,.0f}")
                      for t in frames.values()]
        rows.append(row(words("lines.within", minutes=band), *cells))
    top = [head(words("lines.people_title"), numeric=False, rows=2),
           head(words("lines.people"), span=2), head(words("lines.chances"), span=2)]
    below = [head(words(f"words.{s}")) for _ in range(2) for s in frames]
    return table(words("lines.people_caption", place=place), [top, below], rows, kind="pairs")
