"""What a question and its answer leave for the next question to point back to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from egogpt.text.caption_terms import FACE
from egogpt.text.directives import is_strange_name
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.core import Answer, Citation, Question, Span, Turn

_DAY = 86_400.0


def turn_of(view: View, question: Question, answer: Answer) -> Turn | None:
    """The turn of a question that stands alone and its answer; of an abstention, the question.

    None of small talk, which leaves nothing to point back to.
    """
    if answer.abstained:
        return Turn(question.text, question.asked_at, citations=answer.citations)
    if not answer.citations:
        return None
    spans = [citation.span for citation in answer.citations]
    moment = Span(min(span.start for span in spans), max(span.end for span in spans))
    if moment.duration > _DAY:  # quotes of several days: the first is the answer
        moment = spans[0]
    met = Counter(name for cited in answer.citations for name in _people(view, cited))
    people = [name for name, _ in met.most_common() if not is_strange_name(name)]
    wearer = {name.lower() for name in view.wearer_names()} | SELF
    others = tuple(name for name in people if name.lower() not in wearer)
    return Turn(question.text, question.asked_at, moment, others, answer.citations)


def _people(view: View, cited: Citation) -> Iterator[str]:
    """The names of those who are heard or seen in what is cited."""
    around = Span(cited.span.start, max(cited.span.end, cited.span.start + 1e-3))
    for memory in view.memories("clip", around):
        if memory.recording_id != cited.recording_id:
            continue
        for said in view.utterances(memory.clip_id):
            if said.speaker and said.span.overlaps(around):
                yield said.speaker
        for seen in view.sightings(memory.clip_id):
            if seen.kind == "face" and seen.what != FACE and seen.span.overlaps(around):
                yield seen.what
