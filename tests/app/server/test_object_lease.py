"""The fence as an object of S3, against moto: a server on loopback that knows conditions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import PersonError
from app.server.object_lease import ObjectLease
from memory.db.fence import Fence, FenceLost, Lease, LeaseConflict
from tests.memory.db.test_fence import check_frozen
from tests.object_storage import object_storage

PLACE = "s3://homes/house-17"


def test_a_place_that_is_none_is_refused() -> None:
    for text in ("homes/house-17", "s3://homes", "https://homes/house-17"):
        with pytest.raises(PersonError, match="s3://BUCKET/NAME"):
            ObjectLease(text)


@pytest.fixture(scope="module")
def storage() -> Iterator[Any]:
    """A client of a moto server with a bucket, which boto3 finds by the environment."""
    with object_storage() as client:
        client.create_bucket(Bucket="homes")
        yield client


def test_the_second_claim_and_a_stale_tag_are_refused(storage: Any) -> None:
    lease = ObjectLease("s3://homes/first")
    assert lease.read() is None
    tag = lease.write(Lease("a", 1), None)
    assert lease.read() == (Lease("a", 1), tag)
    with pytest.raises(LeaseConflict):
        lease.write(Lease("b", 1), None)
    newer = lease.write(Lease("a", 1, renewal=1), tag)
    with pytest.raises(LeaseConflict):
        lease.write(Lease("b", 2), tag)
    assert lease.read() == (Lease("a", 1, renewal=1), newer)
    names = [item["Key"] for item in storage.list_objects_v2(Bucket="homes")["Contents"]]
    assert names == ["first"], "what conditions were tried with is gone"


def test_a_fence_is_handed_over(storage: Any) -> None:
    first, second = (Fence(ObjectLease("s3://homes/second"), name) for name in ("a", "b"))
    first.take()
    first.release()
    second.take()
    second.check()
    with pytest.raises(FenceLost):
        first.check()
    second.release()


def test_storage_that_knows_no_conditions_holds_no_fence(
    storage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = ObjectLease("s3://homes/third")
    put = lease._client.put_object
    without = lambda **words: put(**{k: v for k, v in words.items() if not k.startswith("If")})  # noqa: E731
    monkeypatch.setattr(lease._client, "put_object", without)
    with pytest.raises(PersonError, match="cannot hold a fence"):
        Fence(lease, "a").take()


def test_a_frozen_machine_writes_nothing_after_the_other(storage: Any, tmp_path: Path) -> None:
    assert os.environ["AWS_ENDPOINT_URL"]
    check_frozen(tmp_path / "home", PLACE)


def test_a_server_serves_until_another_holds_its_fence(storage: Any, tmp_path: Path) -> None:
    place = "s3://homes/served"
    command = [sys.executable, "-m", "app", "serve", "--home", str(tmp_path / "home")]
    server = subprocess.Popen(
        [*command, "--port", "0", "--fence", place], stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        lines = iter(server.stderr.readline, "")
        assert any("EgoButler is at" in line for line in lines)
        lease = ObjectLease(place)
        while True:
            found = lease.read()
            assert found is not None
            try:
                lease.write(Lease("another", found[0].epoch + 1), found[1])
                break
            except LeaseConflict:  # it was renewed in between
                continue
        assert any("another machine holds s3://homes/served" in line for line in lines)
        assert server.wait(60) == os.EX_TEMPFAIL
    finally:
        server.kill()
        server.wait()
        server.stderr.close()
