"""Frames are scored by what can tell, once each, on one scale, and put together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egogpt.protocols.chat import Message
from egogpt.quota.known_text import known_of
from egogpt.quota.query import Query
from egogpt.quota.scorer_combinators import (
    BestOf,
    CascadeScorer,
    NormalizedScorer,
)
from egogpt.quota.scorers import ChatScorer, KnownScorer, VectorScorer, frame_question
from egogpt.quota.weights import frame_weights
from memory.types.core import Clip, Frame, Observation, Sighting, Span, Utterance

MUG = Query("Where is the red mug?", ("red mug",), ("putting a mug",))
SHADES = (0, 50, 100, 150, 200, 250)


def frame(shade: int, at: float = 0.0) -> Frame:
    return Frame(at, np.full((4, 6, 3), shade, dtype=np.uint8))


FRAMES = [frame(shade, float(at)) for at, shade in enumerate(SHADES)]


class Looks:
    """Sees: the brighter a picture, the surer it says yes."""

    name = "looks"
    context_tokens = 4096
    hears = False

    def __init__(self, sees: bool = True) -> None:
        self.sees = sees
        self.asked: list[Message] = []

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        raise AssertionError("only yes or no is asked for")

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        raise AssertionError("only yes or no is asked for")

    def yes_probability(self, messages: Sequence[Message]) -> float:
        self.asked += messages
        (shown,) = messages[-1].frames
        return float(shown.image.mean()) / 255


class Space:
    """Pictures and words in one plane: bright is (1, 0), "red mug" too, all else is (0, 1)."""

    name = "plane"
    dimension = 2
    synonym_cosine = 0.5

    def embed_pictures(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        bright = np.array([one.image.mean() / 255 for one in frames])
        return np.stack([bright, np.sqrt(1 - bright**2)], axis=1).astype(np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.array([1, 0] if "red mug" in text else [0, -1], dtype=np.float32)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])


class Fixed:
    """Gives scores by the shade of a picture, and counts how often it is asked."""

    def __init__(self, name: str = "fixed", **scores: float) -> None:
        self.name = name
        self.scores = {int(shade[1:]): score for shade, score in scores.items()}
        self.seen: list[int] = []

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        shades = [int(one.image[0, 0, 0]) for one in frames]
        self.seen += shades
        return np.array([self.scores.get(shade, shade / 255) for shade in shades])


def test_a_model_that_sees_is_asked_about_each_frame() -> None:
    chat = Looks()
    scores = ChatScorer(chat).score(FRAMES, MUG)
    assert scores.tolist() == pytest.approx([shade / 255 for shade in SHADES])
    assert [message.frames for message in chat.asked] == [(one,) for one in FRAMES]
    assert {message.content for message in chat.asked} == {frame_question(MUG)}


def test_a_frame_is_asked_about_by_the_list_and_only_else_by_the_question() -> None:
    assert "red mug" in frame_question(MUG)
    assert "putting a mug" in frame_question(MUG)
    assert MUG.question not in frame_question(MUG)
    assert MUG.question in frame_question(Query(MUG.question))


def test_a_model_that_does_not_see_is_refused() -> None:
    with pytest.raises(ValueError, match="looks cannot see pictures"):
        ChatScorer(Looks(sees=False))


def kept() -> VectorScorer:
    vectors = Space().embed_pictures(FRAMES)
    return VectorScorer([(one.at, vector) for one, vector in zip(FRAMES, vectors)], Space())


def test_the_kept_picture_nearest_in_time_is_compared_with_the_best_phrase() -> None:
    expected = pytest.approx([shade / 255 for shade in SHADES], abs=1e-6)
    assert kept().score(FRAMES, MUG).tolist() == expected
    between = [Frame(one.at + 0.2, one.image) for one in FRAMES]
    assert kept().score(between, MUG).tolist() == expected
    assert VectorScorer([], Space()).score(FRAMES, MUG).tolist() == [0.0] * 6


def known(one: Frame) -> tuple[str, ...]:
    return {0: (), 50: ("a dog runs",), 100: ("I wash the mugs",)}.get(
        int(one.image[0, 0, 0]), ("A red mug.", "something else")
    )


def test_what_is_known_in_words_is_compared_by_words() -> None:
    scores = KnownScorer(known).score(FRAMES[:4], MUG)
    assert scores.tolist() == [0.0, 0.0, 0.5, 1.0]
    chinese = Query("", ("红色杯子",))
    assert KnownScorer(lambda _: ("桌上有红色杯子。",)).score(FRAMES[:1], chinese) == [1.0]


def test_what_is_known_in_words_is_compared_by_meaning() -> None:
    words = lambda one: ("the red mug stands here",) if one.at == 2 else ("a dog",)  # noqa: E731
    scores = KnownScorer(words, Space()).score(FRAMES[:3], Query("", ("red mug",)))
    assert scores.tolist() == [0.0, 0.0, 1.0]
    assert KnownScorer(lambda _: (), Space()).score(FRAMES, MUG).tolist() == [0.0] * 6


def test_a_question_without_words_scores_nothing_and_so_shares_evenly() -> None:
    for scorer in (ChatScorer(Looks()), kept(), KnownScorer(known)):
        scores = scorer.score(FRAMES, Query(""))
        assert frame_weights(scores).tolist() == pytest.approx([1 / 6] * 6)


def test_what_is_known_of_a_frame_is_what_is_near_it() -> None:
    clip = Clip("r-0", "r", Span(100.0, 130.0))
    seen = Sighting(Span(110.0, 111.0), "object", "kettle", 0.9)
    said = Utterance(Span(120.0, 121.0), "Pour the tea.")
    texts = known_of([Observation(clip, (said,), (seen,))], ["I make tea."])
    assert texts(frame(0, 112.0)) == ("kettle", "I make tea.")
    assert texts(frame(0, 124.0)) == ("Pour the tea.", "I make tea.")
    assert texts(frame(0, 105.0)) == ("I make tea.",)
    assert texts(frame(0, 130.0)) == ("I make tea.",)
    assert texts(frame(0, 131.0)) == ()


@given(st.lists(st.floats(0.2, 0.3), min_size=2, max_size=20))
def test_a_scale_keeps_the_order_and_lies_between_0_and_1(found: list[float]) -> None:
    class Given:
        name = "given"

        def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
            return np.array(found)

    scores = NormalizedScorer(Given()).score([], MUG)
    assert ((scores > 0) & (scores < 1)).all()
    assert (np.diff(scores[np.argsort(found, kind="stable")]) >= -1e-9).all()


def test_bunched_cosines_are_told_apart_and_equal_ones_are_not() -> None:
    bunched = Fixed(s0=0.21, s50=0.22, s100=0.21, s150=0.20, s200=0.29, s250=0.21)
    scores = NormalizedScorer(bunched).score(FRAMES, MUG)
    assert scores[4] > 0.85
    assert np.delete(scores, 4).max() < 0.2
    alike = NormalizedScorer(Fixed(**{f"s{shade}": 0.3 for shade in SHADES}))
    assert len(set(alike.score(FRAMES, MUG).tolist())) == 1
    broken = NormalizedScorer(Fixed(s0=math.nan)).score(FRAMES, MUG)
    assert broken[0] == 0
    assert np.isfinite(broken).all()


def test_the_dear_scorer_sees_only_what_the_cheap_one_put_first() -> None:
    cheap, dear = Fixed("cheap"), Fixed("dear", s150=0.4, s200=0.9, s250=0.2)
    scores = CascadeScorer(cheap, dear, keep=3).score(FRAMES, MUG)
    assert scores.tolist() == [0, 0, 0, 0.4, 0.9, 0.2]
    assert dear.seen == [150, 200, 250]
    assert CascadeScorer(cheap, dear, keep=6).score(FRAMES[:2], MUG).shape == (2,)
    assert cheap.seen == list(SHADES)
    spread = CascadeScorer(None, Fixed("dear"), keep=2).score(FRAMES, MUG)
    assert np.flatnonzero(spread).tolist() == [4], (
        "far apart: the first, which shows nothing, and this"
    )


def test_scorers_together_take_the_best() -> None:
    one = Fixed("one", s0=0.9, s50=0.8, s100=0.1)
    other = Fixed("two", s0=0.0, s50=0.5, s100=0.4)
    assert BestOf([one, other]).score(FRAMES[:3], MUG).tolist() == [0.9, 0.8, 0.4]
    with pytest.raises(ValueError, match="at least one"):
        BestOf([])
