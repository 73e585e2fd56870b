"""Vectors of the kept pictures: made from the thumbnails, so that nothing is decoded for them.

embed_pictures(store, embedder)

Every clip is written by itself, so what was made stays made when the process ends; another model
begins again from the same thumbnails, and the vectors of the old one go when all are made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.image_embedder import PictureEmbedder
from memory.types.core import Clip, Frame
from memory.types.images import KeptPicture

if TYPE_CHECKING:
    from memory.store.store import Store

_log = logging.getLogger(__name__)
_AT_ONCE = 64  # pictures that are looked up together


_PLAIN = np.full((64, 64, 3), 128, np.uint8)  # a picture that every embedder can take


def never() -> bool:
    """For those who want all pictures done."""
    return False


def embed_pictures(
    store: Store, embedder: PictureEmbedder, enough: Callable[[], bool] = never
) -> int:
    """Gives every kept picture a vector of this model. Returns how many were made.

    A picture that cannot be read, or that the model cannot take, is left out until the next call.
    ``enough`` is asked after each clip whether to stop for now; without that, the vectors of other
    models go at the end.

    Raises:
        StoreError: the home cannot be written.
        Exception: whatever the model raises, where it fails at any picture.
    """
    count, left_out = 0, False
    after: KeptPicture | None = None
    while batch := store.pictures.missing(embedder.name, after, _AT_ONCE):
        for pictures in _clips(batch):
            done = _embed_clip(store, embedder, pictures)
            count, left_out, after = count + done, left_out or done < len(pictures), pictures[-1]
            if enough():
                return count
    if not left_out:
        store.pictures.keep_only(embedder.name)
    return count


def embed_clips(store: Store, embedder: PictureEmbedder, clips: Sequence[Clip]) -> None:
    """The same for the pictures of these clips alone; raises as ``embed_pictures`` does."""
    pending = store.pictures.missing_of(embedder.name, [clip.id for clip in clips])
    for _, pictures in groupby(pending, lambda picture: picture.clip_id):
        _embed_clip(store, embedder, list(pictures))


def _clips(pictures: Sequence[KeptPicture]) -> list[list[KeptPicture]]:
    """The pictures clip by clip; one that may go on beyond what was looked up comes next time.

    A clip is embedded at once, always with the same pictures: a vector may depend, in its last
    bits, on those that share its batch.
    """
    clips = [list(group) for _, group in groupby(pictures, lambda picture: picture.clip_id)]
    return clips[:-1] if len(pictures) == _AT_ONCE and len(clips) > 1 else clips


def _embed_clip(store: Store, embedder: PictureEmbedder, pictures: Sequence[KeptPicture]) -> int:
    """Writes the vectors of one clip's pictures. Returns how many could be made."""
    shown = [
        (picture, frame)
        for picture in pictures
        if (frame := read_kept(store, picture.path, picture.at)) is not None
    ]
    vectors = _vectors(embedder, [frame for _, frame in shown]) if shown else None
    if vectors is None:
        return 0
    store.pictures.put(embedder.name, [embedded for embedded, _ in shown], vectors)
    return len(shown)


def _vectors(embedder: PictureEmbedder, frames: Sequence[Frame]) -> NDArray[np.float32] | None:
    """Their vectors, or None where it is these pictures that the model cannot take."""
    try:
        return _sound(embedder, frames)
    except Exception as error:
        _sound(embedder, [Frame(0.0, _PLAIN)])  # raises where it is the model
        _log.warning("pictures have no vector, words alone will find them: %s", error)
        return None


def _sound(embedder: PictureEmbedder, frames: Sequence[Frame]) -> NDArray[np.float32]:
    vectors = embedder.embed_pictures(frames)
    if vectors.shape != (len(frames), embedder.dimension) or not np.isfinite(vectors).all():
        raise ValueError(f"{embedder.name} gave what is no vector")
    return vectors


def read_kept(store: Store, path: str, at: float) -> Frame | None:
    """A thumbnail as a frame, or None where its file is gone or damaged."""
    import cv2

    try:
        data = np.frombuffer(store.media.resolve(path).read_bytes(), np.uint8)
    except OSError:
        return None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        return None
    return Frame(at, np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8))
