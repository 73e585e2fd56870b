"""Errors of models, and of the files that they are made of, that a person may read."""

from __future__ import annotations

from egogpt.plugins import PluginError
from egogpt.protocols.chat import ChatError
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.weights.store import WeightError
from ingest.speech.model_files import SpeechModelMissing

MODEL_ERRORS = (WeightError, SpeechModelMissing, ChatError, PictureModelError, PluginError)
