"""Problems found while reading, collected so that the user sees all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from tieline.errors import InputError
from tieline.messages import counted, joined, message


@dataclass(frozen=True)
class Issue:
    """One problem: where, what was expected (with its unit), what was found."""

    file: str
    row: int | None
    field: str | None
    expected: str
    found: str
    severity: Literal["error", "note"] = "error"

    def __str__(self) -> str:
        return self.message()

    def message(self, lang: str = "en") -> str:
        """The problem in one line, in the language asked for ("en" or "zh")."""
        if lang == "zh":
            return self._chinese()
        where = self.file
        if self.row is not None:
            where += f", row {self.row}"
        if self.field:
            where += f", field '{self.field}'"
        if not self.expected:
            return f"{where}: {self.found}"
        return f"{where}: expected {self.expected}, found {self.found}"

    def _chinese(self) -> str:
        where = message(self.file, "zh")
        if self.row is not None:
            where += f"，第 {self.row} 行"
        if self.field:
            where += f"，字段 '{self.field}'"
        found = message(self.found, "zh")
        if not self.expected:
            return f"{where}：{found}"
        return joined([f"{where}：要求", message(self.expected, "zh"), "，发现", found])

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON; the whole line in both languages."""
        return {**asdict(self), "message": self.message(), "message_zh": self.message("zh")}


class Issues:
    """A list of problems that readers add to; `stop` raises once, with all of them."""

    def __init__(self) -> None:
        self._all: dict[Issue, None] = {}

    def error(
        self, file: str, expected: str, found: str, *, row: int | None = None,
        field: str | None = None,
    ) -> None:
        """Add a problem that makes the input unusable."""
        self._all[Issue(file, row, field, expected, found)] = None

    def note(
        self, file: str, found: str, *, row: int | None = None, field: str | None = None
    ) -> None:
        """Add something the user should know, that does not stop the work."""
        self._all[Issue(file, row, field, "", found, "note")] = None

    def extend(self, other: Issues) -> None:
        """Add the problems of another list, in its order; one that is known is not repeated."""
        self._all.update(other._all)

    def by_row(self) -> Issues:
        """The same problems in the order of a file's rows; those of the whole file first."""
        ordered = Issues()
        ordered._all = dict.fromkeys(sorted(self._all, key=lambda i: i.row or 0))
        return ordered

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._all)

    def __repr__(self) -> str:
        errors, notes = counted(len(self.errors), "error"), counted(len(self.notes), "note")
        head = f"Issues({errors}, {notes})"
        return "\n".join([head, *map(str, self._all)])

    @property
    def errors(self) -> tuple[Issue, ...]:
        """Problems that make the input unusable."""
        return tuple(i for i in self._all if i.severity == "error")

    @property
    def notes(self) -> tuple[Issue, ...]:
        """What the user should know all the same."""
        return tuple(i for i in self._all if i.severity == "note")

    def __len__(self) -> int:
        return len(self._all)

    def stop(self) -> None:
        """Raise `InputError` with every problem found so far, if there is any."""
        if self.errors:
            raise InputError(self.errors)
