"""What an import took, missed, assumed, changed and left out, said in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["missing", "assumed", "changed", "left_out"]

_TITLES: Mapping[Kind, tuple[str, str]] = {
    "missing": ("Missing in the file", "文件中缺少"),
    "assumed": ("Assumed because you asked for it", "按要求采用的假设"),
    "changed": ("Said differently here", "换一种方式表示"),
    "left_out": ("Not taken over", "未导入"),
}
_SHOWN_IDS = 12


@dataclass(frozen=True)
class Finding:
    """One thing the reader of the result should know; `ids` are names in the imported file."""

    kind: Kind
    table: str
    field: str
    text: str
    text_zh: str
    ids: tuple[str, ...] = ()

    def line(self, lang: str = "en") -> str:
        """One line that says it, naming at most a dozen rows."""
        where = f"{self.table}.{self.field}" if self.field else self.table
        shown = ", ".join(self.ids[:_SHOWN_IDS]) + (", ..." if len(self.ids) > _SHOWN_IDS else "")
        text = self.text_zh if lang == "zh" else self.text
        return f"{where}: {text}" + (f" ({len(self.ids)}: {shown})" if self.ids else "")


class Findings:
    """A list that the parts of an importer add to, as readers add to `Issues`."""

    def __init__(self) -> None:
        self._all: dict[tuple[Kind, str, str, str], list[str]] = {}

    def add(  # what, where, in both languages, which rows
        self, kind: Kind, where: str, text: str, text_zh: str, ids: Iterable[str] = ()
    ) -> None:
        """Note one thing at `table` or `table.field`; said again, it gains rows."""
        self._all.setdefault((kind, where, text, text_zh), []).extend(ids)

    def all(self) -> tuple[Finding, ...]:
        """Everything noted so far, in order."""
        out = []
        for (kind, where, text, text_zh), ids in self._all.items():
            table, _, field = where.partition(".")
            out.append(Finding(kind, table, field, text, text_zh, tuple(ids)))
        return tuple(out)


@dataclass(frozen=True)
class ImportReport:
    """What came of an import: rows by native table, jurisdictions, findings."""

    file: Path
    folder: Path
    name: str
    jurisdictions: tuple[str, ...]
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    network: str = "power"

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind: missing, assumed, changed or left_out."""
        return tuple(f for f in self.findings if f.kind == kind)

    def lines(self, lang: str = "en") -> tuple[str, ...]:
        """The report as plain lines in one language."""
        counts = ", ".join(f"{table} {n}" for table, n in self.rows.items())
        zh = lang == "zh"
        head = f"{'导入' if zh else 'Imported'} {self.file.name} -> {self.folder}: {counts}"
        who = f"{'辖区' if zh else 'Jurisdictions'}: {', '.join(self.jurisdictions)}"
        out = [head, who]
        for kind, titles in _TITLES.items():
            found = self.of(kind)
            if found:
                out.append(titles[1 if zh else 0] + ":")
                out.extend(f"  - {f.line(lang)}" for f in found)
        return tuple(out)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def markdown(self) -> str:
        """The report as a page, each line in both languages, for the folder's IMPORT.md."""
        parts = [
            f"# {self.name}: import 导入说明\n",
            f"File 文件: `{self.file.name}`  ",
            f"Jurisdictions 辖区: {', '.join(self.jurisdictions)}\n",
            "| Table 表 | Rows 行数 |\n|-|-|",
            "\n".join(f"| {self.network}/{table} | {n} |" for table, n in self.rows.items()) + "\n",
        ]
        for kind, (en, zh) in _TITLES.items():
            found = self.of(kind)
            if not found:
                continue
            parts.append(f"## {en} {zh}\n")
            parts.extend(f"- {f.line('en')}  \n  {f.line('zh')}" for f in found)
            parts.append("")
        return "\n".join(parts)
