"""A region to spoil: the two towns, and what reading them says."""

from __future__ import annotations

from tieline.region.issues import Issues
from tieline.region.read import read_region_folder
from tieline.region.schemas import engine_schemas, region_schemas


class Spoiled:
    """A copy of the two towns whose files a test changes."""

    def __init__(self, path):
        self.path = path

    def __truediv__(self, name):
        return self.path / name

    def write(self, name, content):
        target = self.path / name
        target.parent.mkdir(exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        target.write_bytes(content)

    def swap(self, name, old, new):
        text = (self.path / name).read_text("utf-8-sig")
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, 1))

    def folder(self, issues):
        return read_region_folder(self.path, issues)

    def read(self):
        """Every table of every schema, and the problems."""
        issues = Issues()
        folder = self.folder(issues)
        if folder is None:
            return {}, issues
        schemas = {n: s for n, s in region_schemas().items() if n in ("projects", "scenarios")}
        own = {n: s for n, s in engine_schemas().items() if n.startswith("power/")}
        schemas |= {n: s for n, s in own.items() if not n.endswith("settings")}
        tables = {n: folder.table(n, s, issues) for n, s in schemas.items()}
        for n, s in own.items():
            if n.endswith("/settings"):
                folder.settings(n.partition("/")[0], s, issues)
        return tables, issues

    @property
    def errors(self):
        return [str(i) for i in self.read()[1].errors]

    @property
    def notes(self):
        return [str(i) for i in self.read()[1].notes]
