"""The library is made once, whole, by whoever comes first; without a compiler torch computes."""

from __future__ import annotations

import ctypes
import functools
import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from kernels.native import bindings as calls
from kernels.native import build as library
from tests.forks import forked

PLAIN = (("-O0",),)
"""Flags that compile in a moment, and leave out what only this processor can do."""

needs_compiler = pytest.mark.skipif(
    shutil.which(os.environ.get("CXX", "c++")) is None, reason="there is no C++ compiler"
)


@pytest.fixture(autouse=True)
def _again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(library.SWITCH, raising=False)
    library.forget()
    yield
    library.forget()


@needs_compiler
@pytest.mark.parametrize(
    "flags",
    [PLAIN, (("-march=x86-64-v3", "-O0"),), (("-march=native", "-mno-avx512bf16", "-O0"),)],
)
def test_other_processors_compute_the_same(
    flags: tuple[tuple[str, ...], ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        loaded = library.load(library.build(tmp_path, flags))
    except library.NoLibrary as reason:
        pytest.skip(str(reason))  # another family of processors
    monkeypatch.setattr(library, "_outcome", functools.cache(lambda: (loaded, None)))
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 2e-2)):
        query, key, value = (
            torch.randn(1, h, n, 48).to(dtype) for h, n in ((6, 1), (2, 77), (2, 77))
        )
        mixed, _ = calls.attend(query, key, value, 0.2)
        expected = torch.nn.functional.scaled_dot_product_attention(
            query.float(), key.float(), value.float(), scale=0.2, enable_gqa=True
        )
        torch.testing.assert_close(mixed.float(), expected, atol=tolerance, rtol=tolerance)
        known = torch.randn(1, 2, 90, 96).to(dtype)
        asked = query.float().reshape(1, 2, 3, 48)
        scores = torch.cat([asked, asked.abs()], dim=-1) @ known.float().transpose(2, 3)
        best = scores.amax(dim=2).topk(7, dim=-1).indices.sort(dim=-1).values
        assert torch.equal(calls.best_blocks(query, known, 0, 90, 7), best)


@pytest.fixture
def _small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of one line, where nothing is computed with it."""
    source = tmp_path / "small.cpp"
    source.write_text('extern "C" void egobutler_nothing() {}\n')
    monkeypatch.setattr(library, "SOURCES", (str(source),))


@needs_compiler
@pytest.mark.usefixtures("_small")
def test_it_is_kept_and_a_broken_one_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    made = library.build(folder, PLAIN)
    whole = made.read_bytes()
    made.write_bytes(whole[: len(whole) // 2])
    assert library.build(folder, PLAIN) == made
    ctypes.CDLL(str(made))
    kept = made.stat().st_mtime_ns
    assert library.build(folder, PLAIN) == made
    assert made.stat().st_mtime_ns == kept
    assert sorted(path.suffix for path in folder.iterdir()) == [".sha256", ".so"]
    monkeypatch.setattr(library, "_processor", lambda: "another one")
    assert library.build(folder, PLAIN) != made


@needs_compiler
@pytest.mark.usefixtures("_small")
def test_two_processes_may_make_it_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "kept"

    def make() -> None:
        ctypes.CDLL(str(library.build(folder, PLAIN)))

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(lambda _: forked(make), range(2))) == [0, 0]
    assert sorted(path.suffix for path in folder.iterdir()) == [".sha256", ".so"]


@pytest.mark.parametrize("way", ["no compiler", "it fails", "turned off", "no folder"])
def test_without_it_torch_computes_and_the_reason_is_known(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(library.CACHE, str(tmp_path / "kernels"))
    expected = {"no compiler": "no C\\+\\+ compiler", "turned off": "EGOBUTLER_NATIVE=0"}
    if way == "no compiler":
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CXX", raising=False)
    elif way == "it fails":
        broken = tmp_path / "c++"
        broken.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo 1 && exit\necho sorry >&2\nexit 1\n'
        )
        broken.chmod(0o755)
        monkeypatch.setenv("CXX", str(broken))
        expected[way] = "could not compile it: sorry"
    elif way == "turned off":
        monkeypatch.setenv(library.SWITCH, "0")
    else:
        (tmp_path / "kernels").write_text("a file")
        expected[way] = "cannot be written to"
        if shutil.which(os.environ.get("CXX", "c++")) is None:
            pytest.skip("there is no C++ compiler")
    query = torch.randn(1, 2, 1, 32)
    with caplog.at_level(logging.INFO, logger=library.__name__):
        assert not calls.serves(query, query, query)
        assert not calls.serves(query, query, query)
    assert len(caplog.records) == 1
    reason = library.why_not()
    assert reason is not None
    assert __import__("re").search(expected[way], reason)
