"""A text is read once and asked about many times, as if it had been read anew each time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from egogpt.long_context.long_reader import CHUNK, STOCK, LongReader, longest_of, token_bytes
from egogpt.protocols.chat import PromptTooLong
from egogpt.runtime.generation import Loaded, TokenStreamer, generated
from kernels.base.method import Method
from kernels.registry import METHODS, create
from tests.egogpt import tiny_long

SPARSE = create("quest", window=32, tokens=320)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return tiny_long.ready(tiny_long.save(tmp_path_factory.mktemp("long") / "model"))


class Forwards:
    """Counts the tokens of every forward pass of a model."""

    def __init__(self, model: Any) -> None:
        self.lengths: list[int] = []
        self._hook = model.register_forward_pre_hook(self._see, with_kwargs=True)

    def _see(self, model: Any, args: Any, options: dict[str, Any]) -> None:
        self.lengths.append(int(options["input_ids"].shape[1]))

    def __enter__(self) -> Forwards:
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


def text(count: int, seed: int = 0) -> list[int]:
    noise = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count,), generator=noise).tolist()


def ask(reader: LongReader, question: list[int], max_tokens: int = 12) -> str:
    pieces = TokenStreamer(())
    return "".join(pieces.from_thread(lambda: reader.follow(pieces, question, max_tokens)))


def next_scores(reader: LongReader, question: list[int]) -> torch.Tensor:
    """What the model expects behind the text and the question; the text alone is kept."""
    with torch.inference_mode(), reader._attending():
        length = len(reader.tokens)
        found = reader._ready.model(
            input_ids=torch.tensor([question]), cache=reader._open(length), use_cache=True
        )
        reader._crop(length)
    scores: torch.Tensor = found.logits[0, -1]
    return scores


def test_chunks_fit_every_methods_blocks_of_queries() -> None:
    assert not [name for name in METHODS if CHUNK % create(name).query_block]


def test_each_token_of_a_text_goes_through_the_model_once(ready: Loaded) -> None:
    reader = LongReader(ready, "dense", chunk=128)
    told: list[tuple[int, int]] = []
    with Forwards(ready.model) as seen:
        assert reader.read(text(300), lambda done, of: told.append((done, of))) == 300
    assert seen.lengths == [128, 128, 44]
    assert told == [(128, 300), (256, 300), (300, 300)]
    with Forwards(ready.model) as seen:
        first = ask(reader, text(9, 1))
        assert reader.read(text(300)) == 0
        second = ask(reader, text(9, 2))
    assert seen.lengths[0] == 9
    assert max(seen.lengths) == 9
    assert first != second
    assert list(reader.tokens) == text(300)


@pytest.mark.parametrize("method", ["dense", STOCK])
def test_a_kept_text_is_answered_as_one_that_is_read_whole(ready: Loaded, method: str) -> None:
    reader = LongReader(ready, method, chunk=128)
    reader.read(text(300))
    for seed in (1, 2, 1):
        question = text(9, seed)
        whole = torch.tensor([[*text(300), *question]])
        inputs = {"input_ids": whole, "attention_mask": torch.ones_like(whole)}
        assert ask(reader, question) == generated(ready, inputs, 12, ())[0].strip()


def test_unless_told_it_reads_by_the_default_attention(
    ready: Loaded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path))
    sparse = create("spread", tokens=160, sinks=16, window=64)
    monkeypatch.setattr("egogpt.attention.chosen_method.default_attention", lambda model: sparse)
    default, told, dense = LongReader(ready), LongReader(ready, sparse), LongReader(ready, "dense")
    for reader in (default, told, dense):
        reader.read(text(700))
    assert torch.equal(next_scores(default, [5]), next_scores(told, [5]))
    assert not torch.equal(next_scores(default, [5]), next_scores(dense, [5]))


def test_after_a_question_only_the_text_is_kept(ready: Loaded) -> None:
    reader = LongReader(ready, "quest", chunk=128)
    reader.read(text(300))
    before = next_scores(reader, [5])
    ask(reader, text(40, 1), 30)
    assert reader._cache.get_seq_length() == 300
    assert reader.bytes == 300 * token_bytes(ready.model) == 300 * 2 * 2 * 2 * 16 * 4
    assert torch.equal(next_scores(reader, [5]), before)


@settings(max_examples=10)
@given(
    st.integers(0, 400),
    st.integers(0, 400),
    st.integers(1, 400),
    st.sampled_from([SPARSE, "dense"]),
)
def test_a_text_that_changes_is_read_as_if_nothing_had_been_kept(
    ready: Loaded, same: int, old: int, new: int, method: str | Method
) -> None:
    reader, fresh = (LongReader(ready, method, chunk=128) for _ in range(2))
    if same + old:
        reader.read([*text(same), *text(old, 1)])
    after = [*text(same), *text(new, 2)]
    read = reader.read(after)
    fresh.read(after)
    assert read <= new + 128 + same % 128
    assert reader.tokens == fresh.tokens == tuple(after)
    torch.testing.assert_close(
        next_scores(reader, [7]), next_scores(fresh, [7]), atol=1e-4, rtol=1e-4
    )


def test_a_text_of_which_nothing_is_the_same_takes_the_others_place(ready: Loaded) -> None:
    reader = LongReader(ready, "dense", chunk=128)
    reader.read(text(300))
    old = reader._cache
    assert reader.read(text(200, 1)) == 200
    assert reader._cache is not old
    assert reader._cache.get_seq_length() == 200


def test_reading_ends_between_chunks_and_goes_on_where_it_ended(ready: Loaded) -> None:
    reader = LongReader(ready, "dense", chunk=128)
    over = threading.Event()
    assert reader.read(text(400), lambda done, _: over.set() if done >= 256 else None, over) == 256
    assert len(reader.tokens) == 256
    assert reader.read(text(400)) == 144


def test_what_is_longer_than_the_models_positions_is_refused(ready: Loaded) -> None:
    assert longest_of(ready.model) == 4096
    reader = LongReader(ready, "dense", longest=320, chunk=128)
    with pytest.raises(PromptTooLong, match=r"321 tokens.* at most 320"):
        reader.read(text(321))
    assert reader.tokens == ()
    reader.read(text(300))
    with pytest.raises(PromptTooLong, match="at most 320"):
        reader.follow(TokenStreamer(()), text(9), 12)
    assert len(reader.tokens) == 300
    assert ask(reader, text(8), 12)


def test_what_is_longer_than_the_model_was_trained_on_is_renumbered(tmp_path: Path) -> None:
    short = tiny_long.ready(tiny_long.save(tmp_path, longest=512))
    sparse = create("spread", sinks=16, window=64, query_block=128, tokens=512, each_below=8)
    reader = LongReader(short, sparse, chunk=128, times=3)
    assert (reader.trained, reader.longest) == (512, 1536)
    plain = LongReader(short, STOCK)
    for fitting in (reader, plain):
        fitting.read(text(400))
    torch.testing.assert_close(
        next_scores(reader, [5]), next_scores(plain, [5]), atol=1e-3, rtol=1e-3
    )
    assert reader.manner == reader.method
    assert reader.read(text(1200)) == 1200 - 384
    assert reader.manner == f"{reader.method}, renumbered beyond 512 tokens"
    native = LongReader(short, sparse, chunk=128, longest=1536)
    native.read(text(1200))
    assert not torch.allclose(next_scores(reader, [5]), next_scores(native, [5]), atol=1e-2)
    assert ask(reader, text(9, 1))
    with pytest.raises(PromptTooLong, match="at most 1536"):
        reader.read(text(1537))
    dense = LongReader(short, "dense", times=3)
    assert dense.longest == 512
    assert "reads all of a text" in dense.why_no_further


def test_a_failure_in_the_middle_keeps_nothing(ready: Loaded) -> None:
    reader = LongReader(ready, "dense", chunk=128)
    layer = ready.model.model.layers[1]
    hook = layer.register_forward_pre_hook(_full)
    try:
        with pytest.raises(MemoryError):
            reader.read(text(300))
    finally:
        hook.remove()
    assert reader.tokens == ()
    assert reader.read(text(300)) == 300


def _full(*_: Any) -> None:
    raise MemoryError


def test_the_model_attends_as_before_once_the_text_is_read(ready: Loaded) -> None:
    LongReader(ready, "quest").read(text(10))
    assert ready.model.config._attn_implementation == "sdpa"
