"""Check uploads: checksums of pieces and of the whole file.

A browser cannot hash 10 GB at once, so beside the SHA-256 of a file there is its tree hash: the
SHA-256 over the SHA-256 digests of its 8 MiB blocks, in order. Both sides can make it block by
block, whatever pieces the file travels in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from io import FileIO
from pathlib import Path

from app.uploads.errors import UploadError

BLOCK = 8 * 2**20  # bytes


def piece_matches(piece: bytes | bytearray, checksum: str) -> bool:
    """Whether a piece is the one of an ``Upload-Checksum`` header, ``sha256 <base64>``.

    Raises:
        UploadError: the header is of another form.
    """
    algorithm, _, encoded = checksum.partition(" ")
    try:
        expected = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        expected = b""
    if algorithm.lower() != "sha256" or len(expected) != hashlib.sha256().digest_size:
        raise UploadError("Upload-Checksum must be: sha256 and the digest in base64")
    return hmac.compare_digest(hashlib.sha256(piece).digest(), expected)


def file_matches(path: Path, sha256: str, tree: str) -> bool:
    """Whether a file has this SHA-256 and this tree hash (both hex; empty: not asked).

    Reads the file once, a block at a time; releases the interpreter while it does.
    """
    if not sha256 and not tree:
        return True
    whole, root = hashlib.sha256(), hashlib.sha256()
    block = memoryview(bytearray(BLOCK))
    with path.open("rb", buffering=0) as file:
        while length := _fill(file, block):
            if sha256:
                whole.update(block[:length])
            if tree:
                root.update(hashlib.sha256(block[:length]).digest())
    return sha256.lower() in ("", whole.hexdigest()) and tree.lower() in ("", root.hexdigest())


def begins_with(path: Path, first: str) -> bool:
    """Whether the file's first block has this SHA-256 (hex; empty: not asked)."""
    if not first:
        return True
    block = memoryview(bytearray(BLOCK))
    with path.open("rb", buffering=0) as file:
        begun = block[: _fill(file, block)]
    return hashlib.sha256(begun).hexdigest() == first.lower()


def tree_hash(content: bytes) -> str:
    """The tree hash of bytes in memory, in hex."""
    blocks = (content[at : at + BLOCK] for at in range(0, len(content), BLOCK))
    return hashlib.sha256(b"".join(hashlib.sha256(b).digest() for b in blocks)).hexdigest()


def _fill(file: FileIO, block: memoryview) -> int:
    """Reads until the block is full or the file ends: a raw read may bring less."""
    have = 0
    while have < len(block):
        got = file.readinto(block[have:])
        if not got:
            break
        have += got
    return have
