"""A text with landmarks: which of its parts a reply rests on, with a tiny LLaMA of that kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from egogpt.long_context.landmark_reader import LANDMARK, LandmarkReader
from egogpt.long_context.long_chat import LongChat
from egogpt.long_context.long_reader import LongReader
from egogpt.long_context.model_name import parse_long_name
from egogpt.long_context.protocol import LongPrompt
from egogpt.protocols.chat import Message
from egogpt.protocols.errors import CannotRun
from egogpt.protocols.model_names import UnknownModel
from egogpt.runtime.generation import Loaded, TokenStreamer
from kernels.layers.landmark import decoding
from tests.egogpt import tiny_long


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_long.save_landmark_llama(tmp_path_factory.mktemp("landmark") / "model")


@pytest.fixture(scope="module")
def ready(folder: Path) -> Loaded:
    return tiny_long.ready(folder)


def marked(ready: Loaded, *texts: str) -> list[int]:
    mark = ready.tokenizer.get_vocab()[LANDMARK]
    ids = ready.tokenizer(list(texts), add_special_tokens=False).input_ids
    return [token for part in ids for token in [*part, mark]]


def reply(reader: LongReader, ready: Loaded, question: str) -> str:
    pieces = TokenStreamer(())
    asked = ready.tokenizer(question, add_special_tokens=False).input_ids
    return "".join(pieces.from_thread(lambda: reader.follow(pieces, asked, 8)))


def test_a_text_is_read_in_chunks_as_at_once_and_on_from_what_both_begin_with(
    ready: Loaded,
) -> None:
    text = marked(ready, "head", *(f"line {n} tells something" for n in range(12)))
    whole, pieces = LandmarkReader(ready), LandmarkReader(ready, chunk=16)
    whole.read(text)
    pieces.read(text)
    for one, two in zip(whole.cache.layers, pieces.cache.layers, strict=True):
        torch.testing.assert_close(one.keys, two.keys, atol=1e-4, rtol=1e-3)
    longer = [*text, *marked(ready, "one more line")]
    new = pieces.read(longer)
    assert 0 < new < len(longer) / 2
    assert reply(pieces, ready, "?") == reply(_read(ready, longer), ready, "?")
    assert pieces.method == "landmark"


def _read(ready: Loaded, text: list[int]) -> LandmarkReader:
    reader = LandmarkReader(ready)
    reader.read(text)
    return reader


def draw(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Make a landmark like every query that counts, and all others its opposite."""
    plain = decoding.landmark_attention

    def made(
        query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float,
        marks: torch.Tensor, *more: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
        groups = query.shape[1] // key.shape[1]
        key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
        places = marks.nonzero().flatten()
        key[:, :, places] = -9 * query[:, :, -1:]
        key[:, :, places[block]] = 9 * query[:, :, -1]
        return plain(query, key, value, scale, marks, *more)

    monkeypatch.setattr(decoding, "landmark_attention", made)


@pytest.mark.parametrize("part", [0, 5])
def test_the_part_that_the_reply_attends_to_is_the_one_that_was_opened(
    ready: Loaded, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """The control: a made attention, whose part is told and no other."""
    reader = _read(ready, marked(ready, "head", *(f"line {n}" for n in range(8))))
    draw(monkeypatch, part + 1)
    assert reply(reader, ready, "what?")
    assert reader.opened == (part,)


def test_a_chat_tells_the_pieces_that_its_reply_rests_on(folder: Path, tmp_path: Path) -> None:
    chat = LongChat.load(f"{folder}?method=landmark", tiny_long.NO_WEIGHTS, folder=tmp_path)
    assert chat.cites
    lines = tuple(f"[10:{n:02}] I see number {n}.\n" for n in range(9))
    prompt = LongPrompt((Message("system", "Answer."),), ("<notes>\n", *lines), "Which?")
    assert chat.sizes(("a", "bc")) == [2, 3]  # a landmark each
    first = chat.complete(prompt, about="day", max_tokens=12)
    assert first
    assert chat.report is not None
    assert chat.report.method == "landmark"
    assert 1 <= len(chat.report.opened) <= 3
    assert set(chat.report.opened) <= set(range(9))
    opened = chat.report.opened
    assert chat.complete(prompt, about="day", max_tokens=12) == first
    assert chat.report.opened == opened
    assert chat.report.new_tokens == 0
    chat.close()


def test_a_model_without_landmarks_is_refused_and_the_text_says_why(tmp_path: Path) -> None:
    folder = tiny_long.save(tmp_path / "model")
    chat = LongChat.load(f"{folder}?method=landmark", tiny_long.NO_WEIGHTS)
    with pytest.raises(CannotRun, match=f"no token {LANDMARK}.*trained with landmarks"):
        chat.complete(LongPrompt((), ("line",), "?"))


def test_landmarks_go_with_no_other_way_of_reading() -> None:
    with pytest.raises(UnknownModel, match="leave out documents"):
        parse_long_name("/models/x?method=landmark&documents=anchor")
    assert parse_long_name("/models/x?method=landmark").method == "landmark"
