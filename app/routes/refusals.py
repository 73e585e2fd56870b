"""Refusals, as programs and pages are told them: a status, and a sentence for the person."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.auth.errors import AccountsUnreadable, AuthRefused
from app.core.errors import Refusal
from app.http.error_handlers import hide_paths
from app.people.changes import why_not
from app.presentation.i18n import translate
from ingest.errors import IngestError
from memory.db.disk_space import DiskNearlyFull
from memory.people.errors import PeopleError, UnknownPerson
from memory.types.errors import StoreBusy, StoreError

REFUSALS = (Refusal, AuthRefused, AccountsUnreadable, IngestError, StoreError, HTTPException)
_STATUS: dict[type[Exception], int] = {  # the first that an error is
    UnknownPerson: 404,
    PeopleError: 409,
    StoreBusy: 409,
    DiskNearlyFull: 507,
    StoreError: 503,
    AccountsUnreadable: 503,
}


def status_and_sentence(error: Exception) -> tuple[int, str]:
    """The status and the sentence of one of the ``REFUSALS``."""
    if isinstance(error, HTTPException):
        return error.status_code, translate(str(error.detail))
    if isinstance(error, PeopleError):
        words = why_not(error)
    else:
        words = translate(str(error)).partition("; see: egobutler")[0]
    known = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    status = error.status if isinstance(error, Refusal) else next(known, 422)
    return status, words[:1].upper() + words[1:]


def answer_refusals(api: FastAPI, folder: Path) -> None:
    """Has routes that refuse answer so; where ``folder`` lies is told to nobody."""

    def reply(request: Request, error: Exception) -> Response:
        status, words = status_and_sentence(error)
        headers = getattr(error, "headers", None)
        return JSONResponse({"detail": hide_paths(words, folder)}, status, headers)

    for refusal in REFUSALS:
        api.add_exception_handler(refusal, reply)
