"""What models, and the files that they are made of, can raise for a person to read."""

from __future__ import annotations

from egogpt.plugins import PluginError
from egogpt.protocols.chat import ChatError
from egogpt.weights.store import WeightError
from ingest.speech.model_files import SpeechModelMissing

MODEL_ERRORS = (WeightError, SpeechModelMissing, ChatError, PluginError)
