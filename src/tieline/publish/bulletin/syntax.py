"""A small Markdown, read with the place of every character; no HTML, no entities, no images.

Headings `#`, paragraphs, lists `-` and `1.`, quotes `>`, tables `| a | b |`, `**strong**`,
`*emphasis*`, `` `code` ``, `[text](address)`; and of bulletins `{{figure}}`, `{{figure:form}}`,
`[[quoted literal]]`, `{{> insert}}`, and `:::zh` ... `:::` for what one language alone says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tieline.publish.bulletin.nodes import (
    Block,
    Bound,
    Code,
    Grid,
    Heading,
    Inline,
    Insert,
    Items,
    Literal,
    Paragraph,
    Parts,
    Quote,
    Styled,
    Text,
)
from tieline.publish.bulletin.problems import Problems, Spot

LANGUAGE = re.compile(r":::\s*(\w*)\s*")
HEADING = re.compile(r"(#{1,4})\s+(.*?)\s*#*\s*")
ITEM = re.compile(r"\s{0,3}(?:([-*+])|\d{1,3}[.)])\s+")
INSERT = re.compile(r"\{\{>\s*([\w-]+)\s*\}\}\s*")
RULE = re.compile(r"\|\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
BOUND = re.compile(r"\{\{\s*([A-Za-z0-9][\w.-]*)\s*(?::\s*(\w+)\s*)?\}\}")
LINK = re.compile(r"\]\(\s*([^()\s]*)\s*\)")
ADDRESS = re.compile(r"(?:https?://[^\s\"'<>]+|mailto:[^\s\"'<>]+|#[\w-]*|(?![\w+.-]*:|//)[^\s\"'<>]+)")
FORMS = ("", "number", "label", "when", "status", "source", "date", "as_of")
HAN = re.compile(r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]")

LONGEST_LITERAL, LONGEST_LINK = 300, 1000
"""Characters within which a bracket must close: a text full of open ones is read quickly too."""

Char = tuple[str, int, int]
"""A character, its line, its column."""


@dataclass(frozen=True)
class Line:
    """A line of the text with its number in the file."""

    number: int
    text: str


def read_text(text: str, first: int, languages: Sequence[str], problems: Problems
              ) -> Mapping[str, tuple[Block, ...]]:
    """The text by language; `first` is the number of its first line in the file."""
    lines = {lang: list[Line]() for lang in languages}
    speaking, opened = tuple(languages), 0
    for number, raw in enumerate(text.split("\n"), first):
        match = LANGUAGE.fullmatch(raw)
        if match is None:
            for lang in languages:
                lines[lang].append(Line(number, raw if lang in speaking else ""))
            continue
        for lang in languages:
            lines[lang].append(Line(number, ""))
        if match[1] and match[1] not in languages:
            problems.error(Spot(number, 1), "a language of the bulletin", f"'{match[1]}'")
        elif match[1] and opened:
            problems.error(Spot(number, 1), "the end of the part above (:::)", f"'{raw.strip()}'")
        elif not match[1] and not opened:
            problems.error(Spot(number, 1), "the language of the part (:::zh)", "':::'")
        opened = number if match[1] else 0
        speaking = (match[1],) if match[1] else tuple(languages)
    if opened:
        problems.error(Spot(opened, 1), "an end of the part (:::)", "none")
    return {lang: tuple(_blocks(lines[lang], problems)) for lang in languages}


def _blocks(lines: Sequence[Line], problems: Problems) -> Iterator[Block]:
    k = 0
    while k < len(lines):
        line = lines[k]
        if not line.text.strip():
            k += 1
        elif found := HEADING.fullmatch(line.text):
            at = found.start(2)
            yield Heading(len(found[1]), _inline(_chars(line, at, found.end(2)), problems),
                          Spot(line.number, at + 1))
            k += 1
        elif found := INSERT.fullmatch(line.text):
            yield Insert(found[1], Spot(line.number, 1))
            k += 1
        else:
            same = _run(lines, k)
            yield _block(lines[k:same], problems)
            k = same


def _run(lines: Sequence[Line], k: int) -> int:
    """Where the block that begins at a line ends."""
    sort = _sort(lines[k].text)
    end = k + 1
    while end < len(lines) and lines[end].text.strip():
        here = _sort(lines[end].text)
        if here == "alone" or (here != sort and not (sort in ("item", "quote") and here == "text")):
            break
        end += 1
    return end


def _sort(text: str) -> str:
    if HEADING.fullmatch(text) or INSERT.fullmatch(text):
        return "alone"
    if ITEM.match(text):
        return "item"
    if text.lstrip().startswith(">"):
        return "quote"
    return "row" if text.lstrip().startswith("|") else "text"


def _block(lines: Sequence[Line], problems: Problems) -> Block:
    sort = _sort(lines[0].text)
    if sort == "row":
        return _grid(lines, problems)
    if sort == "quote":
        return Quote(_inline(_flow(lines, r"\s*>\s?"), problems))
    if sort == "item":
        return _items(lines, problems)
    return Paragraph(_inline(_flow(lines, r"\s*"), problems))


def _items(lines: Sequence[Line], problems: Problems) -> Items:
    groups: list[list[Line]] = []
    for line in lines:
        if ITEM.match(line.text):
            groups.append([line])
        else:
            groups[-1].append(line)
    first = ITEM.match(lines[0].text)
    ordered = first is not None and first[1] is None
    return Items(ordered, tuple(
        _inline(_flow(g, rf"{ITEM.pattern}|\s*"), problems) for g in groups))


def _grid(lines: Sequence[Line], problems: Problems) -> Grid:
    kept = [x for k, x in enumerate(lines) if k != 1 or not RULE.fullmatch(x.text)]
    rows = [[_inline(c, problems) for c in _cells(line)] for line in kept]
    width = max(len(rows[0]), 1)
    for line, row in zip(kept, rows, strict=True):
        if len(row) != width:
            problems.error(Spot(line.number, 1), f"a row of {width} cells", f"{len(row)}")
    return Grid(tuple(rows[0]), tuple(tuple(r) for r in rows[1:]))


def _cells(line: Line) -> Iterator[list[Char]]:
    """The cells between bars; a bar after a backslash is text."""
    body = line.text.strip()
    left = line.text.index(body) + 1
    right = len(line.text.rstrip()) - (1 if body.endswith("|") and not body.endswith("\\|") else 0)
    begin = left
    for k in range(left, right + 1):
        if k == right or (line.text[k] == "|" and line.text[k - 1] != "\\"):
            cell = line.text[begin:k]
            inner = cell.strip()
            at = begin + cell.find(inner)
            yield _chars(line, at, at + len(inner))
            begin = k + 1


def _chars(line: Line, begin: int, end: int) -> list[Char]:
    return [(c, line.number, begin + k + 1) for k, c in enumerate(line.text[begin:end])]


def _flow(lines: Sequence[Line], prefix: str) -> list[Char]:
    """Lines as one text: a space between them, but not between two Chinese characters."""
    out: list[Char] = []
    for line in lines:
        match = re.match(prefix, line.text)
        begin = match.end() if match else 0
        chars = _chars(line, begin, len(line.text.rstrip()))
        if out and chars and not (HAN.match(out[-1][0]) and HAN.match(chars[0][0])):
            out.append((" ", out[-1][1], out[-1][2] + 1))
        out += chars
    return out


def _inline(chars: Sequence[Char], problems: Problems) -> Parts:
    text = "".join(c[0] for c in chars)
    return tuple(_parts(chars, text, problems))


def _parts(chars: Sequence[Char], text: str, problems: Problems) -> Iterator[Inline]:
    kept: list[Char] = []
    k = 0
    while k < len(chars):
        if text[k] == "\\" and k + 1 < len(chars) and not text[k + 1].isalnum():
            yield from _texts(kept)
            yield Text(text[k + 1], Spot(*chars[k + 1][1:]))
            kept, k = [], k + 2
            continue
        part, end = _special(chars, text, k, problems)
        if part is None:
            kept.append(chars[k])
            k += 1
            continue
        yield from _texts(kept)
        yield part
        kept, k = [], end
    yield from _texts(kept)


def _texts(chars: Sequence[Char]) -> Iterator[Text]:
    """Runs of characters that stand side by side on one line."""
    run: list[Char] = []
    for char in chars:
        if run and (char[1], char[2]) != (run[-1][1], run[-1][2] + 1):
            yield Text("".join(c[0] for c in run), Spot(*run[0][1:]))
            run = []
        run.append(char)
    if run:
        yield Text("".join(c[0] for c in run), Spot(*run[0][1:]))


def _special(
    chars: Sequence[Char], text: str, k: int, problems: Problems
) -> tuple[Inline | None, int]:
    """What begins at a character, if it is no plain text, and where it ends."""
    spot = Spot(*chars[k][1:])
    if text.startswith("{{", k):
        return _bound(text, k, spot, problems)
    if text.startswith("[[", k):
        return _literal(text, k, spot, problems)
    if text[k] == "`" and (end := text.find("`", k + 1)) > k + 1:
        return Code(text[k + 1 : end], spot), end + 1
    if text.startswith("![", k):
        problems.error(spot, "text: bulletins hold no pictures", "'!['")
        return None, k
    if text[k] == "[":
        return _link(chars, text, k, problems)
    for mark, kind in (("**", "strong"), ("*", "emph")):
        if text.startswith(mark, k) and (end := _closing(text, mark, k + len(mark))) > 0:
            inner = chars[k + len(mark) : end]
            return Styled(kind, _inline(inner, problems)), end + len(mark)
    return None, k


def _closing(text: str, mark: str, begin: int) -> int:
    """Where a mark closes; -1 if it does not, or holds nothing."""
    if begin >= len(text) or text[begin].isspace():
        return -1
    end = text.find(mark, begin)
    return end if end > begin and not text[end - 1].isspace() else -1


def _bound(text: str, k: int, spot: Spot, problems: Problems) -> tuple[Inline | None, int]:
    match = BOUND.match(text, k)
    if match is None:
        found = text[k : k + 24].split("}}")[0]
        problems.error(spot, "a figure such as {{id}} or {{id:when}}", f"'{found}'")
        return None, k
    form = match[2] or ""
    if form not in FORMS:
        problems.error(spot, f"one of {', '.join(f for f in FORMS if f)}", f"'{form}'")
    return Bound(match[1], form, spot), match.end()


def _literal(text: str, k: int, spot: Spot, problems: Problems) -> tuple[Inline | None, int]:
    end = text.find("]]", k, k + LONGEST_LITERAL)
    inner = text[k + 2 : end].strip() if end > 0 else ""
    if not inner:
        problems.error(spot, "a quoted literal such as [[5G]]", f"'{text[k : k + 12]}'")
        return None, k
    return Literal(inner, spot), end + 2


def _link(
    chars: Sequence[Char], text: str, k: int, problems: Problems
) -> tuple[Inline | None, int]:
    close = text.find("](", k, k + LONGEST_LINK)
    match = LINK.match(text, close) if close > 0 and "[" not in text[k + 1 : close] else None
    if match is None:
        return None, k
    if not ADDRESS.fullmatch(match[1]):
        problems.error(Spot(*chars[close + 2][1:]),
                       "an address with https://, or a part of this page", f"'{match[1]}'")
    inner = _inline(chars[k + 1 : close], problems)
    return Styled("link", inner, match[1]), match.end()


def read_inline(text: str, begin: Spot, problems: Problems) -> Parts:
    """A text of one line that begins at a place, such as a title."""
    return _inline([(c, begin.line, begin.column + k) for k, c in enumerate(text)], problems)
