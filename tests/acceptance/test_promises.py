"""Questions that were promised an answer still have it: without a model, and with the small ones.

``promises.tsv`` holds, for each, the life, the question, words of the answer ("-" where it must
abstain), and the recording and the seconds of it that must be cited. With ``--shared FOLDER`` the
real recordings are ingested and asked as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import load_chat, load_embedder
from egogpt.weights.store import WeightStore
from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import LEVELS, Answer, Question, Span
from tests.acceptance.lives import ASKED, HERE, WRITTEN, write
from tests.egorag.lives import ZONE

RECORDED = ("heard_by_tiny", "heard_by_base")


class Promise(NamedTuple):
    """A question and what was promised of its answer."""

    life: str
    question: str
    words: str
    recording: str = ""
    start: float = 0.0
    end: float = 0.0

    def kept_by(self, answer: Answer, starts: dict[str, float]) -> bool:
        """Whether the answer has its words and cites its moment; ``starts`` are of recordings."""
        if self.words == "-":
            nearest = "The nearest: " in answer.text  # told as no more than that
            return answer.abstained and (nearest or not answer.citations)
        cited = [one for one in answer.citations if one.recording_id.startswith(self.recording)]
        said = all(word.lower() in answer.text.lower() for word in self.words.split("&"))
        return (
            said
            and not answer.abstained
            and any(
                one.span.overlaps(Span(start + self.start, start + self.end))
                for one in cited
                for start in [starts[one.recording_id]]
            )
        )


def _promises() -> list[Promise]:
    text = (HERE / "promises.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]
    return [
        Promise(life, question, *(more[:2] + [float(x) for x in more[2:]]))  # type: ignore[arg-type]
        for lives, question, *more in rows
        for life in (RECORDED if lives == "recordings" else (lives,))
    ]


PROMISES = _promises()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder("e5", _weights("e5"))


@pytest.fixture(scope="module")
def chat() -> Chat:
    return load_chat("qwen-0.5b", _weights("qwen-0.5b"))


def _weights(name: str) -> WeightStore:
    weights = WeightStore()
    if not weights.has(name):
        pytest.skip(f"needs the weights of {name}")
    return weights


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Store]]:
    place = tmp_path_factory.mktemp("promises")
    opened = {life: Store.open(place / life) for life in WRITTEN}
    for life, store in opened.items():
        write(life)(store)
    yield opened
    for store in opened.values():
        store.close()


def _embed(store: Store, embedder: Embedder) -> None:
    memories = [memory for level in LEVELS for memory in store.memories.overlapping(level)]
    vectors = embedder.embed_documents([memory.text for memory in memories])
    store.vectors.put(embedder.name, [memory.id for memory in memories], vectors)


def _broken(
    store: Store, life: str, embedder: Embedder | None = None, chat: Chat | None = None
) -> dict[str, str]:
    """The questions that are not answered as promised, and what they were answered."""
    if embedder is not None:
        _embed(store, embedder)
    answerer = Answerer(store.as_of, embedder, chat)
    asked = [one for one in PROMISES if one.life == life]
    answers = [answerer.ask(Question(one.question, ASKED, ZONE)) for one in asked]
    return {
        one.question: answer.text
        for one, answer in zip(asked, answers)
        if not one.kept_by(answer, _starts(store))
    }


def _starts(store: Store) -> dict[str, float]:
    return {one.id: one.start for one in store.recordings.all()}


@pytest.mark.parametrize("life", sorted({one.life for one in PROMISES}))
def test_what_was_promised_is_answered_by_words_alone(stores: dict[str, Store], life: str) -> None:
    assert _broken(stores[life], life) == {}


def test_of_choices_the_right_one_is_chosen(stores: dict[str, Store]) -> None:
    asked = Question("who cooked?", ASKED, ZONE, choices=("Ben", "Ada"))
    answer = Answerer(stores["documented"].as_of).ask(asked)
    assert answer.choice == 1
    assert [one.quote for one in answer.citations] == ["Ada cooked a soup."]


@pytest.mark.model
@pytest.mark.parametrize("life", ["heard_by_tiny", "documented"])
def test_what_was_promised_is_answered_with_a_small_embedder(
    stores: dict[str, Store], embedder: Embedder, life: str
) -> None:
    assert _broken(stores[life], life, embedder) == {}


@pytest.mark.model
def test_what_was_promised_is_answered_with_a_small_language_model(
    stores: dict[str, Store], embedder: Embedder, chat: Chat
) -> None:
    assert _broken(stores["sample_day"], "sample_day", embedder, chat) == {}


@pytest.mark.model
@pytest.mark.timeout(900)
@pytest.mark.parametrize("preset", ["small", "standard", "large"])
def test_the_real_recordings_keep_the_promises(shared: Path, tmp_path: Path, preset: str) -> None:
    names = sorted({one.recording for one in PROMISES if one.life in RECORDED} - {""})
    films = [shared / "media" / "video" / f"{name}.mp4" for name in (*names, "vl2_sample_demo_3")]
    if missing := [film.name for film in films if not film.is_file()]:
        pytest.skip(f"not in the folder: {', '.join(missing)}")
    with closing(Assistant.open(Settings(tmp_path / "home", preset=preset))) as butler:
        for bundle in butler.brains.preset.bundles:
            _weights(bundle)
        assert {one.status for one in butler.ingest(films)} == {"indexed"}
        starts, broken = _starts(butler.store), {}
        for promise in (one for one in PROMISES if one.life == RECORDED[0]):
            answer = butler.ask(promise.question)
            if not promise.kept_by(answer, starts):
                broken[promise.question] = answer.text
    assert broken == {}
