"""Questions to several homes: the asker's own, and those whose owners have granted it.

service = AcrossService(assistant, accounts)
answer = service.ask(["alice", "lucia"], "Who put the scissors away?")

What was granted is looked up for each question, and again before the answer is shown. Each home
that was asked keeps who asked what, and what of it was shown, for its owner (``told``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.across.cards import AskedHome
from app.across.granting import asker_at, granted
from app.across.homes import opened
from app.across.told import filled, part_of, quotes, shown_part
from app.auth.accounts import Account, Accounts
from app.auth.grants import Grant
from app.core.request_identity import OWNER, current_user
from app.http.error_handlers import hide_paths
from app.models.deferred_chat import local_chat
from app.presentation.i18n import t
from app.presentation.rendering import Json
from egorag.across.other_home import OtherHome
from egorag.across.view import AcrossView
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import DEFAULT, load_retriever
from memory.store.store import Store
from memory.types.core import EVERYTHING, Answer, Question, Recording, Scope, Turn
from memory.types.errors import StoreError
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True, slots=True)
class AnswerAcross:
    """An answer, the recordings that may be named in it, and whose home could not be read.

    ``parts`` are what each home shows, for a page; ``asked_ids`` says where they keep it, by name.
    """

    answer: Answer
    recordings: tuple[Recording, ...]
    unreached: tuple[str, ...]
    parts: tuple[Json, ...]
    asked_ids: dict[str, str]

    @property
    def reference(self) -> Json:
        """What a conversation keeps of others."""
        return {"names": [*self.asked_ids, *self.unreached], "told": self.asked_ids}

    def filled(self, page: Json) -> Json:
        """The answer as the page shows it, with what others show."""
        away = (
            t("{name}'s memories could not be reached; the answer is without them", name=name)
            for name in self.unreached
        )
        notes = " · ".join(filter(None, (page["reading"], *away)))
        return filled(page | {"reading": notes, "across": self.reference}, self.parts)


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
        earlier: Sequence[Turn] = (),
    ) -> AnswerAcross:
        """The answer from the own home and those of ``names``; the rest as of `Assistant.ask`.

        Raises:
            AuthRefused: somebody has not let the asker ask, or does not any more.
            StoreError: a log cannot be written; then nothing is shown.
        """
        asked_at = time.time() if at is None else at
        question = Question(
            text, asked_at, self._assistant.timezone, earlier=tuple(earlier), scope=scope,
            choices=None if choices is None else tuple(choices),
        )  # fmt: skip
        grants = granted(self._accounts, self._asker, names)
        try:
            return self._answer(question, grants)
        except StoreError as error:
            places = [account.home for account, _ in grants]  # told to nobody
            raise StoreError(hide_paths(str(error), *places)) from error

    def _answer(self, question: Question, grants: Sequence[tuple[Account, Grant]]) -> AnswerAcross:
        text = question.text
        with ExitStack() as stack:
            homes, unreached = list[AskedHome](), list[str]()
            for account, grant in grants:
                try:
                    store = stack.enter_context(self._open_home(account.home))
                    homes.append(AskedHome(account, grant, store))
                except StoreError:
                    unreached.append(account.name)
            told: dict[str, str] | None = None
            while told is None:  # what was granted ended, or was forgotten, meanwhile
                answer = _of_asker(self._answerer(homes).ask(question))
                holding = [home for home in homes if self._accounts.grants.holds(home.grant)]
                told = self._kept(answer, text, homes) if len(holding) == len(homes) else None
                homes = holding
            self._log(answer, homes)
            recordings = tuple(_named(answer, homes))
            parts = tuple(_parts(homes, told))
            return AnswerAcross(answer, recordings, tuple(unreached), parts, told)

    def _kept(self, answer: Answer, text: str, homes: Sequence[AskedHome]) -> dict[str, str] | None:
        """Where each home keeps what it shows, by name; None where some of it was forgotten."""
        told = dict[str, str]()
        for home in homes:
            name = home.account.name
            cited = [one for one in answer.citations if one.wearer == name]
            within = home.store.recordings.clips_within
            clips = [clip for one in cited for clip in within(one.recording_id, one.span)]
            shown = part_of(answer, name)
            told[name] = home.store.asked.add(self._who(), time.time(), text, shown, clips)
        if all(told.values()):
            return told
        for home in homes:
            home.store.conversations.delete(told[home.account.name])
        return None

    def _who(self) -> str:
        """Who asks, as the logs tell it."""
        return self._asker.name if (user := current_user()) == OWNER else user

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
                        home.view(asked_at),
                        partial(grants.holds, home.grant),
                    )
                    for home in homes
                ],
                self._asker.name,
            )

        chat, pictures = local_chat(assistant.brains), assistant.brains.pictures()
        retriever = load_retriever(assistant.settings.retriever or DEFAULT, chat, pictures)
        embedder, reader = assistant.brains.embedder(), assistant.brains.statement_reader()
        return Answerer(view_of, embedder, chat, retriever, pictures, reader=reader)

    def _log(self, answer: Answer, homes: Sequence[AskedHome]) -> None:
        names = ", ".join(home.account.name for home in homes)
        self._assistant.store.audit.write(self._who(), "asked-others", names)
        for home in homes:
            count = sum(one.wearer == home.account.name for one in answer.citations)
            key = "app.moment-shown" if count == 1 else "app.moments-shown"
            words = UserMessage(key, count=str(count))
            home.store.audit.write(self._who(), "was-asked", words)


def _named(answer: Answer, homes: Sequence[AskedHome]) -> Iterator[Recording]:
    """The cited recordings of those who granted that they be known."""
    for home in homes if answer.citations else ():
        if "media" in home.grant.scopes:
            cited = (c.recording_id for c in answer.citations if c.wearer == home.account.name)
            found = map(home.store.recordings.get, dict.fromkeys(cited))
            yield from (replace(recording, path=recording.name) for recording in found if recording)


def _parts(homes: Sequence[AskedHome], asked_ids: dict[str, str]) -> Iterator[Json]:
    for home in homes:
        asked = home.store.asked.get(asked_ids[home.account.name])
        if asked is not None:
            yield shown_part(home, asked.shown, quotes(asked, home.account.name))


def _of_asker(answer: Answer) -> Answer:
    """The answer without what names others' recordings: what it weighed, and what a next question
    could recall of them."""
    explanation = replace(answer.explanation, evidence=None)
    own = tuple(one for one in answer.citations if not one.wearer)
    turn = answer.turn and replace(answer.turn, citations=own)
    return replace(answer, turn=turn, explanation=explanation)
