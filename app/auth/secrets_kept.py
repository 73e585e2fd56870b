"""Secrets that are handed out once and of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32  # 256 bits: nobody guesses one, so a plain hash of it is enough


def fresh(prefix: str = "") -> str:
    """A new secret, in letters that need no quoting."""
    return prefix + secrets.token_urlsafe(BYTES)


def digest(secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def label() -> str:
    """A short name for a row, which opens nothing."""
    return secrets.token_hex(6)
