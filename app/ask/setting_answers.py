"""Answer a question by a setting of a home, and name the settings that can run there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.core.errors import Refusal
from app.models.answer_settings import (
    AnswerSetting,
    current_chat,
    named_chat,
    usable_chats,
    usable_retrievers,
)
from app.presentation.i18n import t
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import DEFAULT, load_retriever
from memory.types.core import Answer, Question

if TYPE_CHECKING:
    from app.assistant import Assistant


def own_setting(assistant: Assistant) -> AnswerSetting:
    """By what the home answers now."""
    retriever = assistant.settings.retriever or DEFAULT
    name = retriever if isinstance(retriever, str) else retriever.name
    return AnswerSetting(name, current_chat(assistant.brains))


def other_settings(assistant: Assistant) -> list[AnswerSetting]:
    """Those that differ from the home's own in one part, and whose models are here."""
    own = own_setting(assistant)
    chats = [replace(own, chat=name) for name in usable_chats(assistant.brains)]
    searches = [replace(own, retriever=name) for name in usable_retrievers(assistant.brains)]
    return [one for one in (*chats, *searches) if one != own]


def named_setting(assistant: Assistant, name: str) -> AnswerSetting:
    """The setting of a name; what it does not say is as the home has it.

    Raises:
        Refusal: It cannot run here; the text says which parts can.
    """
    own = own_setting(assistant)
    retriever, _, chat = name.strip().partition("/")
    chosen = AnswerSetting(retriever or own.retriever, chat or own.chat)
    retrievers = dict.fromkeys((own.retriever, *usable_retrievers(assistant.brains)))
    chats = dict.fromkeys((own.chat, *usable_chats(assistant.brains)))
    if chosen.retriever not in retrievers or chosen.chat not in chats:
        raise Refusal(
            t(
                "There is no setting “{name}” that can run here. Strategies: {strategies}; behind "
                "a / what writes answers: {models}.",
                name=name, strategies=", ".join(retrievers), models=", ".join(chats),
            )
        )  # fmt: skip
    return chosen


def answer_by(assistant: Assistant, setting: AnswerSetting, question: Question) -> Answer:
    """The answer of a setting.

    Raises:
        ChatError: Its chat model cannot be loaded; nothing stands in for it. What else an
            answer may raise is passed on.
    """
    own, brains = own_setting(assistant), assistant.brains
    chat = named_chat(brains, setting.chat)
    if setting == own:
        return assistant.ask(question.text, at=question.asked_at)
    retriever = load_retriever(
        (assistant.settings.retriever or DEFAULT)
        if setting.retriever == own.retriever
        else setting.retriever,
        chat, brains.pictures(),
    )  # fmt: skip
    look, reading = assistant.by_choice.look, assistant.by_choice.long.reading()
    with assistant.by_choice.yield_to_foreground():
        return Answerer(
            assistant.store.as_of, brains.embedder(), chat, retriever, brains.pictures(),
            look=look, long=reading, reader=brains.statement_reader(),
        ).ask(question)  # fmt: skip
