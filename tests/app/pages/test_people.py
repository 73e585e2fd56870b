"""Events of the page People: what they show and do, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.assistant import Assistant
from app.pages.event_context import on_behalf
from app.pages.people import words as people_words
from app.pages.people.actions import PeopleActions
from app.pages.people.events import PAGE, PeopleEvents
from app.pages.people.parts import DrawnPeople, PeopleParts, ShownPair
from app.people.changes import PeopleChanges
from app.people.service import PeopleService, desk
from app.search.service import SearchService
from app.views.people_view import PeopleView
from tests.app.pages.parts import laid_out
from tests.app.pages.test_habits import Tags
from tests.app.pages.test_library_page import ASKED, HOST, value
from tests.app.party import another_party, party_home

PARTS = laid_out(PeopleParts)
LIST = (DrawnPeople(), "", PAGE)
NAME = "<img src=x onerror=pwned()> ![](x)"


@pytest.fixture(autouse=True)
def _sent() -> Iterator[None]:
    """Events are sent by a browser."""
    with on_behalf(ASKED):
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return party_home(tmp_path_factory.mktemp("people"))


@pytest.fixture
def butler(tmp_path: Path, made: Path) -> Iterator[Assistant]:
    with another_party(made, tmp_path) as opened:
        yield opened


@pytest.fixture
def people(butler: Assistant) -> PeopleService:
    return desk(butler.store, butler.brains)


@pytest.fixture
def events(butler: Assistant, people: PeopleService) -> PeopleEvents:
    view = PeopleView(butler, people, SearchService(butler.store, butler.brains))
    return PeopleEvents(butler, PARTS, people, view)


@pytest.fixture
def actions(butler: Assistant, people: PeopleService, events: PeopleEvents) -> PeopleActions:
    return PeopleActions(PeopleChanges(butler.store, people), PARTS, events)


def most_seen(people: PeopleService) -> str:
    return min(people.people(), key=lambda one: (-one.faces, one.number)).id


def most_heard(people: PeopleService) -> str:
    return max(people.people(), key=lambda one: one.voices).id


def pick(picture: tuple[str, str]) -> gr.EventData:
    """What the browser sends of a picture that is chosen."""
    image = {"image": {"url": picture[0], "path": picture[0]}, "caption": picture[1]}
    return gr.EventData(None, {"index": 0, "value": image})


def test_people_are_pictures_from_our_own_routes(
    events: PeopleEvents, people: PeopleService
) -> None:
    shown = events.refresh(*LIST)
    address, words = shown["strange"][0]
    assert address.startswith(f"{HOST}/api/people/faces/")
    assert address.endswith(f".jpg#{most_seen(people)}")
    assert "\nseen 3 times\nmet on Tue 3 Mar" in words
    assert any("/sound.svg#" in address for address, _ in shown["strange"])
    assert events.refresh(shown["drawn"], "", PAGE) == {"drawn": shown["drawn"]}
    strangers = len(shown["strange"])
    fewer = events.refresh(shown["drawn"], "", 2)
    assert (len(fewer["strange"]), value_of(fewer["more"])) == (2, True)
    more = events.more(fewer["drawn"], "", 2)
    assert (len(more["strange"]), value_of(more["more"])) == (strangers, False)


def value_of(component: Any) -> Any:
    """Whether an event shows a component."""
    return component.constructor_args["visible"]


def test_words_leave_those_whose_name_holds_them(
    events: PeopleEvents, people: PeopleService
) -> None:
    people.name_person(most_heard(people), "Anna")
    found = events.refresh(DrawnPeople(), "ann", PAGE)
    assert (len(found["named"]), found["strange"]) == (1, [])
    nobody = events.refresh(DrawnPeople(), "zoe", PAGE)
    assert "Nobody has such a name" in value(nobody["nothing"])


def test_whoever_a_picture_shows_is_shown(events: PeopleEvents, people: PeopleService) -> None:
    picture = events.refresh(*LIST)["strange"][0]
    chosen = events.show(pick(picture))
    assert chosen["who"] == most_seen(people)
    assert len(chosen["samples"]) == 3
    assert [who for _, who in value_choices(chosen["other"])].count(chosen["who"]) == 0
    by_number = events.show(gr.EventData(None, {"who": "2"}))
    assert by_number["who"] == chosen["who"]
    for sent in ({"who": ""}, {"who": "nobody"}, {"value": {"image": None}}, None):
        assert events.show(gr.EventData(None, sent))["who"] == "", sent


def value_choices(component: Any) -> list[tuple[str, str]]:
    return list(component.constructor_args["choices"])


def test_a_name_is_given_and_what_is_typed_meanwhile_stays(
    actions: PeopleActions, people: PeopleService
) -> None:
    who = most_heard(people)
    named = actions.name("Anna", who, *LIST)
    assert "value" not in named["name"].constructor_args
    assert named["about"].startswith("## Anna\n")
    assert "samples" not in named
    same = actions.name("Anna", most_seen(people), *LIST)
    assert (same["who"], value(same["name"])) == (who, "Anna")
    assert [words.splitlines()[0] for _, words in same["named"]] == ["Anna"]
    with pytest.raises(gr.Error, match="cannot be a name"), on_behalf(ASKED):
        actions.name("7", who, *LIST)
    back = actions.undo(who, *LIST)
    assert len(back["samples"]) < len(same["samples"])


def test_names_are_words(
    events: PeopleEvents, actions: PeopleActions, people: PeopleService
) -> None:
    who, other = most_heard(people), most_seen(people)
    people.name_person(who, NAME)
    shown = events.show(gr.EventData(None, {"who": who}))
    assert "<" not in shown["about"].replace("\\<", "")
    told = Tags(events.show(gr.EventData(None, {"who": other}))["story"])
    assert NAME in told.words
    assert not told.tags & {"script", "iframe"}
    allowed = ("#seek=", "#person=", "#page=", "/day/", "/thumbnails/")
    assert all(one.startswith(allowed) for one in told.addresses), told.addresses
    assert "meter" in told.tags
    assert "<" not in actions.ask_to_forget(who)["goes"].replace("\\<", "")


def test_samples_of_somebody_else_are_ticked_and_split_off(
    events: PeopleEvents, actions: PeopleActions, people: PeopleService
) -> None:
    who = most_seen(people)
    samples = events.show(gr.EventData(None, {"who": who}))["samples"]
    first = events.tick(pick(samples[0]), who, ())
    assert first["samples"][0][1].startswith("✓ ")
    assert first["split"].constructor_args["interactive"]
    assert events.tick(pick(samples[0]), who, first["ticked"])["ticked"] == ()
    forged = pick((f"{HOST}/x#face-12345", ""))
    assert events.tick(forged, who, ())["ticked"] == ()
    with pytest.raises(gr.Error, match="not all of them"), on_behalf(ASKED):
        actions.split((), who, *LIST)
    parted = actions.split(first["ticked"], who, *LIST)
    assert parted["who"] != who
    assert people.person(parted["who"]).faces == 1
    together = actions.merge(parted["who"], who, *LIST)
    assert (together["who"], people.person(who).faces) == (who, 3)


def test_two_in_one_picture_are_not_merged_and_it_is_said_why(
    actions: PeopleActions, people: PeopleService
) -> None:
    who, other, *_ = sorted(people.people(), key=lambda one: -one.faces)
    with pytest.raises(gr.Error, match="at the same time"), on_behalf(ASKED):
        actions.merge(other.id, who.id, *LIST)
    with pytest.raises(gr.Error, match="Choose who"), on_behalf(ASKED):
        actions.merge(None, who.id, *LIST)


def test_a_voice_is_heard_while_its_recording_is_there(
    butler: Assistant, events: PeopleEvents, people: PeopleService
) -> None:
    who = most_heard(people)
    samples = events.show(gr.EventData(None, {"who": who}))["samples"]
    heard = events.tick(pick(samples[0]), who, ())
    assert Tags(value(heard["voice"])).addresses[0].startswith("/api/people/voices/")
    assert value(events.tick(pick(samples[0]), who, heard["ticked"])["voice"]) == ""
    assert value(events.listen(pick(samples[0]))) == value(heard["voice"])
    Path(butler.store.recordings.all()[0].path).unlink()
    assert value(events.tick(pick(samples[1]), who, ())["voice"]) == ""


def test_the_wearer_is_one_person(actions: PeopleActions, people: PeopleService) -> None:
    who = most_heard(people)
    mine = actions.me(who, *LIST)
    assert people.is_me(who)
    assert "· you" in mine["about"].replace("\\", "")
    actions.me(who, *LIST)
    assert not people.is_me(who)


def test_it_is_asked_of_two_whether_they_are_one_person(
    butler: Assistant, events: PeopleEvents, actions: PeopleActions, people: PeopleService
) -> None:
    assert events.suggest(ShownPair())["asked"].one == ""
    who = most_seen(people)
    people.split_person(who, [people.samples(who)[0].id])
    with butler.store.database.transaction() as db:
        db.conn.execute("DELETE FROM apart")
    shown = events.suggest(ShownPair())
    asked = shown["asked"]
    assert who in (asked.one, asked.two)
    assert len(shown["first"] + shown["second"]) == 3
    assert shown["first"][0][1].splitlines()[0] == people.person(asked.one).label
    assert events.suggest(asked) == {"asked": asked}
    assert events.next_pair(asked)["asked"] == asked, "the only one"
    actions.part(asked, *LIST)
    assert events.suggest(asked)["asked"].one == ""
    actions.undo("", *LIST)
    actions.join(asked, *LIST)
    assert [one.faces for one in people.people() if one.id in (asked.one, asked.two)] == [3]


def test_who_was_forgotten_is_nowhere(
    butler: Assistant, events: PeopleEvents, actions: PeopleActions, people: PeopleService
) -> None:
    who = most_seen(people)
    people.name_person(who, "Zanzibarcanary")
    assert "Zanzibarcanary" in actions.ask_to_forget(who)["forget_now"]
    assert people.person(who).name, "asking forgets nobody"
    gone = actions.forget(who, *LIST)
    assert (gone["who"], gone["named"]) == ("", [])
    assert events.tick(gr.EventData(None, None), who, ())["who"] == ""
    with pytest.raises(gr.Error, match="not here any more"), on_behalf(ASKED):
        actions.me(who, *LIST)
    for path in butler.home.rglob("*"):
        assert not path.is_file() or b"zanzibarcanary" not in path.read_bytes().lower(), path


def test_how_often_somebody_was_met_is_said_in_the_singular_and_the_plural(
    butler: Assistant, events: PeopleEvents, people: PeopleService
) -> None:
    counts = {words.split("\n")[1] for _, words in events.refresh(*LIST)["strange"]}
    assert counts == {"seen 3 times", "seen once", "heard 2 times", "heard once"}
    view = PeopleView(butler, people, SearchService(butler.store, butler.brains))
    card = view.card(people.person(most_seen(people))).model_copy(
        update={"voices": 1, "samples": []}
    )
    address, words = people_words.person_picture(card)
    assert "/face.svg#" in address
    assert "seen 3 times · heard once" in words
