"""The loop of answering: plan, retrieve, judge, then answer with citations or abstain.

Answerer(store.as_of, embedder, chat).ask(Question("Where is the charger?", asked_at))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from egogpt.protocols.chat import Chat
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.caption_terms import FACE
from egogpt.text.directives import is_strange_name
from egogpt.text.tokens import is_numbered
from egorag.across.attribution import attributed, by_wearer
from egorag.answerability.statement_reader import StatementReader
from egorag.answering.searcher import Searcher
from egorag.conversation.follow_up import follow_up, goes_on, has_own_topic
from egorag.conversation.hanging import hanging
from egorag.conversation.small_talk import small_talk
from egorag.generation.answers import searched_span
from egorag.handlers.context import Context, LookAgain, Tools
from egorag.handlers.registry import steps
from egorag.long_context.reading import LongReading
from egorag.question.plan import BRACKETS, Plan, asks_to_see, make_plan
from egorag.question.spelling import respelt
from egorag.retrieval.image_retrieval import ImageRetriever
from egorag.retrieval.protocol import Retriever
from egorag.retrieval.registry import DEFAULT, load_retriever
from egorag.wording.abstention import explain_scope, with_scope
from egorag.wording.draft import picture_search
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.core import Answer, Citation, Question, Scope, Span, Turn
from memory.types.evidence_cards import EvidenceCards
from memory.types.explanation import LookSummary

_DAY = 86_400.0


class Answerer:
    """Answers questions from a store, with a language model or without.

    Args:
        view_of: what may be known at a moment: ``Store.as_of``.
        embedder: compares meanings; without one, or where it fails, words alone decide.
        chat: writes answers; without one, they are extracted.
        retriever: the name of a strategy in ``egorag.retrieval.registry``, or a strategy; one that
            is used again need not derive again what it keeps of the life.
        long: reads whole hours and days that questions name (``egorag.long_context.reading``).
        look: opens the best clips again for questions that pictures can tell of
            (``egorag.answering.visual_recheck``).
        pictures: an image–text embedder whose vectors the store holds; without one, pictures are
            found by what was recognised, read and said.
        reader: a language model that reads each statement with the question, beside the embedder.
    """

    def __init__(
        self,
        view_of: Callable[[float], View],
        embedder: Embedder | None = None,
        chat: Chat | None = None,
        retriever: str | Retriever = DEFAULT,
        pictures: PictureEmbedder | None = None,
        look: LookAgain | None = None,
        long: LongReading | None = None,
        reader: StatementReader | None = None,
    ) -> None:
        self._view_of = view_of
        if isinstance(retriever, str):
            retriever = load_retriever(retriever, pictures=pictures)
        searcher = Searcher(retriever, embedder, reader)
        self._hangs = hanging(embedder)
        self._tools = Tools(searcher, ImageRetriever(pictures), chat, look, long)

    def ask(self, question: Question) -> Answer:
        """The whole answer.

        Raises:
            ValueError: the question's time zone is unknown.
        """
        *_, answer = self.stream(question)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, question: Question) -> Iterator[EvidenceCards | str | Answer]:
        """The moments that come closest, where the question is searched for; then the answer's
        text piece by piece, once checked; the last item is the Answer."""
        given, as_asked = question, question.text
        text = as_asked
        recalled: tuple[Citation, ...] = ()
        if question.earlier and not _is_small_talk(text, question.earlier[-1]):
            text = follow_up(question, self._hangs)
            time = make_plan(question).time
            if text != as_asked and (time is None or time.anchor):  # else it is of other moments
                recalled = question.earlier[-1].citations
        whole = self._view_of(question.asked_at)
        text = respelt(whole, text)
        asked_before = question.earlier
        question = replace(question, text=text, earlier=())
        plan = replace(make_plan(question, whole.other_wearers()), recalled=recalled)
        view = whole.within(_scope(question.scope, plan), text)
        context = Context(view, plan, self._tools, question.choices or ())
        said: set[str] = set()
        for step in steps(context):
            if isinstance(step, Answer):
                carried = text != as_asked and BRACKETS.match(text)
                if step.abstained and carried and _may_stand_alone(given):
                    *alone, answer = self.stream(replace(given, earlier=()))
                    if isinstance(answer, Answer) and not answer.abstained:
                        yield from (*alone, answer)  # what it pointed back to did not matter
                        return
                yield from self._ended(
                    step, view, plan, question, rewritten=text != as_asked,
                    announced=asks_to_see(text) and not any(map(_refused_sight, asked_before)),
                )  # fmt: skip
                return
            if isinstance(step, EvidenceCards):
                yield by_wearer(view, step)
            elif step.text not in said:  # a model may have copied what is quoted
                yield f"{' ' if said else ''}{step.text}"
                said.add(step.text)

    def _ended(
        self,
        answer: Answer,
        view: View,
        plan: Plan,
        question: Question,
        *,
        rewritten: bool,
        announced: bool,
    ) -> Iterator[str | Answer]:
        """The text of an abstention, then the answer with what concerns every answer."""
        scope, pictures = question.scope, self._tools.pictures
        if answer.abstained:
            answer = with_scope(answer, plan, scope) if scope else answer
            yield answer.text
        looked = pictures.look(view, plan)
        searched = picture_search(pictures.note(looked), looked, announced)
        looks: tuple[LookSummary, ...] = getattr(self._tools.look, "take_looks", tuple)()
        explanation = replace(answer.explanation, pictures=searched, looks=looks or None)
        if scope or view.verdicts:
            explanation = explain_scope(explanation, view, scope)
        yield replace(
            answer,
            citations=tuple(attributed(view, citation) for citation in answer.citations),
            understood=question.text if rewritten else "",
            turn=turn_of(view, question, answer),
            explanation=explanation,
            wearers=view.coverage_by_wearer(searched_span(plan)),
        )


def _is_small_talk(words: str, before: Turn) -> bool:
    return not goes_on(words, before) and small_talk(words) is not None


def _may_stand_alone(question: Question) -> bool:
    """Whether a question that was asked with the one before it may be understood without."""
    return has_own_topic(question.text) or follow_up(question) == question.text


def _refused_sight(turn: Turn) -> bool:
    """Whether something to be seen was asked for and not found."""
    return turn.moment is None and asks_to_see(turn.question)


def _scope(scope: Scope, plan: Plan) -> Scope:
    """What the question is kept to: "Person 3", whom no text names, is looked for by the number."""
    numbered = tuple(name for name in plan.names if is_numbered(name))
    return replace(scope, people=numbered) if numbered and not scope.people else scope


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
