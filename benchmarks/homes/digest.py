"""One number for all that a home holds."""

from __future__ import annotations

import hashlib

from memory.store.store import Store


def home_digest(store: Store) -> str:
    """SHA-256 over all rows and pictures of a home."""
    digest = hashlib.sha256()
    for line in store.dump():
        digest.update(f"{line}\n".encode())
    for picture in sorted(store.media.thumbnails.rglob("*.jpg")):
        digest.update(picture.name.encode() + picture.read_bytes())
    return digest.hexdigest()
