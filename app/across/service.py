"""Questions to several homes: the asker's own, and those whose owners have granted it.

service = AcrossService(assistant, accounts)
answer = service.ask(["alice", "lucia"], "Who put the scissors away?")

What was granted is looked up for each question, and again before the answer is shown. Each owner's
log tells that they were asked and how much was shown, never what was asked.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.across.homes import opened
from app.auth.accounts import Account, Accounts
from app.auth.errors import AuthRefused
from app.auth.grants import Grant
from app.core.request_identity import OWNER, current_user
from app.models.deferred_chat import local_chat
from app.presentation.i18n import t
from egorag.across.other_home import OtherHome
from egorag.across.view import AcrossView
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import DEFAULT, load_retriever
from memory.store.store import Store
from memory.types.core import EVERYTHING, Answer, Question, Recording, Scope
from memory.types.errors import StoreError
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True, slots=True)
class AskedHome:
    """Somebody's home while it is asked: whose it is, what they granted, and their store."""

    account: Account
    grant: Grant
    store: Store


@dataclass(frozen=True, slots=True)
class AnswerAcross:
    """An answer, the recordings that may be named in it, and whose home could not be read."""

    answer: Answer
    recordings: tuple[Recording, ...]
    unreached: tuple[str, ...]


def asker_at(accounts: Accounts, home: Path) -> Account:
    """The account whose home asks. Raises AuthRefused where it is nobody's."""
    asker = accounts.by_home(home)
    if asker is None:
        raise AuthRefused(
            t(
                "{home} is the home of no account, so that nobody can have let it ask theirs.",
                home=home,
            )
        )
    return asker


def granted(
    accounts: Accounts, asker: Account, names: Sequence[str]
) -> list[tuple[Account, Grant]]:
    """Those of these names, each once, with what they let ``asker`` ask.

    Raises:
        AuthRefused: somebody lets nothing be asked, with the same words where there is no such
            account; or it is the asker.
    """
    found = (_granted(accounts, asker, name) for name in names)
    return list({account.id: (account, grant) for account, grant in found}.values())


def _granted(accounts: Accounts, asker: Account, name: str) -> tuple[Account, Grant]:
    refused = AuthRefused(
        t(
            "{name} has not let you ask their memories, or does not any more. They can on their "
            "page Privacy, or by: egobutler grants give {you} --user {name}",
            name=name,
            you=asker.name,
        )
    )
    try:
        account = accounts.get(name)
    except AuthRefused:
        raise refused from None
    if account.home == asker.home:
        raise AuthRefused(
            t("{name} is you: your own memories are asked anyway. Name others only.", name=name)
        )
    grant = accounts.grants.between(account.id, asker.id)
    if grant is None:
        raise refused
    return account, grant


class AcrossService:
    """Asks on behalf of one account, that of the assistant's home."""

    def __init__(
        self,
        assistant: Assistant,
        accounts: Accounts,
        open_home: Callable[[Path], AbstractContextManager[Store]] = opened,
    ) -> None:
        """Raises AuthRefused where nobody has an account with this home."""
        self._assistant, self._accounts = assistant, accounts
        self._asker = asker_at(accounts, assistant.home)
        self._open_home = open_home

    def ask(
        self,
        names: Sequence[str],
        text: str,
        *,
        at: float | None = None,
        choices: Sequence[str] | None = None,
        scope: Scope = EVERYTHING,
    ) -> AnswerAcross:
        """The answer from the own home and those of ``names``.

        Raises:
            AuthRefused: somebody has not let the asker ask, or does not any more.
            StoreError: a log cannot be written; then nothing is shown.
        """
        asked_at = time.time() if at is None else at
        question = Question(
            text, asked_at, self._assistant.timezone,
            choices=None if choices is None else tuple(choices), scope=scope,
        )  # fmt: skip
        grants = granted(self._accounts, self._asker, names)
        with ExitStack() as stack:
            homes, unreached = list[AskedHome](), list[str]()
            for account, grant in grants:
                try:
                    store = stack.enter_context(self._open_home(account.home))
                    homes.append(AskedHome(account, grant, store))
                except StoreError:
                    unreached.append(account.name)
            while True:
                answer = self._answerer(homes).ask(question)
                holding = [home for home in homes if self._accounts.grants.holds(home.grant)]
                if len(holding) == len(homes):
                    break
                homes = holding  # what was granted meanwhile ended is not shown
            self._log(answer, homes)
            recordings = tuple(_named(answer, homes))
            return AnswerAcross(_alone(answer), recordings, tuple(unreached))

    def _answerer(self, homes: Sequence[AskedHome]) -> Answerer:
        """An answerer for one question: no film is opened again, nothing is kept of others, and
        nothing of them is sent to a model on another machine."""
        assistant, grants = self._assistant, self._accounts.grants

        def view_of(asked_at: float) -> AcrossView:
            return AcrossView(
                assistant.store.as_of(asked_at),
                [
                    OtherHome(
                        home.account.name,
                        home.store.as_of(asked_at).granted(home.grant.narrowed),
                        partial(grants.holds, home.grant),
                    )
                    for home in homes
                ],
                self._asker.name,
            )

        chat, pictures = local_chat(assistant.brains), assistant.brains.pictures()
        retriever = load_retriever(assistant.settings.retriever or DEFAULT, chat, pictures)
        return Answerer(view_of, assistant.brains.embedder(), chat, retriever, pictures)

    def _log(self, answer: Answer, homes: Sequence[AskedHome]) -> None:
        shown = Counter(citation.wearer for citation in answer.citations)
        names = ", ".join(home.account.name for home in homes)
        who = self._asker.name if (user := current_user()) == OWNER else user
        self._assistant.store.audit.write(who, "asked-others", names)
        for home in homes:
            count = shown[home.account.name]
            key = "app.moment-shown" if count == 1 else "app.moments-shown"
            words = UserMessage(key, count=str(count))
            home.store.audit.write(who, "was-asked", words)


def _named(answer: Answer, homes: Sequence[AskedHome]) -> Iterator[Recording]:
    """The cited recordings of those who granted that they be known."""
    for home in homes if answer.citations else ():
        if "media" in home.grant.scopes:
            cited = (c.recording_id for c in answer.citations if c.wearer == home.account.name)
            found = map(home.store.recordings.get, dict.fromkeys(cited))
            yield from (replace(recording, path=recording.name) for recording in found if recording)


def _alone(answer: Answer) -> Answer:
    """The answer without what names recordings: what it weighed, and what a next could recall."""
    explanation = replace(answer.explanation, evidence=None)
    return replace(answer, turn=None, explanation=explanation)
