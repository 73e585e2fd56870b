"""Let a language model read by an attention method of your own: every other block of the past.

python examples/attention_method.py [FOLDER_OR_NAME_OF_A_MODEL]

Without a model it takes a tiny one with random weights, which shows that it runs and no more.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from transformers import AutoModelForCausalLM, Qwen2Config, Qwen2ForCausalLM

from egobutler import AttentionInput, AttentionMethod, attend_with


@dataclass(frozen=True, slots=True)
class EveryOther(AttentionMethod):
    """See sinks, the last ``window`` tokens, and every other block of what lies before."""

    name: ClassVar[str] = "every_other"
    window: int = 64
    block: int = 16

    def choose(self, scene: AttentionInput) -> torch.Tensor:
        """Numbers of the blocks that are seen, [1, 1, n]: the same for all heads."""
        blocks = torch.arange(0, -(-scene.first // self.block), 2, device=scene.query.device)
        return blocks[None, None]


def tiny_model() -> Any:
    """A two-layer model with random weights."""
    config = Qwen2Config(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, pad_token_id=0,
    )  # fmt: skip
    model: Any = Qwen2ForCausalLM(config)
    return model.eval()


def main(name: str = "") -> int:
    """Generate a few tokens behind a text of 512, and print how many there are then."""
    model: Any = AutoModelForCausalLM.from_pretrained(name) if name else tiny_model()
    ids = torch.randint(3, 64, (1, 512))
    with attend_with(model, EveryOther()), torch.no_grad():
        grown = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=4, min_new_tokens=4
        )
    print(f"{ids.shape[1]} tokens read, {grown.shape[1] - ids.shape[1]} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
