"""A picture of 25 patches with four objects in it, three patches of sky, and a question.

Patches are vectors, not pixels: an object's patch is a sum of a key and an attribute under noise,
sky is one constant vector with two enormous dimensions, and the question is a key: which attribute
has the object with this key? A tiny Qwen2 learns it in some hundred steps. It develops no sinks of
its own, so they are planted: ``bias`` is added to the attention scores of the sky.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

WIDTH, PATCHES, OBJECTS, SKY = 64, 25, 4, 3
KEYS, ATTRIBUTES = 12, 6
SKY_DIMENSIONS = (11, 40)
BEGIN, FIRST_QUESTION, FIRST_ANSWER, VOCABULARY = 1, 8, 40, 64
TRAINED_NOISE = 0.25


@dataclass(frozen=True, slots=True)
class Batch:
    """Prompts as embeddings, what is to be answered, and where the picture and the sky are.

    Attributes:
        embeddings: [n, T, WIDTH]; T is one token, the patches and the question.
        answers: int64 [n].
        visual: bool [n, T].
        sky: bool [n, T].
    """

    embeddings: Tensor
    answers: Tensor
    visual: Tensor
    sky: Tensor


class Task:
    """The world of one seed: its keys and attributes, a model, and what it has learnt."""

    def __init__(self, seed: int = 0) -> None:
        from transformers import Qwen2Config, Qwen2ForCausalLM

        self.noise = torch.Generator().manual_seed(seed)
        self.keys = torch.randn(KEYS, WIDTH, generator=self.noise) * 0.25
        self.attributes = torch.randn(ATTRIBUTES, WIDTH, generator=self.noise) * 0.25
        self.sky = torch.zeros(WIDTH)
        self.sky[list(SKY_DIMENSIONS)] = torch.tensor([12.0, -9.0])
        torch.manual_seed(seed)
        config = Qwen2Config(
            vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=160, num_hidden_layers=3,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
            tie_word_embeddings=False,
        )  # fmt: skip
        self.model: Any = Qwen2ForCausalLM._from_config(config, attn_implementation="sdpa")

    def batch(self, count: int, noise: float, generator: torch.Generator) -> Batch:
        """Draw prompts."""
        patches = torch.randn(count, PATCHES, WIDTH, generator=generator) * noise
        order = torch.rand(count, PATCHES, generator=generator).argsort(dim=1)
        keys = torch.rand(count, KEYS, generator=generator).argsort(dim=1)[:, :OBJECTS]
        seen = torch.randint(0, ATTRIBUTES, (count, OBJECTS), generator=generator)
        rows = torch.arange(count)[:, None]
        patches[rows, order[:, :OBJECTS]] += self.keys[keys] + self.attributes[seen]
        at_sky = order[:, OBJECTS : OBJECTS + SKY]
        patches[rows, at_sky] = self.sky
        asked = torch.randint(0, OBJECTS, (count,), generator=generator)
        question = keys[torch.arange(count), asked] + FIRST_QUESTION
        embed = self.model.get_input_embeddings()
        begin = embed(torch.full((count, 1), BEGIN))
        visual = torch.zeros(count, PATCHES + 2, dtype=torch.bool)
        visual[:, 1:-1] = True
        sky = torch.zeros_like(visual)
        sky[rows, at_sky + 1] = True
        embeddings = torch.cat([begin, patches, embed(question[:, None])], dim=1)
        answers = seen[torch.arange(count), asked] + FIRST_ANSWER
        return Batch(embeddings, answers, visual, sky)

    def train(self, steps: int, size: int = 64) -> float:
        """Learn; returns the share of right answers in the last tenth of the steps."""
        self.model.train()
        optimiser = torch.optim.AdamW(self.model.parameters(), lr=2e-3, weight_decay=0.1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, 3e-3, total_steps=steps, pct_start=0.2
        )
        right = []
        for _ in range(steps):
            batch = self.batch(size, TRAINED_NOISE, self.noise)
            logits = self.model(inputs_embeds=batch.embeddings, logits_to_keep=1).logits[:, 0]
            loss = cross_entropy(logits, batch.answers)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            right.append((logits.argmax(-1) == batch.answers).float().mean().item())
        self.model.eval()
        last = right[-max(1, steps // 10) :]
        return sum(last) / len(last)

    @torch.no_grad()
    def accuracy(self, batch: Batch, mask: Tensor) -> float:
        """Share of right answers under an additive mask [n, 1, T, T]."""
        logits = self.model(
            inputs_embeds=batch.embeddings, attention_mask=mask, logits_to_keep=1
        ).logits[:, 0]
        return (logits.argmax(-1) == batch.answers).float().mean().item()


def planted(batch: Batch, bias: float, rows: str = "question") -> Tensor:
    """A causal mask that adds ``bias`` to the scores of the sky, [n, 1, T, T].

    Args:
        batch: The prompts.
        bias: What is added.
        rows: "question" for the last row alone, "all" for every row.
    """
    length = batch.visual.shape[1]
    causal = torch.ones(length, length).tril().bool()
    mask = torch.zeros(length, length).masked_fill(~causal, torch.finfo(torch.float32).min)
    where = torch.zeros(length, 1)
    where[-1 if rows == "question" else slice(None)] = bias
    added: Tensor = where * batch.sky[:, None, None] + mask
    return added
