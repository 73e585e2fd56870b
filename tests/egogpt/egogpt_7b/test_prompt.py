"""The prompt is the published one, and what was heard or read cannot write in it."""

from __future__ import annotations

import json
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from egogpt.egogpt_7b.prompt import Mark, PromptTokenizer, chat_pieces
from egogpt.protocols.chat import Message
from egogpt.protocols.errors import ModelDamaged
from tests.egogpt.tiny_egogpt import frames, save_tokenizer, sound


def written(messages: list[Message]) -> str:
    return "".join(p.value if isinstance(p, Mark) else p for p in chat_pieces(messages))


def test_a_question_of_a_clip_is_the_published_prompt() -> None:
    assert written([Message("user", "Who?", frames(1), sound(1))]) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        "<image>\n<speech>\n\nWho?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_frames_without_sound_keep_the_place_of_the_sound() -> None:
    assert "<image>\n<speech>\n\nWho?" in written([Message("user", "Who?", frames(1))])


def test_a_conversation_keeps_its_own_system_message_and_its_turns() -> None:
    turns = [Message("system", "Be brief."), Message("user", "a"), Message("assistant", "b")]
    assert written([*turns, Message("user", "c")]) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
        "<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(found)
    return found


@pytest.fixture(scope="module")
def words(folder: Path) -> PromptTokenizer:
    return PromptTokenizer(folder)


@example(text="ά")  # Qwen's tokenizer puts letters and their accents together
@given(text=st.text(max_size=80))
def test_words_are_the_tokenizers_own_and_never_marks(words: PromptTokenizer, text: str) -> None:
    ids = words.ids(text)
    assert not set(ids) & set(words.ends)
    written = text.encode("utf-8", "replace").decode("utf-8")
    assert normalize("NFC", words.text(ids)) == normalize("NFC", written)


def test_marks_are_single_tokens(folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    words = PromptTokenizer(folder)
    assert words.ids(Mark.START) == tokenizer.encode("<|im_start|>").ids
    assert words.ids(Mark.END) == tokenizer.encode("<|im_end|>").ids
    assert words.text([*words.ids("cup"), *words.ids(Mark.END)]) == "cup"


def test_the_older_layout_of_a_tokenizer_gives_the_same_tokens(
    folder: Path, tmp_path: Path
) -> None:
    told = json.loads((folder / "tokenizer.json").read_text())
    model = told["model"]
    marks = {mark["content"]: mark["id"] for mark in told["added_tokens"]}
    words = [word for word in sorted(model["vocab"], key=model["vocab"].get) if word not in marks]
    vocabulary = {word: at for at, word in enumerate(words)}
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges))
    added = {str(len(words) + at): {"content": mark, "special": True} for mark, at in marks.items()}
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "Qwen2Tokenizer",
                "eos_token": "<|im_end|>",
                "pad_token": "<|endoftext|>",
                "added_tokens_decoder": added,
            }
        )
    )
    for text in ("I pick up the cup", "assistant\n", "user\nyes No"):
        # Marks come last in this layout, and first in the other.
        assert [one + len(marks) for one in PromptTokenizer(tmp_path).ids(text)] == PromptTokenizer(
            folder
        ).ids(text)
    ends = [marks["<|endoftext|>"], marks["<|im_end|>"]]
    assert PromptTokenizer(tmp_path).ends == [len(words) + end for end in ends]


def test_a_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    told = json.loads((folder / "tokenizer.json").read_text())
    for mark in told["added_tokens"]:
        mark["content"] = mark["content"].replace("im_", "xx_")
    told["model"]["vocab"] = {
        word.replace("im_", "xx_"): at for word, at in told["model"]["vocab"].items()
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(told))
    with pytest.raises(ModelDamaged, match="does not know"):
        PromptTokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ModelDamaged, match="not readable"):
        PromptTokenizer(tmp_path)
