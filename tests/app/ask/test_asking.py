"""The routes of the Ask page: answers that stream, filters, and corrections that change answers."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
import wave
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.ask.service import AT_ONCE, WAITING, AskService, TooMany
from app.ask.stream import Over, lines
from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.models.voice import MOST_BYTES, NotHeard, VoiceTranscriber, decoded
from app.server.server import create_app
from egogpt.weights.store import WeightStore
from memory.types.core import EVERYTHING, Answer, Clip
from memory.types.evidence_cards import EvidenceCards
from tests.app.askings import CONCERT, asked, moment, talks
from tests.app.conftest import ADDRESS
from tests.media import silence, speak, tone

HOSTILE_WORDS = ["\0", "\ud800", "x" * 5000, ""]


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    talks(empty_home.store)
    return empty_home


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url=ADDRESS) as opened:
        yield opened


@pytest.fixture
def clips(assistant: Assistant) -> list[Clip]:
    store = assistant.store
    return [
        clip
        for recording in store.recordings.all()
        for clip in store.recordings.clips(recording.id)
    ]


def text_of(answer: dict[str, Any]) -> str:
    return " ".join(sentence["text"] for sentence in answer["sentences"])


def quotes(answer: dict[str, Any]) -> str:
    return " ".join(card["quote"] for card in answer["cards"])


def place(clip: Clip) -> dict[str, object]:
    span = moment(clip)
    return {"recording": clip.recording_id, "start": span.start, "end": span.end}


def remembered(assistant: Assistant) -> list[str]:
    """All rows of the home less the conversations that were held about it."""
    return [row for row in assistant.store.dump() if not row.startswith("conversation")]


def test_an_answer_streams_and_ends_with_everything(client: TestClient) -> None:
    answer = asked(client, CONCERT)
    assert answer["pieces"] == text_of(answer)
    assert answer["cards"][0]["seek"] in [card["seek"] for card in answer["first"]]
    assert answer["first"][0]["score"] == 1
    assert {"Maria", "Anna"} >= {who for card in answer["cards"] for who in card["people"]}
    assert answer["turn"]["question"] == CONCERT
    assert answer["why"]["candidates"][0]["share"] == 1
    assert any("concert" in line for line in answer["why"]["lines"])


def test_evidence_does_not_wait_for_a_chat_model_that_is_being_loaded(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[None] = []
    monkeypatch.setattr(assistant.brains, "chat_name", lambda: "qwen-1.5b")
    monkeypatch.setattr(assistant.brains, "chat", lambda: loads.append(None))
    stream = assistant.ask_stream(CONCERT)
    assert isinstance(next(stream), EvidenceCards)
    assert not loads
    *_, answer = stream
    assert loads
    assert isinstance(answer, Answer)
    assert "concert" in answer.text, "without its words the evidence answers"


@pytest.mark.parametrize(
    ("scope", "said", "unsaid"),
    [
        ({"people": ["Anna"]}, "Sunday", "Friday"),
        ({"people": ["Maria"]}, "Friday", "Sunday"),
        ({"devices": ["cam-1"]}, "concert", "book"),
        ({"begin": "2026-03-03T09:30:30", "end": "2026-03-03T09:31:00"}, "Sunday", "Friday"),
    ],
)
def test_a_filter_bounds_what_an_answer_rests_on(
    client: TestClient, scope: dict[str, object], said: str, unsaid: str
) -> None:
    answer = asked(client, CONCERT, **scope)
    assert not answer["abstained"]
    assert said in quotes(answer)
    assert unsaid not in quotes(answer) + text_of(answer)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({"people": ["Anna"]}, "Only moments with Anna were searched."),
        ({"devices": ["cam-2"]}, "Only moments recorded by cam-2 were searched."),
        ({"places": ["the bakery"]}, "Only moments at the bakery were searched."),
    ],
)
def test_an_abstention_names_the_filter_that_was_on(
    client: TestClient, scope: dict[str, object], words: str
) -> None:
    answer = asked(client, "Where is the market?", **scope)
    assert answer["abstained"]
    assert words in text_of(answer)
    assert words in answer["pieces"]


def test_what_is_not_it_is_left_out_until_that_is_taken_back(
    client: TestClient, clips: list[Clip]
) -> None:
    question = "What did I leave at the bakery?"
    assert "umbrella" in quotes(asked(client, question))
    body = place(clips[2]) | {"question": question}
    client.post("/api/ask/verdict", json=body | {"good": False}).raise_for_status()
    again = asked(client, "what did I leave at the bakery")
    assert "umbrella" not in quotes(again) + text_of(again)
    assert again["judged"]["wrong"] == 1
    assert "umbrella" in quotes(asked(client, "Where is my umbrella?")), "another question"
    client.post("/api/ask/forgive", json={"question": question}).raise_for_status()
    assert "umbrella" in quotes(asked(client, question))


def test_what_is_it_comes_first(client: TestClient, clips: list[Clip]) -> None:
    question = "What about the concert?"
    first = asked(client, question)["cards"][0]["start"]
    other = clips[1] if first < clips[1].span.start else clips[0]
    body = place(other) | {"question": question}
    client.post("/api/ask/verdict", json=body | {"good": True}).raise_for_status()
    assert other.span.start <= asked(client, question)["cards"][0]["start"] < other.span.end
    client.post("/api/ask/verdict", json=body | {"good": None}).raise_for_status()
    assert asked(client, question)["cards"][0]["start"] == first


def test_that_was_anna_not_maria_changes_answers_and_is_undone(
    client: TestClient, assistant: Assistant, clips: list[Clip]
) -> None:
    before = remembered(assistant)
    there = client.get("/api/ask/moment", params=place(clips[2])).json()
    assert there["people"] == ["Maria"]
    assert there["said"][0]["text"] == "I left my umbrella at the bakery."
    done = client.post("/api/ask/person", json=place(clips[2]) | {"who": "Maria", "to": "Anna"})
    assert done.json()["what"] == "Anna, not Maria: done."
    question = "Who talked about the umbrella?"
    answer = asked(client, question)
    assert answer["cards"][0]["people"] == ["Anna"]
    assert "Anna" in text_of(answer)
    assert "Maria" not in (assistant.store.memories.caption(clips[2].id) or "")
    assert "umbrella" in quotes(asked(client, question, people=["Anna"]))
    named = {one["name"]: one["voices"] for one in client.get("/api/people").json()["named"]}
    assert named["Anna"] > 0
    found = client.get("/api/search?q=person:Anna+umbrella").json()
    assert clips[2].id in [one["clip"] for one in found["moments"]]
    assert client.post("/api/ask/undo", json={"undo": done.json()["undo"]}).status_code == 200
    assert remembered(assistant) == before
    assert asked(client, question)["cards"][0]["people"] == ["Maria"]


def test_a_wrong_word_is_put_right_everywhere_and_undone(
    client: TestClient, assistant: Assistant, clips: list[Clip]
) -> None:
    before = remembered(assistant)
    said = client.get("/api/ask/moment", params=place(clips[3])).json()["said"][0]
    body = {"clip": said["clip"], "number": said["number"]}
    right = "We will meet at the museum on Monday."
    done = client.post("/api/ask/words", json=body | {"text": right}).json()
    answer = asked(client, "What about the museum?")
    assert "museum on Monday" in quotes(answer)
    assert asked(client, "What about the market?")["abstained"]
    found = {word: client.get(f"/api/search?q={word}").json() for word in ("museum", "market")}
    assert found["museum"]["moments"][0]["quotes"][0]["kind"] == "said"
    assert found["market"]["total"] == 0
    summaries = assistant.store.memories.overlapping("hour")
    assert not any("market" in memory.text for memory in summaries)
    assert client.post("/api/ask/words", json=body | {"text": right}).status_code == 409
    client.post("/api/ask/undo", json={"undo": done["undo"]}).raise_for_status()
    assert remembered(assistant) == before


def test_a_transcript_that_names_its_speakers_is_put_right_as_well(
    client: TestClient, clips: list[Clip]
) -> None:
    evening = clips[4]
    question = "What was said about the boiler?"
    assert asked(client, question)["cards"][0]["people"] == ["Tom"]
    body = place(evening) | {"who": "tom", "to": "Ben"}
    done = client.post("/api/ask/person", json=body).json()
    assert asked(client, question, people=["Ben"])["cards"][0]["people"] == ["Ben"]
    assert client.post("/api/ask/person", json=body).status_code == 409
    client.post("/api/ask/undo", json={"undo": done["undo"]}).raise_for_status()
    assert asked(client, question)["cards"][0]["people"] == ["Tom"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("person", {"recording": "none", "start": 0, "end": 1, "who": "A", "to": "B"}, 409),
        ("verdict", {"recording": "x", "start": 1e300, "end": 1, "question": "x", "good": 1}, 422),
        ("verdict", {"recording": "x", "start": 2, "end": 1, "question": "x", "good": True}, 409),
        ("words", {"clip": "none", "number": 0, "text": "x"}, 409),
        ("words", {"clip": "none", "number": -1, "text": "x"}, 422),
        ("undo", {"undo": "words:999999"}, 409),
        ("undo", {"undo": "people:1:"}, 409),
        ("undo", {"undo": "drop table"}, 422),
        ("stream", {"question": "x", "scope": {"people": ["Zoe"]}}, 422),
        ("stream", {"question": "x", "scope": {"devices": ["cam-9"]}}, 422),
        ("stream", {"question": "x", "scope": {"begin": "no time"}}, 422),
        ("stream", {"question": "x", "scope": {"begin": "2026-03-02", "end": "2026-03-01"}}, 422),
        *(("stream", {"question": "x", "scope": {"people": [w]}}, 422) for w in HOSTILE_WORDS),
        ("stream", {"question": "x" * 5000}, 422),
        ("stream", {"question": "\0 "}, 422),
        ("words", {"clip": "\ud800", "number": 0, "text": "\0"}, 409),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(
    client: TestClient, path: str, body: dict[str, object], status: int
) -> None:
    sent = json.dumps(body)
    headers = {"Content-Type": "application/json"}
    assert client.post(f"/api/ask/{path}", content=sent, headers=headers).status_code == status


def test_home_offers_what_is_there_and_questions_of_this_life(client: TestClient) -> None:
    home = client.get("/api/ask/home").json()
    assert home["people"] == ["Maria", "Anna", "Tom"]
    assert home["devices"] == ["cam-1", "cam-2"]
    day, *others = home["suggestions"][:3]
    year = "" if datetime.now().year == 2026 else " 2026"
    assert day == f"What happened on Tuesday 3 March{year}?"
    assert others == ["What did Maria say?", "When did I last see Anna?"]
    assert "Speech cannot be recognised yet" in home["voice"]
    chinese = client.get("/api/ask/home", headers={"accept-language": "zh"}).json()
    assert any(one.startswith("Maria说") for one in chinese["suggestions"])


def test_every_suggestion_has_an_answer(client: TestClient) -> None:
    suggestions = client.get("/api/ask/home").json()["suggestions"][:3]
    assert len(suggestions) == 3
    for question in suggestions:
        answer = asked(client, question)
        assert not answer["abstained"], question


def test_the_command_line_keeps_to_the_same_filters(
    assistant: Assistant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(assistant.home / "no-weights"))

    def ask(*options: str) -> str:
        status = main(["ask", CONCERT, "--home", str(assistant.home), *options])
        printed = capsys.readouterr()
        return printed.out if status == 0 else printed.err

    assert "Sunday" in ask("--person", "Anna")
    assert "Friday" not in ask("--person", "Anna", "--from", "2026-03-03 09:30")
    assert "Only moments recorded by cam-2" in ask("--device", "cam-2")
    assert "Only moments before" in ask("--to", "2026-03-03 09:00")
    assert "nobody called Zoe" in ask("--person", "Zoe")
    assert "no device cam-9" in ask("--device", "cam-9")


def sound(seconds: float, kind: str = "ogg") -> bytes:
    """A recording as a browser makes it."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as file:
        stream = file.add_stream("libopus" if kind in ("ogg", "webm") else "pcm_s16le", rate=48_000)
        samples = (tone(seconds * 3, 330, 0.2) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 48_000
        file.mux([*stream.encode(frame), *stream.encode(None)])
    return out.getvalue()


@pytest.mark.parametrize("kind", ["ogg", "webm", "wav"])
def test_what_browsers_record_is_decoded_in_memory(kind: str) -> None:
    assert decoded(sound(1.0, kind)).size == pytest.approx(16_000, abs=800)


@pytest.mark.parametrize("data", [b"", b"no sound", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"])
def test_what_is_no_recording_is_not_heard(data: bytes) -> None:
    with pytest.raises(NotHeard):
        decoded(data)


def test_a_spoken_question_is_bounded(assistant: Assistant) -> None:
    with pytest.raises(NotHeard, match="30 seconds"):
        decoded(sound(40.0))
    with pytest.raises(NotHeard, match="30 seconds"):
        decoded(b"x" * (MOST_BYTES + 1))
    with pytest.raises(NotHeard, match="cannot be recognised"):
        VoiceTranscriber(assistant.brains).words(b"x")


@pytest.mark.model
def test_a_spoken_question_becomes_words(tmp_path: Path) -> None:
    if not WeightStore().has("whisper-tiny.en"):
        pytest.skip("needs weights: egobutler models fetch whisper-tiny.en")
    opened = Assistant.open(Settings(tmp_path / "home", preset="small", speech="whisper-tiny.en"))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        spoken = np.concatenate([silence(0.5), speak("Where did I put the phone charger?")])
        file.writeframes((spoken * 32767).astype("<i2").tobytes())
    words = VoiceTranscriber(opened.brains).words(out.getvalue()).lower()
    assert "phone charger" in words
    opened.close()


class Gone:
    """A browser that has closed its page."""

    async def is_disconnected(self) -> bool:
        return True


def test_work_is_told_to_stop_when_the_browser_has_gone() -> None:
    seen = threading.Event()

    def work(tell: object, over: Over) -> None:
        if over.wait(20):
            seen.set()

    async def read() -> list[str]:
        return [line async for line in lines(Gone(), work)]  # type: ignore[arg-type]

    assert asyncio.run(read()) == []
    assert seen.wait(20)


def test_questions_wait_their_turn_and_too_many_are_refused(assistant: Assistant) -> None:
    desk, told = AskService(assistant), list[dict[str, Any]]()
    over = Over()
    for _ in range(AT_ONCE):
        desk._turns.acquire()
    waiting = threading.Thread(
        target=desk.answer, args=("x", EVERYTHING, (), told.append, over), daemon=True
    )
    waiting.start()
    while len(told) < 2:
        time.sleep(0.01)
    assert [one["kind"] for one in told] == ["asked", "waiting"]
    desk._waiting = WAITING
    with pytest.raises(TooMany):
        desk.answer("x", EVERYTHING, (), told.append, over)
    over.set()
    waiting.join(20)
    assert len(told) == 2


def test_failure_while_answering_is_a_sentence(tmp_path: Path) -> None:
    closed = Assistant.open(Settings(tmp_path / "home", weights=tmp_path))
    closed.close()
    told: list[dict[str, Any]] = []
    AskService(closed).answer("What happened?", EVERYTHING, (), told.append, Over())
    assert told[-1]["kind"] == "error"
    assert told[-1]["message"].startswith("I could not answer that")
