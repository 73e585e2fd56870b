"""Connections of this process since it started, in words: what left this machine."""

from __future__ import annotations

from app.core.outgoing import Outgoing, OutgoingLog, Reach, open_now, reach_of
from app.presentation.i18n import t
from app.presentation.time_text import moment_words


def connection_lines(log: OutgoingLog, timezone: str) -> list[str]:
    """One sentence on what left, then a line for each address: those that are furthest first."""
    opened, now = log.all(), open_now()
    beyond = [one for one in opened if one.reach != "here"]
    unseen = [pair for pair in now if pair not in {(one.host, one.port) for one in opened}]
    away = [pair for pair in unseen if reach_of(pair[0]) != "here"]
    since = moment_words(log.since, timezone)
    first = (
        t("Something left this machine since {time}:", time=since)
        if beyond or away
        else t("Nothing left this machine since it was started, {time}.", time=since)
    )
    ordered = sorted(opened, key=lambda one: _FURTHEST.index(one.reach))
    lines = [_line(one, timezone) for one in ordered]
    return [first, *lines, *(_open_line(*pair) for pair in unseen)]


_FURTHEST: tuple[Reach, ...] = ("internet", "network", "here")


def _line(outgoing: Outgoing, timezone: str) -> str:
    last = moment_words(outgoing.last, timezone, seconds=True)
    kind = {
        "connection": t("connection"),
        "message": t("message"),
        "lookup": t("question for the address"),
    }[outgoing.kind]
    times = "" if outgoing.count == 1 else f" ({outgoing.count} ×)"
    by = t(", by {module}", module=outgoing.source) if outgoing.source else ""
    where = f"{_address(outgoing.host, outgoing.port)} – {_reach_words(outgoing.reach)}"
    return f"{where}: {kind}{times}, {last}{by}"


def _open_line(host: str, port: int) -> str:
    return f"{_address(host, port)} – {_reach_words(reach_of(host))}: " + t("open now")


def _address(host: str, port: int) -> str:
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") if port else host


def _reach_words(reach: Reach) -> str:
    return {
        "here": t("this machine itself"),
        "network": t("the network at home"),
        "internet": t("the internet"),
    }[reach]
