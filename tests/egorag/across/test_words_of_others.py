"""What was said by another camera: who says it is told, and whose things they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.across.other_home import OtherHome
from egorag.across.view import AcrossView
from egorag.answering.answerer import Answerer
from egorag.evidence.units import clip_units
from egorag.wording.draft import statement
from memory.store.store import Store
from memory.types.core import EVERYTHING, Answer, Question, Scope, Sighting, Span
from memory.types.events import EventFilter
from tests.egorag.across.wearers import ASKED, DAY, JAKE, write_home, write_spoken
from tests.egorag.conftest import HomeOf, plan
from tests.egorag.diaries import at

SAID = (
    (f"{DAY}12:00", "", "I put the scissors in the blue drawer."),
    (f"{DAY}12:10", "Alice", "I watered the tomatoes."),
    (f"{DAY}12:20", "me", "I left my keys on the shelf."),
    (f"{DAY}12:30", "Bob", "Jake left his keys on the windowsill."),
    (f"{DAY}12:40", "", "I need to sell my bicycle."),
    (f"{DAY}12:50", "Bob", "I put the hammer in the shed."),
    (f"{DAY}13:00", "Person 3", "The lantern is broken."),
)


@pytest.fixture
def stores(home_of: HomeOf) -> tuple[Store, Store]:
    """Jake's home, and what was said by Alice's camera."""
    return home_of(write_home, "Jake", JAKE), home_of(write_spoken, "Alice", SAID)


def view_of(stores: tuple[Store, Store], at: float = ASKED) -> AcrossView:
    alice = OtherHome("Alice", stores[1].as_of(at).granted(EVERYTHING))
    return AcrossView(stores[0].as_of(at), [alice], "Jake")


def asked(stores: tuple[Store, Store], text: str) -> Answer:
    return Answerer(lambda at: view_of(stores, at)).ask(Question(text, ASKED, "UTC"))


@pytest.mark.parametrize(
    ("question", "told", "speaker"),
    [
        ("Where are the scissors?", "somebody by Alice's camera said: \"I put the scissors", ""),
        ("剪刀在哪里？", "Alice相机旁的人说：“I put the scissors", ""),
        ("Who watered the tomatoes?", 'Alice said: "I watered the tomatoes."', "Alice"),
        ("谁浇了番茄？", "Alice说：“I watered the tomatoes.”", "Alice"),
        ("Who put the hammer in the shed?", 'Bob said: "I put the hammer in the shed."', "Bob"),
        ("What is broken?", "somebody by Alice's camera said: \"The lantern is broken", ""),
    ],
)
def test_who_says_i_is_told(
    stores: tuple[Store, Store], question: str, told: str, speaker: str
) -> None:
    found = asked(stores, question)
    assert told in found.text
    assert [(cited.wearer, cited.speaker) for cited in found.citations] == [("Alice", speaker)]


def test_lines_of_a_diary_are_its_wearers(home_of: HomeOf) -> None:
    mine = home_of(write_home, "Jake", JAKE)
    hers = home_of(write_spoken, "Alice", SAID, "import")
    assert "Alice说：“I put the scissors" in asked((mine, hers), "剪刀在哪里？").text
    assert 'Alice said: "I need to sell' in asked((mine, hers), "Who wants to sell a bicycle?").text


def test_what_i_asked_of_myself_is_not_answered_by_what_is_anothers(
    stores: tuple[Store, Store],
) -> None:
    keys = asked(stores, "Where did I leave my keys?")
    assert [cited.quote for cited in keys.citations] == ["Jake left his keys on the windowsill."]
    assert 'Bob said: "Jake left his keys' in keys.text
    assert asked(stores, "Where is my bicycle?").abstained
    assert not asked(stores, "Where did I leave my umbrella?").citations
    scissors = asked(stores, "Where did I leave the scissors?")  # the thing itself may be shown
    assert [cited.wearer for cited in scissors.citations] == ["Alice"]
    assert "bicycle" in asked(stores, "Who wants to sell a bicycle?").text


def test_what_tells_of_the_asker_counts_also_beside_what_is_anothers(home_of: HomeOf) -> None:
    lines = (
        (f"{DAY}12:00", "Alice", "Jake left his wallet on my desk."),
        (f"{DAY}12:10", "Alice", "My wallet is in the car."),
        (f"{DAY}12:20", "Alice", "小明把他的雨伞放在我家门口。"),
    )
    mine = home_of(write_home, "Jake", JAKE)
    hers = home_of(write_spoken, "Alice", lines)
    found = asked((mine, hers), "Where did I leave my wallet?")
    assert [cited.quote for cited in found.citations] == [lines[0][2]]
    alice = OtherHome("Alice", hers.as_of(ASKED).granted(EVERYTHING))
    view = AcrossView(mine.as_of(ASKED), [alice], "小明")
    told = Answerer(lambda _: view).ask(Question("我的雨伞在哪里？", ASKED, "UTC"))
    assert [cited.quote for cited in told.citations] == [lines[2][2]]


DEEDS = (
    (f"{DAY}12:00", "I hid Jake's present in the attic."),
    (f"{DAY}12:10", "I saw Jake bury the box behind the shed."),
    (f"{DAY}12:20", "I bought a jacket."),
    (f"{DAY}12:30", "I lent Jake's drill to Carla."),
    (f"{DAY}12:40", "Jake and I painted the fence."),
    (f"{DAY}12:50", "I baked a cake with Jake."),
    (f"{DAY}13:00", "我把Jake的护照藏在柜子里。"),
    (f"{DAY}13:10", "Jake把雨伞借给了小红。"),
)


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Where did I hide the present?", ""),
        ("Where did I bury the box?", "Alice saw Jake bury the box behind the shed."),
        ("When did I buy a jacket?", ""),
        ("Who did I lend the drill to?", ""),
        ("When did I paint the fence?", "Jake and Alice painted the fence."),
        ("Did I bake a cake?", "Alice baked a cake with Jake."),
        ("我把护照藏在哪里了？", ""),
        ("我把雨伞借给了谁？", "Jake把雨伞借给了小红。"),
        ("Where did Alice hide the present?", "Alice hid Jake's present in the attic."),
        ("Wann habe ich den jacket gekauft?", ""),
    ],
)
def test_what_i_did_is_not_answered_by_what_another_did(
    home_of: HomeOf, question: str, quote: str
) -> None:
    mine = home_of(write_home, "Jake", JAKE)
    hers = home_of(write_home, "Alice", DEEDS)
    quotes = [cited.quote for cited in asked((mine, hers), question).citations]
    assert quotes[:1] == [quote] if quote else not quotes


LATELY = (
    ("2026-03-01T13:00", "I lent the drill to Carla until spring."),
    (f"{DAY}12:00", "I painted the fence."),
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What did Alice do yesterday?", "Alice shares nothing from yesterday (Tuesday 3 March)"),
        ("Who did Alice lend the drill to yesterday?", "with you. Not then, but 2 days before: On"),
        ("Was hat Alice gestern gemacht?", "Alice teilt aus dieser Zeit (gestern: Dienstag, 3."),
        ("Alice昨天做了什么？", "Alice没有和你分享昨天（3月3日周二）的记录。"),
    ],
)
def test_where_nothing_of_a_time_is_shared_that_is_said(
    home_of: HomeOf, question: str, told: str
) -> None:
    mine = home_of(write_home, "Jake", JAKE[1:])
    hers = home_of(write_home, "Alice", LATELY)
    granted = hers.as_of(ASKED).granted(Scope(span=Span(0, at(f"{DAY}00:00"))))
    view = AcrossView(mine.as_of(ASKED), [OtherHome("Alice", granted)], "Jake")
    found = Answerer(lambda _: view).ask(Question(question, ASKED, "UTC"))
    assert found.abstained
    assert told in found.text
    whole = asked((mine, hers), "What did Alice do yesterday?")
    assert whole.citations[0].quote == "Alice painted the fence."


def test_please_tell_me_is_no_question_about_oneself(stores: tuple[Store, Store]) -> None:
    told = asked(stores, "Can you tell me where are the scissors?")
    assert "In the blue drawer, the last time that I know of" in told.text


def test_a_number_is_somebody_else_in_every_home(stores: tuple[Store, Store]) -> None:
    third = Scope(people=("Person 3",))
    alone = OtherHome("Alice", stores[1].as_of(ASKED).granted(EVERYTHING))
    assert stores[1].as_of(ASKED).within(third, "?").memories("clip")
    assert not alone.within(third, "?").memories("clip", None)
    told = [memory.text for memory in alone.memories("clip", None)]
    assert len(told) == len(SAID)
    assert not [text for text in told if "Person 3" in text]


def test_the_hands_in_view_are_those_of_the_wearer(
    stores: tuple[Store, Store], tmp_path: Path
) -> None:
    stores = stores[0], write_spoken(tmp_path, "Alice", SAID)
    clip = stores[1].as_of(ASKED).memories("clip")[0]
    held = Sighting(clip.span, "hand", "own hand holding cup", 0.9)
    stores[1].perceptions.write_sightings("hands", "1", {clip.clip_id: [held]})
    view = view_of(stores)
    (memory,) = view.of_clips([clip.clip_id])
    (hand,) = (unit for unit in clip_units(view, memory) if unit.kind == "hand")
    for question, words in (("Was there a cup?", "as noted: "), ("有杯子吗？", "的记录：")):
        told = statement([hand], plan(question, ASKED))
        assert words in told
        assert "Alice held and used a cup" in told


def test_deeds_of_others_by_her_camera_stay_theirs(stores: tuple[Store, Store]) -> None:
    (state,) = view_of(stores).object_states(["hammer"], ["put"])
    assert (state.doer, state.quote) == ("Bob", "I put the hammer in the shed.")
    doers = {event.doer for event in view_of(stores).events(EventFilter(doer=None))}
    assert "Person 3" not in doers


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What did everyone buy?", "You: bread and milk; Alice: a lamp; Bob: a bike."),
        ("What did Alice and I buy?", "You: bread and milk; Alice: a lamp."),
        ("What did Alice and Bob buy?", "Alice: a lamp; Bob: a bike."),
        ("Was haben alle gekauft?", "Du: bread und milk; Alice: a lamp; Bob: a bike."),
        ("大家昨天都买了什么？", "昨天（3月3日周二）你：bread和milk；Alice：a lamp；Bob：a bike。"),
        ("Alice和我都买了什么？", "你：bread和milk；Alice：a lamp。"),
        ("What did I buy?", 'Bread and milk. Yesterday at 09:00 you said: "I bought bread'),
        ("Where are the keys?", "To the drawer, the last time that I know of. Yesterday at 11:00"),
        ("Where are Alice's keys?", "On the hook"),
        ("Where are my keys?", "In the blue bowl"),
    ],
)
def test_what_several_did_is_told_by_who_it_was(home_of: HomeOf, question: str, told: str) -> None:
    mine = (
        ("09:00", "me", "I bought bread and milk."),
        ("10:00", "me", "I put the keys in the blue bowl."),
    )
    hers = (
        ("09:30", "me", "I bought a lamp."),
        ("11:00", "me", "I moved the keys to the drawer."),
        ("15:00", "Bob", "I bought a bike."),
        ("16:00", "me", "My keys are on the hook."),
    )
    homes = (
        home_of(write_spoken, name, [(f"{DAY}{at}", *line) for at, *line in said], "import")
        for name, said in (("Jake", mine), ("Alice", hers))
    )
    stores = tuple(homes)
    answer = asked((stores[0], stores[1]), question)
    assert answer.text.startswith(told)
    assert 'said: "Alice' not in answer.text


def test_whoever_asks_is_named_once_by_whatever_name_they_are_heard(home_of: HomeOf) -> None:
    mine = (
        (f"{DAY}09:00", "me", "I bought bread and milk."),
        (f"{DAY}09:10", "Jake", "I bought a notebook and green, red and blue pens."),
    )
    hers = (
        (f"{DAY}09:30", "me", "I bought a lamp."),
        (f"{DAY}09:40", "Jake", "I bought a bike."),
        (f"{DAY}09:50", "Bob", "The weather is fine."),
    )
    stores = (
        home_of(write_spoken, "Jake", mine),
        home_of(write_spoken, "Alice", hers, "import"),
    )
    bought = asked(stores, "What did everyone buy?").text.split(".")[0]
    assert sorted(bought.split("; ")) == [
        "Alice: a lamp",
        "You: bread, milk, a notebook, green, red and blue pens and a bike",
    ]
    assert asked(stores, "Wer war gestern da?").text.startswith("Alice und Bob waren da.")
    assert asked(stores, "昨天都有谁在？").text.startswith("Alice和Bob在场。")


def test_what_somebody_has_to_do_comes_before_advice_to_them(home_of: HomeOf) -> None:
    hers = (
        (f"{DAY}09:30", "Bob", "You have to do that, Alice: Alice has to try the new bakery."),
        (f"{DAY}09:40", "Alice", "I have to send the report by Friday."),
    )
    stores = (
        home_of(write_home, "Jake", JAKE),
        home_of(write_spoken, "Alice", hers),
    )
    told = asked(stores, "What does Alice have to do?").text
    assert told.index("send the report") < told.find("bakery") % len(told)
