"""The program: runs a command, turns what went wrong into a message and an exit code.

Exit codes: 0 done; 1 the input cannot be used; 2 the command was not understood;
130 stopped by the user (Ctrl-C). A mistake of the user never shows a traceback; a mistake of
Tieline always does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tieline.cli.commands import tieline
from tieline.cli.screen import complain, make_encodable
from tieline.cli.words import say
from tieline.errors import TielineError

STOPPED = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line without the program's name; the exit code."""
    make_encodable()
    try:
        code = tieline.main(
            args=None if arguments is None else list(arguments),
            prog_name="tieline", standalone_mode=False,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(say("stopped; nothing was left half-written", "已停止;没有留下未写完的文件"))
        return STOPPED
    except TielineError as error:
        complain(str(error))
        return 1
    except OSError as error:
        if error.filename is None or _ours(str(error.filename)):
            raise
        complain(f"{error.filename}: {error.strerror}")
        return 1
    return code if isinstance(code, int) else 0


def _ours(file: str) -> bool:
    return Path(file).is_relative_to(Path(__file__).parents[1])

