"""The embedded language model answers, streams, judges, and keeps to its context."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from egogpt.llm.llama_cpp import ChatError, LlamaChat, PromptTooLong
from egogpt.llm.token_rate import measure_rate, stored_rate
from egogpt.protocols.chat import Message
from egogpt.protocols.judging import yes_share
from egogpt.registry import load_chat
from egogpt.runtime.cancellation import Cancelled, until
from egogpt.weights.store import WeightMissing, WeightStore
from tests.egogpt import tiny_gguf_vl
from tests.egogpt.weight_bench import NOWHERE, store_of, weight


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model that is loaded at once."""
    file = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tiny_gguf_vl.write_model(file)
    return file


@pytest.fixture(scope="module")
def chat(tiny: Path) -> Iterator[LlamaChat]:
    found = load_chat(f"gguf:{tiny}", WeightStore(tiny.parent))
    assert isinstance(found, LlamaChat)
    yield found
    found.close()


def ask(text: str) -> list[Message]:
    return [Message("user", text)]


def test_all_spellings_of_yes_and_no_count() -> None:
    odds = {"Yes": 0.4, " yes": 0.1, "YES.": 0.1, "No": 0.1, " NO": 0.1, "Maybe": 0.2}
    tokens = [{"token": word, "logprob": math.log(p)} for word, p in odds.items()]
    assert yes_share(tokens) == pytest.approx(0.75)
    assert yes_share([{"token": "Perhaps", "logprob": -1.0}]) == 0.5


@pytest.mark.model
def test_it_answers_judges_and_is_left_in_the_middle_of_a_prompt() -> None:
    try:
        chat = load_chat("qwen-0.5b", WeightStore())
    except WeightMissing as missing:
        pytest.skip(str(missing))
    assert isinstance(chat, LlamaChat)
    capital = ask("What is the capital of France? Reply with one word.")
    first = chat.complete(capital, max_tokens=6)
    assert first.startswith("Paris")
    asked = "Is {} Answer Yes or No."
    true = chat.yes_probability(ask(asked.format("Paris in France?")))
    false = chat.yes_probability(ask(asked.format("Paris in Japan?")))
    assert 0 <= false < true <= 1
    long = ask(" ".join(f"House {n} is {n * 7} steps away." for n in range(150)))
    over = threading.Event()
    timer = threading.Timer(0.3, over.set)
    timer.start()
    with until(over), pytest.raises(Cancelled):
        chat.complete(long, max_tokens=400)
    timer.join()
    assert chat.complete(capital, max_tokens=6) == first, "the next has it at once"
    chat.close()


def test_a_stream_gives_the_pieces_of_the_whole_up_to_a_stop_word(chat: LlamaChat) -> None:
    question = ask("Count from one to five in words.")
    pieces = list(chat.stream(question, max_tokens=12))
    assert len(pieces) > 3
    whole = chat.complete(question, max_tokens=12)
    assert "".join(pieces).strip() == whole
    stop = whole[4:6]
    expected = whole[: whole.index(stop)].strip()
    assert chat.complete(question, max_tokens=12, stop=[stop]) == expected
    left = chat.stream(ask("Write a long poem about the sea."), max_tokens=100_000)
    next(left)
    left.close()
    assert chat.complete(question, max_tokens=12) == whole, "one that is left frees the model"


def test_what_prompts_begin_with_is_read_once_and_ahead(chat: LlamaChat) -> None:
    rule = Message("system", "Answer in one word, from what you know of the world. " * 4)
    chat.warm([rule, Message("user", "")])
    whole = chat.timings["prompt_n"]
    assert chat.complete([rule, *ask("What is the capital of France?")], max_tokens=6)
    assert chat.timings["cache_n"] > 40
    assert chat.timings["prompt_n"] < whole


def test_a_rate_is_measured_once_of_a_file(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egogpt.llm.token_rate._TOKENS", 12)
    data = tiny.read_bytes()
    weights = store_of(tmp_path, weight(data, NOWHERE), weight(data, NOWHERE, bundle="other"))
    place = tmp_path / "weights" / "tiny" / "a.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(data)
    assert stored_rate("tiny", weights) is None
    rate = measure_rate("tiny", weights)
    assert rate is not None
    assert rate.reads > rate.writes > 0
    assert rate == stored_rate("tiny", weights)
    assert stored_rate("other", weights) is None


def test_a_prompt_beyond_the_context_is_an_error_that_says_so(chat: LlamaChat) -> None:
    long = ask("word " * (chat.context_tokens + 500))
    with pytest.raises(PromptTooLong, match="reads at most 4096"):
        chat.complete(long)
    with pytest.raises(PromptTooLong):
        list(chat.stream(long))


def test_threads_take_turns(chat: LlamaChat) -> None:
    with ThreadPoolExecutor(3) as threads:
        replies = list(threads.map(lambda _: chat.complete(ask("Hello"), max_tokens=6), range(3)))
    assert len(set(replies)) == 1


def test_standard_output_stays_ours_and_a_model_that_is_closed_at_once_says_so(tiny: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import torch\n"
        "from egogpt.llm.llama_cpp import ChatError, LlamaChat\n"
        "from egogpt.protocols.chat import Message\n"
        "from egogpt.registry import load_chat\n"
        "from egogpt.weights.store import WeightStore\n"
        "for _ in range(20):\n"
        "    chat = LlamaChat(Path(sys.argv[1]), name='tiny', context_tokens=256)\n"
        "    chat.close()\n"
        "try:\n"
        "    chat.complete([Message('user', 'Hello')])\n"
        "except ChatError as error:\n"
        "    print(error)\n"
        "chat = load_chat(f'gguf:{sys.argv[1]}', WeightStore())\n"
        "chat.complete([Message('user', 'Hello')], max_tokens=2)\n"
        "print('done')\n"
    )
    # Its closing holds Python still: nothing in this process could end the wait.
    command = [sys.executable, "-c", program, str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    closed, last = done.stdout.splitlines()
    assert "closed" in closed
    assert last == "done"


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"not a model")
    with pytest.raises(ChatError, match="could not be loaded"):
        LlamaChat(path, name="x")
