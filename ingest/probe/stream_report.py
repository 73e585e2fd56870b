"""Judge a probe's findings: which streams are there, what is missing, one sentence on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.container.damage import Stretch, merged, within
from ingest.container.declared_duration import claimed_duration, ends_abruptly
from ingest.container.packet_survey import Survey, Track
from ingest.container.timestamp_repair import Extent, closed
from memory.types.messages import UserMessage

_MISSING_END = 1.0  # seconds by which a container may overstate its length
_MISSING_SHARE = 0.05  # of a sound file shorter than 20 s, whose header is exact
_PADDING = 0.25  # seconds: more than what an MP3 encoder adds before and behind
_BEYOND_BELIEF = 100 * 3600.0  # seconds; a header that claims to miss more is damaged itself
_LONG_ENOUGH = 1.0  # seconds of packets out of place that are worth a word
# Only these write down how long they are; elsewhere the length is a guess from the bit rate.
_KNOW_LENGTH = {"mov", "matroska", "flv", "flac", "w64"}


@dataclass(frozen=True, slots=True)
class ProbedStream:
    """A stream that has packets whose times can be believed."""

    track: Track
    extent: Extent

    @classmethod
    def of(cls, track: Track | None) -> ProbedStream | None:
        """The stream, or None where it holds nothing."""
        if track is None or not track.packets:
            return None
        return cls(track, track.extent)

    @property
    def first(self) -> float:
        """Media time of the first moment; the container knows the encoder's delay better."""
        stream = self.track.stream
        if stream.start_time is None or not stream.time_base:
            return self.extent.start
        declared = float(stream.start_time * stream.time_base)
        return declared if abs(declared - self.extent.start) < _MISSING_END else self.extent.start

    def lost(self, origin: float, duration: float) -> tuple[Stretch, ...]:
        """What the container lost of it, as offsets from the recording's beginning."""
        leaps = self.track.leaps
        lost = [(closed(a, leaps) - origin, closed(b, leaps) - origin) for a, b in self.track.lost]
        return tuple(merged(within(lost, 0.0, duration)))


def wholeness(
    path: Path, survey: Survey, tracks: Sequence[ProbedStream], origin: float, duration: float
) -> tuple[str, bool]:
    """A sentence about what is missing or damaged (or none), and whether any of it is missing."""
    if survey.video and all(track.track is not survey.video for track in tracks):
        return UserMessage("ingest.only-sound-used"), True
    if _lost_its_beginning(path, survey, origin, duration):
        return UserMessage("ingest.beginning-damaged", length=clock(origin)), True
    missing = _missing(path, survey, origin, duration)
    whole = clock(duration + missing)
    if missing > 0 and survey.format == "ogg":  # it is the beginning or the middle that is missing
        return UserMessage("ingest.only-part", part=clock(duration), whole=whole), True
    if missing > 0:
        return UserMessage("ingest.only-first-part", part=clock(duration), whole=whole), True
    if survey.broke_off:
        return UserMessage("ingest.readable-up-to", length=clock(duration)), True
    if ends_abruptly(path, survey.format):
        return UserMessage("ingest.breaks-off", length=clock(duration)), True
    behind = sum(track.extent.behind for track in tracks)
    if behind > _LONG_ENOUGH:
        return UserMessage("ingest.clock-goes-back", length=clock(behind)), True
    if leapt := sum(by for _, by in survey.leaps):
        return UserMessage("ingest.clock-leaps", length=clock(leapt)), False
    damaged = survey.damaged + sum(track.extent.strays for track in tracks)
    return (UserMessage("ingest.damaged-packets", n=damaged) if damaged else ""), False


def _lost_its_beginning(path: Path, survey: Survey, origin: float, duration: float) -> bool:
    """Whether bytes before the first packet are as many as the time before it would take."""
    if survey.format == "mov" or origin < _PADDING or duration <= 0:
        return False
    second = (path.stat().st_size - survey.first_byte) / duration
    return survey.first_byte > 0.2 * origin * second


def _missing(path: Path, survey: Survey, origin: float, duration: float) -> float:
    """Seconds that the header promises and the packets do not hold, if worth a word."""
    claimed = claimed_duration(path, survey.format)
    if survey.format == "ogg":  # tells it from its last page
        claimed = (survey.container.duration or 0) / 1_000_000
    if claimed:
        missing = claimed - duration
        least = max(_PADDING, min(_MISSING_END, _MISSING_SHARE * claimed))
        return missing if least < missing < _BEYOND_BELIEF else 0.0
    if survey.format not in _KNOW_LENGTH:
        return 0.0
    # Some count the start offset in.
    declared = (survey.container.duration or 0) / 1_000_000 - sum(by for _, by in survey.leaps)
    missing = declared - max(duration, duration + origin)
    return missing if _MISSING_END < missing < _BEYOND_BELIEF else 0.0


def clock(seconds: float) -> str:
    """A length as "1:05:09"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
