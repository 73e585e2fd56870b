"""Errors of accounts; each text tells the person what to do."""

from __future__ import annotations

from pathlib import Path

from app.presentation.i18n import t


class AccountsError(Exception):
    """Base of everything here; the text is for a person to read."""


_FILE_REMEDY = (
    "Make it readable and writable for whoever runs EgoButler, or restore it from a backup. "
    "Without it nobody has an account."
)


class AccountsUnreadable(AccountsError):
    """The file or database of accounts cannot be used; nobody is let in meanwhile."""

    def __init__(self, place: Path | str, reason: str, remedy: str = _FILE_REMEDY) -> None:
        super().__init__(f"{place} cannot be used ({reason}). {remedy}")


class AuthRefused(AccountsError):
    """What was asked for cannot be done as it is; the text says what can."""


class AccountsChanged(AuthRefused):
    """Somebody else made, changed or removed what was to be changed, this very moment."""

    def __init__(self) -> None:
        super().__init__(t("This was changed meanwhile. Load the page again, then try again."))


class WrongPassword(AccountsError):
    """Name and password do not belong together, or there is no such name: never which."""

    def __init__(self) -> None:
        super().__init__(t("The name or the password is not right."))


class TooManyTries(AccountsError):
    """Too many wrong passwords. ``wait`` is seconds until the next may be tried."""

    def __init__(self, wait: float) -> None:
        self.wait = max(1, round(wait + 0.5))
        super().__init__(
            t("Too many tries. Wait {seconds} seconds, then try again.", seconds=self.wait)
        )
