"""Errors of uploads; each text is for the person who sends the file.

``status`` is the answer's over HTTP; ``offset``, where it is known, is from where the file goes on.
"""

from __future__ import annotations

from app.presentation.i18n import t
from memory.db.disk_space import RESERVE, size_words


class UploadError(Exception):
    """Something about an upload that the person or the page can act on."""

    status = 400

    def __init__(self, words: str, offset: int | None = None) -> None:
        super().__init__(words)
        self.offset = offset


class UnknownUpload(UploadError):
    """There is no such upload (any more)."""

    status = 404


class WrongOffset(UploadError):
    """The piece does not begin where the file ends so far."""

    status = 409

    def __init__(self, offset: int) -> None:
        super().__init__(t("this upload goes on at byte {n}", n=offset), offset)


class WrongVersion(UploadError):
    """The client does not speak the protocol, or another version of it."""

    status = 412

    def __init__(self) -> None:
        super().__init__(
            t(
                "uploads speak tus 1.0 (https://tus.io): send the header Tus-Resumable: 1.0.0, as "
                "any tus client does"
            )
        )


class WrongForm(UploadError):
    """A piece that does not say that it is one."""

    status = 415


class NotARecording(UploadError):
    """By its name or its first bytes, the file cannot be a recording. Nothing of it is there."""

    status = 415


class TooMuch(UploadError):
    """More bytes than were announced, or than may come in one piece."""

    status = 413


class FileTooLong(UploadError):
    """A file that is longer than any recording."""

    status = 413

    def __init__(self, name: str, most: int) -> None:
        super().__init__(
            t(
                "{name} is too large: one file may have up to {size}. Split it first",
                name=name,
                size=size_words(most),
            )
        )


class TooManyUnfinished(UploadError):
    """So many uploads are unfinished that no further one is begun."""

    status = 429

    def __init__(self, name: str, most: int) -> None:
        super().__init__(
            t(
                "{name} is not taken yet: {n} uploads are unfinished. Finish or discard some of "
                "them in the Library; what nobody goes on with is gone after a week.",
                name=name,
                n=most,
            )
        )


class WrongContent(UploadError):
    """The whole file is not the one that was announced."""

    status = 422

    def __init__(self, name: str) -> None:
        super().__init__(
            t("{name} was damaged on its way here. Choose it again to send it anew.", name=name)
        )


class WrongPiece(UploadError):
    """A piece is not the one that its checksum speaks of; nothing of it was kept."""

    status = 460  # as in the tus protocol: "checksum mismatch"

    def __init__(self, name: str, offset: int) -> None:
        super().__init__(
            t(
                "a piece of {name} was damaged on its way here and was not kept; "
                "send it again from byte {n}",
                name=name,
                n=offset,
            ),
            offset,
        )


class UploadDiskFull(UploadError):
    """The disk has no room for what is still to come. What arrived is kept."""

    status = 507

    def __init__(self, name: str, missing: int, free: int, offset: int = 0) -> None:
        super().__init__(
            t(
                "the disk is nearly full: {name} needs {missing} more and {free} are free, of "
                "which {reserve} stay for the library. Make room, and it goes on where it stopped",
                name=name,
                missing=size_words(missing),
                free=size_words(free),
                reserve=size_words(RESERVE),
            ),
            offset,
        )
        self.missing, self.free = missing, free


class Promised(UploadError):
    """The disk has room, but other uploads that are on their way need it."""

    status = 507

    def __init__(self, name: str, missing: int, free: int, promised: int) -> None:
        super().__init__(
            t(
                "{name} does not fit beside what is on its way: it needs {missing}, other uploads "
                "{promised} more, and {free} are free, of which {reserve} stay for the library. "
                "Discard one, or make room",
                name=name,
                missing=size_words(missing),
                promised=size_words(promised),
                free=size_words(free),
                reserve=size_words(RESERVE),
            )
        )


class Unwritable(UploadError):
    """The home cannot be written. What arrived is kept."""

    status = 503

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(
            t(
                "the upload cannot be written ({why}). Make the folder of the library writable, "
                "and it goes on where it stopped",
                why=reason,
            ),
            offset,
        )


class FileTooLarge(UploadError):
    """The file system takes no file of this length. What arrived is kept."""

    status = 507

    def __init__(self, name: str, offset: int) -> None:
        super().__init__(
            t(
                "the disk takes no more than {size} of {name} in one file (FAT32 ends at 4.3 GB). "
                "Put the library on a disk with another file system, or split the file",
                size=size_words(offset),
                name=name,
            ),
            offset,
        )
