"""Byte ranges as RFC 9110 wants them, in front of starlette's FileResponse.

FileResponse sends ranges well but is strict where the RFC is lenient: it answers 416 when one of
several ranges lies beyond the end, and 400 to a unit that it does not know.
"""

from __future__ import annotations

import re

MOST_RANGES = 32
_RANGE = re.compile(r"(\d{1,18})-(\d{0,18})|-(\d{1,18})")


def canonical_range(header: str, size: int) -> str | None:
    """The same ranges, each written out as ``first-last`` and inside the file.

    Args:
        header: the value of a Range header.
        size: bytes of the file.

    Returns:
        A header that FileResponse answers with 206; one that starts at ``size``, which it answers
        with 416, where no range can be satisfied; None where the header is to be ignored (another
        unit, no valid syntax, too many ranges).
    """
    unit, equals, listed = header.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    parts = [part.strip() for part in listed.split(",")]
    parts = [part for part in parts if part]
    if not parts or len(parts) > MOST_RANGES:
        return None
    ranges: list[tuple[int, int]] = []
    for part in parts:
        match = _RANGE.fullmatch(part)
        if match is None:
            return None
        bounds = _bounds(match, size)
        if bounds is None:
            return None
        if bounds[0] < size and bounds[0] <= bounds[1]:
            ranges.append(bounds)
    if not ranges:
        return f"bytes={size}-"
    return "bytes=" + ",".join(f"{first}-{last}" for first, last in ranges)


def _bounds(match: re.Match[str], size: int) -> tuple[int, int] | None:
    """First and last byte, clipped to the file; None where the range runs backwards."""
    first, last, suffix = match.groups()
    if suffix is not None:
        return (
            (size, size - 1) if suffix.strip("0") == "" else (max(0, size - int(suffix)), size - 1)
        )
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last), size - 1) if last else size - 1
