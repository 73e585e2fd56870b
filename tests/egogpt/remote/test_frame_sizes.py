"""Tokens shared out by servers: each frame arrives at the size that pays for its own."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import QuotaOption
from egogpt.quota.frame_sources import Stock
from egogpt.quota.look import Look
from egogpt.quota.query import Query
from egogpt.remote.address import parse
from egogpt.remote.model import RemoteModel
from egogpt.vlm.frame_sizes import FrameSizes
from memory.types.core import Clip, Frame, Observation, Span
from tests.egogpt.servers import MODEL, Kind, running


def clip_of(count: int, different: int) -> Observation:
    """A clip that stands still but for one of its frames."""
    room, other = (
        np.random.default_rng(n).integers(0, 256, (450, 800, 3), np.uint8) for n in (7, 8)
    )
    frames = tuple(Frame(float(n), other if n == different else room) for n in range(count))
    return Observation(Clip("c", "r", Span(0.0, 30.0)), (), (), frames)


def sizes_of(body: dict[str, Any]) -> list[tuple[int, int]]:
    """Width and height of the pictures that arrived with a request."""
    parts = [part for turn in body["messages"] for part in turn["content"] if "image_url" in part]
    urls = [part["image_url"]["url"].partition(",")[2] for part in parts]
    return [Image.open(io.BytesIO(base64.b64decode(url))).size for url in urls]


@pytest.mark.parametrize(
    ("name", "option", "unit", "least"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "", 28, 4),
        ("qwen3-vl:8b", "", 32, 64),
        (MODEL, "?patch=16", 16, 1),
    ],
)
def test_frames_of_a_caption_arrive_at_sizes_of_their_own_at_the_usual_cost(
    name: str, option: str, unit: int, least: int
) -> None:
    server = Kind("vllm", name, sees=True, reply=lambda body: "A red wall.")
    with running(server) as url:
        remote = RemoteModel(parse(f"openai:{name}@{url}{option}"), pause=0.01)
        assert remote.frames == 32
        assert remote.caption(clip_of(32, 31)) == "A red wall."
    (look,) = remote.looks
    sizes = sizes_of(server.asked[0])
    assert all(side % unit == 0 for size in sizes for side in size)
    tokens = [width * height // unit**2 for width, height in sizes]
    assert tokens == list(look.tokens)
    assert len(tokens) > 8
    assert max(tokens) > 1.5 * min(tokens) >= 1.5 * least
    assert 0.8 * look.stock_tokens < sum(tokens) <= look.stock_tokens
    assert look.stock_tokens == 8 * round(768 / unit) * round(432 / unit)
    assert "quota=auto" in remote.version


@pytest.mark.parametrize("least", [1, 64])
def test_no_frame_is_sent_at_less_than_a_model_makes_of_the_smallest(least: int) -> None:
    sizes = FrameSizes(QuotaOption.parse("0.3"), 32, Stock(8, 768), "", least)
    _, _, look = sizes.of_caption(clip_of(32, 31))
    assert look.quota_off == ""
    assert (min(filter(None, look.tokens)) < 64) == (least < 64)


@pytest.mark.parametrize(
    ("name", "option", "why"),
    [
        (MODEL, "", "not known how this model .*patch=28"),
        ("gemma3:4b", "", "same tokens"),
        ("qwen2.5vl:7b", "?patch=0", "same tokens"),
        ("qwen2.5vl:7b", "?quota=off", "name says so"),
    ],
)
def test_what_gains_nothing_by_sizes_is_sent_the_usual_frames_and_says_why(
    name: str, option: str, why: str
) -> None:
    server = Kind("ollama", name, sees=True, reply=lambda body: "A red wall.")
    with running(server) as url:
        remote = RemoteModel(parse(f"openai:{name}@{url}{option}"), pause=0.01)
        remote.caption(clip_of(10, 3))
    assert sizes_of(server.asked[0]) == [(768, 432)] * 8
    assert re.search(why, remote.looks[0].quota_off)
    assert (remote.frames, remote.version) == (8, "1")


@pytest.mark.parametrize(("name", "passes"), [("qwen2.5vl:7b", 8), ("qwen2.5vl:72b-cloud", 0)])
def test_a_look_asks_a_server_on_this_machine_about_eight_frames_and_no_other(
    name: str, passes: int
) -> None:
    class Known:
        name = "known"

        def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
            return np.array([float(frame.at == 9.0) for frame in frames])

    def reply(body: dict[str, Any]) -> str:
        return "Yes." if len(server.asked) == 3 else "No."

    server = Kind("ollama", name, sees=True, odds=False, reply=reply)
    look = Look("Where is the red cup?", frames=8, at_most=2048, known=Known())
    with running(server) as url:
        remote = RemoteModel(parse(f"openai:{name}@{url}"), pause=0.01)
        remote._without.add("logprob")
        assert "".join(remote.stream([Message("user", "?", clip_of(16, 9).frames)], look=look))
    *asked, last = server.asked
    assert [len(sizes_of(body)) for body in asked] == [1] * passes
    (shown,) = remote.looks
    assert shown.passes == passes
    assert [width * height / 784 for width, height in sizes_of(last)] == list(shown.tokens)
    assert max(shown.tokens) > 2 * min(shown.tokens)
    assert sum(shown.tokens) <= 2048
