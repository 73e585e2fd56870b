"""Requests to an OpenAI-compatible server: time limits, another try, and errors in plain words.

Nothing goes anywhere else: proxies of the environment are not used and redirects not followed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from egogpt.protocols.chat import ChatError
from egogpt.remote.errors import RedirectRefused, ServerDown, refusal, told_in_error
from egogpt.remote.hang_up import hanging_up
from egogpt.runtime.cancellation import check, pause

_log = logging.getLogger(__name__)
ATTEMPTS = 4
CONNECT, READ = 5.0, 300.0  # seconds; a server may load a model of many GB before it answers
_LONGEST_WAIT = 30.0  # seconds between two tries, whatever the server asks for


class Server:
    """One server and, where it wants one, its key. Threads may share it."""

    def __init__(self, url: str, key: str = "", *, read: float = READ, pause: float = 1.0) -> None:
        """``read`` is how long a reply may be silent, ``pause`` the first wait, both in seconds."""
        self.url = url
        self._key = key
        self._pause = pause
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(read, connect=CONNECT),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def get(self, path: str) -> Any:
        """The JSON at a path below the address, or, where it begins with "/", on the server."""
        return self._json(self._asked("GET", path, None))

    def post(self, path: str, body: Mapping[str, Any], *, pictures: bool = False) -> Any:
        """The JSON that is replied to ``body``. Raises ChatError, see ``remote_errors``."""
        return self._json(self._asked("POST", path, body, pictures))

    def events(
        self, path: str, body: Mapping[str, Any], *, pictures: bool = False
    ) -> Generator[Any, None, None]:
        """The JSON values of a stream of server-sent events; closing it ends the request."""
        with self._told(), self._opened(path, body, pictures) as response:
            whole = False
            for line in response.iter_lines():
                check()
                if not line.startswith("data:"):
                    continue
                data = line.removeprefix("data:").strip()
                if data == "[DONE]":
                    return
                event = self._event(data, pictures)
                whole = whole or _ends(event)
                yield event
            if not whole:
                raise ChatError(f"{self.url} broke off in the middle of its reply.")

    def _event(self, data: str, pictures: bool) -> Any:
        try:
            event = json.loads(data)
        except ValueError:
            raise ChatError(f"{self.url} sent a stream that is not JSON.") from None
        if isinstance(event, dict) and event.get("error"):
            refused = refusal(400, event, pictures=pictures, secret=self._key)
            raise refused or ChatError(told_in_error(event, self._key))
        return event

    @contextmanager
    def _opened(
        self, path: str, body: Mapping[str, Any], pictures: bool
    ) -> Iterator[httpx.Response]:
        built = self._client.build_request("POST", self._where(path), json=dict(body))
        with hanging_up(built) as request:
            response = self._tried(request, pictures, stream=True)
            try:
                yield response
            finally:
                response.close()

    def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None, pictures: bool = False
    ) -> httpx.Response:
        content = None if body is None else dict(body)
        built = self._client.build_request(method, self._where(path), json=content)
        with self._told(), hanging_up(built) as request:
            return self._tried(request, pictures, stream=False)

    def _tried(self, request: httpx.Request, pictures: bool, *, stream: bool) -> httpx.Response:
        """The reply, if it is one; waits and tries again where the server is only busy."""
        for attempt in range(1, ATTEMPTS + 1):
            check()
            response = self._client.send(request, stream=stream)
            if response.status_code == 200:
                return response
            response.read()
            response.close()
            self._refuse_redirect(response)
            body = _body(response)
            error = refusal(response.status_code, body, pictures=pictures, secret=self._key)
            if error is not None:
                raise error
            if attempt < ATTEMPTS:
                _log.info("%s is busy (%s)", self.url, response.status_code)
                pause(self._wait(response, attempt))
        message = told_in_error(body, self._key)
        raise ChatError(f"{self.url} failed {ATTEMPTS} times ({response.status_code}): {message}")

    def _wait(self, response: httpx.Response, attempt: int) -> float:
        try:
            asked = float(response.headers.get("Retry-After", ""))
        except ValueError:
            asked = self._pause * 2.0 ** (attempt - 1)
        return min(max(asked, 0.0), _LONGEST_WAIT)

    def _refuse_redirect(self, response: httpx.Response) -> None:
        if response.is_redirect:
            elsewhere = urlsplit(response.headers.get("Location", "")).hostname or "elsewhere"
            raise RedirectRefused(
                f"{self.url} points to {elsewhere}, and nothing is sent there. If that is the "
                "server you mean, give its address."
            )

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise ChatError(
                f"{self.url} does not speak the language of OpenAI's API; most servers do at an "
                "address that ends in /v1."
            ) from None

    def _where(self, path: str) -> str:
        root = self.url.removesuffix("/v1") if path.startswith("/") else f"{self.url}/"
        return root + path

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong on the way, in words; Cancelled where nobody waited any more."""
        try:
            yield
        except httpx.HTTPError as error:
            check()
            raise self._in_words(error) from error

    def _in_words(self, error: httpx.HTTPError) -> ChatError:
        kind = type(error).__name__
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return ServerDown(
                f"Nothing answers at {self.url}. Start the server (Ollama, llama.cpp, LM Studio "
                f"…), or correct the address. ({kind})"
            )
        if isinstance(error, httpx.TimeoutException):
            return ChatError(f"{self.url} did not go on with its reply in time.")
        return ChatError(f"{self.url} broke off ({kind}).")


def _ends(event: Any) -> bool:
    choices = event.get("choices") if isinstance(event, dict) else None
    return any(choice.get("finish_reason") for choice in choices or ())


def _body(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text if response.status_code != 404 else "there is no such page"
