"""Keys by which a site is signed: made once, kept private, known by a fingerprint.

The private key is a PEM file (PKCS 8) that only its owner may read, with a passphrase if one is
given; the public key stands beside it (`.pub`) and in the manifest. Whoever verifies should have
the fingerprint from elsewhere: a manifest alone only says that one key signed all of it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tieline.errors import TielineError

ENVIRON = "TIELINE_PUBLISHING_KEY"
PASSPHRASE = "TIELINE_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
GROUP = 4


class SigningError(TielineError):
    """A key that cannot be used or made, or a site signed with another."""


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key: 32 bytes."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """The first half of its SHA-256 in groups of four, to be read out on the telephone."""
        text = hashlib.sha256(self.raw).hexdigest()[:32]
        return " ".join(text[k : k + GROUP] for k in range(0, len(text), GROUP))

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """An Ed25519 private key, loaded."""

    def __init__(self, key: object) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not isinstance(key, Ed25519PrivateKey):
            message = "expected an Ed25519 key, found another sort of key"
            raise SigningError(message)
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The signature: 64 bytes."""
        return self._key.sign(message)


def new_key(path: Path, passphrase: str = "") -> PublicKey:
    """Make a key: the private one at the path, the public one beside it; SigningError if taken."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    lock: form.KeySerializationEncryption = form.NoEncryption()
    if passphrase:
        lock = form.BestAvailableEncryption(passphrase.encode())
    private = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, lock)
    public = made.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    beside = path.with_name(path.name + ".pub")
    for place in (path, beside):
        if place.exists():
            message = f"{place}: there is a file already; keys are never overwritten"
            raise SigningError(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    beside.write_bytes(public)
    return SigningKey(made).public


def load_key(path: Path, passphrase: str = "") -> SigningKey:
    """The private key in a file.

    Raises
    ------
    SigningError
        If there is none, others may read it, or the passphrase is wrong.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not path.is_file():
        message = f"{path}: expected a key, found none; make one with `tieline publication-key`"
        raise SigningError(message)
    if sys.platform != "win32" and path.stat().st_mode & 0o077:
        message = f"{path}: expected a key that only its owner may read (chmod 600)"
        raise SigningError(message)
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() or None)
    except (ValueError, TypeError):
        message = f"{path}: expected a key in PEM and its passphrase, found neither"
        raise SigningError(message) from None
    return SigningKey(key)


def load_public(path: Path) -> PublicKey:
    """The public key in a file; SigningError if it holds none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        message = f"{path}: expected a public key in PEM"
        raise SigningError(message) from None
    if not isinstance(key, Ed25519PublicKey):
        message = f"{path}: expected an Ed25519 key, found another sort of key"
        raise SigningError(message)
    return PublicKey(key.public_bytes_raw())


def default_key() -> Path:
    """Where the key is looked for: what the environment says, else the user's own settings."""
    given = os.environ.get(ENVIRON)
    if given:
        return Path(given)
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "tieline" / "publishing-key.pem"
