"""Every error Tieline raises, drawn as a tree.

TielineError
├── InputError          what the user gave cannot be used; carries every problem found
│   └── NotARegionError the folder holds no region.toml
├── CaseError           a case, player or measure that the region or network does not know
└── EngineError         an engine broke its promise (see tieline.testing)

`str(error)` is English; `error.message("zh")` says the same in Chinese.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tieline.messages import counted, message

if TYPE_CHECKING:
    from collections.abc import Sequence


class Told(Protocol):
    """A problem that tells itself in a language, such as `tieline.Issue`."""

    def message(self, lang: str = "en") -> str:
        """The problem in one line."""
        ...


class TielineError(Exception):
    """Root of all errors that Tieline raises on purpose."""

    def message(self, lang: str = "en") -> str:
        """What went wrong, in the language asked for ("en" or "zh")."""
        return message(str(self), lang)


class InputError(TielineError):
    """Input that cannot be used: `problems` holds one readable line for each fault found."""

    def __init__(self, problems: Sequence[str | Told]) -> None:
        self._told = tuple(problems)
        self.problems = tuple(map(str, problems))
        super().__init__("\n".join([counted(len(problems), "problem") + ":", *self.problems]))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[str | Told, ...]]]:
        return type(self), (self._told,)

    def message(self, lang: str = "en") -> str:
        """Every problem, in the language asked for ("en" or "zh")."""
        lines = [message(p, lang) if isinstance(p, str) else p.message(lang) for p in self._told]
        head = f"{len(lines)} 个问题：" if lang == "zh" else str(self).split("\n", 1)[0]
        return "\n".join([head, *lines])


class NotARegionError(InputError):
    """The folder is not a region: it does not exist or holds no region.toml."""


class CaseError(TielineError):
    """A case, player, topic or measure that this region or network does not know."""


class EngineError(TielineError):
    """An engine broke a promise of the protocol."""
