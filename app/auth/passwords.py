"""Passwords, kept as Argon2id hashes; whether one fits takes as long for a name nobody has."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from functools import cached_property
from secrets import token_bytes

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.auth.errors import AuthRefused
from app.presentation.i18n import t

LEAST, MOST = 8, 256  # characters


class Passwords:
    """Hashes and compares."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """``hasher`` says how dear a guess is: by default argon2-cffi's, which follow RFC 9106."""
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        """A hash of nothing that anybody knows, which costs as much to compare with as others."""
        price = self._hasher
        salt, hashed = _base64(price.salt_len), _base64(price.hash_len)
        costs = f"m={price.memory_cost},t={price.time_cost},p={price.parallelism}"
        return f"$argon2id$v=19${costs}${salt}${hashed}"

    def hash(self, password: str) -> str:
        """What is kept of a password. Raises Refused where it is none to rely on."""
        return self._hasher.hash(self._accepted(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the one that ``hashed`` was made of; None, of an unknown name, never is.

        Either way one hash is computed, so that the time tells nobody which names exist.
        """
        plain = _plain(password)
        known = hashed if hashed is not None and len(plain) <= MOST else None
        try:
            fits = self._hasher.verify(known or self._decoy, plain[:MOST])
        except (VerificationError, InvalidHashError):
            return False
        return fits and known is not None

    def outdated(self, hashed: str) -> bool:
        """Whether it was made at a lower price than is asked today."""
        return self._hasher.check_needs_rehash(hashed)

    def _accepted(self, password: str) -> str:
        plain = _plain(password)
        if len(plain) < LEAST:
            raise AuthRefused(
                t("The password is too short: use {least} characters or more.", least=LEAST)
            )
        if len(plain) > MOST:
            raise AuthRefused(
                t("The password is too long: use at most {most} characters.", most=MOST)
            )
        if len(set(plain)) < 3:
            raise AuthRefused(t("This password is easy to guess; choose another one."))
        return plain


def _base64(size: int) -> str:
    return b64encode(token_bytes(size)).decode().rstrip("=")


def _plain(password: str) -> str:
    """The same password from every keyboard (NIST SP 800-63B, 3.1.1.2), and one that encodes."""
    text = password.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", text)
