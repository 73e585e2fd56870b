"""Record what the answering model reads of a question, and try other drafts on it.

Every draft goes through the product's own check of citations (``write_answer``). ``doubt`` is what
ATLAS (arXiv 2504.01281) retrieves at, after its abstract: over the words of a draft, the largest
entropy of the next token times how much the attention to the notes changes from layer to layer.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import torch

from app.assistant import Assistant
from egogpt.protocols.chat import Message
from egorag.evidence.findings import Findings
from egorag.evidence.wearer import Wearer
from egorag.generation import generative
from egorag.generation.prompts import answer_messages
from egorag.question.plan import Plan

_ENDS = ("\n", "<|im_end|>", "<|endoftext|>")
_END = re.compile("|".join(map(re.escape, _ENDS)))
_WARMTH = 0.7


@dataclass(slots=True)
class Replay:
    """A chat model that says one text, and keeps what it was asked."""

    text: str = ""
    messages: list[Message] = field(default_factory=list)
    name: str = "replay"
    context_tokens: int = 4096
    sees: bool = False
    hears: bool = False

    def stream(self, messages: Sequence[Message], **_: Any) -> Iterator[str]:
        """The text, whatever is asked."""
        self.messages = list(messages)
        yield self.text

    def complete(self, messages: Sequence[Message], **_: Any) -> str:
        """The text, whatever is asked."""
        return "".join(self.stream(messages))

    def yes_probability(self, messages: Sequence[Message]) -> float:
        """No opinion."""
        return 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question came to before the model: plan, findings, and the answer without a model."""

    plan: Plan
    findings: Findings
    wearer: Wearer | None
    quoted: str

    def messages(self) -> list[Message]:
        """What the model is asked; empty where it is not."""
        replay = Replay()
        list(generative.write_answer(replay, self.plan, self.findings, self.wearer))
        return replay.messages

    def checked(self, draft: str) -> str:
        """The draft's first sentence as the check lets it through, or ""."""
        replay = Replay(draft)
        sentences = generative.write_answer(replay, self.plan, self.findings, self.wearer)
        return next((sentence.text for sentence in sentences), "")

    def first_supported(self, drafts: Sequence[str]) -> str:
        """The first draft that the check lets through; without one, what is quoted."""
        return next(filter(None, map(self.checked, drafts)), self.quoted)

    def with_units_of(self, other: Reading) -> Reading:
        """This question behind the findings of both retrievals."""
        ours, theirs = self.findings, other.findings
        known = {item.unit for item in ours.scored}
        findings = replace(
            ours,
            units=tuple(dict.fromkeys((*ours.units, *theirs.units))),
            scored=(*ours.scored, *(item for item in theirs.scored if item.unit not in known)),
        )
        return replace(self, findings=findings)


def more_notes() -> Any:
    """Lets the model read twice as many notes."""
    names = ("NOTES", "NOTE_TOKENS", "LIST_NOTES", "LIST_TOKENS")
    return patch.multiple(generative, **{name: 2 * getattr(generative, name) for name in names})


def read_question(assistant: Assistant, text: str, at: float) -> Reading | None:
    """What the model would read of a question; None where none is asked."""
    calls: list[tuple[Plan, Findings, Wearer | None]] = []

    def record(_: Any, plan: Plan, findings: Findings, wearer: Wearer | None = None) -> list[Any]:
        calls.append((plan, findings, wearer))
        return []

    with patch("egorag.answering.search.write_answer", record):
        answer = assistant.ask(text, at=at)
    quoted = "" if answer.abstained else answer.sentences[0].text
    return Reading(*calls[0], quoted) if calls else None


@dataclass(frozen=True, slots=True)
class Drafts:
    """Texts, the likeliest first; the largest doubt of that one; seconds of processor time."""

    texts: list[str]
    doubt: float
    entropy: float
    seconds: float


class Writer:
    """Drafts by a model of `transformers` that attends in eager mode.

    Raises:
        AssertionError: A prompt begins otherwise than those of answering do.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        some, others = (self._ids(answer_messages(notes, "")) for notes in ("", "<notes>"))
        pairs = zip(some, others, strict=False)
        same = next(number for number, (one, two) in enumerate(pairs) if one != two)
        self._prefix = some[:same]
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
    def write(self, messages: Sequence[Message], count: int = 1, most: int = 32) -> Drafts:
        """The likeliest reply and, beyond it, others that are drawn at a temperature of 0.7."""
        begun = time.process_time()
        ids, start = self._ids(messages), len(self._prefix)
        assert ids[:start] == self._prefix
        cache = copy.deepcopy(self._cache)
        self._model(torch.tensor([ids[start:-1]]), past_key_values=cache, logits_to_keep=1)
        cache.batch_repeat_interleave(count)
        last = len(ids) - self._after_notes(messages)
        dice, rows = torch.Generator().manual_seed(1), torch.full((count, 1), ids[-1])
        written: list[list[int]] = [[] for _ in range(count)]
        ended, doubts, entropies = [False] * count, [0.0], [0.0]
        while not all(ended) and len(written[0]) < most:
            out = self._model(rows, past_key_values=cache, output_attentions=True)
            odds = torch.softmax(out.logits[:, -1].float(), -1)
            if not ended[0]:
                change = _change([layer[0, :, -1, start:last] for layer in out.attentions])
                entropies.append(float(torch.special.entr(odds[0]).sum()))
                doubts.append(entropies[-1] * change)
            warm = torch.softmax(out.logits[:, -1].float() / _WARMTH, -1)
            rows = torch.multinomial(warm, 1, generator=dice)
            rows[0] = odds[0].argmax()
            for number, token in enumerate(rows[:, 0].tolist()):
                written[number].append(token)
                ended[number] |= any(end in self._tokenizer.decode([token]) for end in _ENDS)
        texts = [_END.split(self._tokenizer.decode(row))[0] for row in written]
        return Drafts(texts, max(doubts), max(entropies), time.process_time() - begun)

    def _after_notes(self, messages: Sequence[Message]) -> int:
        tail = messages[-1].content.rsplit("</notes>")[-1]
        return len(self._tokenizer(tail, add_special_tokens=False).input_ids) + 5


def _change(layers: Sequence[torch.Tensor]) -> float:
    """The mean change, from layer to layer, of the attention to some tokens, a mean of heads."""
    seen = torch.stack([layer.float().sum(-1).mean() for layer in layers])
    return float(seen.diff().abs().mean())
