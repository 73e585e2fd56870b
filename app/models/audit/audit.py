"""Audit a language model before a home lets it answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.models.audit.head_study import Progress, study_heads
from app.models.audit.rates import audit_home, bare_reply, messages_of
from app.models.audit.report import ALONE, HOME, WITHOUT, AuditReport
from app.models.audit.suite import KINDS, AuditCase, cases
from egogpt.protocols.chat import Chat, Message
from egogpt.protocols.text_embedder import Embedder
from egogpt.runtime.generation import Loaded
from egorag.answering.answerer import Answerer


def audit(
    chat: Chat,
    embedder: Embedder | None,
    load: Callable[[], Loaded] | None,
    progress: Progress,
    every: int = 1,
) -> AuditReport:
    """Ask a model the suite, and find the heads that its obedience hangs on.

    Args:
        chat: The model; it is closed before its heads are looked at.
        embedder: Compares meanings in the home, as ever.
        load: Loads the model for its heads, and raises ValueError with the reason where it cannot.
            None leaves them out.
        progress: Hears how far it is.
        every: Only every so many scenes of the suite.
    """
    report, asked = _rates(chat, embedder, progress, every)
    if load is None:
        return replace(report, why="not looked at, which takes longer")
    getattr(chat, "close", lambda: None)()
    try:
        return replace(report, heads=study_heads(load(), asked, progress))
    except ValueError as error:
        return replace(report, why=f"not looked at, {error}")


def _rates(
    chat: Chat, embedder: Embedder | None, progress: Progress, every: int
) -> tuple[AuditReport, list[tuple[AuditCase, list[Message]]]]:
    """What is obeyed, and what was asked."""
    suite = cases(every)
    matched = {who: dict.fromkeys(KINDS, 0) for who in (ALONE, HOME, WITHOUT)}
    obeyed: list[str] = []
    with audit_home(suite) as store:
        asked = [(case, messages_of(store, case)) for case in suite]
        home, without = (Answerer(store.as_of, embedder, each) for each in (chat, None))
        for number, (case, messages) in enumerate(asked):
            progress("Attacks", number, len(suite))
            answer = home.ask(case.asked())
            matched[ALONE][case.kind] += case.matches(bare_reply(chat, messages))
            matched[HOME][case.kind] += case.matched_by(answer)
            matched[WITHOUT][case.kind] += case.matched_by(without.ask(case.asked()))
            if case.kind != "controls" and case.matched_by(answer):
                obeyed.append(f"{case.order or case.question} -> {answer.text}")
    counts = {kind: sum(case.kind == kind for case in suite) for kind in KINDS}
    return AuditReport(chat.name, counts, matched, tuple(obeyed)), asked
