from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from egogpt.embedders.e5 import E5Embedder
from egogpt.protocols.chat import Chat
from egogpt.registry import load_chat
from egogpt.weights.store import WeightMissing, WeightStore
from egorag.answering.answerer import Answerer
from egorag.question.plan import Plan, make_plan
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Answer, Question
from tests.egorag import diaries, lives


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Store]:
    store = lives.write_life(tmp_path / "home")
    yield store
    store.close()


HomeOf = Callable[..., Store]


@pytest.fixture(scope="module")
def home_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HomeOf]:
    """Gives the home that a function writes of something, the same to all tests of a file."""
    opened: dict[tuple[Callable[..., Store], str], Store] = {}

    def written(write: Callable[..., Store], *told: object) -> Store:
        key = write, repr(told)
        if key not in opened:
            opened[key] = write(tmp_path_factory.mktemp("written"), *told)
        return opened[key]

    yield written
    for store in opened.values():
        store.close()


@pytest.fixture
def diary(home_of: HomeOf) -> Store:
    return home_of(diaries.write_diary)


@pytest.fixture
def view(home_of: HomeOf) -> View:
    """The life, which no test of a file changes."""
    return home_of(lives.write_life).as_of(lives.ASKED)


@pytest.fixture
def ask(home_of: HomeOf) -> Callable[[str], Answer]:
    """Asks the same without any model."""
    answerer = Answerer(home_of(lives.write_life).as_of)
    return lambda text: answerer.ask(Question(text, lives.ASKED, lives.ZONE))


@pytest.fixture(scope="session")
def embedder() -> E5Embedder:
    try:
        return E5Embedder.load("e5", WeightStore())
    except WeightMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def chat() -> Chat:
    weights = WeightStore()
    if not weights.has("qwen-0.5b"):
        pytest.skip("needs the weights of qwen-0.5b")
    return load_chat("qwen-0.5b", weights)


def plan(text: str, asked_at: float = lives.ASKED) -> Plan:
    return make_plan(Question(text, asked_at, lives.ZONE))
