"""Ask a server about a model before use: is it there, does it see, how much it reads.

The list of models is common to all servers. Whether a model takes pictures is not in it, and some
servers drop pictures without a word, so that the model would make up what it saw: Ollama, llama.cpp
and LM Studio are asked in their own ways. Others refuse pictures when they are sent some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from egogpt.protocols.chat import ChatError
from egogpt.remote.address import Address
from egogpt.remote.errors import KeyRefused, ModelUnknown, RedirectRefused, ServerDown
from egogpt.remote.http import Server

CONTEXT = 4096  # tokens, where a server does not tell
IN_FLIGHT = 64  # requests that servers which batch them are given at once
_QUEUED = 4  # that those on a desk are given, which work on one or a few and let the rest wait
_LISTED = 20  # models that an error names


@dataclass(frozen=True, slots=True)
class Profile:
    """``sees`` is None where only a try can tell; ``context`` is in tokens.

    ``in_flight`` is how many requests it may be sent side by side: a reply that has to wait for too
    many others would come too late.
    """

    context: int = CONTEXT
    sees: bool | None = None
    in_flight: int = IN_FLIGHT


def profile(server: Server, address: Address) -> Profile:
    """What the server tells of the model.

    Raises:
        ServerDown: nothing answers.
        ModelUnknown: the server has other models; the text lists them.
    """
    models = _models(server)
    entry = _entry(models, address)
    owner = str(entry.get("owned_by", ""))
    if "max_model_len" in entry:  # vLLM
        return Profile(_tokens(entry["max_model_len"]))
    if owner != "llamacpp" and owner != "library" and not address.loopback:
        return Profile()
    for ask in (_of_llama_cpp, _of_ollama, _of_lm_studio):
        if answer := ask(server, address.model):
            return answer
    return Profile()


def _models(server: Server) -> Sequence[Mapping[str, Any]] | None:
    """The server's list; None where it has no such list."""
    try:
        response = server.get("models")
    except (ServerDown, KeyRefused, RedirectRefused):
        raise
    except ChatError:
        return None
    listed = response.get("data") if isinstance(response, dict) else None
    return [entry for entry in listed or () if isinstance(entry, dict) and "id" in entry]


def _entry(models: Sequence[Mapping[str, Any]] | None, address: Address) -> Mapping[str, Any]:
    if models is None:
        return {}
    names = (address.model, f"{address.model}:latest")
    for entry in models:
        if entry["id"] in names:
            return entry
    raise unknown(address, [str(entry["id"]) for entry in models])


def unknown(address: Address, names: Sequence[str]) -> ModelUnknown:
    """The error that names the models which the server has."""
    listed = ", ".join(sorted(names)[:_LISTED]) or "none at all"
    return ModelUnknown(
        f"{address.url} has no model called {address.model!r}. Those that it has: {listed}."
    )


def _of_llama_cpp(server: Server, model: str) -> Profile | None:
    response = _quietly(lambda: server.get("/props"))
    settings = response.get("default_generation_settings")
    if not isinstance(settings, Mapping):
        return None
    modalities = response.get("modalities")
    sees = bool(modalities.get("vision")) if isinstance(modalities, Mapping) else None
    slots = response.get("total_slots")
    return Profile(_tokens(settings.get("n_ctx")), sees, slots if isinstance(slots, int) else 1)


def _of_ollama(server: Server, model: str) -> Profile | None:
    response = _quietly(lambda: server.post("/api/show", {"model": model}))
    able = response.get("capabilities")
    if not isinstance(able, Sequence):
        return None
    # Ollama reads what its own setting says, however much the model could, and cuts the rest off.
    match = re.search(r"^num_ctx\s+(\d+)", str(response.get("parameters", "")), re.MULTILINE)
    return Profile(_tokens(match[1] if match else None), "vision" in able, _QUEUED)


def _of_lm_studio(server: Server, model: str) -> Profile | None:
    response = _quietly(lambda: server.get("/api/v0/models"))
    listed = response.get("data")
    for entry in listed if isinstance(listed, Sequence) else ():
        if isinstance(entry, Mapping) and entry.get("id") == model and "type" in entry:
            context = entry.get("loaded_context_length") or entry.get("max_context_length")
            return Profile(_tokens(context), entry["type"] == "vlm", _QUEUED)
    return None


def _quietly(ask: Any) -> Mapping[str, Any]:
    """What a server replies to a question that it may not know."""
    try:
        response = ask()
    except ChatError:
        return {}
    return response if isinstance(response, Mapping) else {}


def _tokens(value: object) -> int:
    try:
        return max(int(str(value)), 512)
    except ValueError:
        return CONTEXT
