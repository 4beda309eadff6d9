"""A ledger for a region: named as it is, with its jurisdictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieline.errors import NotARegionError, StorageError
from tieline.ledger import queries
from tieline.ledger.append import Entry, Note
from tieline.ledger.exchange.records import read_records
from tieline.ledger.ledger import Ledger
from tieline.ledger.store import Store
from tieline.region.issues import Issues
from tieline.region.read import read_region_folder

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from tieline.region.model import Jurisdiction


def begin(
    region: Path, place: str | Path | URL, actor: str, records: Path | None = None
) -> Ledger:
    """Make the ledger of a region, or bring an older one up to date.

    Parameters
    ----------
    records
        Folder of records to begin with (see `exchange.records`).

    Raises
    ------
    InputError, NotARegionError
        If the region cannot be read.
    StorageError
        If there are records to begin with and the ledger has begun.
    """
    issues = Issues()
    folder = read_region_folder(region, issues)
    if folder is None:
        raise NotARegionError([str(i) for i in issues.errors])
    issues.stop()
    found = folder.region
    store = Store(place)
    before = store.shape()
    store.create()
    filled = store.read(queries.HEAD)
    shape = store.shape()
    store.close()
    if filled:
        if records is not None:
            message = f"{store.name}: there is a ledger already; {records} was not read"
            raise StorageError(message)
        opened = Ledger.open(place)
        if before != shape and opened.about.get("tables") == before:
            opened.commit(Note(actor, "brought up to date / 升级", source="tieline"), [
                Entry("", "ledger", {"tables": shape})])
        return opened
    members = [_member(j) for j in found.jurisdictions]
    entries = [] if records is None else read_records(records)
    source = "" if records is None else f"records:{records.name}"
    made = Ledger.create(
        place, Note(actor, "the ledger begins / 建立台账", source="region.toml"),
        name=found.name, name_zh=found.name_zh, jurisdictions=members,
        time_zone=found.jurisdictions[0].time_zone,
    )
    if entries:
        reason = "records to begin with / 初始记录"
        made.commit(Note(actor, reason, source=source), entries)
    return made


def _member(j: Jurisdiction) -> dict[str, Any]:
    return {"id": j.id, "name": j.name, "name_zh": j.name_zh, "currency": j.currency,
            "time_zone": j.time_zone}
