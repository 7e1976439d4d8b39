"""Keeping residents' data unreadable at rest: AES-256-GCM for payloads, keyed hashes for comparison.

The key file (0600) is made at the first start. A record names its key, so that keys can be changed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: NIST SP 800-38D §8.2.2: a 96-bit random nonce; far below 2^32 records a key.
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """A sealed record does not open with this key: damaged, or of another station."""


@dataclass(frozen=True)
class Seal:
    """One key and what it is used for. Sub-keys are derived, so that no key has two uses."""

    key_id: str
    # Out of sight: a value ends up in tracebacks and logs.
    _sealing: bytes = field(repr=False)
    _hashing: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> Seal:
        """The seal made from 32 secret bytes."""

        def derive(use: bytes) -> bytes:
            return hmac.new(key, b"printstation " + use, hashlib.sha256).digest()

        return cls(derive(b"key id")[:8].hex(), derive(b"seal"), derive(b"hash"))

    def close(self, data: bytes, bound_to: str) -> bytes:
        """Seal bytes for one record; `bound_to` (the job's id) must be given again to open them."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._sealing).encrypt(nonce, data, bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """The sealed bytes; `SealBroken` if they were changed, moved or sealed by another key."""
        try:
            return AESGCM(self._sealing).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode()
            )
        except (InvalidTag, ValueError):  # ValueError: cut so short that there is no whole nonce
            raise SealBroken("a sealed record cannot be opened with this station's key") from None

    def hash(self, use: str, data: bytes) -> bytes:
        """A keyed hash: equal for equal data of one use, and telling nothing without the key."""
        return hmac.new(self._hashing, use.encode() + b"\0" + data, hashlib.sha256).digest()


def open_key(path: Path) -> Seal:
    """The station's seal from its key file, which is made at the first start.

    A key file that others may read is refused with what to do: it would unseal every payload.
    """
    if not path.exists():
        # Written beside and renamed: a power cut leaves a whole key or none.
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path.name} may be read by others; run: chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} is not a key of {KEY_BYTES} bytes; restore it from a backup")
    return Seal.of(key)
