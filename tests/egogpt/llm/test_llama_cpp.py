"""The embedded language model answers, streams, judges, and keeps to its context."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from egogpt.llm.llama_cpp import ChatError, LlamaChat, PromptTooLong
from egogpt.llm.token_rate import measure_rate, stored_rate
from egogpt.protocols.chat import Message
from egogpt.protocols.judging import yes_share
from egogpt.registry import load_chat
from egogpt.weights.store import WeightMissing, WeightStore
from tests.egogpt import tiny_gguf_vl


@pytest.fixture(scope="module")
def chat() -> LlamaChat:
    try:
        loaded = load_chat("qwen-0.5b", WeightStore())
    except WeightMissing as missing:
        pytest.skip(str(missing))
    assert isinstance(loaded, LlamaChat)
    return loaded


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model that is loaded at once."""
    file = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tiny_gguf_vl.write_model(file)
    return file


def ask(text: str) -> list[Message]:
    return [Message("user", text)]


CAPITAL = "What is the capital of France? Reply with one word."


def test_all_spellings_of_yes_and_no_count() -> None:
    odds = {"Yes": 0.4, " yes": 0.1, "YES.": 0.1, "No": 0.1, " NO": 0.1, "Maybe": 0.2}
    tokens = [{"token": word, "logprob": math.log(p)} for word, p in odds.items()]
    assert yes_share(tokens) == pytest.approx(0.75)
    assert yes_share([{"token": "Perhaps", "logprob": -1.0}]) == 0.5


@pytest.mark.model
def test_it_answers_and_does_so_again(chat: LlamaChat) -> None:
    first = chat.complete(ask(CAPITAL), max_tokens=6)
    assert first.startswith("Paris")
    assert chat.complete(ask(CAPITAL), max_tokens=6) == first


@pytest.mark.model
def test_a_stream_gives_the_pieces_of_the_whole(chat: LlamaChat) -> None:
    question = ask("Count from one to five in words.")
    pieces = list(chat.stream(question, max_tokens=12))
    assert len(pieces) > 3
    assert "".join(pieces).strip() == chat.complete(question, max_tokens=12)


@pytest.mark.model
def test_a_stop_word_ends_the_reply(chat: LlamaChat) -> None:
    reply = chat.complete(ask("Count from one to five in words."), max_tokens=20, stop=["Three"])
    assert "Two" in reply
    assert "Three" not in reply


@pytest.mark.model
def test_a_stream_that_is_left_frees_the_model(chat: LlamaChat) -> None:
    stream = chat.stream(ask("Write a long poem about the sea."), max_tokens=2000)
    next(stream)
    stream.close()
    assert chat.complete(ask(CAPITAL), max_tokens=6).startswith("Paris")


@pytest.mark.model
def test_what_prompts_begin_with_is_read_once_and_ahead(chat: LlamaChat) -> None:
    rule = Message("system", "Answer in one word, from what you know of the world. " * 4)
    chat.warm([rule, Message("user", "")])
    whole = chat.timings["prompt_n"]
    assert chat.complete([rule, *ask(CAPITAL)], max_tokens=6).startswith("Paris")
    assert chat.timings["cache_n"] > 40
    assert chat.timings["prompt_n"] < whole


@pytest.mark.model
def test_a_rate_is_measured_once_of_a_file(
    chat: LlamaChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egogpt.llm.token_rate._TOKENS", 12)
    file = WeightStore().path(chat.name)
    weights = WeightStore(tmp_path)
    (tmp_path / chat.name).mkdir()
    (tmp_path / chat.name / file.name).symlink_to(file)
    assert stored_rate(chat.name, weights) is None
    rate = measure_rate(chat.name, weights)
    assert rate is not None
    assert rate.reads > rate.writes > 0
    assert rate == stored_rate(chat.name, weights)
    assert stored_rate("qwen-1.5b", weights) is None


@pytest.mark.model
def test_yes_is_likelier_for_what_is_true(chat: LlamaChat) -> None:
    asked = "Is {} Answer Yes or No."
    true = chat.yes_probability(ask(asked.format("Paris in France?")))
    false = chat.yes_probability(ask(asked.format("Paris in Japan?")))
    assert 0 <= false < true <= 1


@pytest.mark.model
def test_a_prompt_beyond_the_context_is_an_error_that_says_so(chat: LlamaChat) -> None:
    long = ask("word " * (chat.context_tokens + 500))
    with pytest.raises(PromptTooLong, match="reads at most 4096"):
        chat.complete(long)
    with pytest.raises(PromptTooLong):
        list(chat.stream(long))


@pytest.mark.model
def test_threads_take_turns(chat: LlamaChat) -> None:
    replies: list[str] = []

    def work() -> None:
        replies.append(chat.complete(ask(CAPITAL), max_tokens=6))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(replies)) == 1
    assert len(replies) == 3


def test_standard_output_stays_ours_and_the_program_ends_well(tiny: Path) -> None:
    program = (
        "import sys\n"
        "import torch\n"
        "from egogpt.protocols.chat import Message\n"
        "from egogpt.registry import load_chat\n"
        "from egogpt.weights.store import WeightStore\n"
        "chat = load_chat(f'gguf:{sys.argv[1]}', WeightStore())\n"
        "chat.complete([Message('user', 'Hello')], max_tokens=2)\n"
        "print('done')\n"
    )
    command = [sys.executable, "-c", program, str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "done\n"
    assert done.returncode == 0, done.stderr


def test_a_model_that_is_closed_at_once_ends_and_says_that_it_is_closed(tiny: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from egogpt.llm.llama_cpp import ChatError, LlamaChat\n"
        "from egogpt.protocols.chat import Message\n"
        "for _ in range(20):\n"
        "    chat = LlamaChat(Path(sys.argv[1]), name='tiny', context_tokens=256)\n"
        "    chat.close()\n"
        "try:\n"
        "    chat.complete([Message('user', 'Hello')])\n"
        "except ChatError as error:\n"
        "    print(error)\n"
    )
    # Its closing holds Python still: nothing in this process could end the wait.
    command = [sys.executable, "-c", program, str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "closed" in done.stdout


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"not a model")
    with pytest.raises(ChatError, match="could not be loaded"):
        LlamaChat(path, name="x")
