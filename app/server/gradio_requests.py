"""Requests to Gradio's own addresses, checked before Gradio sees them.

It answers what it does not know (an event, a session, a body that breaks off) with a stack in the
log, or with half of an answer. And a token may run the public functions that its scopes open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from app.auth.request_context import visit_of
from app.http.security import GRADIO_API, LARGER
from app.presentation.i18n import t
from memory.db import disk_space as disk

ApiScopes = Mapping[str, tuple[str, ...]]  # by name of a function, which a token needs one of
_SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
_FILE = GRADIO_API + "file="


async def checked(
    scope: Scope,
    receive: Receive,
    blocks: gr.Blocks,
    api: ApiScopes,
    files: Path,
) -> Receive:
    """What is to be received in place of ``receive``.

    ``api`` has the public functions; ``files`` is the folder whose files may be read.

    Raises:
        HTTPException: the pages never gave this name, or the token does not open it.
    """
    path = scope["path"]
    if path.startswith(_FILE):
        _check_file(path.removeprefix(_FILE), files)
    elif path == GRADIO_API + "upload":
        _check_room(scope, files)
    elif path == GRADIO_API + "queue/data":
        _check_session(_session_of(scope), blocks)
    elif path == GRADIO_API + "queue/join":
        return await _checked_event(scope, receive, blocks, api)
    return receive


def _nothing() -> HTTPException:
    return HTTPException(404, t("There is nothing here."))


def _check_room(scope: Scope, files: Path) -> None:
    """Gradio writes what comes until the disk is full."""
    length = Headers(scope=scope).get("content-length", "")
    size = int(length) if length.isdecimal() else LARGER[scope["path"]]
    if disk.free(files) - disk.RESERVE < size:
        raise HTTPException(507, t("There is not enough room on the disk of your library."))


def _check_name(session: object) -> None:
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise _nothing()


def _session_of(scope: Scope) -> str:
    sent = parse_qs(scope["query_string"].decode("latin-1"))
    return str(sent.get("session_hash", [""])[0])


def _check_session(session: str, blocks: gr.Blocks) -> None:
    if session not in blocks._queue.pending_messages_per_session:
        raise _nothing()


def _check_file(name: str, files: Path) -> None:
    """Only what was uploaded here; Gradio would also fetch an address of the network."""
    try:
        inside = Path(name).resolve().is_relative_to(files.resolve())
    except (OSError, ValueError):
        inside = False
    if not inside:
        raise _nothing()


async def _checked_event(
    scope: Scope, receive: Receive, blocks: gr.Blocks, api: ApiScopes
) -> Receive:
    try:
        body = await Request(scope, receive).body()
        event = json.loads(body)
    except ClientDisconnect as error:
        raise HTTPException(400, t("The request broke off.")) from error
    except ValueError as error:
        raise HTTPException(422, t("This is no event.")) from error
    _check_event(event, scope, blocks, api)
    sent = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(sent, None) or await receive()

    return again


def _check_event(event: Any, scope: Scope, blocks: gr.Blocks, api: ApiScopes) -> None:
    if not isinstance(event, dict) or not isinstance(event.get("data"), list):
        raise HTTPException(422, t("This is no event."))
    _check_name(event.get("session_hash"))
    number = event.get("fn_index")
    function = blocks.fns.get(number) if type(number) is int else None
    if function is None:
        raise _nothing()
    visit = visit_of(Request(scope))
    if visit is None or visit.token is None:
        return
    needed = api.get(str(function.api_name), ()) if function.api_visibility == "public" else ()
    if not needed:
        raise HTTPException(403, t("No token may do that; sign in."))
    if visit.token.scopes.isdisjoint({*needed, "admin"}):
        words = t(
            "This token may not do that. It takes one of: {scopes}.", scopes=", ".join(needed)
        )
        raise HTTPException(403, words)
