"""Events of People that show: who was met, one of them, who may be the same, how a voice sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.api_models.people import PersonReply
from app.pages.messages import warn
from app.pages.people import words as people_words
from app.pages.people.parts import PAGE, DrawnPeople, PeopleParts, ShownPair
from app.pages.shell import Updates, chosen_picture, sent_data
from app.people.changes import why_not
from app.people.samples import Samples
from app.people.service import PeopleService
from app.presentation.i18n import t
from app.views.people_view import SHOWN_SAMPLES, PeopleView, label
from memory.people.errors import UnknownPerson

if TYPE_CHECKING:
    from app.assistant import Assistant

_MANY = 12  # people of whom one is looked for by name rather than by scrolling


class PeopleEvents:
    """The events of the page in one home."""

    def __init__(
        self, assistant: Assistant, parts: PeopleParts, people: PeopleService, view: PeopleView
    ) -> None:
        self._store, self._parts = assistant.store, parts
        self._people, self._view = people, view
        self._samples = Samples(assistant.store)

    # Everybody

    def refresh(self, drawn: DrawnPeople, words: str, count: int) -> Updates:
        """Draws of the list what changed since it was drawn last."""
        same = self._store.database.version() == drawn.version is not None
        if same and drawn.asked == (words, count):
            return {self._parts.drawn: drawn}
        return self.draw(drawn, words, count)

    def more(self, drawn: DrawnPeople, words: str, count: int) -> Updates:
        """Shows more of those without a name."""
        count += PAGE
        return {self._parts.count: count} | self.draw(drawn, words, count)

    def draw(self, drawn: DrawnPeople, words: str, count: int) -> Updates:
        """What changed of the list."""
        parts, version = self._parts, self._store.database.version()
        reply = self._view.everybody(0, count, words)
        strange = [*map(people_words.person_picture, reply.unnamed)]
        named = [*map(people_words.person_picture, reply.named)]
        left = reply.unnamed_total - len(strange)
        values = (*strange, None, *named, left, reply.can_undo, reply.empty, bool(words))
        updates: Updates = {parts.drawn: DrawnPeople(values, (words, count), version)}
        if values == drawn.values:
            return updates
        return updates | {
            parts.undo: gr.Button(visible=reply.can_undo),
            parts.find: gr.Textbox(visible=bool(words) or len(named) > _MANY),
            parts.nothing: gr.Markdown(
                _nobody(reply.empty, words), visible=not strange and not named
            ),
            parts.strangers: gr.Column(visible=bool(strange)),
            parts.strange: strange,
            parts.more: gr.Button(visible=left > 0),
            parts.friends: gr.Column(visible=bool(named)),
            parts.named: named,
        }

    def suggest(self, asked: ShownPair) -> Updates:
        """Asks of two whether they are one person, anew only where something changed."""
        if self._store.database.version() == asked.version is not None:
            return {self._parts.asked: asked}
        return self._ask(asked.place)

    def next_pair(self, asked: ShownPair) -> Updates:
        """Asks of the next two."""
        return self._ask(asked.place + 1)

    def _ask(self, place: int) -> Updates:
        parts, version = self._parts, self._store.database.version()
        pairs = self._view.suggestions()
        if not pairs:
            nobody = ShownPair(version=version)
            return {parts.pair: gr.Column(visible=False), parts.asked: nobody}
        place %= len(pairs)
        pair = pairs[place]
        sides = [people_words.samples(one.samples, title=one.label) for one in (pair.one, pair.two)]
        return {
            parts.pair: gr.Column(visible=True),
            parts.first: sides[0],
            parts.second: sides[1],
            parts.why: pair.why,
            parts.pair_voice: _silence(),
            parts.next_pair: gr.Button(visible=len(pairs) > 1),
            parts.asked: ShownPair(pair.one.id, pair.two.id, place, version),
        }

    # One of them

    def show(self, sent: gr.EventData) -> Updates:
        """Shows whoever was chosen: ``sent.who`` of an address, or a picture; else everybody."""
        data = sent_data(sent)
        who = str(data["who"] or "")[:80] if "who" in data else chosen_picture(data)
        return self.person(who) if who else self.everybody()

    def everybody(self) -> Updates:
        """From one person to all of them."""
        parts = self._parts
        return {
            parts.everybody: gr.Column(visible=True),
            parts.somebody: gr.Column(visible=False),
            parts.back: gr.Button(visible=False),
            parts.voice: _silence(),
            parts.who: "",
            parts.target: {},
        }

    def person(self, who: str, *, anew: bool = True) -> Updates:
        """All that is known of a person; unless ``anew``, what is typed or chosen stays."""
        try:
            reply = self._view.person(who)
        except UnknownPerson as error:
            warn(why_not(error))
            return self.everybody()
        facts = self._facts(reply)
        return facts | self._fields(reply) if anew else facts

    def _facts(self, reply: PersonReply) -> Updates:
        parts, person = self._parts, reply.person
        mine = t("This is not me") if person.me else t("This is me")
        choice = {"kind": "person", "name": person.name or str(person.number), "moments": True}
        return {
            parts.everybody: gr.Column(visible=False),
            parts.somebody: gr.Column(visible=True),
            parts.back: gr.Button(visible=True),
            parts.about: people_words.about(person),
            parts.name: gr.Textbox(label=t("Name of {label}", label=person.label)),
            parts.me: gr.Button(mine),
            parts.story: people_words.story(reply),
            parts.forgetting: gr.Column(visible=False),
            parts.who: person.id,
            parts.target: {"id": person.id, "named": bool(person.name), "forget": choice},
        }

    def _fields(self, reply: PersonReply) -> Updates:
        """What is typed and chosen on the person's page, as it is at first."""
        parts, person = self._parts, reply.person
        name = t("Name of {label}", label=person.label)
        return {
            parts.name: gr.Textbox(person.name, label=name),
            parts.prints: gr.Column(visible=bool(reply.samples)),
            parts.samples: people_words.samples(reply.samples),
            parts.ticked: (),
            parts.split: gr.Button(visible=len(reply.samples) > 1, interactive=False),
            parts.other: gr.Dropdown(choices=self._others(person.id), value=None),
            parts.voice: _silence(),
            parts.pair_voice: _silence(),
        }

    def _others(self, who: str) -> list[tuple[str, str]]:
        others = [person for person in self._people.people() if person.id != who]
        others.sort(key=lambda person: (not person.name, person.name.casefold(), person.number))
        return [(label(person), person.id) for person in others]

    def tick(self, sent: gr.EventData, who: str, ticked: tuple[str, ...]) -> Updates:
        """Marks a sample as somebody else's, or takes the mark away; a voice is heard, too."""
        parts = self._parts
        kind, _, print_id = chosen_picture(sent_data(sent)).partition("-")
        try:
            prints = self._people.samples(who, SHOWN_SAMPLES)
        except UnknownPerson as error:
            warn(why_not(error))
            return self.everybody()
        shown = [self._view.sample(one) for one in prints]
        if print_id in ticked:
            ticked = tuple(one for one in ticked if one != print_id)
        elif print_id in [one.id for one in shown] and len(shown) > 1:
            ticked = (*ticked, print_id)
        pictures = people_words.samples(shown, ticked)
        heard = kind == "voice" and (len(shown) == 1 or print_id in ticked)
        voice = self._voice(print_id) if heard else _silence()
        return {
            parts.samples: pictures,
            parts.ticked: ticked,
            parts.split: gr.Button(interactive=0 < len(ticked) < len(shown)),
            parts.voice: voice,
        }

    def listen(self, sent: gr.EventData) -> Any:
        """Plays a voice that was chosen."""
        kind, _, print_id = chosen_picture(sent_data(sent)).partition("-")
        return self._voice(print_id) if kind == "voice" else gr.skip()

    def _voice(self, print_id: str) -> gr.Markdown:
        if not (print_id.isdigit() and self._samples.has_voice(int(print_id))):
            warn(t("The recording of this voice is not here."))
            return _silence()
        return gr.Markdown(people_words.sound(int(print_id)), visible=True)


def _silence() -> gr.Markdown:
    return gr.Markdown("", visible=False)


def _nobody(empty: bool, words: str) -> str:
    if words:
        return t("Nobody has such a name.")
    why = (
        t(
            "When you add recordings, the faces and voices in them are gathered here, and you say "
            "who they are."
        )
        if empty
        else t("No face or voice was seen or heard clearly enough yet. More recordings help.")
    )
    return f"## {t('Nobody here yet')}\n\n{why}\n\n[{t('Open the Library')}](#page=library)"
