"""Errors of weights; each text says what to do."""

from __future__ import annotations


class WeightError(RuntimeError):
    """Anything about weights that a person can put right."""


class UnknownBundle(WeightError):
    """A name that no bundle (or file of a bundle) has."""


class WeightMissing(WeightError):
    """The file is not in the weights folder."""


class WeightCorrupt(WeightError):
    """The file is there, but it is not the file that its SHA-256 promises."""


class NotEnoughDisk(WeightError):
    """The disk that holds the weights folder has too little room for a download."""


class FetchFailed(WeightError):
    """No source gave the file; the text names every source that was tried and why it failed."""


class SourceFailed(WeightError):
    """One source did not give the file; the next one is tried.

    ``host_is_down`` says that the whole host is out of reach, so asking it again is useless;
    ``status`` is that of HTTP, where a server answered.
    """

    def __init__(
        self, reason: str, *, host_is_down: bool = False, status: int | None = None
    ) -> None:
        super().__init__(reason)
        self.host_is_down, self.status = host_is_down, status
