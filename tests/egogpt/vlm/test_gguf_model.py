"""GGUF models that see keep the promises of the other kinds, on tiny random models in llama.cpp."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from egogpt.protocols.captioner import Captioner
from egogpt.protocols.chat import Chat, ChatError, Message, PromptTooLong, Unloadable
from egogpt.protocols.errors import CannotRun, ModelDamaged, ModelMissing, NotThatModel
from egogpt.quota.look import Look
from egogpt.quota.query import Query
from egogpt.registry import load_captioner, load_chat
from egogpt.runtime.cancellation import Cancelled, until
from egogpt.runtime.loaded_models import LoadedModels
from egogpt.vlm import gguf_model
from egogpt.vlm.gguf_model import GgufModel
from egogpt.weights.gguf_files import needed_files
from egogpt.weights.store import WeightStore
from memory.types.core import Clip, Frame, Observation, Sighting, Sound, Span, Utterance
from tests.egogpt import tiny_gguf_vl

NO_WEIGHTS = WeightStore(Path("no-weights"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf_vl.save(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def model(folder: Path) -> Iterator[GgufModel]:
    found = loaded(folder)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egogpt.vlm.gguf_model.MAX_TOKENS", 12)


def loaded(place: Path | str, options: str = "") -> GgufModel:
    found = load_chat(f"gguf-vl:{place}{options}", NO_WEIGHTS)
    assert isinstance(found, GgufModel)
    return found


def pictures(seed: int, count: int = 3, height: int = 90, width: int = 160) -> tuple[Frame, ...]:
    shown = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    return tuple(Frame(5.0 * n, image) for n, image in enumerate(shown))


def asked(seed: int = 1, words: str = "What is on the table?") -> list[Message]:
    return [Message("system", "Answer in a few words."), Message("user", words, pictures(seed))]


def seen(seed: int) -> Observation:
    span = Span(0.0, 30.0)
    return Observation(
        Clip("clip-1", "walk", span),
        (Utterance(Span(1, 4), "Pass the salt.", "Ann"),),
        (Sighting(span, "object", "cup", 0.9),),
        pictures(seed),
        None,
        "I sit down.",
    )


def test_what_is_seen_shows_in_what_is_said(folder: Path) -> None:
    model = loaded(folder)
    captioner: Captioner = model
    assert isinstance(model, Unloadable)
    assert (captioner.frames, captioner.hears, model.sees) == (32, False, True)
    usual = loaded(folder, "?quota=off")
    assert usual.frames == 8
    assert len({model.version, usual.version, loaded(folder, "?quota=0.5").version}) == 3
    assert not model.is_loaded, "name and version are known before any weight is read"
    first = model.caption(seen(1))
    assert model.is_loaded
    LoadedModels.make_room(lambda: int(model.is_loaded))
    assert not model.is_loaded, "idle, it makes room for another"
    assert first != model.caption(seen(2))
    assert first == model.caption(seen(1))
    model.close()
    assert not model.is_loaded
    assert load_captioner(f"gguf-vl:{folder}", NO_WEIGHTS).caption(seen(1)) == first
    assert loaded(folder, "?frames=2").caption(seen(1)) != first


def test_a_caption_that_only_repeats_itself_ends() -> None:
    taken: list[int] = []

    def endless() -> Generator[str, None, None]:
        while len(taken) < 2000:
            taken.append(1)
            yield "round and "

    assert gguf_model._once(endless()).startswith("round and round")
    assert len(taken) < 1000


def test_a_picture_moves_the_odds_of_yes(model: Chat) -> None:
    odds = [model.yes_probability(asked(seed)) for seed in range(3)]
    assert all(0 < one < 1 for one in odds)
    assert len(set(odds)) > 1
    frames = pictures(1)
    later = [replace(frame, at=3 * frame.at) for frame in frames]
    forth, back, slow = (
        model.complete([Message("user", "What is it?", tuple(shown))], max_tokens=16)
        for shown in (frames, frames[::-1], later)
    )
    assert forth == back
    assert forth != slow, "the second of each is told"


def test_the_pieces_of_a_stream_are_the_whole_reply_and_one_that_is_left_ends(
    model: GgufModel,
) -> None:
    pieces = list(model.stream(asked(), max_tokens=16))
    assert len(pieces) > 1
    assert "".join(pieces).strip() == model.complete(asked(), max_tokens=16)
    stream = model.stream(asked(), max_tokens=100_000)
    next(stream)
    stream.close()
    over = threading.Event()
    threading.Timer(0.1, over.set).start()
    with until(over), pytest.raises(Cancelled):
        model.complete([Message("user", "Look.", pictures(3, 9, 500, 600))], max_tokens=4000)
    assert model.complete(asked(), max_tokens=2), "the next has the model at once"


def test_sides_decide_how_many_tokens_each_picture_takes(model: GgufModel) -> None:
    messages = [Message("user", "Where is it?", pictures(4, 3, 224, 448))]

    def tokens(*sides: int) -> int:
        model.complete([Message("user", "x")], max_tokens=1)
        model.complete(messages, max_tokens=1, sides=sides)
        assert model._server is not None
        return int(model._server.timings["prompt_n"] + model._server.timings["cache_n"])

    whole = tokens()
    assert model.token_side == 28
    assert tokens(448, 448, 448) == whole
    assert whole - tokens(448, 224, 112) == (16 * 8 - 8 * 4) + (16 * 8 - 4 * 2)
    assert tokens(448, 0, 0) < whole - 2 * 16 * 8
    with pytest.raises(ValueError, match="2 sides were given for 3 frames"):
        tokens(448, 448)


def still(count: int, different: int) -> tuple[Frame, ...]:
    """A clip that stands still but for one of its frames."""
    room = np.random.default_rng(7).integers(0, 256, (224, 448, 3), dtype=np.uint8)
    other = np.random.default_rng(8).integers(0, 256, (224, 448, 3), dtype=np.uint8)
    return tuple(Frame(float(n), other if n == different else room) for n in range(count))


def test_a_clips_tokens_go_to_the_frame_that_stands_out(folder: Path) -> None:
    model = loaded(folder, "?frames=4")
    model.caption(replace(seen(1), frames=still(16, 5)))
    (look,) = model.looks
    assert (look.frames, look.stock_tokens, look.quota_off) == (16, 4 * 16 * 8, "")
    assert "its own attention" in look.var_off
    assert look.tokens[5] > 2 * max(look.tokens[:5])
    assert sum(look.tokens) <= look.stock_tokens
    _, sides, look = model._sizes.of_caption(replace(seen(1), frames=still(16, 5)))
    for side, tokens in zip(sides, look.tokens, strict=True):
        assert side * side / 2 / model.token_side**2 == pytest.approx(tokens, rel=0.2)
    for frames, why in (
        (still(1, 0), "no two frames"),
        (still(9, 0) + pictures(1), "not all of one size"),
    ):
        model.caption(replace(seen(1), frames=frames))
        assert why in model.looks[0].quota_off
        assert model.looks[0].frames == min(4, len(frames))
    model.close()


def test_a_look_asks_the_model_about_at_most_eight_frames(folder: Path) -> None:
    model = loaded(folder, "?frames=4")
    asked_of: list[int] = []

    class Counting:
        name = "counted"

        def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
            asked_of.append(len(frames))
            return np.linspace(0, 1, len(frames))

    model.scorer = Counting()
    messages = [Message("user", "Where is the red cup?", still(16, 5))]
    look = Look("Where is the red cup?", frames=4, at_most=2048)
    assert "".join(model.stream(messages, max_tokens=4, look=look))
    assert sum(asked_of) <= 8
    assert model.looks[0].frames == 16
    assert len(set(model.looks[0].tokens)) > 1
    narrow = replace(look, frames=2, at_most=24)
    assert "".join(model.stream(messages, max_tokens=4, look=narrow))
    (shown,) = model.looks
    assert (shown.quota_off, shown.frames, shown.stock_tokens) == ("", 3, 2 * 16 * 8)
    assert sum(shown.tokens) <= 24
    model.close()


def test_pictures_that_are_cut_into_tiles_are_not_made_larger_than_asked(tmp_path: Path) -> None:
    tiny_gguf_vl.write_model(tmp_path / "SmolVLM-Q8_0.gguf", "llama")
    tiny_gguf_vl.write_tiled_mmproj(tmp_path / "mmproj-SmolVLM.gguf")

    def tokens(side: int) -> int:
        model = loaded(tmp_path, f"?side={side}")
        assert model.token_side == 0
        model.complete([Message("user", "", pictures(1, 1))], max_tokens=1)
        assert model._server is not None
        read = int(model._server.timings["prompt_n"])
        model.close()
        return read

    assert "whatever its size" in loaded(tmp_path)._sizes.why_off
    small = tokens(64)
    assert tokens(32) == tokens(100) == small
    assert tokens(256) - small > 8 * 16, "as the maker's, of 12 tiles and the whole"


def test_nobody_can_say_a_mark_that_ends_a_turn(model: GgufModel) -> None:
    plain = model.complete(asked(1, "Stop   now"), max_tokens=12)
    assert plain != model.complete(asked(1, "Stop now"), max_tokens=12)
    for mark in ("<|im_end|>", "<__media__>", "<|vision_start|>"):
        assert model.complete(asked(1, f"Stop {mark} now"), max_tokens=12) == plain


def test_a_prompt_beyond_the_context_is_an_error_that_says_so(folder: Path) -> None:
    short = loaded(folder, "?ctx=512&threads=1&layers=0")
    assert short.context_tokens == 512
    with pytest.raises(PromptTooLong, match=r"reads at most 512: choose fewer frames"):
        short.complete([Message("user", "word " * 400, pictures(1))])
    short.close()


def test_one_that_hears_is_told_apart_by_its_mmproj(tmp_path: Path) -> None:
    model = loaded(tiny_gguf_vl.save(tmp_path / "omni", hears=True))
    assert model.hears
    tone = Sound(0.0, np.sin(np.arange(16_000) * 0.2).astype(np.float32))
    assert model.caption(replace(seen(1), sound=tone)) != model.caption(seen(1))
    model.close()


def _half(folder: Path) -> None:
    path = next(folder.glob("Tiny*"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _half_header(folder: Path) -> None:
    path = next(folder.glob("mmproj*"))
    path.write_bytes(path.read_bytes()[:400])


def _no_mmproj(folder: Path) -> None:
    next(folder.glob("mmproj*")).unlink()


def _of_another(folder: Path) -> None:
    tiny_gguf_vl.write_mmproj(next(folder.glob("mmproj*")), width=128)


def _for_another(folder: Path) -> None:
    tiny_gguf_vl.write_model(next(folder.glob("Tiny*")), "qwen2")


def _blind(folder: Path) -> None:
    tiny_gguf_vl.write_mmproj(next(folder.glob("mmproj*")), hears=True, sees=False)


def _a_part(folder: Path) -> None:
    path = next(folder.glob("Tiny*"))
    path.rename(path.with_name("Tiny-00001-of-00003.gguf"))


def _two_models(folder: Path) -> None:
    tiny_gguf_vl.write_model(next(folder.glob("mmproj*")))


def _web_page(folder: Path) -> None:
    next(folder.glob("mmproj*")).write_text("<html>Not found</html>")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "error", "told"),
    [
        (_half, ModelDamaged, "Tiny-VL-Q4_K_M.gguf is cut short"),
        (_half_header, ModelDamaged, "ends inside its header"),
        (_no_mmproj, ModelMissing, "There is no mmproj….gguf beside .*Tiny-VL-Q4_K_M.gguf"),
        (_of_another, NotThatModel, "is of another model .* of width 128"),
        (_for_another, NotThatModel, "for qwen2vl, and the model is a qwen2 of width 64"),
        (_blind, NotThatModel, "has no encoder of pictures"),
        (_two_models, NotThatModel, "is a language model, not an mmproj"),
        (_a_part, ModelMissing, r"lacks Tiny-00002-of-00003.gguf, Tiny-00003-of-00003.gguf"),
        (_web_page, ModelDamaged, "is not a GGUF file"),
        (_empty, ModelMissing, "There is no model in"),
    ],
)
def test_files_that_are_no_model_that_sees_are_told_before_anything_is_loaded(
    spoil: Any, error: type[ChatError], told: str, tmp_path: Path
) -> None:
    spoil(folder := tiny_gguf_vl.save(tmp_path / "tiny"))
    with pytest.raises(error, match=told):
        loaded(folder)


def test_what_llama_cpp_cannot_load_or_the_memory_not_hold_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_gguf_vl.save(tmp_path / "tiny")
    path = next(folder.glob("Tiny*"))
    path.write_bytes(path.read_bytes()[:-64])  # in the middle of the last tensor
    with pytest.raises(CannotRun, match=r"Tiny-VL-Q4_K_M\.gguf or .* is damaged or newer than"):
        loaded(folder).prepare()
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=300_000_000))
    with pytest.raises(CannotRun, match=r"takes about 0\.4 GB of memory, and 0\.3 GB are free"):
        loaded(folder).prepare()


def test_a_file_is_named_with_its_mmproj_elsewhere(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "one.gguf"
    alone.write_bytes((folder / "Tiny-VL-Q4_K_M.gguf").read_bytes())
    mmproj = folder / "mmproj-Tiny-VL-f16.gguf"
    with pytest.raises(ModelMissing, match="beside"):
        loaded(alone)
    with pytest.raises(ModelMissing, match="no mmproj /not/here"):
        loaded(alone, "?mmproj=/not/here")
    assert loaded(alone, f"?mmproj={mmproj}").name == "gguf-vl:one.gguf"
    assert loaded(mmproj.with_name("Tiny-VL-Q4_K_M.gguf")).version == loaded(folder).version


def test_a_name_of_the_hub_is_found_in_its_cache_by_its_quantisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    entry = tmp_path / "models--maker--Tiny-VL-GGUF"
    tiny_gguf_vl.save(entry / "snapshots" / "abc")
    (entry / "refs").mkdir()
    (entry / "refs" / "main").write_text("abc")
    name = "maker/Tiny-VL-GGUF"
    assert loaded(name).name == "gguf-vl:Tiny-VL-GGUF"
    assert loaded(f"{name}:q4_k_m").version == loaded(name).version
    command = "egobutler models fetch gguf-vl:maker/Tiny-VL-GGUF:Q8_0"
    with pytest.raises(ModelMissing, match=f"no Q8_0 of the model in .*{command}"):
        loaded(f"{name}:Q8_0")
    with pytest.raises(ModelMissing, match="maker/other is not on this computer"):
        loaded("maker/other:Q8_0")


def test_of_a_repository_one_quantisation_and_one_mmproj_are_fetched() -> None:
    names = ["README.md", *(f"Seer-{bits}.gguf" for bits in ("Q8_0", "f16", "Q4_K_M", "Q4_K_S"))]
    names += ["mmproj-Seer-f16.gguf", "mmproj-Seer-Q8_0.gguf"]
    names += [f"Seer-BF16-0000{n}-of-00002.gguf" for n in (1, 2)]
    best = "mmproj-Seer-Q8_0.gguf"
    assert needed_files(names, "", "o/n") == ["Seer-Q4_K_M.gguf", best]
    assert needed_files(names, "F16", "o/n") == ["Seer-f16.gguf", best]
    assert needed_files(names, "BF16", "o/n") == [*names[-2:], best]
    with pytest.raises(ModelMissing, match="There is no Q4_K of the model in o/n"):
        needed_files(names, "Q4_K", "o/n")
    with pytest.raises(ModelMissing, match=r"no mmproj….gguf beside o/n's Seer-Q4_K_M\.gguf"):
        needed_files(names[:4], "", "o/n")
