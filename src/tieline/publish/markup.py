"""HTML and SVG as strings that cannot be escaped twice or forgotten to be."""

from __future__ import annotations

import html
from collections.abc import Iterable

VOID = frozenset({
    "meta", "link", "input", "br", "col", "rect", "circle", "line", "path", "polygon",
})


class Html(str):
    """Text that is already markup; any other text is escaped when it enters an element."""

    __slots__ = ()

    def __html__(self) -> Html:
        """The same: how template engines ask whether a text is markup."""
        return self


Part = str | Iterable[str] | None


def el(tag: str, *parts: Part, **attributes: str | float | bool | None) -> Html:
    """One element; `class_` is class, other underscores become hyphens, None and False vanish."""
    text = "".join(
        f" {name.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{html.escape(_plain(value))}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    inner = join(*parts)
    if tag in VOID and not inner:
        return Html(f"<{tag}{text}/>")
    return Html(f"<{tag}{text}>{inner}</{tag}>")


def join(*parts: Part) -> Html:
    """Parts one after the other; what is not markup is escaped, None vanishes."""
    out: list[str] = []
    for part in parts:
        if part is None:
            continue
        if isinstance(part, Html):
            out.append(part)
        elif isinstance(part, str):
            out.append(html.escape(part))
        else:
            out.append(join(*part))
    return Html("".join(out))


def _plain(value: str | float | bool) -> str:
    """Attribute text; coordinates lose digits nobody can see."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
