"""A home in which people were met: a film with faces and voices, and captions that tell of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.assistant import Assistant
from app.core.settings import Settings
from egogpt.registry import load_captioner
from memory.store.store import Store
from memory.types.core import Clip, Observation, Recording, Sighting
from tests.app.homes import MORNING, Line, film, remember
from tests.memory.crowds import Met, meet

CONCERT = "The concert is on Friday evening."


def party(store: Store, start: float = MORNING, file: Path | None = None) -> Recording:
    """Six half-minutes: somebody who talks (1), somebody else (2), a third who is a voice only.

    The one who talks is in four clips, of which one has another view of the face, far enough to be
    taken for a person of its own: faces at 0, 3, 6 and 60 degrees.
    """
    found = remember(store, "party", start, [Line("A room.")] * 6, file)
    clips = store.recordings.clips(found.id)
    talk = Met(0, 4, 9, kind="voice", says=CONCERT)
    met = [
        (Met(0), talk),
        (Met(3), Met(120, 10, 20)),
        (Met(6), Met(2, 4, 9, kind="voice", says="I left my umbrella in the blue drawer.")),
        (Met(120),),
        (Met(60),),
        (Met(123), Met(90, 12, 16, kind="voice", says="我们明天去喝咖啡。")),
    ]
    for clip, those in zip(clips, met, strict=True):
        meet(store, clip, *those)
        store.people.assign([clip.id])
    _sign(store, clips[3])
    for clip in clips:
        _caption(store, clip)
    return found


def _sign(store: Store, clip: Clip) -> None:
    """A sign in view, beside whom was met there."""
    sign = Sighting(clip.span, "text", "PLATFORM 4", 0.9, (0.2, 0.2, 0.5, 0.3))
    cup = Sighting(clip.span, "object", "cup", 0.9)
    store.perceptions.write_sightings("text", "1", {clip.id: [sign, cup]})


def _caption(store: Store, clip: Clip) -> None:
    captioner = load_captioner("composed")
    seen = Observation(
        clip,
        tuple(store.perceptions.utterances(clip.id)),
        tuple(store.perceptions.sightings(clip.id)),
    )
    store.memories.write_caption(clip, captioner.caption(seen), captioner.name, "caption", "1")


def party_home(place: Path) -> Path:
    """A folder with a home of the party and its film, for `another_party`."""
    store = Store.open(place / "home")
    party(store, file=film(place / "party.mp4", 6))
    store.close()
    return place


@contextmanager
def another_party(made: Path, place: Path) -> Iterator[Assistant]:
    """A copy of that home, opened."""
    here = place / "here"
    shutil.copytree(made, here)
    with Assistant.open(Settings(here / "home", weights=place / "no-weights")) as opened:
        (recording,) = opened.store.recordings.all()
        opened.store.recordings.update(replace(recording, path=str(here / "party.mp4")))
        yield opened
