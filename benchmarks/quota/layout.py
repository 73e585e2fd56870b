"""Measure what a smaller budget saves on a clip of about 8,000 visual tokens.

Time is measured on LLaVA-OneVision's own class with the real layout (27 x 27 cells a frame, shown
at 14 x 14) and a small hidden size, from pixels to the next token's logits. Work is counted for the
language model at its real size (Qwen2-7B) on the meta device, where nothing is computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from egogpt.quota.adapters import adapter_for
from egogpt.quota.allocators import Clues, allocate
from egogpt.quota.frame_sources import Layout, Stock
from egogpt.quota.grids import Assignment
from egogpt.quota.inject import inject
from egogpt.quota.quota import Quota, assign, budget_of
from egogpt.quota.resize import resize_maps

FRAMES = 41  # of 196 tokens: 8,036, and one newline
EGOGPT_FRAMES = 44  # of 182 tokens: 8,008
PIXELS = 378
WORDS = 64  # tokens of the prompt that are words
QWEN2_7B = {
    "vocab_size": 152_064,
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
}
KEY_VALUE_BYTES = 57_344  # of a token: 28 layers, 4 heads of 128, keys and values, 2 bytes


@dataclass(frozen=True, slots=True)
class Saving:
    """One budget: seconds of a forward pass, and work and memory of the real language model."""

    way: str
    visual_tokens: int
    seconds: float
    times_faster: float
    tera_flops_7b: float
    work_saved: float
    cache_mb_7b: float


def small_model(hidden: int = 256, layers: int = 4) -> Any:
    """LLaVA-OneVision with its real grid and few, narrow layers."""
    import transformers

    vision = transformers.SiglipVisionConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=PIXELS,
        patch_size=14,
        vision_use_head=False,
    )
    text = transformers.Qwen2Config(
        vocab_size=1024,
        hidden_size=hidden,
        intermediate_size=4 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=8,
        num_key_value_heads=2,
        max_position_embeddings=16_384,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    config = transformers.LlavaOnevisionConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=1000,
        video_token_id=1001,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_grid_pinpoints=[[PIXELS, PIXELS]],
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    return transformers.LlavaOnevisionForConditionalGeneration._from_config(config).eval()


def request(frames: int = FRAMES) -> dict[str, Any]:
    """One prompt of words, a clip and words."""
    half = [5] * (WORDS // 2)
    ids = torch.tensor([[*half, *[1001] * (frames * 196 + 1), *half]])
    pixels = torch.randn(1, frames, 3, PIXELS, PIXELS)
    mask = torch.ones_like(ids)
    return {"input_ids": ids, "attention_mask": mask, "pixel_values_videos": pixels}


def peaked(frames: int) -> Tensor:
    """Scores of a clip in which the question is about a tenth of the frames, no two the same."""
    scores = torch.full((frames,), 0.1)
    scores[frames // 2 : frames // 2 + max(1, frames // 10)] = 0.9
    return scores * torch.linspace(0.9, 1.1, frames)


def savings(shares: Sequence[float], repeats: int = 3) -> list[Saving]:
    """Stock pixels, then a quota at each share; all in turn in every round."""
    model, inputs = small_model(), request()
    scores = peaked(FRAMES).numpy()

    def quota(share: float) -> Callable[[], Any]:
        return lambda: model(**shared(model, inputs, share, scores)[0], logits_to_keep=1)

    calls = [lambda: model(**inputs, logits_to_keep=1), *map(quota, shares)]
    seconds = _in_turn(calls, repeats)
    with torch.no_grad():
        tokens = [FRAMES * 196 + 1]
        tokens += [shared(model, inputs, share, scores)[1].spent for share in shares]
    work = [prefill_work(count + WORDS) for count in tokens]
    names = ["stock", *(f"quota {share:.0%}" for share in shares)]
    return [
        Saving(
            name,
            count,
            round(taken, 3),
            round(seconds[0] / taken, 2),
            round(flops / 1e12, 1),
            round(1 - flops / work[0], 3),
            round((count + WORDS) * KEY_VALUE_BYTES / 2**20),
        )
        for name, count, taken, flops in zip(names, tokens, seconds, work)
    ]


def shared(
    model: Any, inputs: dict[str, Any], share: float, scores: Any
) -> tuple[dict[str, Any], Assignment]:
    """What to call the model with at a share of its tokens, and how they are shared out."""
    adapter = adapter_for(model)
    images = [np.zeros((1, 1, 3), np.uint8)] * FRAMES  # only their number counts
    source = adapter.source(model, None, inputs, images, Stock(FRAMES, 1))
    assignment = assign(source, Quota(share=share), scores)
    return inject(adapter, model, inputs, source, assignment.shapes), assignment


def sizing_cost(share: float = 0.25, channels: int = 3584, repeats: int = 5) -> dict[str, float]:
    """Milliseconds that the sharing out itself costs, on EgoGPT's clip at its real width."""
    maps = torch.randn(EGOGPT_FRAMES, 27, 27, channels)
    scores = peaked(EGOGPT_FRAMES).numpy()
    layout = Layout(EGOGPT_FRAMES, EGOGPT_FRAMES, (13, 13), (27, 27), "grid")
    budget = budget_of(Quota(share=share), layout)
    shown = allocate("quota", budget, Clues(EGOGPT_FRAMES, scores))
    allotting, resizing = _in_turn(
        [
            lambda: allocate("quota", budget, Clues(EGOGPT_FRAMES, scores)),
            lambda: resize_maps(maps, shown.shapes),
        ],
        repeats,
    )
    return {
        "stock_tokens": layout.stock_tokens,
        "tokens": shown.spent,
        "allot_ms": round(1000 * allotting, 2),
        "resize_ms": round(1000 * resizing, 1),
    }


def prefill_work(tokens: int, layers: int = 28) -> int:
    """Floating-point operations of Qwen2-7B, or its first layers, over so many tokens.

    Attention is counted in full; a causal kernel does about half of that part.
    """
    from transformers import Qwen2Config, Qwen2Model

    with torch.device("meta"):
        model = Qwen2Model(Qwen2Config(**(QWEN2_7B | {"num_hidden_layers": layers})))
        embeds = torch.empty(1, tokens, QWEN2_7B["hidden_size"])
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        # A mask cannot be looked at on the meta device; none means plainly causal.
        model(inputs_embeds=embeds, attention_mask={"full_attention": None}, use_cache=False)
    return int(counter.get_total_flops())


def as_rows(savings: Sequence[Saving]) -> list[dict[str, Any]]:
    """The savings as JSON objects."""
    return [asdict(one) for one in savings]


def _in_turn(calls: Sequence[Callable[[], Any]], repeats: int) -> list[float]:
    """Median seconds of each call; with one thread, of that thread's own clock."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    taken: list[list[float]] = [[] for _ in calls]
    with torch.no_grad():
        for _ in range(repeats):
            for call, times in zip(calls, taken):
                begun = clock()
                call()
                times.append(clock() - begun)
    return [median(times) for times in taken]
