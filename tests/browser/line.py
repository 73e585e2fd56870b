"""A line between browser and server that holds or damages the pieces of an upload.

It stands outside the browser: pieces of megabytes that pass through the browser's remote control
can keep it busy for minutes.
"""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNK = 2**16
_ENDS = (OSError, asyncio.IncompleteReadError)


class Broken(ConnectionError):
    """This piece does not get through."""


class Line:
    """Relays HTTP to a port of this machine. ``pieces`` is how many PATCH requests get through.

    Of one file at most ``each`` do; the next ones wait. ``damaged`` holds the lengths of those of
    which a bit was turned, after `damage_next`.
    """

    def __init__(self, port: int, pieces: float, each: float = math.inf) -> None:
        self.port, self.address, self.damaged = port, "", list[int]()
        self._each, self._sent = each, Counter[bytes]()
        self._left, self._damage = pieces, False
        self._visit, self._over, self._cut = 0, False, False
        self._may_go = threading.Condition()

    def let(self, pieces: float) -> None:
        """Lets so many more through, those that wait first."""
        with self._may_go:
            self._left += pieces
            self._each += pieces
            self._may_go.notify_all()

    def forget(self) -> None:
        """Those that wait come from a page that is gone."""
        with self._may_go:
            self._visit += 1
            self._may_go.notify_all()

    def cut(self, gone: bool = True) -> None:
        """Nothing at all gets through, as without a server, until it is mended."""
        self._cut = gone

    def end(self) -> None:
        """Nothing gets through any more, and nothing waits: a thread that did would never end."""
        self._over = True
        self.forget()

    def damage_next(self) -> None:
        """Turns one bit of the next piece."""
        self._damage = True

    def _pass(self, upload: bytes) -> None:
        with self._may_go:
            visit = self._visit
            self._may_go.wait_for(
                lambda: self._over or self._may_pass(upload) or self._visit != visit
            )
            if self._over or self._visit != visit:
                raise Broken
            self._left -= 1
            self._sent[upload] += 1

    def _may_pass(self, upload: bytes) -> bool:
        return self._left > 0 and self._sent[upload] < self._each

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser, until either side ends it."""
        if self._cut:
            writer.close()
            return
        try:
            answers, requests = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        back = asyncio.create_task(_copy(answers, writer))
        with suppress(*_ENDS):
            while True:
                await self._request(reader, requests)
        requests.close()
        writer.close()
        back.cancel()

    async def _request(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        spoil = False
        if head.startswith(b"PATCH "):
            await asyncio.to_thread(self._pass, head.split()[1])
            spoil, self._damage = self._damage, False
        if self._cut:
            raise Broken
        if spoil:
            self.damaged.append(length)
        server.write(head)
        while length:
            part = await reader.read(min(length, _CHUNK))
            if not part:
                raise ConnectionError
            length -= len(part)
            server.write(bytes([part[0] ^ 1]) + part[1:] if spoil else part)
            spoil = False
            await server.drain()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(*_ENDS):
        while part := await source.read(_CHUNK):
            sink.write(part)
            await sink.drain()
    sink.close()


@contextmanager
def line_to(address: str, pieces: float, each: float = math.inf) -> Iterator[Line]:
    """A line to the server at ``address``, with an address of its own."""
    line = Line(int(address.rsplit(":", 1)[1]), pieces, each)
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def stand() -> None:
        door = await asyncio.start_server(line.relay, "127.0.0.1", 0, limit=2**20)
        line.address = f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}"
        ready.set()
        await over.wait()
        door.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(stand(),), daemon=True)
    thread.start()
    assert ready.wait(60), "the line did not open"
    try:
        yield line
    finally:
        line.end()
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=10)
