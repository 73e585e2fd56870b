"""Which questions hang on the one before them without a word that points back."""

from __future__ import annotations

import pytest

from egogpt.embedders.e5 import E5Embedder
from egorag.conversation.follow_up import follow_up
from egorag.conversation.hanging import Hangs, hanging
from memory.types.core import Question, Turn
from tests.egorag import lives


@pytest.fixture(scope="module")
def hangs(embedder: E5Embedder) -> Hangs:
    made = hanging(embedder)
    assert made is not None
    return made


def in_full(words: str, before: str, hangs: Hangs | None = None) -> str:
    turn = Turn(before, lives.ASKED - 60)
    return follow_up(Question(words, lives.ASKED, lives.ZONE, earlier=(turn,)), hangs)


@pytest.mark.parametrize(
    ("words", "before", "full"),
    [
        ("why was the date changed", "when is the eye test",
         "why was the date changed? (when is the eye test)"),
        ("what did the repair come to", "wheres the kettle",
         "what did the repair come to? (wheres the kettle)"),
        ("wieso wurde das verlegt", "wann ist die Physio",
         "wieso wurde das verlegt? (wann ist die Physio)"),
        ("wie lange sind die da weg", "was kostet die Klassenfahrt",
         "wie lange sind die da weg? (was kostet die Klassenfahrt)"),
        ("啥时候挂过去的", "备用钥匙在哪", "啥时候挂过去的？（备用钥匙在哪）"),
        ("谁让加的量", "降压药一天吃几片", "谁让加的量？（降压药一天吃几片）"),
    ],
)  # fmt: skip
def test_what_hangs_is_asked_with_the_question_before(
    hangs: Hangs, words: str, before: str, full: str
) -> None:
    assert in_full(words, before, hangs) == full
    assert in_full(words, before) == words, "its words alone do not tell"


@pytest.mark.parametrize(
    "words",
    ["where are my glasses", "did i pay the rent", "when is the concert", "what's on tomorrow",
     "wo liegt mein Reisepass", "was steht morgen an", "wer hat die Miete bezahlt",
     "我护照放哪了", "明天有啥安排", "房租交了没有"],
)  # fmt: skip
def test_what_names_its_thing_stands_alone(hangs: Hangs, words: str) -> None:
    assert in_full(words, "who fixed the boiler", hangs) == words


def test_what_points_back_by_its_words_needs_no_learning(hangs: Hangs) -> None:
    for words in ("why not?", "And on Monday?", "Where did she go?"):
        full = in_full(words, "Did I meet Ann on Sunday?")
        assert full != words
        assert in_full(words, "Did I meet Ann on Sunday?", hangs) == full


def test_vectors_of_another_embedder_are_not_known() -> None:
    assert hanging(None) is None


def test_where_the_encoder_fails_words_alone_tell(
    embedder: E5Embedder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> None:
        raise RuntimeError("out of memory")

    made, words, before = hanging(embedder), "who found them", "where are my glasses"
    assert in_full("what did the repair come to", before, made) != "what did the repair come to"
    monkeypatch.setattr(embedder, "embed_query", fail)
    assert in_full("what did the repair come to", before, made) == "what did the repair come to"
    assert in_full(words, before, made) == f"{words}? ({before})"
    assert "words alone" in caplog.text
