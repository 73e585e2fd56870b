"""Homes on network disks are told from those on disks of this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.db import network_disks
from memory.db.network_disks import network_disk

LOCAL = "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's list of mounts, which a test writes."""
    table = tmp_path / "mountinfo"
    monkeypatch.setattr(network_disks, "MOUNTS", table)
    return table


def line(place: str, kind: str, source: str = "server:/share") -> str:
    return f"60 27 0:50 / {place} rw,relatime shared:9 master:1 - {kind} {source} rw"


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse.sshfs", "fuse.rclone"]
)
def test_a_home_on_a_network_disk_is_told(mounts: Path, tmp_path: Path, kind: str) -> None:
    mounts.write_text("\n".join([LOCAL, line(str(tmp_path), kind)]))
    found = network_disk(tmp_path / "home")
    assert found is not None
    assert (found.kind, found.mounted) == (kind, str(tmp_path))
    assert str(tmp_path / "home") in str(found)
    assert kind in str(found)


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "fuseblk", "fuse.gocryptfs", "overlay", "tmpfs"])
def test_a_disk_of_this_computer_is_fine(mounts: Path, tmp_path: Path, kind: str) -> None:
    mounts.write_text("\n".join([LOCAL, line(str(tmp_path), kind)]))
    assert network_disk(tmp_path / "home") is None


def test_the_innermost_mount_counts_and_the_last_at_one_place(mounts: Path, tmp_path: Path) -> None:
    inner = tmp_path / "a disk"
    mounts.write_text(
        "\n".join([
            line(str(tmp_path), "nfs4"), LOCAL, line(str(inner).replace(" ", r"\040"), "ext4"),
        ])
    )  # fmt: skip
    assert network_disk(inner / "home") is None
    assert network_disk(tmp_path / "home") is not None
    assert network_disk(tmp_path.parent / "home") is None
    with mounts.open("a") as table:
        table.write("\n" + line(str(tmp_path), "ext4"))
    assert network_disk(tmp_path / "home") is None


def test_where_the_system_has_no_such_list_nothing_is_said(mounts: Path, tmp_path: Path) -> None:
    assert network_disk(tmp_path) is None


def test_the_list_of_this_system_can_be_read(tmp_path: Path) -> None:
    if not network_disks.MOUNTS.exists():
        pytest.skip("only Linux has this list")
    assert network_disk(Path("/proc")) is None
