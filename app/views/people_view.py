"""People as the page shows them: values in the words of whoever looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from app.api_models.people import (
    ActivityReply,
    CompanionReply,
    OccasionReply,
    PeopleReply,
    PersonCardReply,
    PersonReply,
    SampleReply,
    SuggestedPairReply,
    WeekReply,
)
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import local_time
from app.presentation.time_text import length_words, moment_words, short_day
from app.search.rendering import moment_json
from app.search.service import SearchService
from egorag.moment_search.query import QUOTES
from memory.people.encounters import Encounters
from memory.types.core import BiometricPrint, Person
from memory.types.events import Event, EventFilter

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.people.service import PeopleService

CARD_SAMPLES = 4
SHOWN_SAMPLES = 36
_MOMENTS, _ACTIVITIES, _OCCASIONS = 12, 8, 12


class PeopleView:
    """Builds the replies of the People page."""

    def __init__(self, assistant: Assistant, desk: PeopleService, search: SearchService) -> None:
        self._assistant, self._desk, self._search = assistant, desk, search
        self._met = Encounters(assistant.store.database)

    def everybody(self, offset: int, limit: int, words: str = "") -> PeopleReply:
        """Those without a name who were met most, and everybody with a name.

        ``words`` are in the name of each, where they are given.
        """
        sought = words.strip().casefold()
        people = [person for person in self._desk.people() if sought in label(person).casefold()]
        unnamed = sorted((person for person in people if not person.name), key=_most_met)
        named = sorted(
            (person for person in people if person.name),
            key=lambda somebody: somebody.name.casefold(),
        )
        return PeopleReply(
            unnamed=[self.card(somebody) for somebody in unnamed[offset : offset + limit]],
            unnamed_total=len(unnamed),
            offset=offset,
            named=[self.card(somebody) for somebody in named[:500]],
            names=[somebody.name for somebody in named],
            can_undo=self._desk.can_undo(),
            empty=self._assistant.store.is_empty(),
        )

    def card(self, person: Person) -> PersonCardReply:
        """A person with a few samples."""
        faces = self._met.best(person.id, "face", CARD_SAMPLES)
        voices = self._met.best(person.id, "voice", 1 if faces else 2)
        return PersonCardReply(
            id=person.id,
            number=person.number,
            name=person.name,
            label=label(person),
            me=self._assistant.store.people.is_me(person.id),
            faces=person.faces,
            voices=person.voices,
            met=self._met_words(person),
            samples=[self.sample(biometric_print) for biometric_print in (*faces, *voices)],
        )

    def sample(self, biometric_print: BiometricPrint) -> SampleReply:
        """A print: where its face or voice is to be had. Ids are text, too long for JavaScript."""
        kind, end = ("faces", "jpg") if biometric_print.kind == "face" else ("voices", "wav")
        return SampleReply(
            id=str(biometric_print.id),
            kind=biometric_print.kind,
            address=f"/api/people/{kind}/{biometric_print.id}.{end}",
            when=moment_words(biometric_print.span.start, self._assistant.timezone),
        )

    def suggestions(self, limit: int = 20) -> list[SuggestedPairReply]:
        """Pairs that may be one person."""
        return [
            SuggestedPairReply(one=self.card(pair.one), two=self.card(pair.two), why=_why(pair.why))
            for pair in self._desk.suggestions()[:limit]
        ]

    def person(self, who: str) -> PersonReply:
        """All that the page tells of one person. Raises UnknownPerson."""
        person = self._desk.person(who)
        events = self._events(person)
        results = self._search.search(
            _query(person),
            timezone=self._assistant.timezone,
            order="newest",
            limit=_MOMENTS,
        )
        return PersonReply(
            person=self.card(person),
            samples=[
                self.sample(sample) for sample in self._desk.samples(person.id, SHOWN_SAMPLES)
            ],
            weeks=self._weeks(person),
            beside=self._beside(person),
            activities=_activities(events),
            occasions=[self._occasion(event) for event in events[-_OCCASIONS:][::-1]],
            moments=[moment_json(moment, self._assistant.timezone) for moment in results.moments],
            moments_total=results.total,
            search=_query(person),
        )

    def _met_words(self, person: Person) -> str:
        if not person.faces + person.voices:
            return t("Nothing of them is left.")
        timezone, ends = self._assistant.timezone, (person.first, person.last)
        days = [local_time(at, timezone).date() for at in ends]
        first, last = (moment_words(at, timezone) for at in ends)
        if days[0] == days[1]:
            return t("met on {day}", day=short_day(days[0]))
        return t("met first {first}, last {last}", first=first, last=last)

    def _weeks(self, person: Person) -> list[WeekReply]:
        weeks = self._met.weeks(person.id, self._assistant.timezone)
        return [
            WeekReply(
                monday=week.monday.isoformat(),
                label=short_day(week.monday, date.today()),
                minutes=round(week.minutes, 1),
                length=length_words(week.minutes * 60) if week.minutes else t("nothing"),
            )
            for week in weeks
        ]

    def _beside(self, person: Person) -> list[CompanionReply]:
        known = {other.id: other for other in self._assistant.store.people.known()}
        return [
            CompanionReply(
                id=person_id, label=label(known[person_id]), length=length_words(clips * 30)
            )
            for person_id, clips in self._met.beside(person.id)
            if person_id in known
        ]

    def _events(self, person: Person) -> list[Event]:
        if not person.name:
            return []
        event_filter = EventFilter(people=(person.name,), doer=None)
        return self._assistant.store.as_of(float("inf")).events(event_filter)

    def _occasion(self, event: Event) -> OccasionReply:
        recording = self._assistant.store.recordings.get(event.recording_id)
        begun = event.span.start if recording is None else recording.start
        timezone = self._assistant.timezone
        return OccasionReply(
            recording=event.recording_id,
            seek=round(max(0.0, event.span.start - begun), 2),
            day=local_time(event.span.start, timezone).date().isoformat(),
            when=moment_words(event.span.start, timezone),
            quote=event.quote[:300],
        )


def label(person: Person) -> str:
    """The name, or "Person 3" in the language of whoever looks."""
    return person.name or label_words(person.label)


def _query(person: Person) -> str:
    """What the search box says of a person; a name with quotes in it goes by its number."""
    quoted = any(quote in person.name for quote in QUOTES)
    return f'person:"{f"Person {person.number}" if quoted else person.label}"'


def _most_met(person: Person) -> tuple[int, int]:
    return -(person.faces + person.voices), person.number


def _activities(events: Sequence[Event]) -> list[ActivityReply]:
    counted = Counter(event.activity.replace("_", " ") for event in events)
    return [ActivityReply(what=what, times=n) for what, n in counted.most_common(_ACTIVITIES)]


def _why(why: str) -> str:
    """Why two may be one, without the names that stand beside it anyway."""
    if "faces" in why:
        return t("Their faces are much alike.")
    if "voices" in why:
        return t("Their voices are much alike.")
    return t("This voice is heard when only this face is in view.")
