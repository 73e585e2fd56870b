"""Another distribution adds a captioner, a retriever and others, and they are used by name."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from egogpt.plugins import PluginError, build_all
from egogpt.protocols.model_names import UnknownModel
from egogpt.registry import load_captioner
from egorag.handlers import registry
from egorag.retrieval.registry import UnknownRetriever, load_retriever
from kernels.registry import create, using
from tests.kernels.models import causal_model, prompt
from tests.media import make_video, scene
from tests.plugin_distribution import install, wheel_of

PENGUINS = '''
"""Penguins everywhere."""
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from egobutler import AttentionMethod, ChatError, Citation, Draft, ImportScript, ImportSource

class Captioner:
    name, version, frames, hears = "penguins", "1", 0, False
    def caption(self, observation):
        return "I saw a penguin."

class Blind:
    name = "blind"
    def retrieve(self, view, plan, embedder, limit=10):
        return []

class Letters:
    name, dimension, synonym_cosine = "letters", 26, 1.0
    def embed_query(self, text):
        counts = np.array([text.lower().count(chr(97 + n)) for n in range(26)], np.float32) + 0.01
        return counts / np.linalg.norm(counts)
    def embed_documents(self, texts):
        return np.stack([self.embed_query(text) for text in texts])

class Parrot:
    name, context_tokens, sees, hears = "parrot", 1000, False, False
    def complete(self, messages, *, max_tokens=128, stop=()):
        raise ChatError("the parrot sleeps")
    stream = complete
    def yes_probability(self, messages):
        raise ChatError("the parrot sleeps")

@dataclass(frozen=True, slots=True)
class Nearsighted(AttentionMethod):
    name: ClassVar[str] = "nearsighted"
    window: int = 2
    sinks: int = 0
    def choose(self, scene):
        return None

def read(source: ImportSource) -> ImportScript:
    beginning, lines = source.beginning(), source.collector()
    for number, text in enumerate(source.path.read_text().splitlines(), 1):
        lines.add(number, beginning.start + number, None, "speech", text, speaker="Pingu")
    return ImportScript(
        source.path, beginning.timezone, beginning.source, lines.events, lines.tally
    )

class Handler:
    name, source = "penguin questions", "the zoo"
    def answers(self, context):
        return "penguins eat" in context.plan.text.lower()
    def answer(self, context):
        memory = context.view.memories("clip")[-1]
        yield Draft("Fish.", (Citation(memory.recording_id, memory.span, memory.text),))
'''
POINTS = {
    "egobutler.captioners": {"penguins": "tests_penguins:Captioner", "composed": "no:Where"},
    "egobutler.retrievers": {"blind": "tests_penguins:Blind"},
    "egobutler.embedders": {"letters": "tests_penguins:Letters"},
    "egobutler.chats": {"parrot": "tests_penguins:Parrot"},
    "egobutler.attention": {"nearsighted": "tests_penguins:Nearsighted"},
    "egobutler.importers": {"penguin": "tests_penguins:read"},
    "egobutler.handlers": {"penguins": "tests_penguins:Handler"},
}
BROKEN = {
    f"egobutler.{kind}": {"broken": "tests_broken:Missing"}
    for kind in ("captioners", "retrievers", "embedders", "attention", "importers", "handlers")
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one distribution that works, and one whose module cannot be imported."""
    place = tmp_path_factory.mktemp("plugins")
    good = wheel_of(place, "tests-penguins", PENGUINS, POINTS)
    broken = wheel_of(place, "tests-broken", "raise RuntimeError('out of fish')", BROKEN)
    return install(place / "site", good, broken)


@pytest.fixture
def home(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of a program in whose environment the distributions are installed."""
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    return tmp_path / "home"


def command(*words: object) -> int:
    return main([str(word) for word in (*words, "--preset", "small")])


def import_diary(home: Path, tmp_path: Path, reader: str = "penguin") -> int:
    diary = tmp_path / "zoo.penguin"
    diary.write_text("I feed the penguins.\n")
    start = ("--start", "2026-03-02 09:30", "--timezone", "UTC")
    return command("import", diary, "--format", reader, *start, "--home", home)


def captions(home: Path) -> list[str]:
    with Assistant.open(Settings(home, preset="small")) as assistant:
        return [memory.text for memory in assistant.store.as_of(time.time()).memories("clip")]


def ask(home: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    capsys.readouterr()
    at = ("--at", "2026-03-03 09:00", "--json")
    assert command("ask", "What do I feed?", *at, *more, "--home", home) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.parametrize("name", ["penguins", "broken"])
def test_a_captioner_writes_captions_and_a_broken_one_is_told(
    name: str, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = make_video(tmp_path / "walk.mp4", [scene(1)], seconds=2, fps=2)
    assert command("ingest", walk, "--captioner", name, "--home", home) == 0
    assert (captions(home) == ["I saw a penguin."]) is (name == "penguins")
    told = "the plug-in 'broken' of 'tests-broken' cannot be loaded"
    assert (told in capsys.readouterr().err) is (name == "broken")


def test_an_importer_reads_a_format_of_its_own(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_diary(home, tmp_path) == 0
    assert "I feed the penguins." in captions(home)[0]
    assert "penguins" in ask(home, capsys)["answer"]


def test_a_retriever_finds_in_place_of_ours(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_diary(home, tmp_path) == 0
    assert not ask(home, capsys)["abstained"]
    assert ask(home, capsys, "--retriever", "blind")["abstained"]


def test_an_embedder_makes_the_vectors_and_a_chat_is_asked(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    diary = tmp_path / "zoo.penguin"
    diary.write_text("I feed the penguins.\n")
    start = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    chosen = Settings(home, preset="small", embedder="letters", chat="parrot")
    with Assistant.open(chosen) as assistant:
        (report,) = assistant.import_text([diary], format="penguin", start=start)
        assert report.status == "imported"
        assert "small, as you chose: letters, parrot." in assistant.preset_note
        embedder = assistant.brains.embedder()
        assert embedder is not None
        view = assistant.store.as_of(start.timestamp() + 3600)
        assert view.search_vectors(embedder.embed_query("penguins"), "letters")
        answer = assistant.ask("What do I feed?", at=start.timestamp() + 3600)
    assert "penguins" in answer.text
    assert "the parrot sleeps" in caplog.text  # it was asked, refused, and the quote stayed


def test_an_attention_method_is_a_name_like_ours(home: Path) -> None:
    ids, mask = prompt(12)
    model = causal_model()
    full = model(input_ids=ids, attention_mask=mask).logits
    with using(model, "nearsighted"):
        near = model(input_ids=ids, attention_mask=mask).logits
    with using(model, create("window", window=2, sinks=0)):
        assert model(input_ids=ids, attention_mask=mask).logits.equal(near)
    assert not near.equal(full)


def test_handlers_are_built_and_a_broken_one_is_logged_and_left_out(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert [handler.name for handler in build_all("handlers")] == ["penguin questions"]
    assert "'broken' of 'tests-broken'" in caplog.text


@pytest.fixture
def fresh_handlers() -> Iterator[None]:
    """Plug-ins are looked for once in a process: look now, and again behind the test."""
    registry._plugins.cache_clear()
    yield
    registry._plugins.cache_clear()


@pytest.mark.usefixtures("fresh_handlers")
def test_a_handler_answers_a_kind_of_question_of_its_own(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_diary(home, tmp_path) == 0
    capsys.readouterr()
    question = ("What do penguins eat?", "--at", "2026-03-03 09:00")
    assert command("ask", *question, "--home", home) == 0
    assert capsys.readouterr().out.startswith("Fish.")


def test_a_broken_plug_in_names_its_distribution_and_the_reason(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = "the plug-in 'broken' of 'tests-broken' cannot be loaded"
    with pytest.raises(PluginError, match=rf"{fault} from .* out of fish"):
        load_retriever("broken")
    assert command("ask", "What?", "--retriever", "broken", "--home", home) == 1
    assert capsys.readouterr().err.startswith(f"egobutler: {fault}")
    assert import_diary(home, tmp_path, reader="broken") == 1
    assert f"  failed  zoo.penguin: {fault}" in capsys.readouterr().out


def test_a_name_of_ours_is_never_taken_over(home: Path) -> None:
    assert type(load_captioner("composed")).__module__.startswith("egogpt.")


def test_names_of_plug_ins_are_listed_where_there_is_no_such_name(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownModel, match="penguins"):
        load_captioner("poet")
    with pytest.raises(UnknownRetriever, match="blind"):
        load_retriever("oracle")
    assert command("import", tmp_path, "--format", "walrus", "--home", home) == 2
    assert "there is no format 'walrus'" in (said := capsys.readouterr().err)
    assert "penguin" in said
