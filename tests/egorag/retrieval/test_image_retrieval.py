"""Pictures bring clips forward, are told of where nothing else answers, and never ahead of time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egorag.answering.answerer import Answerer
from egorag.retrieval.image_retrieval import ImageHits, ImageRetriever, picture_query
from egorag.retrieval.pyramid import PyramidRetriever
from memory.store.store import Store
from memory.types.core import Clip, Frame, Memory, Question
from memory.types.explanation import PictureSearch
from memory.types.images import CosineSpread, PictureHit
from tests.egorag import lives
from tests.egorag.conftest import HomeOf, plan

SHOWN = 12  # clips of the walk


class Lens:
    """Texts are vectors drawn from their words; the test plants those of the pictures."""

    name = "lens"
    dimension = 64
    synonym_cosine = 1.0
    by_labels = False

    def __init__(self) -> None:
        self.broken = False

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        if self.broken:
            raise RuntimeError("the card fell off the bus")
        drawn = np.random.default_rng(list(text.encode())).standard_normal(self.dimension)
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)

    def embed_pictures(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        raise AssertionError("no picture is looked at when a question is asked")


@pytest.fixture
def lens() -> Lens:
    return Lens()


def write_walk(home: Path) -> Store:
    """Twelve clips that tell the same; the picture of the eighth is the one of a zebra."""
    store, lens = Store.open(home), Lens()
    clips = lives.record(store, "walk", lives.TALK, SHOWN)
    for number, clip in enumerate(clips):
        lives.perceive(store, clip, "I see a street.", seen=[("object", "street", 0, 20)])
        shows = "a photo of zebra" if number == 7 else f"street {number}"
        lives.picture(store, memory_of(store, clip), lens, shows)
    return store


@pytest.fixture
def walk(home_of: HomeOf) -> Store:
    return home_of(write_walk)


def memory_of(store: Store, clip: Clip) -> Memory:
    return store.as_of(1e12).of_clips([clip.id])[0]


def ask(store: Store, lens: Lens | None, text: str, at: float = lives.ASKED, **named: str):  # type: ignore[no-untyped-def]
    return Answerer(store.as_of, pictures=lens, **named).ask(Question(text, at, lives.ZONE))  # type: ignore[arg-type]


def test_the_default_search_puts_the_clip_first_whose_picture_shows_it(
    walk: Store, lens: Lens
) -> None:
    view, asked = walk.as_of(lives.ASKED), plan("Where did I see the zebra?")
    found = PyramidRetriever(lens).retrieve(view, asked, None)
    assert found[0].memory.span.start == lives.TALK + 7 * 30
    assert found[0].why["picture"] > 0
    without = PyramidRetriever().retrieve(view, asked, None)
    assert without[0].memory.span.start != lives.TALK + 7 * 30


def test_words_that_answer_stay_first_where_no_picture_stands_out(walk: Store, lens: Lens) -> None:
    view, asked = walk.as_of(lives.ASKED), plan("Where did I see the street?")
    with_pictures = PyramidRetriever(lens).retrieve(view, asked, None)
    assert with_pictures == PyramidRetriever().retrieve(view, asked, None)


@pytest.mark.parametrize("retriever", ["pyramid", "visrag", "flat"])
def test_a_picture_that_stands_out_is_told_of_with_its_moment_but_is_no_answer(
    walk: Store, lens: Lens, retriever: str
) -> None:
    answer = ask(walk, lens, "Where did I see the zebra?", retriever=retriever)
    assert answer.abstained
    assert [c.span.start for c in answer.citations] == [lives.TALK + 7 * 30 + 5]
    assert "a picture was taken that may show it" in answer.text
    told = answer.explanation.pictures
    assert told.note == "12 pictures were compared with the question's words."
    assert told.found[0].clip.endswith("0007")
    assert told.found[0].clear > 0


def test_in_chinese_it_is_told_in_chinese(tmp_path: Path, lens: Lens) -> None:
    store = Store.open(tmp_path)
    query = picture_query(plan("斑马在哪里?"))
    for number, clip in enumerate(lives.record(store, "walk", lives.TALK, SHOWN)):
        lives.perceive(store, clip, "I see a street.")
        shows = query if number == 3 else f"street {number}"
        lives.picture(store, memory_of(store, clip), lens, shows)
    assert "的画面可能与此有关" in ask(store, lens, "斑马在哪里?").text
    store.close()


def test_no_picture_is_told_of_before_it_was_taken(walk: Store, lens: Lens) -> None:
    moment = lives.TALK + 7 * 30 + 5
    for at in (moment - 1, moment + 1):  # its clip has not ended: nothing of it can be known
        answer = ask(walk, lens, "Where did I see the zebra?", at)
        assert "may show it" not in answer.text
        assert not [found for found in answer.citations if found.span.end > at]
    assert "may show it" in ask(walk, lens, "Where did I see the zebra?", moment + 30).text


def test_a_time_that_was_named_is_not_left(walk: Store, lens: Lens) -> None:
    asked = "Where did I see the zebra between 10:31 and 10:33 yesterday?"
    assert "may show it" not in ask(walk, lens, asked).text


def test_without_a_model_it_is_said_how_pictures_were_searched(walk: Store) -> None:
    answer = ask(walk, None, "Where did I see the zebra?")
    assert answer.abstained
    assert not answer.citations
    assert answer.explanation.pictures == PictureSearch(
        "Pictures were searched by what was recognised in them, by the text read in them "
        "and by what was said: no image–text model is in use. “egobutler setup” and the page "
        "Settings propose one.",
        announced=True,
    )


@pytest.mark.parametrize(
    ("question", "announced"),
    [
        ("Where did I see the zebra?", True),
        ("Welche Farbe hatte das Zebra?", True),
        ("斑马是什么颜色的？", True),
        ("What did the zebra say?", False),
        ("Wer hat das Zebra gekauft?", False),
        ("谁买了斑马？", False),
    ],
)
def test_a_refusal_tells_of_it_where_sight_is_asked_for(
    walk: Store, question: str, announced: bool
) -> None:
    pictures = ask(walk, None, question).explanation.pictures
    assert pictures is not None
    assert pictures.announced == announced


def test_a_conversation_tells_of_it_once(walk: Store) -> None:
    first = ask(walk, None, "Where did I see the zebra?")
    assert first.turn is not None
    again = Question("What colour was the unicorn?", lives.ASKED, lives.ZONE, earlier=(first.turn,))
    pictures = Answerer(walk.as_of).ask(again).explanation.pictures
    assert pictures is not None
    assert not pictures.announced


def test_a_model_that_fails_leaves_the_words(walk: Store, lens: Lens) -> None:
    lens.broken = True
    answer = ask(walk, lens, "Where did I see the street?")
    assert not answer.abstained
    assert "the card fell off the bus" in answer.explanation.pictures.note


def test_a_model_without_vectors_says_so(walk: Store, lens: Lens) -> None:
    lens.name = "another"
    note = ask(walk, lens, "Where is the zebra?").explanation.pictures.note
    assert "none has a vector of another yet" in note


def test_the_best_of_many_that_have_nothing_to_do_with_it_is_no_finding() -> None:
    dice = np.random.default_rng(3)
    clear = 0
    for count in (20, 200, 2000):
        for _ in range(200):
            cosines = dice.normal(0.2, 0.03, count)
            spread = CosineSpread(count, float(np.median(cosines)), 0.03)
            looked = ImageHits((PictureHit("clip", 0.0, float(cosines.max())),), spread)
            clear += bool(looked.clear)
    assert clear <= 600 / 50
    planted = ImageHits((PictureHit("clip", 0.0, 0.2 + 8 * 0.03),), CosineSpread(2000, 0.2, 0.03))
    assert planted.clearness(planted.hits[0]) > 0.9


def test_among_a_few_pictures_none_stands_out() -> None:
    looked = ImageHits((PictureHit("clip", 0.0, 0.9),), CosineSpread(3, 0.1, 0.01))
    assert looked.clear == ()


def test_in_a_long_life_a_picture_brings_its_clip_that_no_word_finds(
    walk: Store, lens: Lens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egorag.retrieval.candidates.ALL_BELOW", 0)
    view, asked = walk.as_of(lives.ASKED), plan("Where did I see the zebra?")
    found = PyramidRetriever(lens).retrieve(view, asked, None)
    assert found[0].memory.span.start == lives.TALK + 7 * 30


def test_a_caption_is_asked_for_instead_of_a_question() -> None:
    assert picture_query(plan("Where did I see the red motorcycle?")) == "a photo of red motorcycle"
    assert ImageRetriever(None).look(None, plan("Where?")) == ImageHits()  # type: ignore[arg-type]
