"""One message to one webhook: signed, small, and nothing of the reply is kept but its status."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache

import httpx

from app.notifications.webhook_urls import RefusedAddress, Target, own_ports, target

TIMEOUT = 5.0  # seconds, for each of connecting, sending and the first byte of the reply
SIGNATURE = "EgoButler-Signature"
Judge = Callable[[str], Target]


class NotTaken(Exception):
    """A webhook did not take its message; the text is one sentence for the owner."""


def judged(url: str) -> Target:
    """Where the address leads just now. Raises RefusedAddress."""
    return target(url, own_ports())


def judged_outside(url: str) -> Target:
    """As ``judged``, for owners whose computer this is not. Raises RefusedAddress."""
    return target(url, own_ports(), outside=True)


def signature(secret: str, at: int, body: bytes) -> str:
    """``t=<seconds UTC>,v1=<hex>``: HMAC-SHA256 with the secret over ``<seconds>.<body>``."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def send(
    url: str, secret: str, delivery: str, message: Mapping[str, object], judge: Judge = judged
) -> None:
    """Posts the message as JSON. Redirects are not followed, and no proxy is used.

    Raises:
        NotTaken: it was refused, could not be reached, or answered with another status than 2xx.
    """
    body = json.dumps(message, separators=(",", ":")).encode()
    try:
        goal = judge(url)
        status = _post(goal, body, _headers(goal, secret, delivery, body))
    except RefusedAddress as error:
        raise NotTaken(f"{error}.") from error
    except httpx.TimeoutException as error:
        raise NotTaken(f"it did not answer within {TIMEOUT:g} seconds.") from error
    except (httpx.HTTPError, ssl.SSLError, OSError) as error:
        raise NotTaken(f"it could not be reached ({type(error).__name__}).") from error
    if 300 <= status < 400:
        raise NotTaken(f"it pointed to another place ({status}), which is not followed.")
    if not 200 <= status < 300:
        raise NotTaken(f"it answered with status {status}.")


def _headers(goal: Target, secret: str, delivery: str, body: bytes) -> dict[str, str]:
    return {
        "Host": goal.url.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "User-Agent": "EgoButler",
        "EgoButler-Delivery": delivery,
        SIGNATURE: signature(secret, int(time.time()), body),
    }


def _post(goal: Target, body: bytes, headers: dict[str, str]) -> int:
    """The status of the reply. Connects to the judged address, as the host that was meant."""
    host = f"[{goal.ip}]" if goal.ip.version == 6 else str(goal.ip)
    query = f"?{goal.url.query}" if goal.url.query else ""
    address = f"{goal.url.scheme}://{host}:{goal.port}{goal.url.path or '/'}{query}"
    extensions = {"sni_hostname": goal.url.hostname or ""}
    with (
        httpx.Client(
            timeout=TIMEOUT, follow_redirects=False, trust_env=False, verify=_trusted()
        ) as web,
        web.stream("POST", address, content=body, headers=headers, extensions=extensions) as reply,
    ):
        return reply.status_code  # the body is not read: nobody can make us hold a large one


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
