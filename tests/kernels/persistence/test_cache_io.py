"""A saved cache is what it was, or says in words why it is not."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from torch import Tensor
from transformers import DynamicCache

from kernels.base import block_summaries as summaries
from kernels.base.summary_kinds import bounds
from kernels.cache.paged_cache import paged_cache
from kernels.engine.sparse_attention import attend
from kernels.methods.quest import Quest
from kernels.offload import mapped_file as mapped
from kernels.offload.offload import Offload
from kernels.persistence import summary_state as saved_summaries
from kernels.persistence.cache_io import NAME, CannotSave, load, save
from kernels.persistence.manifest import CacheFileError, ForeignCache
from kernels.registry import using
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import close

QUEST = Quest(tokens=256, sinks=16, window=48)


def filled(
    count: int, layers: int = 2, dtype: torch.dtype = torch.float32, rows: int = 1, **options: Any
) -> Any:
    cache, noise = paged_cache(**options), torch.Generator().manual_seed(count)
    for layer in range(layers):
        cache.update(
            *(torch.randn(rows, 2, count, 32, generator=noise).to(dtype) for _ in "kv"), layer
        )
    return cache


def same(one: Any, other: Any) -> None:
    assert len(one.layers) == len(other.layers)
    for mine, theirs in zip(one.layers, other.layers):
        assert torch.equal(mine.keys, theirs.keys)
        assert torch.equal(mine.values, theirs.values)


def states_of(folder: Path) -> Path:
    (path,) = folder.glob("states-*")
    return path


@settings(max_examples=8)
@given(
    count=st.integers(1, 300), layers=st.integers(1, 3), rows=st.integers(1, 2),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float16]),
    spare=st.integers(0, 800), into=st.sampled_from([None, torch.device("cpu")]),
)  # fmt: skip
def test_what_is_loaded_is_what_was_saved_and_goes_on(
    count: int, layers: int, rows: int, dtype: torch.dtype, spare: int, into: Any, tmp_path: Path
) -> None:
    cache = filled(count, layers, dtype, rows)
    save(cache, tmp_path, model="m", spare=spare)
    saved = load(tmp_path, model="m", into=into, check=True)
    same(saved.cache, cache)
    before = states_of(tmp_path).read_bytes()
    for one in (saved.cache, cache):
        for layer in range(layers):
            one.update(*(torch.ones(rows, 2, 1500, 32, dtype=dtype) for _ in "kv"), layer)
            one.layers[layer].crop(-1490)
    same(saved.cache, cache)
    assert states_of(tmp_path).read_bytes() == before


def test_the_file_is_one_that_others_read_too(tmp_path: Path) -> None:
    cache = filled(70, dtype=torch.bfloat16)
    save(cache, tmp_path, model="m")
    with safe_open(states_of(tmp_path), "pt") as file:
        assert torch.equal(file.get_tensor("1.values")[:, :, :70], cache.layers[1].values)


def test_the_room_behind_the_text_takes_no_space_and_a_question_copies_nothing(
    tmp_path: Path,
) -> None:
    save(filled(100), tmp_path, model="m", spare=200_000)
    status = states_of(tmp_path).stat()
    assert status.st_size > 200_000 * 2 * 32 * 4 * 4
    assert status.st_blocks * 512 < status.st_size / 100
    cache = load(tmp_path, model="m").cache
    before = cache.layers[0].keys.data_ptr()
    cache.update(torch.ones(1, 2, 150_000, 32), torch.ones(1, 2, 150_000, 32), 0)
    assert cache.layers[0].keys.data_ptr() == before


def test_a_day_is_asked_about_tomorrow(tmp_path: Path) -> None:
    model = causal_model()
    day, question = prompt(40)[0], prompt(6)[0]
    with torch.inference_mode(), using(model, "quest"):
        cache = paged_cache(model.config)
        model(day, cache=cache)
        save(cache, tmp_path, model="tiny", tokens=day)
        expected = model(question, cache=cache).logits
        for _ in range(2):
            saved = load(tmp_path, model="tiny", config=model.config, tokens=day)
            assert torch.equal(model(question, cache=saved.cache).logits, expected)


def test_a_stock_cache_can_be_saved_as_well(tmp_path: Path) -> None:
    stock = DynamicCache()
    for layer in range(2):
        stock.update(torch.randn(2, 3, 9, 8), torch.randn(2, 3, 9, 4), layer)
    save(stock, tmp_path, model="m")
    same(load(tmp_path, model="m").cache, stock)


def test_summaries_come_back_and_are_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = filled(500, layers=1)
    query = torch.randn(1, 4, 1, 32)
    new = [torch.ones(1, 2, 1, 32) for _ in "kv"]

    def asked(one: Any) -> Tensor:
        keys, values = one.update(*new, 0)
        return attend(QUEST, query, keys, values, 0.2, 0, keys.pages)

    asked(cache)
    cache.crop(-1)
    cache.layers[0].pages.part(slice(0, 1), slice(1, 2)).summary(bounds, 8, 400)
    about = save(cache, tmp_path, model="m")
    assert len(about.summaries) == 2
    made: list[int] = []
    append = summaries._Summary.append
    loaded = load(tmp_path, model="m", check=True).cache
    monkeypatch.setattr(
        summaries._Summary, "append", lambda self, x: (made.append(x.shape[2]), append(self, x))
    )
    assert torch.equal(asked(loaded), asked(cache))
    loaded.layers[0].pages.part(slice(0, 1), slice(1, 2)).summary(bounds, 8, 400)
    assert made == []


def test_a_summary_that_is_made_otherwise_now_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = filled(64)
    expected = cache.layers[0].pages.summary(bounds, 16, 64)
    save(cache, tmp_path, model="m")
    monkeypatch.setattr(saved_summaries, "recipe_of", lambda kind: "another")
    pages = load(tmp_path, model="m").cache.layers[0].pages
    assert list(pages.known()) == []
    assert torch.equal(pages.summary(bounds, 16, 64), expected)


@pytest.mark.parametrize(
    "kind", ["os:getcwd", "kernels.methods.quest:Quest", "kernels.none:x", "kernels"]
)
def test_a_file_can_name_no_function_but_a_summary(kind: str) -> None:
    assert saved_summaries._kind(kind) is None


def test_it_is_read_within_a_budget_and_a_question_stays_in_memory(tmp_path: Path) -> None:
    try:
        mapped.refuse_memory(tmp_path)
    except mapped.OffloadUnsupported as error:
        pytest.skip(str(error))
    cache = filled(8000)
    save(cache, tmp_path / "day", model="m")
    room = Offload(tmp_path / "kv", budget=1 << 20)
    loaded = load(tmp_path / "day", model="m", room=room).cache
    for step in range(30):
        query = torch.randn(1, 4, 1, 32)
        new = [torch.randn(1, 2, 1, 32) for _ in "kv"]
        answers = []
        for one in (loaded, cache):
            for layer in range(2):
                keys, values = one.update(*new, layer)
                answers.append(attend(QUEST, query, keys, values, 0.2, layer, keys.pages))
                assert room.resident() <= room.budget, step
        assert torch.equal(answers[0], answers[2])
        assert torch.equal(answers[1], answers[3])
    about = save(loaded, tmp_path / "again", model="m")
    assert room.resident() <= room.budget
    assert about.length == 8030
    same(load(tmp_path / "again", model="m", check=True).cache, cache)


def test_more_than_the_spare_room_moves_to_a_file_within_the_budget(tmp_path: Path) -> None:
    try:
        mapped.refuse_memory(tmp_path)
    except mapped.OffloadUnsupported as error:
        pytest.skip(str(error))
    cache = filled(8000)
    save(cache, tmp_path / "day", model="m", spare=0)
    room = Offload(tmp_path / "kv", budget=1 << 20)
    loaded = load(tmp_path / "day", model="m", room=room).cache
    new = [torch.ones(1, 2, 3000, 32) for _ in "kv"]
    for layer in range(2):
        for one in (loaded, cache):
            one.update(*new, layer)
        assert room.resident() <= room.budget
    same(loaded, cache)


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "day"
    save(filled(10), folder, model="m")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in (folder / NAME, states_of(folder)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_model_or_text_is_refused_in_words(tmp_path: Path) -> None:
    ids = prompt(20)[0]
    save(filled(20), tmp_path, model="m", tokens=ids)
    load(tmp_path, model="m", tokens=torch.cat([ids, ids], dim=1))  # the text, and a question
    with pytest.raises(ForeignCache, match="by the model 'm'"):
        load(tmp_path, model="other")
    for other in (ids + 1, ids[:, :19]):
        with pytest.raises(ForeignCache, match=r"another text.*choose the folder"):
            load(tmp_path, model="m", tokens=other)


def test_what_cannot_be_saved_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(CannotSave, match="empty"):
        save(paged_cache(), tmp_path / "none", model="m")
    uneven = filled(5)
    uneven.layers[1].crop(-1)
    with pytest.raises(CannotSave, match="middle of the layers"):
        save(uneven, tmp_path / "none", model="m")
    with pytest.raises(CannotSave, match="only 3 were given"):
        save(filled(5), tmp_path / "none", model="m", tokens=torch.ones(1, 3, dtype=torch.int64))
    from transformers import MistralConfig

    sliding = paged_cache(MistralConfig(num_hidden_layers=1, sliding_window=4))
    sliding.update(torch.ones(1, 2, 9, 4), torch.ones(1, 2, 9, 4), 0)
    with pytest.raises(CannotSave, match="full attention"):
        save(sliding, tmp_path / "none", model="m")
    assert not (tmp_path / "none").exists()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 100)


def header(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(20)
        file.write(b"\0\0\0\0")


def length(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * 8)


def flip(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(5000)
        byte = file.read(1)[0]
        file.seek(5000)
        file.write(bytes([byte ^ 4]))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path) -> None:
    save(filled(3, layers=1), path.parent / "other", model="m")
    os.replace(states_of(path.parent / "other"), path)


@pytest.mark.parametrize("harm", [cut, header, length, flip, empty, swap, Path.unlink])
def test_damaged_states_are_told_with_the_files_name_and_what_to_do(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    save(filled(100), tmp_path, model="m")
    path = states_of(tmp_path)
    harm(path)
    with pytest.raises(CacheFileError, match=rf"{path.name}.*read the text again"):
        load(tmp_path, model="m", check=True)


def older(text: str) -> str:
    found = json.loads(text)
    inner = {name: value for name, value in found.items() if name != "check"} | {"format": 0}
    from kernels.persistence.manifest import _check

    return json.dumps({"check": _check(inner), **inner})


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: text[:-9],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace('"length": 100', '"length": 101'),
        older,
    ],
)
def test_a_damaged_or_foreign_description_is_told_too(
    harm: Callable[[str], str], tmp_path: Path
) -> None:
    save(filled(100), tmp_path, model="m")
    about = tmp_path / NAME
    about.write_text(harm(about.read_text()))
    with pytest.raises(CacheFileError, match=r"cache\.json.*read the text again"):
        load(tmp_path, model="m")
    with pytest.raises(CacheFileError, match=r"holds no saved cache"):
        load(tmp_path / "nothing", model="m")


class Crash(BaseException):
    """The power is gone."""


CALLS = [("fsync", n) for n in range(1, 5)] + [
    ("replace", 1),
    ("unlink", 1),
    ("open", 1),
    ("open", 2),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("call", "nth"), CALLS)
def test_a_crash_at_any_moment_leaves_the_old_or_the_new(
    call: str, nth: int, after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = filled(30), filled(40)
    save(old, tmp_path, model="m")
    real, count = getattr(os, call), [0]

    def crashing(*arguments: Any, **options: Any) -> Any:
        count[0] += 1
        if count[0] == nth and not after:
            raise Crash
        found = real(*arguments, **options)
        if count[0] == nth:
            raise Crash
        return found

    with monkeypatch.context() as patch:
        patch.setattr(os, call, crashing)
        with pytest.raises(Crash):
            save(new, tmp_path, model="m")
    found = load(tmp_path, model="m", check=True)
    same(found.cache, old if found.about.length == 30 else new)
    save(filled(50), tmp_path, model="m")  # and what the crash left is cleared away
    assert load(tmp_path, model="m", check=True).about.length == 50
    assert {p.name for p in tmp_path.iterdir()} == {".lock", NAME, states_of(tmp_path).name}


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_full_disk_leaves_the_old_and_says_so(
    nth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(filled(30), tmp_path, model="m")
    count = [0]
    real = os.fsync

    def full(descriptor: int) -> None:
        count[0] += 1
        if count[0] == nth:
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(CacheFileError, match="No space left"):
            save(filled(40), tmp_path, model="m")
    assert load(tmp_path, model="m", check=True).about.length == 30
    assert len(list(tmp_path.glob("states-*"))) == 1


def test_a_saved_cache_is_mapped_and_not_read(tmp_path: Path) -> None:
    save(filled(60_000, layers=1), tmp_path, model="m")
    cache = load(tmp_path, model="m").cache
    if not Path("/proc/self/smaps").exists():
        pytest.skip("only Linux says how much of a file is held")
    held = 0
    for entry in Path("/proc/self/smaps").read_text().split("VmFlags"):
        if states_of(tmp_path).name in entry:
            held += int(entry.partition("\nRss:")[2].split()[0])
    assert held * 1024 < cache.layers[0].keys.nbytes / 10
    close(cache.layers[0].keys[:, :, 59_999], filled(60_000, layers=1).layers[0].keys[:, :, 59_999])
