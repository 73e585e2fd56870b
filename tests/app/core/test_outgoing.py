"""Every connection is noted, with how far it goes."""

from __future__ import annotations

import socket

import pytest

from app.core.outgoing import OutgoingLog, open_now, outgoing_log, reach_of
from app.privacy.connections import connection_lines


def test_a_real_connection_is_noted_and_stays_on_this_machine() -> None:
    log = outgoing_log()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert (client.getpeername() in open_now()) is True
            socket.create_connection(("127.0.0.1", port)).close()
    (noted,) = [one for one in log.all() if one.port == port]
    assert (noted.kind, noted.host, noted.reach, noted.count) == (
        "connection",
        "127.0.0.1",
        "here",
        2,
    )
    assert any(
        f"127.0.0.1:{port} – this machine itself" in line for line in connection_lines(log, "UTC")
    )


def test_what_goes_further_is_told_first_and_by_whom() -> None:
    log = OutgoingLog(clock=lambda: 1.8e9)
    log.hear("socket.connect", (None, ("192.168.1.7", 8000)))
    log.hear("socket.getaddrinfo", ("models.example", 443, 0, 0, 0))
    log.hear("socket.getaddrinfo", ("127.0.0.1", 443, 0, 0, 0))
    log.hear("socket.connect", (None, "/run/some.socket"))
    log.hear("open", ("file",))
    summary, first, second, *_ = connection_lines(log, "UTC")
    assert summary.startswith("Something left this machine since Fri 15 Jan 2027, 08:00:")
    assert first.startswith("models.example:443 – the internet: question for the address")
    assert second.startswith("192.168.1.7:8000 – the network at home: connection")


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("127.0.0.5", "here"), ("::1", "here"), ("::ffff:127.0.0.1", "here"), ("localhost", "here"),
        ("0.0.0.0", "here"), ("10.0.0.8", "network"), ("fe80::1%eth0", "network"),
        ("printer.local", "network"), ("224.0.0.251", "network"), ("8.8.8.8", "internet"),
        ("2001:4860:4860::8888", "internet"), ("huggingface.co", "internet"),
    ],
)  # fmt: skip
def test_how_far_an_address_is(host: str, reach: str) -> None:
    assert reach_of(host) == reach
