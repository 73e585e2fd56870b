from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from egogpt.protocols.chat import Chat
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import load_chat, load_embedder
from egogpt.weights.store import WeightStore
from egorag.answering.answerer import Answerer
from egorag.question.plan import Plan, make_plan
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import LEVELS, Answer, Question
from tests.egorag import diaries, lives


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Store]:
    store = lives.write_life(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = diaries.write_diary(tmp_path_factory.mktemp("diary") / "home")
    yield store
    store.close()


@pytest.fixture
def view(life: Store) -> View:
    return life.as_of(lives.ASKED)


@pytest.fixture
def ask(life: Store) -> Callable[[str], Answer]:
    """Asks the life without any model."""
    answerer = Answerer(life.as_of)
    return lambda text: answerer.ask(Question(text, lives.ASKED, lives.ZONE))


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    weights = WeightStore()
    if not weights.has("e5"):
        pytest.skip("needs the weights of e5")
    return load_embedder("e5", weights)


@pytest.fixture(scope="session")
def chat() -> Chat:
    weights = WeightStore()
    if not weights.has("qwen-0.5b"):
        pytest.skip("needs the weights of qwen-0.5b")
    return load_chat("qwen-0.5b", weights)


@pytest.fixture
def embedded_life(life: Store, embedder: Embedder) -> Store:
    memories = [memory for level in LEVELS for memory in life.memories.overlapping(level)]
    vectors = embedder.embed_documents([memory.text for memory in memories])
    life.vectors.put(embedder.name, [memory.id for memory in memories], vectors)
    return life


def plan(text: str, asked_at: float = lives.ASKED) -> Plan:
    return make_plan(Question(text, asked_at, lives.ZONE))
