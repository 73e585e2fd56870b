"""The pages as one Gradio app for each language, made when somebody first asks for it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from app.http.html_head import headed
from app.http.security import LARGER
from app.presentation.i18n import language, t, use_locale
from app.server.gradio_stubs import write_no_stubs

if TYPE_CHECKING:
    from pathlib import Path

    import gradio as gr

    from app.assistant import Assistant

UPLOAD = "/gradio_api/upload"
_BUILDING = threading.Lock()  # Gradio builds one app at a time
# What Gradio raises where the body of an upload breaks off, or has no files in it.
_BROKEN_UPLOADS = (ClientDisconnect, FormParserError, TypeError)


class LocalisedPages:
    """ASGI app: the pages of a home in the language of whoever asks."""

    def __init__(self, assistant: Assistant, files: Path) -> None:
        """``files`` is where Gradio puts what is uploaded: one folder for all homes of a server.

        Gradio knows it from the environment, at every event. A file there is read by its SHA-256,
        which nobody guesses, and deleted once it was read.
        """
        self._assistant, self._files = assistant, files
        self._made: dict[str, _PageApp] = {}
        self._context = Context()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        spoken = language()
        page_app = self._made.get(spoken)
        if page_app is None:
            page_app = await run_in_threadpool(self.page_app, spoken)
        page_app.start(self._context)
        await page_app(scope, receive, send)

    def page_app(self, spoken: str) -> _PageApp:
        """The app in a language."""
        with _BUILDING:
            if spoken not in self._made:
                with use_locale(spoken):
                    self._made[spoken] = _PageApp(self._assistant, spoken, self._files)
            return self._made[spoken]

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """What the events run in while the server does; everything has ended after it."""
        self._context = copy_context()
        try:
            yield
        finally:
            for page_app in self._made.values():
                await page_app.stop()


class _PageApp:
    """The Gradio app of one language."""

    def __init__(self, assistant: Assistant, spoken: str, files: Path) -> None:
        settle_gradio(files)
        import gradio as gr

        from app.pages.api_functions import SCOPES
        from app.pages.layout import before_gradio, build, head, theme

        self.spoken = spoken
        self._running: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self.files = files
        self.api: Mapping[str, tuple[str, ...]] = SCOPES
        self.blocks: gr.Blocks = build(assistant, self.files)
        self._first = before_gradio()
        self.app = gr.mount_gradio_app(
            FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
            self.blocks,
            path="/",
            theme=theme(),
            head=head(),
            footer_links=[],
            run_history=False,
            show_error=False,
            max_file_size=LARGER[UPLOAD],
            mcp_server=False,
            ssr_mode=False,
            pwa=False,
            enable_monitoring=False,
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
        self.blocks.app = _mounted(self.app)
        for error in _BROKEN_UPLOADS:
            self.blocks.app.add_exception_handler(error, _not_whole)

    def start(self, context: Context) -> None:
        """Runs the queue of its events, in a copy of ``context``, unless it runs already."""
        if self._running is None or self._running.get_loop().is_closed():
            self._ending = asyncio.Event()
            self._running = context.copy().run(asyncio.create_task, self._run())

    async def stop(self) -> None:
        """Ends the queue, where this loop runs it."""
        if self._running and self._running.get_loop() is asyncio.get_running_loop():
            running, self._running = self._running, None
            self._ending.set()
            await asyncio.wait({running})

    async def _run(self) -> None:
        self.blocks._queue.stopped = False  # where it ran before, in another loop
        with use_locale(self.spoken):  # the tasks of the events are made in here
            async with self.app.router.lifespan_context(self.app):
                await self._ending.wait()
        # Else it looks for events for ever, and so holds the home.
        self.blocks._queue.close()  # type: ignore[no-untyped-call]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        from app.server.gradio_requests import checked

        try:
            receive = await checked(scope, receive, self.blocks, self.api, self.files)
        except HTTPException as error:
            await JSONResponse({"detail": error.detail}, error.status_code)(scope, receive, send)
            return
        if scope["path"] == UPLOAD:  # how far it is would be remembered for nobody
            scope = {**scope, "query_string": b""}
        if scope["path"] == "/" and scope["type"] == "http":
            await headed(self.app, self._first)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _mounted(app: FastAPI) -> Any:
    """Gradio's app in the one that it was mounted in."""
    return next(r.app for r in app.routes if isinstance(r, Mount) and isinstance(r.app, FastAPI))


def _not_whole(request: Request, error: Exception) -> Response:
    if request.scope["path"] != UPLOAD:
        raise error
    return JSONResponse({"detail": t("The file did not arrive whole.")}, 400)


def gradio_folder(home: Path) -> Path:
    """Where Gradio puts what is uploaded, in the home that a server begins with."""
    return home / "tmp" / "gradio"


def settle_gradio(folder: Path) -> None:
    """Gradio reads these when it is imported, and at every event: nothing is reported."""
    write_no_stubs()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SHARE"] = "False"
