"""Check that the models that settings name exist at all, whether or not they are here."""

from __future__ import annotations

from app.core.settings import Settings
from app.models.image_embedder import check_pictures
from app.models.optional_models import OptionalModels
from egogpt.registry import check_captioner, check_models
from egogpt.weights.store import WeightStore
from egorag.retrieval.registry import DEFAULT, check_retriever
from ingest.speech.registry import BUNDLED, check_language, check_recogniser, fetch_recogniser
from ingest.stages.pipeline import NO_SPEECH


def check_settings(chosen: Settings) -> None:
    """Refuse names that nothing has.

    Raises:
        ValueError: there is no such preset, model, language, strategy or way of reading.
        SpeechModelMissing: there is no such speech recogniser.
        PluginError: the strategy is another distribution's and cannot be loaded.
    """
    check_language(chosen.language)
    check_pictures(chosen.pictures)
    check_retriever(chosen.retriever or DEFAULT)
    check_models(chosen.embedder, chosen.chat)
    check_captioner(chosen.captioner)
    OptionalModels.check(chosen)
    if chosen.speech not in (None, NO_SPEECH):
        check_recogniser(str(chosen.speech), WeightStore(chosen.weights))


def fetch_speech(name: str | None, weights: WeightStore) -> None:
    """Fetch a recogniser that is not bundled and not here. Raises SpeechModelMissing."""
    if name not in (None, NO_SPEECH, *BUNDLED):
        fetch_recogniser(str(name), weights)
