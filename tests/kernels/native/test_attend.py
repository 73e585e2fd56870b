"""The compiled attention is the same sum as the definition, wherever the keys lie."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.native import bindings as calls
from kernels.native import build as library

pytestmark = pytest.mark.skipif(library.library() is None, reason=str(library.why_not()))
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


@dataclass(frozen=True)
class Asked:
    """A call of `calls.attend`, its keys inside a longer cache."""

    dtype: torch.dtype
    batch: int
    kv_heads: int
    groups: int
    size: int
    wide: int
    length: int
    spare: int
    sinks: int
    near: int
    block: int
    names: int
    seed: int

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        noise = torch.Generator().manual_seed(self.seed)
        room = self.length + self.spare
        asked = torch.randn(
            self.batch, 1, self.kv_heads * self.groups, self.size, generator=noise
        ).to(self.dtype)
        key, value = (
            torch.randn(self.batch, self.kv_heads, room, size, generator=noise).to(self.dtype)
            for size in (self.size, self.wide)
        )
        return asked.transpose(1, 2), key[:, :, : self.length], value[:, :, : self.length]

    def chosen(self, rows: int, heads: int) -> Tensor | None:
        """Distinct names in each row, -1 among them."""
        if not self.names:
            return None
        noise = torch.Generator().manual_seed(self.seed + 1)
        blocks = -(-self.length // self.block)
        names = torch.stack(
            [torch.randperm(max(blocks, self.names), generator=noise) for _ in range(rows * heads)]
        )[:, : self.names]
        names[names >= blocks] = -1
        return names.reshape(rows, heads, -1)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    length = draw(st.integers(1, 150))
    sizes = st.sampled_from([16, 32, 48, 64, 128])
    small = st.integers(1, 3)
    return Asked(
        draw(st.sampled_from([torch.float32, torch.bfloat16])), draw(small), draw(small),
        draw(st.sampled_from([1, 2, 4, 5, 8])), draw(sizes), draw(sizes), length,
        draw(st.integers(0, 9)), draw(st.integers(0, 20)), draw(st.integers(0, length - 1)),
        draw(st.sampled_from([1, 3, 16, 32])), draw(st.integers(0, 12)), draw(st.integers(0, 999)),
    )  # fmt: skip


def seen_by(case: Asked, chosen: Tensor | None) -> Tensor:
    """bool [B, Hkv, k], token by token."""
    seen = torch.zeros(case.batch, case.kv_heads, case.length, dtype=torch.bool)
    for b in range(case.batch):
        for h in range(case.kv_heads):
            named = set()
            if chosen is not None:
                rows, heads, _ = chosen.shape
                named = set(chosen[b % rows, h % heads].tolist())
            for j in range(case.length):
                seen[b, h, j] = (
                    case.near <= case.sinks or j < case.sinks or j >= case.near
                    or j // case.block in named
                )  # fmt: skip
    return seen


def defined(
    query: Tensor, key: Tensor, value: Tensor, seen: Tensor, scale: float
) -> tuple[Tensor, Tensor]:
    """The softmax spelled out, in double precision."""
    groups = query.shape[1] // key.shape[1]
    key, value = (x.double().repeat_interleave(groups, dim=1) for x in (key, value))
    scores = (query.double() @ key.transpose(-1, -2)) * scale
    hidden = ~seen.repeat_interleave(groups, dim=1)[:, :, None]
    scores = scores.masked_fill(hidden, -torch.inf)
    return scores.softmax(dim=-1) @ value, scores.logsumexp(dim=-1)


@given(case=asked(), shared=st.booleans())
def test_it_equals_the_definition(case: Asked, shared: bool) -> None:
    query, key, value = case.tensors()
    rows, heads = (1, 1) if shared else (case.batch, case.kv_heads)
    chosen = case.chosen(rows, heads)
    mixed, log_sum = calls.attend(query, key, value, 0.2, case.sinks, case.near, case.block, chosen)
    expected, sums = defined(query, key, value, seen_by(case, chosen), 0.2)
    tolerance = TOLERANCE[case.dtype]
    assert mixed.dtype == case.dtype
    torch.testing.assert_close(mixed.double(), expected, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(log_sum.double(), sums, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", list(TOLERANCE))
def test_long_contexts_are_joined_from_chunks_and_from_threads(
    threads: int, dtype: torch.dtype
) -> None:
    noise = torch.Generator().manual_seed(5)
    query, key, value = (
        torch.randn(1, h, n, 64, generator=noise).to(dtype)
        for h, n in ((4, 1), (1, 9001), (1, 9001))
    )
    key[:, :, 7000] = 2 * query[:, 1]  # the maximum grows late
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        mixed, log_sum = calls.attend(query, key, value, 0.3)
    finally:
        torch.set_num_threads(before)
    everything = torch.ones(1, 1, 9001, dtype=torch.bool)
    expected, sums = defined(query, key, value, everything, 0.3)
    torch.testing.assert_close(mixed.double(), expected, atol=TOLERANCE[dtype], rtol=1e-2)
    torch.testing.assert_close(log_sum.double(), sums, atol=TOLERANCE[dtype], rtol=1e-2)


def test_what_lies_outside_the_ranges_is_not_read() -> None:
    query, key, value = (torch.randn(1, 2, n, 64) for n in (1, 300, 300))
    chosen = torch.tensor([[[5]]])
    mixed, _ = calls.attend(query, key, value, 0.3, 4, 280, 16, chosen)
    for start, end in ((4, 80), (96, 280)):
        key[:, :, start:end] = torch.nan
        value[:, :, start:end] = torch.nan
    again, _ = calls.attend(query, key, value, 0.3, 4, 280, 16, chosen)
    assert torch.equal(mixed, again)


def test_what_is_not_a_number_is_not_hidden() -> None:
    query, key, value = (torch.randn(1, 1, n, 64) for n in (1, 40, 40))
    key[:, :, 20] = torch.nan
    assert calls.attend(query, key, value, 0.3)[0].isnan().all()


@pytest.mark.parametrize(
    ("change", "served"),
    [
        (lambda x: x, True),
        (lambda x: x.to(torch.bfloat16), True),
        (lambda x: x.half(), False),
        (lambda x: x.double(), False),
        (lambda x: x[..., :24], False),
        (lambda x: x.transpose(-1, -2).contiguous().transpose(-1, -2), False),
        (lambda x: x.to("meta"), False),
        (lambda x: x.clone().requires_grad_(), False),
    ],
)
def test_it_says_what_it_serves(change, served: bool) -> None:  # type: ignore[no-untyped-def]
    x = change(torch.randn(1, 2, 32, 32))
    assert calls.serves(x, x, x) is served
