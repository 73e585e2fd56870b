"""Clips as every family is shown them, by their own processors: tokens shared out, VAR, ACT."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from app.commands.main import main
from egogpt.protocols.chat import ChatError, Message
from egogpt.protocols.model_names import QuotaOption, UnknownModel, parse
from egogpt.quota.adapters import SizingAdapter, adapter_for
from egogpt.quota.frame_sources import Stock
from egogpt.quota.inject import inject
from egogpt.quota.look import Look
from egogpt.quota.query import Query
from egogpt.runtime.generation import first_scores
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.sinks.head_search import HeadSet, save
from egogpt.sinks.profile_file import StoredProfile, profile_path, save_profile
from egogpt.sinks.report import random_texts, sink_report
from egogpt.sinks.sinks import SinkProfile
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.focus import Request
from egogpt.vlm.omni_model import OmniModel
from egogpt.vlm.sink_study import made_pictures, stored_profile
from memory.types.core import Frame, Observation
from tests.egogpt import tiny_words
from tests.egogpt.vlm.test_omni_model import seen, tiny

ODD = 12  # the frame that shows something else
SIZED = ["qwen2-vl", "qwen2.5-omni", "qwen3-vl", "smolvlm"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_words, "LAYERS", 4)
        patch.setattr("egogpt.vlm.base.MAX_TOKENS", 3)
        yield tmp_path_factory.mktemp("models")


# One of each adapter, and of Qwen the one that also hears and the latest.
@pytest.fixture(
    scope="module", params=["egogpt", "llava-onevision", "smolvlm", "qwen3-vl", "qwen2.5-omni"]
)
def model(request: pytest.FixtureRequest, folders: Path) -> Iterator[VisionLanguageModel]:
    found = tiny(request.param, folders, "?frames=8")
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def film(count: int = 24, size: tuple[int, int] = (120, 160)) -> tuple[Frame, ...]:
    """Half a minute of one view; in one frame something stands in it."""
    rng = np.random.default_rng(0)
    view = rng.integers(0, 256, (*size, 3)).astype(np.uint8)
    shown = [view.copy() for _ in range(count)]
    shown[ODD][20:90, 30:120] = (255, 0, 0)
    return tuple(Frame(30.0 * n / count, image) for n, image in enumerate(shown))


def clip(count: int = 24) -> Observation:
    return replace(seen(0), frames=film(count), sound=None)


class Named:
    """Finds the frames at some places, and counts those that it was asked about."""

    def __init__(self, *places: int) -> None:
        self.places, self.asked, self.name = places, 0, "named"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        self.asked += len(frames)
        times = [film()[place].at for place in self.places]
        return np.array([float(any(abs(f.at - at) < 0.1 for at in times)) for f in frames])


def test_a_caption_spends_no_more_than_usual_and_most_on_the_frame_that_stands_out(
    model: VisionLanguageModel,
) -> None:
    alone = model.caption(clip())
    (look,) = model.looks
    other = replace(clip(), frames=film()[::2], sound=seen(0).sound)
    assert model.captions([clip(), other]) == [alone, model.caption(other)]
    assert (look.quota_off, look.frames, look.passes) == ("", len(look.tokens), 0)
    assert look.frames > 8, "more are sampled than are shown as usual"
    assert 0 < sum(look.tokens) <= look.stock_tokens
    if look.frames == 24:
        assert look.tokens[ODD] == max(look.tokens) > 1.5 * np.median(look.tokens)


def test_what_the_owner_asks_for_gets_the_tokens(model: VisionLanguageModel) -> None:
    relevance = tuple(float(number == 3) for number in range(24))
    half = replace(clip(), relevance=relevance)
    model.captions([half])
    (look,) = model.looks
    if look.frames == 24:  # else it may not be among those that the budget reaches for
        assert look.scorer == "recent questions and uniqueness"
        assert look.tokens[3] == max(look.tokens)


def test_without_a_quota_and_for_one_picture_a_clip_is_shown_as_usual(
    model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.caption(replace(clip(), frames=film()[:1]))
    assert "no two frames" in model.looks[0].quota_off
    monkeypatch.setattr(model, "quota", QuotaOption("off"))
    model.caption(clip())
    assert (model.looks[0].frames, model.looks[0].quota_off) == (8, "the model's name says so")


def test_a_look_asks_the_model_about_eight_frames_and_about_none_in_vain(
    model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, taken_apart = Named(ODD), []

    def decoupled(question: str) -> Query:
        taken_apart.append(question)
        return Query(question, ("red box",))

    monkeypatch.setattr(model, "scorer", own)
    look = Look("Where is the red box?", 8, 2048, Named(ODD, 3, 9), decoupled)
    messages = [Message("user", "Where is the red box?", film())]
    list(model.stream(messages, max_tokens=2, look=look))
    (shown,) = model.looks
    assert shown.quota_off == ""
    assert 0 < own.asked == shown.passes <= 8
    assert sum(shown.tokens) <= shown.stock_tokens
    own.asked = 0
    taken_apart.clear()
    few = [Message("user", "Where is the red box?", film()[:1])]
    list(model.stream(few, max_tokens=2, look=look))
    monkeypatch.setattr(model, "quota", QuotaOption("off"))
    list(model.stream(messages, max_tokens=2, look=look))
    assert model.looks[0].frames == 8
    assert (own.asked, taken_apart) == (0, [])


@pytest.mark.parametrize("which", SIZED)
def test_frames_at_their_usual_sizes_give_the_very_logits_of_the_processor(
    which: str, folders: Path
) -> None:
    model = tiny(which, folders, "?frames=6")
    assert isinstance(model, OmniModel)
    unit = 32 if which.startswith("qwen3") else 28
    size = (10 * unit, 14 * unit) if which.endswith("omni") else (2 * unit, 3 * unit)
    size = (56, 56) if which == "smolvlm" else size
    messages = [Message("user", "What is it?", film(6 + ODD, size)[ODD:])]
    with model.loaded() as ready, torch.no_grad():
        (usual,) = model.batches(ready, [Request(messages)], 1)
        adapter = adapter_for(ready.model)
        assert isinstance(adapter, SizingAdapter)
        taken = model._apart(ready, Request(messages))
        images = [np.asarray(one) for one in taken.videos[0]]
        layout = adapter.layout(ready.model, ready.maker, images, Stock(6, 640))
        stand_ins = replace(taken, videos=[np.stack(adapter.stand_ins(ready.maker, images))])
        inputs = model._inputs(ready, [stand_ins], do_resize=False)
        source = adapter.source(ready.model, ready.maker, inputs, images, Stock(6, 640))
        ours = inject(adapter, ready.model, inputs, source, [layout.stock] * layout.maps)
        assert torch.equal(ours["input_ids"], usual.inputs["input_ids"])
        assert torch.equal(first_scores(ready, ours), first_scores(ready, usual.inputs))


@pytest.mark.parametrize("which", ["qwen2.5-vl", "qwen3-vl", "smolvlm"])
def test_decoding_goes_on_where_a_prompt_of_frames_of_many_sizes_ended(
    which: str, folders: Path
) -> None:
    model = tiny(which, folders, "?frames=8")
    with model.loaded() as ready, torch.no_grad():
        (batch,) = model.batches(ready, [model._captioned(ready, clip())], 4)
        assert len(set(batch.looks[0].tokens)) > 1
        inputs = dict(batch.inputs)
        reply = ready.model.generate(**inputs, max_new_tokens=4, do_sample=False)
        ends = reply.shape[1] - inputs["input_ids"].shape[1]
        inputs["input_ids"] = reply
        inputs["attention_mask"] = torch.ones_like(reply)
        if "position_ids" in inputs:
            last = inputs["position_ids"][1:].max() + 1
            more = (last + torch.arange(ends)).expand(3, 1, ends)
            inputs["position_ids"] = torch.cat([inputs["position_ids"][1:], more], dim=-1)
        whole = ready.model(**inputs).logits[0, -ends - 1 : -1].argmax(dim=-1)
        assert whole.tolist() == reply[0, -ends:].tolist()


def planted(model: VisionLanguageModel, *, can_help: bool = True) -> None:
    """A profile by which some tokens of any picture are sinks."""
    with model.loaded() as ready:
        known = fingerprint(model.language(ready))
    model.close()
    profile = SinkProfile((0,), 1.6, "planted")
    save_profile(StoredProfile(known, profile, can_help, "nothing to move"))


@pytest.mark.parametrize("which", ["egogpt", "qwen2.5-vl"])
def test_var_moves_attention_from_sinks_where_a_profile_says_so(which: str, folders: Path) -> None:
    model = tiny(which, folders, "?frames=8")
    model.caption(clip())
    assert "egobutler sinks" in model.looks[0].var_off
    planted(model)
    model.caption(clip())
    (look,) = model.looks
    assert (look.var_off, look.quota_off) == ("", "")
    assert look.var_heads > 0
    assert 0 < look.sink_mass_moved < 1
    model.close()


def test_var_is_off_and_on_by_the_models_name(folders: Path) -> None:
    off = tiny("smolvlm", folders, "?var=off")
    planted(off)
    off.caption(clip())
    assert off.looks[0].var_off == "the model's name says so"
    planted(off, can_help=False)
    on = tiny("smolvlm", folders, "?var=0.6")
    on.caption(clip())
    assert on.looks[0].var_heads > 0
    on.close()
    off.close()


def test_pictures_tell_which_heads_look_at_sinks_and_the_command_keeps_it(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny("llava-onevision", folders)
    with model.loaded() as ready:
        ids = random_texts(256, 32, 2)
        report = sink_report(model.language(ready), ids)
    planted_sinks = replace(
        report, profile=SinkProfile((0,), 2.0, "planted"), by_position=(0.5,) * 32
    )
    stored = stored_profile(planted_sinks, model, made_pictures(1))
    assert stored.can_help
    assert stored.heads
    assert set(stored.heads) == {2}, "the first two layers and the last are left alone"
    model.close()
    assert (
        main(["sinks", f"llava-onevision:{folders / 'llava-onevision'}", "--json", "--texts", "2"])
        == 0
    )
    kept = json.loads(capsys.readouterr().out)["kept"]
    assert not kept["can_help"]
    assert Path(kept["file"]) == profile_path(report.fingerprint)
    model.caption(clip())
    assert model.looks[0].var_off == kept["why"]
    model.close()


def test_act_takes_the_heads_of_a_file_and_of_no_other_model(folders: Path, tmp_path: Path) -> None:
    plain = tiny("smolvlm", folders, "?quota=off")
    with plain.loaded() as ready:
        known = fingerprint(ready.model)
    path = tmp_path / "heads.json"
    save(HeadSet(known, "task beta=0 alpha=1.5", 0.5, ((2, 0), (2, 1)), (0.6, 0.7)), path)
    act = tiny("smolvlm", folders, f"?quota=off&act={path}")
    asked = [Message("user", "Tell of it. " * 60 + "\nWhat is it?", film(3 + ODD)[ODD:])]
    assert act.complete(asked, max_tokens=12) != plain.complete(asked, max_tokens=12)
    assert "ACT" in act.looks[0].var_off
    act.close()
    save(HeadSet("another", "task"), path)
    with pytest.raises(ChatError, match="another model"):
        act.caption(clip())
    path.write_text("{}")
    with pytest.raises(ChatError, match=r"heads\.json"):
        act.caption(clip())


def test_a_profile_that_is_damaged_is_said_and_options_are_checked(folders: Path) -> None:
    model = tiny("smolvlm", folders)
    with model.loaded() as ready:
        path = profile_path(fingerprint(ready.model))
    model.close()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no profile")
    model.caption(clip())
    assert str(path) in model.looks[0].var_off
    for option, complaint in (
        ("quota=much", "quota is one of"),
        ("quota=0.01", "0.1 to 1"),
        ("var=2", "var is auto"),
        ("var=0.5&act=heads.json", "choose one"),
    ):
        with pytest.raises(UnknownModel, match=complaint):
            parse(f"qwen-vl:/models/x?{option}")
