"""What is wrong with a file of settings, in words for the person who wrote it."""

from __future__ import annotations

import re
from tomllib import TOMLDecodeError

_SYNTAX = re.compile(r"(.*) \(at (?:line (\d+).*|end of document)\)")
_UNKNOWN = re.compile(r"got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing \d+ required .*arguments?: (.*)")
_NAME = re.compile(r"'(\w+)'")


def slip(error: Exception) -> str:
    """What was found, for a message, instead of what Python says of it.

    Parameters
    ----------
    error
        Of reading TOML, or of making a record out of its keys.
    """
    said = str(error)
    if isinstance(error, TOMLDecodeError):
        match = _SYNTAX.fullmatch(said)
        told, line = (match[1], match[2]) if match else (said, None)
        return f"an error in line {line}: {told}" if line else f"an error: {told}"
    if isinstance(error, UnicodeDecodeError):
        return f"no UTF-8 text at byte {error.start}"
    if isinstance(error, OSError):
        return "no such file that can be read"
    if isinstance(error, KeyError):
        return f"no key '{error.args[0]}'"
    unknown, missing = _UNKNOWN.search(said), _MISSING.search(said)
    if unknown:
        return f"an unknown key '{unknown[1]}'"
    if missing:
        return f"no key {', '.join(repr(n) for n in _NAME.findall(missing[1]))}"
    return "something else"
