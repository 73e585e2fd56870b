"""Search: what was said, seen, read and meant is found, by whom, when and in which order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.assistant import Assistant
from app.commands.main import main
from app.routes.questions.search import search_router
from app.search.highlight import Needles, marked, shortened
from app.search.service import SearchService
from egorag.moment_search.query import parse
from tests.app.homes import HOSTILE, MORNING, Line, remember
from tests.app.party import party
from tests.app.some_routes import app_of

Find = Callable[..., dict[str, Any]]
DRAWER = "I put the phone charger in the blue drawer."
BREAKFAST = (
    Line("I make coffee in the kitchen; a cup is in view.", "First a cup of coffee."),
    Line(f'I put something into a drawer. Mr. Roe: "{DRAWER}"', DRAWER),
    Line("I walk along a street with parked cars."),
    Line("Four people sit on a bench, and a dog runs past it."),
    Line(None),
)


@pytest.fixture(scope="module")
def home(empty_home: Assistant) -> Assistant:
    """Three mornings: one of people, one of words, one of attacks."""
    file = empty_home.home.parent / "nothing.mp4"  # nothing here is decoded
    file.write_bytes(b"")
    party(empty_home.store, MORNING - 86_400.0, file)
    remember(empty_home.store, "breakfast", MORNING, BREAKFAST, file)
    attacks = [Line(text, f"the charger says {text}") for text in HOSTILE]
    remember(empty_home.store, "hostile", MORNING + 86_400, attacks, file)
    talker = next(one for one in empty_home.store.people.all() if one.voices == 2)
    empty_home.store.people.name(talker.id, "Anna Lind")
    return empty_home


@pytest.fixture(scope="module")
def client(home: Assistant) -> Iterator[TestClient]:
    routes = app_of(home.home, search_router(home))
    with TestClient(routes) as opened:
        yield opened


@pytest.fixture
def find(client: TestClient) -> Find:
    def search(query: str, **more: Any) -> dict[str, Any]:
        reply = client.get("/api/search", params={"q": query, "at": MORNING + 10 * 86_400, **more})
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    return search


def marks(pieces: list[Any]) -> list[str]:
    return [text for text, hit in pieces if hit]


def test_what_was_said_is_found_where_it_was_said(find: Find) -> None:
    found = find("charger drawer")
    first = found["moments"][0]
    assert first["why"][0] == "said"
    assert marks(first["quotes"][0]["pieces"]) == ["charger", "drawer"]
    caption = "".join(text for text, _ in first["caption"])
    assert caption == "I put something into a drawer.", "what is quoted is not said again"
    assert (first["seek"], first["time"]) == (34.0, "09:30:34")
    assert first["picture"].startswith("/thumbnails/breakfast-")


def test_other_forms_of_a_word_are_found_and_marked(find: Find) -> None:
    found = find("parking streets")
    assert marks(found["moments"][0]["caption"]) == ["street", "parked"]
    (moment,) = find("seen:person on:2026-03-03")["moments"]
    assert marks(moment["caption"]) == ["people"]


def test_a_caption_that_only_quotes_is_no_sight(find: Find) -> None:
    assert find("umbrella")["moments"][0]["why"] == ["said"]
    assert find("platform")["moments"][0]["why"] == ["text"]
    assert find("street")["moments"][0]["why"] == ["seen"]


def test_a_sign_is_found_as_text_and_only_there(find: Find) -> None:
    (moment,) = find('text:"platform 4"')["moments"]
    assert moment["why"][0] == "text"
    assert marks(moment["quotes"][0]["pieces"]) == ["PLATFORM 4"]
    assert find("said:platform")["total"] == 0
    assert find("platform in:said")["total"] == 0
    assert find("platform in:text")["total"] == 1


@pytest.mark.parametrize("query", ["咖啡", "明天喝咖啡", "said:喝咖啡", "“去喝咖啡”"])
def test_chinese_is_found_by_words(find: Find, query: str) -> None:
    first = find(query)["moments"][0]
    assert "said" in first["why"]
    assert "咖啡" in "".join(marks(first["quotes"][0]["pieces"]))


def test_a_thing_that_only_a_detector_saw_is_found(find: Find) -> None:
    for query in ("cup", "seen:cups"):
        assert find(query, sort="oldest")["moments"][0]["recording"].startswith("party")


def test_a_person_is_found_where_seen_or_heard(find: Find) -> None:
    assert find("person:Anna")["total"] == 2
    assert find('person:"anna lind"')["total"] == 2
    assert find("person:Anna umbrella")["total"] == 1
    assert find("person:Nobody")["total"] == 0
    assert "person" in find("Anna Lind")["moments"][0]["why"]


def test_days_and_times_bound_what_is_found(find: Find) -> None:
    assert find("charger on:2026-03-03")["total"] == 1
    assert find("charger on:2026-03-02")["total"] == 0
    assert find("before:2026-03-03")["total"] == 6
    assert find("after:2026-03-04")["total"] == 5
    assert find("on:2026-03 person:Anna")["total"] == 2
    assert find("after:2026-03-05 before:2026-03-04")["total"] == 0


def test_times_in_words_are_understood_unless_taken_literally(find: Find) -> None:
    morning = find("charger last Tuesday", at=MORNING + 4 * 86_400)
    assert morning["time"]["label"] == "Tue 3 Mar 2026"
    assert {one["day"] for one in morning["moments"]} == {"2026-03-03"}
    literal = find("charger last Tuesday", at=MORNING + 4 * 86_400, literal=True)
    assert literal["time"] is None
    assert literal["total"] > morning["total"]


def test_what_cannot_be_understood_is_told_and_can_be_taken_away(find: Find) -> None:
    found = find("dog on:nonsense in:nowhere")
    assert len(found["notes"]) == 2
    assert [chip["strange"] for chip in found["chips"]] == [True, True]
    assert found["chips"][0]["rest"] == "dog in:nowhere"
    assert found["total"] == 1
    blind = find("looks:a man on a stage")
    assert blind["total"] == 0
    assert "needs an image–text model" in blind["notes"][0]
    assert [chip["value"] for chip in blind["chips"]] == ["a man on a stage"]


def test_the_last_word_may_go_on_while_it_is_typed(find: Find) -> None:
    assert find("umbr", typing=True)["total"] == 1
    assert find("umbr")["total"] == 0


def test_nothing_of_what_is_not_yet_over_is_found(find: Find) -> None:
    assert find("coffee", at=MORNING - 86_400)["total"] == 0
    assert find("", at=MORNING)["moments"] == []


@given(st.integers(1, 7), st.sampled_from(["best", "newest", "oldest"]), st.booleans())
@settings(max_examples=12)
def test_pages_give_each_moment_once(home: Assistant, size: int, order: Any, fresh: bool) -> None:
    desk = SearchService(home.store, home.brains)
    asked: dict[str, Any] = {"timezone": "UTC", "order": order, "at": MORNING + 10 * 86_400}
    whole = desk.search("I coffee the walk says", limit=100, **asked)
    every = [one.place.clip_id for one in whole.moments]
    assert len(every) == len(set(every)) == whole.total > 5
    paged: list[str] = []
    for offset in range(0, whole.total + size, size):
        desk = SearchService(home.store, home.brains) if fresh else desk
        page = desk.search("I coffee the walk says", limit=size, offset=offset, **asked)
        paged += [one.place.clip_id for one in page.moments]
    assert paged == every


def test_attacks_come_as_pieces_of_text(find: Find) -> None:
    found = find("charger pwned evil example", limit=50)["moments"]
    pieces = [piece for moment in found for quote in moment["quotes"] for piece in quote["pieces"]]
    assert all(isinstance(text, str) for text, _ in pieces)
    said = "".join(text for text, _ in pieces)
    assert "<script>" in said, "the attacks themselves were found, and are text"


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 1000}, {"offset": -1}, {"sort": "x"}, {"at": "nan"}, {"at": 1e30},
     {"q": "x" * 501}],
)  # fmt: skip
def test_bounds_are_kept(client: TestClient, query: dict[str, Any]) -> None:
    assert client.get("/api/search", params=query).status_code == 422


@given(st.text(max_size=60))
def test_no_query_fails(home: Assistant, text: str) -> None:
    desk = SearchService(home.store, home.brains)
    known = desk.search("charger", timezone="Asia/Shanghai", typing=True).moments
    assert known
    found = desk.search(text, timezone="Asia/Shanghai", typing=True)
    for moment in (*known, *found.moments):
        assert "".join(piece for piece, _ in moment.caption).strip(" …") in moment.place.text


@given(st.text(max_size=400), st.text(max_size=30))
def test_marked_pieces_are_the_text(text: str, query: str) -> None:
    needles = Needles.of(parse(query), parse(query).words, typing=True)
    pieces = marked(text, needles)
    assert "".join(piece for piece, _ in pieces) == text
    shown = "".join(piece for piece, _ in shortened(pieces, 80))
    assert shown.removeprefix("… ").removesuffix(" …") in text


def test_the_command_finds_the_same(
    home: Assistant,
    find: Find,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: Any,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path))
    place = ["--home", str(home.home), "--preset", "small"]
    assert main(["search", "charger", "drawer", "--json", *place]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["moments"] == find("charger drawer", limit=10)["moments"]
    assert main(["search", 'text:"platform 4"', *place]) == 0
    assert "“**PLATFORM 4**”" in capsys.readouterr().out
    assert main(["search", "x" * 600, *place]) == 1
