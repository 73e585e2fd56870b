"""Perception by a service on another machine (``service.py``), or here where it does not answer.

All blocks of a file go there at once, with the file, so that the service need not know it again.
What does not come back is asked for again, then computed here: the home is the same in any case.
"""

from __future__ import annotations

import math
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from threading import Condition, Event
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx
import platformdirs

from egogpt.remote.address import ALLOW, NotAllowed, is_allowed
from ingest.cluster.nodes import ClusterRefused, is_private
from ingest.cluster.wire import (
    LENGTH,
    MAX_LINE,
    OFFER,
    BlockRefused,
    ServiceOffer,
    read_reply,
    write_work,
)
from ingest.cluster.worker import ClusterUnavailable, NodeDiffers, differences, recipe_of
from ingest.decode.decoder import MediaDecoder
from ingest.errors import printable
from ingest.stages.executor import MACHINES, Key, Local, PerceptionRequest
from ingest.stages.pipeline import StagePlan
from ingest.stages.stages import BlockFindings, PerceptionStage
from memory.types.messages import UserMessage, os_reason, sentences

TOKEN_FILE, CERTIFICATE = "EGOBUTLER_SERVICE_TOKEN", "EGOBUTLER_SERVICE_CERTIFICATE"
_HERE = ("localhost", "127.0.0.1", "::1")
_AHEAD = 2  # blocks that are out, for each that the service computes at once
_ATTEMPTS = 3
_AGAIN = 60.0  # seconds after which a service that did not answer is asked again
_CONNECT, _CHECK, _READ = 5.0, 300.0, 60.0  # seconds; a reply has at least a line every 15
_PATIENCE, _LEAST_PATIENCE = 20, 600.0  # seconds for each of a block, and at least
_PIECE = 1 << 20  # bytes of a file that are sent at once

Findings: TypeAlias = tuple[BlockFindings, ...]
Reply: TypeAlias = Future[Findings | None]  # None: the service has no findings


class ServiceAway(ClusterUnavailable):
    """A service does not answer now; what it was to compute is computed here."""


class ServiceExecutor:
    """Has blocks computed by a service, several files at once, and by this process in its stead."""

    def __init__(self, url: str, plan: Callable[[], StagePlan], media: MediaDecoder) -> None:
        """Connects to nothing yet.

        Args:
            url: ``https://HOST:PORT``, or ``http://`` in a private network.
            plan: the stages of the home, of which the service must have the same versions.
            media: decodes files that are looked at here.

        Raises:
            ClusterRefused: the address is another.
        """
        self._url, self._plan, self._here = service_url(url), plan, Local(media)
        self._host = str(urlsplit(self._url).hostname)
        self._client: httpx.Client | None = None
        self._offer: ServiceOffer | None = None  # while it answers
        self._again = 0.0  # not before
        self._room, self._out = Condition(), 0  # bytes of files that are out
        self._begun: dict[Key, tuple[Reply, Event]] = {}  # set: nobody waits any more
        self._source: Iterator[PerceptionRequest] = iter(())
        self._files: Iterator[tuple[str, Iterator[PerceptionRequest]]] = iter(())  # of the source

    def prepare(self) -> str:
        """Asks the service what it has; says in a sentence who computes.

        Raises:
            ClusterUnavailable: it has other versions or weights, or wants another token.
            ClusterRefused: there is no token, or no certificate where one is named.
            NotAllowed: recordings would leave this machine, and nobody has agreed to that.
        """
        if self._offer is not None or time.monotonic() < self._again:
            return ""
        try:
            offer, trouble = self.offer()
        except ServiceAway as error:
            self._again = time.monotonic() + _AGAIN
            return str(error)
        if trouble:
            raise NodeDiffers(trouble)
        self._offer = offer
        who = UserMessage("ingest.cluster-computes", n=offer.slots, hosts=offer.machine.host)
        is_open = self._url.startswith("http:") and self._host not in _HERE
        return sentences([who, UserMessage("egogpt.not-encrypted")]) if is_open else who

    def offer(self) -> tuple[ServiceOffer, str]:
        """What the service has, and why it cannot compute for this home, or ""."""
        if self._host not in _HERE and not is_allowed():
            host = self._host
            raise NotAllowed(UserMessage("ingest.cluster-not-agreed", host=host, setting=ALLOW))
        self._client, plan = self._client or _client(), self._plan()
        asked = {"speech": plan.speech} | ({"language": plan.language} if plan.language else {})
        with self._in_words():
            patience = httpx.Timeout(_CHECK, connect=_CONNECT)
            response = self._client.get(f"{self._url}/v1/machine", params=asked, timeout=patience)
            self._check_status(response)
            offer = OFFER.validate_json(response.content)
        stages = [stage for stage in plan.stages if isinstance(stage, PerceptionStage)]
        return offer, differences(offer.machine, recipe_of(plan, stages))

    def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
        """The findings of each stage; computed here where the service has none."""
        findings = self._await(request)
        yield from self._here.perceive(request) if findings is None else findings

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        """Sends files while fewer blocks are out than the service has use for."""
        if requests is not self._source:
            self._source, self._files = requests, groupby(requests, _recording_of)
        while self._is_ready(_AHEAD) and (file := next(self._files, None)) is not None:
            self._begin([each for each in file[1] if each.key not in self._begun])

    def drop(self, recording_id: str | None = None) -> None:
        """Hangs up on what nobody waits for any more."""
        for key in [key for key in self._begun if recording_id in (None, key[0])]:
            self._begun.pop(key)[1].set()

    def progress(self) -> str:
        """How many blocks are out, and how many the service computes at once."""
        if self._offer is None:
            return ""
        out, slots = len(self._begun), self._offer.slots
        return UserMessage("ingest.cluster-progress", n=out, slots=slots)

    def _is_ready(self, ahead: float) -> bool:
        """Whether it answers, and fewer blocks are out than so many for each that it computes."""
        try:
            if news := self.prepare():
                MACHINES.warning(news)
        except ClusterUnavailable as error:
            self._leave(str(error))
        return self._offer is not None and len(self._begun) < ahead * self._offer.slots

    def _leave(self, trouble: str) -> None:
        """Computes here for a while, and then asks again."""
        MACHINES.warning(trouble)
        self._offer, self._again, self._source = None, time.monotonic() + _AGAIN, iter(())
        self.drop()

    def _await(self, request: PerceptionRequest) -> Findings | None:
        if request.key not in self._begun and self._is_ready(math.inf):
            self._begin([request])
        if request.key not in self._begun:
            return None
        (start, end), (reply, _) = request.block.offsets, self._begun.pop(request.key)
        try:
            return reply.result(max(_LEAST_PATIENCE, _PATIENCE * (end - start)))
        except (ClusterUnavailable, TimeoutError) as error:
            self._leave(str(error) or self._away("TimeoutError"))
            return None

    def _begin(self, requests: Sequence[PerceptionRequest]) -> None:
        """Sends blocks of one file, unless it is larger than what the service takes."""
        if not requests or self._offer is None:
            return
        probe, limit = requests[0].block.probe, self._offer.limit
        if probe.size > limit:
            name, most = printable(probe.path.name), f"{limit / 1e9:.1f}"
            MACHINES.warning(UserMessage("ingest.service-too-large", name=name, gigabytes=most))
            return
        over, replies = Event(), [(request, Reply()) for request in requests]
        self._begun |= {request.key: (reply, over) for request, reply in replies}
        threading.Thread(target=self._send, args=(replies, over), daemon=True).start()

    def _send(self, replies: Sequence[tuple[PerceptionRequest, Reply]], over: Event) -> None:
        """Brings the replies to blocks of a file, at the third try at the latest."""
        for attempt in range(1, _ATTEMPTS + 1):
            missing = [pair for pair in replies if not pair[1].done()]
            try:
                with self._in_words(), self._has_room(missing[0][0].block.probe.size):
                    if not over.is_set():
                        self._exchange(missing, over)
                return
            except ClusterUnavailable as error:
                for _, reply in missing if attempt == _ATTEMPTS else ():
                    if not reply.done():
                        reply.set_exception(error)
            if over.wait(2.0 * attempt):
                return

    @contextmanager
    def _has_room(self, size: int) -> Iterator[None]:
        """Waits until the service can take a file beside the others of this home."""
        limit = math.inf if self._offer is None else self._offer.limit
        with self._room:
            self._room.wait_for(lambda: not self._out or self._out + size <= limit)
            self._out += size
        try:
            yield
        finally:
            with self._room:
                self._out -= size
                self._room.notify_all()

    def _exchange(self, missing: Sequence[tuple[PerceptionRequest, Reply]], over: Event) -> None:
        requests, plan = [request for request, _ in missing], self._plan()
        probe = requests[0].block.probe
        work = write_work(requests, [recipe_of(plan, request.stages) for request in requests])
        sizes = {LENGTH: str(len(work)), "Content-Length": str(len(work) + probe.size)}
        body, url = _body(work, probe.path, over), f"{self._url}/v1/perceive"
        assert self._client is not None
        with self._client.stream("POST", url, content=body, headers=sizes) as response:
            self._check_status(response)
            for (request, reply), line in zip(missing, _lines(response, over)):
                answer = read_reply(line, request)
                if isinstance(answer, BlockRefused) and answer.kind == NodeDiffers.__name__:
                    raise NodeDiffers(answer.error)
                # Why it was refused shows when it is computed here.
                reply.set_result(None if isinstance(answer, BlockRefused) else answer)
        if not all(reply.done() for _, reply in missing):
            raise ServiceAway(self._away("EOF"))

    def _check_status(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            named = {"address": self._url, "path": token_file()}
            raise ClusterUnavailable(UserMessage("ingest.service-other-token", **named))
        if response.status_code != httpx.codes.OK:
            raise ServiceAway(self._away(f"HTTP {response.status_code}"))

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except ClusterUnavailable:
            raise
        except Exception as error:  # whatever it is, this process can compute instead
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                named = {"address": self._url, "setting": CERTIFICATE}
                raise ClusterUnavailable(UserMessage("ingest.service-unknown", **named)) from error
            raise ServiceAway(self._away(type(error).__name__)) from error

    def _away(self, what: str) -> str:
        return UserMessage("ingest.service-away", address=self._url, what=what)


def _recording_of(request: PerceptionRequest) -> str:
    return request.block.recording.id


def service_url(address: str) -> str:
    """The URL of a service without a slash at its end.

    Raises:
        ClusterRefused: it is none, or strangers could read what is sent there.
    """
    url = address.rstrip("/")
    with suppress(ValueError):
        parts = urlsplit(url)
        is_plain = url == f"{parts.scheme}://{parts.netloc}" and "@" not in url
        host, is_open = parts.hostname or "", parts.scheme == "http"
        is_safe = parts.scheme == "https" or (is_open and _is_near(host))
        if is_plain and is_safe and host and parts.port != 0:
            return url
    raise ClusterRefused(UserMessage("ingest.service-unnamed", address=printable(address)))


def _is_near(host: str) -> bool:
    """Whether a name means machines of private networks only."""
    try:
        return all(is_private(str(each[4][0])) for each in socket.getaddrinfo(host, None))
    except OSError:
        return False


def token_file() -> Path:
    """The file with the token of a service, of this machine or of another."""
    chosen = os.environ.get(TOKEN_FILE)
    return Path(chosen or platformdirs.user_config_path("egobutler") / "service_token").expanduser()


def _client() -> httpx.Client:
    """Shows the token, and trusts the certificate that is named, if any; uses no proxies."""
    trusted = os.environ.get(CERTIFICATE) or None
    try:
        token = token_file().read_text(encoding="utf-8").strip()
        trust = ssl.create_default_context(cafile=trusted)
    except OSError as error:
        named = {"path": error.filename or trusted, "why": os_reason(error)}
        raise ClusterRefused(UserMessage("ingest.service-needs-file", **named)) from error
    headers, silence = {"Authorization": f"Bearer {token}"}, httpx.Timeout(_READ, connect=_CONNECT)
    return httpx.Client(headers=headers, verify=trust, timeout=silence, trust_env=False)


def _body(work: bytes, path: Path, over: Event) -> Iterator[bytes]:
    """The body of a request, until nobody waits for its reply any more."""
    yield work
    with path.open("rb") as file:
        while not over.is_set() and (piece := file.read(_PIECE)):
            yield piece


def _lines(response: httpx.Response, over: Event) -> Iterator[bytes]:
    """The lines of a reply that are not empty, as they come."""
    rest = b""
    for chunk in response.iter_raw():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)
        if over.is_set():
            return
        if len(rest) > MAX_LINE:
            raise ValueError(f"a line of {len(rest)} bytes")
