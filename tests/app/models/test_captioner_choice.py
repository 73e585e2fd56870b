"""Choosing what captions clips: by an option or the environment, from a folder, or told why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.models.chat_models import ChosenChat
from app.models.model_set import ModelProvider
from memory.store.store import Store
from tests.egogpt import tiny_gguf_vl, tiny_models
from tests.media import make_video, scene


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, no weights, a hub that is out of reach, and short captions."""
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    for kind in ("base", "gguf_model"):
        monkeypatch.setattr(f"egogpt.vlm.{kind}.MAX_TOKENS", 16)
    return tmp_path / "home"


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    return make_video(tmp_path / "walk.mp4", [scene(1), scene(2)], seconds=20, fps=2, gop=2)


def saved(kind: str, folder: Path) -> Path:
    """A tiny model of a kind."""
    return tiny_gguf_vl.save(folder) if kind == "gguf-vl" else tiny_models.save(kind, folder)


def models_of(home: Path) -> list[str]:
    store = Store.open(home)
    try:
        return [memory.model for memory in store.memories.overlapping("clip")]
    finally:
        store.close()


def ingest(home: Path, walk: Path, *more: str) -> int:
    words = ["ingest", str(walk), "--home", str(home), "--preset", "small"]
    return main([*words, "--start", "2026-03-02 10:00", "--timezone", "UTC", *more])


def test_the_setting_comes_from_the_argument_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings().with_environment().captioner is None
    monkeypatch.setenv("EGOBUTLER_CAPTIONER", "smolvlm:/one")
    assert Settings().with_environment().captioner == "smolvlm:/one"
    assert Settings(captioner="qwen-vl:/two").with_environment().captioner == "qwen-vl:/two"


def test_a_captioner_that_does_not_exist_is_refused_before_any_work(
    home: Path, walk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(home, walk, "--captioner", "poet:/x") == 1
    told = capsys.readouterr()
    assert "poet" in told.err
    assert "qwen-vl:PLACE" in told.err
    assert told.out == ""


def test_a_captioner_that_comes_later_writes_the_captions_again(
    home: Path, walk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = "gguf-vl"
    folder = tmp_path / "models" / "tiny"
    words = ("--captioner", f"{kind}:{folder}?frames=3")
    assert ingest(home, walk, *words) == 0
    told = capsys.readouterr()
    assert "captions are composed until the captioner is here: There is no folder" in told.out
    assert models_of(home) == ["composed"]
    saved(kind, folder)
    assert ingest(home, walk, *words) == 0
    assert f"Captions are written by {kind}:tiny." in capsys.readouterr().err
    assert models_of(home) == [f"{kind}:tiny"]


@pytest.mark.parametrize("kind", ["smolvlm", "egogpt", "gguf-vl"])
def test_chat_captioner_and_eyes_of_one_name_are_one_model_in_memory(
    kind: str, home: Path, tmp_path: Path
) -> None:
    name = f"{kind}:{saved(kind, tmp_path / 'tiny')}"
    butler = Assistant.open(Settings(home, preset="small", chat=name, captioner=name))
    try:
        chat = butler.brains.chat()
        assert chat is not None
        assert chat is butler.brains.captioner()[0]
        without_chat = ModelProvider(Settings(home, captioner=name), butler.brains.shared)
        assert chat is ChosenChat(name, without_chat).get()
        butler.brains.unload()
        assert not chat.is_loaded
        assert butler.brains.chat() is chat
    finally:
        butler.close()


def test_a_chat_model_that_cannot_be_loaded_leaves_answers_extracted(
    home: Path, tmp_path: Path
) -> None:
    folder = tiny_models.save("smolvlm", tmp_path / "tiny")
    (folder / "model.safetensors").write_bytes(b"nothing")
    butler = Assistant.open(Settings(home, preset="small", chat=f"smolvlm:{folder}"))
    try:
        assert butler.brains.chat() is None
        assert "cannot run here" in butler.preset_note
    finally:
        butler.close()


def test_fetching_a_model_of_the_hub_without_a_network_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["models", "fetch", "smolvlm:some/model", "--home", str(home)]
    assert main(words) == 1
    told = capsys.readouterr()
    assert "some/model could not be fetched" in told.err
    assert "smolvlm:/the/folder" in told.err


def test_a_model_on_a_server_is_named_as_it_is_and_not_fetched(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["models", "fetch", "openai:m@http://127.0.0.1:9/v1", "--home", str(home)]
    assert main(words) == 1
    assert "there is nothing to fetch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "told"),
    [("http://127.0.0.1:9", "stays on this machine"), ("http://192.0.2.1", "Nothing was sent")],
)
def test_what_a_captioner_on_a_server_is_sent_is_said(home: Path, address: str, told: str) -> None:
    butler = Assistant.open(Settings(home, preset="small", captioner=f"openai:m@{address}/v1"))
    try:
        assert told in butler.preset_note
    finally:
        butler.close()


def test_an_answer_without_the_chosen_picture_model_says_why(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ask", "where is the mug?", "--pictures", "siglip2:/nowhere", "--home", str(home)]
    assert main(words) == 0
    assert "There is no folder /nowhere" in capsys.readouterr().err
