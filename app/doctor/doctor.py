"""Looks at the machine, the models and the store, and says what is wrong and how to mend it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from app.assistant import Assistant
from app.backup.verdict_text import lines, remedies
from app.core.settings import Settings
from app.doctor import home as doctor_home
from app.doctor import machine as doctor_machine
from app.doctor.findings import Finding
from app.models.named_models import named_models
from app.presentation.rendering import number_of
from memory.integrity.verify import verify

__all__ = ["Finding", "examine", "examine_closed"]

_log = logging.getLogger(__name__)
_SHOWN = 5  # of what was found in the store


def examine(butler: Assistant, port: int = 7860) -> list[Finding]:
    """Everything worth knowing, the store first. A look that fails says so and costs no other."""
    return [_looked(what, look) for what, look in _looks(butler, port)]


def examine_closed(settings: Settings, why: str, port: int = 7860) -> list[Finding]:
    """What can be looked at of a home that does not open, for the reason ``why``."""
    home = settings.home
    looks: list[tuple[str, Callable[[], Finding]]] = [
        ("store", lambda: _closed(why)),
        ("disk", lambda: doctor_home.disk_room(home)),
        ("file system", lambda: doctor_home.network(home)),
        ("permissions", lambda: doctor_home.permissions(home)),
        ("sqlite", doctor_machine.sqlite),
        ("packages", doctor_machine.foreign_packages),
        ("port", lambda: doctor_machine.port(port)),
        ("remote", lambda: doctor_machine.remote(settings)),
    ]
    return [_looked(what, look) for what, look in looks]


def _closed(why: str) -> Finding:
    remedy = "do what it says; where the database is damaged: egobutler restore FILE --replace"
    return Finding("store", False, why, remedy, serious=True)


def _looks(butler: Assistant, port: int) -> Iterator[tuple[str, Callable[[], Finding]]]:
    yield "store", lambda: _store(butler)
    yield "disk", lambda: doctor_home.disk_room(butler.home)
    yield "file system", lambda: doctor_home.network(butler.home)
    yield "storage", lambda: doctor_home.storage(butler.store, butler.privacy.retention.rules())
    yield "permissions", lambda: doctor_home.permissions(butler.home)
    yield "originals", lambda: doctor_home.originals(butler.store)
    yield "queue", lambda: doctor_home.queue(butler.store)
    yield "summaries", lambda: doctor_home.summaries(butler.store)
    yield "vectors", lambda: doctor_home.vectors(butler.store, butler.brains.embedder_name())
    yield "index", lambda: doctor_machine.vector_search(butler.store)
    yield "backup", lambda: doctor_home.backup(butler.store)
    yield "leftovers", lambda: doctor_home.leftovers(butler.home)
    yield "sqlite", doctor_machine.sqlite
    yield "packages", doctor_machine.foreign_packages
    yield "clock", lambda: doctor_machine.clock(butler.store)
    yield "port", lambda: doctor_machine.port(port)
    yield "remote", lambda: doctor_machine.remote(butler.settings)
    yield "models", lambda: _models(butler)
    for model in named_models(butler.settings, butler.brains.weights):
        yield "model", partial(doctor_machine.named_model, model)


def _looked(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # a damaged store must not hide that the disk is full
        _log.warning("the doctor could not look at %s", what, exc_info=True)
        remedy = "see to what else is found, then run this again"
        return Finding(what, False, f"could not be looked at ({error})", remedy)


def _store(butler: Assistant) -> Finding:
    verdict = replace(verify(butler.store), file_faults=())  # those are looked at by themselves
    count = len(butler.store.recordings.all())
    detail = f"{butler.home}, {number_of(count, 'recording')}, integrity {verdict.integrity}"
    if not verdict.sound:
        detail = "; ".join([detail, *_few(lines(verdict))])
    remedy = "; ".join(remedies(verdict)) if not verdict.sound else ""
    return Finding("store", verdict.sound, detail, remedy, serious=True)


def _few(sentences: Sequence[str]) -> Sequence[str]:
    more = len(sentences) - _SHOWN
    return [*sentences[:_SHOWN], f"and {more} more"] if more > 0 else sentences


def _models(butler: Assistant) -> Finding:
    preset = butler.brains.preset
    missing = butler.brains.weights.missing(preset.bundles)
    advice = f"missing {' '.join(missing)}; fetch with: egobutler models fetch" if missing else ""
    chosen = f"preset {preset.name} ({butler.brains.why})"
    detail = ", ".join(filter(None, (chosen, butler.brains.chat_speed(), advice)))
    remedy = "egobutler models fetch" if missing else ""
    return Finding("models", not missing, detail, remedy)
