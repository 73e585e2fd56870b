"""Accounts, sessions, tokens, scopes and limits, each by itself."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from argon2.exceptions import VerifyMismatchError
from hypothesis import given
from hypothesis import strategies as some

from app.auth import names, scopes
from app.auth.accounts import Accounts
from app.auth.devices import device
from app.auth.errors import AccountsUnreadable, Refused, WrongPassword
from app.auth.file import FILE_NAME
from app.auth.passwords import LEAST, MOST, Passwords
from app.auth.sessions import DAY, IDLE, LONGEST, NOTED_EVERY
from app.auth.throttle import Backoff, Buckets, Guesses, network
from app.auth.whom import being, may, whom
from app.auth.whom import scopes as held_scopes
from tests.app.doors import ANNA, BEN, CHEAP, Clock, Counted, accounts


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> Accounts:
    return accounts(tmp_path / "home", clock)


def test_where_nobody_was_added_there_is_no_file_and_no_account(kept: Accounts) -> None:
    assert not kept.exist()
    assert kept.all() == []
    assert not kept.file.path.exists()


def test_first_account_gets_the_home_and_others_their_own_beside_it(kept: Accounts) -> None:
    assert kept.add("Anna", ANNA).home == kept.root
    assert kept.add("Ben", BEN).home == kept.root.parent / "home-homes" / "ben"
    assert kept.add("妈妈", BEN).home == kept.root.parent / "home-homes" / "妈妈"


def test_homes_are_found_again_where_all_was_moved(kept: Accounts, tmp_path: Path) -> None:
    kept.add("Anna", ANNA)
    kept.add("Ben", BEN)
    kept.file.close()
    (tmp_path / "else").mkdir()
    kept.root.rename(tmp_path / "else" / "home")
    moved = accounts(tmp_path / "else" / "home")
    assert [one.home for one in moved.all()] == [
        tmp_path / "else" / "home",
        tmp_path / "else" / "home-homes" / "ben",
    ]


def test_the_file_is_for_its_owner_alone(kept: Accounts) -> None:
    kept.add("Anna", ANNA)
    assert stat.S_IMODE(kept.file.path.stat().st_mode) == 0o600


def test_no_secret_lies_in_the_file(kept: Accounts) -> None:
    account = kept.add("Anna", ANNA)
    session = kept.sessions.begin(account.id, "Firefox", "127.0.0.1")
    _, token = kept.tokens.make(account.id, "phone", ["ask"])
    content = kept.file.path.read_bytes()
    for secret in (ANNA, session, token, token.removeprefix("egb_")):
        assert secret.encode() not in content
    assert b"$argon2id$" in content


@pytest.mark.parametrize("name", ["anna", "ANNA", " Anna ", "Ａｎｎａ"])
def test_a_name_is_taken_however_it_is_written(kept: Accounts, name: str) -> None:
    kept.add("Anna", ANNA)
    with pytest.raises(Refused, match="already"):
        kept.add(name, BEN)
    assert kept.check(name, ANNA).name == "Anna"


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "..", ".hidden", "-x", "a/b", "a\\b", "a\0b", "a b"),
        *("con", "x" * 33, "a\nb", "\ud800"),
    ],
)
def test_a_name_that_is_no_name_is_refused(kept: Accounts, name: str) -> None:
    with pytest.raises(Refused, match="letters"):
        kept.add(name, ANNA)
    assert not kept.exist()


# Letters that lead out, that become others when they are normalised, and that turn text around.
@given(some.text("aB.-_~/\\ \0é妈Ａ．／․‥…ßĳ℀\u202e\ud800:*", max_size=40))
def test_a_name_that_is_taken_stays_in_its_folder(name: str) -> None:
    try:
        shown = names.plain(name)
    except Refused:
        return
    folder = Path("/homes/of")
    home = names.homes(folder) / names.key(shown)
    assert home.parent == names.homes(folder)
    assert names.key(shown) not in (".", "..")
    assert "\0" not in str(home)


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "abababababab", "x1y" * 100])
def test_a_password_to_guess_or_without_end_is_refused(kept: Accounts, password: str) -> None:
    with pytest.raises(Refused, match="password"):
        kept.add("Anna", password)
    assert LEAST == 8
    assert MOST == 256


def test_a_password_fits_from_every_keyboard(kept: Accounts) -> None:
    kept.add("Anna", "Cafe\u0301 crème")
    assert kept.check("Anna", "Café crème").name == "Anna"
    for wrong in ("Cafe creme", "", "Café crème ", "x" * 10_000, "\ud800"):
        with pytest.raises(WrongPassword):
            kept.check("Anna", wrong)


def test_a_hash_is_computed_for_names_that_nobody_has_too(tmp_path: Path) -> None:
    counted = Counted()
    kept = Accounts(tmp_path, counted)
    kept.add("Anna", ANNA)
    for name in ("Anna", "nobody", "", "' OR 1=1 --", "\0"):
        with pytest.raises(WrongPassword, match="name or the password"):
            kept.check(name, "a wrong password")
    assert counted.looked == [False] * 5


def test_the_hash_for_unknown_names_costs_what_the_others_cost() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash(ANNA)
    assert not passwords.outdated(passwords._decoy)
    assert passwords._decoy.split("$")[:4] == kept.split("$")[:4]
    assert list(map(len, passwords._decoy.split("$"))) == list(map(len, kept.split("$")))
    with pytest.raises(VerifyMismatchError):  # computed and compared, not turned away
        CHEAP.verify(passwords._decoy, ANNA)
    assert not passwords.matches(None, ANNA)
    assert Passwords().outdated(kept), "the usual price is higher"


def test_a_cheap_hash_is_made_again_when_its_password_is_shown(tmp_path: Path) -> None:
    accounts(tmp_path).add("Anna", ANNA)
    from argon2 import PasswordHasher

    dearer = Accounts(tmp_path, Passwords(PasswordHasher(2, 16, 1)))
    assert dearer.check("Anna", ANNA).name == "Anna"
    assert "m=16,t=2" in dearer.file.rows("SELECT password FROM account")[0]["password"]
    assert dearer.check("Anna", ANNA).name == "Anna"


def test_the_home_of_somebody_who_left_is_not_given_to_the_next_of_that_name(
    kept: Accounts,
) -> None:
    kept.add("Anna", ANNA)
    home = kept.add("Ben", BEN).home
    home.mkdir(parents=True)
    (home / "memory.sqlite3").touch()
    kept.remove("ben")
    with pytest.raises(Refused, match="--at"):
        kept.add("Ben", BEN)
    assert kept.add("Ben", BEN, at=home).home == home


def test_a_home_inside_another_is_refused_and_one_may_be_shared(
    kept: Accounts, tmp_path: Path
) -> None:
    kept.add("Anna", ANNA)
    for at in (kept.root / "inside", tmp_path):
        with pytest.raises(Refused, match="inside each other"):
            kept.add("Ben", BEN, at=at)
    assert kept.add("Ben", BEN, at=kept.root).home == kept.root


def test_only_the_first_account_can_be_made_from_the_page(kept: Accounts) -> None:
    kept.add("Anna", ANNA, only_first=True)
    with pytest.raises(Refused, match="Sign in"):
        kept.add("Mallory", ANNA, only_first=True)


def test_with_an_account_go_its_sessions_and_tokens(kept: Accounts) -> None:
    anna, ben = kept.add("Anna", ANNA), kept.add("Ben", BEN)
    session = kept.sessions.begin(ben.id, "", "")
    token = kept.tokens.make(ben.id, "phone", ["ask"])[1]
    kept.remove("Ben")
    assert kept.sessions.find(session) is None
    assert kept.tokens.find(token) is None
    assert kept.add("Cid", BEN).id not in (anna.id, ben.id), "numbers are not used again"


def test_another_process_is_seen_at_once(kept: Accounts) -> None:
    assert not kept.exist()
    other = accounts(kept.root)
    other.add("Anna", ANNA)
    assert kept.exist()
    session = kept.sessions.begin(1, "", "")
    other.sessions.end_all(1)
    assert kept.sessions.find(session) is None
    other.file.close()
    other.file.path.unlink()
    assert not kept.exist()


def test_a_damaged_file_is_an_error_and_not_an_open_door(kept: Accounts) -> None:
    kept.root.mkdir(parents=True)
    (kept.root / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(AccountsUnreadable, match=FILE_NAME):
        kept.exist()


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
    with pytest.raises(Refused):
        kept.tokens.make(None, name, wanted, days)


def test_tokens_from_before_any_account_go_to_the_first(kept: Accounts) -> None:
    secret = kept.tokens.make(None, "old", ["ask"])[1]
    account = kept.add("Anna", ANNA)
    found = kept.tokens.find(secret)
    assert found is not None
    assert found.account == account.id


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("POST", "/api/ask", "ask"),
        ("GET", "/api/timeline/2026-03-03", "timeline"),
        ("HEAD", "/media/x", "media"),
        ("PATCH", "/api/uploads/x", "write"),
        ("DELETE", "/api/uploads/x", "write"),
        ("POST", "/api/people/name", "write"),
        ("GET", "/api/people/x", "timeline"),
        ("GET", "/api/people/x/faces/1.jpg", "media"),
        ("GET", "/api/people/x/voices/1.wav", "media"),
        ("GET", "/api/pages/sheet", "media"),
        ("GET", "/api/ask/moment", "timeline"),
        ("GET", "/api/library/folders", "admin"),
        ("POST", "/api/queue/resume", "admin"),
        ("POST", "/api/people/forget", "admin"),
        ("POST", "/api/library/delete/preview", "admin"),
        ("POST", "/api/ask/stream", "ask"),
        ("POST", "/api/ask/person", "write"),
        ("POST", "/api/backup", "admin"),
    ],
)
def test_each_route_asks_for_its_scope(method: str, path: str, wanted: str) -> None:
    assert scopes.opens(frozenset({wanted}), method, path)
    assert scopes.opens(frozenset({"admin"}), method, path)
    assert not scopes.opens(frozenset(scopes.SCOPES) - {wanted, "admin"}, method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/thumbnails/x/y.jpg"),
        ("GET", "/mediaeval"),
        ("GET", "/api/account/tokens"),
        ("POST", "/api/account"),
        ("GET", "/api/new-thing"),
        ("GET", "/"),
        ("GET", ""),
        ("GET", "//api/days"),
        ("GET", "/API/days"),
        ("POST", "/gradio_api/queue/join"),
    ],
)
def test_what_is_not_listed_no_token_may(method: str, path: str) -> None:
    assert not scopes.opens(frozenset(scopes.SCOPES), method, path)


def test_any_reading_token_comes_to_the_tools_and_none_without() -> None:
    for one in ("ask", "search", "timeline", "admin"):
        assert scopes.opens(frozenset({one}), "POST", "/mcp")
        assert scopes.opens(frozenset({one}), "GET", "/mcp/sse")
    assert not scopes.opens(frozenset({"media", "write"}), "POST", "/mcp")


def test_whoever_is_served_is_known_by_name_and_scopes() -> None:
    assert (whom(), held_scopes(), may("admin")) == ("owner", None, True)
    with being("Anna by token phone", frozenset({"ask"})):
        assert (whom(), may("ask"), may("search")) == ("Anna by token phone", True, False)
    assert whom() == "owner"


def test_wrong_tries_wait_ever_longer_and_a_right_one_clears_them() -> None:
    clock = Clock(0.0)
    tries = Backoff(3, 60.0, clock)
    waits = list[float]()
    for _ in range(10):
        assert tries.charge("a") == 0.0
        waits.append(tries.charge("a") if len(waits) >= 2 else 0.0)
        clock.now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert tries.charge("b") == 0.0
    tries.forgive("a")
    assert [tries.charge("a") for _ in range(3)] == [0, 0, 0]
    assert tries.charge("a") > 0


def test_limits_remember_no_more_than_they_should() -> None:
    tries, buckets = Backoff(1, 60.0, Clock(0.0), most=50), Buckets(1, 1, Clock(0.0), most=50)
    for number in range(500):
        tries.charge(str(number))
        buckets.take(str(number))
    assert (len(tries), len(buckets)) == (50, 50)


def test_a_household_of_ipv6_is_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:2") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1")
    assert len(network("x" * 999)) == 64


def test_guesses_are_counted_by_address_and_by_name() -> None:
    guesses = Guesses(Clock(0.0))
    assert [guesses.charge("10.0.0.1", f"name{n}") > 0 for n in range(7)][-1]
    many = Guesses(Clock(0.0))
    assert [many.charge(f"10.0.{n}.1", "anna") > 0 for n in range(17)][-1]


@given(
    some.floats(0.1, 100),
    some.floats(1, 100),
    some.lists(some.floats(0, 3), min_size=1, max_size=60),
)
def test_a_bucket_never_gives_more_than_its_rate_and_burst(
    rate: float, burst: float, pauses: list[float]
) -> None:
    clock = Clock(0.0)
    bucket, given_out = Buckets(rate, burst, clock), 0
    for pause in pauses:
        clock.now += pause
        wait = bucket.take("a")
        given_out += wait == 0
        assert given_out <= burst + rate * clock.now + 1e-6
        if wait:
            clock.now += wait + 1e-9
            assert bucket.take("a") == 0
            given_out += 1


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
