"""CLIP and its kin through ``open_clip``: a folder, a name on the hub, or MODEL/PRETRAINED.

Source: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision"
(2021), section 2.3; Ilharco et al., OpenCLIP (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egogpt.embedders.image_model_files import unreadable, without_network
from egogpt.embedders.open_clip_files import KIND, ClipPlace, fetch, find
from egogpt.embedders.torch_images import TorchPictures, device
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.weights.fetcher import Progress

if TYPE_CHECKING:
    from PIL.Image import Image


class OpenClipEmbedder(TorchPictures):
    """Any model that ``open_clip`` can build, with its own transform and tokenizer."""

    def __init__(self, place: ClipPlace) -> None:
        """Loads the weights, without pickle's code (``weights_only``). Raises PictureModelError."""
        try:
            self._device = device()
            with without_network():
                self._model, self._transform = _model(place)
                self._tokenizer = _tokenizer(place)
            self._model = self._model.to(self._device).eval()
            width = self._width()
        except PictureModelError:
            raise
        except Exception as error:  # each library has errors of its own for files that are off
            raise unreadable(KIND, place.weights, error) from error
        super().__init__(place.stored_as, width)

    def _width(self) -> int:
        import torch

        with torch.inference_mode():
            return int(self.text_features(["a picture"]).shape[-1])

    @classmethod
    def load(cls, place: str) -> OpenClipEmbedder:
        """The model of a place whose files are here. Raises PictureModelError."""
        return cls(find(place))

    @staticmethod
    def stored_as(place: str) -> str:
        """The name of its vectors, without loading it. Raises PictureModelError."""
        return find(place).stored_as

    @staticmethod
    def location(place: str) -> Path:
        """The file of its weights. Raises PictureModelError."""
        return find(place).weights

    @staticmethod
    def fetch(place: str, progress: Progress | None = None) -> None:
        """Brings a name of the hub into the cache. Raises PictureModelError."""
        fetch(place, progress)

    def picture_features(self, pictures: Sequence[Image]) -> Any:
        """See `TorchPictures.picture_features`."""
        import torch

        pixels = torch.stack([self._transform(picture) for picture in pictures])
        return self._model.encode_image(pixels.to(self._device))

    def text_features(self, texts: Sequence[str]) -> Any:
        """See `TorchPictures.text_features`."""
        return self._model.encode_text(self._tokenizer(list(texts)).to(self._device))


def _model(place: ClipPlace) -> tuple[Any, Any]:
    import open_clip

    preprocess = place.preprocess
    return open_clip.create_model_from_pretrained(  # type: ignore[no-any-return]
        place.model,
        pretrained=None if place.folder else str(place.weights),
        force_quick_gelu=place.quick_gelu,
        image_mean=preprocess.get("mean"),
        image_std=preprocess.get("std"),
        image_interpolation=preprocess.get("interpolation"),
        image_resize_mode=preprocess.get("resize_mode"),
        weights_only=True,
    )


def _tokenizer(place: ClipPlace) -> Any:
    """The model's tokenizer; one of the hub's comes from the cache, never from the network."""
    import open_clip
    from open_clip.tokenizer import HFTokenizer

    text = open_clip.get_model_config(place.model)["text_cfg"]
    named = text.get("hf_tokenizer_name", "")
    if not named or place.folder:
        return open_clip.get_tokenizer(place.model)
    from huggingface_hub import snapshot_download

    return HFTokenizer(
        snapshot_download(named, local_files_only=True),
        context_length=text.get("context_length", 77),
        tokenizer_mode=text.get("tokenizer_mode"),
        **text.get("tokenizer_kwargs", {}),
    )
