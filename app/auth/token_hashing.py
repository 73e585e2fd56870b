"""Secrets that are handed out once and of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets

_PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is taken for another on paper
BYTES = 32  # 256 bits: nobody guesses one, so a plain hash of it is enough


def new_secret(prefix: str = "") -> str:
    """A new secret, in letters that need no quoting."""
    return prefix + secrets.token_urlsafe(BYTES)


def hash_secret(secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def label() -> str:
    """A short name for a row, which opens nothing."""
    return secrets.token_hex(6)


def first_password() -> str:
    """A password to write down and hand over, of 79 bits: ``k7wd-9fme-…``, four by four."""
    return "-".join("".join(secrets.choice(_PLAIN) for _ in range(4)) for _ in range(4))
