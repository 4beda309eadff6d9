"""Whether every figure of a template is bound, and every bound one there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tieline.publish.bulletin.literals import BOUND, QUOTED, suspects
from tieline.publish.bulletin.nodes import (
    Bound,
    Code,
    Heading,
    Inline,
    Insert,
    Literal,
    Parts,
    Styled,
    Text,
    every,
    lines_of,
)
from tieline.publish.bulletin.problems import Problems, Spot
from tieline.publish.bulletin.template import OWN
from tieline.region.expect import nearest

if TYPE_CHECKING:
    from tieline.publish.bulletin.template import Template

IDENTIFIER = re.compile(r"[A-Za-z][\w./-]*|tieline( [\w./=:-]+)+")
"""What may stand as code: an id or a command; anything else typed as code is read like text."""
OWN_FORMS = ("date", "as_of")
INSERTS = ("inventory",)


def check(template: Template, problems: Problems) -> None:
    """Every bare literal, unknown figure, and difference between the languages."""
    for lang in template.languages:
        for parts, heading in _runs(template, lang):
            _check_run(parts, template, problems, heading=heading)
        for block in template.blocks[lang]:
            if isinstance(block, Insert) and block.name not in INSERTS:
                problems.error(block.spot, f"one of {', '.join(INSERTS)}", f"'{block.name}'")
        if not template.blocks[lang]:
            problems.error(Spot(), "a text in every language of the bulletin", f"none in '{lang}'")
    _check_labels(template, problems)
    _check_names(template, problems)
    _check_same(template, problems)


def bound_ids(template: Template, lang: str) -> tuple[str, ...]:
    """The figures that a language states, in the order in which it does."""
    found = (p.id for parts, _ in _runs(template, lang) for p in every(parts)
             if isinstance(p, Bound) and p.id != OWN)
    return tuple(dict.fromkeys(found))


def literals(template: Template, lang: str) -> tuple[str, ...]:
    """What stands in a language as quoted, and the declared names that occur there."""
    quoted, text = [], ""
    for parts, _ in _runs(template, lang):
        quoted += [p.text for p in every(parts) if isinstance(p, Literal)]
        text += "".join(p.text for p in every(parts) if isinstance(p, Text))
    return tuple(dict.fromkeys([*quoted, *(n for n in template.names if n in text)]))


def _runs(template: Template, lang: str) -> Iterator[tuple[Parts, bool]]:
    """Every run of text that a reader sees at a stretch, and whether it is a heading."""
    for said in (template.titles, template.summaries):
        if lang in said:
            yield said[lang], False
    for block in template.blocks[lang]:
        for parts in lines_of(block):
            yield parts, isinstance(block, Heading)


def _check_run(
    parts: Parts, template: Template, problems: Problems, *, heading: bool
) -> None:
    text, spots = "", list[Spot]()
    for piece, places in _seen(parts):
        text += piece
        spots += places
    for found in suspects(text, heading=heading, names=template.names):
        said = text[found.begin : found.end].replace(BOUND, "{{...}}").replace(QUOTED, "...")
        problems.error(spots[found.begin], _EXPECTED[found.sort], f"'{said}'")
    for part in every(parts):
        if isinstance(part, Bound):
            _check_bound(part, template, problems)
        if isinstance(part, Styled) and part.kind == "link":
            for inner in every(part.parts):
                if isinstance(inner, Bound):
                    problems.error(inner.spot, "a figure outside of a link: it opens its query",
                                   f"'{inner.id}'")


_EXPECTED = {
    "figure": "a bound figure {{id}}, or a quoted literal [[...]]",
    "date": "a bound day {{id:when}}, or a quoted literal [[...]]",
    "around": "a figure that brings its own unit and bound",
}


def _seen(parts: Sequence[Inline]) -> Iterator[tuple[str, list[Spot]]]:
    """What a reader sees, character by character, with its place in the template."""
    for part in parts:
        if isinstance(part, Styled):
            yield from _seen(part.parts)
        elif isinstance(part, Text) or (
            isinstance(part, Code) and not IDENTIFIER.fullmatch(part.text)
        ):
            line, column = part.spot.line, part.spot.column
            yield part.text, [Spot(line, column + k) for k in range(len(part.text))]
        else:
            bound = isinstance(part, Bound) and part.form in ("", "number")
            yield BOUND if bound else QUOTED, [part.spot]


def _check_bound(part: Bound, template: Template, problems: Problems) -> None:
    if part.id == OWN:
        if part.form not in OWN_FORMS:
            problems.error(part.spot, f"one of {', '.join(OWN_FORMS)}", f"'{part.form}'")
        return
    if part.id not in template.figures:
        problems.error(part.spot, "a figure of this bulletin",
                       f"'{part.id}'{nearest(part.id, template.figures)}")
    elif part.form in OWN_FORMS:
        problems.error(part.spot, "the day of a figure: when", f"'{part.form}'")


def _check_labels(template: Template, problems: Problems) -> None:
    for asked in template.figures.values():
        for label in asked.label.values():
            for found in suspects(label, names=template.names):
                problems.error(asked.spot, "a label without figures",
                               f"'{label[found.begin : found.end]}'")


def _check_names(template: Template, problems: Problems) -> None:
    used = _texts(template)
    for name in template.names:
        if not suspects(name):
            problems.error(Spot(), "only names that look like figures", f"'{name}'")
        elif not any(name in text for text in used):
            problems.error(Spot(), "only names that occur", f"'{name}'")


def _texts(template: Template) -> Iterable[str]:
    """The text of each run by itself, and the labels."""
    out = [str(v) for a in template.figures.values() for v in a.label.values()]
    for lang in template.languages:
        for parts, _ in _runs(template, lang):
            out.append("".join(p.text for p in every(parts) if isinstance(p, Text)))
    return out


def _check_same(template: Template, problems: Problems) -> None:
    """Every language states the same figures; every figure is stated."""
    stated = {lang: bound_ids(template, lang) for lang in template.languages}
    everywhere = dict.fromkeys(i for ids in stated.values() for i in ids)
    for name, asked in template.figures.items():
        if name not in everywhere:
            problems.error(asked.spot, "only figures that the text states", f"'{name}'")
    for lang, ids in stated.items():
        for name in everywhere:
            if name not in ids and name in template.figures:
                problems.error(template.figures[name].spot,
                               "every figure in every language",
                               f"'{name}', which '{lang}' leaves out")
