"""Speech: packing, sentences, what is not believed; and, with real weights, what is heard."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.speech.faster_whisper_backend import FasterWhisper
from ingest.speech.hallucination_filter import believable, is_loop, without_guesses
from ingest.speech.language_id import Guess, Spoken, decide
from ingest.speech.progress import shares_go_to
from ingest.speech.sentences import Heard, ends_sentence, sentences
from ingest.speech.transcribe import WindowedRecogniser
from ingest.speech.vad import RATE, SpeechWindow, find_speech, halves, pack
from memory.types.core import Span, Utterance


def heard(text: str, *, step: float = 0.4, start: float = 0.0) -> list[Heard]:
    return [
        Heard(Span(start + i * step, start + (i + 1) * step), f" {word}", 0.9)
        for i, word in enumerate(text.split())
    ]


def utterance(text: str, confidence: float = 0.9, start: float = 0.0) -> Utterance:
    return Utterance(Span(start, start + 1), text, confidence=confidence)


gaps_and_lengths = st.lists(
    st.tuples(st.floats(0.01, 60), st.floats(0.2, 27.5)), min_size=1, max_size=30
)


def pieces_of(drawn: list[tuple[float, float]]) -> list[Span]:
    pieces, at = [], 0.0
    for gap, length in drawn:
        pieces.append(Span(at + gap, at + gap + length))
        at += gap + length
    return pieces


@given(gaps_and_lengths)
def test_packing_keeps_every_piece_in_order_and_fills_no_window_over(
    drawn: list[tuple[float, float]],
) -> None:
    pieces = pieces_of(drawn)
    windows = pack(pieces, 28.0)
    assert [piece for window in windows for piece in window.pieces] == pieces
    assert all(window.duration <= 28.0 for window in windows)


@given(gaps_and_lengths, st.floats(0, 1))
def test_a_moment_of_a_window_comes_from_one_of_its_pieces(
    drawn: list[tuple[float, float]], where: float
) -> None:
    for window in pack(pieces_of(drawn)):
        at = where * window.duration
        original = window.original(Span(at, min(at + 0.3, window.duration)))
        assert any(
            piece.start <= original.start and original.end <= piece.end for piece in window.pieces
        )


def test_a_moment_of_a_window_lies_where_its_samples_were_cut_from() -> None:
    samples = np.arange(20 * RATE, dtype=np.float32)
    window = SpeechWindow((Span(1.0, 2.5), Span(4.0, 4.25)))
    assert window.cut(samples).size / RATE == window.duration
    original = window.original(Span(1.6, 1.7))
    assert (original.start, original.end) == pytest.approx((4.1, 4.2))
    assert window.cut(samples)[round(1.6 * RATE)] == pytest.approx(original.start * RATE)


@given(gaps_and_lengths)
def test_halves_of_a_window_hold_all_its_pieces(drawn: list[tuple[float, float]]) -> None:
    window = SpeechWindow(tuple(pieces_of(drawn)))
    parts = halves(window)
    assert len(parts) == (2 if len(drawn) > 1 else 0)
    if parts:
        assert parts[0].pieces + parts[1].pieces == window.pieces
        assert all(part.pieces for part in parts)


def test_a_window_is_halved_at_its_longest_pause() -> None:
    window = SpeechWindow((Span(0, 5), Span(5.2, 10), Span(14, 20), Span(20.1, 24)))
    assert [len(part.pieces) for part in halves(window)] == [2, 2]


def test_a_full_window_ends_at_its_longest_pause() -> None:
    pieces = [Span(0, 10), Span(10.2, 20), Span(23, 26), Span(26.1, 30)]
    assert [len(window.pieces) for window in pack(pieces, 25.0)] == [2, 2]


def test_silence_and_noise_hold_no_speech() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 5 * RATE).astype(np.float32)
    assert find_speech(np.zeros(5 * RATE, np.float32)) == []
    assert find_speech(noise) == []
    assert find_speech(np.zeros(0, np.float32)) == []


def test_a_quote_is_a_sentence_with_its_own_span() -> None:
    words = heard("It was the season of light, it was the season of darkness. It was spring.")
    first, second = sentences(words, "en")
    assert first.text == "It was the season of light, it was the season of darkness."
    assert second.text == "It was spring."
    assert first.span == Span(words[0].span.start, words[11].span.end)
    assert [word.text for word in second.words] == ["It", "was", "spring."]


@given(st.lists(st.sampled_from(["yes.", "well,", "no", "Mr.", "Why?", "the"]), max_size=120))
def test_sentences_hold_every_word_once_and_in_order(words: list[str]) -> None:
    found = sentences(heard(" ".join(words)), "en")
    assert [word.text for one in found for word in one.words] == words
    assert all(a.span.start <= b.span.start for a, b in itertools.pairwise(found))
    assert all(one.span.duration <= 20.5 for one in found)


def test_a_pause_ends_a_sentence_that_has_no_full_stop() -> None:
    words = [*heard("so we went"), *heard("hello there", start=5.0)]
    assert [one.text for one in sentences(words, "en")] == ["so we went", "hello there"]


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        ("Mr.", False),
        ("J.", False),
        ("I.", True),
        ("no.", True),
        ('over."', True),
        ("and", False),
        ("well…", True),
        ("3.5", False),
    ],
)
def test_titles_and_initials_end_no_sentence(word: str, ends: bool) -> None:
    assert ends_sentence(word) is ends


def test_a_window_that_whisper_takes_for_silence_lowers_confidence() -> None:
    sure = [Heard(Span(0, 1), " hello", 0.9, 0.1)]
    unsure = [Heard(Span(0, 1), " hello", 0.9, 0.9)]
    assert sentences(unsure, "en")[0].confidence < sentences(sure, "en")[0].confidence == 0.9


def test_what_whisper_makes_up_in_music_is_dropped() -> None:
    made_up = [
        utterance("Thank you.", 0.6),
        utterance("Thanks for watching!", 0.7),
        utterance("[Music]"),
        utterance("♪ la la ♪"),
        utterance("Go.", 0.7),
        utterance("...", 0.9),
        utterance("mumble mumble something", 0.2),
        utterance("I don't know " * 6),
    ]
    assert believable(made_up) == []


def test_the_guessed_end_of_a_sentence_is_left_open() -> None:
    words = heard("this is the new iPod in the US. It is small.")
    doubted = [replace(w, probability=0.1) if 5 <= i < 8 else w for i, w in enumerate(words)]
    assert [one.text for one in sentences(without_guesses(doubted), "en")] == [
        "this is the new iPod…",
        "It is small.",
    ]
    assert without_guesses(words) == words


def test_clear_short_replies_are_kept() -> None:
    said = [utterance("Yes.", 0.9), utterance("Thank you.", 0.95), utterance("Not now.", 0.7)]
    assert believable(said) == said


def test_the_same_sentence_over_and_over_is_heard_a_few_times_only() -> None:
    loop = [utterance("What are you doing?", start=i) for i in range(20)]
    assert len(believable(loop)) == 4


def test_a_guessed_language_needs_more_certainty() -> None:
    doubtful = [utterance("perhaps something like this", 0.4)]
    assert believable(doubtful) == doubtful
    assert believable(doubtful, language_known=False) == []


def test_rhetoric_is_no_loop() -> None:
    dickens = "it was the best of times it was the worst of times it was the age of wisdom"
    assert not is_loop(dickens.split())
    assert is_loop(["go", "home"] * 5)


def recogniser(folder: Path, threads: int = 2) -> WindowedRecogniser:
    return WindowedRecogniser(FasterWhisper(folder, threads=threads))


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        recogniser(tmp_path)


@pytest.fixture(scope="module")
def tiny() -> Path:
    from egogpt.weights.store import WeightStore

    store = WeightStore()
    if not store.has("whisper-tiny.en"):
        pytest.skip("needs the weights whisper-tiny.en: egobutler models fetch whisper-tiny.en")
    return store.folder("whisper-tiny.en")


def speak(text: str, folder: Path) -> NDArray[np.float32]:
    """Synthetic speech at 16 kHz."""
    from faster_whisper import decode_audio

    if shutil.which("espeak-ng") is None:
        pytest.skip("needs espeak-ng: apt install espeak-ng")
    path = str(folder / "said.wav")
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", path, text], check=True)
    return np.asarray(decode_audio(path), np.float32)


@pytest.mark.model
def test_speech_between_silences_is_heard_at_its_own_time(tiny: Path, tmp_path: Path) -> None:
    silence = np.zeros(4 * RATE, np.float32)
    voice = speak("I put the red umbrella next to the front door.", tmp_path)
    recognizer = recogniser(tiny)
    samples = np.concatenate([silence, voice, silence])
    shares = list[float]()
    with shares_go_to(shares.append):
        found = recognizer.transcribe(samples, 1000.0)
    assert shares == [0.5, 1.0]
    text = " ".join(one.text for one in found)
    assert "red umbrella next to the front door" in text.lower()
    assert 1003.5 <= found[0].span.start <= found[-1].span.end <= 1004.5 + voice.size / RATE
    assert all(word.span.start >= one.span.start for one in found for word in one.words)
    assert recognizer.transcribe(silence, 0.0) == []


@pytest.mark.model
def test_a_real_speech_is_understood(tiny: Path, shared: Path) -> None:
    from faster_whisper import decode_audio

    found = recogniser(tiny).transcribe(decode_audio(str(shared / "media/speech/jfk.flac")), 0.0)
    text = " ".join(one.text for one in found).lower()
    assert "ask not what your country can do for you" in text


@pytest.fixture(scope="module")
def base() -> Path:
    from egogpt.weights.store import WeightStore

    store = WeightStore()
    if not store.has("whisper-base"):
        pytest.skip("needs the weights whisper-base: egobutler models fetch whisper-base")
    return store.folder("whisper-base")


@pytest.mark.model
def test_each_sentence_is_written_in_the_language_that_it_is_said_in(base: Path) -> None:
    from tests.media import speak as voice

    english = voice(
        "I put the red umbrella next to the front door, because it was raining all morning. "
        "Then we went to the market and bought apples, bread and cheese.",
        140,
        "en-us",
    )
    german = voice(
        "Ich habe den roten Regenschirm neben die Haustür gestellt, weil es den ganzen Morgen "
        "geregnet hat. Danach sind wir auf den Markt gegangen und haben Brot gekauft.",
        140,
        "de",
    )
    pause = np.zeros(3 * RATE, np.float32)
    # All of it fits into one window: it has to be heard in halves.
    found = recogniser(base).transcribe(np.concatenate([english, pause, german]), 0.0)
    change = english.size / RATE + 1.5
    assert {one.language for one in found if one.span.end < change} == {"en"}
    assert {one.language for one in found if one.span.start > change} == {"de"}
    text = " ".join(one.text for one in found)
    assert "umbrella" in text
    assert "Morgen" in text


@pytest.mark.model
def test_many_windows_side_by_side_are_heard_as_one_after_the_other(
    tiny: Path, tmp_path: Path
) -> None:
    voice = speak("I put the red umbrella next to the front door. We went to the market.", tmp_path)
    sound = np.concatenate([voice, np.zeros(RATE, np.float32)] * 5)
    alone = recogniser(tiny, threads=1).transcribe(sound, 0.0)
    assert recogniser(tiny, threads=2).transcribe(sound, 0.0) == alone
    assert [one.span.start for one in alone] == sorted(one.span.start for one in alone)


def test_half_a_letter_at_the_end_is_left_out() -> None:
    (said,) = sentences([*heard("it was"), Heard(Span(0.8, 1.0), " t\ufffd", 0.9)], "en")
    assert said.text == "it was t"
    assert not sentences([Heard(Span(0.8, 1.0), " \ufffd", 0.9)], "th")


def test_the_only_thing_said_is_written_in_its_likely_language_and_not_in_english() -> None:
    likely, faint = Guess("de", 0.77, 8.2), Guess("cy", 0.3, 8.2)
    assert decide([likely]) == [Spoken("de", False)]
    assert decide([Guess("cy", 0.7, 3.0), likely]) == [Spoken("de", False)] * 2
    assert decide([faint]) == [Spoken("en", False)]
    assert decide([likely, Guess("fr", 0.95, 9.0)])[0] == Spoken("fr", False)
