"""Values of region.toml checked by a schema, with the messages tables have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tieline.region.cells import CONVERT, SEPARATOR, Cells
from tieline.region.expect import expected, nearest
from tieline.region.folder import REGION_FILE
from tieline.region.issues import Issues

if TYPE_CHECKING:
    from tieline.region.tables import Column, Schema


def parse_settings(
    given: Any, section: str, schema: Schema, issues: Issues, *, ignore: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Plain values by column name; defaults where the section is silent.

    Numbers are float (NaN if empty), integers int (-1), dates `date` or None, the rest str or
    bool. A key the schema does not know is an error, since it would be silently without effect.
    """
    prefix = f"[{section}] " if section else ""
    if not isinstance(given, Mapping):
        issues.error(REGION_FILE, f"a section [{section}]", f"{given!r}", field=section)
        given = {}
    known = [c.name for c in schema.columns]
    for key in given:
        if key not in known and key not in ignore:
            issues.error(
                REGION_FILE, "a known setting", f"'{key}'{nearest(key, known)}", field=prefix + key
            )
    return {
        c.name: _value(given.get(c.name, ""), c, replace(c, name=prefix + c.name), issues)
        for c in schema.columns
    }


def _value(value: Any, column: Column, named: Column, issues: Issues) -> Any:
    if isinstance(value, list) and column.many:
        value = SEPARATOR.join(str(x) for x in value)
    if isinstance(value, list | Mapping):
        issues.error(
            REGION_FILE, expected(column), "a list" if isinstance(value, list) else "a section",
            field=named.name,
        )
        value = ""
    if isinstance(value, str):
        value = value.strip()
    local = Issues()
    out = CONVERT[column.type](Cells(REGION_FILE, named, [value], [0], local))[0]
    for i in local.errors:
        wanted = i.expected.replace(", several separated by ';'", ", or a list of them")
        issues.error(i.file, wanted, i.found, field=i.field)
    if isinstance(out, np.datetime64):
        return out.item()
    return out.item() if isinstance(out, np.generic) else out
