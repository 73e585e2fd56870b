"""The public Gradio API, asked by the real client over a real port, with tokens and without."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from starlette.types import ASGIApp

from app.assistant import Assistant
from app.pages.api_functions import SCOPES
from app.server.server import create_server
from memory.types.errors import StoreError
from tests.app.askings import CONCERT, talks
from tests.app.doors import ANNA, accounts
from tests.media import make_video, scene


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    config = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(15)


def client(url: str, token: str = "") -> Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    slow = {"timeout": 60}  # others take the processor meanwhile
    return Client(url, headers=headers, verbose=False, httpx_kwargs=slow, analytics_enabled=False)


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    talks(empty_home.store)
    return empty_home


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    """A server with one account, Anna's."""
    kept = accounts(assistant.home)
    kept.add("Anna", ANNA)
    with served(create_server(assistant, accounts=kept)) as address:
        yield address
    kept.database.close()


def token(assistant: Assistant, *scopes: str) -> str:
    kept = accounts(assistant.home)
    name = "-".join((*scopes, str(len(kept.tokens.of(1)))))
    return str(kept.tokens.make(1, name, scopes)[1])


def test_every_function_answers_as_the_pages_do(
    assistant: Assistant, url: str, tmp_path: Path
) -> None:
    owner = client(url, token(assistant, "admin"))
    info = owner.view_api(return_format="dict", print_info=False)
    assert isinstance(info, dict)
    assert set(info["named_endpoints"]) == {f"/{name}" for name in SCOPES}
    answer = owner.predict(CONCERT, api_name="/ask")
    assert "Friday" in answer["answer"]
    assert answer["citations"][0]["watch"].startswith(f"{url}/#seek=morning")
    found = owner.predict("umbrella", api_name="/search")
    clip = found["moments"][0]["id"]
    assert "umbrella" in owner.predict(clip, api_name="/moment")["said"][0]["text"]
    assert owner.predict("2026-03-03", 9, api_name="/timeline")["hours"][0]["from"] == "09:00"
    named = owner.predict(api_name="/people")["named"]
    assert [one["name"] for one in named] == ["Anna", "Maria"]
    film = make_video(tmp_path / "walk.mp4", [scene(1, 64, 48)], seconds=1, fps=2)
    taken = owner.predict(handle_file(film), 1_772_530_200.0, api_name="/ingest")
    assert taken == {"file": "walk.mp4", "state": "queued"}
    assert (assistant.home / "uploads" / "walk.mp4").read_bytes() == film.read_bytes()
    assert list((assistant.home / "tmp" / "gradio").rglob("*.mp4")) == []


def test_a_refusal_is_a_sentence(assistant: Assistant, url: str) -> None:
    owner = client(url, token(assistant, "admin"))
    for words, arguments in (
        ("the question is empty", {"question": " ", "api_name": "/ask"}),
        ("Send a file", {"file": {"path": str(assistant.home / "x")}, "api_name": "/ingest"}),
        ("Send a file", {"file": {}, "api_name": "/ingest"}),
    ):
        with pytest.raises(AppError, match=words):
            owner.predict(**arguments)


def test_a_token_runs_what_its_scopes_open_and_no_event_of_a_page(
    assistant: Assistant, url: str
) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "ask": (CONCERT,),
        "search": ("x",),
        "timeline": ("2026-03-03",),
        "people": (),
    }
    for scope in ("ask", "media"):
        program = client(url, token(assistant, scope))
        for name, values in arguments.items():
            if scope in SCOPES[name]:
                assert program.predict(*values, api_name=f"/{name}")
            else:
                with pytest.raises(Exception, match="403"):
                    program.predict(*values, api_name=f"/{name}")
    program = client(url, token(assistant, "admin"))
    private = [e["id"] for e in program.config["dependencies"] if e["api_visibility"] == "private"]
    assert len(private) > 10
    event = {"data": [], "fn_index": private[0], "session_hash": "x"}
    header = {"Authorization": f"Bearer {token(assistant, 'admin')}"}
    sent = httpx.post(f"{url}/gradio_api/queue/join", json=event, headers=header)
    assert (sent.status_code, "sign in" in sent.text) == (403, True)
    with pytest.raises(Exception, match="not provided"):
        client(url)


def test_whoever_leaves_frees_the_model(
    assistant: Assistant, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from egogpt.runtime.cancellation import check

    asked, ended = threading.Event(), threading.Event()

    def endless(*words: object, **more: object) -> None:
        asked.set()
        try:
            while True:
                check()
                time.sleep(0.02)
        finally:
            ended.set()

    monkeypatch.setenv("GRADIO_HEARTBEAT_INTERVAL", "0.5")  # or Gradio notices after 15 seconds
    monkeypatch.setattr(assistant, "ask_stream", endless)
    program = client(url, token(assistant, "ask"))
    program.submit(CONCERT, api_name="/ask")
    assert asked.wait(30)
    program.close()
    assert ended.wait(30), "the model went on for nobody"


def test_a_home_that_cannot_be_read_is_told_in_words(
    assistant: Assistant, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*words: object, **more: object) -> None:
        raise StoreError("the home is damaged")

    monkeypatch.setattr(assistant, "ask_stream", broken)
    with pytest.raises(AppError, match="The home is damaged"):
        client(url, token(assistant, "ask")).predict(CONCERT, api_name="/ask")
