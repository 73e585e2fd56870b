"""Runs the stages over a recording, block by block, with a ledger of what is done.

A block (8 clips, 4 minutes) is the unit of work: each stage writes a whole block and its ledger
entries in one transaction, so a process that dies repeats at most one stage of one block, and
repeats it from the same inputs. Blocks go through all stages in turn, so that the beginning of a
long recording can be asked about while the rest is still being watched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from ingest.decode.decoder import MediaDecoder
from ingest.probe.probe_types import Probe
from ingest.stages.stages import ClipBlock, Stage
from ingest.vision.image_embeddings import embed_clips
from memory.store.store import Store
from memory.types.core import Clip, Recording
from memory.types.errors import StoreError

_log = logging.getLogger(__name__)
CLIPS_PER_BLOCK = 8
_AT_ONCE = 256  # memories whose vectors are made between two looks at which are missing
_PLAIN = "word"  # a text that every embedder can take
StageListener: TypeAlias = Callable[[str, int, int], None]  # stage, clips done, clips in all
BlockListener: TypeAlias = Callable[[ClipBlock], None]


def blocks(
    recording: Recording, probe: Probe, clips: Sequence[Clip], media: MediaDecoder
) -> Iterator[ClipBlock]:
    """The clips in runs of 8: always the same runs, wherever an earlier attempt stopped."""
    for first in range(0, len(clips), CLIPS_PER_BLOCK):
        yield ClipBlock(recording, probe, tuple(clips[first : first + CLIPS_PER_BLOCK]), media)


def outstanding(store: Store, stages: Sequence[Stage], recording: Recording) -> bool:
    """Whether any stage that applies has clips of the recording left to do."""
    clips = {clip.id for clip in store.recordings.clips(recording.id)}
    return any(
        clips - store.ledger.done(recording.id, stage.name, stage.version)
        for stage in stages
        if stage.applies(recording)
    )


def run(
    store: Store,
    stages: Sequence[Stage],
    recording: Recording,
    probe: Probe,
    embedder: Embedder | None,
    listen: StageListener,
    media: MediaDecoder,
    pictures: PictureEmbedder | None = None,
    finished: BlockListener | None = None,
) -> None:
    """Does what is not done yet for the recording; ``media`` decodes its file.

    ``finished`` is called with each block that there was something to do in, once it is through all
    stages; it may raise to leave the rest for later.

    Summaries are left stale, for ``summaries.rebuild`` to make once after many recordings: a day
    would else be summarised again for each of them.
    """
    clips = store.recordings.clips(recording.id)
    wanted = [stage for stage in stages if stage.applies(recording)]
    done = {
        stage.name: store.ledger.done(recording.id, stage.name, stage.version) for stage in wanted
    }
    for block in blocks(recording, probe, clips, media):
        ids = {clip.id for clip in block.clips}
        is_new = any(not ids <= done[stage.name] for stage in wanted)
        for stage in wanted:
            if not ids <= done[stage.name]:
                with store.ledger.expecting(recording):
                    stage.run(store, block)
                done[stage.name] |= ids
            listen(stage.name, len(done[stage.name]), len(clips))
        _embed_if_possible(lambda: embed(store, embedder))
        if pictures is not None:
            _embed_if_possible(partial(embed_clips, store, pictures, block.clips))
        if is_new and finished is not None:
            finished(block)


def _embed_if_possible(embed_them: Callable[[], object]) -> None:
    """Makes vectors; what fails is logged: words find a memory without a vector, too."""
    try:
        embed_them()
    except StoreError:
        raise
    except Exception:
        _log.warning("vectors could not be made; they are tried again later", exc_info=True)


def embed(store: Store, embedder: Embedder | None) -> int:
    """Gives every memory a vector of the current model. Returns how many were made.

    One text at a time: the vector of a quantised model depends on what shares its batch, and a
    resumed run must end with the same vectors as an undisturbed one. A text that the embedder
    cannot take stays without one until the next call, and keeps none of the others from theirs.

    Raises:
        Exception: whatever the embedder raises, where it fails at any text.
    """
    made, refused = 0, set[int]()
    while embedder is not None and (missing := _missing(store, embedder.name, refused)):
        for memory_id, text in missing:
            vector = _vector(embedder, text)
            if vector is None:
                refused.add(memory_id)
                continue
            store.vectors.put(embedder.name, [memory_id], vector)
            made += 1
    return made


def _missing(store: Store, model: str, refused: set[int]) -> list[tuple[int, str]]:
    found = store.vectors.missing(model, _AT_ONCE + len(refused))
    return [(memory_id, text) for memory_id, text in found if memory_id not in refused]


def _whole(embedder: Embedder, text: str) -> NDArray[np.float32]:
    """The vector of a text; what is not finite, or all zero, would be found by nothing."""
    vector = embedder.embed_documents([text])
    if not np.isfinite(vector).all() or not vector.any():
        raise ValueError(f"{embedder.name} gave what is no vector")
    return vector


def _vector(embedder: Embedder, text: str) -> NDArray[np.float32] | None:
    """The vector of one text, (1, dimension), or None where it is the text that is at fault."""
    try:
        return _whole(embedder, text)
    except Exception as error:
        _whole(embedder, _PLAIN)  # raises where it is the embedder
        _log.warning("a memory has no vector, words alone will find it: %s", error)
        return None
