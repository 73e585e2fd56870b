"""Check uploads: checksums of pieces, of how a file begins, and of the whole file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from io import FileIO
from pathlib import Path

from app.uploads.errors import UploadError

BLOCK = 8 * 2**20  # bytes of a file that its ``first`` hash is of
ALGORITHMS = ("sha1", "sha256")  # of pieces; the protocol asks for the first, pages send the second


def piece_matches(piece: bytes | bytearray, checksum: str) -> bool:
    """Whether a piece is the one of an ``Upload-Checksum`` header, ``sha256 <base64>``.

    Raises:
        UploadError: the header is of another form, or of an algorithm that is not known.
    """
    algorithm, _, encoded = checksum.partition(" ")
    try:
        expected = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        expected = b""
    if algorithm.lower() not in ALGORITHMS or not expected:
        raise UploadError(
            f"Upload-Checksum must be one of {', '.join(ALGORITHMS)}, a space and the digest "
            "in base64"
        )
    digest = hashlib.new(algorithm.lower(), piece, usedforsecurity=False).digest()
    return hmac.compare_digest(digest, expected)


def file_matches(path: Path, sha256: str) -> bool:
    """Whether a file has this SHA-256 (hex; empty: not asked).

    Reads the file once, a block at a time; releases the interpreter while it does.
    """
    if not sha256:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256.lower()


def begins_with(path: Path, first: str) -> bool:
    """Whether the file's first block has this SHA-256 (hex; empty: not asked)."""
    if not first:
        return True
    with path.open("rb", buffering=0) as file:
        begun = _fill(file, memoryview(bytearray(BLOCK)))
    return hashlib.sha256(begun).hexdigest() == first.lower()


def _fill(file: FileIO, block: memoryview) -> memoryview:
    """The block as far as the file fills it: a raw read may bring less."""
    have = 0
    while have < len(block):
        got = file.readinto(block[have:])
        if not got:
            break
        have += got
    return block[:have]
