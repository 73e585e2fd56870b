"""Of two machines that could open a home, one writes; also where one was frozen and goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from app.auth.database import AccountsFile
from memory.db.fence import Fence, FenceLost, Lease, LeaseConflict
from memory.store.store import Store
from tests.memory.db.fenced_writer import FileLeases

SHORT = 1.5  # seconds of a lease


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "lease.json"


def test_whoever_comes_second_waits_until_the_first_lets_go(place: Path) -> None:
    first, second = (Fence(FileLeases(place), name, 30.0) for name in ("a", "b"))
    first.take()
    first.check()
    waited = list[str]()

    def let_go(lease: Lease) -> None:
        waited.append(lease.holder)
        first.release()

    second.take(let_go)
    assert waited == ["a"]
    second.check()
    with pytest.raises(FenceLost):
        first.check()
    second.release()


def test_a_holder_that_lives_is_never_taken_for_dead(place: Path) -> None:
    """Each renewal differs from the last, also where nothing else does."""
    fence = Fence(FileLeases(place), "a", SHORT)
    fence.take()
    tags = {_renewed(place, at_least)[1] for at_least in range(4)}
    assert len(tags) == 4
    fence.release()


def _renewed(place: Path, times: int) -> tuple[Lease, str]:
    """The lease, once it was renewed so often."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = FileLeases(place).read()
        if found is not None and found[0].renewal >= times:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it was not renewed {times} times")


def test_a_lease_that_was_taken_ends_at_once_and_says_by_whom(place: Path) -> None:
    lost = list[bool]()
    fence = Fence(FileLeases(place), "a", SHORT, on_lost=lambda: lost.append(True))
    fence.take()
    while True:
        found = FileLeases(place).read()
        assert found is not None
        try:
            FileLeases(place).write(Lease("b", 2), found[1])
            break
        except LeaseConflict:  # it was renewed in between
            continue
    until = time.monotonic() + 30
    while not lost and time.monotonic() < until:
        time.sleep(0.02)
    assert lost == [True]
    with pytest.raises(FenceLost, match=r"another machine \(b\)"):
        fence.check()
    fence.release()
    assert (FileLeases(place).read() or (None,))[0] == Lease("b", 2), "it is not ours to give back"


def test_an_answer_that_was_lost_is_no_loss(place: Path) -> None:
    class Forgetful(FileLeases):
        fails = 0

        def write(self, lease: Lease, tag: str | None) -> str:
            written = super().write(lease, tag)
            if lease.renewal == 1 and not self.fails:
                self.fails += 1
                raise TimeoutError
            return written

    leases = Forgetful(place)
    fence = Fence(leases, "a", SHORT)
    fence.take()
    assert _renewed(place, 3)[0] == Lease("a", 1, renewal=3, seconds=SHORT)
    assert leases.fails == 1
    fence.release()


def test_nothing_is_written_once_the_time_is_over(place: Path, tmp_path: Path) -> None:
    fence = Fence(FileLeases(place), "a", 30.0)
    fence.take()
    store, accounts = Store.open(tmp_path / "home", fence=fence), AccountsFile(tmp_path, fence)
    store.audit.write("a", "line", "before")
    with pytest.raises(FenceLost):
        _write_until_over(store, fence)
    assert [line.detail for line in store.audit.newest()] == ["before"]
    with pytest.raises(FenceLost):
        store.audit.write("a", "line", "after")
    with pytest.raises(FenceLost), accounts.change() as change:
        change.execute("DELETE FROM account")
    accounts.close()
    log = tmp_path / "home" / "memory.sqlite3-wal"
    before = log.read_bytes()
    store.close()
    assert log.read_bytes() == before, "to take the log in would be writing"
    store.database._db.conn.close()


def _write_until_over(store: Store, fence: Fence) -> None:
    """The time ends between the writing and the end of the transaction."""
    with store.database.transaction() as db:
        db.conn.execute("UPDATE audit SET detail = 'changed'")
        fence.release()


@contextmanager
def writer(home: Path, place: str, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.memory.db.fenced_writer"]
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [*command, str(home), place, name, str(SHORT)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().split(" ")[0].strip()


def freeze(process: subprocess.Popen[str], home: Path) -> None:
    """Stops it between two transactions: its lock of the file would keep out others here, which
    those of another machine do not see."""
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            with FileLock(home / "writer.lock", timeout=0):
                return
        except Timeout:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.01)


def test_a_machine_that_was_frozen_writes_nothing_after_the_other(
    tmp_path: Path, place: Path
) -> None:
    check_frozen(tmp_path / "home", str(place))


def check_frozen(home: Path, place: str) -> None:
    """Freezes A, lets B take over and write, thaws A: no line of A comes after B's first."""
    with writer(home, place, "A") as a:
        assert heard(a) == "wrote"
        freeze(a, home)
        with writer(home, place, "B") as b:
            assert heard(b) == "wrote"
            a.send_signal(signal.SIGCONT)
            assert heard(a) == "lost"
            a.wait(60)
    store = Store.open(home)
    names = [line.who for line in reversed(store.audit.newest(10**6))]
    store.close()
    assert names.count("A") > 0
    assert names.count("B") > 0
    assert set(names[names.index("B") :]) == {"B"}
