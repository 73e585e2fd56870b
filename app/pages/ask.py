"""Ask: a conversation whose answers stream in, with the moments that they rest on.

The home keeps it (``app/ask/conversations.py``). ``static/ask*.js`` draw it from ``/api/ask/…``
(``app/routes/questions/asking.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/ask.js`` brings it to life."""
    scripted("ask", "eb-ask-page")
