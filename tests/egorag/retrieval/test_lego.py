"""Recipes of the modular strategy: each module changes what is found, and bad names are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from egorag.retrieval.registry import check_retriever, load_retriever
from egorag.retrieval.strategies import lego
from egorag.retrieval.strategies.lego import STEPS
from egorag.time.resolve import TimeReference
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Evidence, Span
from tests.egorag import lives
from tests.egorag.conftest import HomeOf, plan
from tests.egorag.test_strategies import Letters
from tests.memory.lives import add, recording

RECIPES = [  # every module, each beside every one of the other steps
    f"lego:extract={extract},filter={chosen},refine={[*STEPS['refine']][(i + j) % 3]}"
    for i, extract in enumerate(STEPS["extract"])
    for j, chosen in enumerate(STEPS["filter"])
]
HOUR = 3600.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "home")
    yield store
    store.close()


def tell(store: Store, name: str, start: float, texts: Sequence[str]) -> None:
    """A recording of half minutes, each with its caption and its vector."""
    add(store, recording(start, len(texts), name), texts)
    summaries.rebuild(store)
    letters = Letters()
    missing = store.vectors.missing(letters.name)
    vectors = letters.embed_documents([text for _, text in missing])
    store.vectors.put(letters.name, [memory_id for memory_id, _ in missing], vectors)


def ask(store: Store, modules: str, question: str, limit: int = 10) -> list[str]:
    """The texts that a recipe finds, best first."""
    retriever = load_retriever(f"lego:{modules}")
    found = retriever.retrieve(store.as_of(lives.ASKED), plan(question), Letters(), limit)
    return texts_of(found)


def texts_of(found: Sequence[Evidence]) -> list[str]:
    return [item.memory.text for item in found]


def test_words_extract_only_what_holds_one_and_both_also_what_is_alike(home: Store) -> None:
    tell(home, "day", lives.TALK, ["the zither is old", "zzzz iii", "we eat soup"])
    for refine in STEPS["refine"]:
        assert ask(home, f"extract=words,refine={refine}", "zither?") == ["the zither is old"]
        assert "zzzz iii" in ask(home, f"extract=both,refine={refine}", "zither?")


def test_page_rank_reaches_what_shares_a_phrase_but_no_word_of_the_question(home: Store) -> None:
    tell(home, "first", lives.TALK, ["Anna tunes the zither.", "It rains."])
    tell(home, "later", lives.TALK + 5 * HOUR, ["Anna eats soup.", "A bus stops."])
    asked = plan("Where is the zither?")
    view = home.as_of(lives.ASKED)
    found = {
        extract: load_retriever(f"lego:extract={extract},refine=none").retrieve(view, asked, None)
        for extract in ("words", "ppr")
    }
    assert texts_of(found["words"]) == ["Anna tunes the zither."]
    assert texts_of(found["ppr"])[0] == "Anna tunes the zither."
    walked = {item.memory.text: item.score for item in found["ppr"]}
    assert walked["Anna eats soup."] > walked.get("A bus stops.", 0.0)


def test_beside_extracts_neighbours_in_time_and_only_those(home: Store) -> None:
    tell(home, "near", lives.TALK, ["I ring the bell.", "the zither", "a dog barks"])
    tell(home, "far", lives.TALK + 5 * HOUR, ["we eat soup"])
    view, asked = home.as_of(lives.ASKED), plan("Where is the zither?")
    found = load_retriever("lego:extract=beside,refine=none").retrieve(view, asked, None)
    assert texts_of(found) == ["the zither", "I ring the bell.", "a dog barks"]
    found = load_retriever("lego:extract=both,refine=none").retrieve(view, asked, None)
    assert texts_of(found) == ["the zither"]


def test_beside_leaves_out_what_is_found_far_from_the_best(
    home: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(home, "near", lives.TALK, ["the zither", "a dog barks"])
    tell(home, "far", lives.TALK + 5 * HOUR, ["Behind the old wall stands somebody's zither."])
    assert len(ask(home, "extract=beside,refine=fuse", "zither?")) == 3
    monkeypatch.setattr(lego, "_BEST", 1)
    assert ask(home, "extract=beside,refine=fuse", "zither?") == ["the zither", "a dog barks"]


@pytest.mark.parametrize("modules", ["extract=beside,refine=none", "extract=beside,refine=fuse"])
def test_what_comes_after_a_named_event_stands_after_it(modules: str, home: Store) -> None:
    tell(home, "car", lives.TALK, ["I buy bread.", "I am parking the car.", "I ring the bell."])
    view, asked = home.as_of(lives.ASKED), plan("What did I do after parking the car?")
    found = load_retriever(f"lego:{modules}").retrieve(view, asked, None)
    assert texts_of(found)[0] == "I ring the bell."
    assert "I buy bread." not in texts_of(found)


def test_a_filter_leaves_what_its_score_speaks_for(home: Store) -> None:
    tell(home, "day", lives.TALK, ["the old zither stood here all day", "zzzz iii tttt", "soup"])
    question = "zither?"
    assert len(ask(home, "extract=both,filter=none,refine=none", question)) == 2
    only = ["the old zither stood here all day"]
    assert ask(home, "extract=both,filter=bm25,refine=none", question) == only
    assert ask(home, "extract=both,filter=bm25,refine=fuse", question) == only
    meant = ask(home, "extract=both,filter=embedding,refine=none", question)
    assert meant[0] == "zzzz iii tttt"  # the likest in letters; by words it stands behind
    assert ask(home, "extract=both,filter=none,refine=none", question)[0] == only[0]


def test_the_filter_by_time_leaves_only_what_lies_near_a_vague_time(home: Store) -> None:
    early, late = lives.at("2026-03-03T09:10:00"), lives.at("2026-03-03T17:00:00")
    tell(home, "nine", early, ["Somebody speaks of the zither."])
    tell(home, "five", late, ["The zither, the zither!"])
    vague = TimeReference(Span(early, early + 900), "around nine", exact=False)
    asked = replace(plan("Who spoke of the zither?"), time=vague)
    view = home.as_of(lives.ASKED)
    for refine in STEPS["refine"]:
        found = {
            chosen: load_retriever(f"lego:extract=both,filter={chosen},refine={refine}").retrieve(
                view, asked, None
            )
            for chosen in ("none", "time")
        }
        assert len(found["none"]) == 2
        assert texts_of(found["time"]) == ["Somebody speaks of the zither."]


def test_fusion_counts_neighbours_and_diversity_sets_repetitions_back(home: Store) -> None:
    tell(home, "alone", lives.TALK, ["zither glass"])
    texts = ["zither glass", "zither strings", "zither music"]
    tell(home, "among", lives.TALK + 5 * HOUR, texts)
    tell(home, "other", lives.TALK + 9 * HOUR, ["a zither of old wood with a carved rose"])
    view, asked = home.as_of(lives.ASKED), plan("Where is the zither?")
    first = {
        refine: load_retriever(f"lego:extract=words,refine={refine}").retrieve(view, asked, None)
        for refine in STEPS["refine"]
    }
    assert first["none"][0].memory.recording_id.startswith("alone")  # the earlier of equals
    assert first["fuse"][0].memory.recording_id.startswith("among")
    assert texts_of(first["none"])[:2] == ["zither glass", "zither glass"]
    assert texts_of(first["diverse"])[:3] == ["zither glass", "zither strings", "zither music"]


def test_both_unfiltered_and_fused_is_the_default_where_vectors_find_all(home: Store) -> None:
    tell(home, "day", lives.TALK, ["I hold a phone.", "The plant is dry.", "soup", "the phone"])
    tell(home, "later", lives.TALK + 30 * HOUR, ["A phone rings beside the plant.", "It rains."])
    view, asked = home.as_of(lives.ASKED), plan("What phone did I hold near the plant?")
    recipe = load_retriever("lego:extract=both,filter=none,refine=fuse")
    plain, default = (
        retriever.retrieve(view, asked, Letters()) for retriever in (recipe, load_retriever())
    )
    assert len(default) == 6
    assert texts_of(plain) == texts_of(default)
    assert [item.score for item in plain] == pytest.approx([item.score for item in default])


NOON = lives.at("2026-03-03T12:00:00")


def write_zithers(place: Path) -> Store:
    store = Store.open(place)
    texts = ["the zither", "I hold the zither", "a zither by the wall", "zither music"]
    tell(store, "before", NOON - 120, texts)
    tell(store, "inside", NOON, texts)
    tell(store, "after", NOON + 120, texts)
    return store


@pytest.mark.parametrize("name", RECIPES)
def test_no_recipe_leaves_an_exact_time_or_finds_what_had_not_ended(
    name: str, home_of: HomeOf
) -> None:
    home, asked = home_of(write_zithers), plan("Where is the zither?")
    retriever = load_retriever(name)
    everywhere = retriever.retrieve(home.as_of(lives.ASKED), asked, Letters(), 12)
    assert any(item.memory.span.start >= NOON + 120 for item in everywhere)
    bound = TimeReference(Span(NOON, NOON + 119), "", exact=True)
    found = retriever.retrieve(home.as_of(lives.ASKED), replace(asked, time=bound), Letters(), 12)
    assert found
    assert all(item.memory.span.overlaps(bound.span) for item in found)
    known = retriever.retrieve(home.as_of(NOON + 61), asked, Letters(), 12)
    assert known
    assert all(item.memory.span.end <= NOON + 61 for item in known)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_finds_nothing_of_what_nobody_spoke_of(name: str, view: View) -> None:
    assert load_retriever(name).retrieve(view, plan("zebra crossing?"), None) == []
    assert load_retriever(name).retrieve(view, plan("What did I do yesterday evening?"), None)


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ("extract=oracle", r'no extract "oracle"; choose one of: words, both, ppr, beside$'),
        ("filter=oracle", r'no filter "oracle"; choose one of: none, bm25, embedding, time$'),
        ("refine=oracle", r'no refine "oracle"; choose one of: none, fuse, diverse$'),
        ("extract=ppr,rerank=none", r'no step "rerank"; choose one of: extract, filter, refine$'),
        ("ppr", r'no step "ppr"; choose one of: extract, filter, refine$'),
        ("extract", r'no extract ""; choose one of: words'),
    ],
)
def test_an_unknown_step_or_module_is_refused_before_anything_is_asked(
    modules: str, said: str
) -> None:
    for refuse in (check_retriever, load_retriever):
        with pytest.raises(ValueError, match=said):
            refuse(f"lego:{modules}")


def test_a_recipe_is_called_by_its_name_and_steps_left_out_stay_default(view: View) -> None:
    assert load_retriever("lego:extract=both").name == "lego:extract=both"
    asked = plan("What phone did I use?")
    plain = load_retriever("lego").retrieve(view, asked, None)
    assert plain
    named = load_retriever("lego:refine=fuse, extract=ppr")
    assert named.retrieve(view, asked, None) == plain
