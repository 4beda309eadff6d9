"""Waters and facilities below the networks of a map, and the table that says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.publish.markup import Html, el
from tieline.publish.page import cell, head, row, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tieline.publish.maps import Frame
    from tieline.publish.page import Voice
    from tieline.region.region import Region

CALLED = {"water": "map.ground_water", "facility": "map.ground_facility"}
HALF = 5.0
"""Of the square of a facility, in drawing units."""


def features(region: Region) -> list[Mapping[str, Any]]:
    """Waters first, then facilities."""
    found = list((region.ground or {}).get("features", ()))
    return sorted(found, key=lambda f: f["properties"]["kind"] != "water")


def drawn(frame: Frame, region: Region, lang: str) -> tuple[Html, ...]:
    """Each as a shape that says its name; to be drawn above outlines, below lines."""
    parts = []
    for feature in features(region):
        geometry, title = feature["geometry"], el("title", name_of(feature, lang))
        if geometry["type"] == "Point":
            x, y = (float(v[0]) for v in _placed(frame, [geometry["coordinates"]]))
            parts.append(el("rect", title, x=x - HALF, y=y - HALF, width=2 * HALF,
                            height=2 * HALF, class_="gplace"))
            continue
        area = geometry["type"].endswith("Polygon")
        path = "".join(
            "M" + "L".join(f"{int(a)} {int(b)}" for a, b in zip(*_placed(frame, line),
                                                               strict=True))
            + ("Z" if area else "") for line in _lines(geometry))
        parts.append(el("path", title, d=path, class_="gwater area" if area else "gwater"))
    return tuple(parts)


def ground_table(voice: Voice) -> Html | None:
    """What waters and facilities the map shows, each with its status; None without any."""
    words, found = voice.words, features(voice.region)
    if not found:
        return None
    rows = [
        row(name_of(f, words.lang), cell(words(CALLED[f["properties"]["kind"]]), ""),
            cell(voice.chip(f["properties"]["status"]), ""))
        for f in found
    ]
    heads = [head(words(k), numeric=False)
             for k in ("map.ground_name", "map.ground_kind", "map.ground_status")]
    return table(words("map.ground_caption"), [heads], rows)


def name_of(feature: Mapping[str, Any], lang: str) -> str:
    """Its name in the reader's language, else the other."""
    given = feature["properties"]
    first, second = ("name_zh", "name") if lang == "zh" else ("name", "name_zh")
    return str(given.get(first) or given.get(second))


def _lines(geometry: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """Every line or ring of a geometry."""
    kind, given = geometry["type"], geometry["coordinates"]
    if kind == "LineString":
        yield given
    elif kind == "MultiPolygon":
        for part in given:
            yield from part
    else:
        yield from given


def _placed(frame: Frame, line: Sequence[Any]) -> tuple[Any, Any]:
    at = np.asarray([p[:2] for p in line], dtype=np.float64)
    return frame.place(at[:, 0], at[:, 1])
