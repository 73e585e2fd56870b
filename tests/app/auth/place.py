"""A home with its accounts behind the real routes, without the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.middleware import BURST, RATE, AuthMiddleware
from app.auth.proxy import Proxied
from app.auth.tenants import TenantApps
from app.auth.throttle import Buckets, Guesses
from app.http.security import Guard, ListenConfig
from app.presentation.i18n import LocaleMiddleware
from app.routes.all import json_api
from tests.app.doors import Clock


@dataclass
class Place:
    """A home with its accounts, and a browser at its server."""

    assistant: Assistant
    accounts: Accounts
    clock: Clock
    client: TestClient

    def deeds(self) -> list[tuple[str, str, str]]:
        """The log, newest first."""
        return [(one.who, one.what, one.detail) for one in self.assistant.store.audit.newest()]


@lru_cache(maxsize=4)
def _api(assistant: Assistant) -> FastAPI:
    """Its routes; they know nothing of accounts, and may be behind one server after the other."""
    return json_api(assistant)


def server(
    assistant: Assistant,
    kept: Accounts,
    door: ListenConfig,
    others: list[Assistant] | None = None,
    most: int | None = None,
    api: Callable[[Assistant], FastAPI] = _api,
) -> ASGIApp:
    """The server as it is built, but for the pages, which take a second to build.

    Homes that it opens are noted in ``others``; ``most`` of them may be open at once. Where a test
    needs a few of the routes, ``api`` gives those.
    """

    def opened(home: Path) -> Assistant:
        found = Assistant(replace(assistant.settings, home=home))
        if others is not None:
            others.append(found)
        return found

    # However slow this machine is, no time goes by between two requests.
    kept.guesses, buckets = Guesses(Clock(0.0)), Buckets(RATE, BURST, Clock(0.0))
    front = AuthMiddleware(kept, TenantApps(assistant, api, opened, most), door, buckets)
    return Proxied(LocaleMiddleware(Guard(front, door)), door)
