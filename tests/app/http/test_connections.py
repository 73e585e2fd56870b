"""Connections that ask nothing are closed, and keep nobody out."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from fastapi import FastAPI, Request

from app.http.connections import limited_protocol
from app.server.server import _listen

BEGUN = b"POST /told HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@contextmanager
def serving(*proxies: str, most: int, patience: float) -> Iterator[int]:
    """A real server with such limits; its port."""
    app = FastAPI()

    @app.post("/told")
    async def told(request: Request) -> int:
        return len(await request.body())

    protocol = limited_protocol(proxies, most, patience)
    with _listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(timeout=15)


def told(port: int, address: str) -> int:
    """The status of a whole request from an address of this computer."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
    link.request("POST", "/told", b"x")
    status = link.getresponse().status
    link.close()
    return status


def opened(port: int, stack: ExitStack, address: str, sent: bytes) -> socket.socket:
    """A connection that has sent this much and waits."""
    link = socket.create_connection(("127.0.0.1", port), 30, source_address=(address, 0))
    stack.enter_context(link)
    link.sendall(sent)
    return link


def closed(link: socket.socket) -> bool:
    """Whether the server closes it, waited for."""
    try:
        return link.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("sent", [b"", BEGUN])
def test_what_is_open_for_nothing_makes_way_for_whoever_asks(sent: bytes) -> None:
    with serving(most=5, patience=600) as port, ExitStack() as stack:
        idle = [opened(port, stack, "127.0.0.1", sent) for _ in range(12)]
        assert told(port, "127.0.0.2") == 200, "from another address"
        assert told(port, "127.0.0.1") == 200, "from the same"
        assert all(closed(one) for one in idle[:7])
        idle[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            idle[-1].recv(1)


def test_who_begins_a_request_and_does_not_end_its_headers_is_closed() -> None:
    with serving(most=5, patience=0.3) as port, ExitStack() as stack:
        answered = opened(port, stack, "127.0.0.1", BEGUN + b"Content-Length: 0\r\n\r\n")
        assert answered.recv(4) == b"HTTP"
        answered.sendall(BEGUN)  # and begins another
        while answered.recv(4096):
            pass
        assert closed(opened(port, stack, "127.0.0.1", BEGUN))


def test_a_request_that_takes_its_time_is_not_cut_off() -> None:
    with serving(most=5, patience=0.2) as port, ExitStack() as stack:
        slow = opened(port, stack, "127.0.0.1", BEGUN + b"Content-Length: 2\r\n\r\n")
        assert closed(opened(port, stack, "127.0.0.1", b"")), "later than it would be"
        slow.sendall(b"ab")
        assert slow.recv(12) == b"HTTP/1.1 200"


def test_a_proxy_holds_as_many_as_it_likes() -> None:
    with serving("127.0.0.0/29", most=2, patience=600) as port, ExitStack() as stack:
        held = [opened(port, stack, "127.0.0.1", BEGUN) for _ in range(12)]
        assert told(port, "127.0.0.1") == 200
        held[0].sendall(b"Content-Length: 0\r\n\r\n")
        assert held[0].recv(12) == b"HTTP/1.1 200"
