"""The words of the tus protocol, version 1.0 (https://tus.io/protocols/resumable-upload).

What a client says of a file are its metadata: ``filename`` (or ``name``) and ``filetype``, which
most clients send, and those of ours: ``modified`` (seconds UTC), ``first`` and ``sha256``.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from email.utils import formatdate

from app.presentation.i18n import t
from app.uploads.checks import ALGORITHMS
from app.uploads.errors import FileTooLong, UploadError, WrongVersion

VERSION = "1.0.0"
MAX_SIZE = 2**40  # bytes of one file
EXTENSIONS = ("creation", "termination", "checksum", "expiration")
CONTENT_TYPE = "application/offset+octet-stream"
ABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Max-Size": str(MAX_SIZE),
    "Tus-Extension": ",".join(EXTENSIONS),
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
}
_LATEST = 2.0**36  # seconds UTC
_HEX = re.compile(r"([0-9a-fA-F]{64})?")


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a client says of a file before it sends it; ``raw`` are its metadata as they came.

    ``modified`` is when the file was changed, in seconds UTC, None where the client does not say.
    """

    name: str
    size: int
    modified: float | None = None
    kind: str = ""
    sha256: str = ""
    first: str = ""
    raw: str = ""


def require_version(version: str) -> None:
    """Does nothing for a client of our version. Raises WrongVersion."""
    if version != VERSION:
        raise WrongVersion()


def announcement(length: int, metadata: str) -> Announcement:
    """What the headers of a creation say.

    Raises:
        UploadError: the metadata cannot be read, or do not name the file.
        FileTooLong: more than MAX_SIZE.
    """
    values = _values(metadata)
    name = values.get("filename") or values.get("name") or ""
    if not name:
        raise UploadError(
            t("Upload-Metadata must say what the file is called: filename and the name in base64")
        )
    if length > MAX_SIZE:
        raise FileTooLong(name, MAX_SIZE)
    hashes = {key: values.get(key, "") for key in ("sha256", "first")}
    if not all(map(_HEX.fullmatch, hashes.values())):
        raise UploadError("sha256 and first of Upload-Metadata must have 64 hexadecimal digits")
    kind = values.get("filetype") or values.get("type") or ""
    return Announcement(name, length, _modified(values), kind, **hashes, raw=metadata)


def expiry(at: float) -> str:
    """``Upload-Expires`` for seconds UTC."""
    return formatdate(at, usegmt=True)


def _values(metadata: str) -> dict[str, str]:
    values = {}
    for pair in filter(None, (part.strip() for part in metadata.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise UploadError(f"{key!a} of Upload-Metadata is no UTF-8 text in base64") from None
    return values


def _modified(values: dict[str, str]) -> float | None:
    if "modified" not in values:
        return None
    try:
        seconds = float(values["modified"])
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < _LATEST:
        raise UploadError("modified of Upload-Metadata must be seconds UTC, such as 1772000000.25")
    return seconds
