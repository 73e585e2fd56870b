"""A model is left soon after nobody waits for it, wherever it runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from egogpt.protocols.chat import Message
from egogpt.remote.address import Address
from egogpt.remote.chat import RemoteChat
from egogpt.runtime.cancellation import Cancelled, check, pause, signal, take, turn, until

LISTED = b'{"data": [{"id": "tiny"}]}'
MODELS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(LISTED), LISTED)
)
ASKED = [Message("user", "What is the capital of France?")]


def set_after(over: threading.Event, seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, over.set)
    timer.start()
    return timer


def test_without_a_signal_nothing_is_cancelled() -> None:
    check()
    pause(0.01)
    queue: SimpleQueue[int] = SimpleQueue()
    queue.put(3)
    assert take(queue) == 3
    assert signal() is None


@pytest.mark.parametrize(
    "wait", [lambda: pause(60), lambda: take(SimpleQueue()), lambda: _hold(_taken())]
)
def test_whatever_waits_is_left_once_nobody_does(wait: Callable[[], object]) -> None:
    over = threading.Event()
    timer = set_after(over, 0.05)
    with until(over), pytest.raises(Cancelled):
        wait()
    timer.join()
    assert signal() is None


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _hold(lock: threading.Lock) -> None:
    with turn(lock):
        raise AssertionError("somebody else has it")


@pytest.mark.parametrize("way", ["complete", "stream"])
def test_a_server_that_is_silent_is_hung_up_on(way: str) -> None:
    """It sees that the connection ends, and whoever asked is free."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended, over = threading.Event(), threading.Event()

    def serve() -> None:
        while not ended.is_set():
            line, _ = listener.accept()
            with line:
                if line.recv(65_536).startswith(b"GET"):
                    line.sendall(MODELS)
                    continue
                over.set()  # it reads a long prompt now, and sends nothing
                while line.recv(65_536):
                    pass
                ended.set()

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    port = listener.getsockname()[1]
    chat = RemoteChat(Address("tiny", f"http://127.0.0.1:{port}/v1"), read=60, pause=0.01)
    with until(over), pytest.raises(Cancelled):
        list(getattr(chat, way)(ASKED, max_tokens=8))
    assert ended.wait(10)
    server.join(10)
    listener.close()
    chat.close()
