"""The models of one home: chosen once, loaded when first needed, with what is missing said."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from app.core.settings import Settings
from app.models.deferred_pairs import DeferredPairs
from app.models.image_embedder import ImageEmbedderProvider
from app.models.plan.planner import preset_here
from app.models.shared_models import SharedModels
from egogpt.llm.token_rate import TARGET, TokenRate, measure_rate, stored_rate
from egogpt.protocols.captioner import Captioner
from egogpt.protocols.chat import Chat, ChatError, Unloadable
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.model_names import CHATS, Options, is_placed, parse
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import (
    COMPOSED,
    Preset,
    Usable,
    embedder_name,
    load_captioner,
    load_chat,
    load_embedder,
    usable,
    with_models,
)
from egogpt.remote.address import is_remote
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.weights.store import WeightError, WeightStore
from egorag.answerability.statement_reader import StatementReader, causal_adapter
from egorag.generation.prompts import warm
from ingest.decode.decoder import MediaDecoder
from ingest.speech.registry import available
from ingest.stages.executor import Executor
from ingest.stages.pipeline import NO_SPEECH, StagePlan, plan_stages
from memory.types.messages import UserMessage, sentences

if TYPE_CHECKING:
    from egogpt.vlm.base import VisionLanguageModel

_log = logging.getLogger(__name__)
AUTO = "auto"  # the name of whatever cluster there is
_SMALL_CHAT = "qwen-0.5b"
_BOTH = "chat and captioner"  # one model in memory, whatever it is used for


class ExtraMissing(ChatError):
    """An optional part of EgoButler that was chosen is not installed; the text says how to."""


def cluster_address(name: str) -> str | None:
    """The address of a cluster or a service; by ``auto`` of this machine's cluster, if any.

    Raises:
        ClusterRefused: it is none.
    """
    from ingest.cluster.nodes import find_here, require_cluster

    if name == AUTO:
        return find_here()
    if is_service(name):
        from ingest.cluster.service_executor import service_url

        return service_url(name)
    require_cluster(name)
    return name


def is_service(name: str) -> bool:
    """Whether a service computes there, rather than a cluster of Ray."""
    return name.startswith(("http://", "https://"))


def require_ray() -> None:
    """Raises ExtraMissing where clusters cannot be used."""
    if find_spec("ray") is None:
        raise ExtraMissing(UserMessage("app.cluster-not-installed"))


def composed_captioner() -> Captioner:
    """The captioner that needs no model: sentences composed of what was seen and heard."""
    return load_captioner(COMPOSED)


def rate_words(rate: TokenRate) -> str:
    """How fast a chat model is, for a sentence that begins with its name."""
    return (
        f"reads {rate.reads:.0f} and writes {rate.writes:.0f} tokens a second: about "
        f"{rate.answer_seconds:.0f} s for an answer"
    )


def _is_the_same(name: str, other: str) -> bool:
    """Whether a name is that of another model, or gives the same place and leaves options to it."""
    if not is_placed(other) or is_remote(other):
        return False
    asked, present = parse(name), parse(other)
    same = (asked.kind, asked.place) == (present.kind, present.place)
    return same and asked.options in (Options(), present.options)


class ModelProvider:
    """Loads each model at most once; threads may ask at the same time."""

    def __init__(self, settings: Settings, shared: SharedModels | None = None) -> None:
        """``shared`` holds what other homes of this process have loaded."""
        send_nothing()
        self.settings = settings
        self.shared = shared or SharedModels()
        self.weights = WeightStore(settings.weights)
        preset = preset_here(self.weights, settings.preset)
        self.preset: Preset = with_models(preset, settings.embedder, settings.chat, settings.speech)
        self._guard, self._chat_guard = threading.RLock(), threading.RLock()
        self._embedder: Embedder | None = None
        self._chat: Chat | None = None
        self._pairs: DeferredPairs | None = None
        self._statement_reader: StatementReader | None = None
        self._stages: StagePlan | None = None
        self._captioner: Captioner | None = None
        self._planned_for: tuple[Preset, str] | None = None
        self._embedder_trouble = ""
        self._chat_trouble = ""
        self._lens = ImageEmbedderProvider(
            settings.pictures, self.weights, self.embedder, self.shared
        )

    @property
    def usable(self) -> Usable:
        """What of the preset can run with the weights that are here now."""
        preset = replace(self.preset, speech=None) if self._own_speech else self.preset
        return usable(preset, self.weights, fast=self._by_speed)

    @property
    def _own_speech(self) -> str:
        """The recogniser that the person chose, where it is here: the preset's is not missed."""
        chosen = self.settings.speech or ""
        here = chosen == NO_SPEECH or (chosen and available(chosen, self.weights) is None)
        return chosen if here else ""

    @property
    def _by_speed(self) -> bool:
        """Whether the chat model is chosen for this machine, and not by the person."""
        return self.settings.preset is None and self.settings.chat is None

    @property
    def why(self) -> str:
        """Why this preset: the person's choice, or what the machine has."""
        chosen = self.settings.preset or self.settings.embedder or self.settings.chat
        return UserMessage("app.as-you-chose" if chosen else "app.chosen-for-this-machine")

    @property
    def note(self) -> str:
        """One sentence: which models run, and what is missing."""
        usable_models = self.usable
        runs = usable_models.preset
        names = (runs.speech or self._own_speech, runs.embedder, runs.chat)
        models = ", ".join(n for n in names if n and n != NO_SPEECH) or "no models"
        notes = [
            *usable_models.notes,
            *self.stages().notes,
            *self._captions_note(),
            *self.troubles(),
        ]
        key = "app.preset-with-notes" if notes else "app.preset"
        note = UserMessage(key, preset=self.preset.name, why=self.why, models=models)
        return sentences([note, *notes])

    def _captions_note(self) -> list[str]:
        """What captions clips, where it is not the composed captioner."""
        if self.settings.captioner in (None, COMPOSED):
            return []
        captioner, absent = self.captioner()
        if captioner is None:
            return [UserMessage("app.captions-composed", reason=absent)]
        return [UserMessage("app.captions-written-by", name=captioner.name)]

    def embedder(self) -> Embedder | None:
        """The text embedder, or None without its weights or where it cannot be loaded."""
        with self._guard:
            name = self.usable.preset.embedder
            if self._embedder is None and name is not None and not self._embedder_trouble:
                try:
                    self._embedder = self.load_embedder(name)
                except Exception as error:  # words alone find a good deal, too
                    _log.warning("the text embedder could not be loaded", exc_info=True)
                    self._embedder_trouble = UserMessage(
                        "app.embedder-cannot-run", name=name, why=error
                    )
            return self._embedder

    def load_embedder(self, name: str) -> Embedder:
        """The embedder of this name, the same one for all homes. Raises as ``registry`` does."""
        return self.shared.get(
            "embedder", name, self.weights.root, lambda: load_embedder(name, self.weights)
        )

    def load_chat(self, name: str) -> Chat:
        """The chat model of this name, the same one for all homes. Raises as ``registry`` does."""
        kind = _BOTH if is_placed(name) else "chat"
        return self.shared.get(kind, name, self.weights.root, lambda: load_chat(name, self.weights))

    def seeing(self, name: str) -> VisionLanguageModel:
        """A model by its kind and place: the captioner or chat model, where it is the same one.

        Options that ``name`` does not give are those of the other. Raises as ``registry`` does.
        """
        for other in (self.settings.captioner, self.settings.chat):
            if isinstance(other, str) and _is_the_same(name, other):
                name = other
                break
        model = self.captioner()[0] if name == self.settings.captioner else self.load_chat(name)
        return cast("VisionLanguageModel", model or self.load_chat(name))

    def _load_captioner(self, chosen: str | Captioner) -> Captioner:
        if not isinstance(chosen, str):
            return chosen
        kind = _BOTH if is_placed(chosen) else "captioner"
        return self.shared.get(
            kind, chosen, self.weights.root, lambda: load_captioner(chosen, self.weights)
        )

    def embedder_name(self) -> str | None:
        """What the embedder's vectors are stored under, without loading it."""
        name = self.usable.preset.embedder
        return None if name is None else embedder_name(name)

    def pictures(self) -> PictureEmbedder | None:
        """The image–text embedder, or None where none was chosen or it cannot be had."""
        return self._lens.embedder()

    def pictures_name(self) -> str | None:
        """What the vectors of pictures are stored under, without loading the embedder."""
        return self._lens.stored_as()

    def statement_reader(self) -> StatementReader | None:
        """The language model that reads what was found, loaded by its first question; None where
        its weights are not here."""
        name = self.usable.preset.statement_reader
        with self._guard:
            if self._pairs is None and name is not None:
                self._pairs = DeferredPairs(name, self.weights, self.shared, causal_adapter())
                self._statement_reader = StatementReader(self._pairs)
            return self._statement_reader

    def load_ahead(self) -> None:
        """Loads what looks at pictures, reads what was found, and answers. Raises what loading
        does, but for the reader, whose trouble is told."""
        self.pictures()
        if self.statement_reader() and self._pairs:
            with suppress(Exception):
                self._pairs.load()
        if chat := self.chat():
            warm(chat)

    def troubles(self) -> tuple[str, ...]:
        """Why a model that was chosen for answering cannot run, in sentences."""
        pairs = self._pairs.trouble if self._pairs else ""
        reading = UserMessage("app.reader-cannot-run", why=pairs) if pairs else ""
        troubles = (self._embedder_trouble, self._chat_trouble, reading, self.lens_trouble())
        return tuple(filter(None, troubles))

    def lens_trouble(self) -> str:
        """Why the image–text model that was chosen cannot be used; else empty."""
        self._lens.stored_as()
        return self._lens.trouble

    def chat(self) -> Chat | None:
        """The language model, or None: answers are then extractive."""
        with self._chat_guard:  # no other model waits while this one is loaded and measured
            name = self.usable.preset.chat
            if self._chat is None and name is not None and not self._chat_trouble:
                try:
                    if self._by_speed and stored_rate(name, self.weights) is None:
                        measure_rate(name, self.weights)
                        name = self.usable.preset.chat or name
                    self._chat = self.load_chat(name)
                    if isinstance(self._chat, Unloadable):
                        self._chat.prepare()
                except (ChatError, ImportError) as error:
                    self._chat = None
                    self._chat_trouble = UserMessage("app.chat-cannot-run", name=name, why=error)
            return self._chat

    def chat_name(self) -> str | None:
        """The name of the language model, which need not be loaded; None where there is none."""
        if self._chat is not None:
            return self._chat.name
        return None if self._chat_trouble else self.usable.preset.chat

    def chat_speed(self) -> str:
        """How fast the chat model is here, measured now where it was not; empty for any other."""
        name = self.usable.preset.chat
        if name is None or name not in CHATS:
            return ""
        rate = stored_rate(name, self.weights) or measure_rate(name, self.weights)
        if rate is None:
            return ""
        words = f"{name} {rate_words(rate)}"
        faster = rate.answer_seconds > TARGET and name != _SMALL_CHAT
        return f"{words}; faster: egobutler models fetch {_SMALL_CHAT}" if faster else words

    def captioner(self) -> tuple[Captioner | None, str]:
        """What was chosen to caption clips, None for the composed one; and why it is not here."""
        chosen = self.settings.captioner
        if chosen is None or chosen == COMPOSED:
            return None, ""
        with self._guard:
            try:
                self._captioner = self._captioner or self._load_captioner(chosen)
            except (ChatError, WeightError, ImportError) as error:
                return None, str(error)
            return self._captioner, ""

    def unload(self) -> None:
        """Lets go of the weights of models that load them again when they are needed."""
        with self._chat_guard, self._guard:
            for model in (self._chat, self._captioner):
                if isinstance(model, Unloadable):
                    model.close()

    def executor(self, media: MediaDecoder) -> Executor | None:
        """What was chosen to compute perception; None: this process does, by ``media``.

        Raises:
            ClusterRefused: the address is none of a cluster.
            ExtraMissing: what it needs is not installed.
        """
        if self.settings.on is None:
            return None
        if is_service(self.settings.on):
            from ingest.cluster.service_executor import ServiceExecutor

            return ServiceExecutor(self.settings.on, self.stages, media)
        require_ray()
        from ingest.cluster.ray_executor import RayExecutor

        return RayExecutor(self.settings.on, self.stages)

    def stages(self) -> StagePlan:
        """The stages of ingest that can run, and what the others wait for."""
        with self._guard:
            runs = self.usable.preset
            captioner, absent = self.captioner()
            if self._stages is None or self._planned_for != (runs, absent):
                speech = self.settings.speech or runs.speech or str(self.preset.speech)
                self._stages = plan_stages(
                    self.weights,
                    speech,
                    self.settings.language,
                    captioner,
                    absent,
                    self.settings.formulas,
                )
                self._planned_for = (runs, absent)
            return self._stages
