"""Checks outside the home: packages, the clock, the port, what leaves the machine."""

from __future__ import annotations

import importlib.metadata
import socket
import sqlite3 as _sqlite
import time
from datetime import UTC, datetime
from pathlib import Path

from app.core.settings import Settings
from app.doctor.findings import Finding
from app.models.chat_models import ALLOW_VARIABLE, leaving_models, where_they_go
from app.models.named_models import NamedModel
from app.models.plan.text import title_of
from memory.db.disk_space import size_words
from memory.store.store import Store
from memory.types.timezones import local_zone
from memory.vectors.card import FEWEST, placement

_DRIVER = Path("/proc/driver/nvidia/version")
_FIXED = (3, 51, 3)
_EARLIEST = datetime(2025, 1, 1, tzinfo=UTC).timestamp()


def sqlite() -> Finding:
    """Which SQLite, and whether it has the fault of write-ahead logs."""
    fixed = _sqlite.sqlite_version_info >= _FIXED
    note = "" if fixed else " (older than 3.51.3: one writer at a time, which EgoButler ensures)"
    return Finding("sqlite", True, _sqlite.sqlite_version + note)


def foreign_packages() -> Finding:
    """Whether a package of another maker takes the place of one of ours."""
    if not _is_installed("kernels"):
        return Finding("packages", True, "nothing installed beside EgoButler shadows its packages")
    return Finding(
        "packages",
        False,
        "the package 'kernels' is installed too and shadows ours",
        "pip uninstall kernels, or install EgoButler in a virtual environment of its own",
        serious=True,
    )


def vector_search(store: Store) -> Finding:
    """Whether vectors are searched by the processor or on a card, and why."""
    kinds = (("texts", store.vectors.largest()), ("pictures", store.pictures.largest()))
    places = [(kind, placement(*largest)) for kind, largest in kinds]
    said = "; ".join(
        f"{kind} {'on the card' if place.on_card else 'by the processor'}: {place.why}"
        for kind, place in places
    )
    detail = f"vectors are searched: {said}"
    packages = {name for name in ("faiss-cpu", "faiss-gpu") if _is_installed(name)}
    if len(packages) == 2:
        remedy = "pip uninstall -y faiss-cpu faiss-gpu && pip install faiss-gpu"
        both = "faiss-cpu and faiss-gpu are both installed, and each overwrites the other"
        return Finding("index", False, f"{both}; {detail}", remedy)
    large = any(count >= FEWEST for _, (count, _) in kinds)
    if large and "faiss-gpu" not in packages and _DRIVER.exists():
        remedy = "for a card of NVIDIA: pip uninstall -y faiss-cpu && pip install faiss-gpu"
        return Finding("index", True, detail, remedy)
    return Finding("index", True, detail)


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def clock(store: Store) -> Finding:
    """Whether this computer's clock and zone can be right: "yesterday" is told by them."""
    now, zone = time.time(), local_zone()
    shown = f"{datetime.fromtimestamp(now).astimezone():%Y-%m-%d %H:%M}, {zone}"
    newest = store.recordings.newest()
    if now < _EARLIEST:
        remedy = "set the clock of this computer: timedatectl set-ntp true"
        return Finding("clock", False, f"it shows {shown}, which is past", remedy)
    if newest is not None and newest.span.end > now + 86_400:
        detail = f"it shows {shown}; a recording of {newest.device or 'yours'} ends later than that"
        remedy = "set this computer's clock, or that of the recording: egobutler clock --help"
        return Finding("clock", False, detail, remedy)
    if newest is not None and _differ(newest.timezone, zone):
        detail = f"it shows {shown}; the newest recording is of {newest.timezone}"
        return Finding("clock", True, f"{detail}, in which days are shown")
    return Finding("clock", True, shown)


def _differ(zone_name: str, other: str) -> bool:
    return zone_name != other and not {zone_name, other} <= {"UTC", "Etc/UTC", "UTC+00:00"}


def port(number: int) -> Finding:
    """Whether the app can listen where it usually does, or does already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", number)) == 0
    if not taken:
        return Finding("port", True, f"{number} is free")
    if _is_ours(number):
        return Finding("port", True, f"EgoButler is at http://127.0.0.1:{number}")
    remedy = "choose another port: egobutler serve --port 7861"
    return Finding("port", False, f"{number} is taken by another program", remedy)


def _is_ours(number: int) -> bool:
    import httpx

    try:
        with httpx.Client(trust_env=False, timeout=3, follow_redirects=False) as client:
            reply = client.get(f"http://127.0.0.1:{number}/healthz")
            return reply.status_code == 200 and reply.json() == {"ok": True}
    except (httpx.HTTPError, ValueError):
        return False


def named_model(model: NamedModel) -> Finding:
    """Whether a model that was chosen by its name is here, what it is for, and what it takes."""
    roles = ", ".join(map(title_of, model.roles))
    licence = f"licence {model.licence or 'unknown'}" if model.state == "present" else ""
    size = size_words(model.size) if model.size else ""
    facts = ", ".join(filter(None, (roles, size, licence, model.place)))
    good = model.state in ("present", "elsewhere")
    detail = f"{model.name} ({facts}) {'' if good else 'is ' + model.state}".rstrip()
    return Finding("model", good, detail, model.trouble)


def remote(settings: Settings) -> Finding:
    """Whether words or pictures may leave this computer."""
    leaving = leaving_models(settings.model_names)
    if not leaving:
        return Finding("remote", True, "nothing leaves this computer")
    destinations = " ".join(where_they_go(leaving))
    return Finding(
        "remote",
        False,
        destinations,
        f"to keep it here, name no such model, or unset {ALLOW_VARIABLE}",
    )
