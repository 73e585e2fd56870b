"""The heads that look far are found before the first long text, once, and can be done without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from egogpt.attention.retrieval_heads import BY_HEADS, EVERY, LENGTH, PROMPTS, load_heads
from egogpt.llm.transformers_models import load_local_model
from egogpt.long_context import head_losses
from egogpt.long_context import head_study as long_heads
from egogpt.long_context.long_chat import LongChat
from egogpt.long_context.protocol import LongPrompt
from egogpt.protocols.chat import Message, PromptTooLong
from egogpt.runtime.generation import TokenStreamer
from egogpt.weights.store import WeightStore
from kernels.methods.duo_attention import Duo
from kernels.methods.mean_range import Spread
from tests.egogpt import tiny_long
from tests.egogpt.tiny_long import NO_WEIGHTS

SYSTEM = (Message("system", "Answer from the notes."),)
LINES = tuple(f"[10:{minute:02}] I hold a cup and a spoon.\n" for minute in range(20))
LONG, SHORT = LongPrompt(SYSTEM, LINES, "What?"), LongPrompt(SYSTEM, LINES[:2], "What?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_long.save(tmp_path_factory.mktemp("long") / "model", longest=8192)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path / "heads"))
    monkeypatch.setattr(long_heads, "DENSE_BELOW", 400)
    monkeypatch.setattr(head_losses, "LENGTH", 1600)
    monkeypatch.setattr(long_heads, "TOKENS", LENGTH * PROMPTS + 1600)
    return tmp_path / "heads"


@pytest.fixture
def chat(folder: Path, kept: Path) -> Iterator[LongChat]:
    found = LongChat.load(str(folder), WeightStore(Path("no-weights")))
    yield found
    found.close()


def methods(chat: LongChat) -> list[type]:
    return [type(reader._method) for reader in chat._readers.values()]


def test_they_are_found_before_the_first_long_text_and_never_again(
    chat: LongChat, kept: Path
) -> None:
    told: list[tuple[int, int]] = []
    chat.told = lambda done, of: told.append((done, of))
    chat.complete(SHORT, about="an hour", max_tokens=2)
    assert methods(chat) == [Spread]
    assert not kept.exists()
    told.clear()
    chat.complete(LONG, about="a day", max_tokens=2)
    found = load_heads(chat._held.ready().model)
    assert set(found.losses) == {BY_HEADS, EVERY}
    assert methods(chat) == [Duo if found.pay else Spread]
    assert [done for done, _ in told[:PROMPTS]] == [1000 * number for number in range(PROMPTS)]
    assert len({of for _, of in told}) == 1, "the whole is known from the start"
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    told.clear()
    chat.complete(LONG, about="another", max_tokens=2)
    assert told[0][0] == 512, "only the text is read"


def test_whoever_stops_waiting_stops_the_search(chat: LongChat, kept: Path) -> None:
    pieces = TokenStreamer(())
    chat.told = lambda done, of: pieces.over.set()
    chat.into(pieces, LONG, "a day", 2)
    assert not kept.exists()
    assert chat._readers["a day"].tokens == ()


def test_where_they_cannot_be_kept_every_head_looks(
    chat: LongChat, kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept.write_text("a file where a folder should be")
    assert chat.complete(LONG, about="a day", max_tokens=2)
    assert methods(chat) == [Spread]
    assert "every head looks" in caplog.text
    told: list[tuple[int, int]] = []
    chat.told = lambda done, of: told.append((done, of))
    chat.complete(LONG, about="another", max_tokens=2)
    assert told[0][0] == 512, "it is not searched for in vain again"


def test_a_text_that_is_too_long_is_refused_at_once(folder: Path, kept: Path) -> None:
    chat = LongChat("tiny", lambda: load_local_model(str(folder), NO_WEIGHTS), longest=500)
    with pytest.raises(PromptTooLong):
        chat.complete(LONG, about="a day", max_tokens=2)
    assert not kept.exists()
    chat.close()


def test_what_a_model_that_reads_little_loses_is_not_measured(tmp_path: Path) -> None:
    ready = tiny_long.ready(tiny_long.save(tmp_path / "short", longest=2048))
    found = long_heads.measure_head_losses(ready.model, ready.tokenizer)
    assert found.losses == {}
    assert not found.pay
