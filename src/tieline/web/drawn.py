"""What a worker draws for lines: a plan for suspended ones, how far one comes, a day trip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tieline.publish.drafts import ordered
from tieline.publish.markup import join
from tieline.publish.shell import words_of

if TYPE_CHECKING:
    from tieline.region.read import RegionData
    from tieline.study import LineResponse
    from tieline.web.asking import Asked


def outage(response: LineResponse, lang: str) -> dict[str, Any]:
    """The chapters of a plan for suspended lines and closed stops, and who has orders."""
    from tieline.publish.transit import outage

    face = outage.OutageFace(response, words_of(lang))
    return {
        "title": outage.heading(face), "head": outage.masthead(face),
        "figures": outage.key_figures(face), "maps": "", "end_s": 60.0,
        "chapters": outage.chapters(face),
        "orders": [(j, face.name(j)) for j in ordered(response)],
    }


def outage_orders(response: LineResponse, lang: str, jurisdiction: str | None) -> dict[str, str]:
    """Draft order sheets: title and pages."""
    from tieline.publish.transit import outage

    title, drawn = outage.sheets(outage.OutageFace(response, words_of(lang)), jurisdiction)
    return {"title": title, "pages": join(*drawn)}


def reached(data: RegionData, network: str, origin: str, scenario: str, lang: str) -> str:
    """How far one comes from a place, apart and together: maps and a table."""
    import pandas as pd

    from tieline.publish.transit.reach import ReachFace, reach_page

    engine: Any = data.engines[network]
    lines: Any = data.networks[network]
    cases = {s: lines.relevant.restrict(data.case(s, scenario=scenario))
             for s in ("apart", "together")}
    tables = engine.reached(lines, cases, origin)
    points, places = lines.points, engine.places(lines)
    rows = [points.index[p[0]] for p in places]
    titles = {p[0]: p[2] if lang == "zh" else p[1] for p in places}
    towns = pd.DataFrame({
        "title": list(titles.values()), "lon": points.lon[rows], "lat": points.lat[rows],
        "population": points.population[rows]})
    return reach_page(ReachFace(data.region, words_of(lang)), tables, towns,
                      titles.get(origin, origin))


def trip(data: RegionData, network: str, asked: Asked, lang: str) -> str:
    """A day trip in large type."""
    from tieline.publish.trip.page import body
    from tieline.study import trip as find

    found = find(data, asked.origin, asked.to, day=asked.day, depart=asked.depart,
                 stay_min=asked.stay_min, return_by=asked.return_by,
                 scenario=asked.scenario or None, network=network)
    return body(words_of(lang), found)
