"""Turns: made-up voices (directions with scatter) in, the same voices out, and none joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.speakers.diarization import NOBODY, Windows, assign, overlapped, voices
from ingest.speakers.voice_encoder import unit
from memory.types.core import Span, Word

HOP = 0.5
SIZE = 256


def directions(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Voices as far apart as real ones: cosines of about 0.45."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 1, (count, SIZE)) / np.sqrt(SIZE)
    shared = rng.normal(0, 1, SIZE) / np.sqrt(SIZE)
    return unit((np.sqrt(0.45) * shared + np.sqrt(0.55) * own).astype(np.float32))


def heard(order: list[int], voice: NDArray[np.float32], seed: int = 1) -> Windows:
    """Windows every half second, each a voice with the scatter of real windows."""
    rng = np.random.default_rng(seed)
    scatter = rng.normal(0, 0.6 / np.sqrt(SIZE), (len(order), SIZE))
    vectors = unit((voice[order] + scatter).astype(np.float32))
    return Windows(tuple(Span(i * HOP, i * HOP + 1.6) for i in range(len(order))), vectors)


def words(count: int, *, every: float = 0.5, stop_after: tuple[int, ...] = ()) -> list[Word]:
    """One word at the middle of each window."""
    return [
        Word(Span(0.6 + i * every, 1.0 + i * every), "no." if i in stop_after else "no")
        for i in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_as_many_voices_are_found_as_speak(count: int) -> None:
    order = [voice for voice in range(count) for _ in range(12)] * 2
    found = voices(heard(order, directions(count)), HOP)
    assert len(found) == count
    likeness = found @ directions(count).T
    assert list(likeness.argmax(axis=1)) == list(range(count))  # in order of appearance


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(8, 16)), min_size=1, max_size=8))
def test_no_voice_is_ever_two_people(turns: list[tuple[int, int]]) -> None:
    order = [voice for voice, length in turns for _ in range(length)]
    made = heard(order, directions(3))
    found = voices(made, HOP)
    nearest = (made.vectors @ found.T).argmax(axis=1)
    for number in set(nearest.tolist()):
        speakers = [order[i] for i in np.flatnonzero(nearest == number)]
        most = max(set(speakers), key=speakers.count)
        assert speakers.count(most) >= 0.9 * len(speakers)


def test_words_go_to_the_voice_that_says_them() -> None:
    order = [0] * 10 + [1] * 10 + [0] * 10
    made = heard(order, directions(2))
    labels = assign(words(30, stop_after=(9, 19)), made, voices(made, HOP))
    assert labels == [1] * 10 + [2] * 10 + [1] * 10


def test_one_odd_window_inside_a_sentence_changes_no_speaker() -> None:
    order = [0] * 10 + [1] + [0] * 10 + [1] * 10
    made = heard(order, directions(2))
    assert assign(words(31), made, voices(made, HOP))[:20] == [1] * 20


def test_a_short_reply_by_another_voice_is_its_own_turn() -> None:
    order = [0] * 12 + [1] * 3 + [0] * 12 + [1] * 8
    made = heard(order, directions(2))
    labels = assign(words(35, stop_after=(11, 14, 26)), made, voices(made, HOP))
    assert labels[12:15] == [2, 2, 2]
    assert labels[:12] == [1] * 12


def test_a_second_of_somebody_who_resembles_a_speaker_is_not_given_to_that_speaker() -> None:
    voice = directions(2)
    stranger = unit(voice[0] + 0.5 * directions(3, seed=7)[2])
    apart = np.linalg.norm(stranger - voice[0] * (stranger @ voice[0]))
    off = (stranger - voice[0] * (stranger @ voice[0])) / apart
    alike = (0.62 * voice[0] + np.sqrt(1 - 0.62**2) * off).astype(np.float32)
    alone = heard([0] * 12 + [1] * 12, voice)
    vectors = np.concatenate([alone.vectors, np.stack([alike] * 2)])
    made = Windows(tuple(Span(i * HOP, i * HOP + 1.6) for i in range(26)), vectors)
    labels = assign(words(26, stop_after=(11, 23)), made, voices(made, HOP))
    assert set(labels[24:]).isdisjoint(labels[:24])


def test_two_at_once_are_nobody_and_no_third_voice() -> None:
    voice = directions(2)
    both = unit(voice[0] + voice[1])
    rng = np.random.default_rng(3)
    torn = unit((both + rng.normal(0, 0.9 / np.sqrt(SIZE), (5, SIZE))).astype(np.float32))
    alone = heard([0] * 14 + [1] * 14, voice)
    vectors = np.concatenate([alone.vectors[:14], torn, alone.vectors[14:]])
    spans = tuple(Span(i * HOP, i * HOP + 1.6) for i in range(33))
    made = Windows(spans, vectors)
    means = voices(made, HOP)
    assert len(means) == 2
    assert list(np.flatnonzero(overlapped(made, means))) == [14, 15, 16, 17, 18]
    assert assign(words(33), made, means)[14:19] == [NOBODY] * 5


def test_the_moment_between_two_speakers_is_no_overlap() -> None:
    voice = directions(2)
    alone = heard([0] * 14 + [1] * 14, voice)
    between = unit(voice[0] + voice[1])[None]
    vectors = np.concatenate([alone.vectors[:14], between, alone.vectors[14:]])
    made = Windows(tuple(Span(i * HOP, i * HOP + 1.6) for i in range(29)), vectors)
    assert not overlapped(made, voices(made, HOP)).any()


def test_nobody_speaks_where_there_is_nothing_to_hear() -> None:
    nothing = Windows((), np.zeros((0, SIZE), np.float32))
    means = voices(nothing, HOP)
    assert means.shape == (0, SIZE)
    assert assign(words(3), nothing, means) == [NOBODY] * 3
