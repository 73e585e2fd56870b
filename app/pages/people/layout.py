"""People: faces and voices as a gallery; whoever is chosen, with what can be done with them.

``static/people.js`` sends what components have no event for: coming into view, and the person whom
an address or a link names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.people.actions import PeopleActions
from app.pages.people.events import PAGE, PeopleEvents
from app.pages.people.parts import DrawnPeople, PeopleParts, ShownPair
from app.pages.shell import (
    FORGOTTEN,
    QUIET,
    call_script,
    focus_on,
    markdown,
    picture_gallery,
    signals,
)
from app.people.changes import PeopleChanges
from app.people.service import desk
from app.presentation.i18n import t
from app.search.service import SearchService
from app.views.people_view import PeopleView

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_NAME = 60  # letters
# What they show comes in the order in which it was asked for.
_ORDERED: dict[str, Any] = {**QUIET, "concurrency_id": "people", "concurrency_limit": 1}
_TO_PRIVACY = call_script("ways", "toPrivacy(who.forget)", "who")


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("people")
    with gr.Row(elem_classes="eb-buttons"):
        back = gr.Button(t("‹ Everybody"), visible=False, min_width=0, elem_id="eb-back")
        undo = gr.Button(t("Undo the last change"), visible=False, min_width=0, elem_id="eb-undo")
    placed: dict[str, Any] = {"back": back, "undo": undo} | _everybody() | _somebody()
    placed |= {
        "target": gr.JSON({}, visible="hidden"),
        "drawn": gr.State(DrawnPeople()),
        "count": gr.State(PAGE),
        "asked": gr.State(ShownPair()),
        "who": gr.State(""),
        "ticked": gr.State(()),
    }
    parts = PeopleParts(**placed)
    people = desk(assistant.store, assistant.brains)
    view = PeopleView(assistant, people, SearchService(assistant.store, assistant.brains))
    events = PeopleEvents(assistant, parts, people, view)
    _wire_shown(signal, parts, events)
    changes = PeopleChanges(assistant.store, people)
    _wire_changes(parts, events, PeopleActions(changes, parts, events))


def _everybody() -> dict[str, Any]:
    with gr.Column(elem_id="eb-everybody") as everybody:
        find = gr.Textbox(
            "",
            label=t("Find somebody by name"),
            max_length=LONGEST_NAME,
            max_lines=1,
            visible=False,
            elem_id="eb-find-person",
        )
        nothing = gr.Markdown(t("Looking who was there …"), elem_classes="eb-nothing")
        with gr.Column(visible=False) as strangers:
            words = t(
                "Say it once, and they are found everywhere: "
                "in search, in answers, on the timeline."
            )
            gr.Markdown(f"## {t('Who is this?')}\n\n{words}")
            strange = picture_gallery(t("Who is this?"), "eb-strangers")
            more = gr.Button(t("Show more"), visible=False)
        pair = _pair()
        with gr.Column(visible=False) as friends:
            gr.Markdown(f"## {t('People you named')}")
            named = picture_gallery(t("People you named"), "eb-friends")
    return {
        "everybody": everybody,
        "find": find,
        "nothing": nothing,
        "strangers": strangers,
        "strange": strange,
        "more": more,
        **pair,
        "friends": friends,
        "named": named,
    }


def _pair() -> dict[str, Any]:
    with gr.Column(visible=False, elem_id="eb-pair") as pair:
        question = t("Are these the same person?")
        gr.Markdown(f"## {question}")
        with gr.Row():
            first = picture_gallery(question, "eb-pair-first")
            second = picture_gallery(question, "eb-pair-second")
        why = markdown()
        voice = gr.Markdown(visible=False, elem_id="eb-pair-voice")
        with gr.Row(elem_classes="eb-buttons"):
            same = gr.Button(t("Same person"), variant="primary", min_width=0)
            apart = gr.Button(t("Two people"), min_width=0)
            next_pair = gr.Button(t("Ask about others"), min_width=0)
    return {
        "pair": pair,
        "first": first,
        "second": second,
        "why": why,
        "pair_voice": voice,
        "same": same,
        "apart": apart,
        "next_pair": next_pair,
    }


def _somebody() -> dict[str, Any]:
    with gr.Column(visible=False, elem_id="eb-somebody") as somebody:
        about = markdown()
        name = gr.Textbox(
            label=t("Name"),
            max_length=LONGEST_NAME,
            max_lines=1,
            submit_btn=t("Save"),
            elem_id="eb-name",
        )
        prints = _prints()
        with gr.Row(elem_classes="eb-merge"):
            other = gr.Dropdown([], label=t("The same person as"), elem_id="eb-other")
            merge = gr.Button(t("Merge"), scale=0)
            me = gr.Button(t("This is me"), scale=0)
        story = markdown(elem_id="eb-story")
        with gr.Row(elem_classes="eb-buttons"):
            forget = gr.Button(t("Forget this person …"), min_width=0)
            forget_moments = gr.Button(t("Forget every moment with them …"), min_width=0)
        with gr.Column(visible=False) as forgetting:
            goes = markdown()
            with gr.Row(elem_classes="eb-buttons"):
                forget_now = gr.Button("", variant="stop", min_width=0, elem_id="eb-forget-now")
                keep = gr.Button(t("Keep"), min_width=0)
    return {
        "somebody": somebody,
        "about": about,
        "name": name,
        **prints,
        "other": other,
        "merge": merge,
        "me": me,
        "story": story,
        "forget": forget,
        "forget_moments": forget_moments,
        "forgetting": forgetting,
        "goes": goes,
        "forget_now": forget_now,
        "keep": keep,
    }


def _prints() -> dict[str, Any]:
    with gr.Column() as prints:
        words = t("Is one of them somebody else? Choose it. Voices play when they are chosen.")
        gr.Markdown(f"### {t('Faces and voices')}\n\n{words}")
        samples = picture_gallery(t("Faces and voices"), "eb-samples")
        voice = gr.Markdown(visible=False, elem_id="eb-voice")
        split = gr.Button(t("These are somebody else"), interactive=False)
    return {"prints": prints, "samples": samples, "voice": voice, "split": split}


def _wire_shown(signal: gr.HTML, parts: PeopleParts, events: PeopleEvents) -> None:
    looked, outputs = parts.list_inputs, parts.all
    drawn = signal.submit(events.refresh, looked, outputs, trigger_mode="once", **_ORDERED)
    drawn.then(events.suggest, [parts.asked], outputs, **QUIET)
    parts.find.change(events.refresh, looked, outputs, trigger_mode="always_last", **_ORDERED)
    parts.more.click(events.more, looked, outputs, **_ORDERED)
    parts.next_pair.click(events.next_pair, [parts.asked], outputs, **QUIET)
    shown = gr.on(
        [signal.focus, parts.strange.select, parts.named.select],
        events.show,
        None,
        outputs,
        trigger_mode="multiple",
        **_ORDERED,
    )
    shown.then(None, [parts.target], None, js=call_script("people", "shown(who)", "who"))
    parts.back.click(None, None, None, js=call_script("people", "leave(who)", "who"))
    picked = [parts.who, parts.ticked]
    parts.samples.select(events.tick, picked, outputs, trigger_mode="multiple", **_ORDERED)
    gr.on(
        [parts.first.select, parts.second.select],
        events.listen,
        None,
        [parts.pair_voice],
        **QUIET,
    )
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
        changed = happens(change, inputs, parts.all, **_ORDERED)
        focus = "shown" if change in (actions.split, actions.forget) else "address"
        changed.success(
            None, [parts.target], None, js=call_script("people", f"{focus}(who)", "who")
        )
        changed.then(events.suggest, [parts.asked], parts.all, **QUIET)
        if change == actions.forget:
            changed.success(None, None, None, js=FORGOTTEN)
    going = parts.forget.click(actions.ask_to_forget, [parts.who], parts.all, **_ORDERED)
    going.then(None, None, None, js=focus_on("eb-forget-now"))
    parts.keep.click(lambda: gr.Column(visible=False), None, [parts.forgetting], **QUIET)
