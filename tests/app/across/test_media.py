"""Films and pictures of others: played while their owner lets them be, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.http.security import ListenConfig
from memory.types.core import Scope, Span
from tests.app.across.films import Films, make_homes
from tests.app.auth.place import server
from tests.app.doors import ADDRESS, ANNA, BEN, OURS, sign_in
from tests.app.homes import MORNING
from tests.conftest import without_models


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Films, TestClient]]:
    """A browser at a server that holds Jake's home and Alice's."""
    make_homes(place := tmp_path_factory.mktemp("house"))
    films, headers = Films(place), dict(OURS)
    with without_models(place) as assistant:
        app = server(assistant, films.accounts, ListenConfig())
        with TestClient(app, base_url=ADDRESS, follow_redirects=False, headers=headers) as client:
            yield films, client
    films.accounts.database.close()


@pytest.fixture
def served(house: tuple[Films, TestClient]) -> tuple[Films, TestClient]:
    """Jake, signed in, whom nobody lets see anything."""
    films, client = house
    if films.accounts.grants.between(films.alice.id, films.jake.id) is not None:
        films.end()
    sign_in(client, "Jake", ANNA)
    return house


def addresses(films: Films, owner: str = "Alice") -> list[str]:
    """All that can be had of Alice's film."""
    place = quote(f"{films.film.id}@{owner}", safe="")
    store = films.hers()
    picture = store.perceptions.nearest_thumbnail(films.film.id, films.film.span)
    store.close()
    assert picture is not None
    return [
        f"/media/{place}",
        f"/thumbnails/{place}/{Path(picture).name}",
        f"/thumbnails/{place}/storyboard.vtt",
        f"/thumbnails/{place}/at/1",
        f"/api/pages/recording/{place}",
        f"/api/pages/transcript/{place}",
    ]


def statuses(client: TestClient, paths: list[str], **more: Any) -> set[int]:
    return {client.get(path, **more).status_code for path in paths}


def test_what_is_let_is_played_in_parts_and_nothing_once_it_ends(
    served: tuple[Films, TestClient],
) -> None:
    films, client = served
    paths = addresses(films)
    assert statuses(client, paths) == {404}
    films.give()
    assert statuses(client, paths) <= {200, 204}
    part = client.get(paths[0], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, Path(films.film.path).read_bytes()[10:20])
    kept = {client.get(path).headers["cache-control"] for path in paths[:3]}
    assert all("no-store" in words for words in kept), kept
    about = client.get(paths[4]).json()
    assert (about["wearer"], about["name"], about["available"]) == ("Alice", "drawer.mp4", True)
    assert client.get(paths[5]).json()["lines"] == []
    films.end()
    assert statuses(client, paths) == {404}
    assert client.get(paths[0], headers={"Range": "bytes=10-19"}).status_code == 404
    assert client.head(paths[0]).status_code == 404


def test_words_alone_play_nothing(served: tuple[Films, TestClient]) -> None:
    films, client = served
    films.give("ask")
    assert statuses(client, addresses(films)) == {404}


def test_a_film_of_which_a_part_is_not_let_is_not_played(served: tuple[Films, TestClient]) -> None:
    films, client = served
    inside = Span(MORNING, MORNING + 90)  # the first half-minute of two
    films.give(narrowed=Scope(span=inside))
    assert statuses(client, addresses(films)) == {404}
    films.give(narrowed=Scope(span=Span(MORNING, MORNING + 300)))
    assert statuses(client, addresses(films)) <= {200, 204}


def test_what_is_guessed_is_refused_in_the_same_words(served: tuple[Films, TestClient]) -> None:
    films, client = served
    said = set()
    films.give("ask")
    for owner in ("Alice", "Nobody", "Jake", "", "..Alice", "@"):
        reply = client.get(f"/media/{quote(f'{films.film.id}@{owner}', safe='')}")
        assert reply.status_code == 404
        said.add(reply.text)
    said.add(client.get("/media/no-such-film%40Alice").text)
    said.add(client.get("/media/no-such-film").text)
    assert len(said) == 1
    films.give()
    place = quote(f"{films.film.id}@Alice", safe="")
    for name in ("..%2F..%2Fmemory.sqlite3", ".hidden.jpg", "no.jpg", "%2e%2e"):
        assert client.get(f"/thumbnails/{place}/{name}").status_code in (404, 405)
    assert client.get("/media/no-such-film%40Alice").status_code == 404
    assert client.get(f"/media/{place}/proxy").status_code == 404
    assert client.post(f"/media/{place}/proxy", json={"format": "mp4"}).status_code == 404


def test_a_grant_goes_one_way_and_to_one_account(served: tuple[Films, TestClient]) -> None:
    films, client = served
    films.give()
    films.accounts.add("Eve", "a password of Eve")
    paths = addresses(films)
    for name, password in (("Eve", "a password of Eve"), ("Alice", BEN)):
        sign_in(client, name, password)
        assert statuses(client, paths) == {404}
    sign_in(client, "Alice", BEN)
    assert client.get(f"/media/{quote(films.film.id, safe='')}").status_code == 200


def test_what_is_away_or_was_forgotten_is_not_played(
    served: tuple[Films, TestClient], tmp_path: Path
) -> None:
    films, client = served
    films.give()
    paths = addresses(films)
    away = films.alice.home.rename(tmp_path / "away")
    assert statuses(client, paths[:4]) <= {404, 503}
    assert not films.alice.home.exists()
    away.rename(films.alice.home)
    assert client.get(paths[0]).status_code == 200
    store = films.hers()
    store.delete_recording(films.film.id)
    store.close()
    assert client.get(paths[0]).status_code == 404
