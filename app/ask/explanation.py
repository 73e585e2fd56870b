"""Explain an answer: how the question was read, what was searched, what was weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from app.presentation.i18n import t, translate
from app.presentation.rendering import Json, local_time
from app.presentation.time_text import seek_address
from memory.store.store import Store
from memory.types.core import Answer, Citation
from memory.types.explanation import Explanation, WeighedClip
from memory.types.messages import UserMessage

_CANDIDATES = 8


def reasons_of(answer: Answer) -> Json | None:
    """Why an answer is what it is, as a home keeps it: lines, and the clips that were weighed.

    None where no question was read. Nothing in it quotes a clip: `why_json` looks them up.
    """
    explanation = answer.explanation
    if explanation == Explanation():
        return None
    lines = chain(_read(explanation), _searched(explanation), _judged(explanation, answer))
    weighed = (explanation.evidence or ())[:_CANDIDATES]
    return {
        "lines": list(filter(None, lines)),
        "weighed": [[entry.clip, float(entry.score), _floats(entry.why)] for entry in weighed],
    }


def why_json(reasons: Json | None, citations: Sequence[Citation], store: Store) -> Json | None:
    """Lines for a person, and the moments that were weighed with how well each did (0..1)."""
    if reasons is None:
        return None
    weighed = [WeighedClip(*entry) for entry in reasons["weighed"]]
    best = max((entry.score for entry in weighed), default=0.0) or 1.0
    candidates = (_candidate(entry, best, citations, store) for entry in weighed)
    return {"lines": reasons["lines"], "candidates": list(filter(None, candidates))}


def _floats(signals: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in signals.items()}


def _kind(kind: str) -> str:
    words = {
        "lookup": t("a fact"),
        "when": t("a time"),
        "who": t("a person"),
        "where": t("a place"),
        "count": t("a number of times"),
        "how_long": t("a length of time"),
        "summarise": t("a summary"),
        "yes_no": t("yes or no"),
        "todo": t("what is still to be done"),
    }
    return words.get(kind, kind)


def _read(explanation: Explanation) -> list[str]:
    """How the question was read."""
    lines = [t("I took the question to ask for {kind}.", kind=_kind(explanation.kind))]
    if words := ", ".join(explanation.required):
        lines.append(t("A moment had to speak of: {words}.", words=words))
    if interval := translate(explanation.interval):
        phrase = (
            t("Only this time counted: {when}.", when=interval)
            if explanation.interval_exact
            else t("Moments near this time came first: {when}.", when=interval)
        )
        lines.append(phrase)
    if explanation.order:
        first = explanation.order == "first"
        lines.append(t("The earliest was wanted.") if first else t("The latest was wanted."))
    return lines


def _searched(explanation: Explanation) -> list[str]:
    """What was searched, round by round where there was more than one."""
    scope = explanation.scope
    filters = (scope.people, scope.places, scope.devices) if scope else ()
    lines = [
        t("You kept the search to: {names}.", names=", ".join(names)) for names in filters if names
    ]
    for number, search_round in enumerate(explanation.rounds or (), 1):
        outcome = (
            t("answered")
            if search_round.supported
            else (translate(search_round.reason) or t("nothing"))
        )
        lines.append(
            t(
                "Search {number}: “{query}” ({why}): {found}.",
                number=number,
                query=search_round.searched,
                why=translate(search_round.why),
                found=outcome,
            )
        )
        if search_round.steps:
            steps = ", ".join(f"“{step}”" for step in search_round.steps)
            lines.append(t("For it I also searched: {steps}.", steps=steps))
    if explanation.pictures and explanation.pictures.note:
        lines.append(_pictures(explanation.pictures.note))
    return lines


def _pictures(note: str) -> str:
    """How pictures were searched, and what hindered the search."""
    if isinstance(note, UserMessage) and note.key == "egorag.no-picture-model":  # as usual
        return t(
            "Pictures were searched by what was recognised in them, by the text read in them and "
            "by what was said."
        )
    return translate(note)


def _judged(explanation: Explanation, answer: Answer) -> list[str]:
    """What was made of it, and by whom."""
    lines = []
    verdict = explanation.verdict
    if verdict is not None:
        share = round(100 * verdict.coverage)
        if verdict.words:
            words = ", ".join(verdict.words)
            lines.append(
                t("Read word by word, it answers with a chance of {share} %.", share=share)
            )
            lines.append(t("That rests most on: {words}.", words=words))
        else:
            lines.append(t("What was found speaks of {share} % of the question.", share=share))
        if verdict.missing:
            missing = ", ".join(verdict.missing)
            lines.append(t("Nothing there speaks of: {words}.", words=missing))
        if verdict.reason:
            lines.append(t("The verdict: {reason}.", reason=translate(verdict.reason)))
    judged = explanation.judged
    if judged and judged.wrong:
        lines.append(t("Left out because you said that it is not it: {n}.", n=judged.wrong))
    if judged and judged.right:
        lines.append(t("Put first because you said that it is it: {n}.", n=judged.right))
    writer = explanation.written_by
    if not answer.abstained:
        how = (
            t("The sentences are taken from the recordings by rules, without a language model.")
            if writer == "extractive"
            else t("The answer was made from: {writer}.", writer=_writer(writer))
        )
        lines += [how, t("How sure: {percent} %.", percent=round(100 * answer.confidence))]
    return lines


def _writer(writer: str) -> str:
    """What an answer was made from; a language model by its name."""
    words = {
        "what was to be done": t("what was to be done"),
        "what was said of it": t("what was said of it"),
        "summaries": t("summaries"),
        "who was heard and seen": t("who was heard and seen"),
        "where things were left": t("where things were left"),
        "evidence": t("the moments that were found"),
        "counted": t("a count of moments"),
    }
    return words.get(writer, writer)


def _candidate(
    entry: WeighedClip, best: float, citations: Sequence[Citation], store: Store
) -> Json | None:
    clip = store.recordings.clip(entry.clip)
    recording = None if clip is None else store.recordings.get(clip.recording_id)
    if clip is None or recording is None:
        return None
    start, end = clip.span.start - recording.start, clip.span.end - recording.start
    words = " ".join((store.memories.caption(clip.id) or "").split())[:160]
    offset = local_time(clip.span.start, recording.timezone).utcoffset()
    return {
        "at": clip.span.start + (offset.total_seconds() if offset else 0.0),
        "seek": seek_address(recording.id, start, end, words),
        "words": words,
        "share": round(max(0.0, entry.score) / best, 3),
        "signals": [
            [_signal(name), round(value, 2)] for name, value in entry.why.items() if value > 0
        ],
        "cited": any(
            cited.recording_id == recording.id and cited.span.overlaps(clip.span)
            for cited in citations
        ),
    }


def _signal(name: str) -> str:
    """What a signal of retrieval means to a person; names of other strategies stay as they are."""
    words = {
        "lexical": t("the same words"),
        "semantic": t("a like meaning"),
        "neighbours": t("what was just before and after"),
        "day": t("the day around it"),
        "form": t("it tells rather than asks"),
        "time": t("near the time you named"),
        "picture": t("what is seen"),
        "beside": t("next to what you named"),
        "confirmed": t("you said so"),
    }
    return words.get(name, name)
