"""``?attention=`` gives a method all that it needs, in every kind of model, or says what to run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.commands.main import main
from egogpt.attention.block_gates import FoundGates, new_gates, save_gates
from egogpt.attention.chosen_method import attend_by
from egogpt.attention.retrieval_heads import by_heads
from egogpt.protocols.chat import Message
from egogpt.protocols.errors import CannotRun
from egogpt.registry import load_chat
from egogpt.runtime.decoder_layers import find_decoder, set_attention
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.vlm.base import VisionLanguageModel
from egogpt.weights.store import WeightStore
from kernels.base.method import EVERYTHING
from kernels.cache.eviction import CompressedLayer
from kernels.engine.razor_cache import RazorLayer
from kernels.layers.seer.gate import BlockGate
from kernels.methods.recycled_attention import Recycled
from kernels.methods.tidal_decode import Tidal
from kernels.methods.tokenselect import TokenSelect
from tests.egogpt import tiny_models

WRITTEN = 6
LONG = [Message("user", "The red mug stands beside the kettle. " * 22 + "Where is it?")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for which in tiny_models.KINDS:
        if which not in ("qwen2-vl", "qwen3-vl", "qwen3-omni", "llava-onevision"):
            tiny_models.save(which, folder / which)
    return folder


@pytest.fixture(autouse=True)
def _heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path))


def named(which: str, folders: Path, attention: str = "sdpa") -> str:
    return f"{tiny_models.KINDS[which]}:{folders / which}?attention={attention}"


def model(which: str, folders: Path, attention: str = "sdpa") -> VisionLanguageModel:
    found = load_chat(named(which, folders, attention), WeightStore(Path("no-weights")))
    assert isinstance(found, VisionLanguageModel)
    return found


def reply(found: VisionLanguageModel) -> str:
    return found.complete(LONG, max_tokens=WRITTEN)


def watched(monkeypatch: pytest.MonkeyPatch, method: type) -> Counter[str]:
    """What a method answers each written token, and how often it searches for that."""
    counts: Counter[str] = Counter()
    real, best = method.choose, method.best  # type: ignore[attr-defined]

    def choose(self: Any, scene: Any) -> Any:
        choice = real(self, scene)
        if scene.query.shape[2] == 1:
            counts["everything" if choice is EVERYTHING else "some"] += 1
        return choice

    def counted(self: Any, scene: Any, *given: Any) -> Any:
        counts["searched"] += scene.query.shape[2] == 1
        return best(self, scene, *given)

    monkeypatch.setattr(method, "choose", choose)
    monkeypatch.setattr(method, "best", counted)
    return counts


@pytest.mark.parametrize("which", ["egogpt", "qwen2.5-omni", "smolvlm"])
def test_what_is_chosen_is_kept_from_token_to_token(
    which: str, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = watched(monkeypatch, Recycled)
    found = model(which, folders, "recycled:tokens=600,every=4,likeness=-1")
    assert reply(found)
    language = found.language_model().model
    decoder = find_decoder(language)
    steps, layers = WRITTEN - 1, len(decoder.layers)  # the first token comes from the prompt
    assert counts["everything"] == counts["searched"] == 2 * layers, "two of five, not each"
    assert counts["some"] == (steps - 2) * layers
    attend_by(language, "dense")
    by_us = reply(found)
    set_attention(language, decoder.config, "sdpa")
    assert reply(found) == by_us
    if which == "smolvlm":
        counts = watched(monkeypatch, TokenSelect)
        attend_by(language, "tokenselect:tokens=700,likeness=-1")
        assert reply(found)
        assert counts == {"some": steps * layers, "searched": layers}


def caches_of(found: VisionLanguageModel) -> list[Any]:
    """Every cache that the language model is given from now on."""
    caches: list[Any] = []

    def see(module: Any, positional: Any, given: dict[str, Any], output: Any) -> None:
        cache = given.get("cache") or given.get("past_key_values")
        if cache is not None and not any(cache is other for other in caches):
            caches.append(cache)

    found.language_model().model.register_forward_hook(see, with_kwargs=True)
    return caches


@pytest.mark.parametrize("which", ["egogpt", "qwen2.5-vl"])
def test_what_was_not_studied_is_refused_with_the_command_that_studies_it(
    which: str, folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotRun, match=rf"heads.*egobutler heads '\w+.*{which}'"):
        model(which, folders, "duo").prepare()
    assert main(["heads", named(which, folders), "--json"]) == 0
    capsys.readouterr()
    duo = model(which, folders, "duo")
    assert reply(duo)
    language = duo.language_model().model
    assert find_decoder(language).config._attn_implementation == by_heads(language).label
    assert sum(map(len, by_heads(language).heads)) == 2  # type: ignore[attr-defined]
    counts = watched(monkeypatch, Tidal)
    attend_by(language, "tidal:tokens=600,dense_layers=0,share=0.5")
    assert reply(duo)
    assert counts["searched"] == counts["everything"] == counts["some"] > 0, "one chose for all"
    razor = model(which, folders, "razor:window=100,share=0")
    caches = caches_of(razor)
    assert reply(razor)
    (cache,) = caches
    assert all(isinstance(layer, RazorLayer) for layer in cache.layers)
    heads, size = cache.layers[0].keys.shape[1], cache.layers[0].keys.shape[3]
    full = 2 * 4 * cache.get_seq_length() * heads * size
    assert sum(layer.bytes for layer in cache.layers) < 0.5 * full * len(cache.layers)


def test_gates_choose_for_a_model_that_sees_once_they_were_distilled(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = "egogpt"
    with pytest.raises(CannotRun, match=rf"gates.*egobutler gates '\w+.*{which}'"):
        model(which, folders, "seer").prepare()
    language = model(which, folders).language_model().model
    gates = tuple(new_gates(language))
    save_gates(FoundGates(fingerprint(language), "tiny", gates, (1.0, 0.5), {}))
    asked: list[BlockGate] = []
    score = BlockGate.score

    def counted(self: BlockGate, *given: Any) -> Any:
        asked.append(self)
        return score(self, *given)

    monkeypatch.setattr(BlockGate, "score", counted)
    assert reply(model(which, folders, "seer:tokens=600"))
    assert len(set(asked)) == len(gates)
    assert len(asked) % len(gates) == 0
    assert len(asked) >= (WRITTEN - 1) * len(gates), "the first token comes from the prompt"


def test_gates_are_refused_where_pictures_turn_keys_in_three_ways(folders: Path) -> None:
    with pytest.raises(CannotRun, match=r"qwen2.5-vl cannot be loaded.*height and width"):
        model("qwen2.5-vl", folders, "seer").prepare()


@pytest.mark.parametrize("which", ["egogpt", "qwen2.5-vl"])
def test_critic_keeps_what_the_end_of_the_prompt_looks_at(which: str, folders: Path) -> None:
    critic = model(which, folders, "critic:keep=200")
    caches = caches_of(critic)
    assert reply(critic)
    (cache,) = caches
    assert all(isinstance(layer, CompressedLayer) for layer in cache.layers)
    assert cache.layers[0].keys.shape[2] == 200 + WRITTEN - 1
    assert cache.get_seq_length() > 700


@pytest.mark.parametrize(
    ("which", "spec", "words"),
    [
        ("egogpt", "quest:tokens=9", "at least sinks"),
        ("smolvlm", "quest:toks=9", "no option 'toks'"),
        ("smolvlm", "critic:keep=3", "at least sinks"),
    ],
)
def test_what_cannot_be_is_said_when_the_model_is_loaded(
    which: str, spec: str, words: str, folders: Path
) -> None:
    with pytest.raises(CannotRun, match=f"{which} cannot be loaded.*{words}"):
        model(which, folders, spec).prepare()
