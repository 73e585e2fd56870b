"""Image–text embedders: one contract for all, on tiny models of the real classes, really loaded."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from egogpt.embedders.image_registry import (
    UnknownPictureEmbedder,
    fetch_picture_embedder,
    load_picture_embedder,
    picture_embedder_name,
)
from egogpt.protocols.image_embedder import PictureEmbedder, PictureModelError
from memory.types.core import Frame
from tests.egogpt import picture_models
from tests.egogpt.hub.server import LoopbackHub

KINDS = ("open_clip", "siglip2", "naflex")
MAKERS: dict[str, Callable[[Path, int], Path]] = {
    "open_clip": picture_models.clip_folder,
    "siglip2": picture_models.siglip_folder,
    "naflex": picture_models.naflex_folder,
}
TEXTS = ["a red cup", "a dog in the snow", "a red cup on a table, seen from above, at night"]


def kind_of(kind: str) -> str:
    return "open_clip" if kind == "open_clip" else "siglip2"


def frames(count: int) -> list[Frame]:
    """Pictures of different sizes and shapes."""
    dice = np.random.default_rng(5)
    shapes = [(48, 64, 3), (64, 48, 3), (40, 40, 3), (90, 30, 3)]
    return [
        Frame(float(n), dice.integers(0, 256, shapes[n % 4], dtype=np.uint8)) for n in range(count)
    ]


@pytest.fixture(scope="module", params=KINDS)
def name(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    kind: str = request.param
    folder = MAKERS[kind](tmp_path_factory.mktemp(kind) / "model", 0)
    return f"{kind_of(kind)}:{folder}"


@pytest.fixture(scope="module")
def embedder(name: str) -> PictureEmbedder:
    return load_picture_embedder(name)


def test_vectors_of_pictures_and_texts_have_unit_length_and_one_dimension(
    embedder: PictureEmbedder,
) -> None:
    pictures, texts = embedder.embed_pictures(frames(5)), embedder.embed_documents(TEXTS)
    assert pictures.shape == (5, embedder.dimension)
    assert texts.shape == (3, embedder.dimension)
    assert embedder.embed_query(TEXTS[0]).shape == (embedder.dimension,)
    for vectors in (pictures, texts):
        assert vectors.dtype == np.float32
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5


def test_a_batch_gives_what_each_gives_alone_in_the_same_order(embedder: PictureEmbedder) -> None:
    shown = frames(10)  # more than one batch
    together = embedder.embed_pictures(shown)
    alone = np.concatenate([embedder.embed_pictures([frame]) for frame in shown])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[::-1] - embedder.embed_pictures(shown[::-1])).max() < 1e-5
    assert np.abs(together[0] - together[1]).max() > 1e-3
    said = embedder.embed_documents(TEXTS)
    assert np.abs(said - np.stack([embedder.embed_query(text) for text in TEXTS])).max() < 1e-5
    assert np.abs(said[0] - said[1]).max() > 1e-3


def test_nothing_gives_no_vectors(embedder: PictureEmbedder) -> None:
    assert embedder.embed_pictures([]).shape == (0, embedder.dimension)
    assert embedder.embed_documents([]).shape == (0, embedder.dimension)


def test_a_text_beyond_what_the_model_reads_is_cut(embedder: PictureEmbedder) -> None:
    long = embedder.embed_query("a red cup " * 500)
    assert abs(float(np.linalg.norm(long)) - 1) < 1e-5


def test_loading_the_same_files_again_gives_the_same_vectors_and_name(
    name: str, embedder: PictureEmbedder
) -> None:
    again = load_picture_embedder(name)
    assert again.name == embedder.name == picture_embedder_name(name)
    assert np.array_equal(again.embed_pictures(frames(2)), embedder.embed_pictures(frames(2)))


@pytest.mark.parametrize("kind", KINDS[:2])
def test_the_name_follows_the_content_and_not_the_place(kind: str, tmp_path: Path) -> None:
    folder = MAKERS[kind](tmp_path / "one", 0)
    before = picture_embedder_name(f"{kind_of(kind)}:{folder}")
    folder = folder.rename(tmp_path / "two")
    assert picture_embedder_name(f"{kind_of(kind)}:{folder}") == before
    MAKERS[kind](folder, 1)
    assert picture_embedder_name(f"{kind_of(kind)}:{folder}") != before


def test_siglip_features_are_those_of_the_model_itself(tmp_path: Path) -> None:
    import torch
    from transformers import AutoProcessor, SiglipModel

    folder = picture_models.siglip_folder(tmp_path)
    model, processor = (
        SiglipModel.from_pretrained(folder).eval(),
        AutoProcessor.from_pretrained(folder),
    )
    shown, texts = frames(3), ["a red cup", "a dog"]
    inputs = processor(
        images=[frame.image for frame in shown], text=texts, padding="max_length", max_length=24,
        return_tensors="pt",
    )  # fmt: skip
    inputs.pop("attention_mask", None)
    with torch.inference_mode():
        out = model(**inputs)
    embedder = load_picture_embedder(f"siglip2:{folder}")
    assert np.abs(embedder.embed_pictures(shown) - out.image_embeds.numpy()).max() < 1e-5
    assert np.abs(embedder.embed_documents(texts) - out.text_embeds.numpy()).max() < 1e-5


@pytest.mark.parametrize("pickled", [False, True])
def test_open_clip_takes_a_checkpoint_of_a_known_architecture(
    tmp_path: Path, pickled: bool
) -> None:
    import open_clip

    config = tmp_path / "tiny-clip.json"
    config.write_text(json.dumps(picture_models.CLIP_CONFIG))
    open_clip.add_model_config(config)
    suffix = "pt" if pickled else "safetensors"
    weights = picture_models.clip_weights(tmp_path / f"w.{suffix}", pickled=pickled)
    given = load_picture_embedder(f"open_clip:tiny-clip/{weights}")
    folder = picture_models.clip_folder(tmp_path / "folder")
    text = load_picture_embedder(f"open_clip:{folder}").embed_query("a cup")
    assert np.abs(given.embed_query("a cup") - text).max() < 1e-6
    with pytest.raises(PictureModelError, match="neither a checkpoint"):
        load_picture_embedder("open_clip:tiny-clip/no-such-tag")


def test_code_in_a_pickled_checkpoint_is_not_run(tmp_path: Path) -> None:
    import torch

    folder = picture_models.clip_folder(tmp_path / "model")
    (folder / "open_clip_model.safetensors").unlink()
    mark = tmp_path / "run"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(mark),)

    torch.save({"state_dict": Evil()}, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(PictureModelError, match="cannot be loaded"):
        load_picture_embedder(f"open_clip:{folder}")
    assert not mark.exists()


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_model_of_the_hub_is_fetched_once_and_taken_from_the_cache(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, hub = f"{kind_of(kind)}:someone/tiny", LoopbackHub(tmp_path)
    hub.offer("someone/tiny", lambda folder: MAKERS[kind](folder, 0))
    with hub.running():
        hub.lead_there(monkeypatch, tmp_path / "cache")
        with pytest.raises(PictureModelError, match="egobutler models fetch"):
            load_picture_embedder(name)
        fetch_picture_embedder(name)
    fetch_picture_embedder(name)  # here already: no network is needed
    folder = MAKERS[kind](tmp_path / "files", 0)
    assert load_picture_embedder(name).name == picture_embedder_name(f"{kind_of(kind)}:{folder}")


def test_of_a_published_set_of_weights_the_safetensors_are_fetched_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import open_clip

    def publish(folder: Path) -> None:
        picture_models.clip_folder(folder)
        picture_models.clip_weights(folder / "open_clip_pytorch_model.bin", pickled=True)

    (tmp_path / "tiny-tagged.json").write_text(json.dumps(picture_models.CLIP_CONFIG))
    open_clip.add_model_config(tmp_path / "tiny-tagged.json")
    tags = {"someday": {"hf_hub": "someone/clip/", **picture_models.PREPROCESS}}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny-tagged", tags)
    hub = LoopbackHub(tmp_path / "hub")
    hub.offer("someone/clip", publish)
    with hub.running():
        hub.lead_there(monkeypatch, tmp_path / "cache")
        with pytest.raises(PictureModelError, match="open_clip:tiny-tagged/someday"):
            load_picture_embedder("open_clip:tiny-tagged/someday")
        fetch_picture_embedder("open_clip:tiny-tagged/someday")
    assert [p.name for p in (tmp_path / "cache").rglob("*/snapshots/*/*")] == [
        "open_clip_model.safetensors"
    ]
    folder = picture_models.clip_folder(tmp_path / "files")
    named, given = (
        load_picture_embedder(f"open_clip:{place}") for place in ("tiny-tagged/someday", folder)
    )
    assert np.abs(named.embed_pictures(frames(2)) - given.embed_pictures(frames(2))).max() < 1e-6


@pytest.mark.parametrize("name", ["", "siglip2", "siglip2:", "e5", "clip:/x"])
def test_a_name_that_is_none_is_told_the_form(name: str) -> None:
    with pytest.raises(UnknownPictureEmbedder, match="KIND:PLACE"):
        load_picture_embedder(name)


def test_a_text_tower_that_a_folder_names_on_the_hub_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    folder = picture_models.clip_folder(tmp_path / "model")
    told = json.loads((folder / "open_clip_config.json").read_text())
    told["model_cfg"]["text_cfg"] = {"hf_model_name": "someone/tower", "hf_proj_type": "linear"}
    (folder / "open_clip_config.json").write_text(json.dumps(told))
    asked: list[str] = []

    def nowhere(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise OSError("no network")

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(PictureModelError, match="cannot be loaded"):
        load_picture_embedder(f"open_clip:{folder}")
    assert asked == []
    assert constants.HF_HUB_OFFLINE is False


@pytest.mark.parametrize("kind", KINDS[:2])
def test_what_is_wrong_with_a_folder_is_said(kind: str, tmp_path: Path) -> None:
    with pytest.raises(PictureModelError, match="no folder"):
        load_picture_embedder(f"{kind_of(kind)}:{tmp_path}/nowhere")
    with pytest.raises(PictureModelError, match="has no"):
        load_picture_embedder(f"{kind_of(kind)}:{tmp_path}")
    folder = MAKERS[kind](tmp_path / "model", 0)
    (weights,) = folder.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(PictureModelError, match=str(folder)):
        load_picture_embedder(f"{kind_of(kind)}:{folder}")
    weights.unlink()
    with pytest.raises(PictureModelError, match="weights"):
        load_picture_embedder(f"{kind_of(kind)}:{folder}")


def test_weights_that_leave_a_part_of_the_model_to_chance_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = picture_models.naflex_folder(tmp_path)
    (weights,) = folder.glob("*.safetensors")
    state = {key: value for key, value in load_file(weights).items() if "layers.1" not in key}
    save_file(state, weights, metadata={"format": "pt"})
    with pytest.raises(PictureModelError, match="missing"):
        load_picture_embedder(f"siglip2:{folder}")


def test_another_kind_of_model_is_named(tmp_path: Path) -> None:
    folder = picture_models.siglip_folder(tmp_path)
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(PictureModelError, match="bert"):
        load_picture_embedder(f"siglip2:{folder}")


@pytest.mark.parametrize("name", ["open_clip:ViT-B-32/laion2b_s34b_b79k", "siglip2:someone/tiny"])
def test_without_a_network_fetching_says_what_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PictureModelError, match=r"could not be fetched.*network"):
        fetch_picture_embedder(name)
