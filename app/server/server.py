"""The web app as one server: our routes first, then the pages, behind one guard and one front.

serve(Assistant.open())  # then open http://127.0.0.1:7860
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from app.auth.accounts import Accounts
from app.auth.middleware import AuthMiddleware
from app.auth.proxy import Proxied
from app.auth.tenants import TenantApps
from app.auth.throttle import Buckets
from app.core.gc_freeze import freeze_gc
from app.http.error_handlers import validation_error
from app.http.installable import PUBLIC_FILES, SHARED_AT, public_file
from app.http.pages import told_page
from app.http.security import Guard, ListenConfig, NotLoopback
from app.models.plan.machine import memory_bytes
from app.presentation.i18n import LocaleMiddleware, t
from app.routes.all import json_api
from app.server.localised_pages import LocalisedPages, gradio_folder, settle_gradio
from app.server.not_found import NotFoundPage
from app.web.static_files import serve_static_files
from memory.db.network_disks import REMEDY, network_disk

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from app.assistant import Assistant


OVER_HTTP = (
    "Note: over http, whoever is on the same network can read along, passwords too. Put a reverse "
    "proxy with https in front of it (docs/security.md)."
)


_HOME_BYTES = 16_000_000  # of an open home with its pages (docs/measurements/app.md)
_FEWEST_OPEN = 8


class PortTaken(OSError):
    """Something else listens there already."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port} ({reason}). Is EgoButler running already? "
            "Close it, or choose another port with --port."
        )


def create_app(
    assistant: Assistant, door: ListenConfig | None = None, files: Path | None = None
) -> FastAPI:
    """The app of one home, ready for any ASGI server that listens on loopback.

    It asks nobody who they are; ``create_server`` does, and hands over to it.
    """
    api = json_api(assistant)
    for address in PUBLIC_FILES:
        api.add_api_route(address, partial(public_file, address), include_in_schema=False)
    api.add_api_route(SHARED_AT, _shared_too_early, methods=["POST"], include_in_schema=False)
    serve_static_files(api)
    pages = LocalisedPages(assistant, files or gradio_folder(assistant.home))
    api.router.lifespan_context = lambda _: pages.lifespan()
    api.mount("/", pages)
    api.add_exception_handler(RequestValidationError, validation_error)
    api.add_middleware(NotFoundPage)
    api.add_middleware(Guard, door=door)
    api.add_middleware(LocaleMiddleware)
    return api


def _shared_too_early() -> Response:
    """What the service worker takes once it is there."""
    words = t("Open EgoButler once, then share again: nothing was taken.")
    return told_page("EgoButler", words, 409)


def create_server(
    assistant: Assistant,
    door: ListenConfig | None = None,
    accounts: Accounts | None = None,
    buckets: Buckets | None = None,
    open_homes: int | None = None,
) -> ASGIApp:
    """The whole server: sign-in where there are accounts, and behind it an app for each owner.

    ``assistant`` is that of the root home, which holds the accounts; ``buckets`` says how often
    each session and token may ask. ``open_homes`` is how many homes of further people may be open
    at once, as a rule; by default as many as fit into a quarter of the memory.
    """
    door = door or ListenConfig()

    def open_home(home: Path) -> Assistant:
        opened = type(assistant)(replace(assistant.settings, home=home), assistant.brains.shared)
        opened.hooks.keep_outside()  # the computer, and the network that it is in, are not theirs
        opened.resume()
        opened.warm_up()
        return opened

    files = gradio_folder(assistant.home)
    shutil.rmtree(files, ignore_errors=True)  # what broke off
    open_homes = open_homes or max(_FEWEST_OPEN, memory_bytes() // 4 // _HOME_BYTES)
    owners = TenantApps(
        assistant, lambda tenant: create_app(tenant, door, files), open_home, open_homes
    )
    front = AuthMiddleware(accounts or Accounts.of(assistant.settings), owners, door, buckets)
    return Proxied(LocaleMiddleware(Guard(front, door)), door)


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    door: ListenConfig | None = None,
    open_homes: int | None = None,
) -> None:
    """Serves the app until it is interrupted. Port 0 takes any that is free.

    ``door`` says how it is reached; by default under ``host`` alone. ``open_homes`` is that
    of ``create_server``.

    Raises:
        NotLoopback: others can reach it, and nobody has an account.
        PortTaken: something else listens there.
    """
    import uvicorn

    from app.http.connections import limited_protocol, raise_file_limit

    door = door or ListenConfig.choose(host)
    accounts = Accounts.of(assistant.settings)
    if door.reachable and not accounts.exist():
        raise NotLoopback(door.public_url or host or "every address of this computer")
    for home in sorted({assistant.home, *(account.home for account in accounts.all())}):
        if disk := network_disk(home):
            print(f"Warning: {disk}. What to do: {REMEDY}.", file=sys.stderr, flush=True)
    listener = _listen(host, port)
    app = create_server(assistant, door, accounts, open_homes=open_homes)
    assistant.resume()
    _load_pages(assistant.home)
    assistant.warm_up()
    freeze_gc()
    raise_file_limit()
    config = uvicorn.Config(
        app,
        http=limited_protocol(door.proxies),
        lifespan="on",
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    shown = f"[{host}]" if ":" in host else host
    print(
        f"EgoButler is at http://{shown}:{listener.getsockname()[1]} (Ctrl-C ends it)",
        file=sys.stderr,
        flush=True,
    )
    if door.wide and not door.https:
        print(OVER_HTTP, file=sys.stderr, flush=True)
    logging.getLogger("uvicorn.error").addFilter(_not_cancelled)
    with listener:
        uvicorn.Server(config).run(sockets=[listener])


def _load_pages(home: Path) -> None:
    """Loads what the first page needs before the models, which would take turns with it."""
    settle_gradio(gradio_folder(home))
    import gradio  # noqa: F401


def _not_cancelled(record: logging.LogRecord) -> bool:
    """Pages that are still open when the server ends are nothing to report."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, or asyncio would not know it for TCP and every answer would wait 40 ms for Nagle.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen()  # two that only bind would both be let in
    except OSError as error:
        listener.close()
        raise PortTaken(host, port, error.strerror or str(error)) from error
    return listener
