"""Replies about recordings and files on their way: the library, the queue, clocks, folders."""

from __future__ import annotations

from pydantic import Field

from app.api_models.base import Reply, Seconds, Utc


class StageReply(Reply):
    """How far one step is: ``done`` of ``total`` clips."""

    words: str
    done: int
    total: int


class EntryReply(Reply):
    """One recording, or a file on its way to become one: without ``start`` and what follows."""

    key: str
    name: str
    status: str
    words: str
    message: str
    forgotten: bool
    job: str
    retry: bool
    parts: list[str]
    damage: list[str]
    place: str
    stages: list[StageReply]
    recording: str = Field(description="id of the recording, empty where there is none yet")
    start: Utc = 0.0
    end: Utc = 0.0
    day: str = ""
    when: str = ""
    source: str = ""
    undated: bool = False
    length: str = ""
    kind: str = ""
    device: str = ""
    silent: bool = False


class LibraryReply(Reply):
    """Recordings and files in hand: those from ``offset`` on, of ``total``."""

    busy: bool
    entries: list[EntryReply]
    offset: int
    total: int
    note: str


class StorageKindReply(Reply):
    """How much room a kind of files takes."""

    words: str
    size: str


class StorageReply(Reply):
    """How much room the home takes."""

    words: str
    low: bool = Field(description="so little is left that no more files are taken")
    forecast: str = Field(description="when the disk will be full, in words")
    kinds: list[StorageKindReply]


class QueueReply(Reply):
    """What is on its way, and how long it will take."""

    busy: bool
    paused: bool
    left: int
    words: str
    note: str
    models: str
    storage: StorageReply
    counts: dict[str, int]
    offset: int
    limit: int
    entries: list[EntryReply]


class PausedReply(Reply):
    """Whether ingest is held."""

    paused: bool


class QueuedReply(Reply):
    """The ids of the jobs that were queued again, or that one was."""

    queued: list[str] | bool


class RecordingReply(Reply):
    """What a player needs to know of a recording."""

    id: str
    name: str
    start: Utc
    utc_offset: Seconds
    duration: Seconds
    has_video: bool
    has_audio: bool
    kind: str
    day: str
    type: str
    plays_as: str
    poster: str
    picture: str = Field(description="address of a photo, as far as a browser shows it")
    available: bool
    held: bool = Field(
        description="whether its file still holds what was forgotten: a copy is to be played"
    )
    trouble: str = Field(description="why it does not play, where it does not")
    wearer: str = Field(default="", description="whose it is, where it is somebody else's")


class TranscriptLineReply(Reply):
    """A sentence, with seconds from the beginning of the recording."""

    start: Seconds
    end: Seconds
    time: str = Field(description="the position of its start in words")
    who: str = Field(description="who says it, empty where nobody knows")
    words: list[tuple[Seconds, str]]


class TranscriptReply(Reply):
    """What is said in a recording."""

    lines: list[TranscriptLineReply]
    outline: str = Field(description="SVG path in 1 by 1: a bar for each word over the recording")


class ProxyReply(Reply):
    """How far a playable copy is: ``share`` is 0..1."""

    state: str
    share: float
    message: str


class FolderReply(Reply):
    """A watched folder and how it is."""

    path: str
    name: str
    copied: bool = Field(serialization_alias="copy")
    there: bool
    words: str
    trouble: str


class FoldersReply(Reply):
    """All watched folders."""

    folders: list[FolderReply]


class DeviceReply(Reply):
    """A device, its correction, and what it filmed."""

    device: str
    name: str
    words: str
    offset: Seconds
    correction: str
    before: Seconds | None
    movable: int


class DevicesReply(Reply):
    """All devices."""

    devices: list[DeviceReply]


class MovedReply(Reply):
    """What was re-dated."""

    count: int
    words: str


class UndatedReply(Reply):
    """A recording whose date nobody knows, and when it is shown until it is dated."""

    recording: str
    name: str
    shown: str
    start: Utc
    timezone: str


class UndatedListReply(Reply):
    """All recordings without a date."""

    undated: list[UndatedReply]


class RemovalReply(Reply):
    """What deleting takes away and what it leaves, in sentences."""

    name: str
    goes: list[str]
    stays: str
    left: list[str]
