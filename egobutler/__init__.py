"""EgoButler for programs: the names that stay (docs/python.md), each loaded when first used.

from egobutler import Assistant

with Assistant.open() as assistant:
    print(assistant.ask("Where did I leave the charger?").text)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.core.settings import Settings
    from egogpt.protocols.captioner import Captioner
    from egogpt.protocols.chat import Chat, ChatError, Message
    from egogpt.protocols.text_embedder import Embedder
    from egorag.handlers.context import Handler
    from egorag.question.plan import Plan
    from egorag.retrieval.protocol import Retriever
    from egorag.wording.draft import Draft
    from ingest.importers.line_events import Script as ImportScript
    from ingest.importers.start_time import ImportSource
    from kernels.base.method import Method as AttentionMethod
    from kernels.base.method import Scene as AttentionInput
    from kernels.registry import using as attend_with
    from memory.store.view import View
    from memory.types.core import Answer, Citation, Evidence, Observation, Question, Scope, Span
    from memory.types.errors import StoreError

__all__ = [
    "Answer",
    "Assistant",
    "AttentionInput",
    "AttentionMethod",
    "Captioner",
    "Chat",
    "ChatError",
    "Citation",
    "Draft",
    "Embedder",
    "Evidence",
    "Handler",
    "ImportScript",
    "ImportSource",
    "Message",
    "Observation",
    "Plan",
    "Question",
    "Retriever",
    "Scope",
    "Settings",
    "Span",
    "StoreError",
    "View",
    "attend_with",
]

_PLACES = {
    "Answer": "memory.types.core:Answer",
    "Assistant": "app.assistant:Assistant",
    "AttentionInput": "kernels.base.method:Scene",
    "AttentionMethod": "kernels.base.method:Method",
    "Captioner": "egogpt.protocols.captioner:Captioner",
    "Chat": "egogpt.protocols.chat:Chat",
    "ChatError": "egogpt.protocols.chat:ChatError",
    "Citation": "memory.types.core:Citation",
    "Draft": "egorag.wording.draft:Draft",
    "Embedder": "egogpt.protocols.text_embedder:Embedder",
    "Evidence": "memory.types.core:Evidence",
    "Handler": "egorag.handlers.context:Handler",
    "ImportScript": "ingest.importers.line_events:Script",
    "ImportSource": "ingest.importers.start_time:ImportSource",
    "Message": "egogpt.protocols.chat:Message",
    "Observation": "memory.types.core:Observation",
    "Plan": "egorag.question.plan:Plan",
    "Question": "memory.types.core:Question",
    "Retriever": "egorag.retrieval.protocol:Retriever",
    "Scope": "memory.types.core:Scope",
    "Settings": "app.core.settings:Settings",
    "Span": "memory.types.core:Span",
    "StoreError": "memory.types.errors:StoreError",
    "View": "memory.store.view:View",
    "attend_with": "kernels.registry:using",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    value = globals()[name] = getattr(import_module(module), attribute)
    return value


def __dir__() -> list[str]:
    return __all__
