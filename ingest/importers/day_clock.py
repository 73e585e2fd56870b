"""Moments as files of lines write them: seconds of a day, HHMMSSFF, ISO, epoch, or an offset."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from ingest.importers.errors import needs_day_one, needs_start
from ingest.timestamps.timezones import name_of
from memory.types.core import TimeSource
from memory.types.timezones import zone

FPS = 20  # of EgoLife's HHMMSSFF
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,6}))?")
_DAY = re.compile(r"(?<![A-Za-z0-9])DAY[ _-]?(\d{1,3})(?!\d)", re.IGNORECASE)
_EPOCH, _EPOCH_MS = 1e8, 1e11  # seconds since 1970 from 1973 on; milliseconds
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC).timestamp()
_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()


class DayClock:
    """Seconds of one day on the wall clock of a zone become seconds UTC, summer time included."""

    def __init__(self, day: date, timezone: str) -> None:
        self._midnight = datetime.combine(day, time())
        self._zone = zone(timezone)
        self._hours: dict[int, float] = {}

    def at(self, seconds: float) -> float:
        """Seconds UTC of ``seconds`` after midnight; past 24 h it is the next day."""
        hour = int(seconds // 3600)
        if hour not in self._hours:
            local = self._midnight + timedelta(hours=hour)
            self._hours[hour] = local.replace(tzinfo=self._zone).timestamp() - 3600 * hour
        return self._hours[hour] + seconds


def day_number(name: str) -> int | None:
    """The n of ``DAYn`` in a name, or None."""
    match = _DAY.search(name)
    return int(match[1]) if match and int(match[1]) else None


def frames_clock(value: object) -> float:
    """Seconds of the day of HHMMSSFF, as int or text, FF at 20 fps.

    Raises:
        ValueError: it is none.
    """
    digits = str(value).strip()
    if isinstance(value, bool) or not digits.isdecimal() or not digits.isascii() or len(digits) > 8:
        raise ValueError(f"{value!r} is not HHMMSSFF")
    digits = digits.zfill(8)
    hour, minute, second, frame = (int(digits[at : at + 2]) for at in (0, 2, 4, 6))
    if hour > 23 or minute > 59 or second > 59 or frame >= FPS:
        raise ValueError(f"{value!r} is not HHMMSSFF")
    return hour * 3600 + minute * 60 + second + frame / FPS


def clock_seconds(text: str) -> float | None:
    """Seconds of ``HH:MM:SS``, ``MM:SS``, with or without a fraction; None where it is neither."""
    match = _CLOCK.fullmatch(text.strip())
    if not match or int(match[2]) > 59 or int(match[3]) > 59:
        return None
    fraction = float(f"0.{match[4]}") if match[4] else 0.0
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3]) + fraction


class LineTimes:
    """Reads the times of one file.

    Args:
        path: the file, for errors.
        timezone: of times that do not name their own.
        day_one: the date of DAY1, where the person gave it.
        day: the n of DAYn in the file's name, where there is one.
        start: seconds UTC from which offsets count, where it is known.

    ``counted`` tells afterwards whether any time was such an offset.
    """

    def __init__(
        self,
        path: Path,
        timezone: str,
        day_one: date | None,
        day: int | None = None,
        start: float | None = None,
    ) -> None:
        self._path, self._timezone, self._zone = path, timezone, zone(timezone)
        self._day_one, self._day, self._start = day_one, day, start
        self._clocks: dict[object, DayClock] = {}
        self.source = TimeSource.CONTAINER
        self.counted = False
        self._elsewhere: Counter[str] = Counter()  # zones that times name, off UTC and the given

    @property
    def timezone(self) -> str:
        """The zone that most times name ("UTC+08:00"; UTC names no place), else the given one."""
        return next((name for name, _ in self._elsewhere.most_common(1)), self._timezone)

    def day(self, named: object) -> DayClock:
        """The clock of a day given as "DAY1", 1, "1" or an ISO date.

        Raises:
            ValueError: it names no day.
            UndatedLines: the days are numbered and the date of DAY1 is not known.
        """
        key = str(named)  # True == 1, and lists cannot be keys
        if key not in self._clocks:
            self._clocks[key] = DayClock(self._date(key), self._timezone)
        return self._clocks[key]

    def _date(self, named: str) -> date:
        number = day_number(named) or (int(named) if re.fullmatch(r"[1-9]\d{0,2}", named) else None)
        if number is None:
            return date.fromisoformat(named[:10])
        if self._day_one is None:
            raise needs_day_one(self._path)
        self.source = TimeSource.USER
        return self._day_one + timedelta(days=number - 1)

    def at(self, value: object, day: object = None) -> float:
        """Seconds UTC of a time, on the day that its line names if it does.

        Raises:
            ValueError: it is no time.
            UndatedLines: it counts from something that is not known.
        """
        try:
            if isinstance(value, str):
                return plausible(self._of_text(value.strip(), day))
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError(f"{value!r} is no time")
            return plausible(self._of_number(float(value), day))
        except OverflowError as error:
            raise ValueError(f"{value!r} is no time") from error

    def _of_text(self, text: str, day: object) -> float:
        seconds = clock_seconds(text)
        if seconds is not None:
            return self._offset(seconds, day)
        if day is not None and re.fullmatch(r"\d{7,8}", text):
            return self.day(day).at(frames_clock(text))
        try:
            number = float(text)
        except ValueError:
            moment = datetime.fromisoformat(text)
            if not moment.tzinfo:
                return moment.replace(tzinfo=self._zone).timestamp()
            if moment.utcoffset() not in (timedelta(), moment.astimezone(self._zone).utcoffset()):
                self._elsewhere[name_of(moment)] += 1
            return moment.timestamp()
        return self._of_number(number, day)

    def _of_number(self, value: float, day: object) -> float:
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"{value} is no time")
        if day is not None and 172_800 < value < _EPOCH:
            return self.day(day).at(frames_clock(int(value)))
        if value >= _EPOCH:
            return value / 1000 if value >= _EPOCH_MS else value
        return self._offset(value, day)

    def _offset(self, seconds: float, day: object) -> float:
        if day is not None:
            return self.day(day).at(seconds)
        if self._day is not None:
            return self.day(self._day).at(seconds)
        if self._start is None:
            raise needs_start(self._path)
        self.counted = True
        return self._start + seconds


def plausible(at: float) -> float:
    """The moment, if it lies between 1970 and 2200. Raises ValueError otherwise."""
    if not _EARLIEST <= at <= _LATEST:
        raise ValueError(f"{at} is not a time at which anything was recorded")
    return at
