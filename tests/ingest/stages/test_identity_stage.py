"""The people stage and the captions that follow from it: a name given once is found everywhere."""

from __future__ import annotations

import pytest

from egogpt.registry import load_captioner
from egorag.answering.answerer import Answerer
from ingest.decode.decoder import InProcess
from ingest.probe.probe_types import Probe
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.identity_stage import BYSTANDERS, PeopleStage, recaption
from ingest.stages.stages import ClipBlock
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Question
from tests.memory.crowds import Met, clips, meet
from tests.memory.lives import recording

COMPOSED = load_captioner("composed")


def block(made: list[Clip]) -> ClipBlock:
    """A block of stages that look into no file."""
    found = recording(clips=len(made))
    return ClipBlock(found, Probe.__new__(Probe), tuple(made))


def a_talk(store: Store) -> list[Clip]:
    """Two clips with one voice, the people found and captions written."""
    made = clips(store, 2)
    meet(store, made[0], Met(0, 0, 5, kind="voice", says="The concert is on Friday."))
    meet(store, made[1], Met(3, 0, 5, kind="voice", says="Bring the blue umbrella."))
    people = PeopleStage("speech-1")
    people.run(store, block(made))
    CaptionStage(COMPOSED, f"people-{people.version}").run(store, block(made), InProcess())
    summaries.rebuild(store)
    return made


def test_the_people_stage_enters_what_it_has_done(store: Store) -> None:
    made = a_talk(store)
    stage = PeopleStage("speech-1")
    assert store.ledger.done(made[0].recording_id, stage.name, stage.version) == {
        c.id for c in made
    }
    assert (
        store.ledger.done(made[0].recording_id, stage.name, PeopleStage("speech-2").version)
        == set()
    )
    assert [(p.number, p.voices) for p in store.people.all()] == [(1, 2)]


def test_bystanders_leave_no_print_and_who_has_a_name_is_known_again(store: Store) -> None:
    first, second = clips(store, 2)
    meet(store, first, Met(0), Met(200))
    people = PeopleStage("sights-1")
    people.run(store, block([first]))
    anna, stranger = store.people.all()
    store.people.name(anna.id, "Anna")
    store.preferences.put(BYSTANDERS, "forget")
    meet(store, second, Met(3), Met(90), Met(120, 0, 5, kind="voice", says="Who are you?"))
    people.run(store, block([second]))
    rows = store.database.rows
    kept = [tuple(row) for row in rows("SELECT clip_id, person_id FROM print ORDER BY clip_id")]
    assert kept == [(first.id, anna.id), (first.id, stranger.id), (second.id, anna.id)]
    assert [row[0] for row in rows("SELECT print_id FROM utterance")] == [0]
    assert store.people.forget_unnamed() == 1  # of before it was chosen
    assert [person.name for person in store.people.all()] == ["Anna"]
    assert [row[0] for row in rows("SELECT DISTINCT person_id FROM print")] == [anna.id]
    assert rows("SELECT * FROM person WHERE name = ''") == []


def test_the_people_stage_is_done_whole_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = clips(store, 1)
    meet(store, made[0], Met(0))
    before = list(store.dump())

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(store.ledger, "enter", full)
    with pytest.raises(OSError, match="no space"):
        PeopleStage("sights-1").run(store, block(made))
    assert list(store.dump()) == before


def test_a_recording_that_was_imported_as_text_has_no_faces_to_look_for() -> None:
    from dataclasses import replace

    assert PeopleStage("x").applies(recording())
    assert not PeopleStage("x").applies(replace(recording(), kind="import"))


def test_a_new_name_is_in_captions_summaries_and_search(store: Store) -> None:
    made = a_talk(store)
    assert store.memories.caption(made[0].id) == 'Somebody says: "The concert is on Friday."'
    change = store.people.name("1", "Anna")
    assert recaption(store, COMPOSED, change.clip_ids) == 2
    assert store.memories.caption(made[0].id) == 'Anna says: "The concert is on Friday."'
    assert len(store.as_of(1e12).search_text(["anna"])) == 2
    assert store.memories.stale("day")


def test_the_name_of_a_face_is_in_captions_answers_and_search(store: Store) -> None:
    made = clips(store, 2)
    for clip in made:
        meet(store, clip, Met(0))
    people = PeopleStage("sights-1")
    people.run(store, block(made))
    CaptionStage(COMPOSED, f"people-{people.version}").run(store, block(made), InProcess())
    assert store.memories.caption(made[0].id) == "I am with one person."
    recaption(store, COMPOSED, store.people.name("1", "Anna").clip_ids)
    assert store.memories.caption(made[0].id) == "I am with Anna."
    assert len(store.as_of(1e12).search_text(["anna"])) == 2
    asked = Question("When did I see Anna?", made[-1].span.end + 60, "UTC")
    answer = Answerer(store.as_of).ask(asked)
    assert answer.text.startswith("Anna was in view ")
    assert "face" not in answer.text


def test_captions_are_made_again_under_the_version_that_they_had(store: Store) -> None:
    made = a_talk(store)
    ledger = [row for row in store.dump() if row.startswith("ledger")]
    recaption(store, COMPOSED, store.people.name("1", "Anna").clip_ids)
    assert [row for row in store.dump() if row.startswith("ledger")] == ledger
    assert made


def test_a_caption_that_stays_the_same_makes_nothing_stale(store: Store) -> None:
    made = a_talk(store)
    before = list(store.dump())
    assert recaption(store, COMPOSED, [clip.id for clip in made]) == 0
    assert list(store.dump()) == before


def test_a_caption_by_another_hand_is_left_alone(store: Store) -> None:
    made = a_talk(store)
    store.memories.write_caption(made[0], "Anna told me of a concert.", "import", "caption", "1")
    uncaptioned = clips(store, 1, "later", 1_772_460_000.0)
    meet(store, uncaptioned[0], Met(5, kind="voice"))
    store.people.assign([uncaptioned[0].id])
    change = store.people.name("1", "Bert")
    assert len(change.clip_ids) == 3
    assert recaption(store, COMPOSED, change.clip_ids) == 1
    assert store.memories.caption(made[0].id) == "Anna told me of a concert."
    assert store.memories.caption(uncaptioned[0].id) is None


def test_an_undone_or_forgotten_name_is_in_no_caption(store: Store) -> None:
    a_talk(store)
    for change in (lambda: store.people.undo(), lambda: store.people.forget("Anna")):
        recaption(store, COMPOSED, store.people.name("1", "Anna").clip_ids)
        summaries.rebuild(store)
        assert any("Anna" in row for row in store.dump())
        recaption(store, COMPOSED, change().clip_ids)
        summaries.rebuild(store)
        assert not any("Anna" in row for row in store.dump())
