"""The speech benchmark counts errors rightly and runs over files that it has never seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.speech import errors, main, shared_speech
from egogpt.weights.store import WeightStore
from tests.media import speak, write_wav

texts = st.lists(st.sampled_from("abcd"), max_size=8)


@given(texts, texts)
def test_errors_are_a_distance(one: list[str], two: list[str]) -> None:
    assert errors(one, one) == 0
    assert errors(one, two) == errors(two, one)
    assert abs(len(one) - len(two)) <= errors(one, two) <= max(len(one), len(two))


def test_a_wrong_a_missing_and_an_added_word_are_three_errors() -> None:
    reference = "ask not what your country can do for you".split()
    assert errors(reference, "ask now what country can do for you all".split()) == 3


def test_given_speech_is_found_with_its_words(shared: Path) -> None:
    spoken = shared_speech(shared / "media" / "speech")
    groups = {one.group for one in spoken}
    assert groups == {"LibriVox", "Kennedy", "Dickens", "SpeechBrain*"}
    assert [one.faulty for one in spoken] == [one.group == "SpeechBrain*" for one in spoken]


def test_nothing_to_listen_to_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "--shared" in capsys.readouterr().err


@pytest.mark.model
def test_error_rate_and_cost_of_a_file_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not WeightStore().has("whisper-tiny.en"):
        pytest.skip("needs the weights whisper-tiny.en: egobutler models fetch whisper-tiny.en")
    text = "I put the red umbrella next to the front door."
    sound = write_wav(tmp_path / "said.wav", speak(text, 140, "en-us"))
    sound.with_suffix(".txt").write_text(text)
    assert main([str(sound), "--recogniser", "whisper-tiny.en", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["words"] == {"files": 10, "in all": 10}
    assert found["word_error_rate"]["in all"] <= 0.4
    assert found["cpu_seconds_per_minute"] > 0
