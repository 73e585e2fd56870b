"""Record what the answering model reads of a question, and try other drafts on it.

Every draft goes through the product's own check of citations (``write_answer``). ``doubt`` is that
at which ATLAS (arXiv 2504.01281) retrieves again, after its abstract: over the words of a draft,
the largest entropy of the next token times the change of attention to the notes between layers.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import Mock, patch

import torch

from app.assistant import Assistant
from egogpt.protocols.chat import Message
from egorag.evidence.findings import Findings
from egorag.evidence.wearer import Wearer
from egorag.generation import generative
from egorag.generation.backing import Reread
from egorag.generation.prompts import answer_messages
from egorag.question.plan import Plan

_END = re.compile(r"\n|<\|im_end\|>|<\|endoftext\|>")
_WARMTH = 0.7


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question came to before the model: plan, findings, and the answer without a model."""

    plan: Plan
    findings: Findings
    wearer: Wearer | None
    reread: Reread | None
    quoted: str

    def messages(self) -> Sequence[Message]:
        """What the model is asked; empty where it is not."""
        asked = self._answer("")[1].call_args
        return asked.args[0] if asked else ()

    def checked(self, draft: str) -> str:
        """The draft's first sentence as the check lets it through, or ""."""
        return self._answer(draft)[0]

    def _answer(self, draft: str) -> tuple[str, Any]:
        chat = Mock()
        chat.stream.return_value = iter([draft])
        read = self.plan, self.findings, self.wearer, self.reread
        sentences = generative.write_answer(chat, *read)
        return next((sentence.text for sentence in sentences), ""), chat.stream

    def first_supported(self, drafts: Sequence[str]) -> str:
        """The first draft that the check lets through; without one, what is quoted."""
        return next(filter(None, map(self.checked, drafts)), self.quoted)


def read_question(assistant: Assistant, text: str, at: float) -> Reading | None:
    """What the model would read of a question; None where none is asked."""
    calls: list[Any] = []

    def record(_: Any, *read: Any) -> list[Any]:
        calls.append(read)
        return []

    with patch("egorag.answering.search.write_answer", record):
        answer = assistant.ask(text, at=at)
    quoted = "" if answer.abstained else answer.sentences[0].text
    return Reading(*calls[0], quoted) if calls else None


class Writer:
    """Drafts by a model of `transformers` that attends in eager mode, to tell of its attention."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        some, others = (self._ids(answer_messages(notes, "")) for notes in ("", "<notes>"))
        pairs = zip(some, others, strict=False)
        self._prefix = some[: next(n for n, (one, two) in enumerate(pairs) if one != two)]
        self.reload()

    @torch.inference_mode()
    def reload(self) -> None:
        """Reads anew what all prompts begin with, after the adapter was changed."""
        tokens = torch.tensor([self._prefix])
        self._cache = self._model(tokens, use_cache=True, logits_to_keep=1).past_key_values

    def _ids(self, messages: Sequence[Message]) -> list[int]:
        turns = [{"role": turn.role, "content": turn.content} for turn in messages]
        text = self._tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True
        )
        ids: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return ids

    @torch.inference_mode()
    def write(
        self, messages: Sequence[Message], count: int = 1, most: int = 32
    ) -> tuple[list[str], float]:
        """The likeliest reply, then some drawn at a temperature of 0.7; the doubt of the first."""
        ids, start = self._ids(messages), len(self._prefix)
        cache = copy.deepcopy(self._cache)
        self._model(torch.tensor([ids[start:-1]]), past_key_values=cache, logits_to_keep=1)
        cache.batch_repeat_interleave(count)
        tail = messages[-1].content.rsplit("</notes>")[-1]
        notes = slice(start, len(ids) - len(self._tokenizer(tail).input_ids))
        dice, rows = torch.Generator().manual_seed(1), torch.full((count, 1), ids[-1])
        written, doubt = torch.empty(count, 0, dtype=torch.long), 0.0
        while written.shape[1] < most and not all(map(_END.search, self._texts(written))):
            out = self._model(rows, past_key_values=cache, output_attentions=True)
            logits = out.logits[:, -1].float()
            if not _END.search(self._texts(written)[0]):
                entropy = torch.special.entr(logits[0].softmax(-1)).sum()
                doubt = max(doubt, float(entropy * _change(out.attentions, notes)))
            rows = torch.multinomial((logits / _WARMTH).softmax(-1), 1, generator=dice)
            rows[0] = logits[0].argmax()
            written = torch.cat([written, rows], dim=1)
        return [_END.split(text)[0] for text in self._texts(written)], doubt

    def _texts(self, written: torch.Tensor) -> list[str]:
        texts: list[str] = self._tokenizer.batch_decode(written)
        return texts


def _change(attentions: Sequence[torch.Tensor], notes: slice) -> torch.Tensor:
    """The mean change, from layer to layer, of the first row's attention to the notes."""
    seen = torch.stack([layer[0, :, -1, notes].float().sum(-1).mean() for layer in attentions])
    return seen.diff().abs().mean()
