"""Guesses and floods are slowed down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from app.auth.throttle import Backoff, Buckets, Guesses
from app.http.network_address import network
from tests.app.doors import Clock


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
    assert (40 < len(tries) <= 50, len(buckets)) == (True, 50)


@given(some.lists(some.floats(0, 400), min_size=30, max_size=300), some.integers(1, 15))
def test_no_pauses_between_tries_win_more_of_them(pauses: list[float], free: int) -> None:
    clock, longest = Clock(0.0), 60.0
    tries, done = Backoff(free, longest, clock), 0
    for pause in pauses:
        clock.now += pause
        done += tries.charge("a") == 0
        assert done <= free + 6 + 1 + clock.now / longest


def test_a_flood_of_new_keys_takes_no_wait_from_a_name_that_is_guessed_at() -> None:
    clock = Clock(0.0)
    tries = Backoff(3, 60.0, clock, most=50)
    for _ in range(6):
        clock.now += tries.wait("anna")
        assert tries.charge("anna") == 0
    for number in range(500):
        tries.charge(str(number))
    assert tries.wait("anna") == 8.0


def test_a_household_of_ipv6_is_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:2") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1")
    assert len(network("x" * 999)) == 64


HOUR = 3600.0


def guessed(guesses: Guesses, clock: Clock, seconds: float, *who: tuple[str, str, str]) -> int:
    """How many tries are let through when all of these try as often as they can."""
    done, until = 0, clock.now + seconds
    while clock.now < until:
        waits = []
        for one in who:
            wait = guesses.charge(*one)
            done += wait == 0
            waits.append(wait)
        clock.now += min(waits) or 1 / 15
    return done


def test_one_address_guesses_little_and_takes_nothing_from_others() -> None:
    clock = Clock(0.0)
    guesses = Guesses(clock)
    for number in range(1500):  # 15 a second
        guesses.charge("10.0.0.1", f"name{number % 50}")
        clock.now += 1 / 15
        if number % 15 == 0:
            assert guesses.charge(f"10.9.{number // 15}.1", f"other{number}") == 0
    flood = [("10.0.0.1", f"name{n}", "") for n in range(50)]
    assert 3 <= guessed(guesses, clock, HOUR, *flood) <= 12, "after the first ten"
    assert guessed(guesses, clock, HOUR, *flood) <= 4


def test_many_addresses_guess_at_one_name_once_a_minute() -> None:
    clock = Clock(0.0)
    guesses = Guesses(clock)
    crowd = [(f"10.0.{n}.1", "anna", "") for n in range(175)]
    assert 40 <= guessed(guesses, clock, HOUR, *crowd) <= 15 + 6 + 1 + 60
    assert guessed(guesses, clock, HOUR, *crowd) <= 61


def test_whoever_was_let_in_before_is_counted_apart_from_a_crowd() -> None:
    clock = Clock(0.0)
    guesses = Guesses(clock)
    crowd = [(f"10.0.{n}.1", name, "") for n in range(175) for name in ("anna", "ben", f"x{n}")]
    guessed(guesses, clock, 600, *crowd)
    while guesses.charge(f"10.8.{clock.now}.1", "anna") == 0:
        clock.now += 0.1
    assert guesses.charge("10.9.9.9", "anna") > 0, "a stranger waits"
    assert guesses.charge("10.0.0.1", "anna", "hers") == 0, "on a network that guesses"
    guesses.forgive("10.0.0.1", "anna", "hers")
    assert guesses.charge("10.9.9.9", "anna") > 0, "that she came in helps nobody"


def test_from_a_known_source_one_guesses_as_slowly_as_from_anywhere() -> None:
    clock = Clock(0.0)
    guesses = Guesses(clock)
    assert 15 <= guessed(guesses, clock, HOUR, ("10.0.0.1", "anna", "hers")) <= 20
    assert guessed(guesses, clock, HOUR, ("10.0.0.1", "anna", "hers")) <= 4
    guesses.charge("10.0.0.1", "anna", "hers")
    guesses.charge("10.0.0.1", "ben", "hers")  # Ben lives there, too
    guesses.forgive("10.0.0.1", "ben", "hers")
    assert guesses.charge("10.0.0.1", "anna", "hers") > 0, "that he came in helps nobody"


def test_all_together_guess_five_times_a_second() -> None:
    clock = Clock(0.0)
    guesses = Guesses(clock)
    done = 0
    for second in range(60):
        clock.now = float(second)
        done += sum(
            guesses.charge(f"10.{second}.{n}.1", f"name{second}-{n}") == 0 for n in range(200)
        )
    assert 300 <= done <= 30 + 5 * 60


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
