"""The plan for an incident as one page of HTML that needs nothing but itself."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tieline.appraisal.response import STATES, WAITING
from tieline.publish.markup import Html, el, join
from tieline.publish.method import own_version
from tieline.publish.page import MARKS, paragraph, section
from tieline.publish.respond.curve import curves
from tieline.publish.respond.head import key_figures, masthead, status_table
from tieline.publish.respond.maps import maps
from tieline.publish.respond.steps import donors, refused, steps
from tieline.publish.respond.voice import Face
from tieline.publish.shell import document, words_of
from tieline.publish.words import in_language, typeset

if TYPE_CHECKING:
    from tieline.appraisal.response import Response

STYLE = "respond/style.css"
ALIKE = 0.05
"""Customer-hours by which waiting may differ between states without a word."""
LIMITS = ("order", "data", "field", "load")


def render(response: Response, lang: str = "zh") -> str:
    """The plan as one HTML page: styles and drawings inside, no script, no network.

    `lang` is "zh" or "en"; ValueError for any other. The same response gives the same text.
    """
    face = Face(response, words_of(lang))
    title = f"{face.region.label(face.words.lang)} · {face.heading()}"
    return document(
        face.words, title, masthead(face), key_figures(face), maps(face), *chapters(face),
        _footer(face), styles=(STYLE,),
    )


def chapters(face: Face) -> tuple[Html | None, ...]:
    """The chapters below the key figures and the maps."""
    return (curves(face), steps(face), refused(face), donors(face), _method(face))


def _method(face: Face) -> Html:
    words, plan = face.words, face.response.plan
    search = words("how.search", nodes=f"{plan.nodes:,}") if plan.nodes else ""
    return section(
        "how", words("how.title"), paragraph(words("how.plan")), paragraph(words("how.check")),
        paragraph(search) if search else None, el("h3", words("method.limits")),
        el("ul", *(el("li", words(f"how.limit_{k}")) for k in LIMITS), class_="limits"),
        _notes(face), el("h3", words("how.data")),
        status_table(face, face.response.statuses), _provenance(face),
        el("h3", words("data.again")), _again(face),
    )


def notes(face: Face) -> list[str]:
    """What the computation noted; and what waiting costs in the other states, if not the same."""
    r = face.response
    told = [n.label(face.words.lang) for n in (*r.plan.notes, *r.notes)]
    first = next(iter(r.plans))
    told += [
        face.words("how.waiting", state=face.state(s), hours=face.hours(r.waiting_of(s)),
                   first=face.state(first), shown=face.hours(r.waiting_of(first)))
        for s in r.plans if abs(r.waiting_of(s) - r.waiting_of(first)) > ALIKE
    ]
    return list(dict.fromkeys(told))


def _notes(face: Face) -> Html | None:
    told = notes(face)
    if not told:
        return None
    return join(el("h3", face.words("how.notes")),
                el("ul", *(el("li", n) for n in told), class_="limits"))


def _provenance(face: Face) -> Html | None:
    entries = face.region.provenance
    if not entries:
        return None
    return el("dl", *(
        el("div", el("dt", face.chip(k) if k in MARKS else face.words.get(f"provenance.{k}", k)),
           el("dd", typeset(in_language(v, face.words.lang))))
        for k, v in entries.items()
    ), class_="prose")


def _again(face: Face) -> Html:
    words, r = face.words, face.response
    what = f"--incident {shlex.quote(r.incident.id)}"
    if face.supposed:
        assets = [":".join([e.asset, *(f"{k}={v}" for k, v in e.parameters)])
                  for e in r.incident.events]
        what = " ".join(f"--fault {shlex.quote(a)}" for a in assets)
        what += f" --scenario {r.scenario}" if r.scenario != "base" else ""
    if set(r.states) != set(STATES):
        asked = [f"--{s}" if s in STATES else f"--open {s.replace('+', ',')}"
                 for s in r.states if s != WAITING]
        what += " " + " ".join(asked)
    command = f"tieline respond {words('data.folder')} {what} --lang {words.lang} --out DIR"
    identity = words("how.identity", network=face.network(r.network), engine=r.engine,
                     version=r.version, digest=r.digest[:12])
    return join(paragraph(identity, "note"), el("pre", el("code", command)))


def _footer(face: Face) -> Html:
    words = face.words
    captions = {t.casefold(): t for t in [words("page.schematic"), *face.captions()]}.values()
    lines = (words("plan.draft"), words("plan.unconnected"), *captions)
    return el("footer", *(paragraph(t) for t in lines), paragraph(words("page.unofficial")),
              paragraph(words("page.made_by", version=own_version())))
