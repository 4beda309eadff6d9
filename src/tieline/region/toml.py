"""region.toml: the region's own keys, its jurisdictions, its sections."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tieline.region.cells import SEPARATOR, split
from tieline.region.expect import nearest
from tieline.region.folder import REGION_FILE
from tieline.region.model import Jurisdiction
from tieline.region.parse import parse
from tieline.region.readers import RawTable, decode
from tieline.region.schemas import region_schemas
from tieline.region.settings import parse_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tieline.region.issues import Issues

ENTRY = re.compile(r"^\s*\[\[\s*jurisdiction\s*\]\]", re.MULTILINE)
SYNTAX = re.compile(r"(.*) \(at (?:line (\d+).*|end of document)\)")
RESERVED = frozenset(";:,|")
"""Signs that separate ids in cells and in the keys of cases."""


@dataclass(frozen=True)
class Head:
    """What region.toml says, checked: `top` by the schema `region`, `raw` as written."""

    top: dict[str, Any]
    jurisdictions: tuple[Jurisdiction, ...]
    networks: tuple[str, ...]
    raw: dict[str, Any]

    @property
    def provenance(self) -> dict[str, str]:
        """Section [provenance], as text."""
        section = self.raw.get("provenance")
        return {k: str(v) for k, v in section.items()} if isinstance(section, Mapping) else {}


def read_head(path: Path, issues: Issues) -> Head | None:
    """Read region.toml; None if it is no TOML at all."""
    text = decode((path / REGION_FILE).read_bytes(), REGION_FILE, issues)
    if text is None:
        return None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = SYNTAX.match(str(error))
        line = int(match[2]) if match and match[2] else None
        told = match[1] if match else str(error)
        issues.error(REGION_FILE, "TOML", f"an error: {told}", row=line)
        return None
    sections = tuple(k for k, v in raw.items() if isinstance(v, Mapping))
    top = parse_settings(
        raw, "", region_schemas()["region"], issues, ignore=("jurisdiction", *sections)
    )
    members = _jurisdictions(raw.get("jurisdiction", []), text, top["currency"], issues)
    networks = tuple(split(top["networks"]))
    for name in {n for n in networks if networks.count(n) > 1}:
        issues.error(REGION_FILE, "each network once", f"'{name}' twice", field="networks")
    known = ("provenance", *networks)
    for name in sections:
        if name not in (*known, "jurisdiction"):
            issues.note(
                REGION_FILE, f"section read by no network{nearest(name, known)}", field=f"[{name}]"
            )
    return Head(top, members, networks, raw)


def _jurisdictions(
    entries: Any, text: str, currency: str, issues: Issues
) -> tuple[Jurisdiction, ...]:
    if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
        issues.error(REGION_FILE, "entries [[jurisdiction]]", "something else")
        return ()
    if not entries:
        issues.error(REGION_FILE, "at least one entry [[jurisdiction]]", "none")
        return ()
    lines = [text.count("\n", 0, m.end()) + 1 for m in ENTRY.finditer(text)]
    if len(lines) != len(entries):
        lines = list(range(1, len(entries) + 1))
    names = list(dict.fromkeys(k for e in entries for k in e))
    cells = {n: [_scalar(e.get(n, "")) for e in entries] for n in names}
    table = parse(
        RawTable(REGION_FILE, cells, lines), region_schemas()["jurisdictions"], issues
    )
    refuse_reserved(REGION_FILE, table["id"], lines, issues)
    for zone, line in zip(table["time_zone"], lines, strict=True):
        if not _is_time_zone(zone):
            issues.error(
                REGION_FILE, "a time zone such as Asia/Shanghai", f"'{zone}'",
                row=line, field="time_zone",
            )
    return tuple(
        Jurisdiction(i, name or i, name_zh, money or currency, zone, province)
        for i, name, name_zh, money, zone, province in zip(*(table[c] for c in (
            "id", "name", "name_zh", "currency", "time_zone", "province")), strict=True)
        if i
    )


def _scalar(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def refuse_reserved(file: str, ids: Any, rows: Any, issues: Issues) -> None:
    """Report ids of jurisdictions and projects that hold a separator."""
    for value, row in zip(ids, rows, strict=True):
        refused = SEPARATOR in value or not value.isprintable()  # by the column itself
        if RESERVED & set(value) and not refused:
            issues.error(
                file, "an id without ; : , |", f"'{value}'", row=int(row), field="id"
            )


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        try:
            ZoneInfo("Europe/Paris")
        except ZoneInfoNotFoundError:
            return True  # this machine has no list of time zones to judge by
        return False
    return True
