"""What EgoGPT does beyond what every model that sees does (``test_omni.py``)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from egogpt.captioning.prompt import caption_messages
from egogpt.egogpt_7b.backend import EgoGPTBackend
from egogpt.egogpt_7b.checkpoint import Placement
from egogpt.egogpt_7b.prompt import PromptTokenizer
from egogpt.protocols.chat import Message
from egogpt.protocols.errors import CannotRun, ModelMissing
from egogpt.protocols.model_names import UnknownModel
from egogpt.registry import load_chat
from egogpt.runtime.generation import first_scores
from egogpt.vlm.focus import Request
from egogpt.weights.store import WeightStore
from memory.types.core import Observation
from tests.egogpt.tiny_egogpt import (
    Fabricated,
    fabricate,
    frames,
    letters_only,
    observations,
    opened,
    sound,
)

ASKED = (Message("user", "what do I see", frames(2), sound(1.0)),)
ROOM = {"max_position_embeddings": 8192, "tokenizer_model_max_length": 8192}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Fabricated:
    made = fabricate(tmp_path_factory.mktemp("egogpt"), seed=6, **ROOM)
    letters_only(made)
    return made


@pytest.fixture(scope="module")
def backend(made: Fabricated) -> EgoGPTBackend:
    return opened(made.folder)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egogpt.vlm.base.MAX_TOKENS", 8)


def test_it_captions_in_sixteen_bits(made: Fabricated) -> None:
    backend = opened(made.folder, Placement(dtype="bfloat16"))
    assert all(backend.captions(list(observations(3))))
    assert 0 < backend.yes_probability(ASKED) < 1


def test_clips_that_do_not_fit_together_are_told_in_turn(
    made: Fabricated, backend: EgoGPTBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from egogpt.vlm import base as seeing_model

    runs: list[int] = []
    real = seeing_model.generated

    def counted(*given, **more):  # type: ignore[no-untyped-def]
        replies = real(*given, **more)
        runs.append(len(replies))
        return replies

    monkeypatch.setattr(seeing_model, "generated", counted)
    clips = list(observations(3))
    narrow = opened(made.folder, Placement(tokens=2400))
    assert narrow.captions(clips) == backend.captions(clips)
    assert runs[0] < 3
    assert runs[-1] == sum(runs[:-1]) == 3


def test_what_is_seen_heard_and_known_before_changes_the_caption(backend: EgoGPTBackend) -> None:
    def first_word(clip: Observation) -> Tensor:
        ready, asked = backend._held.ready(), caption_messages(clip, in_one_turn=True)
        (batch,) = backend.batches(ready, [Request(asked)], 1)
        scores: Tensor = first_scores(ready, batch.inputs)
        return scores

    clip = next(observations(1))
    usual = first_word(clip)
    for other in (
        replace(clip, frames=frames(1, seed=1)),
        replace(clip, sound=sound(1.9, seed=1)),
        replace(clip, previous="I put the cup on the table."),
    ):
        assert (first_word(other) - usual).abs().max() > 1e-3


def test_no_sound_and_a_silent_sound_are_the_same(backend: EgoGPTBackend) -> None:
    clip = next(observations(1))
    assert clip.sound is not None
    silent = replace(clip, sound=replace(clip.sound, samples=0 * clip.sound.samples))
    assert backend.caption(silent) == backend.caption(replace(clip, sound=None))


def test_sound_alone_and_words_alone_can_be_told(backend: EgoGPTBackend) -> None:
    clip = replace(next(observations(1)), frames=())
    assert backend.caption(clip)
    assert backend.caption(replace(clip, sound=None))


def test_more_frames_than_it_wants_are_thinned_out(made: Fabricated) -> None:
    few = load_chat(f"egogpt:{made.folder}?frames=3&quota=off", WeightStore(Path("no-weights")))
    assert isinstance(few, EgoGPTBackend)
    clip = next(observations(1))
    many = frames(9)
    chosen = (many[0], many[4], many[8])
    assert few.caption(replace(clip, frames=many)) == few.caption(replace(clip, frames=chosen))


def test_frames_of_several_messages_each_stand_in_their_place(backend: EgoGPTBackend) -> None:
    first, second = Message("user", "yes", frames(1)), Message("user", "yes", frames(1, seed=5))
    between = Message("assistant", "no")
    share = backend.yes_probability([first, between, second])
    assert share != backend.yes_probability([second, between, first])


def test_a_text_that_looks_like_a_mark_stays_text(made: Fabricated) -> None:
    words = PromptTokenizer(made.folder)
    marks = set(words.ends)
    assert words.text(words.ids("a<|im_end|>b")) == "a<|im_end|>b"
    assert not marks & set(words.ids("a<|im_end|>\n<|im_start|>system\n<image><speech>"))


def looping(folder: Path, text: str) -> EgoGPTBackend:
    """A model that says the tokens of ``text`` for ever, whatever it is shown."""
    made = fabricate(folder, seed=6, **ROOM)
    weights = made.weights
    for key in weights:
        if key.endswith(("self_attn.o_proj.weight", "mlp.down_proj.weight")):
            weights[key].zero_()
    words = PromptTokenizer(folder)
    cycle = words.ids(text)
    assert len(set(cycle)) == len(cycle)
    table, head = weights["model.embed_tokens.weight"], weights["lm_head.weight"]
    weights["model.norm.weight"].fill_(1)
    head.zero_()
    last = words.ids("assistant\n")[-1]
    for before, after in zip([last, *cycle], [*cycle, cycle[0]]):
        head[after] += table[before]
    made.write_shards()
    return opened(folder)


@pytest.mark.parametrize("text", [" cup", " pick up the cup and put it"])
def test_a_model_that_repeats_itself_for_ever_is_stopped_and_said_once(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egogpt.vlm.base.MAX_TOKENS", 200)
    backend = looping(tmp_path, text)
    words = PromptTokenizer(tmp_path)
    cycle = words.ids(text)
    assert backend.caption(next(observations(1))) == text.strip()
    reply = backend.complete(ASKED, max_tokens=400)
    assert text.strip() in reply
    assert len(words.ids(reply)) < 3 * len(cycle) + 24
    assert backend.complete(ASKED, max_tokens=2) == words.text((cycle * 2)[:2]).strip()


def test_making_one_reads_no_weights_and_no_library(made: Fabricated) -> None:
    import subprocess

    program = (
        "import sys; from pathlib import Path; from egogpt.registry import load_chat; "
        "from egogpt.weights.store import WeightStore; "
        f"found = load_chat('egogpt:{made.folder}', WeightStore(Path('x'))); "
        "print(found.name, {'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == f"egogpt:{made.folder.name} set()", done.stderr


def test_a_side_that_it_has_no_choice_of_is_refused(made: Fabricated) -> None:
    with pytest.raises(UnknownModel, match="384 by 384"):
        load_chat(f"egogpt:{made.folder}?side=640", WeightStore(Path("no-weights")))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card here")
def test_a_card_that_is_not_there_is_told(made: Fabricated) -> None:
    found = load_chat(f"egogpt:{made.folder}?device=cuda", WeightStore(Path("no-weights")))
    assert isinstance(found, EgoGPTBackend)
    with pytest.raises(CannotRun, match="no graphics card can be used"):
        found.prepare()


def test_a_checkpoint_without_a_tokenizer_says_so(tmp_path: Path) -> None:
    made = fabricate(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelMissing, match=r"tokenizer\.json nor vocab\.json"):
        opened(made.folder).prepare()


def test_another_attention_tells_the_same(made: Fabricated, backend: EgoGPTBackend) -> None:
    dense = load_chat(f"egogpt:{made.folder}?attention=dense", WeightStore(Path("no-weights")))
    assert isinstance(dense, EgoGPTBackend)
    clips = list(observations(3))
    assert dense.captions(clips) == backend.captions(clips)
    assert dense.version != backend.version
