"""People: who was met, by face and voice; named, merged, split and forgotten here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/people.js`` fills it from ``/api/people``."""
    scripted("people", "eb-people")
