"""The way out beside the brand, with the name of whoever is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.event_context import web_request
from app.pages.shell import QUIET, current_blocks
from app.presentation.i18n import t
from app.routes.access.visits import Visits

if TYPE_CHECKING:
    from app.assistant import Assistant

_LONGEST = 20  # letters of a name that there is room for


def way_out(assistant: Assistant) -> None:
    """Places a link that is to be seen by whoever is signed in."""
    link = gr.Button("", link="/sign-out", visible=False, elem_id="eb-out", elem_classes="eb-out")
    visits = Visits(assistant)

    def show() -> gr.Button:
        seen = visits.of(web_request())
        name = "" if seen.account is None else seen.account.name
        if len(name) > _LONGEST:
            name = f"{name[: _LONGEST - 1]}…"
        return gr.Button(f"{name}\n{t('Sign out')}", visible=seen.session is not None)

    current_blocks().load(show, None, link, **QUIET)
