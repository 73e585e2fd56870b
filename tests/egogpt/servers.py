"""Servers that a test starts on this machine and that behave, over real HTTP, as each kind does.

They differ where it matters: how they list models, tell whether one sees, refuse pictures, a long
prompt, an unknown model, and whether they tell the odds of a token.
"""

from __future__ import annotations

import asyncio
import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "tiny:1b"
Reply = Callable[[dict[str, Any]], str]


@dataclass
class Kind:
    """How a server behaves. ``asked`` are the bodies of the requests for a reply, in order."""

    name: str = "llama.cpp"
    model: str = MODEL
    sees: bool = False
    drops_pictures: bool = False  # without a word
    odds: bool = True
    context: int = 2048  # words, of which our messages may hold so many
    slots: int = 1  # that llama.cpp works on at once
    holds: Callable[[dict[str, Any]], bool] = lambda body: False  # asked until it says no
    refuses: Callable[[dict[str, Any]], Response | None] = lambda body: None
    waiting: int = 0  # requests that are held
    most_waiting: int = 0
    key: str = ""
    reply: Reply = lambda body: "Paris is the capital of France."
    failures: list[Response] = field(default_factory=list)  # given before anything else works
    breaks_off: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        get, post = ["GET"], ["POST"]
        routes = [
            Route("/v1/models", self.models, methods=get),
            Route("/v1/chat/completions", self.complete, methods=post),
        ]
        if self.name == "llama.cpp":
            routes.append(Route("/props", self.props, methods=get))
        if self.name == "ollama":
            routes.append(Route("/api/show", self.show, methods=post))
        if self.name == "lm-studio":
            routes.append(Route("/api/v0/models", self.detailed, methods=get))
        return Starlette(routes=routes)

    async def models(self, request: Request) -> Response:
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": f"bad key, try {self.key}"}}, 401)
        owner = {"llama.cpp": "llamacpp", "ollama": "library", "vllm": "vllm"}
        entry: dict[str, Any] = {"id": self.model, "object": "model"}
        entry["owned_by"] = owner.get(self.name, "organization_owner")
        if self.name == "vllm":
            entry["max_model_len"] = self.context
        return JSONResponse({"object": "list", "data": [entry, {"id": "other"}]})

    async def props(self, request: Request) -> Response:
        settings = {"n_ctx": self.context}
        modalities = {"vision": self.sees, "audio": False}
        told = {"default_generation_settings": settings, "modalities": modalities}
        return JSONResponse({**told, "total_slots": self.slots})

    async def show(self, request: Request) -> Response:
        able = ["completion", *(["vision"] if self.sees else [])]
        return JSONResponse({"capabilities": able, "parameters": f"num_ctx    {self.context}"})

    async def detailed(self, request: Request) -> Response:
        kind = "vlm" if self.sees else "llm"
        entry = {"id": self.model, "type": kind, "max_context_length": self.context}
        return JSONResponse({"data": [entry]})

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.headers.append(dict(request.headers))
        if self.failures:
            return self.failures.pop(0)
        if refused := self._refused(body):
            return refused
        self.asked.append(body)
        self.waiting += 1
        self.most_waiting = max(self.waiting, self.most_waiting)
        while self.holds(body) and not await request.is_disconnected():
            await asyncio.sleep(0.01)
        self.waiting -= 1
        if refused := self.refuses(body):
            return refused
        return self._streamed(body) if body.get("stream") else self._whole(body)

    def _refused(self, body: dict[str, Any]) -> Response | None:
        if body["model"] != self.model:
            return JSONResponse({"error": {"message": f"model '{body['model']}' not found"}}, 404)
        parts = [
            part for turn in body["messages"] if isinstance(turn["content"], list)
            for part in turn["content"]
        ]  # fmt: skip
        pictures = [part for part in parts if part["type"] == "image_url"]
        if pictures and not self.sees and not self.drops_pictures:
            refusals = {
                "llama.cpp": (500, "image input is not supported - hint: provide the mmproj"),
                "vllm": (400, f"{MODEL} is not a multimodal model"),
                "lm-studio": (400, "Model does not support images. Please use a model that does."),
                "ollama": (400, "this model is missing data required for image input"),
            }
            status, message = refusals[self.name]
            return JSONResponse({"error": {"message": message}}, status)
        if len(json.dumps(body["messages"]).split()) > self.context:
            return self._too_long()
        return None

    def _too_long(self) -> Response:
        if self.name == "llama.cpp":
            error = {"type": "exceed_context_size_error", "message": "exceeds the context size"}
            return JSONResponse({"error": {**error, "n_ctx": self.context}}, 400)
        message = f"This model's maximum context length is {self.context} tokens."
        return JSONResponse({"error": {"message": message}}, 400)

    def _whole(self, body: dict[str, Any]) -> Response:
        text = self.reply(body)
        words = text.split(" ")
        kept = " ".join(words[: body["max_tokens"]])
        for stop in body.get("stop", ()):
            kept = kept.partition(stop)[0]
        ended = "stop" if len(words) <= body["max_tokens"] else "length"
        choice: dict[str, Any] = {"message": {"content": kept}, "finish_reason": ended}
        if body.get("logprobs") and self.odds:
            likely = {"Yes": 0.6, "No": 0.2, "Well": 0.2}
            top = [{"token": word, "logprob": math.log(p)} for word, p in likely.items()]
            choice["logprobs"] = {"content": [{"top_logprobs": top}]}
        return JSONResponse({"choices": [choice]})

    def _streamed(self, body: dict[str, Any]) -> Response:
        words = self.reply(body).split(" ")

        def events() -> Iterator[str]:
            yield ": a comment, to keep the line open\n\n"
            for at, word in enumerate(words):
                delta = {"content": word if at == 0 else f" {word}"}
                yield f"data: {json.dumps({'choices': [{'delta': delta}]})}\r\n\r\n"
                if self.breaks_off:
                    return
            yield 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")


def busy(status: int, wait: str = "0") -> Response:
    """A refusal that passes."""
    return JSONResponse({"error": {"message": "busy"}}, status, headers={"Retry-After": wait})


def page(status: int = 200) -> Response:
    """A web page where JSON was expected."""
    return PlainTextResponse("<html>Welcome</html>", status)


def redirect(place: str) -> Response:
    """Another place to ask."""
    return Response(status_code=307, headers={"Location": place})


@contextmanager
def running(kind: Kind) -> Iterator[str]:
    """The address of the server while it runs."""
    with served(kind.app()) as root:
        yield f"{root}/v1"


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Where an app answers on this machine while it runs."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([place],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
