"""The signed manifest of a published folder: every file with its digest, and who signed.

Whatever is added, changed or removed afterwards is named. A folder that was replaced as a whole,
manifest and all, is found by its fingerprint, and by the sequence number and digest that the
ledger keeps.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tieline.publish.bulletin.figure import canonical
from tieline.publish.bulletin.keys import PublicKey, SigningKey

FORMAT = "tieline-site/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LARGEST = 64 * 1024 * 1024
"""Bytes of a manifest that is still read."""


@dataclass(frozen=True)
class Verdict:
    """What verifying a published folder found.

    Parameters
    ----------
    added, changed, removed
        Names of files, sorted; a link or anything else that is no plain file counts as added or
        changed.
    signature
        Whether the manifest is signed by the key it names.
    trusted
        Whether that key is the one expected; None if nobody said which is.
    broken
        What makes the manifest itself unusable; "" if nothing does.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    signature: bool = False
    trusted: bool | None = None
    fingerprint: str = ""
    sequence: int = 0
    files: int = 0
    broken: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def holds(self) -> bool:
        """Whether nothing was touched, and the key is not a wrong one."""
        return (self.signature and self.trusted is not False and not self.broken
                and not (self.added or self.changed or self.removed))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "holds": self.holds, "added": list(self.added), "changed": list(self.changed),
            "removed": list(self.removed), "signature": self.signature, "trusted": self.trusted,
            "fingerprint": self.fingerprint, "sequence": self.sequence, "files": self.files,
            "broken": self.broken,
        }


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, head: Mapping[str, Any], key: SigningKey) -> str:
    """Write the manifest of a folder and its signature; the manifest's SHA-256.

    `head` is what the manifest says beside its files.
    """
    files = {
        name: {"sha256": digest_of_file(path), "bytes": path.stat().st_size}
        for name, path in _entries(folder) if name not in (MANIFEST, SIGNATURE)
    }
    text = canonical({
        **head, "format": FORMAT, "files": files,
        "key": {"algorithm": "Ed25519",
                "public": base64.b64encode(key.public.raw).decode("ascii")},
    }).encode() + b"\n"
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(base64.b64encode(key.sign(text)) + b"\n")
    return hashlib.sha256(text).hexdigest()


def verify_site(folder: Path, expected: PublicKey | None = None) -> Verdict:
    """Whether a published folder is as it was signed; every file that is not is named.

    Parameters
    ----------
    expected
        The key that should have signed; without it, only that one key signed all of it is known.
    """
    found = dict(_entries(folder)) if folder.is_dir() else {}
    if not {MANIFEST, SIGNATURE} <= set(found):
        return Verdict(broken="no manifest, or no signature of it")
    raw = (folder / MANIFEST).read_bytes() if _plain(found[MANIFEST]) else b""
    try:
        given = _manifest(raw)
        public = PublicKey(base64.b64decode(given["key"]["public"], validate=True))
        listed = {str(n): str(f["sha256"]) for n, f in given["files"].items()}
        sequence = int(given.get("sequence", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict(broken="a manifest that cannot be read")
    here = {n: p for n, p in found.items() if n not in (MANIFEST, SIGNATURE)}
    return Verdict(
        added=tuple(sorted(set(here) - set(listed))),
        changed=tuple(n for n in sorted(set(here) & set(listed))
                      if not _plain(here[n]) or digest_of_file(here[n]) != listed[n]),
        removed=tuple(sorted(set(listed) - set(here))),
        signature=public.signed(raw, _signature(found[SIGNATURE])),
        trusted=None if expected is None else expected == public,
        fingerprint=public.fingerprint, sequence=sequence, files=len(listed), manifest=given,
    )


def _manifest(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST:
        message = "too large"
        raise ValueError(message)
    given = json.loads(raw)
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        message = "another format"
        raise ValueError(message)
    return given


def _signature(path: Path) -> bytes:
    try:
        return base64.b64decode(path.read_bytes().strip(), validate=True) if _plain(path) else b""
    except (binascii.Error, ValueError):
        return b""


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file by its name from the folder, hidden ones and links too; empty folders as well."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_dir():
            yield path.name, path
            continue
        inner = [(f"{path.name}/{name}", p) for name, p in _entries(path)]
        yield from inner or [(f"{path.name}/", path)]
