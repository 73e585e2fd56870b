from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.repositories.transcript_edits import NothingToReword, align_words
from memory.store.store import Store
from memory.types.core import Span, Utterance, Word
from tests.memory.lives import NOON, add, recording

WORDS = st.lists(st.text("abcd", min_size=1, max_size=4), min_size=1, max_size=8)


@given(WORDS, WORDS)
def test_words_keep_their_order_their_text_and_stay_inside_the_sentence(
    old: list[str], new: list[str]
) -> None:
    heard = [[float(n), n + 0.8, word] for n, word in enumerate(old)]
    made = align_words(heard, " ".join(new))
    if made:
        assert [word for _, _, word in made] == new
        edges = [edge for start, end, _ in made for edge in (start, end)]
        assert edges == sorted(edges)
        assert heard[0][0] <= edges[0]
        assert edges[-1] <= heard[-1][1] + 1e-9
    assert align_words(heard, " ".join(old)) == (heard if len(old) > 1 or made else made)


def spoken(text: str, speaker: str = "") -> Utterance:
    words = tuple(Word(Span(NOON + n, NOON + n + 0.5), word) for n, word in enumerate(text.split()))
    return Utterance(Span(NOON, NOON + len(words)), text, speaker, words=words)


def test_a_correction_is_made_and_taken_back_exactly(store: Store) -> None:
    (clip,) = add(store, recording(clips=1), ["A cup."])
    store.perceptions.write_utterances(
        "speech", "1", {clip.id: [spoken("I met Ana in Lion", "Bob")]}
    )
    before = store.perceptions.utterances(clip.id)
    change = store.rewordings.put_right(clip.id, 0, "I met  Ana in Lyon")
    (said,) = store.perceptions.utterances(clip.id)
    assert said.text == "I met Ana in Lyon"
    assert [word.text for word in said.words] == said.text.split()
    assert [word.span for word in said.words] == [word.span for word in before[0].words]
    (who,) = store.rewordings.say_speaker(clip.id, "bob", "Eve")
    assert store.perceptions.utterances(clip.id)[0].speaker == "Eve"
    store.rewordings.undo(who.id)
    store.rewordings.undo(change.id)
    assert store.perceptions.utterances(clip.id) == before
    with pytest.raises(NothingToReword, match="taken back already"):
        store.rewordings.undo(change.id)


def test_only_the_last_of_two_corrections_can_be_taken_back_first(store: Store) -> None:
    (clip,) = add(store, recording(clips=1), ["A cup."])
    store.perceptions.write_utterances("speech", "1", {clip.id: [spoken("one two")]})
    first = store.rewordings.put_right(clip.id, 0, "one three")
    second = store.rewordings.put_right(clip.id, 0, "one four")
    with pytest.raises(NothingToReword, match="changed again"):
        store.rewordings.undo(first.id)
    store.rewordings.undo(second.id)
    store.rewordings.undo(first.id)
    assert store.perceptions.utterances(clip.id)[0].text == "one two"
    for number, text in ((0, "one two"), (7, "x")):
        with pytest.raises(NothingToReword):
            store.rewordings.put_right(clip.id, number, text)


def test_what_is_heard_again_is_put_right_again(store: Store) -> None:
    found = recording(clips=1)
    (clip,) = add(store, found, ["A cup."])
    store.perceptions.write_utterances("speech", "1", {clip.id: [spoken("meet Lion")]})
    change = store.rewordings.put_right(clip.id, 0, "meet Leon")
    store.perceptions.write_utterances("speech", "2", {clip.id: [spoken("meet Lion")]})
    assert store.perceptions.utterances(clip.id)[0].text == "meet Leon"
    store.perceptions.write_utterances("speech", "3", {clip.id: [spoken("meet Leonie")]})
    assert store.perceptions.utterances(clip.id)[0].text == "meet Leonie", (
        "another model heard better"
    )
    with pytest.raises(NothingToReword, match="changed again"):
        store.rewordings.undo(change.id)
    store.delete_recording(found.id)
    assert store.database.rows("SELECT * FROM rewording") == []
