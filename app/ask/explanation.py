"""Why an answer is what it is: how the question was read, what was searched, what was weighed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.presentation.i18n import t, translate
from app.presentation.rendering import Json, local_time
from app.presentation.time_text import seek_address
from memory.store.store import Store
from memory.types.core import Answer
from memory.types.messages import UserMessage

_CANDIDATES = 8


def why_json(answer: Answer, store: Store) -> Json:
    """Lines for a person, and the moments that were weighed with how well each did (0..1)."""
    told = answer.explanation
    return {
        "lines": [
            line for line in (*_read(told), *_searched(told), *_judged(told, answer)) if line
        ],
        "candidates": _candidates(answer, store),
    }


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


def _read(told: Mapping[str, Any]) -> list[str]:
    """How the question was read."""
    lines = [t("I took the question to ask for {kind}.", kind=_kind(str(told.get("kind", ""))))]
    if words := ", ".join(map(str, told.get("required", ()))):
        lines.append(t("A moment had to speak of: {words}.", words=words))
    if interval := translate(told.get("interval") or ""):
        exact = told.get("interval_exact")
        phrase = (
            t("Only this time counted: {when}.", when=interval)
            if exact
            else t("Moments near this time came first: {when}.", when=interval)
        )
        lines.append(phrase)
    if order := told.get("order"):
        lines.append(
            t("The earliest was wanted.") if order == "first" else t("The latest was wanted.")
        )
    return lines


def _searched(told: Mapping[str, Any]) -> list[str]:
    """What was searched, round by round where there was more than one."""
    scope = told.get("scope") or {}
    kept = [scope[kind] for kind in ("people", "places", "devices") if scope.get(kind)]
    lines = [t("You kept the search to: {names}.", names=", ".join(names)) for names in kept]
    rounds = told.get("rounds", ())
    for number, one in enumerate(rounds, 1):
        found = t("answered") if one["supported"] else (translate(one["reason"]) or t("nothing"))
        lines.append(
            t(
                "Search {number}: “{query}” ({why}): {found}.",
                number=number,
                query=one["searched"],
                why=translate(one["why"]),
                found=found,
            )
        )
    if note := (told.get("pictures") or {}).get("note"):
        lines.append(_pictures(note))
    return lines


def _pictures(note: str) -> str:
    """How pictures were searched, and what hindered the search."""
    if isinstance(note, UserMessage) and note.key == "egorag.no-picture-model":  # as usual
        return t(
            "Pictures were searched by what was recognised in them, by the text read in them and "
            "by what was said."
        )
    return translate(note)


def _judged(told: Mapping[str, Any], answer: Answer) -> list[str]:
    """What was made of it, and by whom."""
    lines = []
    verdict = told.get("verdict")
    if verdict is not None:
        share = round(100 * verdict["coverage"])
        lines.append(t("What was found speaks of {share} % of the question.", share=share))
        if verdict["missing"]:
            missing = ", ".join(verdict["missing"])
            lines.append(t("Nothing there speaks of: {words}.", words=missing))
        if verdict["reason"]:
            lines.append(t("The verdict: {reason}.", reason=translate(verdict["reason"])))
    judged = told.get("judged") or {}
    if wrong := judged.get("wrong"):
        lines.append(t("Left out because you said that it is not it: {n}.", n=wrong))
    if right := judged.get("right"):
        lines.append(t("Put first because you said that it is it: {n}.", n=right))
    writer = str(told.get("written_by", ""))
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


def _candidates(answer: Answer, store: Store) -> list[Json]:
    """The moments that were weighed, best first, with their share of the best score."""
    listed = answer.explanation.get("evidence", ())[:_CANDIDATES]
    best = max((one["score"] for one in listed), default=0.0) or 1.0
    found = (_candidate(one, best, answer, store) for one in listed)
    return [one for one in found if one is not None]


def _candidate(one: Mapping[str, Any], best: float, answer: Answer, store: Store) -> Json | None:
    clip = store.clip(one["clip"])
    recording = None if clip is None else store.recording(clip.recording_id)
    if clip is None or recording is None:
        return None
    start, end = clip.span.start - recording.start, clip.span.end - recording.start
    words = " ".join((store.caption(clip.id) or "").split())[:160]
    offset = local_time(clip.span.start, recording.timezone).utcoffset()
    return {
        "at": clip.span.start + (offset.total_seconds() if offset else 0.0),
        "seek": seek_address(recording.id, start, end, words),
        "words": words,
        "share": round(max(0.0, one["score"]) / best, 3),
        "signals": [
            [_signal(name), round(value, 2)] for name, value in one["why"].items() if value > 0
        ],
        "cited": any(
            cited.recording_id == recording.id and cited.span.overlaps(clip.span)
            for cited in answer.citations
        ),
    }


def _signal(name: str) -> str:
    """What a signal of retrieval means to a person; names of other strategies stay as they are."""
    words = {
        "lexical": t("the same words"),
        "semantic": t("a like meaning"),
        "neighbours": t("what was just before and after"),
        "hour": t("the hour around it"),
        "day": t("the day around it"),
        "time": t("near the time you named"),
        "picture": t("what is seen"),
        "beside": t("next to what you named"),
        "confirmed": t("you said so"),
    }
    return words.get(name, name)
