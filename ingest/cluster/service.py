"""Perception for other machines over HTTPS: a file and its blocks go in, findings come out.

Nothing stays: a file is in memory (``memfd_create``) while its blocks are computed, and on no disk.
Processes of their own compute, one block each; who hangs up is computed for no longer.
"""

from __future__ import annotations

import asyncio
import hmac
import multiprocessing
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ingest.cluster.nodes import ClusterRefused, is_private
from ingest.cluster.wire import (
    LENGTH,
    MAX_HEAD,
    OFFER,
    BlockRefused,
    ServiceOffer,
    read_work,
    write_reply,
)
from ingest.cluster.worker import MEMORY, close_files, describe, perceive
from ingest.decode_worker.child import end_with_parent
from ingest.speech.registry import recogniser_names
from ingest.stages.pipeline import NO_SPEECH
from memory.types.messages import UserMessage

_PULSE = 15.0  # seconds of silence in a reply after which an empty line says that work goes on
_SILENCE = 60.0  # seconds for which a home may send nothing of a file


class PerceptionService:
    """Computes blocks of homes that have the token; of what it has computed it knows nothing."""

    def __init__(self, token: str, workers: int, memory: int) -> None:
        """``workers`` compute a block each; ``memory`` is bytes of files at a time."""
        self._token, self._workers, self._memory = token, workers, memory
        self._films: list[_Film] = []
        self._pool = self._new_pool()

    def app(self) -> Starlette:
        """The service as an ASGI app."""
        perceive = Route("/v1/perceive", self._perceive, methods=["POST"])
        return Starlette(routes=[Route("/v1/machine", self._machine), perceive])

    async def _machine(self, request: Request) -> Response:
        self._check_token(request)
        asked = request.query_params
        speech = asked.get("speech") if asked.get("speech") in recogniser_names() else NO_SPEECH
        described = self._submit(describe, speech, asked.get("language"))
        offer = ServiceOffer(await asyncio.wrap_future(described), self._workers, self._memory)
        return Response(OFFER.dump_json(offer), media_type="application/json")

    async def _perceive(self, request: Request) -> Response:
        self._check_token(request)
        try:
            length = int(request.headers.get(LENGTH, ""))
            size = int(request.headers.get("Content-Length", "")) - length
        except ValueError:
            raise HTTPException(411, "the lengths are missing") from None
        if size > self._memory or not 0 < length <= MAX_HEAD:
            raise HTTPException(413, "this is more than the service takes")
        self._films = [film for film in self._films if not film.content.closed]
        if size + sum(film.size for film in self._films) > self._memory:
            raise HTTPException(503, "other files are being computed")
        self._films.append(film := _Film(size))
        try:
            work = read_work(await _receive(request, length, film), film.path)
        except (ValueError, OSError, ClientDisconnect) as error:  # OSError: silence, no memory
            film.content.close()
            raise HTTPException(422, "this is no request of a home") from error
        begun = [self._submit(_reply_to, *block) for block in work]
        film.close_after(begun)
        return StreamingResponse(_replies(begun), media_type="application/x-ndjson")

    def _check_token(self, request: Request) -> None:
        authorization = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(authorization, f"Bearer {self._token}".encode()):
            raise HTTPException(401, "another token is needed", {"WWW-Authenticate": "Bearer"})

    def _submit(self, task: Callable[..., Any], *arguments: object) -> Future[Any]:
        try:
            return self._pool.submit(task, *arguments)
        except BrokenProcessPool:  # one of its processes was killed, and the others ended with it
            self._pool = self._new_pool()
            return self._pool.submit(task, *arguments)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._workers, multiprocessing.get_context("spawn"), _begin)


class _Film:
    """A file in memory, which other processes open by its path."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.content = open(os.memfd_create("film"), "wb")  # noqa: SIM115
        self.path = Path(f"/proc/{os.getpid()}/fd/{self.content.fileno()}")
        self._blocks: set[Future[bytes]] = set()

    def close_after(self, blocks: Sequence[Future[bytes]]) -> None:
        """Lets go of the file once none of these is being computed any more."""
        self._blocks.update(blocks)
        for block in blocks:
            block.add_done_callback(self._is_done)

    def _is_done(self, block: Future[bytes]) -> None:
        self._blocks.discard(block)
        if not self._blocks:
            self.content.close()


async def _replies(blocks: Sequence[Future[bytes]]) -> AsyncIterator[bytes]:
    """A line for each block, in order."""
    try:
        for block in map(asyncio.wrap_future, blocks):
            while not (await asyncio.wait([block], timeout=_PULSE))[0]:
                yield b"\n"
            failure = block.exception()
            yield block.result() if failure is None else _refusal(failure)
    finally:
        for each in blocks:
            each.cancel()


async def _receive(request: Request, length: int, film: _Film) -> bytes:
    """The JSON of a request; its file goes into memory. Raises ValueError for more, or for less."""
    head, chunks = b"", aiter(request.stream())
    while chunk := await asyncio.wait_for(anext(chunks), _SILENCE):
        missing = length - len(head)
        head += chunk[:missing]
        film.content.write(chunk[missing:])
        if film.content.tell() > film.size:
            raise ValueError("more than was announced")
    film.content.flush()
    if (len(head), film.content.tell()) != (length, film.size):
        raise ValueError("less than was announced")
    return head


def _begin() -> None:
    """Makes a process that computes: it can write no file, and ends with the service."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    end_with_parent()


def _reply_to(*work: Any) -> bytes:
    """The reply to a block, in the process that computes it."""
    try:
        return write_reply(perceive(*work))
    except Exception as error:
        return _refusal(error)
    finally:
        close_files()


def _refusal(error: BaseException) -> bytes:
    return write_reply(BlockRefused(type(error).__name__, str(error)))


def workers_that_fit() -> int:
    """How many blocks this machine computes at once, by its cores and its memory."""
    return max(1, min(os.cpu_count() or 1, int(psutil.virtual_memory().available) // MEMORY))


def run(
    service: PerceptionService,
    address: str,
    port: int,
    certificate: tuple[Path, Path] | None,
    is_public: bool = False,
) -> None:
    """Serves until it is ended; ``certificate`` is its file, and that of its key.

    Raises:
        ClusterRefused: strangers could reach the address, or read what is sent there.
    """
    if not is_private(address) and (certificate is None or not is_public):
        raise ClusterRefused(UserMessage("ingest.service-not-private", address=address))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory is not written to a disk either
    chain, key = map(str, certificate) if certificate is not None else (None, None)
    try:
        uvicorn.run(
            service.app(),
            host=address.strip("[]"),
            port=port,
            ssl_certfile=chain,
            ssl_keyfile=key,
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
    finally:
        for process in multiprocessing.active_children():
            process.kill()
