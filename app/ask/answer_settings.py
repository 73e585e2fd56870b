"""Settings that a home can answer by: a retrieval strategy and a chat model that are here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.core.errors import Refusal
from app.models.deferred_chat import deferred_chat
from app.presentation.i18n import t
from egogpt.protocols.chat import Chat, ChatError
from egogpt.protocols.model_names import CHATS
from egogpt.registry import NONE
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import DEFAULT, RETRIEVERS, load_retriever
from memory.types.core import Answer, Question

if TYPE_CHECKING:
    from app.assistant import Assistant

_SEES_ALONE = "visrag"  # is of no use without vectors of pictures
_MEANS_ALONE = "dense"  # nor this one without vectors of texts


@dataclass(frozen=True, slots=True)
class AnswerSetting:
    """A retrieval strategy, and the chat model that writes: "none" where answers are quotes."""

    retriever: str
    chat: str

    @property
    def name(self) -> str:
        """As it is typed and stored: ``flat/none``."""
        return f"{self.retriever}/{self.chat}"

    @property
    def words(self) -> str:
        """As a person reads it."""
        return setting_words(self.name)


def setting_words(name: str) -> str:
    """The setting of a name as a person reads it."""
    strategy, _, model = name.partition("/")
    if model == NONE:
        return t("search {strategy}, answers in quotes", strategy=strategy)
    return t("search {strategy}, answers by {model}", strategy=strategy, model=model)


def own_setting(assistant: Assistant) -> AnswerSetting:
    """By what the home answers now."""
    retriever = assistant.settings.retriever or DEFAULT
    name = retriever if isinstance(retriever, str) else retriever.name
    return AnswerSetting(name, assistant.brains.chat_name() or NONE)


def other_settings(assistant: Assistant) -> list[AnswerSetting]:
    """Those that differ from the home's own in one part, and whose models are here."""
    own = own_setting(assistant)
    chats = [replace(own, chat=name) for name in _chats(assistant)]
    searches = [replace(own, retriever=name) for name in _retrievers(assistant)]
    return [one for one in (*chats, *searches) if one != own]


def named_setting(assistant: Assistant, name: str) -> AnswerSetting:
    """The setting of a name; what it does not say is as the home has it.

    Raises:
        Refusal: It cannot run here; the text says which parts can.
    """
    own = own_setting(assistant)
    retriever, _, chat = name.strip().partition("/")
    chosen = AnswerSetting(retriever or own.retriever, chat or own.chat)
    retrievers = dict.fromkeys((own.retriever, *_retrievers(assistant)))
    chats = dict.fromkeys((own.chat, *_chats(assistant)))
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
    chat = _chat(assistant, setting.chat)
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
            look=look, long=reading,
        ).ask(question)  # fmt: skip


def _chat(assistant: Assistant, name: str) -> Chat | None:
    """Raises ChatError, or as ``load_chat`` does, where it cannot be had."""
    if name == NONE:
        return None
    if name != assistant.brains.chat_name():
        return assistant.brains.load_chat(name)
    if assistant.brains.chat() is None:
        raise ChatError(" ".join(assistant.brains.troubles()))
    return deferred_chat(assistant.brains)


def _chats(assistant: Assistant) -> list[str]:
    here = [name for name in CHATS if assistant.brains.weights.has(name)]
    return [NONE, *here]


def _retrievers(assistant: Assistant) -> list[str]:
    blind = () if assistant.brains.pictures_name() else (_SEES_ALONE,)
    wordless = () if assistant.brains.embedder_name() else (_MEANS_ALONE,)
    return sorted(set(RETRIEVERS) - {*blind, *wordless})
