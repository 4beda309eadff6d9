"""From a folder to a region and its networks, with every problem of all files at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tieline.errors import NotARegionError
from tieline.region import records
from tieline.region.expect import meant, nearest
from tieline.region.folder import REGION_FILE, RegionFolder, Tables
from tieline.region.ground import read_ground
from tieline.region.issues import Issue, Issues
from tieline.region.outlines import read_outlines
from tieline.region.programme import budgets
from tieline.region.protocol import Engine, Network, additive, find_engines
from tieline.region.region import Open, Region
from tieline.region.schemas import region_schemas
from tieline.region.stale import note_stale_projects
from tieline.region.toml import Head, read_head

if TYPE_CHECKING:
    from tieline.region.model import Case
    from tieline.region.tables import Table

Engines = Mapping[str, Engine[Any]]


@dataclass(frozen=True, repr=False)
class RegionData:
    """A region and its networks, each read by its engine; `issues` holds the notes of reading."""

    region: Region
    folder: RegionFolder
    networks: Mapping[str, Network] = field(default_factory=dict)
    engines: Engines = field(default_factory=dict)
    issues: Issues = field(default_factory=Issues)

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic that jurisdictions may be open to each other for."""
        return tuple(dict.fromkeys(t for e in self.engines.values() for t in e.topics))

    def case(
        self, open: Open = "together", *,  # noqa: A002 - the field's name
        built: Iterable[str] | None = None, scenario: str = "base",
    ) -> Case:
        """`Region.case` with the topics of this region's networks."""
        return self.region.case(open, topics=self.topics, built=built, scenario=scenario)

    def _lines(self) -> list[tuple[str, str]]:
        region = self.region
        names = ", ".join(j.label() for j in region.jurisdictions)
        notes = len(self.issues.notes)
        return [
            ("jurisdictions", names or "none"),
            ("projects", ", ".join(p.id for p in region.projects) or "none"),
            ("scenarios", ", ".join(region.scenarios)),
            ("networks", ", ".join(self.networks) or "none"),
            ("study date", str(region.study_date or "none: every project counts as built")),
            ("notes of reading", str(notes)),
        ]

    def __repr__(self) -> str:
        title = " / ".join(dict.fromkeys(filter(None, (self.region.name, self.region.name_zh))))
        return "\n".join([f"Region: {title}", *(f"  {k}: {v}" for k, v in self._lines())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(k)}</th>"
            f"<td style='text-align:left'>{escape(v)}</td></tr>"
            for k, v in self._lines()
        )
        return f"<table><caption>{escape(self.region.label())}</caption>{rows}</table>"


def read_region(path: str | Path, *, engines: Engines | None = None) -> RegionData:
    """The region in a folder, with its networks.

    Parameters
    ----------
    engines
        Engines by name; default: those installed.

    Raises
    ------
    NotARegionError
        If there is no such folder or it holds no region.toml.
    InputError
        If anything in it cannot be used: with every problem found.
    """
    where = Path(path)
    if not (where / REGION_FILE).is_file():
        raise NotARegionError(_not_a_region(where))
    issues = Issues()
    data = load_region(where, issues, engines=engines)
    issues.stop()
    assert data is not None  # noqa: S101 - without issues there is a region
    return data


def check(path: str | Path, *, engines: Engines | None = None) -> Issues:
    """Every problem of a region's folder, and what else its owner should know."""
    issues = Issues()
    load_region(Path(path), issues, engines=engines)
    return issues


def load_region(
    path: Path, issues: Issues, *, engines: Engines | None = None
) -> RegionData | None:
    """The region as far as it can be read, all problems in `issues`; None without region.toml."""
    folder = read_region_folder(path, issues)
    if folder is None:
        return None
    installed = find_engines() if engines is None else dict(engines)
    networks: dict[str, Network] = {}
    used: dict[str, Engine[Any]] = {}
    for name in dict.fromkeys(folder.region.networks):
        engine = installed.get(name)
        if engine is None:
            issues.error(
                REGION_FILE, "networks that an engine reads: " + (", ".join(installed) or "none"),
                f"'{name}'{nearest(name, installed)}", field="networks",
            )
            continue
        network = engine.read(folder, issues)
        if network is not None:
            networks[name], used[name] = network, engine
    _check_measures(folder, installed, issues)
    _note_unread(folder, issues)
    note_stale_projects(path, issues)
    return RegionData(
        folder.region, folder, MappingProxyType(networks), MappingProxyType(used), issues
    )


def read_region_folder(path: Path, issues: Issues) -> RegionFolder | None:
    """The region's own records and tables; None if region.toml cannot be read at all."""
    path = Path(path)
    if not (path / REGION_FILE).is_file():
        issues.error(str(path), f"a folder with {REGION_FILE}", _found(path))
        return None
    head = read_head(path, issues)
    if head is None:
        return None
    tables = Tables(path)
    return RegionFolder(path, _region(head, path, tables, issues), tables)


def _region(head: Head, path: Path, tables: Tables, issues: Issues) -> Region:
    members = [j.id for j in head.jurisdictions]

    def keys_of(name: str) -> Collection[str] | None:
        if name == "projects":
            return tables.ids(name)
        return (members or None) if name == "jurisdictions" else None

    def read(name: str) -> Table | None:
        return tables.draft(name, region_schemas()[name], keys_of, issues)

    top = head.top
    currency, study_date = top["currency"], top["study_date"]
    price_year = None if top["price_year"] < 0 else top["price_year"]
    projects = read("projects")
    built = records.projects(projects, members, currency, price_year, issues)
    return Region(
        name=top["name"], name_zh=top["name_zh"], jurisdictions=head.jurisdictions,
        projects=built,
        scenarios=MappingProxyType(records.scenarios(read("scenarios"), study_date)),
        networks=head.networks, study_date=study_date, currency=currency, price_year=price_year,
        coordinates=top["coordinates"], caption=top["caption"],
        provenance=MappingProxyType(head.provenance),
        outlines=read_outlines(path, members, top["coordinates"], issues),
        ground=read_ground(path, top["coordinates"], issues),
        values=records.values(read("values"), currency, price_year, issues),
        impacts=records.impacts(read("impacts"), issues),
        budgets=budgets(read("budgets"), projects, built, currency, issues),
        incidents=records.incidents(read("incidents"), head.networks, issues),
        settings=MappingProxyType(head.raw),
    )


def _check_measures(folder: RegionFolder, engines: Engines, issues: Issues) -> None:
    """A price must be for an additive measure that an installed engine reports."""
    table = folder.table("values", region_schemas()["values"], Issues())
    if table is None or not engines:
        return
    known = {f"{n}.{m.name}": m for n, e in engines.items() for m in e.measures}
    known |= {m.name: m for e in engines.values() for m in e.measures}
    summable = {m.name for e in engines.values() for m in additive(e.measures) if m.sign}
    for name, row in zip(table["measure"], table.rows, strict=True):
        measure = known.get(name)
        if measure is not None and measure.name in summable:
            continue
        hint = " (a ratio or a count)" if measure else nearest(name, known)
        issues.error(
            table.file, "a measure that can be added: " + (", ".join(sorted(summable)) or "none"),
            f"'{name}'{hint}", row=int(row), field="measure",
        )


def _note_unread(folder: RegionFolder, issues: Issues) -> None:
    for place in folder.tables.unused():
        file, _, sheet = place.partition("#")
        name = sheet.replace(".", "/") or str(Path(file).with_suffix("").as_posix())
        where = file + (f", sheet {sheet}" if sheet else "")
        absent = [t for t in folder.tables.asked if not folder.tables.places(t)]
        slip = meant(name, absent)
        if slip:
            expected = f"the name of a table, as '{slip}' that is missing"
            issues.error(where, expected, f"'{name}'")
        else:
            issues.note(where, f"read by nothing{nearest(name, folder.tables.asked)}")


def _found(path: Path) -> str:
    if not path.exists():
        return "no such folder"
    return "none there" if path.is_dir() else "a file"


def _not_a_region(path: Path) -> tuple[Issue, ...]:
    issues = Issues()
    issues.error(str(path), f"a folder with {REGION_FILE}", _found(path))
    return issues.errors


