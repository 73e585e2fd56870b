"""The day on which the disk of a home will be full, and the room that keeping everything takes.

What the last four weeks of recordings took is taken for what the next ones will. Recordings that
are only named in the home, and lie elsewhere, take no room of it but what is remembered of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.presentation.i18n import t
from memory.db import disk_space as disk
from memory.store.store import Store

_WINDOW = 28.0  # days that are looked back on
_DAY, _MONTH, _YEAR = 86_400.0, 30.44, 365.25
_LONG = 50 * _YEAR  # days from which on a disk lasts for as long as anybody plans


@dataclass(frozen=True, slots=True)
class StorageForecast:
    """Bytes a day: of recordings' files, and of what is remembered; what is recorded of a day (s).

    ``full_in`` is in days, None where what is kept does not grow.
    """

    originals: float
    remembered: float
    recorded: float
    full_in: float | None

    @property
    def daily(self) -> float:
        """Bytes that a day takes in all."""
        return self.originals + self.remembered


def forecast(
    store: Store, used: int, free: int, rules: Mapping[str, int]
) -> StorageForecast | None:
    """The forecast for a home that takes ``used`` bytes, where ``free`` bytes are left.

    ``rules`` are those of retention, in days. None while less than a day is recorded.
    """
    recordings = store.recordings.all()
    seconds = sum(recording.duration for recording in recordings)
    if not seconds:
        return None
    latest = max(recording.span.end for recording in recordings)
    first = min(recording.start for recording in recordings)
    days = min(_WINDOW, (latest - first) / _DAY)
    if days < 1:
        return None
    of_late = [one for one in recordings if one.span.end > latest - days * _DAY]
    sizes = {one.id: one.size for one in recordings if _inside(one.path, store.home)}
    inside = sum(sizes.values())
    recorded = sum(one.duration for one in of_late) / days
    originals = sum(sizes.get(one.id, 0) for one in of_late) / days
    remembered = max(0, used - inside) / seconds * recorded
    return StorageForecast(
        originals, remembered, recorded,
        _full_in(originals, remembered, free - disk.RESERVE, inside, rules),
    )  # fmt: skip


def _full_in(
    originals: float, remembered: float, room: float, inside: int, rules: Mapping[str, int]
) -> float | None:
    """Days until ``room`` is used up; None where rules remove as much as comes."""
    limits = [days for days in rules.values() if days]
    if not limits:
        return max(0.0, room) / (originals + remembered) if originals + remembered else None
    later = room - max(0.0, originals * min(limits) - inside)  # once rules remove what comes
    if later <= 0:
        return max(0.0, room) / (originals + remembered)
    grows = not (rules.get("details_days") or rules.get("all_days"))  # but for summaries
    return later / remembered if grows and remembered else None


def _inside(path: str, home: Path) -> bool:
    return Path(path).is_relative_to(home)


def forecast_words(prospect: StorageForecast | None) -> str:
    """The forecast in sentences; what is missing for one where there is none."""
    if prospect is None:
        return t("When the disk will be full can be said once there are recordings of two days.")
    rate = t(
        "A day of yours takes {size} ({hours} hours recorded).",
        size=disk.size_words(prospect.daily),
        hours=f"{prospect.recorded / 3600:.1f}",
    )
    year = t(
        "To keep everything takes {all} a year; without the recordings' files, {texts}.",
        all=disk.size_words(prospect.daily * _YEAR),
        texts=disk.size_words(prospect.remembered * _YEAR),
    )
    return " ".join((rate, _until(prospect.full_in), year))


def forecaster(store: Store, rules: Callable[[], Mapping[str, int]]) -> Callable[[int, int], str]:
    """Says of the bytes that a home takes, and of those that are free, what is to come."""

    def words(used: int, free: int) -> str:
        return forecast_words(forecast(store, used, free, rules()))

    return words


def _until(days: float | None) -> str:
    if days is None:
        return t("By your rules, what is kept grows no more.")
    if days > _LONG:
        return t("At this rate the disk lasts for more than 50 years.")
    if days > 2 * _YEAR:
        return t("At this rate the disk is full in about {n} years.", n=round(days / _YEAR))
    if days > 2 * _MONTH:
        return t("At this rate the disk is full in about {n} months.", n=round(days / _MONTH))
    return t("At this rate the disk is full in about {n} days.", n=max(1, round(days)))
