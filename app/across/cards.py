"""Moments of others as the page shows them: whose camera, who says it, and a film where granted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote

from app.across.homes import opened
from app.ask.answer_page import card_json, shortened
from app.auth.accounts import Account, Accounts
from app.auth.errors import AuthRefused
from app.auth.grants import Grant
from app.presentation.rendering import Json, quote_text
from app.presentation.time_text import seek_address
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Citation, Recording, Span
from memory.types.errors import StoreError

AT = "@"  # between a recording and its owner, in addresses; no name of an account holds it


@dataclass(frozen=True, slots=True)
class AskedHome:
    """Somebody's home while it is asked: whose it is, what they granted, and their store."""

    account: Account
    grant: Grant
    store: Store

    def view(self, at: float) -> View:
        """What may be told of it as of a moment."""
        return self.store.as_of(at).granted(self.grant.narrowed)

    def tells(self, recording_id: str, span: Span) -> bool:
        """Whether all that is recorded of a time lies in the grant, and is still there."""
        clips = self.store.recordings.clips_within(recording_id, span)
        told = {memory.clip_id for memory in self.view(time.time()).of_clips(clips)}
        return bool(clips) and told == set(clips)

    def plays(self, recording: Recording) -> bool:
        """Whether a recording may be played: films are granted, and all of it lies in the grant."""
        return "media" in self.grant.scopes and self.tells(recording.id, recording.span)


def other_card(number: int, citation: Citation, home: AskedHome) -> Json:
    """A moment of somebody else's; without an address where it may not be seen."""
    card = card_json(number, replace(citation, wearer=""), home.store)
    recording = home.store.recordings.get(citation.recording_id)
    words = shortened(quote_text(citation))
    told = {"wearer": home.account.name, "people": list[str](), "quote": words}
    if recording is None or not home.plays(recording):
        return card | told | {"recording": "", "seek": "", "picture": ""}
    theirs = f"{recording.id}{AT}{home.account.name}"
    mine, address = (quote(one, safe="") for one in (recording.id, theirs))
    picture = card["picture"].replace(f"/{mine}/", f"/{address}/", 1)
    start, end = (at - recording.start for at in (citation.span.start, citation.span.end))
    seek = seek_address(theirs, start, end, words)
    return card | told | {"recording": theirs, "seek": seek, "picture": picture}


@contextmanager
def granted_recording(
    accounts: Accounts, account: Account | None, address: str
) -> Iterator[tuple[Store, Recording] | None]:
    """The recording that ``RECORDING@NAME`` names, with its store, while it may be played.

    None where it may not, for whatever reason: nobody learns what there is.
    """
    recording_id, _, name = address.rpartition(AT)
    try:
        giver = accounts.get(name)
    except AuthRefused:
        giver = None
    grant = giver and account and accounts.grants.between(giver.id, account.id)
    if not grant or giver is None:
        yield None
        return
    with ExitStack() as stack:
        try:
            store = stack.enter_context(opened(giver.home))
            recording = store.recordings.get(recording_id)
            plays = recording and AskedHome(giver, grant, store).plays(recording)
        except (StoreError, OSError):  # it is away; where it lies is told to nobody
            plays = recording = None
        yield (store, recording) if recording and plays else None
