"""Models on servers: what is sent where, how replies come, and what goes wrong, over real HTTP."""

from __future__ import annotations

import base64
import io
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.responses import JSONResponse

from egogpt.llm.llama_cpp import PromptTooLong, runtime
from egogpt.protocols.chat import Chat, ChatError, Message
from egogpt.registry import load_chat
from egogpt.remote.address import ALLOW, BadAddress, NotAllowed, parse, where_it_goes
from egogpt.remote.chat import KEY, spoken
from egogpt.remote.errors import KeyRefused, ModelUnknown, RedirectRefused, ServerDown
from egogpt.weights.store import WeightStore
from tests.egogpt import tiny_gguf_vl
from tests.egogpt.remote.conftest import model, picture
from tests.egogpt.servers import MODEL, Kind, busy, page, redirect, running

KINDS = ("llama.cpp", "ollama", "vllm", "lm-studio")
ASKED = [Message("system", "Be short."), Message("user", "What is the capital of France?")]


def shown() -> list[Message]:
    return [Message("user", "What is in view?", (picture(), picture(90)))]


# Where it is, and the owner's leave


@pytest.mark.parametrize(
    ("name", "model", "url", "stays"),
    [
        ("openai:llama3.2:3b@http://127.0.0.1:11434/v1", "llama3.2:3b", None, True),
        ("openai:org/model@q4@http://localhost:8080/v1/", "org/model@q4", None, True),
        ("openai:m@http://[::1]:8000", "m", "http://[::1]:8000/v1", True),
        ("openai:m@http://192.168.1.20:1234/v1", "m", None, False),
        ("openai:gpt@https://api.example.com/v1", "gpt", None, False),
        ("openai:m@http://127.0.0.1.example.com/v1", "m", None, False),
        ("openai:m@http://[fec0::1]/v1", "m", None, False),
        ("openai:m@http://[64:ff9b::7f00:1]/v1", "m", None, False),
        ("openai:m@http://0.0.0.0:1/v1", "m", None, False),
        ("openai:gpt-oss:120b-cloud@http://localhost:11434/v1", "gpt-oss:120b-cloud", None, False),
    ],
)
def test_a_name_says_which_model_is_where(
    name: str, model: str, url: str | None, stays: bool
) -> None:
    found = parse(name)
    assert found.model == model
    assert found.url == (url or name.rpartition("@")[2].rstrip("/"))
    assert found.stays_here == stays
    assert ("stays on this machine" in where_it_goes(name)) == stays


@pytest.mark.parametrize(
    "name",
    [
        "openai:", "openai:m", "openai:@http://localhost/v1", "openai:m@ftp://host/v1",
        "openai:m@http://", "openai:m@http://host:99999/v1", "openai:m@http://ann:pw@host/v1",
        "openai:m@https://host/v1?key=secret", "openai:m@http://host/v1?patch=far",
        "openai:m@http://host/v1?quota=0.01",
    ],
)  # fmt: skip
def test_a_name_that_is_off_is_answered_with_the_form_and_repeats_no_password(name: str) -> None:
    with pytest.raises(BadAddress) as caught:
        parse(name)
    assert "secret" not in str(caught.value)
    assert ":pw" not in str(caught.value)


def test_another_host_gets_nothing_until_the_owner_agrees(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "openai:gpt@http://api.example.com/v1"
    with pytest.raises(NotAllowed, match=r"are sent to api\.example\.com.*Nothing was sent") as no:
        load_chat(name, WeightStore(tmp_path))
    assert "not encrypted" in str(no.value)
    assert "--allow-remote" in str(no.value)
    monkeypatch.setenv(ALLOW, "1")
    assert load_chat(name, WeightStore(tmp_path)).name == "openai:gpt"


# Replies


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_server_answers_streams_judges_and_refuses_what_is_too_long(kind: str) -> None:
    server = Kind(kind, odds=kind != "ollama", reply=lambda body: "Yes, it is Paris.")
    with running(server) as url:
        chat: Chat = model(url)
        assert chat.complete(ASKED) == "Yes, it is Paris."
        pieces = list(chat.stream(ASKED))
        assert len(pieces) == 4
        assert "".join(pieces) == "Yes, it is Paris."
        assert chat.complete(ASKED, max_tokens=2) == "Yes, it"
        assert chat.complete(ASKED, stop=["is"]) == "Yes, it"
        assert chat.yes_probability(ASKED) == pytest.approx(1.0 if kind == "ollama" else 0.75)
        assert chat.context_tokens == server.context
        with pytest.raises(PromptTooLong):
            model(url).complete([Message("user", "word " * 2500)])
    assert all(body["temperature"] == 0 for body in server.asked)


def test_without_odds_one_word_is_asked_for() -> None:
    server = Kind("lm-studio", odds=False)
    with running(server) as url:
        for said, odds in (("No.", 0.0), ("Yes", 1.0), ("Perhaps", 0.5)):
            server.reply = lambda body, said=said: said
            chat = model(url)
            assert chat.yes_probability(ASKED) == odds
            assert chat.yes_probability(ASKED) == odds


def test_what_a_model_thinks_first_is_not_its_reply() -> None:
    thinks = Kind(reply=lambda body: "<think> France, hm. </think> Paris.")
    with running(thinks) as url:
        assert model(url).complete(ASKED) == "Paris."
        assert "".join(model(url).stream(ASKED)) == "Paris."
        with pytest.raises(ChatError, match="for thinking"):
            model(url).complete(ASKED, max_tokens=3)
    assert "".join(spoken(["<", "b>"])) == "<b>"


def test_a_stream_that_is_left_ends_its_request() -> None:
    with running(Kind(reply=lambda body: "word " * 5000)) as url:
        chat = model(url)
        stream = chat.stream(ASKED, max_tokens=10_000)
        assert next(stream) == "word"
        stream.close()
        assert chat.complete(ASKED, max_tokens=1) == "word"


# Pictures


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_go_as_small_jpegs_before_the_words_or_it_is_said_that_none_go(kind: str) -> None:
    server = Kind(kind, sees=True, reply=lambda body: "A red wall.")
    with running(server) as url:
        chat = model(url)
        assert chat.complete(shown()) == "A red wall."
        assert chat.sees
        server.sees = False
        blind = model(url)
        assert blind.complete(shown())
        assert list(blind.stream(shown()))
    assert not blind.sees
    assert "takes no pictures" in blind.note
    asked, *words_alone = (body["messages"][0]["content"] for body in server.asked)
    assert words_alone == ["What is in view?"] * 2
    *pictures, words = asked
    assert words == {"type": "text", "text": "What is in view?"}
    assert len(pictures) == 2
    head, _, data = pictures[0]["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    jpeg = Image.open(io.BytesIO(base64.b64decode(data)))
    assert jpeg.size == (768, 432)
    assert abs(np.asarray(jpeg)[0, 0, 0] - 200) < 6


def test_a_server_that_drops_pictures_without_a_word_is_found_out() -> None:
    server = Kind("ollama", sees=False, drops_pictures=True)
    with running(server) as url:
        chat = model(url)
        chat.complete(shown())
    assert not chat.sees
    assert server.asked[0]["messages"][0]["content"] == "What is in view?"


# What goes wrong


def test_a_busy_server_is_asked_again_and_one_that_stays_busy_is_told_of() -> None:
    server = Kind(failures=[busy(429), busy(503), busy(502)])
    with running(server) as url:
        assert model(url).complete(ASKED).startswith("Paris")
        server.failures = [busy(503)] * 9
        with pytest.raises(ChatError, match=r"failed 4 times \(503\): busy"):
            model(url).complete(ASKED)
        server.failures = [busy(429)]
        assert list(model(url).stream(ASKED))


def test_a_host_that_is_down_is_named(tmp_path: Path) -> None:
    chat = load_chat("openai:m@http://127.0.0.1:9/v1", WeightStore(tmp_path))
    with pytest.raises(ServerDown, match=r"Nothing answers at http://127\.0\.0\.1:9/v1"):
        chat.complete(ASKED)
    with pytest.raises(ServerDown):
        next(iter(chat.stream(ASKED)))


def test_an_unknown_model_is_answered_with_those_that_there_are() -> None:
    with (
        running(Kind()) as url,
        pytest.raises(ModelUnknown, match=r"no model called 'huge'.*: other, tiny:1b"),
    ):
        model(url, "huge").complete(ASKED)


def test_a_stream_that_breaks_off_is_no_whole_reply() -> None:
    with running(Kind(breaks_off=True)) as url, pytest.raises(ChatError, match="broke off"):
        list(model(url).stream(ASKED))


def test_a_page_instead_of_json_says_what_the_address_should_be() -> None:
    server = Kind(failures=[page()])
    with running(server) as url, pytest.raises(ChatError, match="ends in /v1"):
        model(url).complete(ASKED)


def test_a_redirect_to_another_host_is_not_followed() -> None:
    elsewhere = Kind()
    with running(elsewhere) as other:
        server = Kind(failures=[redirect(f"{other}/chat/completions")])
        with running(server) as url, pytest.raises(RedirectRefused, match=r"points to 127\.0"):
            model(url).complete(ASKED)
    assert not elsewhere.asked


def test_parts_of_a_request_that_a_server_does_not_know_are_left_out() -> None:
    def no(what: str) -> object:
        return JSONResponse({"error": {"message": f"unsupported parameter: {what}"}}, 400)

    server = Kind(failures=[no("temperature"), no("seed")])  # type: ignore[list-item]
    with running(server) as url:
        assert model(url).complete(ASKED).startswith("Paris")
    assert "temperature" not in server.asked[0]
    assert "seed" not in server.asked[0]


def test_the_key_goes_to_its_server_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(KEY, "sk-very-secret")
    server = Kind(key="sk-very-secret", failures=[busy(503)])
    with running(server) as url:
        chat = model(url)
        chat.complete(ASKED)
        assert server.headers[-1]["authorization"] == "Bearer sk-very-secret"
        monkeypatch.setenv(KEY, "sk-wrong-secret")
        with pytest.raises(KeyRefused, match=KEY) as refused:
            model(url).complete(ASKED)
    kept = f"{chat!r} {vars(chat)} {refused.value} {caplog.text}"
    assert "secret" not in kept


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with running(Kind()) as url:
        assert model(url).complete(ASKED).startswith("Paris")


# A real server


def test_llama_cpp_itself_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_gguf_vl.write_model(tmp_path / "tiny.gguf")
    xllamacpp = runtime()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(tmp_path / "tiny.gguf")
    parameters.model_alias = {MODEL}
    parameters.n_ctx, parameters.n_parallel = 1024, 1
    parameters.verbosity, parameters.warmup, parameters.fit_params = -1, False, False
    parameters.api_keys = ["sk-local"]
    server = xllamacpp.Server(parameters)
    url = f"{server.listening_address}/v1"
    monkeypatch.setenv(KEY, "sk-local")
    chat = model(url, read=120.0)
    whole = chat.complete(ASKED, max_tokens=6)
    assert whole
    assert chat.context_tokens == 1024
    assert not chat.sees
    assert "".join(chat.stream(ASKED, max_tokens=6)).strip() == whole
    here = load_chat(f"gguf:{tmp_path / 'tiny.gguf'}", WeightStore(tmp_path))
    questions = [[Message("user", f"Is Paris in {land}?")] for land in ("France", "Japan")]
    over_http = [chat.yes_probability(asked) for asked in questions]
    assert over_http == pytest.approx([here.yes_probability(asked) for asked in questions])
    assert over_http[0] != pytest.approx(over_http[1])
    here.close()  # type: ignore[attr-defined]
    with pytest.raises(PromptTooLong):
        chat.complete([Message("user", "word " * 3000)])
    assert isinstance(chat.complete(shown(), max_tokens=4), str)
    monkeypatch.setenv(KEY, "sk-other")
    with pytest.raises(KeyRefused):
        model(url).complete(ASKED)
    del server
