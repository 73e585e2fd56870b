"""Image–text embedders by ``kind:place``, apart from the text embedders; nothing is loaded early.

load_picture_embedder("siglip2:google/siglip2-base-patch16-224")
load_picture_embedder("open_clip:ViT-B-32/laion2b_s34b_b79k")
load_picture_embedder("open_clip:/models/my-clip")

A place is a folder, or a name on the Hugging Face hub that lies in this machine's cache. Only
``fetch_picture_embedder`` uses the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from egogpt.protocols.image_embedder import PictureEmbedder, PictureModelError
from egogpt.weights.fetcher import Progress

PICTURE_EMBEDDERS: Mapping[str, str] = {
    "open_clip": "egogpt.embedders.open_clip:OpenClipEmbedder",
    "siglip2": "egogpt.embedders.siglip:SiglipEmbedder",
}


class UnknownPictureEmbedder(ValueError):
    """A name that is not of the form ``kind:place`` with a kind that exists."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} names no image–text embedder. Write KIND:PLACE, where KIND is one of "
            f"{', '.join(PICTURE_EMBEDDERS)} and PLACE a folder or a name on the hub, for example "
            "siglip2:google/siglip2-base-patch16-224; or recognised, or none."
        )


def check_picture_embedder(name: str) -> None:
    """Raises UnknownPictureEmbedder for a name that cannot be one."""
    kind, _, place = name.partition(":")
    if kind not in PICTURE_EMBEDDERS or not place.strip():
        raise UnknownPictureEmbedder(name)


def load_picture_embedder(name: str) -> PictureEmbedder:
    """The embedder of that name, ready to use.

    Raises UnknownPictureEmbedder, or PictureModelError with what is wrong and what to do.
    """
    entry, place = _find(name)
    return cast(PictureEmbedder, entry.load(place))


def picture_embedder_name(name: str) -> str:
    """What its vectors are stored under: read off its files, without loading it.

    Raises as ``load_picture_embedder`` does.
    """
    entry, place = _find(name)
    return str(entry.stored_as(place))


def picture_embedder_location(name: str) -> Path:
    """Its folder, or the file of its weights. Raises as ``load_picture_embedder`` does."""
    entry, place = _find(name)
    return Path(entry.location(place))


def fetch_picture_embedder(name: str, progress: Progress | None = None) -> None:
    """Brings the files from the Hugging Face hub into its cache, where they are not there yet.

    Raises as ``load_picture_embedder`` does.
    """
    entry, place = _find(name)
    try:
        entry.stored_as(place)
    except PictureModelError:
        entry.fetch(place, progress)


def _find(name: str) -> tuple[Any, str]:
    check_picture_embedder(name)
    kind, _, place = name.partition(":")
    module, _, attribute = PICTURE_EMBEDDERS[kind].partition(":")
    return getattr(import_module(module), attribute), place.strip()
