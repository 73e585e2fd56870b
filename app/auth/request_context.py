"""The context of a request: who sent it; routes read it with ``visit_of(request)``."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from app.auth.accounts import Account, Accounts
from app.auth.sessions import Session
from app.auth.tokens import AccessToken
from app.core.request_identity import OWNER

KEY = "egobutler.visit"  # in the ASGI scope, where no header can put anything


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request's person or program. Without account and token: the owner at the computer.

    ``session`` is set for a browser that is signed in, ``token`` for a program; ``secure`` says
    whether cookies may travel over https only.
    """

    accounts: Accounts
    account: Account | None = None
    session: Session | None = None
    token: AccessToken | None = None
    address: str = ""
    device: str = ""
    secure: bool = False

    @property
    def who(self) -> str:
        """The name for the log of deeds."""
        name = self.account.name if self.account else OWNER
        return f"{name} by token {self.token.name}" if self.token else name

    @property
    def owner(self) -> int | None:
        """The number of the account, for what is kept by account."""
        return self.account.id if self.account else None

    @property
    def runs_the_computer(self) -> bool:
        """Whether they hold the server's first home: further people have others."""
        return self.account is None or self.account.home == self.accounts.root

    @property
    def payer(self) -> str:
        """What its requests are counted by; empty for the owner at the computer, who is not."""
        if self.token is not None:
            return f"token {self.token.id}"
        return f"session {self.session.id}" if self.session else ""


def owns_the_computer(request: Request) -> bool:
    """Whether whoever asks may name folders of this computer: they hold the server's first home.

    To the server all files look alike; further people would reach those of everybody.
    """
    visit = visit_of(request)
    return visit is None or visit.runs_the_computer


def visit_of(request: Request) -> RequestContext | None:
    """The visit of a request that came through the front."""
    visit = request.scope.get(KEY)
    return visit if isinstance(visit, RequestContext) else None
