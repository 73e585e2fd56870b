"""SigLIP 2 (and SigLIP) through ``transformers``: pictures at one size, or as they are (NaFlex).

Source: Tschannen et al., "SigLIP 2" (2025), sections 2 and 2.4.2; texts are lower case and padded
to the tower's full length without a mask, as in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egogpt.embedders.image_model_files import fetch_folder, fingerprint, model_folder, unreadable
from egogpt.embedders.torch_images import TorchPictures, device
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.weights.fetcher import Progress

if TYPE_CHECKING:
    from PIL.Image import Image

KIND = "siglip2"
_NEEDED = ("config.json", "preprocessor_config.json")
_CLASSES = {"siglip": "SiglipModel", "siglip2": "Siglip2Model"}


class SiglipEmbedder(TorchPictures):
    """A model of ``SiglipModel`` or ``Siglip2Model`` with its own tokenizer and image processor."""

    def __init__(self, folder: Path) -> None:
        """Loads the files of ``folder``. Raises PictureModelError."""
        try:
            config = _config(folder)
            self._processor, self._tokenizer = _processors(folder)
            self._device = device()
            self._model = _model(folder, config).to(self._device).eval()
        except PictureModelError:
            raise
        except Exception as error:  # each library has errors of its own for files that are off
            raise unreadable(KIND, folder, error) from error
        self._length = int(config.text_config.max_position_embeddings)
        width = int(getattr(config.text_config, "projection_size", 0) or 0)
        super().__init__(_name(folder), width or int(config.text_config.hidden_size))

    @classmethod
    def load(cls, place: str) -> SiglipEmbedder:
        """The model of a folder or of a hub name that is in the cache. Raises PictureModelError."""
        return cls(_folder(place))

    @staticmethod
    def stored_as(place: str) -> str:
        """The name of its vectors, without loading it. Raises PictureModelError."""
        return _name(_folder(place))

    @staticmethod
    def location(place: str) -> Path:
        """Its folder. Raises PictureModelError."""
        return _folder(place)

    @staticmethod
    def fetch(place: str, progress: Progress | None = None) -> None:
        """Brings a hub name into the cache. Raises PictureModelError."""
        fetch_folder(KIND, place, progress)

    def picture_features(self, pictures: Sequence[Image]) -> Any:
        """See `TorchPictures.picture_features`."""
        inputs = self._processor(images=list(pictures), return_tensors="pt").to(self._device)
        return _pooled(self._model.get_image_features(**inputs))

    def text_features(self, texts: Sequence[str]) -> Any:
        """See `TorchPictures.text_features`."""
        tokens = self._tokenizer(
            [text.lower() for text in texts],
            padding="max_length",
            truncation=True,
            max_length=self._length,
            return_tensors="pt",
        )
        return _pooled(self._model.get_text_features(tokens["input_ids"].to(self._device)))


def _folder(place: str) -> Path:
    folder = model_folder(KIND, place, _NEEDED)
    if not list(folder.glob("*.safetensors")):
        raise PictureModelError(
            f"The folder {folder} has no weights as safetensors, and no others are opened. Save "
            f"the model again with save_pretrained, or name another one with {KIND}:PLACE."
        )
    return folder


def _name(folder: Path) -> str:
    files = [
        path for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".model")
    ]
    return f"{KIND}-{fingerprint(files)}"


def _config(folder: Path) -> Any:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type not in _CLASSES:
        raise PictureModelError(
            f"The model in {folder} is a {config.model_type}, not a SigLIP or SigLIP 2. Name one "
            f"of those with {KIND}:PLACE."
        )
    return config


def _processors(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoImageProcessor, AutoTokenizer

    load: Any = AutoImageProcessor.from_pretrained  # untyped
    pictures = load(folder, local_files_only=True)
    return pictures, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _model(folder: Path, config: Any) -> Any:
    import transformers

    told_of: Any = transformers.utils.logging  # untyped
    told_of.disable_progress_bar()
    model, loading_info = getattr(transformers, _CLASSES[config.model_type]).from_pretrained(
        folder, config=config, local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    if loading_info["missing_keys"] or loading_info["mismatched_keys"]:
        lost = sorted(map(str, (*loading_info["missing_keys"], *loading_info["mismatched_keys"])))
        raise ValueError(f"{len(lost)} of its weights are missing or of another shape: {lost[0]} …")
    return model


def _pooled(output: Any) -> Any:
    """The pooled features, which ``transformers`` 5 gives beside those of each place."""
    return getattr(output, "pooler_output", output)
