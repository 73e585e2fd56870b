"""A long text with a landmark behind each of its parts: which parts an answer opened is known.

    reader = LandmarkReader(ready)
    reader.read([*head, mark, *line, mark, …])
    reader.follow(pieces, question, 128)
    reader.opened                             # parts behind the head, the most attended first

It takes a model that was trained with Landmark Attention (`kernels.layers.landmark`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from egogpt.long_context.long_reader import CHUNK, STOCK, LongReader, from_the_first_token
from egogpt.long_context.protocol import Told
from egogpt.protocols.errors import CannotRun
from egogpt.runtime.generation import Loaded, TokenStreamer

if TYPE_CHECKING:
    from kernels.layers.landmark.decoding import LandmarkedText

METHOD = "landmark"
LANDMARK = "<landmark>"
"""What the tokenizer calls a landmark."""
OPENED = 4
"""Blocks that each token of a reply opens in each head, as in the paper's runs of LLaMA-7B."""
CITED = 3
_LEAST = 0.5  # of the most attended block's share, from which on another one is cited too
_WHOLE = f"method={METHOD} reads at the positions that the model was trained on"


class LandmarkReader(LongReader):
    """One text; not for several threads at once."""

    _landmarks: LandmarkedText

    def __init__(
        self, ready: Loaded, _: str = METHOD, *,
        longest: int | None = None, chunk: int = CHUNK, room: Any = None, times: float = 1.0,
    ) -> None:  # fmt: skip
        """Reads nothing yet; arguments as for ``LongReader``, of which ``room`` is not used.

        Raises:
            CannotRun: The tokenizer knows no landmark.
        """
        super().__init__(ready, STOCK, longest=longest, chunk=chunk)
        self.why_no_further = _WHOLE if times > 1 else ""
        self._mark = landmark_id(ready)

    @property
    def method(self) -> str:
        """The name of the attention."""
        return METHOD

    def read(
        self, tokens: Sequence[int], on_progress: Told | None = None,
        over: threading.Event | None = None, lengths: Sequence[int] = (),
    ) -> int:  # fmt: skip
        """See ``LongReader.read``; landmarks stand among the tokens."""
        self._landmarks = self._at(tokens)
        return super().read(tokens, on_progress, over, lengths)

    def follow(self, pieces: TokenStreamer, question: Sequence[int], max_tokens: int) -> None:
        """See ``LongReader.follow``; afterwards ``opened`` tells what the reply rests on."""
        asked = len(self._tokens) + len(question) - 1
        self._landmarks = self._at(self._tokens, blocks=OPENED, since=asked)
        super().follow(pieces, question, max_tokens)
        shares = self._landmarks.shares[1:].tolist()  # the first block is the head
        ranked = sorted(range(len(shares)), key=lambda part: -shares[part])[:CITED]
        self.opened = tuple(
            part for part in ranked if shares[part] > 0 and shares[part] >= _LEAST * max(shares)
        )

    @contextmanager
    def _attending(self) -> Iterator[None]:
        from kernels.layers.landmark.decoding import attending

        model = self._ready.model
        with from_the_first_token(model), attending(model, self._landmarks):
            yield

    def _at(self, tokens: Sequence[int], **counting: int) -> LandmarkedText:
        import torch

        from kernels.layers.landmark.decoding import LandmarkedText

        return LandmarkedText(torch.tensor([token == self._mark for token in tokens]), **counting)


def landmark_id(ready: Loaded) -> int:
    """The token that ends a block. Raises CannotRun where the tokenizer has none."""
    known = ready.tokenizer.get_vocab().get(LANDMARK)
    if known is None:
        raise CannotRun(
            f"its tokenizer has no token {LANDMARK}: method={METHOD} is for a model that was "
            f"trained with landmarks (docs/models.md). Name one, or leave out method={METHOD}."
        )
    return int(known)
