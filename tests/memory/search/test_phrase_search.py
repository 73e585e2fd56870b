"""What was said and read is indexed as it is written, and gone when it goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory.search.phrase_search import PhraseScope, PhraseSearch, Term
from memory.store.store import Store
from memory.types.core import Clip, Sighting, Span, Utterance
from tests.memory.crowds import clips


def say(store: Store, clip: Clip, *texts: str) -> None:
    spoken = [
        Utterance(Span(clip.span.start + n, clip.span.start + n + 1), text)
        for n, text in enumerate(texts)
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: spoken})


def found(store: Store, kind: str, *terms: str, among: list[str] | None = None) -> list[str]:
    held = None if among is None else PhraseScope(among)
    hits = PhraseSearch(store.database).in_passages(kind, [Term(one) for one in terms], held, 10)  # type: ignore[arg-type]
    return [hit.clip_id for hit in hits]


def test_moments_with_all_words_come_before_those_with_some(store: Store) -> None:
    one, two, three = clips(store, 3)
    say(store, one, "The keys are on the table.")
    say(store, two, "Blue keys, blue keys everywhere!", "No tables here.")
    say(store, three, "Nothing of the kind.")
    assert found(store, "said", "keys", "table") == [one.id, two.id]
    assert found(store, "said", "keys", among=[two.id]) == [two.id]
    assert found(store, "said", "keys everywhere") == [two.id]
    assert found(store, "text", "keys") == []


@pytest.mark.parametrize("word", ["咖啡", "喝", "啡", "去喝咖啡", "喝咖"])
def test_chinese_is_found_by_any_of_its_words(store: Store, word: str) -> None:
    one, two = clips(store, 2)
    say(store, one, "我们明天去喝咖啡")
    say(store, two, "明天去医院")
    store.memories.write_caption(one, "安娜说：“我们明天去喝咖啡”", "test", "caption", "1")
    assert found(store, "said", word) == [one.id]
    remembered = PhraseSearch(store.database).remembered([Term(word)], None, 10)
    assert [hit.clip_id for hit in remembered] == [one.id]


def test_a_chinese_and_an_english_word_must_both_be_there(store: Store) -> None:
    one, two = clips(store, 2)
    say(store, one, "在 Starbucks 喝咖啡")
    say(store, two, "喝咖啡")
    assert found(store, "said", "Starbucks", "咖啡")[0] == one.id


def test_what_is_written_again_or_deleted_is_found_no_more(store: Store) -> None:
    (one, two) = clips(store, 2)
    say(store, one, "A zanzibar canary, 金丝雀在唱歌")
    sign = Sighting(two.span, "text", "ZANZIBAR 42 金丝雀", 0.9)
    store.perceptions.write_sightings(
        "text", "1", {two.id: [sign, replace(sign, kind="object", what="cup")]}
    )
    assert found(store, "said", "zanzibar") == found(store, "said", "金丝雀") == [one.id]
    assert found(store, "text", "zanzibar") == found(store, "text", "金丝雀") == [two.id]
    say(store, one, "Something else.")
    assert found(store, "said", "zanzibar") == found(store, "said", "金丝雀") == []
    store.delete_recording(two.recording_id)
    assert found(store, "text", "zanzibar") == found(store, "text", "金丝雀") == []
    assert store.database.rows("SELECT count(*) FROM passage")[0][0] == 0
    assert store.database.integrity() == "ok"
    store.close()
    for file in store.home.rglob("*"):
        content = file.read_bytes().lower() if file.is_file() else b""
        assert b"zanzibar" not in content, file
        assert "金丝雀".encode() not in content, file


def test_words_are_never_syntax(store: Store) -> None:
    (one,) = clips(store, 1)
    say(store, one, "near the OR gate")
    for strange in ('"', "OR", "NEAR(a b)", "a*", "^x", "text:gate", "'", '咖"啡', "咖 啡*"):
        found(store, "said", strange)
    assert found(store, "said", "OR") == [one.id]
