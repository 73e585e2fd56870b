"""``/api/account/tokens``: which programs may come in, and what each may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from app.api_models.account import NewTokenReply, TokenReply
from app.auth.errors import AuthRefused
from app.auth.request_context import RequestContext
from app.auth.scopes import SCOPES
from app.auth.tokens import LONGEST_DAYS, LONGEST_NAME, AccessToken, token_json
from app.routes.access.visits import Visits

Word = Annotated[str, Field(max_length=256)]


class NewToken(BaseModel):
    """A token for a program; ``days`` null: until it is removed."""

    name: Annotated[str, Field(max_length=LONGEST_NAME)]
    scopes: Annotated[list[Word], Field(max_length=len(SCOPES))]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] | None = None


def add_tokens(router: APIRouter, visits: Visits) -> None:
    """Adds ``/tokens``."""

    @router.get("/tokens")
    def tokens(request: Request) -> list[TokenReply]:
        seen = visits.of(request)
        return [TokenReply(**token_json(token)) for token in seen.accounts.tokens.of(seen.owner)]

    @router.post("/tokens", status_code=201)
    def make(new: NewToken, request: Request) -> NewTokenReply:
        seen = visits.of(request)
        token, secret = make_token(visits, seen, new.name, new.scopes, new.days)
        return NewTokenReply(**token_json(token), secret=secret)

    @router.delete("/tokens/{token_id}", status_code=204)
    def remove(token_id: str, request: Request) -> None:
        remove_token(visits, visits.of(request), token_id)


def make_token(
    visits: Visits, seen: RequestContext, name: str, scopes: Sequence[str], days: int | None = None
) -> tuple[AccessToken, str]:
    """A token of theirs, and its secret, which is shown this once. Raises AuthRefused."""
    token, secret = seen.accounts.tokens.make(seen.owner, name, scopes, days)
    visits.tell(seen.who, "token-made", token.name)
    return token, secret


def remove_token(visits: Visits, seen: RequestContext, token_id: str) -> None:
    """Ends one of their tokens. Raises HTTPException (404)."""
    try:
        token = seen.accounts.tokens.remove(seen.owner, token_id)
    except AuthRefused as error:
        raise HTTPException(404, str(error)) from error
    visits.tell(seen.who, "token-removed", token.name)
