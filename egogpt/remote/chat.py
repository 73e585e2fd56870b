"""Chat with a model on an OpenAI-compatible server: Ollama, llama.cpp, vLLM, LM Studio and others.

chat = load_chat("openai:llama3.2:3b@http://127.0.0.1:11434/v1", weights)

What goes there, and when it is refused, says ``egogpt.remote.address``. A key is taken from
EGOBUTLER_OPENAI_KEY, and neither stored nor logged.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

from egogpt.protocols.chat import ChatError, Message
from egogpt.protocols.judging import yes_share
from egogpt.remote.address import KIND, Address, check_allowed
from egogpt.remote.capabilities import CONTEXT, IN_FLIGHT, profile
from egogpt.remote.errors import ImagesRefused, ModelUnknown, ParameterRefused
from egogpt.remote.http import READ, Server
from egogpt.runtime.data_urls import data_url
from egogpt.weights.store import WeightStore

_log = logging.getLogger(__name__)
KEY = "EGOBUTLER_OPENAI_KEY"
_TOP_TOKENS = 20
_MOST_STOPS = 4  # more are refused by some servers
_LETTERS_A_TOKEN = 32  # a stream that is longer than this times its tokens does not keep to them
_YES_OR_NO = re.compile(r"\b(yes|no)\b", re.IGNORECASE)
T = TypeVar("T")


class RemoteChat:
    """A chat model on a server, which is asked for it at the first use.

    ``sees`` turns False, and ``note`` says so, where the server tells that the model takes no
    pictures or refuses them; what it is told is then words alone. Sound never reaches it: who asks
    puts the transcript into the words. ``context_tokens`` and ``in_flight``, the requests that it
    may be sent side by side, are guesses until the server has told.
    """

    hears = False

    def __init__(self, address: Address, *, read: float = READ, pause: float = 1.0) -> None:
        """``read`` and ``pause`` as of ``Server``. The host is no part of ``name``: it may move."""
        self.name = f"{KIND}:{address.model}"
        self.address = address
        self.context_tokens = CONTEXT
        self.in_flight = IN_FLIGHT
        self.sees = True
        self.note = ""
        self._waits = read, pause
        self._guard = threading.Lock()
        self._server: Server | None = None
        self._limit = "max_tokens"
        self._without: set[str] = set()

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> Self:
        """The model that the name says; nothing is sent yet.

        Raises:
            BadAddress: the name does not say which model is where.
            NotAllowed: it is not on this machine, and the owner has not agreed to that.
        """
        return cls(check_allowed(name))

    def prepare(self) -> None:
        """Asks the server for the model. Raises ChatError: it is away, or has no such model."""
        with self._guard:
            if self._server is not None:
                return
            read, pause = self._waits
            server = Server(self.address.url, os.environ.get(KEY, ""), read=read, pause=pause)
            try:
                capabilities = profile(server, self.address)
            except BaseException:
                server.close()
                raise
            self._server, self.context_tokens = server, capabilities.context
            self.in_flight = max(1, capabilities.in_flight)
        self.sees = self.sees and capabilities.sees is not False

    def close(self) -> None:
        """Closes the connections; the next use opens them again."""
        with self._guard:
            if self._server is not None:
                self._server.close()
            self._server = None

    def _there(self) -> Server:
        self.prepare()
        server = self._server
        if server is None:
            raise ChatError(f"The connection to {self.address.host} was closed meanwhile.")
        return server

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        sides: Sequence[int] = (),
    ) -> str:
        """The whole reply, stripped, without what the model thought first.

        ``sides`` are the pixels of each frame's longer side, in their order; 0 leaves one out.

        Raises:
            ChatError: the server is away, fails, or refuses; PromptTooLong where it is the length.
        """
        reply = self._adapting(lambda: self._posted(messages, max_tokens, stop, sides))
        choice = _first_choice(reply)
        message = choice.get("message") or {}
        text = "".join(spoken([_text(message)])).strip()
        if not text and choice.get("finish_reason") == "length":
            raise _only_thought(self.name)
        return text

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        sides: Sequence[int] = (),
    ) -> Generator[str, None, None]:
        """The reply piece by piece; closing the iterator ends the request. As above."""
        events = self._adapting(lambda: _begun(self._events(messages, max_tokens, stop, sides)))
        try:
            yield from spoken(_deltas(events, max_tokens * _LETTERS_A_TOKEN))
        finally:
            events.close()

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """P(yes) / (P(yes) + P(no)) of the first token; 1, 0 or ½ where a server tells no odds."""
        if "logprob" not in self._without:
            odds = {"logprobs": True, "top_logprobs": _TOP_TOKENS}
            reply = self._adapting(lambda: self._posted(messages, 1, (), (), odds))
            if tokens := _likeliest(reply):
                return yes_share(tokens)
            self._without.add("logprob")
        match = _YES_OR_NO.search(self.complete(messages, max_tokens=8))
        return 0.5 if match is None else float(match[1].lower() == "yes")

    def _posted(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        stop: Sequence[str],
        sides: Sequence[int],
        more: Mapping[str, Any] | None = None,
    ) -> Any:
        server, body = self._there(), self._body(messages, max_tokens, stop, sides)
        if more and "logprob" not in self._without:
            body |= more
        return server.post("chat/completions", body, pictures=self._shows(messages))

    def _events(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        stop: Sequence[str],
        sides: Sequence[int],
    ) -> Generator[Any, None, None]:
        server, body = self._there(), self._body(messages, max_tokens, stop, sides)
        body |= {"stream": True}
        return server.events("chat/completions", body, pictures=self._shows(messages))

    def _body(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        stop: Sequence[str],
        sides: Sequence[int],
    ) -> dict[str, Any]:
        options = {"temperature": 0, "seed": 1, "stop": list(stop)[:_MOST_STOPS]}
        accepted = {name: value for name, value in options.items() if name not in self._without}
        if not accepted.get("stop"):
            accepted.pop("stop", None)
        chosen = iter(sides)
        turns = [{"role": turn.role, "content": self._content(turn, chosen)} for turn in messages]
        return {
            "model": self.address.model, "messages": turns, self._limit: max_tokens, **accepted
        }  # fmt: skip

    def _content(self, turn: Message, sides: Iterator[int]) -> str | list[dict[str, Any]]:
        if not turn.frames:
            return turn.content
        if not self.sees:
            self._say_it_is_blind()
            return turn.content
        sight = self.address.sight
        urls = []
        for frame in turn.frames:
            side = next(sides, None)
            if side is None:
                urls.append(data_url(frame, sight.side))
            elif side:
                urls.append(data_url(frame, side, sight.patch or 0))
        shown = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        return [*shown, {"type": "text", "text": turn.content}]

    def _shows(self, messages: Sequence[Message]) -> bool:
        return self.sees and any(turn.frames for turn in messages)

    def _adapting(self, ask: Callable[[], T]) -> T:
        """The reply, asked for again without what the server does not take."""
        for _ in range(4):
            left_out = frozenset(self._without)  # another thread may learn the same meanwhile
            try:
                return ask()
            except ImagesRefused:
                self.sees = False
            except ParameterRefused as error:
                if error.parameter in left_out:
                    raise
                self._without.add(error.parameter)
                if error.parameter == "max_completion_tokens":
                    self._limit = error.parameter
            except ModelUnknown as error:
                raise ModelUnknown(
                    f"{self.address.url} does not have {self.address.model!r} any more: {error}"
                ) from error
        return ask()

    def _say_it_is_blind(self) -> None:
        if not self.note:
            self.note = f"{self.address.model} takes no pictures; it is told in words alone."
            _log.warning("%s", self.note)


def _first_choice(reply: Any) -> Mapping[str, Any]:
    choices = reply.get("choices") if isinstance(reply, Mapping) else None
    if not choices or not isinstance(choices[0], Mapping):
        raise ChatError("The model's server sent a reply without any text in it.")
    choice: Mapping[str, Any] = choices[0]
    return choice


def _text(message: Mapping[str, Any]) -> str:
    """What a message says; some servers send it in parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))


def _likeliest(reply: Any) -> list[Mapping[str, Any]]:
    odds = _first_choice(reply).get("logprobs")
    content = odds.get("content") if isinstance(odds, Mapping) else None
    top_logprobs: list[Mapping[str, Any]] = content[0].get("top_logprobs") or [] if content else []
    return top_logprobs


def _begun(events: Generator[Any, None, None]) -> Generator[Any, None, None]:
    """The stream once its first event is there, so that a refusal shows before anything is said."""
    first = list(_next(events))

    def rest() -> Generator[Any, None, None]:
        try:
            yield from first
            yield from events
        finally:
            events.close()

    return rest()


def _next(events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        yield event
        return


def _deltas(events: Iterable[Any], most: int) -> Iterator[str]:
    """The text of each event; ends where a server sends far more than it was asked for."""
    sent = 0
    for event in events:
        for choice in event.get("choices") or () if isinstance(event, Mapping) else ():
            text = _text(choice.get("delta") or {})
            sent += len(text)
            if text:
                yield text
        if sent > most:
            return


def spoken(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without a block of thoughts at their beginning (<think> … </think>)."""
    pending, begun = "", False
    for piece in pieces:
        if begun:
            yield piece
            continue
        pending += piece
        bare = pending.lstrip()
        if bare.startswith("<think>"):
            _, closed, held_on = bare.partition("</think>")
            if not closed:
                continue
            pending = held_on.lstrip()
            begun = bool(pending)
        elif not "<think>".startswith(bare):
            begun = True
        if begun:
            yield pending.lstrip()
    if not begun and pending.strip() and not pending.lstrip().startswith("<think>"):
        yield pending


def _only_thought(name: str) -> ChatError:
    return ChatError(
        f"{name} used up its whole reply for thinking. Choose a model that does not think aloud, "
        "or turn its thinking off in the server."
    )
