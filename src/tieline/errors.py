"""Every error Tieline raises, drawn as a tree.

TielineError
├── InputError          what the user gave cannot be used; carries every problem found
│   └── NotARegionError the folder holds no region.toml
├── CaseError           a case, player or measure that the region or network does not know
├── EngineError         an engine broke its promise (see tieline.testing)
└── LedgerError         the system of record refused
    ├── ConflictError   somebody else changed the same field in between; holds both sides
    ├── RightsError     who asks may not do this to this jurisdiction's records
    └── StorageError    the database cannot be used: full, read-only, busy, missing, of another age

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

    @property
    def told(self) -> tuple[str | Told, ...]:
        """The problems as they were given: texts, or records that know where they are."""
        return self._told

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


class LedgerError(TielineError):
    """The system of record refused: nothing was written."""


class ConflictError(LedgerError):
    """Somebody else changed the same field in between.

    `conflicts` holds one `tieline.ledger.append.Conflict` for each field: what the writer had
    seen, what stands now, what the writer wanted, and whose change came between.
    """

    def __init__(self, conflicts: Sequence[object]) -> None:
        self.conflicts = tuple(conflicts)
        n = len(self.conflicts)
        head = "1 field was" if n == 1 else f"{n} fields were"
        super().__init__(
            f"{head} changed by somebody else in between; nothing was written:\n"
            + "\n".join(str(c) for c in self.conflicts)
        )

    def __reduce__(self) -> tuple[type[ConflictError], tuple[tuple[object, ...]]]:
        return type(self), (self.conflicts,)


class RightsError(LedgerError):
    """Who asks may not do this to this jurisdiction's records."""


class StorageError(LedgerError):
    """The database cannot be used: full, read-only, busy, missing, of another age."""
