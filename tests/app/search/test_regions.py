"""A marked part of a picture from end to end: a film, kept pictures, and eyes that see squares."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from app.assistant import Assistant
from app.core.settings import Settings
from app.routes.questions.search import search_router
from app.search import regions
from app.web.static_files import STATIC
from egogpt.embedders.image_registry import load_picture_embedder
from ingest.vision.detectors.boxes import Box, Detection, Picture
from ingest.vision.detectors.face_identity import IDENTITY_VERSION
from ingest.vision.detectors.image_tags import Tag
from ingest.vision.regions import RegionReader
from memory.db.media_files import Thumbnail
from memory.store.store import Store
from memory.types.core import BiometricPrint, Frame, Recording, Sighting, Span
from memory.types.deletion import DeletionRequest
from tests.app.homes import MORNING, Line, jpeg, remember
from tests.app.some_routes import app_of
from tests.app.web.test_reply_types import Types
from tests.conftest import without_models
from tests.egogpt import picture_models
from tests.media import make_video, plain, scene

RED, BLUE, GREY = (200, 30, 30), (30, 30, 200), (128, 128, 128)
CUPS = [(RED, 20), (BLUE, 60), (RED, 200), (None, 0), (RED, 120)]  # of each half-minute: colour, x
SIZE = 80  # pixels of a cup
FACE = np.eye(128, dtype=np.float32)[0]


def picture(number: int) -> NDArray[np.uint8]:
    colour, x = CUPS[number]
    shown = plain(GREY, 320, 180)
    if colour:
        shown[60 : 60 + SIZE, x : x + SIZE] = colour
    return shown


class Squares:
    """A detector of coloured squares, a tagger and features that know the mean colour."""

    def detect(self, image: Picture) -> list[Detection]:
        rows, columns = np.nonzero(np.ptp(image.astype(int), axis=2) > 60)
        if not len(rows):
            return []
        height, width = image.shape[:2]
        edges = columns.min() / width, rows.min() / height, columns.max() / width
        return [Detection("cup", 0.9, (*edges, rows.max() / height))]

    def tag(self, image: Picture, threshold: float) -> list[Tag]:
        return []

    def features(self, image: Picture) -> NDArray[np.float32]:
        mean = image.reshape(-1, 3).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)


class Eyes(RegionReader):
    """The reader with these parts; it reads one word anywhere, and sees who is set."""

    def __init__(self) -> None:
        self._objects = self._tags = self._features = Squares()  # type: ignore[assignment]
        self.faces: list[NDArray[np.float32]] = []

    def text(self, image: Picture, marked: Box) -> list[str]:
        return ["EXIT"]

    def _prints(self, image: Picture, marked: Box) -> list[NDArray[np.float32]]:
        return self.faces


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> Eyes:
    reader = Eyes()
    monkeypatch.setattr(regions, "load_reader", lambda _: reader)
    return reader


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and a home of it, as they are before each test.

    Five half-minutes: a red cup, a blue one, the red one, nothing, the red one.
    """
    place = tmp_path_factory.mktemp("made")
    pictures = [picture(number) for number in range(len(CUPS))]
    film = make_video(place / "kitchen.mp4", pictures, seconds=30.0 * len(CUPS), fps=1)
    store = Store.open(place / "home")
    lines = [Line(f"Half-minute {number}.") for number in range(len(CUPS))]
    recording = remember(store, "kitchen", MORNING, lines, film)
    for number, clip in enumerate(store.recordings.clips(recording.id)):
        path = store.media.thumbnail_path(recording.id, clip.id, 0)
        store.media.write(path, jpeg(pictures[number]))
        kept = {clip.id: [Thumbnail(clip.span.start + 5, path)]}
        store.perceptions.write_pictures("pictures", "pictures-1", kept)
        if CUPS[number][0]:
            seen = [Sighting(clip.span, "object", "cup", 0.9, (0.1, 0.3, 0.3, 0.8))]
            store.perceptions.write_sightings("sights", "1", {clip.id: seen})
    store.close()
    return place


@pytest.fixture
def assistant(made: Path, tmp_path: Path) -> Iterator[Assistant]:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with without_models(tmp_path) as opened:
        (known,) = opened.store.recordings.all()
        opened.store.recordings.update(replace(known, path=str(tmp_path / "kitchen.mp4")))
        yield opened


@pytest.fixture
def kitchen(assistant: Assistant) -> Recording:
    return assistant.store.recordings.all()[0]


@pytest.fixture
def client(assistant: Assistant, eyes: Eyes) -> Iterator[TestClient]:
    with TestClient(app_of(assistant.home, search_router(assistant))) as opened:
        yield opened


def asked(client: TestClient, recording: str, at: float, **more: Any) -> Any:
    reply = client.get("/api/search/region", params={"recording": recording, "at": at, **more})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_thing_is_named_and_found_where_the_same_was_seen(
    client: TestClient, kitchen: Recording
) -> None:
    part = {"left": 0.02, "top": 0.3, "right": 0.36, "bottom": 0.8}
    answer = asked(client, kitchen.id, 8.0, **part)
    named = answer["names"][0]
    assert (named["kind"], named["name"], named["sure"]) == ("thing", "cup", 0.9)
    assert answer["names"][-1]["name"] == "EXIT"
    assert answer["box"] == pytest.approx([20 / 320, 60 / 180, 100 / 320, 140 / 180], abs=0.02)
    assert [moment["seek"] for moment in answer["same"]] == [125.0, 65.0]
    assert [moment["seek"] for moment in answer["others"]] == [35.0]
    assert answer["same"][0]["time"] == "09:32:05"
    assert answer["same"][0]["picture"].startswith(f"/thumbnails/{kitchen.id}/")
    assert answer["note"] == ("3 of 3 other moments with such a thing were compared by their look.")
    types = Types((STATIC / "types.d.ts").read_text(encoding="utf-8"))
    assert types.fits(answer, "RegionAnswer") == ""


def test_what_was_forgotten_is_not_shown(
    client: TestClient, assistant: Assistant, kitchen: Recording
) -> None:
    assistant.privacy.forget(DeletionRequest(span=Span(MORNING + 60, MORNING + 90)))
    assert [moment["seek"] for moment in asked(client, kitchen.id, 8.0)["same"]] == [125.0]
    gone = client.get("/api/search/region", params={"recording": kitchen.id, "at": 70.0})
    assert (gone.status_code, gone.json()["detail"]) == (409, "This moment was forgotten.")
    cut = replace(kitchen, sha256="0" * 64)  # as a file is of which that was cut
    assistant.store.recordings.update(cut)
    gone = client.get("/api/search/region", params={"recording": kitchen.id, "at": 70.0})
    assert (gone.status_code, gone.json()["detail"]) == (409, "This moment was forgotten.")
    assistant.privacy.forget(DeletionRequest(recording_id=kitchen.id))
    gone = client.get("/api/search/region", params={"recording": kitchen.id, "at": 8.0})
    assert (gone.status_code, "was forgotten" in gone.json()["detail"]) == (409, True)


def test_a_face_is_a_person_who_was_met_elsewhere(
    client: TestClient, assistant: Assistant, kitchen: Recording, eyes: Eyes
) -> None:
    clips = assistant.store.recordings.clips(kitchen.id)
    for number in (0, 3):
        clip = clips[number]
        found = BiometricPrint(number + 1, "face", clip.id, clip.span, FACE, IDENTITY_VERSION, 0.9)
        prints = {clip.id: [found]}
        assistant.store.perceptions.write_sightings("faces", "1", {clip.id: []}, prints=prints)
    assistant.store.people.assign([clip.id for clip in clips])
    (person,) = assistant.store.people.all()
    eyes.faces = [FACE]
    answer = asked(client, kitchen.id, 8.0)
    assert (answer["names"][0]["kind"], answer["names"][0]["search"]) == ("person", "")
    assert [moment["seek"] for moment in answer["same"]] == [95.0]
    assert answer["same"][0]["why"] == []
    assistant.store.people.name(person.id, "Anna")
    named = asked(client, kitchen.id, 8.0)["names"][0]
    assert (named["name"], named["search"]) == ("Anna", 'person:"Anna"')
    assistant.privacy.forget(DeletionRequest(span=Span(MORNING + 90, MORNING + 120)))
    alone = asked(client, kitchen.id, 8.0)
    assert (alone["same"], alone["note"]) == ([], "No other meeting is recorded.")
    eyes.faces = [np.eye(128, dtype=np.float32)[1]]  # somebody else's
    assert asked(client, kitchen.id, 8.0)["names"][0]["name"] == "cup"


def test_of_two_faces_the_moments_of_both_are_told(
    client: TestClient, assistant: Assistant, kitchen: Recording, eyes: Eyes
) -> None:
    clips, faces = assistant.store.recordings.clips(kitchen.id), np.eye(128, dtype=np.float32)[:2]
    shown = [(0, 0), (0, 1), (2, 1), (3, 0), (4, 0), (4, 1)]  # in which half-minute, whose face
    prints: dict[str, list[BiometricPrint]] = {clip.id: [] for clip in clips}
    for number, (half, face) in enumerate(shown):
        clip = clips[half]
        found = BiometricPrint(
            number + 1, "face", clip.id, clip.span, faces[face], IDENTITY_VERSION, 0.9
        )
        prints[clip.id].append(found)
    nothing: dict[str, list[Sighting]] = {clip.id: [] for clip in clips}
    assistant.store.perceptions.write_sightings("faces", "1", nothing, prints=prints)
    assistant.store.people.assign([clip.id for clip in clips])
    for face, name in zip(faces, ("Anna", "Ben")):
        (person,) = assistant.store.people.of_faces([face], IDENTITY_VERSION)
        assistant.store.people.name(person.id, name)
    eyes.faces = [*faces]
    answer = asked(client, kitchen.id, 8.0)
    assert [name["name"] for name in answer["names"][:2]] == ["Anna", "Ben"]
    told = [(moment["seek"], moment["why"]) for moment in answer["same"]]
    assert told == [(125.0, ["Anna", "Ben"]), (95.0, ["Anna"]), (65.0, ["Ben"])]


def test_others_of_a_kind_are_told_though_a_person_is_in_the_same_place(
    client: TestClient, kitchen: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    detect = Squares.detect

    def with_somebody(self: Squares, image: Picture) -> list[Detection]:
        cups = detect(self, image)
        return [*cups, *(Detection("person", 0.6, cup.box) for cup in cups)]

    monkeypatch.setattr(Squares, "detect", with_somebody)
    part = {"left": 0.02, "top": 0.3, "right": 0.36, "bottom": 0.8}
    answer = asked(client, kitchen.id, 8.0, **part)
    assert [name["name"] for name in answer["names"][:2]] == ["cup", "person"]
    assert [moment["seek"] for moment in answer["others"]] == [35.0]


def test_where_nobody_was_seen_again_a_sentence_says_so(
    client: TestClient,
    assistant: Assistant,
    kitchen: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    detect = Squares.detect
    monkeypatch.setattr(
        Squares,
        "detect",
        lambda self, image: [replace(cup, what="person") for cup in detect(self, image)],
    )
    clip = assistant.store.recordings.clips(kitchen.id)[1]  # the blue one's
    seen = [Sighting(clip.span, "object", "person", 0.9, (0.1, 0.3, 0.3, 0.8))]
    assistant.store.perceptions.write_sightings("sights", "2", {clip.id: seen})
    answer = asked(client, kitchen.id, 8.0, left=0.02, top=0.3, right=0.36, bottom=0.8)
    assert answer["same"] == answer["others"] == []
    assert answer["note"].startswith("No other picture shows this one for sure. 1 of 1 other")


def test_what_a_kind_of_picture_is_is_told_where_it_is_probably_so(
    client: TestClient, kitchen: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = asked(client, kitchen.id, 100.0, left=0.9, right=1.0, top=0.0, bottom=0.1)
    assert [name["kind"] for name in answer["names"]] == ["text"]
    assert answer["same"] == answer["others"] == []
    assert answer["note"].startswith("Nothing that has a name here was recognised.")
    sure = 0.43
    monkeypatch.setattr(Squares, "detect", lambda *_: [])
    monkeypatch.setattr(
        Squares,
        "tag",
        lambda self, image, threshold: [Tag("geyser", sure)] if sure >= threshold else [],
    )
    part = {"left": 0.0, "top": 0.2, "right": 0.5, "bottom": 0.9}
    answer = asked(client, kitchen.id, 8.0, **part)
    assert answer["names"] == []
    assert answer["note"].startswith("Nothing that has a name here was recognised.")
    sure = 0.6
    assert asked(client, kitchen.id, 8.0, **part)["names"][0]["name"] == "geyser"


def test_what_has_no_name_is_found_by_an_image_text_model(
    tmp_path: Path, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = f"siglip2:{picture_models.siglip_folder(tmp_path / 'siglip')}"
    with Assistant.open(
        Settings(tmp_path / "home", weights=tmp_path / "no-weights", pictures=model)
    ) as assistant:
        lines = [Line("I walk along a street.") for _ in range(12)]
        walk = remember(assistant.store, "walk", MORNING, lines)
        lens = load_picture_embedder(model)
        for number, kept in enumerate(assistant.store.pictures.missing("nobody")):
            vectors = lens.embed_documents([f"street {number}"])
            if kept.clip_id.endswith("0008"):
                vectors = lens.embed_pictures([Frame(0.0, scene(1, 320, 180))])
            assistant.store.pictures.put(lens.name, [kept], vectors)
        monkeypatch.setattr(Squares, "detect", lambda *_: [])
        with TestClient(app_of(assistant.home, search_router(assistant))) as client:
            answer = asked(client, walk.id, 40.0)
    assert [name["kind"] for name in answer["names"]] == []
    shown = answer["same"] + answer["others"]
    assert [moment["seek"] for moment in shown] == [8 * 30 + 5]


def test_what_cannot_be_looked_at_is_refused_in_a_sentence(
    client: TestClient, assistant: Assistant, kitchen: Recording
) -> None:
    at = {"recording": kitchen.id, "at": 1}
    for more, status, words in (
        ({"recording": "nowhere"}, 409, "was forgotten, or never was"),
        ({"left": 0.5, "right": 0.5}, 422, "too small"),
        ({"left": -1}, 422, "greater than or equal to 0"),
        ({"at": "nan"}, 422, "finite"),
        ({"at": 5000}, 409, "There is no picture here"),
    ):
        reply = client.get("/api/search/region", params=at | more)
        assert (reply.status_code, words in reply.text) == (status, True), reply.text
    Path(kitchen.path).unlink()
    reply = client.get("/api/search/region", params=at)
    assert (reply.status_code, "is not here" in reply.json()["detail"]) == (409, True)


def test_without_weights_the_answer_says_what_to_fetch(
    assistant: Assistant, kitchen: Recording
) -> None:
    with TestClient(app_of(assistant.home, search_router(assistant))) as client:
        reply = client.get("/api/search/region", params={"recording": kitchen.id, "at": 1})
    assert reply.status_code == 409
    assert "egobutler models fetch yolox-nano efficientnet-lite3" in reply.json()["detail"]
