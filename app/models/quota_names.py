"""QuoTA in the name of a model that sees: its tokens shared out among a clip's frames."""

from __future__ import annotations

from egogpt.protocols.model_names import QUOTAS

USUAL = QUOTAS[0]
_OPTION = "quota="


def quota_of(name: str) -> str:
    """The way in a name: ``0.5`` of ``qwen-vl?bits=4&quota=0.5``."""
    ways = (one.removeprefix(_OPTION) for one in _options(name) if one.startswith(_OPTION))
    return next(ways, "") or USUAL


def with_quota(name: str, way: str) -> str:
    """The same name with another way; the usual one needs no words."""
    others = [one for one in _options(name) if not one.startswith(_OPTION)]
    options = others if way == USUAL else [*others, _OPTION + way]
    return "?".join(filter(None, (name.partition("?")[0], "&".join(options))))


def _options(name: str) -> list[str]:
    return [one for one in name.partition("?")[2].split("&") if one]
