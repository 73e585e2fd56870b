"""Two homes with real films: Jake asks, Alice's camera saw where the umbrella is."""

from __future__ import annotations

from pathlib import Path

from app.auth.accounts import Accounts
from memory.store.store import Store
from memory.types.core import EVERYTHING, Scope
from tests.app.doors import ANNA, BEN, accounts
from tests.app.homes import MORNING, Line, remember

UMBRELLA = "Where is the umbrella?"
SAID = "I put the umbrella in the blue drawer."
HERS = (
    Line(f'A drawer. Somebody said: "{SAID}"', SAID),
    Line('A garden. Somebody said: "The tomatoes are ripe."', "The tomatoes are ripe."),
)
MINE = (Line("A street.", "The tram was late."),)


def make_homes(place: Path) -> None:
    """A folder with both homes and the accounts, for `Films`."""
    store = Store.open(place / "home")
    remember(store, "street", MORNING, MINE)
    store.close()
    kept = accounts(place / "home")
    kept.add("Jake", ANNA)
    store = Store.open(kept.add("Alice", BEN).home)
    remember(store, "drawer", MORNING + 60, HERS)
    store.close()
    kept.database.close()


class Films:
    """The accounts of both, and Alice's recording; her home is opened where it is needed."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.accounts: Accounts = accounts(place / "home")
        self.jake, self.alice = self.accounts.get("Jake"), self.accounts.get("Alice")
        store = self.hers()
        (self.film,) = store.recordings.all()
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
