"""Commands that speak two languages: click's classes with a Chinese text and examples."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any] | click.Command)

LANGUAGES = ("en", "zh")
CLICKS_OWN = {
    "Usage: ": "用法：", "\nOptions:\n": "\n选项：\n", "\nCommands:\n": "\n命令：\n",
    "\n示例:\n": "\n示例：\n",
    "Show this message and exit.": "显示本说明并退出。",
    "Show the version and exit.": "显示版本并退出。", "[default: ": "[默认：",
}
"""What click itself says in a help text."""

CHINESE_MARKS = {",": "，", ":": "：", ";": "；"}
BESIDE_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])[,:;]|[,:;](?=[\u3400-\u9fff])")


def language_of(environ: Mapping[str, str]) -> str:
    """The user's language: "zh" if the locale is Chinese, else "en".

    Read in the order in which POSIX reads them: LC_ALL, LC_MESSAGES, LANG.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def language_asked(arguments: Sequence[str]) -> str:
    """The language of a command line: what `--lang` says anywhere in it, else the locale's.

    Known before the line is parsed, so that a line that cannot be parsed is refused in it.
    """
    for word, after in zip(arguments, (*arguments[1:], ""), strict=False):
        given = after if word == "--lang" else word.removeprefix("--lang=")
        if given in LANGUAGES and word.startswith("--lang"):
            return given
    return language_of(os.environ)


def language(ctx: click.Context | None = None) -> str:
    """The language of this run: what `--lang` said, else the locale's."""
    found = ctx or click.get_current_context(silent=True)
    said = None if found is None else found.meta.get("lang", found.obj)
    if isinstance(said, str):
        return said
    return language_of(os.environ)


def say(en: str, zh: str) -> str:
    """Whichever of the two texts the user reads."""
    return typeset(zh) if language() == "zh" else en


def typeset(text: str) -> str:
    """Chinese text with its own marks, where plain ones stand beside a Chinese character."""
    return BESIDE_CHINESE.sub(lambda mark: CHINESE_MARKS[mark[0]], text)


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
        return record[0], record[1].replace(self.help or "", typeset(self.zh))


@dataclass(frozen=True)
class Glossary:
    """What each value of an option means, listed at the end of `--help`: name, English, Chinese."""

    title: str
    title_zh: str
    entries: tuple[tuple[str, str, str], ...]


class Command(click.Command):
    """A command with its meaning in both languages and examples that are tested."""

    def __init__(
        self, *args: Any, zh: str = "", examples: tuple[str, ...] = (),
        glossaries: tuple[Glossary, ...] = (), **attrs: Any
    ) -> None:
        super().__init__(*args, **attrs)
        self.zh = zh
        self.examples = examples
        self.glossaries = glossaries

    def get_help(self, ctx: click.Context) -> str:
        """The whole text of `--help`."""
        return _whole_help(super().get_help(ctx), ctx)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        _write_paragraphs(ctx, formatter, self.help or "", self.zh)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What values mean, and examples."""
        for listed in self.glossaries:
            chinese = language(ctx) == "zh"
            with formatter.section(listed.title_zh if chinese else listed.title):
                formatter.write_dl([(name, typeset(zh) if chinese else en)
                                    for name, en, zh in listed.entries])
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

    def get_help(self, ctx: click.Context) -> str:
        """The whole text of `--help`."""
        return _whole_help(super().get_help(ctx), ctx)

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


def _whole_help(text: str, ctx: click.Context) -> str:
    if language(ctx) != "zh":
        return text
    for english, chinese in CLICKS_OWN.items():
        text = text.replace(english, chinese)
    return text


def _first_sentence(en: str, zh: str) -> str:
    if language() == "zh" and zh:
        return typeset(zh).split("。", 1)[0]
    return en.split(". ", 1)[0].rstrip(".").split(": ", 1)[0]


def _write_paragraphs(
    ctx: click.Context, formatter: click.HelpFormatter, en: str, zh: str
) -> None:
    text = typeset(zh) if language(ctx) == "zh" and zh else en
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
    """`--lang`; what it says is read from the whole line before anything else."""
    return click.option(
        "--lang", cls=Option, type=click.Choice(LANGUAGES), default=None, is_eager=True,
        expose_value=False, help="Language; without it, that of the locale.",
        zh="语言;不给出时按系统区域设置。",
    )
