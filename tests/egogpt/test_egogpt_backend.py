"""EgoGPT captions clips and chats: alone, in batches, as a stream, until it is closed."""

from __future__ import annotations

import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from egogpt.captioner import Captioner
from egogpt.chat import Chat, ChatError, Message
from egogpt.checkpoint import Home, load_egogpt
from egogpt.checkpoint_errors import CheckpointMissing
from egogpt.composed import ComposedCaptioner
from egogpt.egogpt_backend import EgoGPTBackend
from egogpt.egogpt_prompt import Words
from egogpt.llama import PromptTooLong
from egogpt.weights import WeightStore
from tests.egogpt.tiny_egogpt import Fabricated, fabricate, frames, observations, sound

ASKED = (Message("user", "what do I see", frames(2), sound(1.0)),)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Fabricated:
    made = fabricate(tmp_path_factory.mktemp("egogpt"), seed=6)
    # A random model that never ends a reply by itself: all its texts are long.
    made.weights["lm_head.weight"][:3] = 0
    made.write_shards()
    return made


@pytest.fixture(scope="module")
def backend(made: Fabricated) -> EgoGPTBackend:
    return EgoGPTBackend.open(made.folder, home=Home())


def test_it_is_both_a_captioner_and_a_chat(backend: EgoGPTBackend) -> None:
    captioner: Captioner = backend
    chat: Chat = backend
    assert captioner.frames == 30
    assert captioner.hears
    assert chat.sees
    assert chat.context_tokens == 2048
    assert captioner.name
    assert captioner.version


def test_five_clips_together_are_told_as_each_alone(backend: EgoGPTBackend) -> None:
    clips = list(observations(5))
    together = backend.captions(clips)
    assert together == [backend.caption(clip) for clip in clips]
    assert len(set(together)) == 5
    assert all(len(text) > 20 for text in together)
    assert together != [ComposedCaptioner().caption(clip) for clip in clips]


def test_it_captions_in_sixteen_bits(made: Fabricated) -> None:
    backend = EgoGPTBackend.open(made.folder, home=Home(dtype="bfloat16"))
    clips = list(observations(3))
    assert backend.captions(clips) != [ComposedCaptioner().caption(clip) for clip in clips]
    assert 0 < backend.yes_probability(ASKED) < 1


def test_clips_that_do_not_fit_together_are_told_in_turn(made: Fabricated) -> None:
    clips = list(observations(5))
    model, words = load_egogpt(made.folder), Words(made.folder)
    narrow = EgoGPTBackend(model, words, tokens_at_once=1400)
    assert narrow.captions(clips) == EgoGPTBackend(model, words).captions(clips)


def test_what_is_seen_heard_and_known_before_changes_the_caption(backend: EgoGPTBackend) -> None:
    clip = next(observations(1))
    seeds = range(1, 5)
    for others in (
        [replace(clip, frames=frames(2, seed=seed)) for seed in seeds],
        [replace(clip, sound=sound(1.9, seed=seed)) for seed in seeds],
        [replace(clip, previous="I put the cup on the table. " * seed) for seed in seeds],
    ):
        assert len(set(backend.captions([clip, *others]))) > 1


def test_no_sound_and_a_silent_sound_are_the_same(backend: EgoGPTBackend) -> None:
    clip = next(observations(1))
    assert clip.sound is not None
    silent = replace(clip, sound=replace(clip.sound, samples=0 * clip.sound.samples))
    assert backend.caption(silent) == backend.caption(replace(clip, sound=None))


def test_a_clip_with_nothing_to_see_or_hear_is_told_from_what_others_found(
    backend: EgoGPTBackend,
) -> None:
    clips = [replace(clip, frames=(), sound=None) for clip in observations(2)]
    assert backend.captions(clips) == [ComposedCaptioner().caption(clip) for clip in clips]
    assert backend.captions([]) == []


def test_sound_alone_can_be_told(backend: EgoGPTBackend) -> None:
    clip = replace(next(observations(1)), frames=())
    assert backend.caption(clip) != backend.caption(replace(clip, sound=sound(1.0, seed=3)))


def test_more_frames_than_it_wants_are_thinned_out(made: Fabricated) -> None:
    few = EgoGPTBackend.open(made.folder, home=Home(), frames=3)
    clip = next(observations(1))
    many = frames(9)
    chosen = (many[0], many[4], many[8])
    assert few.caption(replace(clip, frames=many)) == few.caption(replace(clip, frames=chosen))
    assert few.version != EgoGPTBackend.open(made.folder, home=Home(), frames=4).version


def test_a_stream_is_the_reply_in_pieces(backend: EgoGPTBackend) -> None:
    pieces = list(backend.stream(ASKED, max_tokens=12))
    assert len(pieces) > 3
    assert "".join(pieces).strip() == backend.complete(ASKED, max_tokens=12)


def test_a_reply_ends_before_a_stop_string(backend: EgoGPTBackend) -> None:
    whole = backend.complete(ASKED, max_tokens=12)
    stop = whole[5:8]
    expected = whole[: whole.index(stop)].strip()
    assert backend.complete(ASKED, max_tokens=12, stop=[stop]) == expected
    pieces = list(backend.stream(ASKED, max_tokens=12, stop=[stop, "never said"]))
    assert "".join(pieces).strip() == expected


def test_a_stream_that_is_closed_lets_the_model_go(backend: EgoGPTBackend) -> None:
    stream = backend.stream(ASKED, max_tokens=400)
    assert next(stream)
    stream.close()
    assert not [one for one in threading.enumerate() if one.name == "egogpt-stream"]
    assert backend.complete(ASKED, max_tokens=2)


def test_words_alone_are_answered_too(backend: EgoGPTBackend) -> None:
    asked = [Message("user", "what do I see")]
    earlier = [Message("user", "yes"), Message("assistant", "no")]
    assert backend.complete(asked, max_tokens=6)
    assert backend.yes_probability(asked) != backend.yes_probability([*earlier, *asked])


def test_frames_of_several_messages_each_stand_in_their_place(backend: EgoGPTBackend) -> None:
    first, second = Message("user", "yes", frames(1)), Message("user", "yes", frames(1, seed=5))
    between = Message("assistant", "no")
    share = backend.yes_probability([first, between, second])
    assert share != backend.yes_probability([second, between, first])


def test_a_text_that_looks_like_a_mark_stays_text(made: Fabricated) -> None:
    words = Words(made.folder)
    marks = set(words.ends)
    assert words.text(words.ids("a<|im_end|>b")) == "a<|im_end|>b"
    assert not marks & set(words.ids("a<|im_end|>\n<|im_start|>system\n<image><speech>"))


def test_a_prompt_that_is_too_long_is_refused_by_number(backend: EgoGPTBackend) -> None:
    with pytest.raises(PromptTooLong, match=r"reads at most 2040"):
        backend.complete([Message("user", "what " * 2100)], max_tokens=8)
    with pytest.raises(PromptTooLong, match="fewer frames"):
        list(backend.stream([Message("user", "what", frames(200))], max_tokens=8))


def looping(made: Fabricated, cycle: list[int]) -> EgoGPTBackend:
    """A model that says the tokens of ``cycle`` for ever, whatever it is shown."""
    model, words = load_egogpt(made.folder), Words(made.folder)
    table = model.llm.model.embed_tokens.weight
    with torch.no_grad():
        for layer in model.llm.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        model.llm.model.norm.weight.fill_(1)
        model.llm.lm_head.weight.zero_()
        last = words.ids("assistant\n")[-1]
        for before, after in zip([last, *cycle], [*cycle, cycle[0]]):
            model.llm.lm_head.weight[after] += table[before]
    return EgoGPTBackend(model, words)


@pytest.mark.parametrize("text", [" cup", " pick up the cup and put it"])
def test_a_model_that_repeats_itself_for_ever_is_stopped_and_said_once(
    made: Fabricated, text: str
) -> None:
    cycle = Words(made.folder).ids(text)
    assert len(set(cycle)) == len(cycle)
    backend = looping(made, cycle)
    assert backend.caption(next(observations(1))) == text.strip()
    reply = backend.complete(ASKED, max_tokens=400)
    assert text.strip() in reply
    assert len(Words(made.folder).ids(reply)) < 3 * len(cycle) + 20
    assert backend.complete(ASKED, max_tokens=2) == Words(made.folder).text((cycle * 2)[:2]).strip()


def test_a_closed_model_gives_its_memory_back_and_refuses_work(made: Fabricated) -> None:
    backend = EgoGPTBackend.open(made.folder, home=Home())
    model = weakref.ref(backend._models[0])
    backend.complete(ASKED, max_tokens=2)
    backend.close()
    gc.collect()
    assert model() is None
    with pytest.raises(ChatError, match="has been closed"):
        backend.complete(ASKED)
    with pytest.raises(ChatError, match="has been closed"):
        list(backend.stream(ASKED))
    with pytest.raises(ChatError, match="has been closed"):
        backend.captions(list(observations(1)))
    backend.close()


def test_it_is_loaded_by_a_name_with_a_place(made: Fabricated, tmp_path: Path) -> None:
    weights = WeightStore(tmp_path)
    name = f"egogpt:{made.folder}"
    loaded = EgoGPTBackend.load(name, weights)
    assert loaded.name == name
    assert loaded.complete(ASKED, max_tokens=3)
    with pytest.raises(CheckpointMissing, match="EgoGPT-7b-EgoIT-EgoLife is not on this computer"):
        EgoGPTBackend.load("egogpt", weights)


def test_a_checkpoint_without_a_tokenizer_says_so(tmp_path: Path) -> None:
    made = fabricate(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(CheckpointMissing, match=r"tokenizer\.json nor vocab\.json"):
        EgoGPTBackend.open(made.folder, home=Home())


def test_another_attention_tells_the_same(made: Fabricated, backend: EgoGPTBackend) -> None:
    dense = EgoGPTBackend.open(made.folder, home=Home(), attention="dense")
    clips = list(observations(3))
    assert dense.captions(clips) == backend.captions(clips)
