"""Tell homes on file systems of other machines, where SQLite's write-ahead log is not safe.

The log is shared through mapped memory, and writers take turns by locks of files: NFS, SMB and
their like promise neither between two machines, and some not even between two processes of one
(https://www.sqlite.org/wal.html, https://www.sqlite.org/howtocorrupt.html section 2).
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # of Linux; elsewhere nothing is known
_KINDS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "lustre",
        "gpfs",
        "beegfs",
        "ncpfs",
    }
)
# FUSE carries local disks, too (NTFS, encrypted folders): only those that are known to be remote.
_FUSE = re.compile(
    r"fuse\.(sshfs|s3fs|rclone|gcsfuse|goofys|mount-s3|glusterfs|ceph|ceph-fuse|cifs|smbnetfs"
    r"|davfs2?|mfs|moosefs|seaweedfs|juicefs|hdfs|curlftpfs|google-drive-ocamlfuse|gvfsd-fuse)"
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class NetworkDisk:
    """A folder on a disk of another machine: which kind, and where it is mounted."""

    folder: Path
    kind: str
    mounted: str

    def __str__(self) -> str:
        return (
            f"{self.folder} lies on a network disk ({self.kind}, mounted at {self.mounted}): "
            "a database that is written there can be damaged"
        )


REMEDY = (
    "move the home to a disk of this computer (close EgoButler, copy the folder, name it with "
    "--home), and keep backups on the network disk: egobutler backup --to FOLDER"
)


def network_disk(folder: Path) -> NetworkDisk | None:
    """The network disk that a folder lies on, or None: it is local, or nothing is known of it."""
    folder = folder.resolve()
    found: tuple[str, str] | None = None
    with suppress(OSError):
        for line in MOUNTS.read_text("utf-8", "surrogateescape").splitlines():
            mounted, kind = _mount(line)
            if folder.is_relative_to(mounted) and (found is None or len(mounted) >= len(found[0])):
                found = mounted, kind  # the last of those at one place hides the others
    if found is None or not (found[1] in _KINDS or _FUSE.fullmatch(found[1])):
        return None
    return NetworkDisk(folder, found[1], found[0])


def _mount(line: str) -> tuple[str, str]:
    """Mount point and kind of a line (man 5 proc): optional fields end with a dash."""
    before, _, after = line.partition(" - ")
    mounted = _ESCAPED.sub(lambda match: chr(int(match[1], 8)), before.split(" ")[4])
    return mounted, after.split(" ")[0]
