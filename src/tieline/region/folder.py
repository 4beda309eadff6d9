"""A region's folder as engines see it: its region, its tables, its files, its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tieline.region.cells import as_text
from tieline.region.issues import Issues
from tieline.region.parse import parse
from tieline.region.readers import RawTable, Workbook, read_csv, read_parquet, read_workbook
from tieline.region.refs import KeysOf, check_refs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tieline.region.region import Region
    from tieline.region.tables import Schema, Table

T = TypeVar("T")

REGION_FILE = "region.toml"
REGION_BOOK = "region.xlsx"
LOOKS_LIKE_TABLE = {".csv", ".parquet", ".xlsx", ".xls", ".ods", ".tsv"}
READERS = {".csv": read_csv, ".parquet": read_parquet}


class Tables:
    """The tables of a folder, wherever they stand: CSV, Parquet, or sheets of a workbook.

    `power/bus` is power/bus.csv, power/bus.parquet, sheet `bus` of power/power.xlsx or sheet
    `power.bus` of region.xlsx; `projects` is projects.csv, projects.parquet or sheet `projects`
    of region.xlsx. `asked` collects the names asked for, `used` the places that were read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.used: set[str] = set()
        self.asked: set[str] = set()
        self._ids: dict[str, frozenset[str]] = {}
        self._books: dict[str, tuple[Workbook | None, Issues]] = {}
        self._raw: dict[str, tuple[RawTable | None, Issues]] = {}

    def places(self, name: str) -> tuple[str, ...]:
        """Where the table stands: file names relative to the folder, `#sheet` for sheets."""
        found = [name + s for s in READERS if (self.path / (name + s)).is_file()]
        for file, sheet in self._sheets(name):
            book = self.book(file)[0]
            if book is not None and sheet in book.cells:
                found.append(f"{file}#{sheet}")
        return tuple(found)

    @staticmethod
    def _sheets(name: str) -> tuple[tuple[str, str], ...]:
        network, _, table = name.rpartition("/")
        if not network:
            return ((REGION_BOOK, name),)
        return ((f"{network}/{network}.xlsx", table), (REGION_BOOK, f"{network}.{table}"))

    def unused(self) -> tuple[str, ...]:
        """Places beside the tables asked for that look like tables and were not read."""
        folders = {"", *(n.rpartition("/")[0] for n in self.asked)}
        found: list[str] = []
        for folder in sorted(folders):
            for path in sorted((self.path / folder).glob("*")):
                file = f"{folder}/{path.name}".lstrip("/")
                if path.suffix.lower() not in LOOKS_LIKE_TABLE or path.name.startswith("~$"):
                    continue
                if path.is_dir():
                    continue
                book = self._books[file][0] if file in self._books else None
                found += [file] if book is None else [f"{file}#{s}" for s in book.cells]
        return tuple(f for f in found if f not in self.used)

    def book(self, file: str) -> tuple[Workbook | None, Issues]:
        """A workbook, opened once, with the problems of opening it."""
        if file not in self._books:
            issues = Issues()
            path = self.path / file
            book = read_workbook(path, file, issues) if path.is_file() else None
            self._books[file] = (book, issues)
        return self._books[file]

    def raw(self, name: str) -> tuple[RawTable | None, Issues]:
        """The cells of a table, read once, with the problems of reading them."""
        if name not in self._raw:
            issues = Issues()
            self._raw[name] = (self._read(name, issues), issues)
        return self._raw[name]

    def put(self, name: str, raw: RawTable) -> None:
        """Let these cells, of a file of another form, be the table that others refer to."""
        self._raw[name] = (raw, Issues())
        self._ids.pop(name, None)

    def ids(self, name: str) -> frozenset[str] | None:
        """The ids of a table, none if it is absent; None if it cannot be read."""
        raw, issues = self.raw(name)
        if issues.errors or (raw is not None and "id" not in raw.columns):
            return None
        if name not in self._ids:
            cells = [] if raw is None else raw.columns["id"]
            self._ids[name] = frozenset(as_text(v) for v in cells if v != "")
        return self._ids[name]

    def _read(self, name: str, issues: Issues) -> RawTable | None:
        places = self.places(name)
        self.used.update(places)
        for file, _ in self._sheets(name):
            issues.extend(self.book(file)[1])
        for file in (name + s for s in READERS):
            if (self.path / file).is_dir():
                issues.error(file, "a file", "a folder")
        if not places:
            return None
        if len(places) > 1:
            issues.error(name, "one file", f"{len(places)} of them: "
                         + ", ".join(p.replace("#", " sheet ") for p in places))
            return None
        file, _, sheet = places[0].partition("#")
        if sheet:
            book = self.book(file)[0]
            return None if book is None else book.sheet(sheet, issues)
        return READERS[Path(file).suffix](self.path / file, file, issues)

    def draft(
        self, name: str, schema: Schema, keys_of: KeysOf, issues: Issues
    ) -> Table | None:
        """The table, cells that are wrong left empty; None if it is absent or unreadable."""
        self.asked.add(name)
        raw, found = self.raw(name)
        mine = Issues()
        mine.extend(found)
        table = None
        if raw is not None:
            table = parse(raw, schema, mine)
            check_refs(table, schema, keys_of, mine)
        elif schema.required and not found.errors:
            mine.error(f"{name}.csv", f"this table ({schema.title})", "no such file or sheet")
        issues.extend(mine.by_row())
        return table

    def table(self, name: str, schema: Schema, keys_of: KeysOf, issues: Issues) -> Table | None:
        """The table by its schema; None if it is absent or anything in it is wrong."""
        mine = Issues()
        table = self.draft(name, schema, keys_of, mine)
        issues.extend(mine)
        return None if mine.errors else table


class RegionFolder:
    """What an engine reads from: the region, its tables, its files and its own settings."""

    def __init__(self, path: Path, region: Region, tables: Tables | None = None) -> None:
        self.path = Path(path)
        self.region = region
        self.tables = tables or Tables(self.path)
        self._made: dict[Any, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "region": self.region}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(state["path"], state["region"])  # type: ignore[misc]

    def has(self, name: str) -> bool:
        """Whether the table is there, readable or not."""
        return bool(self.tables.places(name))

    def table(self, name: str, schema: Schema, issues: Issues) -> Table | None:
        """A table such as "power/bus"; None, with the reasons in `issues`, if it is unusable.

        A table that may be absent, and is, gives None without an issue.
        """
        return self.tables.table(name, schema, self.keys, issues)

    def keys(self, name: str) -> Collection[str] | None:
        """The ids of a table, () if there is none, None if they cannot be read."""
        region = self.region
        if name == "jurisdictions":
            return [j.id for j in region.jurisdictions] or None
        if name == "projects":
            return [p.id for p in region.projects]
        if name == "scenarios":
            return list(region.scenarios)
        return self.tables.ids(name)

    def settings(self, section: str, schema: Schema, issues: Issues) -> dict[str, Any]:
        """The section of region.toml by its schema: plain values, defaults where it is silent."""
        from tieline.region.settings import parse_settings

        return parse_settings(self.region.settings.get(section, {}), section, schema, issues)

    def path_of(self, name: str) -> Path:
        """Where a file of the folder stands, such as "power/grid.json"; it need not exist."""
        self.tables.used.add(name)
        return self.path / name

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` returns, made only the first time the key is asked for."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made
