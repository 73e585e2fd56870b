"""Recognisers by name: what is here, what is missing and what to do; real loading of tiny ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from egogpt.weights.store import WeightMissing, WeightStore
from ingest.speech.language_id import Guess, Spoken, decide, differ
from ingest.speech.registry import (
    BUNDLED,
    SpeechModelMissing,
    UnknownLanguage,
    available,
    fetch_recogniser,
    load_recogniser,
    recogniser_names,
)
from ingest.stages.pipeline import plan_stages
from tests.media import speak


@pytest.fixture
def empty(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A Whisper of OpenAI's own architecture with random weights, as its package saves them."""
    return tiny_whisper(tmp_path / "random.pt", n_vocab=51865)


def tiny_whisper(path: Path, n_vocab: int) -> Path:
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(0)
    dims = ModelDimensions(
        n_mels=80,
        n_audio_ctx=1500,
        n_audio_state=16,
        n_audio_head=2,
        n_audio_layer=1,
        n_vocab=n_vocab,
        n_text_ctx=64,
        n_text_state=16,
        n_text_head=2,
        n_text_layer=2,
    )
    model = Whisper(dims)
    for parameter in model.parameters():  # some are left as the memory was
        torch.nn.init.normal_(parameter, 0.0, 0.1)
    torch.save({"dims": vars(dims), "model_state_dict": model.state_dict()}, path)
    return path


def test_bundled_larger_and_openai_models_can_be_named() -> None:
    names = recogniser_names()
    assert names[:2] == ["whisper-base", "whisper-tiny.en"]
    assert {"small", "medium", "large-v3", "turbo", "openai-whisper:base"} <= set(names)
    assert len(names) == len(set(names))


def test_what_is_missing_is_said_with_what_to_do(empty: WeightStore) -> None:
    assert "egobutler models fetch whisper-base" in str(available("whisper-base", empty))
    large = str(available("large-v3", empty))
    assert "huggingface.co/Systran/faster-whisper-large-v3" in large
    assert str(empty.root / "faster-whisper-large-v3") in large
    assert "whisper-base" in large
    with pytest.raises(WeightMissing, match=r"models fetch whisper-tiny\.en"):
        load_recogniser("whisper-tiny.en", empty)


@pytest.mark.parametrize("name", ["whisper-gigantic", "openai-whisper:gigantic", "openai-whisper:"])
def test_an_unknown_name_lists_those_that_exist(empty: WeightStore, name: str) -> None:
    for use in (load_recogniser, fetch_recogniser):
        with pytest.raises(SpeechModelMissing, match="turbo"):
            use(name, empty)


def test_a_hub_that_is_out_of_reach_is_named_with_the_way_around(
    empty: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        SpeechModelMissing, match=r"could not be fetched from huggingface\.co"
    ) as seen:
        fetch_recogniser("small", empty)
    assert str(empty.root / "faster-whisper-small") in str(seen.value)


def test_a_server_of_openai_that_is_out_of_reach_is_named(
    empty: WeightStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import whisper

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(whisper._MODELS, "base", "http://127.0.0.1:1/abc/base.pt")
    with pytest.raises(SpeechModelMissing, match=r"put base\.pt into"):
        fetch_recogniser("openai-whisper:base", empty)


def test_a_folder_without_a_model_is_named(empty: WeightStore, tmp_path: Path) -> None:
    with pytest.raises(SpeechModelMissing, match=str(tmp_path)):
        load_recogniser(str(tmp_path), empty)


def test_a_file_that_is_no_model_is_named(empty: WeightStore, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"this is no checkpoint")
    with pytest.raises(SpeechModelMissing, match=str(broken)):
        load_recogniser(f"openai-whisper:{broken}", empty)
    (tmp_path / "model.bin").write_bytes(b"neither is this")
    with pytest.raises(SpeechModelMissing, match="cannot be loaded"):
        load_recogniser(str(tmp_path), empty)


def test_a_language_that_nobody_writes_is_refused_before_anything_is_loaded(
    empty: WeightStore,
) -> None:
    with pytest.raises(UnknownLanguage, match="two-letter code"):
        load_recogniser("whisper-base", empty, "english")


def test_a_checkpoint_of_openai_is_loaded_and_heard_by(
    empty: WeightStore, checkpoint: Path
) -> None:
    name = f"openai-whisper:{checkpoint}"
    assert available(name, empty) is None
    recogniser = load_recogniser(name, empty)
    assert (recogniser.name, recogniser.version[:14]) == ("random", "openai-whisper")
    # Random weights say random things, of which nothing is believed; silence is not even heard.
    said = recogniser.transcribe(speak("I put the umbrella next to the door."), 1000.0)
    assert all(1000.0 <= one.span.start <= one.span.end for one in said)
    assert recogniser.transcribe(np.zeros(32_000, np.float32), 0.0) == []


def test_openai_words_have_times_inside_the_window(checkpoint: Path) -> None:
    from ingest.speech.openai_whisper_backend import OpenAiWhisper

    listener = OpenAiWhisper(checkpoint)
    sound = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    window = listener.encode(sound)
    guess = listener.guess(window)
    assert len(guess.code) in (2, 3)
    assert 0 <= guess.probability <= 1
    assert guess.seconds == 3.0
    (words,) = listener.words([window], ["en"])
    assert words
    assert all(0 <= word.span.start <= word.span.end <= 3.0 for word in words)
    assert all(0 <= word.probability <= 1 for word in words)


def test_an_english_only_model_is_never_asked_for_a_language(
    empty: WeightStore, tmp_path: Path
) -> None:
    from ingest.speech.openai_whisper_backend import OpenAiWhisper

    assert not OpenAiWhisper(tiny_whisper(tmp_path / "tiny.en.pt", 51864)).multilingual


@pytest.mark.model
def test_the_default_stands_in_for_what_is_not_here() -> None:
    weights = WeightStore()
    if not weights.has("whisper-base"):
        pytest.skip("needs the weights whisper-base: egobutler models fetch whisper-base")
    plan = plan_stages(weights, "openai-whisper:/no/such.pt")
    assert plan.stages[0].version == plan_stages(weights, "whisper-base").stages[0].version
    assert any("no/such.pt" in note and "whisper-base" in note for note in plan.notes)


@pytest.mark.model
@pytest.mark.parametrize("name", BUNDLED)
def test_a_folder_of_faster_whisper_is_as_good_as_a_name(name: str) -> None:
    weights = WeightStore()
    if not weights.has(name):
        pytest.skip(f"needs the weights {name}: egobutler models fetch {name}")
    given = load_recogniser(str(weights.folder(name)), weights)
    assert given.name == name


def test_a_sure_window_decides_for_itself_and_for_doubtful_ones_after_it() -> None:
    guesses = [
        Guess("en", 0.97, 20.0),
        Guess("ja", 0.41, 4.0),
        Guess("de", 0.98, 13.4),
        Guess("de", 0.70, 9.0),
        Guess("la", 0.41, 10.8),
    ]
    assert decide(guesses) == [
        Spoken("en", True),
        Spoken("en", False),
        Spoken("de", True),
        Spoken("de", True),
        Spoken("de", False),
    ]


def test_doubt_before_the_first_sure_window_is_settled_by_it() -> None:
    assert decide([Guess("cy", 0.3, 5.0), Guess("fr", 0.9, 5.0)])[0] == Spoken("fr", False)


def test_where_nothing_is_sure_english_is_a_guess() -> None:
    assert decide([Guess("cy", 0.5, 5.0), Guess("en", 0.6, 5.0)]) == [Spoken("en", False)] * 2
    assert decide([]) == []


def test_a_moment_of_sound_is_no_language() -> None:
    assert decide([Guess("ko", 0.99, 0.8)]) == [Spoken("en", False)]


def test_a_window_in_two_languages_is_written_in_both() -> None:
    # As whisper-base guesses them: English then German in one window, and its halves.
    whole = Guess("en", 0.833, 21.3)
    halves = [Guess("en", 0.910, 10.1), Guess("de", 0.990, 11.2)]
    assert whole.mixed
    assert differ(whole, halves)
    assert differ(Guess("la", 0.335, 23.7), [Guess("de", 0.973, 10.8), Guess("es", 0.947, 12.8)])


def test_a_window_in_one_language_stays_whole() -> None:
    assert not Guess("en", 0.934, 27.3).mixed
    assert not Guess("cy", 0.4, 4.0).mixed
    assert not differ(Guess("en", 0.85, 20.0), [Guess("en", 0.95, 10.0), Guess("cy", 0.5, 10.0)])
    assert not differ(Guess("la", 0.41, 10.8), [Guess("la", 0.5, 5.4), Guess("cy", 0.6, 5.4)])
