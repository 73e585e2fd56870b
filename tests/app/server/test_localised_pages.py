"""The pages in the language of whoever asks, and what Gradio's own addresses answer."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from gradio import component_meta
from gradio.routes import App

from app.assistant import Assistant
from app.server.localised_pages import LocalisedPages, gradio_folder
from tests.app.doors import OURS

FORM = {"Content-Type": "multipart/form-data; boundary=a"}


def test_pages_speak_the_language_of_the_browser(client: TestClient) -> None:
    english = client.get("/").text
    chinese = client.get("/", headers={"Accept-Language": "zh-CN"}).text
    assert "They stay on this computer." in english
    assert "They stay on this computer." not in chinese
    assert client.get("/config").json()["title"] == "EgoButler"
    assert chinese.index('get: () => "zh-CN"') < chinese.index("gradio_config")


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b'{"data": [], "fn_index": 100000, "session_hash": "a"}', 404),
        (b'{"data": [], "fn_index": true, "session_hash": "a"}', 404),
        (b'{"data": [], "fn_index": 0, "session_hash": "../a"}', 404),
    ],
)
def test_an_event_that_the_pages_do_not_have_is_refused(
    client: TestClient, event: bytes, status: int
) -> None:
    sent = client.post("/gradio_api/queue/join", content=event, headers=OURS)
    assert sent.status_code == status


def test_a_broken_upload_is_the_fault_of_whoever_sent_it(client: TestClient) -> None:
    for body in (b'--a\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n--a--', b"x"):
        reply = client.post("/gradio_api/upload", content=body, headers={**FORM, **OURS})
        assert reply.status_code == 400, reply.text


def test_what_is_uploaded_is_read_again_and_nothing_else(client: TestClient) -> None:
    form = {"files": ("walk.txt", b"a photo")}
    path = client.post("/gradio_api/upload", files=form, headers=OURS).json()[0]
    assert client.get(f"/gradio_api/file={path}").content == b"a photo"
    for outside in (f"{path}/../../../../egobutler.sqlite", "/etc/passwd", "/%00", "/http://x"):
        assert client.get(f"/gradio_api/file={outside}").status_code in (400, 404), outside


def test_gradio_writes_no_stubs_at_every_start() -> None:
    component_meta.create_or_modify_pyi(int, "int", [])  # its own looks for the source of a class


@pytest.fixture(scope="module")
def made(empty_home: Assistant) -> tuple[LocalisedPages, list[int]]:
    """Pages in English, and how many components each web app and each description of them had."""
    pages, components = LocalisedPages(empty_home, gradio_folder(empty_home.home)), list[int]()
    described, create = gr.Blocks.get_config_file, App.create_app

    def describe(blocks: gr.Blocks) -> Any:
        config = described(blocks)
        components.append(len(config["components"]))
        return config

    def create_app(blocks: gr.Blocks, **options: Any) -> App:
        components.append(len(blocks.blocks))
        return create(blocks, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gr.Blocks, "get_config_file", describe)
        patch.setattr(App, "create_app", staticmethod(create_app))
        pages.page_app("en")
    return pages, components


def test_gradio_makes_and_describes_one_app_that_is_whole(
    made: tuple[LocalisedPages, list[int]],
) -> None:
    pages, (one, other) = made
    blocks = pages.page_app("en").blocks
    assert one > 100
    assert other > 100
    assert blocks.app.get_blocks() is blocks


def test_events_run_while_the_server_does_and_again_with_the_next(
    made: tuple[LocalisedPages, list[int]],
) -> None:
    pages, _ = made
    queue = pages.page_app("en").blocks._queue

    async def live() -> None:
        async with pages.lifespan():
            pages.page_app("en").start(copy_context())
            await asyncio.sleep(0.1)
            assert not queue.stopped
        assert queue.stopped, "else it looks for events for ever"

    asyncio.run(live())
    asyncio.run(live())
