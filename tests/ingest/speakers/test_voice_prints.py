"""Voice prints: real weights tell voices apart, and make the same prints at every run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egogpt.weights.store import WeightStore
from ingest.speakers.voice_encoder import FRAMES, VoiceEncoder, cleaned, noise_floor, unit
from ingest.speakers.voice_prints import VoicePrinter
from memory.db.row_mapping import print_id
from memory.types.core import BiometricPrint, Span, Utterance, Word
from tests.media import silence, speak

RATE = 16_000
AT = 1_772_452_800.0
Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def folder() -> Path:
    store = WeightStore()
    if not store.has("voice"):
        pytest.skip("needs the weights voice: egobutler models fetch voice")
    return store.folder("voice")


class NoMusic:
    """For sound that has none."""

    def music(self, samples: Sound) -> list[Span]:
        return []


class MusicAt:
    """As if there were music in one stretch."""

    def __init__(self, span: Span) -> None:
        self.span = span

    def music(self, samples: Sound) -> list[Span]:
        return [self.span]


@pytest.fixture(scope="module")
def printer(folder: Path) -> VoicePrinter:
    return VoicePrinter(folder, sounds=NoMusic())


def conversation(turns: Sequence[Sound], pause: float = 0.8) -> tuple[Sound, list[Utterance]]:
    """Turns one after the other, and a sentence for each as a recogniser would time it."""
    sound, said = [silence(pause)], []
    at = pause
    for number, turn in enumerate(turns):
        length = turn.size / RATE
        count = max(round(length / 0.35), 1)
        words = tuple(
            Word(
                Span(AT + at + i * length / count, AT + at + (i + 1) * length / count),
                f"w{number}x{i}" + ("." if i == count - 1 else ""),
            )
            for i in range(count)
        )
        span = Span(words[0].span.start, words[-1].span.end)
        text = " ".join(word.text for word in words)
        said.append(Utterance(span, text, confidence=0.9, language="en", words=words))
        sound += [turn, silence(pause)]
        at += length + pause
    return np.concatenate(sound), said


def clip_of(at: float) -> str:
    return f"clip-{int((at - AT) // 30)}"


def loud(sound: Sound) -> Sound:
    return np.asarray(sound * 0.06 / np.sqrt(np.mean(sound**2)), np.float32)


def speech(path: Path) -> Sound:
    from faster_whisper import decode_audio

    return loud(np.asarray(decode_audio(str(path)), np.float32))


def best(prints: dict[str, list[BiometricPrint]]) -> BiometricPrint:
    return max((one for some in prints.values() for one in some), key=lambda one: one.quality)


@pytest.mark.model
def test_two_voices_get_two_prints_and_every_word_is_kept(printer: VoicePrinter) -> None:
    low = [speak("I think that we should go to the market before it rains.", voice="en-us+m3")] * 3
    high = [speak("Are you sure? My umbrella is still at the office.", voice="en-us+f2")] * 3
    sound, said = conversation([turn for pair in zip(low, high) for turn in pair])
    found, prints = printer.read(sound, AT, said, clip_of)
    voices = [one.print_id for one in found]
    assert len(found) == 6
    assert voices[0::2] == [voices[0]] * 3 or len(set(voices[0::2])) == len(prints)
    assert not set(voices[0::2]) & set(voices[1::2])
    assert 0 not in voices
    assert [word for one in found for word in one.words] == [w for one in said for w in one.words]
    ids = {one.id for some in prints.values() for one in some}
    assert ids == set(voices)


@pytest.mark.model
def test_a_sentence_is_cut_between_two_voices_only_where_they_can_be_known_again(
    printer: VoicePrinter, folder: Path
) -> None:
    ask = speak("I think that we should go to the market before it rains again.", voice="en-us+m3")
    answer = speak("Are you sure? My umbrella is still at the office.", voice="en-us+f2")
    sound, said = conversation([ask, answer, ask, answer])
    joined = Utterance(
        Span(said[0].span.start, said[1].span.end),
        f"{said[0].text} {said[1].text}",
        language="en",
        words=said[0].words + said[1].words,
    )
    over_music = VoicePrinter(folder, sounds=MusicAt(Span(0.0, 60.0)))
    assert over_music.read(sound, AT, [joined, *said[2:]], clip_of)[0] == [joined, *said[2:]]
    found, _ = printer.read(sound, AT, [joined, *said[2:]], clip_of)
    first, second = found[:2]
    assert first.print_id == found[2].print_id != second.print_id == found[3].print_id
    assert f"{first.text} {second.text}" == joined.text
    assert second.words[0] in said[1].words[:2]


@pytest.mark.model
def test_the_same_block_gives_the_same_prints(printer: VoicePrinter, folder: Path) -> None:
    turns = [speak("The quick brown fox jumps over the lazy dog every morning.")] * 3
    sound, said = conversation(turns)
    once = printer.read(sound, AT, said, clip_of)
    again = VoicePrinter(folder, sounds=NoMusic()).read(sound, AT, said, clip_of)
    assert once[0] == again[0]
    assert once[1].keys() == again[1].keys()
    for one, other in zip(best(once[1]).vector, best(again[1]).vector):
        assert one == other
    made = best(once[1])
    assert made.id == print_id(made.clip_id, "voice", 1)
    assert np.linalg.norm(made.vector) == pytest.approx(1.0, abs=1e-5)
    assert (made.kind, made.model, made.vector.shape) == ("voice", "ge2e", (256,))


@pytest.mark.model
def test_a_voice_has_one_print_in_each_clip(printer: VoicePrinter) -> None:
    turns = [speak("The quick brown fox jumps over the lazy dog every morning.")] * 9
    sound, said = conversation(turns)
    found, prints = printer.read(sound, AT, said, clip_of)
    assert {clip: len(some) for clip, some in prints.items()} == {"clip-0": 1, "clip-1": 1}
    for one in found:
        (made,) = prints[clip_of(one.span.start)]
        assert one.print_id == made.id
        assert made.span.start <= one.span.start < one.span.end <= made.span.end


@pytest.mark.model
def test_what_is_said_outside_every_clip_gets_no_print(printer: VoicePrinter) -> None:
    sound, said = conversation([speak("The quick brown fox jumps over the lazy dog.")] * 3)
    found, prints = printer.read(sound, AT, said, lambda at: "")
    assert prints == {}
    assert [one.print_id for one in found] == [0, 0, 0]


@pytest.mark.model
def test_what_is_said_over_music_makes_no_print(folder: Path) -> None:
    sound, said = conversation([speak("The quick brown fox jumps over the lazy dog.")] * 3)
    everywhere = VoicePrinter(folder, sounds=MusicAt(Span(0.0, 60.0)))
    found, prints = everywhere.read(sound, AT, said, clip_of)
    assert prints == {}
    assert [one.text for one in found] == [one.text for one in said]
    assert {one.print_id for one in found} == {0}


@pytest.mark.model
def test_a_word_or_two_make_no_print(printer: VoicePrinter) -> None:
    sound, said = conversation([speak("Yes.")])
    assert printer.read(sound, AT, said, clip_of)[1] == {}
    assert printer.read(sound, AT, [], clip_of) == ([], {})


@pytest.mark.model
def test_real_readers_are_never_one_and_always_themselves(
    printer: VoicePrinter, shared: Path
) -> None:
    folder = shared / "media" / "speech"
    dickens = speech(folder / "two_cities.wav")
    austen = [speech(path) for path in sorted((folder / "librivox").glob("*.wav"))]
    halves = {
        "Dickens": [dickens[: dickens.size // 2], dickens[dickens.size // 2 :]],
        "Austen": [np.concatenate(austen[:2]), np.concatenate(austen[2:])],
        "Kennedy": [speech(folder / "jfk.flac")],
    }
    made = [
        (who, best(printer.read(*_reading(sound), clip_of)[1]).vector)
        for who, sounds in halves.items()
        for sound in sounds
    ]
    for (who, one), (other, two) in combinations(made, 2):
        assert (float(one @ two) > 0.82) is (who == other), (who, other, float(one @ two))


def _reading(sound: Sound) -> tuple[Sound, float, list[Utterance]]:
    made, said = conversation([sound])
    return made, AT, said


@pytest.mark.model
def test_a_real_conversation_is_told_apart(printer: VoicePrinter, shared: Path) -> None:
    folder = shared / "media" / "speech"
    kennedy = speech(folder / "jfk.flac")
    dickens = speech(folder / "two_cities.wav")
    cut = [
        kennedy[: 4 * RATE],
        dickens[: 7 * RATE],
        kennedy[4 * RATE :],
        dickens[7 * RATE :][: 9 * RATE],
    ]
    sound, said = conversation(cut)
    found, _ = printer.read(sound, AT, said, clip_of)
    by_turn = [
        {one.print_id for one in found if turn.span.start <= one.span.start < turn.span.end}
        for turn in said
    ]
    assert all(len(ids) == 1 for ids in by_turn)
    vectors = {
        one.id: one.vector
        for some in printer.read(sound, AT, said, clip_of)[1].values()
        for one in some
    }
    one, two, three, four = (vectors[ids.pop()] for ids in by_turn)
    assert np.array_equal(one, three)
    assert np.array_equal(two, four)
    assert float(one @ two) < 0.7


@pytest.mark.model
def test_hiss_does_not_make_two_voices_one(printer: VoicePrinter, shared: Path) -> None:
    folder = shared / "media" / "speech"
    rng = np.random.default_rng(0)

    def hissing(sound: Sound) -> Sound:
        return (sound + rng.normal(0, 0.06 * 10 ** (-15 / 20), sound.size)).astype(np.float32)

    made = []
    for name in ("jfk.flac", "two_cities.wav"):
        sound, said = conversation([speech(folder / name)[: 11 * RATE]])
        made.append(best(printer.read(hissing(sound), AT, said, clip_of)[1]).vector)
    assert float(made[0] @ made[1]) < 0.78


@pytest.mark.model
def test_quiet_speech_is_the_same_voice(folder: Path) -> None:
    encoder = VoiceEncoder(folder)
    sound = loud(speak("The quick brown fox jumps over the lazy dog every single morning."))

    def vector(level: float) -> NDArray[np.float32]:
        power = encoder.power(np.asarray(sound * level, np.float32))
        clear = cleaned(power, noise_floor(power))
        return encoder.embed(clear[None, :FRAMES])[0]

    assert float(vector(0.05) @ vector(0.3)) > 0.99


def test_a_folder_without_a_voice_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="egobutler models fetch voice"):
        VoiceEncoder(tmp_path)


def test_vectors_are_of_length_one_and_nothing_stays_nothing() -> None:
    made = unit(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))
    assert made.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]
