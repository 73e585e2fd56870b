"""Score the relevance of frames to a question: three scorers of one protocol.

A vision-language model that answers yes or no is what QuoTA uses and tells most; an
image-text embedder is far cheaper but weak on small things and counts; what is already known of a
frame in words costs nothing to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.chat import Chat, Message
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.quota.query import Query
from egogpt.text.lemmatizer import inflections
from memory.types.core import Frame


class FrameScorer(Protocol):
    """Says how relevant each frame is. ``name`` changes whenever the scores would."""

    name: str

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """(frames,), 0 to 1, higher is more relevant."""
        ...


class ChatScorer:
    """The probability of yes, of yes and no, with which a small vision-language model answers."""

    def __init__(self, chat: Chat) -> None:
        if not chat.sees:
            raise ValueError(
                f"{chat.name} cannot see pictures, so it cannot score frames: choose a chat model "
                "that can, or score by an image-text embedder or by what is known in words."
            )
        self._chat = chat
        self.name = "yes or no of the model"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """One short prompt for each frame."""
        if not query.phrases:
            return np.zeros(len(frames))
        asked = frame_question(query)
        return np.array(
            [self._chat.yes_probability([Message("user", asked, (frame,))]) for frame in frames],
            dtype=np.float64,
        )


def frame_question(query: Query) -> str:
    """What a model is asked about a single frame, to be answered by yes or no."""
    asked = []
    if query.objects:
        asked.append(f"Does this picture show any of these: {'; '.join(query.objects)}?")
    if query.events:
        asked.append(f"Does somebody in it do any of these: {'; '.join(query.events)}?")
    if not asked:
        asked.append(f"{query.question}\nDoes this picture show enough to answer that?")
    return " ".join([*asked, "Answer yes or no."])


class VectorScorer:
    """The best similarity of any phrase to the vector of the kept picture nearest to a frame.

    ``vectors`` are (time, unit vector) of pictures that were embedded before: nothing is looked at.
    """

    def __init__(
        self,
        vectors: Sequence[tuple[float, NDArray[np.floating]]],
        embedder: PictureEmbedder,
        template: str = "a photo of {}",
    ) -> None:
        self._vectors, self._embedder, self._template = vectors, embedder, template
        self.name = "kept pictures"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """The cosine, 0 where it is negative. Bunched together: see ``NormalizedScorer``."""
        if not self._vectors or not query.phrases:
            return np.zeros(len(frames))
        prompts = [self._template.format(phrase) for phrase in (*query.objects, *query.events)]
        asked = [self._embedder.embed_query(text) for text in prompts or query.phrases]
        pictures = np.stack([vector for _, vector in self._vectors])
        best = np.clip((pictures @ np.stack(asked).T).max(axis=1), 0.0, 1.0)
        times = np.array([at for at, _ in self._vectors])
        nearest = [int(np.abs(times - frame.at).argmin()) for frame in frames]
        return np.asarray(best[nearest], dtype=np.float64)


class KnownScorer:
    """How well what is known of a frame in words fits: captions, things in view, what was said.

    ``known`` gives the texts of a frame; ``known_of`` makes them of an observation. With an
    embedder, the best cosine of any phrase to any text; without, the part of a phrase's words
    that are in the texts, the best phrase counting.
    """

    def __init__(
        self, known: Callable[[Frame], Sequence[str]], embedder: Embedder | None = None
    ) -> None:
        self._known = known
        self._embedder = embedder
        self.name = "what is known"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        """0 for a frame of which nothing is known."""
        texts = [tuple(text for text in self._known(frame) if text) for frame in frames]
        if not query.phrases:
            return np.zeros(len(frames))
        if self._embedder is None:
            word_lists = [_words(phrase) for phrase in query.phrases]
            scores = [
                max((_part_in(words, " ".join(known)) for words in word_lists), default=0.0)
                for known in texts
            ]
            return np.array(scores, dtype=np.float64)
        return _best_cosines(self._embedder, texts, query)


def _best_cosines(
    embedder: Embedder, texts: Sequence[Sequence[str]], query: Query
) -> NDArray[np.float64]:
    """The best similarity of any phrase to any text of each frame; each text is embedded once."""
    every = list(dict.fromkeys(text for known in texts for text in known))
    if not every:
        return np.zeros(len(texts))
    asked = np.stack([embedder.embed_query(phrase) for phrase in query.phrases])
    best = (embedder.embed_documents(every) @ asked.T).max(axis=1)
    of = {text: float(value) for text, value in zip(every, best)}
    return np.array([max([0.0, *(of[text] for text in known)]) for known in texts])


def _words(text: str) -> list[str]:
    cleaned = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return [word for word in cleaned.split() if len(word) > 1] or cleaned.split()


def _part_in(words: Sequence[str], text: str) -> float:
    """The part of the words that a text has, in any form; Chinese ones anywhere in it."""
    low = text.casefold()
    there = set(_words(text))
    forms = there.union(*(inflections(word) for word in there if word.isascii()))
    has = [
        word in there or bool(inflections(word) & there) or word in forms
        if word.isascii()
        else word in low
        for word in words
    ]
    return sum(has) / len(has) if has else 0.0
