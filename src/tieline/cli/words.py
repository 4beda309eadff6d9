"""Commands that speak two languages: click's classes with a Chinese text and examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any] | click.Command)

LANGUAGES = ("en", "zh")


def language_of(environ: Mapping[str, str]) -> str:
    """The user's language: "zh" if the locale is Chinese, else "en".

    Read in the order in which POSIX reads them: LC_ALL, LC_MESSAGES, LANG.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def language(ctx: click.Context | None = None) -> str:
    """The language of this run: what `--lang` said, else the locale's."""
    found = ctx or click.get_current_context(silent=True)
    while found is not None:
        if "lang" in found.meta:
            return str(found.meta["lang"])
        found = found.parent
    return language_of(os.environ)


def say(en: str, zh: str) -> str:
    """Whichever of the two texts the user reads."""
    return zh if language() == "zh" else en


def _remember(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta["lang"] = value


class Option(click.Option):
    """An option with its meaning in both languages."""

    def __init__(self, *args: Any, zh: str = "", **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.zh = zh

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of `--help` in the language of the run."""
        record = super().get_help_record(ctx)
        if record is None or language(ctx) != "zh" or not self.zh:
            return record
        return record[0], record[1].replace(self.help or "", self.zh)


class Command(click.Command):
    """A command with its meaning in both languages and examples that are tested."""

    def __init__(
        self, *args: Any, zh: str = "", examples: tuple[str, ...] = (), **attrs: Any
    ) -> None:
        super().__init__(*args, **attrs)
        self.zh = zh
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        _write_paragraphs(ctx, formatter, self.help or "", self.zh)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples."""
        _write_examples(ctx, formatter, self.examples)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence, for the list of commands."""
        return _first_sentence(self.help or "", self.zh)


class Group(click.Group):
    """Commands under one name, with the same courtesies."""

    command_class = Command
    group_class = type

    def __init__(
        self, *args: Any, zh: str = "", examples: tuple[str, ...] = (), **attrs: Any
    ) -> None:
        super().__init__(*args, **attrs)
        self.zh = zh
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the commands are for."""
        _write_paragraphs(ctx, formatter, self.help or "", self.zh)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples."""
        _write_examples(ctx, formatter, self.examples)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence, for the list of commands."""
        return _first_sentence(self.help or "", self.zh)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a user meets them."""
        return list(self.commands)


def _first_sentence(en: str, zh: str) -> str:
    if language() == "zh" and zh:
        return zh.split("。", 1)[0]
    return en.split(". ", 1)[0].rstrip(".").split(": ", 1)[0]


def _write_paragraphs(
    ctx: click.Context, formatter: click.HelpFormatter, en: str, zh: str
) -> None:
    text = zh if language(ctx) == "zh" and zh else en
    with formatter.indentation():
        for paragraph in text.split("\n\n"):
            formatter.write_paragraph()
            formatter.write_text(" ".join(paragraph.split()))


def _write_examples(
    ctx: click.Context, formatter: click.HelpFormatter, examples: tuple[str, ...]
) -> None:
    if not examples:
        return
    with formatter.section("示例" if language(ctx) == "zh" else "Examples"):
        for line in examples:
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def lang_option() -> Callable[[F], F]:
    """`--lang`, read before everything else so that `--help` after it speaks it."""
    return click.option(
        "--lang", cls=Option, type=click.Choice(LANGUAGES), default=None, is_eager=True,
        expose_value=False, callback=_remember, help="Language; without it, that of the locale.",
        zh="语言;不给出时按系统区域设置。",
    )
