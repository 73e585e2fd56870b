"""Tell the wearer's words from those of others.

Whose voice is the wearer's is known where a person is marked so, where an imported recording's
device bears a speaker's name, or where a transcript calls the speaker "me".
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from egogpt.text.tokens import words_of
from egorag.evidence.units import Unit
from memory.repositories.events import SELF
from memory.store.view import View

_SPEAKERS = 200  # whose names are known


class Wearer:
    """Tells the wearer's words from those of others, as far as that is known."""

    def __init__(self, view: View) -> None:
        self.names = frozenset(name.lower() for name in view.wearer_names())
        self._view = view
        recordings = view.recordings()
        self._devices = {one.id: one.device.lower() for one in recordings}
        self._imported = {one.id for one in recordings if one.kind == "import"}
        self.known = bool(self.names) or view.names_self()

    def speaks(self, unit: Unit) -> bool | None:
        """Whether the wearer says it; a caption is the wearer's account. None: not known."""
        if unit.wearer:
            return False  # somebody else's
        speaker = unit.speaker.lower()
        if unit.kind == "caption" or (not speaker and unit.recording_id in self._imported):
            return True
        if not speaker:
            return None
        if speaker in self.names | SELF or speaker in self._devices.get(unit.recording_id, ""):
            self.known = True
            return True
        return False

    def teller(self, unit: Unit) -> str:
        """Who tells it, by name; "" where the wearer does, whoever's camera heard it."""
        who = unit.who or unit.wearer
        return "" if self.speaks(unit) or who.lower() in self.names else who

    def hear(self, units: Iterable[Unit]) -> None:
        """Makes it known whether any of them is the wearer's, before one is judged alone."""
        for unit in units:
            self.speaks(unit)

    @cached_property
    def named(self) -> frozenset[str]:
        """The names of those others who are heard."""
        return frozenset(self.others(self._view.speakers(_SPEAKERS)))

    def others(self, names: Iterable[str]) -> list[str]:
        """The names that are not known to be the wearer's, in their order."""
        devices = [set(words_of(device)) for device in set(self._devices.values())]
        unlike = (name for name in names if name.lower() not in self.names | SELF)
        return [
            name
            for name in unlike
            if not name or not any(set(words_of(name)) <= device for device in devices)
        ]
