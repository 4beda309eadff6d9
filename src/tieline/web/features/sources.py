"""What has a place: outlines, lines and stations of networks, records with a geometry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieline.web.library.sites import positions

if TYPE_CHECKING:
    from tieline.ledger.kinds import Catalogue, Kind
    from tieline.ledger.view import View
    from tieline.region.region import Region

Feature = dict[str, Any]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Collection:
    """A collection: its id, its titles, whether its features have days."""

    id: str
    title: str
    title_zh: str
    meaning: str
    dated: bool = False


def collections(
    region: Region, drawn: Sequence[str], catalogue: Catalogue | None
) -> list[Collection]:
    """Every collection: of the region, of networks that can be drawn, of the ledger's kinds."""
    found = []
    if region.outlines:
        found.append(Collection("jurisdictions", "Jurisdictions", "辖区",
                                "Outlines, schematic unless the region says otherwise"))
    if region.ground:
        found.append(Collection("ground", "Waters and facilities", "水域与设施",
                                "What maps show below the networks; status says what it rests on"))
    for network in drawn:
        found.append(Collection(f"{network}-branches", f"Lines of {network}", f"{network} 线路",
                                "Lines of a network; status says what they rest on"))
        found.append(Collection(f"{network}-sources", f"Points of {network}", f"{network} 点位",
                                "Where a network is fed, gated or boarded: sources, gates, stops"))
    found.extend(Collection(kind.name, kind.title, kind.title_zh, kind.meaning, dated=True)
                 for kind in spatial_kinds(catalogue))
    return found


def spatial_kinds(catalogue: Catalogue | None) -> Iterator[Kind]:
    """Kinds of record with a field that holds a geometry."""
    for name in catalogue or ():
        assert catalogue is not None  # noqa: S101 - it was gone through
        if geometry_field(catalogue[name]):
            yield catalogue[name]


def geometry_field(kind: Kind) -> str:
    """The field that holds the place; "" if none does."""
    return next((f.name for f in kind.fields.values() if f.type == "geometry"), "")


def outlines(region: Region) -> list[Feature]:
    """The jurisdictions as they were given, each with its id."""
    return _given(region.outlines)


def below(region: Region) -> list[Feature]:
    """Waters and facilities as they were given, each with its id or its place in the file."""
    return _given(region.ground)


def _given(content: Mapping[str, Any] | None) -> list[Feature]:
    out = []
    for k, feature in enumerate((content or {}).get("features", ())):
        properties = dict(feature.get("properties") or {})
        out.append(_feature(str(properties.get("id", k)), feature.get("geometry"), properties))
    return out


def of_network(picture: Mapping[str, Any], part: str) -> list[Feature]:
    """Lines or sources of a network, as the worker gave them."""
    return [_feature(str(r["id"]), r["geometry"], r["properties"]) for r in picture[part]]


def of_kind(view: View, kind: Kind) -> list[Feature]:
    """The records of a kind with a place; the others have no place to be asked for."""
    name = geometry_field(kind)
    out = []
    for s in view.records(kind.name):
        geometry = s.get(name)
        if not geometry:
            continue
        properties = {k: v for k, v in s.values.items() if k != name}
        out.append(_feature(s.id, geometry, {
            **properties, "owner": s.owner, "valid_from": s.valid_from,
            "change_no": s.change_no}))
    return out


def _feature(ident: str, geometry: Any, properties: Mapping[str, Any]) -> Feature:
    return {"type": "Feature", "id": ident, "geometry": geometry,
            "properties": {k: flat(v) for k, v in properties.items()}}


def flat(value: Any) -> Any:
    """A property as map programs take it: amounts and figures as numbers, lists as text."""
    if isinstance(value, dict) and "minor" in value:
        return f"{value['minor']} {value.get('currency', '')} (minor units)"
    if isinstance(value, dict):
        return "; ".join(f"{k}:{v}" for k, v in value.items())
    if isinstance(value, list):
        return "; ".join(str(v) for v in value)
    return value


def box_of(geometry: Any) -> Box | None:
    """The box around a geometry; None for none."""
    spots = list(positions(geometry)) if geometry else []
    if not spots:
        return None
    xs, ys = zip(*spots, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def within(box: Box) -> Callable[[Feature], bool]:
    """Whether a feature's box touches this one."""
    def touches(feature: Feature) -> bool:
        own = box_of(feature["geometry"])
        return own is not None and (
            own[0] <= box[2] and own[2] >= box[0] and own[1] <= box[3] and own[3] >= box[1])

    return touches


def extent(features: Sequence[Feature]) -> Box | None:
    """The box around all features."""
    boxes = [b for f in features if (b := box_of(f["geometry"]))]
    if not boxes:
        return None
    return (min(b[0] for b in boxes), min(b[1] for b in boxes),
            max(b[2] for b in boxes), max(b[3] for b in boxes))
