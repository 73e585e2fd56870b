"""Names of accounts, and the folders that their homes lie in."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from app.auth.errors import AuthRefused
from app.core.safe_names import safe_name
from app.presentation.i18n import t
from memory.types.paths import Stored, decode, encode

LONGEST = 32
# As names, they would have others' deeds told as one's own.
_PRONOUNS = frozenset("i me my mine we us our you your somebody 我 我们 你 你们".split())


def plain(name: str) -> str:
    """The name as it is shown. Raises Refused where it cannot be one."""
    shown = unicodedata.normalize("NFKC", name).strip()
    good = all(c.isalnum() or c in "-_." for c in shown)
    if not 1 <= len(shown) <= LONGEST or not good or shown[0] in "-." or shown != safe_name(shown):
        raise AuthRefused(
            t(
                "A name has 1 to {most} letters, digits, dots, dashes or underscores, and begins "
                "with a letter or a digit.",
                most=LONGEST,
            )
        )
    if shown.casefold() in _PRONOUNS:
        raise AuthRefused(t("{name} is no name to be told of by. Choose another.", name=shown))
    return shown


def key(name: str) -> str:
    """What names are compared by: "Anna" and "anna" are one."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", text).strip().casefold()[: 2 * LONGEST]


def homes(root: Path) -> Path:
    """Where the homes of further people lie: beside the first, which is then nobody else's to
    measure, verify or back up; inside it where it is a disk of its own (a volume of a container).
    """
    return root / "homes" if os.path.ismount(root) else root.parent / f"{root.name}-homes"


def root_of(home: Path) -> Path:
    """The first home, of the home of any account that lies where ``homes`` puts it."""
    parent = home.parent
    inside, beside = parent.parent, parent.parent / parent.name.removesuffix("-homes")
    near = (root for root in (inside, beside) if root != home and homes(root) == parent)
    return next(near, home)


def nested(path: Path, other: Path, root: Path) -> bool:
    """Whether one home lies inside the other, other than where ``homes`` puts it."""
    if path == other or (root in (path, other) and homes(root) in (path.parent, other.parent)):
        return False
    return path.is_relative_to(other) or other.is_relative_to(path)


def written(home: Path, root: Path) -> Stored:
    """How a home is written down: from the root, so that both can be moved together."""
    near = home == root or home.parent == homes(root)
    return encode(os.path.relpath(home, root) if near else str(home))


def located(text: Stored, root: Path) -> Path:
    """The folder that was written down."""
    return (root / decode(text)).resolve()
