"""The program: runs a command, turns what went wrong into a message and an exit code.

Exit codes: 0 done; 1 the input cannot be used; 2 the command was not understood;
130 stopped by the user (Ctrl-C). A mistake of the user never shows a traceback; a mistake of
Tieline always does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tieline.cli.commands import tieline
from tieline.cli.screen import complain, make_encodable, tell_on_terminal
from tieline.cli.words import language_asked
from tieline.errors import TielineError
from tieline.kernels import when_compiling
from tieline.messages import message

STOPPED = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line without the program's name; the exit code."""
    make_encodable()
    words = sys.argv[1:] if arguments is None else list(arguments)
    lang = language_asked(words)
    when_compiling(lambda: tell_on_terminal(message(
        "first use after an installation: compiling, about a minute", lang
    )))
    try:
        code = tieline.main(args=words, prog_name="tieline", standalone_mode=False, obj=lang)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        if lang == "zh":
            click.echo(_refusal_in_chinese(error), err=True)
        else:
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(message("stopped; nothing was left half-written", lang))
        return STOPPED
    except TielineError as error:
        complain(error.message(lang))
        return 1
    except OSError as error:
        if error.filename is None or _ours(str(error.filename)):
            raise
        complain(f"{error.filename}: {message(error.strerror or str(error), lang)}")
        return 1
    return code if isinstance(code, int) else 0


def _refusal_in_chinese(error: click.ClickException) -> str:
    """How click shows a command line it cannot use: usage, where to get help, what is wrong."""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    head = [] if ctx is None else [
        ctx.get_usage().replace("Usage: ", "用法：", 1),
        f"运行 '{ctx.command_path} --help' 查看说明。", "",
    ]
    return "\n".join([*head, f"错误：{message(error.format_message(), 'zh')}"])


def _ours(file: str) -> bool:
    return Path(file).is_relative_to(Path(__file__).parents[1])

