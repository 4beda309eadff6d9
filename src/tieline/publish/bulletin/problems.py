"""What is wrong with a template, each with its line and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tieline.errors import InputError
from tieline.messages import joined, message


@dataclass(frozen=True, order=True)
class Spot:
    """A place in a template: line and column from 1; column 0 is the line, line 0 the file."""

    line: int = 0
    column: int = 0


WHOLE = Spot()


@dataclass(frozen=True)
class Problem:
    """One problem: where, what was expected, what was found."""

    file: str
    spot: Spot
    expected: str
    found: str

    def __str__(self) -> str:
        return self.message()

    def message(self, lang: str = "en") -> str:
        """The problem in one line, in the language asked for ("en" or "zh")."""
        line, column = self.spot.line, self.spot.column
        if lang == "zh":
            where = f"{self.file}" + (f"，第 {line} 行" if line else "") + (
                f"第 {column} 列" if column else "")
            return joined([f"{where}：要求", message(self.expected, "zh"), "，发现",
                           message(self.found, "zh")])
        where = self.file + (f", line {line}" if line else "") + (
            f", column {column}" if column else "")
        return f"{where}: expected {self.expected}, found {self.found}"

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON and pages; the whole line in both languages."""
        return {"file": self.file, "line": self.spot.line, "column": self.spot.column,
                "message": self.message(), "message_zh": self.message("zh")}


@dataclass
class Problems:
    """A list of problems that readers add to; `stop` raises once, with all of them in order."""

    file: str
    _all: dict[Problem, None] = field(default_factory=dict)

    def error(self, spot: Spot, expected: str, found: str) -> None:
        """Add a problem."""
        self._all[Problem(self.file, spot, expected, found)] = None

    @property
    def found(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the file."""
        return tuple(sorted(self._all, key=lambda p: p.spot))

    def __len__(self) -> int:
        return len(self._all)

    def stop(self, more: Iterable[Problem] = ()) -> None:
        """Raise `InputError` with every problem so far, if there is any."""
        every = [*self.found, *more]
        if every:
            raise InputError(every)
