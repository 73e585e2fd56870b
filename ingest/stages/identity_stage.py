"""Prints find their people, and the captions that speak of them are made again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from egogpt.protocols.captioner import Captioner
from ingest.stages.stages import ClipBlock
from memory.types.core import Observation, Recording

if TYPE_CHECKING:
    from memory.store.store import Store

BYSTANDERS = "bystanders"  # the preference: "forget", or nothing
PEOPLE_VERSION = "people-1"


def bystanders_go(store: Store) -> bool:
    """Whether no face and no voice of people without a name is to stay."""
    return bool(store.preferences.get(BYSTANDERS) == "forget")


class PeopleStage:
    """Whose faces and voices they are. Needs no model: it reads and writes prints only."""

    name = "people"

    def __init__(self, inputs: str) -> None:
        """``inputs`` names the stages, with their versions, that make the prints."""
        self.version = f"{PEOPLE_VERSION}({inputs})"

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture or sound of their own."""
        return recording.kind != "import"

    def load(self) -> None:
        """Nothing to load."""

    def run(self, store: Store, block: ClipBlock, *_: object) -> None:
        """Gives the block's prints to people, and enters that, all or nothing.

        Where the owner wants no bystanders, those of people without a name go at once.
        """
        clip_ids = [clip.id for clip in block.clips]
        with store.database.transaction():
            store.people.assign(clip_ids)
            if bystanders_go(store):
                store.people.forget_unnamed(clip_ids)
            store.ledger.enter(clip_ids, self.name, self.version)


def recaption(store: Store, captioner: Captioner, clip_ids: Iterable[str]) -> int:
    """Makes again the captions of these clips that ``captioner`` wrote. Returns how many changed.

    Names are read from the store, so this is what makes a new name known. Summaries above a changed
    caption become stale and its vectors go. A caption that a model wrote may tell a name that is no
    longer right, or must not be kept: ``captioner`` stands in for it at once, and the recording is
    queued, so that the model writes it again. Captions by another hand, an importer's, stay.
    """
    from memory.people.affected_captions import captioned

    changed = 0
    stood_in: set[str] = set()
    with store.database.transaction():
        for caption in captioned(store.database, clip_ids):
            own = caption.model == captioner.name
            if not own and not caption.version.startswith(f"{caption.model}-"):
                continue
            clip = caption.clip
            seen = Observation(
                clip,
                tuple(store.perceptions.utterances(clip.id)),
                tuple(store.perceptions.sightings(clip.id)),
            )
            text = captioner.caption(seen)
            if text != caption.text:
                version = caption.version if own else f"{captioner.name}-stands in"
                store.memories.write_caption(clip, text, captioner.name, "caption", version)
                changed += 1
                if not own:
                    stood_in.add(clip.recording_id)
        store.jobs.redo(stood_in)
    return changed
