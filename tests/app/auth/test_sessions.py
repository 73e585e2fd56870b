"""Sessions of browsers and tokens of programs, and when they end."""

from __future__ import annotations

import pytest

from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused
from app.auth.sessions import DAY, IDLE, LONGEST, NOTED_EVERY
from app.auth.user_agents import device
from tests.app.doors import ANNA, Clock


def test_a_session_ends_when_idle_and_at_last_anyway(kept: Accounts, clock: Clock) -> None:
    account = kept.add("Anna", ANNA)
    secret = kept.sessions.begin(account.id, "Firefox, Linux", "10.0.0.1")
    begun = clock.now
    while clock.now < begun + LONGEST - IDLE / 2:
        clock.now += IDLE / 2
        found = kept.sessions.find(secret)
        assert found is not None
        kept.sessions.note(found, "10.0.0.2")
    assert found.ends == begun + LONGEST
    clock.now = begun + LONGEST
    assert kept.sessions.find(secret) is None
    secret = kept.sessions.begin(account.id, "", "")
    clock.now += IDLE - 1
    assert kept.sessions.find(secret) is not None
    clock.now += 1
    assert kept.sessions.find(secret) is None
    assert kept.sessions.of(account.id) == []


def test_use_is_entered_now_and_then(kept: Accounts, clock: Clock) -> None:
    account = kept.add("Anna", ANNA)
    session = kept.sessions.find(kept.sessions.begin(account.id, "", "here"))
    assert session is not None
    clock.now += NOTED_EVERY - 1
    assert not kept.sessions.due(session)
    clock.now += 1
    assert kept.sessions.due(session)
    kept.sessions.note(session, "there")
    noted = kept.sessions.of(account.id)[0]
    assert (noted.address, noted.seen, kept.sessions.due(noted)) == ("there", clock.now, False)


def test_signing_in_again_ends_what_the_browser_had(kept: Accounts) -> None:
    account = kept.add("Anna", ANNA)
    first = kept.sessions.begin(account.id, "", "")
    second = kept.sessions.begin(account.id, "", "", instead_of=first)
    assert first != second
    assert kept.sessions.find(first) is None
    assert len(second) >= 43, "256 bits"


def test_sessions_of_an_account_do_not_grow_without_end(
    kept: Accounts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auth.sessions.MOST", 5)
    account = kept.add("Anna", ANNA)
    for _ in range(8):
        clock.now += 1
        last = kept.sessions.begin(account.id, "", "")
    assert len(kept.sessions.of(account.id)) == 5
    assert kept.sessions.find(last) is not None


def test_tokens_end_and_are_removed_by_name(kept: Accounts, clock: Clock) -> None:
    token, secret = kept.tokens.make(None, "watch", ["ask", "search"], days=30)
    assert kept.tokens.find(secret) == token
    assert kept.tokens.due(token)
    kept.tokens.note(token)
    assert kept.tokens.of(None)[0].used == clock.now
    assert not kept.tokens.due(kept.tokens.of(None)[0])
    clock.now += 30 * DAY
    assert kept.tokens.find(secret) is None
    assert kept.tokens.remove(None, "watch").id == token.id
    assert kept.tokens.of(None) == []


@pytest.mark.parametrize(
    ("name", "wanted", "days"),
    [("", ["ask"], None), ("x" * 65, ["ask"], None), ("a\0", ["ask"], None), ("a", [], None),
     ("a", ["everything"], None), ("a", ["ask"], 0), ("a", ["ask"], 99_999)],
)  # fmt: skip
def test_a_token_without_name_scope_or_sensible_end_is_refused(
    kept: Accounts, name: str, wanted: list[str], days: int | None
) -> None:
    with pytest.raises(AuthRefused):
        kept.tokens.make(None, name, wanted, days)


def test_tokens_from_before_any_account_go_to_the_first(kept: Accounts) -> None:
    secret = kept.tokens.make(None, "old", ["ask"])[1]
    account = kept.add("Anna", ANNA)
    found = kept.tokens.find(secret)
    assert found is not None
    assert found.account == account.id


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_devices_are_told_in_words(agent: str, words: str) -> None:
    assert device(agent) == words
