"""The texts that are hashed, and the chain over them.

Each version and each record has a digest of its own, so that a chain can be checked by somebody
who may not read the bodies. A change's hash covers the hash before it, the change's own words
and the digests of what it wrote. A personal value stands in a body only as the digest of the
value with a random salt: it can be erased later and the chain still holds.
"""

from __future__ import annotations

import json
from hashlib import sha256
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

GENESIS = "0" * 64
"""The hash before the first change."""

PRIVATE = "$private:"
"""A body holds this mark and a digest in place of a personal value."""

_quoted: Callable[[str], str] = encode_basestring
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)
_made: Any = getattr(json.encoder, "c_make_encoder", None)
_parts: Callable[[Any, int], Iterable[str]] | None = _made and _made(
    None, _ENCODER.default, encode_basestring, None, ":", ",", True, False, False)
"""What `_ENCODER.encode` makes anew for every text, made once; None without the C encoder."""


def canonical(value: Mapping[str, Any] | list[Any] | tuple[Any, ...]) -> str:
    """JSON with sorted keys and no spaces: the same value is the same text everywhere."""
    return "".join(_parts(value, 0)) if _parts else _ENCODER.encode(value)


VERSION_TEXT = "%d|%d|%d|%s|%d|%s|%s|%s"
"""version_no, record_no, change_no, op, ended, valid_from, fields, body.

No field but the last can hold a bar, so two different versions have different texts.
"""


def version_digest(row: tuple[int, int, int, str, int, str, str, str]) -> bytes:
    """Digest of a version, 32 bytes; `row` in the order of `VERSION_TEXT`."""
    return sha256((VERSION_TEXT % row).encode()).digest()


def record_digest(record_no: int, record_id: str, kind: str) -> bytes:
    """Digest of a record's name, 32 bytes."""
    return sha256(f"{record_no}|{record_id}|{kind}".encode()).digest()


def change_hash(
    previous: str, change_no: int, at: str, words: tuple[str, str, str, str],
    digests: Iterable[bytes],
) -> str:
    """Hash of a change, 64 hexadecimal digits.

    Parameters
    ----------
    previous
        Hash of the change before, `GENESIS` for the first.
    words
        Actor, on behalf of whom, reason, source.
    digests
        Of the records the change created, then of the versions it wrote, each in their order.
    """
    text = change_text(previous, change_no, at, words).encode()
    return sha256(b"".join((text, *digests))).hexdigest()


def change_text(previous: str, change_no: int, at: str, words: tuple[str, str, str, str]) -> str:
    """`canonical` of the list of all of them, at a fifth of its price."""
    a, b, c, d = map(_quoted, words)
    return f"[{_quoted(previous)},{change_no},{_quoted(at)},{a},{b},{c},{d}]"


def private_digest(salt: str, text: str) -> str:
    """Digest that stands in a body for a personal value, 64 hexadecimal digits."""
    return sha256(f"{salt}|{text}".encode()).hexdigest()
