"""Downloads a file from a URL so that a broken download goes on where it stopped."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from egogpt.weights.catalogue import HubSource
from egogpt.weights.errors import SourceFailed

CONNECT_SECONDS = 5.0
_HUB = "https://huggingface.co/"
_BLOCK = 1 << 18
# A host that answers like this will not answer differently for the next file.
_HOST_IS_DOWN = frozenset({407, 429, 500, 502, 503, 504})


def at_endpoint(source: HubSource) -> HubSource:
    """The source on the hub that HF_ENDPOINT names, where it is a file of the hub."""
    from huggingface_hub import constants

    path = source.url.removeprefix(_HUB)
    return source if path == source.url else HubSource(f"{constants.ENDPOINT}/{path}")


def download(
    source: HubSource,
    part: Path,
    size: int,
    tick: Callable[[int], None],
    secrets: Mapping[str, str] | None = None,
) -> None:
    """Fills ``part`` up to ``size`` bytes from where it stands; ``tick`` gets the bytes so far.

    ``secrets`` are headers for that host alone: where it sends us on, they are not sent.
    Asks again as long as each attempt brings something. Raises SourceFailed when an attempt
    brings nothing, or when the server offers more bytes than the file has.
    """
    if part.exists() and part.stat().st_size > size:
        part.unlink()
    while (have := part.stat().st_size if part.exists() else 0) < size:
        try:
            _attempt(_request(source.url, have, secrets or {}), part, have, size, tick)
        except (OSError, http.client.HTTPException) as error:
            if _is_local(error):
                raise
            if not part.exists() or part.stat().st_size <= have:
                raise _failure(error) from error
        else:
            if part.stat().st_size <= have:
                raise SourceFailed(f"it ended after {have} of {size} bytes")


def _request(url: str, have: int, secrets: Mapping[str, str]) -> urllib.request.Request:
    headers = {"User-Agent": "egobutler", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - a file's own address
    for name, value in secrets.items():
        request.add_unredirected_header(name, value)
    return request


def _attempt(
    request: urllib.request.Request, part: Path, have: int, size: int, tick: Callable[[int], None]
) -> None:
    with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as answer:  # noqa: S310
        resumed = answer.status == 206 and _starts_at(answer.headers.get("Content-Range"), have)
        with part.open("ab" if resumed else "wb") as out:
            _copy(answer, out, have if resumed else 0, size, tick)


def _copy(
    answer: IO[bytes], out: IO[bytes], done: int, size: int, tick: Callable[[int], None]
) -> None:
    while block := answer.read(_BLOCK):
        done += len(block)
        if done > size:
            raise SourceFailed(f"it sends more than the expected {size} bytes")
        out.write(block)
        out.flush()
        tick(done)


def _starts_at(content_range: str | None, offset: int) -> bool:
    return content_range is not None and content_range.startswith(f"bytes {offset}-")


def _is_local(error: Exception) -> bool:
    """Whether the disk failed, not the network: those errors are for the caller."""
    network = (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException)
    return not isinstance(error, network)


def _failure(error: Exception) -> SourceFailed:
    if isinstance(error, urllib.error.HTTPError):
        return SourceFailed(
            f"the server answered {error.code} {error.reason}",
            host_is_down=error.code in _HOST_IS_DOWN,
            status=error.code,
        )
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return SourceFailed(f"could not be reached ({cause})", host_is_down=True)
