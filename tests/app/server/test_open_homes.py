"""A home that was closed leaves nothing of its app in memory."""

from __future__ import annotations

import asyncio
import time
import weakref
from dataclasses import replace
from pathlib import Path

import httpx

from app.assistant import Assistant
from app.auth.tenants import TenantApp, TenantApps
from app.core.gc_freeze import free_closed
from app.server.server import create_app, gradio_folder


def test_closing_a_home_frees_its_routes_pages_and_store(
    empty_home: Assistant, tmp_path: Path
) -> None:
    gone = asyncio.run(_opened_and_closed(empty_home, tmp_path / "other"))
    until = time.monotonic() + 30
    while any(reference() is not None for reference in gone) and time.monotonic() < until:
        free_closed()
    assert [reference() for reference in gone] == [None, None, None]


async def _opened_and_closed(
    first: Assistant, home: Path
) -> tuple[weakref.ref[TenantApp], weakref.ref[Assistant], weakref.ref[object]]:
    files = gradio_folder(first.home)
    owners = TenantApps(
        first,
        lambda tenant: create_app(tenant, None, files),
        lambda folder: Assistant(replace(first.settings, home=folder), first.brains.shared),
    )
    app = await owners.app(home)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        for path in ("/", "/api/days"):
            assert (await client.get(path)).status_code == 200
    found = weakref.ref(app), weakref.ref(app.assistant), weakref.ref(app.assistant.store)
    await owners.leave(set())
    await owners.leave(set())
    return found
