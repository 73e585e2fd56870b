"""People: who a print belongs to, and what the owner's words do."""

from __future__ import annotations

import pytest

from memory.people.errors import BadName, NothingToUndo, SeenTogether, UnknownPerson, WrongPrints
from memory.store.store import Store
from tests.memory.crowds import Met, clips, crowd, holder, meet, state


def test_a_face_met_again_is_the_same_person_and_another_is_not(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(8)], [Met(90)]])
    assert [(p.number, p.faces) for p in store.people.all()] == [(1, 2), (2, 1)]


def test_two_faces_in_one_picture_are_never_one_person(store: Store) -> None:
    ((one, two),) = crowd(store, [[Met(0, 0, 10), Met(1, 9, 20)]])
    assert holder(store, one) != holder(store, two)


def test_a_face_lost_and_found_again_in_a_clip_is_one_person(store: Store) -> None:
    ((one, two),) = crowd(store, [[Met(0, 0, 10), Met(1, 10, 20)]])
    assert holder(store, one) == holder(store, two)


def test_a_face_between_two_people_is_neither(store: Store) -> None:
    found = crowd(store, [[Met(0)], [Met(36)], [Met(18)]])
    assert len({holder(store, print_id) for (print_id,) in found}) == 3


def test_it_is_the_one_who_is_not_in_the_same_picture(store: Store) -> None:
    found = crowd(store, [[Met(0)], [Met(36)], [Met(36), Met(18)]])
    assert holder(store, found[2][1]) == holder(store, found[0][0])


def test_likeness_to_one_print_of_several_is_not_enough(store: Store) -> None:
    # A chain of small steps must not lead from one person to another.
    crowd(store, [[Met(angle)] for angle in (0, 17, 34, 51, 68, 85)])
    assert len(store.people.all()) > 2


def test_a_poor_print_joins_but_founds_nobody(store: Store) -> None:
    found = crowd(store, [[Met(0)], [Met(2, quality=0.1)], [Met(90, quality=0.1)]])
    assert holder(store, found[1][0]) == holder(store, found[0][0])
    assert holder(store, found[2][0]) == ""


def test_faces_and_voices_are_people_of_their_own(store: Store) -> None:
    crowd(store, [[Met(0), Met(0, kind="voice")]])
    assert [(p.faces, p.voices) for p in store.people.all()] == [(1, 0), (0, 1)]


def test_a_voice_of_another_model_is_not_compared(store: Store) -> None:
    crowd(store, [[Met(0, kind="voice")]])
    with store.database.transaction() as db:
        db.conn.execute("UPDATE print SET model = 'other'")
    later = clips(store, 1, "later", 1_772_460_000.0)[0]
    meet(store, later, Met(0, kind="voice"))
    store.people.assign([later.id])
    assert len(store.people.all()) == 2


def test_people_are_found_by_id_name_and_number(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(90)]])
    one = store.people.get(1)
    store.people.name(one.id, "Anna  Groß")
    for words in (one.id, "anna groß", "ANNA GROSS", "1", "#1", "Person 1"):
        assert store.people.get(words).id == one.id
    for words in ("Bert", "7", "", "Person"):
        with pytest.raises(UnknownPerson, match="egobutler people"):
            store.people.get(words)


def test_a_name_is_read_wherever_the_person_was_seen_or_heard(store: Store) -> None:
    crowd(store, [[Met(0), Met(0, kind="voice")], [Met(3)]])
    first, second = (clip.id for clip in store.recordings.clips("walk-0123456789"))
    assert store.people.name("1", "Anna").clip_ids == (first, second)
    store.people.name("2", "Bert")
    assert [s.what for c in (first, second) for s in store.perceptions.sightings(c)] == [
        "Anna",
        "Anna",
    ]
    assert [(u.speaker, u.voice) for u in store.perceptions.utterances(first)] == [("Bert", "Bert")]


def test_a_name_given_twice_makes_a_face_and_a_voice_one_person(store: Store) -> None:
    crowd(store, [[Met(0), Met(0, kind="voice")]])
    store.people.name("1", "Anna")
    change = store.people.name("2", "anna")
    (anna,) = store.people.all()
    assert (anna.id, anna.name, anna.number) == (change.person_id, "anna", 1)
    assert (anna.faces, anna.voices) == (1, 1)


def test_who_were_in_view_together_cannot_get_one_name(store: Store) -> None:
    ((_, two),) = crowd(store, [[Met(0), Met(90)]])
    store.people.name("1", "Anna")
    before = state(store)
    with pytest.raises(SeenTogether, match=f"Person 2 .* split PERSON {two}|Anna .* {two}"):
        store.people.name("2", "Anna")
    with pytest.raises(SeenTogether):
        store.people.merge("1", ["2"])
    assert state(store) == before


@pytest.mark.parametrize("name", ["", "  ", "7", "Person 3", "#4", "…", "A" * 61, "An\x00na"])
def test_what_cannot_be_a_name_is_refused(store: Store, name: str) -> None:
    crowd(store, [[Met(0)]])
    with pytest.raises(BadName):
        store.people.name("1", name)


def test_merged_people_keep_the_name_there_is_and_later_faces_join_them(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(60)]])
    store.people.name("2", "Anna")
    store.people.merge("1", ["Anna"])
    (anna,) = store.people.all()
    assert (anna.name, anna.number, anna.faces) == ("Anna", 1, 2)
    later = clips(store, 2, "later", 1_772_460_000.0)
    for clip, angle in zip(later, (2, 58), strict=True):
        meet(store, clip, Met(angle))
    store.people.assign([clip.id for clip in later])
    assert store.people.get("Anna").faces == 4


def test_what_was_split_off_stays_apart_when_it_is_seen_anew(store: Store) -> None:
    found = crowd(store, [[Met(0)], [Met(4)], [Met(8)]])
    change = store.people.split("1", found[2])
    assert store.people.get(change.person_id).label == "Person 2"
    assert [(p.number, p.faces) for p in store.people.all()] == [(1, 2), (2, 1)]
    with store.database.transaction() as db:
        db.conn.execute("UPDATE print SET person_id = '', fixed = 0 WHERE id = ?", found[2])
    store.people.assign([clip.id for clip in store.recordings.clips("walk-0123456789")])
    assert holder(store, found[2][0]) != holder(store, found[0][0])


def test_the_owner_may_put_together_again_what_was_split(store: Store) -> None:
    found = crowd(store, [[Met(0)], [Met(4)]])
    store.people.split("1", found[1])
    store.people.merge("1", ["2"])
    assert [p.faces for p in store.people.all()] == [2]
    assert not store.database.rows("SELECT * FROM apart")


def test_only_some_of_the_persons_own_prints_can_be_split_off(store: Store) -> None:
    found = crowd(store, [[Met(0)], [Met(4)], [Met(90)]])
    for wrong in ([], found[2], [*found[0], *found[1]], [17]):
        with pytest.raises(WrongPrints):
            store.people.split("1", wrong)


def test_a_merged_persons_number_is_not_given_to_somebody_else(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(90)]])
    store.people.merge("1", ["2"])
    later = clips(store, 1, "later", 1_772_460_000.0)[0]
    meet(store, later, Met(200))
    store.people.assign([later.id])
    assert [p.number for p in store.people.all()] == [1, 3]
    store.people.undo()
    assert [p.number for p in store.people.all()] == [1, 2, 3]


def test_changes_are_undone_from_the_last_to_the_first_and_then_no_more(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(90)]])
    store.people.name("1", "Anna")
    store.people.merge("1", ["2"])
    change = store.people.undo()
    assert "merged" in change.what
    assert len(change.clip_ids) == 2
    assert "Anna" in store.people.undo().what
    assert [p.label for p in store.people.all()] == ["Person 1", "Person 2"]
    with pytest.raises(NothingToUndo):
        store.people.undo()


def test_the_best_print_of_each_clip_is_shown_first(store: Store) -> None:
    found = crowd(store, [[Met(0, 0, 5, 0.5), Met(2, 5, 9, 0.9)], [Met(1, quality=0.7)], [Met(3)]])
    shown = store.people.samples(store.people.get(1).id, 3)
    assert [one.id for one in shown] == [found[2][0], found[0][1], found[1][0]]
    assert all(one.box for one in shown)


def test_a_face_and_the_voice_that_goes_with_it_are_suggested(store: Store) -> None:
    both = [Met(0), Met(0, 5, 9, kind="voice")]
    crowd(store, [both, both, both, [Met(90), Met(90, 5, 9, kind="voice")]])
    (pair,) = store.people.suggestions()
    assert {pair.one.number, pair.two.number} == {1, 2}
    store.people.merge(pair.one.id, [pair.two.id])
    assert store.people.suggestions() == []


def test_the_wearers_voice_that_goes_with_many_faces_is_not_suggested(store: Store) -> None:
    mine = Met(0, 5, 9, kind="voice")
    crowd(store, [[Met(angle), mine] for angle in (0, 90, 180, 0, 90, 180, 0, 90, 180)])
    assert store.people.suggestions() == []


def test_two_clusters_of_one_face_are_suggested_unless_seen_together(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(18)]])
    store.people.split("1", [store.people.samples(store.people.get(1).id)[0].id])
    assert store.people.suggestions() == []
    crowd_two = [[Met(180, 0, 5), Met(200, 10, 15)], [Met(180, 0, 5)]]
    made = clips(store, 2, "later", 1_772_460_000.0)
    for clip, met in zip(made, crowd_two, strict=True):
        meet(store, clip, *met)
    store.people.assign([clip.id for clip in made])
    assert [(s.one.number, s.two.number) for s in store.people.suggestions()] == [(3, 4)]


def test_deleting_a_recording_takes_its_prints_but_not_a_name(store: Store) -> None:
    crowd(store, [[Met(0)]])
    store.people.name("1", "Anna")
    store.delete_recording("walk-0123456789")
    assert store.people.all() == []
    assert [person.name for person in store.people.all(0)] == ["Anna"]
