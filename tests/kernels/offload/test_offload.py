"""What lies in files is read as if it lay in memory, and no more of it is held than is allowed."""

from __future__ import annotations

import copy
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.cache.paged_cache import PagedLayer, paged_cache
from kernels.engine.sparse_attention import attend
from kernels.methods.dense import Dense
from kernels.methods.quest import Quest
from kernels.methods.streaming_window import Window
from kernels.offload import mapped_file as mapped
from kernels.offload.mapped_file import PAGE, KVFileFull, MappedFile
from kernels.offload.offload import BudgetTooSmall, NotOffloaded, Offload
from kernels.registry import using
from tests.forks import forked
from tests.kernels.models import causal_model, prompt
from tests.kernels.shapes import close, one_of_each

pytestmark = pytest.mark.skipif(
    not hasattr(os, "posix_fadvise"), reason="only Linux lets go of a file's pages when told"
)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    try:
        mapped.refuse_memory(tmp_path)
    except mapped.OffloadUnsupported as error:
        pytest.skip(str(error))
    return tmp_path


def states(count: int, heads: int = 2, size: int = 32, seed: int = 0) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    keys, values = (torch.randn(1, heads, count, size, generator=noise) for _ in range(2))
    return keys, values


def query_of(count: int = 1, heads: int = 4, size: int = 32, seed: int = 9) -> Tensor:
    return torch.randn(1, heads, count, size, generator=torch.Generator().manual_seed(seed))


def answer(
    cache: Any, layer: int, method: Method, query: Tensor, new: tuple[Tensor, Tensor]
) -> Any:
    keys, values = cache.update(*new, layer)
    return attend(method, query, keys, values, 0.2, layer, keys.pages)


QUEST = Quest(tokens=256, sinks=16, window=48)
METHODS_OF_A_DAY = [QUEST, Window(sinks=4, window=100), Dense()]


@pytest.mark.parametrize("method", METHODS_OF_A_DAY, ids=lambda method: method.name)
def test_the_budget_holds_at_every_step_and_the_answer_is_as_from_memory(
    method: Method, disk: Path
) -> None:
    room = Offload(disk, 3 << 18)
    cache, stock = paged_cache(room=room), paged_cache()
    for chunk in range(3):
        for layer in range(2):
            new, query = states(1500, seed=10 * chunk + layer), query_of(200, seed=chunk)
            got, expected = (answer(one, layer, method, query, new) for one in (cache, stock))
            close(got, expected, 1e-5 if method.name == "dense" else 0)
            assert room.resident() <= room.budget
    for step in range(10):
        for layer in range(2):
            new, query = states(1, seed=1000 + 2 * step + layer), query_of(seed=step)
            got, expected = (answer(one, layer, method, query, new) for one in (cache, stock))
            close(got, expected, 1e-5 if method.name == "dense" else 0)
            assert room.resident() <= room.budget
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert held > 5 * room.budget


def test_what_is_held_is_what_was_used_last(disk: Path) -> None:
    room = Offload(disk, 64 * PAGE)
    file = room.map(os.open(made(disk, 200 * PAGE), os.O_RDWR), 200 * PAGE)
    whole = file.tensor((200 * PAGE,), torch.uint8)
    for page in (*range(60), *range(10), *range(100, 120)):
        room.use([(file, np.array([page]))])
        assert int(whole[page * PAGE]) == page
        assert room.resident() <= room.budget
    held = set(np.flatnonzero(file.resident()).tolist())
    assert held >= {*range(10), *range(100, 120)}
    assert not held & set(range(10, 26))


def made(folder: Path, size: int) -> Path:
    """A file whose bytes say which page they lie in; none of it is held."""
    path = folder / "file"
    path.write_bytes(np.repeat(np.arange(size // PAGE, dtype=np.uint8), PAGE).tobytes())
    with path.open("r+b") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return path


@settings(max_examples=6)
@given(
    accesses=st.lists(st.lists(st.integers(0, 49), min_size=1, max_size=8), min_size=5, max_size=15)
)
def test_pages_are_the_same_however_often_they_were_dropped(
    accesses: list[list[int]], disk: Path
) -> None:
    room = Offload(disk, 12 * PAGE)
    tensor = room((50, PAGE), torch.uint8, torch.device("cpu"))
    file = next(iter(room._files))
    copy_in_memory = torch.zeros(50, PAGE, dtype=torch.uint8)
    for number, pages in enumerate(accesses):
        places = np.unique(np.array(pages))
        room.use([(file, places)], writing=True)
        assert torch.equal(tensor[places], copy_in_memory[places])
        tensor[places] = copy_in_memory[places] = number + 1
        assert room.resident() <= room.budget
        assert sum(f.held for f in room._files) * PAGE == room.resident()


@one_of_each
def test_every_method_reads_the_same_from_files(method: Method, disk: Path) -> None:
    cache, stock = paged_cache(room=Offload(disk, budget=1 << 20, least_tokens=32)), paged_cache()
    for asked in (40, 9, 1):
        new, query = states(asked, heads=3, seed=asked), query_of(asked, heads=6)
        got, expected = (answer(one, 0, method, query, new) for one in (cache, stock))
        close(got, expected, 0)


class Peeking(Quest):
    """Looks at every key without saying so."""

    def choose(self, scene: Scene) -> Tensor | None:
        float(scene.past.sum())
        return super().choose(scene)


def test_what_was_read_unannounced_is_found_and_dropped(disk: Path) -> None:
    room = Offload(disk, budget=1 << 20)
    cache = paged_cache(room=room)
    cache.update(*states(8000), 0)
    for step in range(4):
        answer(cache, 0, Peeking(tokens=256, sinks=16, window=48), query_of(), states(1, seed=step))
        assert room.resident() <= room.budget


def test_what_another_attention_function_read_is_dropped_at_the_next_step(disk: Path) -> None:
    room = Offload(disk, budget=1 << 20)
    cache = paged_cache(room=room)
    for step in range(3):
        keys, values = cache.update(*states(4000, seed=step), 0)
        float(keys.sum() + values.sum())
    assert room.resident() > room.budget
    cache.update(*states(1), 0)
    assert room.resident() <= room.budget


def test_summaries_do_not_read_a_whole_context_at_once(disk: Path) -> None:
    room = Offload(disk, 1 << 20)
    cache = paged_cache(room=room)
    keys, _ = cache.update(*states(20_000), 0)
    most = []

    def watching(blocks: Tensor) -> Tensor:
        most.append(room.resident())
        return blocks.sum(dim=3)

    found = keys.pages.summary(watching, 16, 20_000)  # type: ignore[attr-defined]
    close(found, states(20_000)[0].unflatten(2, (1250, 16)).sum(dim=3), 0)
    assert len(most) > 2
    assert max(most) <= room.budget


def test_a_context_that_outgrows_its_file_moves_within_the_budget(disk: Path) -> None:
    room = Offload(disk, 1 << 20, least_tokens=5000)
    cache, stock = paged_cache(room=room), paged_cache()
    for chunk in range(4):
        new = states(3000, seed=chunk)
        cache.update(*new, 0)
        stock.update(*new, 0)
        assert room.resident() <= room.budget
    assert cache.layers[0].keys.shape[2] == 12_000
    assert torch.equal(cache.layers[0].keys, stock.layers[0].keys)
    assert torch.equal(cache.layers[0].values, stock.layers[0].values)
    assert len(room._files) == 2


def test_growth_within_the_file_copies_nothing(disk: Path) -> None:
    cache = paged_cache(room=Offload(disk, budget=1 << 20))
    first, _ = cache.update(*states(10), 0)
    for chunk in range(5):
        last, _ = cache.update(*states(3000, seed=chunk), 0)
    assert first.data_ptr() == last.data_ptr()


@pytest.mark.parametrize("method", ["dense", "quest", "window"])
def test_a_model_says_the_same_with_padding_crop_and_a_second_question(
    method: str, disk: Path
) -> None:
    model = causal_model()
    ids, mask = prompt(9, 5)
    options = {"max_new_tokens": 8, "do_sample": False, "eos_token_id": None}
    said = []
    for room in ({}, {"room": Offload(disk, budget=1 << 20)}):
        cache = paged_cache(model.config, **room)
        with torch.inference_mode(), using(model, method):
            first = model.generate(ids, attention_mask=mask, cache=cache, **options)
            cache.crop(-8)
            wider = torch.nn.functional.pad(mask, (0, 3), value=1)
            logits = model(first[:, 8:12], attention_mask=wider, cache=cache).logits
        said.append((first, logits))
    assert torch.equal(said[0][0], said[1][0])
    close(said[0][1], said[1][1], 1e-5)


def test_a_budget_that_one_step_passes_is_refused_in_words(disk: Path) -> None:
    cache = paged_cache(room=Offload(disk, budget=20 * PAGE))
    cache.update(*states(4000), 0)
    with pytest.raises(BudgetTooSmall, match="allow more"):
        answer(cache, 0, Window(sinks=0, window=3000), query_of(), states(1))
    with pytest.raises(BudgetTooSmall, match="does not hold one token"):
        paged_cache(room=Offload(disk, budget=PAGE)).update(*states(5), 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda cache: cache.reorder_cache(torch.tensor([0])),
        lambda cache: cache.batch_repeat_interleave(2),
        lambda cache: cache.batch_select_indices(torch.tensor([0])),
        copy.deepcopy,
    ],
    ids=["reorder", "repeat", "select", "copy"],
)
def test_what_would_read_everything_is_refused_in_words(
    change: Callable[[Any], object], disk: Path
) -> None:
    cache = paged_cache(room=Offload(disk, budget=1 << 20))
    cache.update(*states(50), 0)
    before = cache.layers[0].keys.clone()
    with pytest.raises(NotOffloaded, match="num_beams=1"):
        change(cache)
    assert torch.equal(cache.layers[0].keys, before)


def test_a_full_disk_is_an_error_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, disk: Path
) -> None:
    cache = paged_cache(room=Offload(disk, budget=1 << 20))
    for layer in range(2):
        cache.update(*states(100, seed=layer), layer)
    before = [cache.layers[layer].keys.clone() for layer in range(2)]
    taken = [0]

    def full(descriptor: int, begin: int, size: int) -> None:
        taken[0] += size
        if taken[0] > 1 << 20:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(mapped.os, "posix_fallocate", full)
        with pytest.raises(KVFileFull, match="Free some space"):
            cache.update(*states(20_000), 0)
    for layer in range(2):
        assert torch.equal(cache.layers[layer].keys, before[layer])
    for layer in range(2):  # and goes on when there is space again
        cache.update(*states(20_000, seed=layer), layer)
    assert cache.get_seq_length() == 20_100


def test_files_are_nameless_and_gone_with_the_cache(disk: Path) -> None:
    room = Offload(disk / "kv", 1 << 20)
    cache = paged_cache(room=room)
    cache.update(*states(100), 0)
    assert stat.S_IMODE((disk / "kv").stat().st_mode) == 0o700
    assert list((disk / "kv").iterdir()) == []
    (one, two) = room._files
    assert stat.S_IMODE(os.fstat(one.descriptor).st_mode) == 0o600
    descriptors = [one.descriptor, two.descriptor]
    del one, two
    cache.reset()
    del cache
    assert len(room._files) == 0
    for descriptor in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_a_killed_process_leaves_no_file_behind(disk: Path) -> None:
    def dies() -> None:
        paged_cache(room=Offload(disk, 1 << 20)).update(*states(500), 0)
        os.kill(os.getpid(), signal.SIGKILL)

    assert forked(dies) == -signal.SIGKILL
    assert list(disk.iterdir()) == []


def test_a_system_without_the_means_says_so(monkeypatch: pytest.MonkeyPatch, disk: Path) -> None:
    room = Offload(disk, budget=1 << 20)
    monkeypatch.delattr(mapped.mmap, "MADV_DONTNEED")
    with pytest.raises(mapped.OffloadUnsupported, match="use a cache in memory"):
        paged_cache(room=room).update(*states(5), 0)


def test_a_folder_in_memory_is_refused_in_words() -> None:
    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir() or not os.access(shared_memory, os.W_OK):
        pytest.skip("there is no folder in memory here")
    with pytest.raises(mapped.OffloadUnsupported, match="name a folder on a disk"):
        Offload(shared_memory, budget=1 << 20)


def test_closing_lets_go_of_what_is_held(disk: Path) -> None:
    with Offload(disk, budget=1 << 20) as room:
        cache = paged_cache(room=room)
        cache.update(*states(500), 0)
        assert room.resident() > 0
    assert room.resident() == 0
    assert torch.equal(cache.layers[0].keys, states(500)[0])


def test_a_paged_layer_in_memory_has_no_keeper() -> None:
    cache = paged_cache()
    cache.update(*states(5), 0)
    layer = cache.layers[0]
    assert isinstance(layer, PagedLayer)
    assert layer.pages is not None
    assert layer.pages.keeper is None
    assert not isinstance(layer.keys, MappedFile)
