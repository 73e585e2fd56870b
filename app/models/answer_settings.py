"""Parts of a setting that a home answers by: retrieval strategies and chat models that are here."""

from __future__ import annotations

from dataclasses import dataclass

from app.models.deferred_chat import deferred_chat
from app.models.model_set import ModelProvider
from app.presentation.i18n import t
from egogpt.protocols.chat import Chat, ChatError
from egogpt.protocols.model_names import CHATS
from egogpt.registry import NONE
from egorag.retrieval.registry import RETRIEVERS

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


def usable_chats(brains: ModelProvider) -> list[str]:
    """None, and the bundled chat models whose weights are here."""
    return [NONE, *(name for name in CHATS if brains.weights.has(name))]


def usable_retrievers(brains: ModelProvider) -> list[str]:
    """The strategies that find anything with the embedders that are here."""
    blind = () if brains.pictures_name() else (_SEES_ALONE,)
    wordless = () if brains.embedder_name() else (_MEANS_ALONE,)
    return sorted(set(RETRIEVERS) - {*blind, *wordless})


def current_chat(brains: ModelProvider) -> str:
    """The chat model that writes now, or "none"."""
    return brains.chat_name() or NONE


def named_chat(brains: ModelProvider, name: str) -> Chat | None:
    """The chat model of a name, loaded. Raises ChatError, or as ``load_chat`` does."""
    if name == NONE:
        return None
    if name != brains.chat_name():
        return brains.load_chat(name)
    if brains.chat() is None:
        raise ChatError(" ".join(brains.troubles()))
    return deferred_chat(brains)
