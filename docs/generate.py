"""The reference pages, made from what the program itself reads: schemas, measures, commands.

`python docs/generate.py FOLDER` writes them; the documentation build does so by itself. They are
not kept under version control, so they cannot be out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import tieline.cli.commands
from tieline.ledger.kinds import package_catalogue
from tieline.ledger.values import expected
from tieline.region.protocol import find_engines
from tieline.region.schemas import IN_REGION_FILE, engine_schemas, region_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tieline.region.model import Measure
    from tieline.region.protocol import Engine
    from tieline.region.tables import Column, Schema

def write_all(folder: Path) -> None:
    """Write every generated page; an unchanged page is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "tables.md": tables_page(),
        "measures.md": measures_page(),
        "engines.md": engines_page(),
        "commands.md": commands_page(),
        "kinds.md": kinds_page(),
    }
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def tables_page() -> str:
    """Every table and every column of it."""
    return "\n".join(
        line for name, schema in schemas().items() for line in _schema(name, schema)
    )


def schemas() -> dict[str, Schema]:
    """Every schema by the name a user gives its table: "projects", "power/bus"."""
    return region_schemas() | engine_schemas()


def _schema(name: str, schema: Schema) -> Iterator[str]:
    yield f"## `{name}` - {schema.title} {schema.title_zh}\n"
    yield f"{schema.meaning}\n\n{schema.meaning_zh}\n\n{_must(name, schema)}\n"
    yield from _grid(
        ("column", "type", "unit", "range", "empty means", "meaning", "含义"),
        (
            (f"`{c.name}`", _type(c), c.unit, _bounds(c), _empty(c), c.meaning, c.meaning_zh)
            for c in schema.columns
        ),
    )


def _must(name: str, schema: Schema) -> str:
    if name.rpartition("/")[2] in IN_REGION_FILE:
        return "Stands in `region.toml`; several values are a list there."
    if not schema.required:
        return "Optional."
    return "Every region with this network has it." if "/" in name else "Every region has it."


def _type(column: Column) -> str:
    if column.choices:
        return "one of " + ", ".join(f"`{c}`" for c in column.choices)
    if column.refers:
        return "id in " + " or ".join(f"`{r}`" for r in column.refers)
    return column.type + (" (several, `;` between)" if column.many else "")


def _bounds(column: Column) -> str:
    parts = []
    if column.above is not None:
        parts.append(f"> {column.above:g}")
    if column.min is not None:
        parts.append(f">= {column.min:g}")
    if column.below is not None:
        parts.append(f"< {column.below:g}")
    if column.max is not None:
        parts.append(f"<= {column.max:g}")
    return ", ".join(parts)


def _empty(column: Column) -> str:
    if column.required:
        return "refused"
    return "" if column.default is None else f"`{column.default}`"


def measures_page() -> str:
    """Every measure of every engine."""
    lines: list[str] = []
    for name, engine in find_engines().items():
        lines.append(f"## {name}\n")
        lines += _grid(
            ("measure", "unit", "better", "made of", "meaning", "含义", "standard"),
            (_measure(m) for m in engine.measures),
        )
    return "\n".join(lines)


def _measure(m: Measure) -> tuple[str, ...]:
    made = "" if m.ratio_of is None else f"`{m.ratio_of[0]}` / `{m.ratio_of[1]}`"
    if m.ratio_of is not None and m.scale != 1.0:
        made += f" x {m.scale:g}"
    name = " ".join(dict.fromkeys((f"`{m.name}`", m.label, m.label_zh)))
    return name, m.unit, m.better or "-", made, m.meaning, m.meaning_zh, m.standard


def engines_page() -> str:
    """Every engine: its topics, its version, what it is."""
    return "\n".join(
        line for name, engine in find_engines().items() for line in _engine(name, engine)
    )


def _engine(name: str, engine: Engine[Any]) -> Iterator[str]:
    text = (type(engine).__doc__ or "").strip().split("\n\n")[0]
    yield f"## {name}\n"
    yield " ".join(text.split()) + "\n"
    topics = ", ".join(f"`{t}`" for t in engine.topics)
    yield f"Topics that borders open or close: {topics}. Engine version {engine.version}.\n"


def kinds_page() -> str:
    """Every kind of record of the ledger and every field of it; then the code lists."""
    catalogue = package_catalogue()
    lines: list[str] = []
    for name in catalogue:
        kind = catalogue[name]
        lines.append(f"## `{name}` - {kind.title} {kind.title_zh}\n")
        lines.append(f"{kind.meaning}\n\n{kind.meaning_zh}\n")
        lines += _grid(
            ("field", "type", "required", "title", "名称", "meaning", "含义"),
            (
                (f"`{f.name}`", expected(f, catalogue.codes), "yes" if f.required else "",
                 f.title, f.title_zh, f.meaning, f.meaning_zh)
                for f in kind.fields.values()
            ),
        )
    for listed in catalogue.codes.values():
        lines.append(f"## Codes `{listed.name}` - {listed.title} {listed.title_zh}\n")
        lines += _grid(
            ("code", "meaning", "含义", "from", "to"),
            ((f"`{c.code}`", c.title, c.title_zh, c.begins, c.ends) for c in listed.codes),
        )
    return "\n".join(lines)


def commands_page() -> str:
    """Every command with its options, in both languages, and its examples."""
    return "\n".join(
        line for name, command in walk() for line in _command(name, command)
    )


def walk(
    command: click.Command | None = None, name: str = "tieline"
) -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name, from the program itself down."""
    command = command or tieline.cli.commands.tieline
    yield name, command
    if isinstance(command, click.Group):
        for word, sub in command.commands.items():
            yield from walk(sub, f"{name} {word}")


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"## `{name}`\n"
    yield f"```text\n{name} {usage}\n```\n"
    yield f"{command.help}\n\n{getattr(command, 'zh', '')}\n"
    options = [p for p in command.params if isinstance(p, click.Option)]
    yield from _grid(
        ("option", "meaning", "含义"),
        ((_flags(o), o.help or "", getattr(o, "zh", "")) for o in options),
    )
    examples = getattr(command, "examples", ())
    if examples:
        yield "```shell\n" + "\n".join(examples) + "\n```\n"


def _flags(option: click.Option) -> str:
    flags = ", ".join(f"`{o}`" for o in option.opts)
    if isinstance(option.type, click.Choice):
        flags += " " + " or ".join(f"`{c}`" for c in option.type.choices)
    return flags


def _grid(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"

    body = [line(r) for r in rows]
    if body:
        yield "\n".join([line(head), line("---" for _ in head), *body]) + "\n"


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
