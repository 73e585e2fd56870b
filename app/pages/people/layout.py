"""People: faces and voices as a gallery; whoever is chosen, with what can be done with them.

``static/people.js`` sends what components have no event for: coming into view, and the person whom
an address or a link names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.people.actions import PeopleActions
from app.pages.people.events import PeopleEvents
from app.pages.people.parts import PeopleParts
from app.pages.shell import FORGOTTEN, call_script, focus_on, ordered, signals
from app.people.changes import PeopleChanges
from app.people.service import desk
from app.search.service import SearchService
from app.views.people_view import PeopleView

if TYPE_CHECKING:
    from app.assistant import Assistant

_ORDERED, _ONCE = ordered("people"), ordered("people", "once")
_TO_PRIVACY = call_script("dom", "openPage('privacy', who.forget)", "who")


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("people")
    parts = PeopleParts()
    people = desk(assistant.store, assistant.brains)
    view = PeopleView(assistant, people, SearchService(assistant.store, assistant.brains))
    events = PeopleEvents(assistant, parts, people, view)
    _wire_shown(signal, parts, events)
    changes = PeopleChanges(assistant.store, people)
    _wire_changes(parts, events, PeopleActions(changes, parts, events))


def _wire_shown(signal: gr.HTML, parts: PeopleParts, events: PeopleEvents) -> None:
    looked, outputs = parts.list_inputs, parts.all
    drawn = signal.submit(events.refresh, looked, outputs, **_ONCE)
    drawn.then(events.suggest, [parts.asked], outputs, **_ORDERED)
    parts.find.change(events.refresh, looked, outputs, **ordered("people", "always_last"))
    parts.more.click(events.more, looked, outputs, **_ONCE)
    parts.next_pair.click(events.next_pair, [parts.asked], outputs, **_ONCE)
    shown = gr.on(
        [signal.focus, parts.strange.select, parts.named.select],
        events.show,
        None,
        outputs,
        **_ORDERED,
    )
    shown.then(None, [parts.target], None, js=call_script("people", "shown(who)", "who"))
    parts.back.click(None, None, None, js=call_script("people", "leave(who)", "who"))
    picked = [parts.who, parts.ticked]
    parts.samples.select(events.tick, picked, outputs, **_ORDERED)
    heard = [parts.first.select, parts.second.select]
    gr.on(heard, events.listen, None, [parts.pair_voice], **_ORDERED)
    parts.forget_moments.click(None, [parts.target], None, js=_TO_PRIVACY)


def _wire_changes(parts: PeopleParts, events: PeopleEvents, actions: PeopleActions) -> None:
    looked = [parts.who, *parts.list_inputs]
    asked = [parts.asked, *parts.list_inputs]
    changes = (
        (parts.name.submit, actions.name, [parts.name, *looked]),
        (parts.merge.click, actions.merge, [parts.other, *looked]),
        (parts.me.click, actions.me, looked),
        (parts.split.click, actions.split, [parts.ticked, *looked]),
        (parts.same.click, actions.join, asked),
        (parts.apart.click, actions.part, asked),
        (parts.undo.click, actions.undo, looked),
        (parts.forget_now.click, actions.forget, looked),
    )
    for happens, change, inputs in changes:
        changed = happens(
            change, inputs, parts.all, **(_ORDERED if change == actions.name else _ONCE)
        )
        focus = "shown" if change in (actions.split, actions.forget) else "address"
        changed.success(
            None, [parts.target], None, js=call_script("people", f"{focus}(who)", "who")
        )
        changed.then(events.suggest, [parts.asked], parts.all, **_ORDERED)
        if change == actions.forget:
            changed.success(None, None, None, js=FORGOTTEN)
    going = parts.forget.click(actions.ask_to_forget, [parts.who], parts.all, **_ORDERED)
    going.then(None, None, None, js=focus_on("eb-forget-now"))
    parts.keep.click(lambda: gr.Column(visible=False), None, [parts.forgetting], **_ORDERED)
