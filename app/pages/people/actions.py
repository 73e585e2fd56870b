"""Events of People that change something: naming, merging, splitting, undoing, forgetting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.pages.messages import refusal, tell
from app.pages.people.events import PeopleEvents
from app.pages.people.parts import DrawnPeople, PeopleParts, ShownPair
from app.pages.shell import Updates
from app.people.changes import PeopleChanges
from app.people.service import PeopleResult
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.views.people_view import label
from memory.types.core import Person


class PeopleActions:
    """The events of the page in one home that change it.

    ``list_inputs`` are what the list is drawn from: what it shows, the words that are looked for,
    and how many without a name it has.
    """

    def __init__(self, changes: PeopleChanges, parts: PeopleParts, events: PeopleEvents) -> None:
        self._changes, self._parts, self._events = changes, parts, events

    def name(self, name: str, who: str, *list_inputs: Any) -> Updates:
        """Gives the shown person a name; the two become one where somebody has it."""

        def change() -> tuple[PeopleResult, str]:
            before = label(self._person(who))
            result = self._changes.name(who, name)
            if _id(result) == who:
                return result, t("This is {name} from now on.", name=_name(result))
            words = t("{label} and {name} are one person now.", label=before, name=_name(result))
            return result, words

        return self._change(change, who, *list_inputs, anew=False)

    def merge(self, other: str | None, who: str, *list_inputs: Any) -> Updates:
        """Makes the shown person and another one."""
        if not other:
            raise refusal(t("Choose who is the same person."))
        return self._change(lambda: self._merge(who, str(other)), who, *list_inputs)

    def _merge(self, into: str, other: str) -> tuple[PeopleResult, str]:
        names = {"one": label(self._person(into)), "two": label(self._person(other))}
        result = self._changes.merge(into, [other])
        return result, t("{one} and {two} are one person now.", **names)

    def join(self, asked: ShownPair, *list_inputs: Any) -> Updates:
        """The two of whom it was asked are one person."""

        def change() -> tuple[PeopleResult, str]:
            one, two = self._person(asked.one), self._person(asked.two)
            into, other = (two, one) if two.name and not one.name else (one, two)
            return self._merge(into.id, other.id)

        return self._change(change, "", *list_inputs)

    def part(self, asked: ShownPair, *list_inputs: Any) -> Updates:
        """They are two."""
        return self._change(
            lambda: (self._changes.apart(asked.one, asked.two), t("Good: they stay two people.")),
            "",
            *list_inputs,
        )

    def me(self, who: str, *list_inputs: Any) -> Updates:
        """The shown person wears the camera, or does not any more."""

        def change() -> tuple[PeopleResult, str]:
            me = not self._changes.people.is_me(who)
            words = t("Good: this is you.") if me else t("Somebody else wears the camera.")
            return self._changes.me(who, me), words

        return self._change(change, who, *list_inputs, anew=False)

    def split(self, ticked: tuple[str, ...], who: str, *list_inputs: Any) -> Updates:
        """Makes a person of the samples that are somebody else's, and shows them."""
        words = t("They are two people now. Say who the other one is.")
        prints = [int(print_id) for print_id in ticked]
        return self._change(lambda: (self._changes.split(who, prints), words), who, *list_inputs)

    def undo(self, who: str, *list_inputs: Any) -> Updates:
        """Takes back the last change."""
        words = t("The last change was taken back.")
        return self._change(lambda: (self._changes.undo(), words), who, *list_inputs)

    def ask_to_forget(self, who: str) -> Updates:
        """Says what would go."""
        parts = self._parts
        name = label(self._person(who))
        goes = t(
            "This deletes what {label} is recognised by, and the name. The recordings stay. "
            "It cannot be undone.",
            label=name,
        )
        return {
            parts.forgetting: gr.Column(visible=True),
            parts.goes: plain(goes),
            parts.forget_now: t("Forget {label} for good", label=name),
        }

    def forget(self, who: str, *list_inputs: Any) -> Updates:
        """Forgets the shown person for good."""
        words = t("Forgotten. Faces and voices are nobody’s again.")
        return self._change(lambda: (self._changes.forget(who), words), who, *list_inputs)

    def _person(self, who: str) -> Person:
        return self._changes.people.person(who)

    def _change(
        self,
        change: Callable[[], tuple[PeopleResult, str]],
        who: str,
        drawn: DrawnPeople,
        words: str,
        count: int,
        *,
        anew: bool = True,
    ) -> Updates:
        """Makes a change, tells it, and shows who is left of it where somebody was shown.

        Unless ``anew``, what was typed or chosen stays where it is the same person.
        """
        result, sentence = change()
        tell(sentence + _captions(result.captions))
        updates = self._events.draw(drawn, words, count)
        if not who:
            return updates
        left = _id(result)
        if not left:
            return updates | self._events.everybody()
        return updates | self._events.person(left, anew=anew or left != who)


def _id(result: PeopleResult) -> str:
    return "" if result.person is None else result.person.id


def _name(result: PeopleResult) -> str:
    return "" if result.person is None else result.person.name


def _captions(count: int) -> str:
    if not count:
        return ""
    if count == 1:
        return f" {t('The description of 1 moment now says so.')}"
    return f" {t('Descriptions of {count} moments now say so.', count=count)}"
