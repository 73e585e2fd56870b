"""Replies about sign-in: the account, its sessions and tokens, and other accounts."""

from __future__ import annotations

from pydantic import Field

from app.api_models.base import Reply, Utc, UtcSpan


class ScopeReply(Reply):
    """A scope of tokens, and what it opens."""

    scope: str
    words: str


class AccountReply(Reply):
    """Who sends the request, and what they may do."""

    who: str
    account: str | None = Field(description="name of the account, null without one")
    signed_in: bool
    accounts_exist: bool
    ends: Utc | None = Field(description="when the session ends")
    scopes: list[str] | None = Field(description="of the token that was sent, null without one")
    all_scopes: list[ScopeReply]
    in_charge: bool = Field(description="whether they run the computer")


class NewAccountReply(Reply):
    """The name of an account that was made."""

    who: str


class SignedOutReply(Reply):
    """How many browsers were signed out."""

    signed_out: int


class SessionReply(Reply):
    """A browser that is signed in."""

    id: str
    device: str
    address: str
    created: Utc
    seen: Utc
    ends: Utc
    current: bool = Field(description="whether it is the one that asks")


class TokenReply(Reply):
    """A token without its secret."""

    id: str
    name: str
    scopes: list[str]
    created: Utc
    expires: Utc | None
    used: Utc | None


class NewTokenReply(TokenReply):
    """A new token with its secret, which is shown this once."""

    secret: str


class GrantReply(Reply):
    """What somebody lets somebody else ask; empty lists and no ``span`` narrow nothing."""

    giver: str
    taker: str
    scopes: list[str]
    people: list[str]
    places: list[str]
    devices: list[str]
    span: UtcSpan | None = Field(description="within which moments begin and end")
    given: Utc
    ends: Utc


class GrantsReply(Reply):
    """Who may ask the memories of an account, and whose it may ask."""

    given: list[GrantReply]
    taken: list[GrantReply]


class OtherAccountReply(Reply):
    """Somebody who may sign in."""

    id: int
    name: str
    home: str
    created: Utc
    seen: Utc | None
    changeable: bool


class OtherPasswordReply(OtherAccountReply):
    """An account with its new password, which is shown this once."""

    password: str


class ResetPasswordReply(OtherPasswordReply, SignedOutReply):
    """The same, and how many of its browsers were signed out."""


class RemovedAccountReply(Reply):
    """An account that is gone, and the folder of its home, which stays."""

    name: str
    home: str
