"""Text → picture from end to end: a setting, a home, vectors from its thumbnails, an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.ask.answer_page import answer_page
from app.ask.photo_question import where_was_this
from app.assistant import Assistant
from app.core.settings import Settings
from app.models.photo import NoPhoto, address_of, read_photo
from app.presentation.answer_text import answer_text
from app.presentation.rendering import answer_json
from egogpt.embedders.image_registry import UnknownPictureEmbedder, load_picture_embedder
from memory.types.core import EVERYTHING, Scope, Span
from tests.app.homes import MORNING, Line, remember
from tests.egogpt import picture_models
from tests.media import scene

QUESTION = "Where did I see the zebra?"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"siglip2:{picture_models.siglip_folder(tmp_path_factory.mktemp('siglip'))}"


@pytest.fixture
def assistant(tmp_path: Path, model: str) -> Iterator[Assistant]:
    """A walk of twelve clips in front of a model that has looked at all of its pictures."""
    opened = Assistant.open(
        Settings(tmp_path / "home", weights=tmp_path / "no-weights", pictures=model)
    )
    lines = [Line("I walk along a street.") for _ in range(12)]
    remember(opened.store, "walk", MORNING, lines, tmp_path / "no film")
    opened.queue.work.catch_up(None)
    yield opened
    opened.close()


def plant(assistant: Assistant, model: str, clip: int, words: str) -> None:
    """Makes one picture what these words describe, as a trained model would find it."""
    lens = load_picture_embedder(model)
    store = assistant.store
    (kept,) = [one for one in store.pictures.missing("nobody") if f"{clip:04}" in one.clip_id[-4:]]
    store.pictures.put(lens.name, [kept], lens.embed_documents([words]))


def test_a_picture_is_found_by_words_that_nobody_said(assistant: Assistant, model: str) -> None:
    plant(assistant, model, 8, "a photo of zebra")
    answer = assistant.ask(QUESTION, at=MORNING + 7200)
    (cited,) = answer.citations
    assert cited.span.start == MORNING + 8 * 30 + 5
    said = answer_text(answer, assistant.store, "UTC")
    assert "Today at 09:34 a picture was taken that may show it." in said
    assert "12 pictures were compared with the question's words" in said
    shown = answer_json(answer, assistant.store, "UTC", explain=True)
    assert shown["explanation"]["pictures"]["found"][0]["at"] == cited.span.start
    why = answer_page(answer, assistant.store, "UTC", MORNING + 7200)["why"]
    assert any("12 pictures were compared" in line for line in why["lines"])


def test_a_photo_finds_where_its_like_was_seen(
    assistant: Assistant, model: str, tmp_path: Path
) -> None:
    Image.fromarray(scene(5, 320, 240)).save(tmp_path / "lamp.jpg")
    photo, lens = read_photo(tmp_path / "lamp.jpg"), load_picture_embedder(model)
    assert address_of(photo).startswith("data:image/jpeg;base64,")
    for n, kept in enumerate(assistant.store.pictures.missing("nobody")):
        here = kept.clip_id.endswith("0008")
        vector = lens.embed_pictures([photo]) if here else lens.embed_documents([f"street {n}"])
        assistant.store.pictures.put(lens.name, [kept], vector)
    answer = where_was_this(assistant, photo, EVERYTHING)
    assert answer.citations[0].span.start == MORNING + 8 * 30 + 3
    assert answer.text == "These moments look most like your photo."
    nothing = where_was_this(assistant, photo, Scope(span=Span(0.0, 1.0)))
    assert (nothing.abstained, nothing.citations) == (True, ())
    (tmp_path / "lamp.jpg").write_bytes(b"no picture")
    with pytest.raises(NoPhoto):
        read_photo(tmp_path / "lamp.jpg")


def test_what_is_deleted_is_not_found_any_more(assistant: Assistant, model: str) -> None:
    plant(assistant, model, 8, "a photo of zebra")
    assistant.store.delete_recording(assistant.store.recordings.all()[0].id)
    answer = assistant.ask(QUESTION, at=MORNING + 7200)
    assert not answer.citations


def test_without_a_model_the_answer_says_how_pictures_were_searched(tmp_path: Path) -> None:
    opened = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    remember(opened.store, "walk", MORNING, [Line("I walk.")], tmp_path / "no film")
    answer = opened.ask(QUESTION, at=MORNING + 7200)
    assert "no image–text model is in use" in answer_text(answer, opened.store, "UTC")
    assert "no image–text model is in use" in answer_json(answer, opened.store, "UTC")["pictures"]
    opened.close()


def test_a_model_that_is_not_there_is_said_once_and_costs_nothing(tmp_path: Path) -> None:
    opened = Assistant.open(
        Settings(
            tmp_path / "home", weights=tmp_path / "no-weights", pictures=f"siglip2:{tmp_path}/none"
        )
    )
    remember(opened.store, "walk", MORNING, [Line("I walk along a street.")], tmp_path / "no film")
    assert opened.preset_note.count("cannot be used (There is no folder") == 1
    opened.queue.work.catch_up(None)
    assert opened.ask("Where was the street?", at=MORNING + 7200).citations
    opened.close()


def test_a_name_that_cannot_be_a_model_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnknownPictureEmbedder, match="KIND:PLACE"):
        Assistant.open(Settings(tmp_path, pictures="clip"))


def test_the_environment_names_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOBUTLER_PICTURES", "siglip2:/nowhere/at/all")
    opened = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    assert "siglip2:/nowhere/at/all cannot be used" in opened.preset_note
    opened.close()
    other = Assistant.open(
        Settings(tmp_path / "home", weights=tmp_path / "no-weights", pictures="none")
    )
    assert "cannot be used" not in other.preset_note
    other.close()
