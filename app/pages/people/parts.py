"""The components of People that its events read and change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import gradio as gr

Updates: TypeAlias = dict[Any, Any]  # component → its value, or a component with what changes of it


@dataclass(frozen=True, slots=True)
class DrawnPeople:
    """What the list shows, so that it is drawn anew only where something changed."""

    values: tuple[Any, ...] = ()
    asked: tuple[str, int] = ("", 0)
    version: int | None = None  # of the home


@dataclass(frozen=True, slots=True)
class ShownPair:
    """Two of whom it is asked whether they are one person; ids, empty where there are none."""

    one: str = ""
    two: str = ""
    place: int = 0  # among all pairs
    version: int | None = None  # of the home


@dataclass(frozen=True)
class PeopleParts:
    """The components of the page."""

    undo: gr.Button
    everybody: gr.Column
    find: gr.Textbox
    nothing: gr.Markdown
    strangers: gr.Column
    strange: gr.Gallery
    more: gr.Button
    pair: gr.Column
    first: gr.Gallery
    second: gr.Gallery
    why: gr.Markdown
    pair_voice: gr.Markdown
    same: gr.Button
    apart: gr.Button
    next_pair: gr.Button
    friends: gr.Column
    named: gr.Gallery
    somebody: gr.Column
    back: gr.Button
    about: gr.Markdown
    name: gr.Textbox
    prints: gr.Column
    samples: gr.Gallery
    voice: gr.Markdown
    split: gr.Button
    other: gr.Dropdown
    merge: gr.Button
    me: gr.Button
    story: gr.Markdown
    forget: gr.Button
    forget_moments: gr.Button
    forgetting: gr.Column
    goes: gr.Markdown
    forget_now: gr.Button
    keep: gr.Button
    target: gr.JSON
    drawn: gr.State
    count: gr.State  # how many without a name are shown
    asked: gr.State  # a ShownPair
    who: gr.State  # the id of the person who is shown; empty: everybody
    ticked: gr.State  # the samples that are somebody else's

    @property
    def list_inputs(self) -> list[Any]:
        """What the list is drawn from."""
        return [self.drawn, self.find, self.count]

    @property
    def all(self) -> list[Any]:
        """All that an event may change; it gives only what it does."""
        return [getattr(self, name) for name in PeopleParts.__dataclass_fields__]
