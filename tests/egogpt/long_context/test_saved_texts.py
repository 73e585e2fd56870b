"""A day that was read stays read: in files, beyond the memory, and beside a model that sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from egogpt.long_context.long_chat import LongChat
from egogpt.long_context.protocol import LongPrompt
from egogpt.protocols.chat import Message
from egogpt.registry import load_chat
from egogpt.vlm.base import VisionLanguageModel
from egogpt.weights.store import WeightStore
from memory.types.core import Frame
from tests.egogpt import tiny_long, tiny_models

WEIGHTS = WeightStore(Path("no-weights"))
SYSTEM = (Message("system", "Answer from the notes."),)
LINES = tuple(f"[10:{minute:02}] I hold a cup and spoon {minute}.\n" for minute in range(40))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_long.save(tmp_path_factory.mktemp("long") / "model")


def ask(chat: LongChat, lines: tuple[str, ...] = LINES) -> tuple[str, int]:
    """The reply, and how many tokens had to be read for it."""
    prompt = LongPrompt(SYSTEM, lines, "What do I hold?")
    reply = chat.complete(prompt, about="a day", max_tokens=9)
    assert chat.report is not None
    return reply, chat.report.new_tokens


@pytest.mark.parametrize("memory", [1 << 30, 500_000])
def test_what_was_read_is_there_after_a_restart(folder: Path, tmp_path: Path, memory: int) -> None:
    def started() -> LongChat:
        chat = LongChat.load(str(folder), WEIGHTS, method="dense", folder=tmp_path / "kept")
        chat._kept_bytes = memory
        return chat

    first, read = ask(chat := started())
    assert read > 1024
    assert all((reader.room is None) == (memory > 1 << 29) for reader in chat._readers.values())
    assert chat.cached_texts == ("a day",)
    assert ask(started()) == (first, 0)
    changed = (*LINES[:30], "[10:30] I put it down.\n", *LINES[31:])
    plain = LongChat.load(str(folder), WEIGHTS, method="dense")
    again, reread = ask(started(), changed)
    assert again == ask(plain, changed)[0]
    assert 0 < reread < read / 2
    states = next((tmp_path / "kept").rglob("*.safetensors"))
    content = states.read_bytes()
    states.write_bytes(content[:20_000] + bytes(40) + content[20_040:])
    assert ask(started(), changed) == (again, plain.report.new_tokens)  # type: ignore[union-attr]
    started().forget()
    assert not list((tmp_path / "kept").rglob("*.safetensors"))
    assert ask(started(), changed)[1] == plain.report.new_tokens  # type: ignore[union-attr]


def test_what_was_saved_longest_ago_makes_room(folder: Path, tmp_path: Path) -> None:
    chat = LongChat.load(str(folder), WEIGHTS, method="dense", folder=tmp_path)
    assert chat._saved is not None
    object.__setattr__(chat._saved, "most_bytes", 1_700_000)
    for about in ("one", "two", "three"):
        chat.complete(LongPrompt(SYSTEM, LINES, "What?"), about=about, max_tokens=2)
    assert 0 < len(list(tmp_path.rglob("cache.json"))) < 3
    object.__setattr__(chat._saved, "most_bytes", 1000)
    chat.complete(LongPrompt(SYSTEM, LINES, "What?"), about="four", max_tokens=2)
    assert len(list(tmp_path.rglob("cache.json"))) == 1


@pytest.mark.parametrize(
    ("which", "documents"),
    [("qwen2.5-vl", "anchor"), ("egogpt", "joined")],
)
def test_a_model_that_sees_reads_with_the_same_weights(
    which: str, documents: str, tmp_path: Path
) -> None:
    name = f"{tiny_models.KINDS[which]}:{tiny_models.save(which, tmp_path / which)}"
    model = load_chat(name, WEIGHTS)
    assert isinstance(model, VisionLanguageModel)
    chat = LongChat.load(f"{name}?method=dense&documents={documents}", WEIGHTS, shared=model.shared)
    first, read = ask(chat)
    assert first
    assert read > 1024
    shown = np.random.default_rng(0).integers(0, 256, (2, 48, 64, 3), dtype=np.uint8)
    frames = tuple(Frame(float(n), image) for n, image in enumerate(shown))
    seen = model.complete([Message("user", "What is this?", frames)], max_tokens=5)
    assert ask(chat) == (first, 0)  # whatever pictures it was shown in between
    assert model.complete([Message("user", "What is this?", frames)], max_tokens=5) == seen
    chat.close()
    assert model.is_loaded
    ask(chat)
    model.close()
    assert chat.cached_texts == ()
