"""Two homes with real films: Jake asks, Alice's camera saw where the umbrella is."""

from __future__ import annotations

from pathlib import Path

from app.auth.accounts import Accounts
from memory.store.store import Store
from memory.types.core import EVERYTHING, Recording, Scope
from tests.app.doors import ANNA, BEN, accounts
from tests.app.homes import MORNING, Line, remember

UMBRELLA = "Where is the umbrella?"
SAID = "I put the umbrella in the blue drawer."
HERS = (
    Line(f'A drawer. Somebody said: "{SAID}"', SAID),
    Line('A garden. Somebody said: "The tomatoes are ripe."', "The tomatoes are ripe."),
)
MINE = (Line("A street.", "The tram was late."),)


class Films:
    """The accounts of both, and Alice's recordings; her home is opened where it is needed."""

    def __init__(self, root: Path) -> None:
        store = Store.open(root)
        remember(store, "street", MORNING, MINE)
        store.close()
        self.accounts: Accounts = accounts(root)
        self.jake = self.accounts.add("Jake", ANNA)
        self.alice = self.accounts.add("Alice", BEN)
        store = self.hers()
        self.film: Recording = remember(store, "drawer", MORNING + 60, HERS)
        self.clips = [clip.id for clip in store.recordings.clips(self.film.id)]
        store.close()

    def hers(self) -> Store:
        """Alice's home."""
        return Store.open(self.alice.home)

    def give(self, *scopes: str, narrowed: Scope = EVERYTHING) -> None:
        """Alice lets Jake ask."""
        chosen = scopes or ("ask", "media")
        self.accounts.grants.give(self.alice.id, self.jake.id, chosen, 7, narrowed)

    def end(self) -> None:
        """Alice lets him no more."""
        self.accounts.grants.end(self.alice.id, self.jake.id)
