"""A long text as separate documents under one anchor: an edit costs only what was edited.

    reader = AnchoredReader(ready)
    reader.read([head, line, line, …])      # each line sees the head and itself
    reader.follow(pieces, question, 128)    # the question sees everything

A document is read at the places right behind the anchor, whatever stands before it, and its keys
are then turned to its place in the text. So what is known of it depends on itself alone: where
another one is corrected, deleted or comes in before it, its keys are turned on and nothing is read.

Source: Wang et al., AnchorAttention, arXiv 2411.13476, section 4: documents share the first token
and see nothing else of each other. Here the whole head, with the system message, is shared; and
places begin anew in each document, as in Block-Attention (Ma et al., arXiv 2409.15355), without
which keys could not be kept when the documents before them change their length.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from egogpt.long_context.long_reader import CHUNK, LongReader, cache_for
from egogpt.long_context.protocol import Told
from egogpt.protocols.errors import CannotRun
from egogpt.runtime.generation import Loaded
from kernels.positions.key_turning import key_turning
from kernels.positions.rope_rotation import NoRotation

if TYPE_CHECKING:
    from torch import Tensor

Document = tuple[int, ...]
Keys = list[tuple["Tensor", "Tensor"]]
"""Keys and values of some tokens, [1, Hkv, n, d], for each layer."""


class DocumentReader:
    """Reads documents apart, and turns their keys to where they stand in a text."""

    def __init__(self, ready: Loaded) -> None:
        """Reads nothing yet.

        Raises:
            CannotRun: The keys of this model cannot be turned.
        """
        self._ready = ready
        try:
            self._turning = key_turning(ready.model)
        except NoRotation as error:
            raise CannotRun(f"{error}: leave out documents=anchor.") from error

    def head(self, tokens: Sequence[int]) -> Keys:
        """Keys and values of the anchor."""
        cache = self._cache()
        self._forward(tokens, list(range(len(tokens))), None, cache)
        return _states(cache, 0, len(tokens))

    def documents(self, head: Keys, texts: Sequence[Document]) -> Iterator[list[Keys]]:
        """Keys and values of documents right behind the anchor, as many at once as go together."""
        import torch

        begun = head[0][0].shape[2]
        for group in _groups(texts):
            cache = self._cache()
            for number, (keys, values) in enumerate(head):
                cache.update(keys, values, number)
            tokens = [token for text in group for token in text]
            places = [begun + at for text in group for at in range(len(text))]
            owner = torch.tensor([n for n, text in enumerate(group) for _ in text])
            seen = (owner[:, None] == owner).tril()
            seen = torch.cat([seen.new_ones(len(tokens), begun), seen], dim=1)
            self._forward(tokens, places, seen, cache)
            first, states = begun, []
            for text in group:
                states.append(_states(cache, first, first + len(text)))
                first += len(text)
            yield states

    def turned(self, keys: Tensor, places: int) -> Tensor:
        """Keys that lie so many places further on."""
        return self._turning.turned(keys, places)

    def _forward(
        self, tokens: Sequence[int], places: Sequence[int], seen: Tensor | None, cache: Any
    ) -> None:
        import torch

        device, dtype = self._ready.device, self._ready.model.dtype
        mask = None
        if seen is not None:
            mask = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
            mask = mask[None, None].to(device)
        with torch.inference_mode():
            self._ready.model(
                input_ids=torch.tensor([list(tokens)], device=device),
                position_ids=torch.tensor([list(places)], device=device),
                attention_mask=mask, cache=cache, use_cache=True, logits_to_keep=1,
            )  # fmt: skip

    def _cache(self) -> Any:
        from transformers import DynamicCache

        return DynamicCache(config=self._ready.model.config.get_text_config(decoder=True))


def _states(cache: Any, begin: int, end: int) -> Keys:
    return [
        (layer.keys[:, :, begin:end].clone(), layer.values[:, :, begin:end].clone())
        for layer in cache.layers
    ]


def _groups(texts: Sequence[Document]) -> Iterator[list[Document]]:
    """Documents that are read together: up to a chunk of tokens, a longer one by itself."""
    group: list[Document] = []
    for text in texts:
        if group and sum(map(len, group)) + len(text) > CHUNK:
            yield group
            group = []
        group.append(text)
    if group:
        yield group


class AnchoredReader(LongReader):
    """A text of documents; not for several threads at once."""

    _places: dict[Document, int] | None = None
    """Where documents of the kept text begin."""

    def read(
        self,
        tokens: Sequence[int],
        on_progress: Told | None = None,
        over: threading.Event | None = None,
        lengths: Sequence[int] = (),
    ) -> int:
        """Make the kept text this one; documents of the old one are not read again.

        Args:
            tokens: The text.
            on_progress: Called after each chunk.
            over: Once set, reading stops, and the old text is kept.
            lengths: Of the anchor and of each document; by default all is the anchor.

        Returns:
            How many tokens had to be read.

        Raises:
            PromptTooLong: The model does not read so many; nothing is read.
            CannotRun: The keys of this model cannot be turned.
        """
        self._check(len(tokens))
        self.new_tokens = 0
        if list(tokens) == self._tokens:
            return 0
        head, *texts = _split(tokens, lengths)
        with self._failing_whole():
            self._put(head, texts, on_progress, over)
        return self.new_tokens

    def _put(
        self, head: Document, texts: list[Document], on_progress: Told | None,
        over: threading.Event | None,
    ) -> None:  # fmt: skip
        reader = DocumentReader(self._ready)
        kept = self._unmoved(head, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in kept]
        total = len(head) + sum(map(len, texts))
        size = (0 if kept else len(head)) + sum(map(len, missing))
        begun = _states(self._cache, 0, len(head)) if kept else reader.head(head)
        new: dict[Document, Keys] = {}
        for group in reader.documents(begun, missing):
            new |= dict(zip(missing[len(new) : len(new) + len(group)], group, strict=True))
            done = sum(map(len, new))
            if on_progress is not None:
                on_progress(total - size + done, total)
            if over is not None and over.is_set() and len(new) < len(missing):
                return
        self.new_tokens = size
        self._join(reader, begun, texts, kept, new)
        self._tokens = [*head, *(token for text in texts for token in text)]
        if on_progress is not None:
            on_progress(total, total)

    def _unmoved(self, head: Document, texts: Sequence[Document]) -> dict[Document, int]:
        """Where the kept text has these documents; empty where its anchor is another."""
        if self._cache is None or tuple(self._tokens[: len(head)]) != head:
            return {}
        kept, place = dict(self._places or {}), len(head)
        for text in texts:  # also what was saved by another process, as far as nothing moved
            if tuple(self._tokens[place : place + len(text)]) == text:
                kept.setdefault(text, place)
            place += len(text)
        return kept

    def _join(
        self, reader: DocumentReader, head: Keys, texts: Sequence[Document],
        known: dict[Document, int], new: dict[Document, Keys],
    ) -> None:  # fmt: skip
        """Put the documents one behind the other into a cache of their own."""
        import torch

        begun = head[0][0].shape[2]
        total = begun + sum(map(len, texts))
        cache = cache_for(self._ready.model, self._method, total, self.room)
        for layer in range(len(head)):
            keys, values = [head[layer][0]], [head[layer][1]]
            place = begun
            for text in texts:
                if text in new:
                    key, value = new[text][layer]
                    was = begun
                else:
                    was = known[text]
                    old = self._cache.layers[layer]
                    key, value = (x[:, :, was : was + len(text)] for x in (old.keys, old.values))
                keys.append(reader.turned(key, place - was))
                values.append(value)
                place += len(text)
            with torch.inference_mode():
                cache.update(torch.cat(keys, dim=2), torch.cat(values, dim=2), layer)
        self._cache = cache
        places, place = {}, begun
        for text in texts:
            places[text] = place
            place += len(text)
        self._places = places


def _split(tokens: Sequence[int], lengths: Sequence[int]) -> list[Document]:
    parts, place = [], 0
    for length in lengths or [len(tokens)]:
        parts.append(tuple(tokens[place : place + length]))
        place += length
    return [parts[0], *(part for part in parts[1:] if part)]
