"""A clip is opened again: its pictures go to a model that sees, in time, or nothing changes."""

from __future__ import annotations

import base64
import io
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.assistant import Assistant
from app.core.settings import Settings
from app.models.chat_models import ChosenChat
from app.models.visual_recheck import FRAMES, VISUAL_TOKENS, VisualRecheck
from egogpt.protocols.chat import Message
from egogpt.quota.look import Look
from ingest.decode.decoder import InProcess
from memory.store.store import Store
from memory.types.core import Question
from tests.app.homes import MORNING, Line, remember
from tests.egogpt import tiny_gguf_vl, tiny_models
from tests.egogpt.servers import MODEL, Kind, running
from tests.media import make_video

RED, BLUE = (200, 20, 20), (20, 20, 200)


def painted(colour: tuple[int, int, int]) -> Any:
    return np.full((180, 320, 3), colour, np.uint8)


def colour_seen(body: dict[str, Any]) -> str:
    """What the pictures in the request show: these eyes look at their pixels."""
    parts = body["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    pictures = [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]
    red, _, blue = np.mean([np.asarray(one).mean((0, 1)) for one in pictures], axis=0)
    return f"The wall is {'red' if red > blue else 'blue'}."


@pytest.fixture(scope="module")
def film_of_walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("film") / "walls.mp4"
    return make_video(place, [painted(RED), painted(BLUE)], seconds=60.0, fps=1)


@pytest.fixture
def home(tmp_path: Path, film_of_walls: Path) -> Path:
    film = Path(shutil.copy(film_of_walls, tmp_path))
    store = Store.open(tmp_path / "home")
    lines = [Line("I stand near a wall with a clock."), Line("I touch a wall beside a door.")]
    remember(store, "walls", MORNING, lines, film)
    store.close()
    return tmp_path / "home"


@pytest.fixture
def eyes() -> Iterator[tuple[Kind, str]]:
    kind = Kind("ollama", sees=True, reply=colour_seen)
    with running(kind) as url:
        yield kind, f"openai:{MODEL}@{url}"


def opened(home: Path, name: str | None) -> Assistant:
    return Assistant.open(Settings(home, weights=home / "none", look=name))


def test_the_pictures_of_the_clip_settle_what_its_caption_does_not(
    home: Path, eyes: tuple[Kind, str]
) -> None:
    kind, name = eyes
    butler = opened(home, name)
    try:
        assert "stays on this machine" in butler.preset_note
        answer = butler.ask("What colour was the wall beside the door?")
        assert not answer.abstained
        assert "The wall is blue." in answer.text
        assert "I looked at one moment of the recording again" in answer.text
        assert "red" not in answer.text
        first = answer.citations[answer.sentences[0].citations[0]]
        assert first.quote.startswith("Seen again: ")
        assert first.span.start == MORNING + 30
        told = "".join(str(piece) for piece in butler.ask_stream("What colour was the wall?"))
        assert "The wall is" in told
    finally:
        butler.close()
    assert len(kind.asked) == 2  # pictures that nobody needs are not shown
    content = kind.asked[0]["messages"][-1]["content"]
    assert 4 <= len(content) - 1 <= FRAMES
    assert content[-1]["text"] == "Question: What colour was the wall beside the door?"


def test_a_model_in_this_process_looks_at_the_pictures_of_each_clip(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.models.visual_recheck._TOKENS", 12)
    butler = opened(home, f"gguf-vl:{tiny_gguf_vl.save(tmp_path / 'tiny')}?side=224")
    clips = [clip.id for clip in butler.store.recordings.clips(butler.store.recordings.all()[0].id)]
    try:
        assert butler.by_choice.look is not None
        found = dict(butler.by_choice.look(clips, "What colour is the wall?"))
        assert list(found) == clips
        assert len({*found.values(), ""}) == 3, "walls of two colours, two answers"
    finally:
        butler.close()


def test_nobody_looks_where_no_model_was_chosen_for_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EGOBUTLER_LOOK", raising=False)
    butler = opened(home, None)
    answer = butler.ask("What colour was the wall beside the door?")
    assert "looked" not in answer.text
    butler.close()


@pytest.mark.parametrize("spoiled", ["file", "server", "blind", "damage"])
def test_what_goes_wrong_costs_the_look_and_not_the_answer(
    spoiled: str, home: Path, eyes: tuple[Kind, str]
) -> None:
    kind, name = eyes
    film = home.parent / "walls.mp4"
    if spoiled == "file":
        film.unlink()
    if spoiled == "damage":
        film.write_bytes(b"\0" * film.stat().st_size)
    if spoiled == "server":
        name = "openai:m@http://127.0.0.1:9/v1"
    if spoiled == "blind":
        kind.sees = False
        kind.reply = lambda body: "The wall is green."
    butler, plain = opened(home, name), opened(home, None)
    try:
        question = Question("What colour was the wall beside the door?", MORNING + 9000)
        assert butler.ask(question.text).text == plain.ask(question.text).text
    finally:
        butler.close()
        plain.close()


class Red:
    """A model that shares tokens out and sees red; ``given`` is what it was asked with."""

    name, context_tokens, sees, hears = "red", 4096, True, False

    def __init__(self) -> None:
        self.given: list[tuple[int, Look]] = []

    def sampled(self, seconds: float) -> int:
        return 32

    def complete(self, messages: list[Message], **_: Any) -> str:
        return "".join(self.stream(messages))

    def stream(
        self,
        messages: list[Message],
        *,
        max_tokens: int = 1,
        stop: tuple[str, ...] = (),
        look: Look | None = None,
    ) -> Iterator[str]:
        assert look is not None
        self.given.append((len(messages[-1].frames), look))
        yield "The wall is red."

    def yes_probability(self, messages: list[Message]) -> float:
        return 0.5


def test_a_look_ends_in_time_and_a_second_does_not_wait_for_the_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    butler = opened(home, None)
    chosen, loads, go_on = ChosenChat("red", butler.brains), list[Red](), threading.Event()

    def loaded() -> Red:
        loads.append(Red())
        assert go_on.wait(60)
        return loads[-1]

    monkeypatch.setattr(chosen, "get", loaded)
    looker = VisualRecheck(butler.store, chosen, InProcess(), seconds=0.4)
    clips = [clip.id for clip in butler.store.recordings.clips(butler.store.recordings.all()[0].id)]
    try:
        for _ in range(2):
            begun = time.monotonic()
            assert not list(looker(clips, "What colour is the wall?"))
            assert time.monotonic() - begun < 1.8
        assert len(loads) == 1
    finally:
        go_on.set()
        for left in [one for one in threading.enumerate() if one.name == "look"]:
            left.join(60)
        looker.close()
        butler.close()


def test_a_model_that_shares_tokens_out_gets_more_frames_and_what_is_known_of_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    butler = opened(home, None)
    chosen = ChosenChat("red", butler.brains)
    red = Red()
    monkeypatch.setattr(chosen, "get", lambda: red)
    looker = VisualRecheck(butler.store, chosen, InProcess())
    (first, *_) = butler.store.recordings.clips(butler.store.recordings.all()[0].id)
    try:
        for _ in range(3):  # one that is left after the first clip is in nobody's way
            begun = time.monotonic()
            left = looker([first.id] * 5, "What colour?")
            assert next(left) == (first.id, "The wall is red.")
            left.close()
            assert time.monotonic() - begun < 4
        red.given.clear()
        told = looker([first.id, "unknown"], "What colour?")
        assert list(told) == [(first.id, "The wall is red.")]
    finally:
        looker.close()
        butler.close()
    ((shown, look),) = red.given
    assert FRAMES < shown <= 32
    assert (look.question, look.frames, look.at_most) == ("What colour?", FRAMES, VISUAL_TOKENS)
    assert look.known is not None
    assert look.decouple("Where is my red mug?").objects


def test_a_real_model_is_shown_more_frames_at_the_cost_of_eight_and_it_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    butler = opened(home, None)
    folder = tiny_models.save("qwen2.5-vl", tmp_path / "tiny")
    chosen = ChosenChat(f"qwen-vl:{folder}", butler.brains)
    monkeypatch.setattr("app.models.visual_recheck._TOKENS", 4)
    looker = VisualRecheck(butler.store, chosen, InProcess(), brains=butler.brains)
    (first, *_) = butler.store.recordings.clips(butler.store.recordings.all()[0].id)
    try:
        assert len(list(looker([first.id], "What colour is the wall?"))) <= 1
        (look,) = looker.take_looks()
        assert looker.take_looks() == ()
    finally:
        looker.close()
        butler.close()
    assert (look.clip, look.quota_off) == (first.id, "")
    assert look.frames > FRAMES
    assert 0 < look.passes <= 8
    assert sum(look.tokens) <= look.stock_tokens
    assert "tokens of" in look.text
