"""Read sentences word by word with the learned judge; sights go by their names."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from egogpt.protocols.token_encoder import TokenEncoder
from egogpt.text.is_question import is_question
from egogpt.text.tokens import content_words, fold, words_of
from egorag.answerability.judge import AnswerabilityJudge, AnswerJudgement
from egorag.answerability.pool import POOLED, Asked, Statement
from egorag.answerability.subject import person_asked_about, subject_match
from egorag.answerability.words import question_words, statement_words
from egorag.evidence.asker import own_deeds_first
from egorag.evidence.chronology import named_time_first, with_later_news, without_later
from egorag.evidence.clauses import speaks_of
from egorag.evidence.number_words import folded_numbers
from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.talk import said_before
from egorag.evidence.time_match import in_time
from egorag.evidence.units import Unit
from egorag.language.glossary import is_part, is_parted, with_english_words
from egorag.language.language import language_of
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.core import Evidence
from memory.types.messages import UserMessage

_READABLE = frozenset({"speech", "caption", "text"})
_LIKELY = 0.25  # of an answer that holds every word of the question
_RESTS_ON = 3  # words that are named in an explanation
_OF_ITS_TIME = 0.5  # nearness to the time that is asked about
_UNREAD = 0.05  # score of a unit that was not among those that were read


def readable(units: Sequence[Unit]) -> list[Unit]:
    """The units that are sentences."""
    return [unit for unit in units if unit.kind in _READABLE]


@dataclass(frozen=True)
class Competing:
    """The ``units`` whose ``statements`` compete to answer what is ``asked``.

    ``words`` are the question's; ``compounds`` leads from each to those that the units make of it.
    """

    asked: Asked
    statements: Sequence[Statement]
    units: Sequence[Unit]
    words: Sequence[str]
    compounds: Mapping[str, frozenset[str]]

    def judged(self, judge: AnswerabilityJudge, view: View) -> AnswerJudgement:
        """How likely they answer, each read behind what was said before it."""
        return judge.judge(
            self.asked, self.statements, lambda at: said_before(view, self.units[at])
        )


def competing(
    encoder: TokenEncoder,
    embedder: str,
    view: View,
    plan: Plan,
    evidence: Sequence[Evidence],
    units: Sequence[Unit],
) -> Competing:
    """The sentences that are judged; ``embedder`` is the name under which the clips' vectors are
    stored."""
    clips = {item.memory.clip_id: item for item in evidence}
    core = with_english_words(view.count_text, plan.core)
    cosines = view.compare_vectors(
        encoder.encoder_query(core), embedder, [e.memory.id for e in evidence]
    )
    by_clip = {item.memory.clip_id: cosines.get(item.memory.id) for item in evidence}
    floor = min((c for c in cosines.values()), default=0.0)
    high = max((item.score for item in evidence), default=1.0)
    low = min((item.score for item in evidence), default=0.0)

    def statement(unit: Unit) -> Statement:
        item, cosine = clips.get(unit.clip_id), by_clip.get(unit.clip_id)
        found = (item.score - low) / (high - low + 1e-6) if item else 0.0
        return Statement(
            unit.what,
            unit.who if fold(unit.voice) in plan.names else unit.speaker,
            unit.span.start,
            floor if cosine is None else cosine,
            found,
            in_time(plan, unit.what, unit.span),
        )

    words = question_words(core)
    best = sorted(with_numbers(plan, units), key=lambda unit: -unit.rank)[: 2 * POOLED]
    compounds = _compounds(plan, core, best)
    related = _by_stem(compounds)
    frequency = {word: view.count_text(word) for word in words}
    for word in frequency.keys() & related:
        frequency[word] = max(frequency[word], _holding(related[word], best))
    asked = Asked(core, frequency, view.count_clips(), plan.time is not None, related)
    return Competing(asked, [statement(unit) for unit in best], best, words, compounds)


def read(
    judge: AnswerabilityJudge,
    embedder: str,
    view: View,
    plan: Plan,
    evidence: Sequence[Evidence],
    units: Sequence[Unit],
) -> tuple[SupportVerdict, list[Scored], AnswerJudgement]:
    """The verdict over sentences, and the sentences by how likely they answer, best first."""
    known = competing(judge.encoder, embedder, view, plan, evidence, units)
    best = known.units
    judgement = known.judged(judge, view)
    told = agreement(plan.core, best, judgement)
    judgement = judgement.in_view_of(told)
    scored = named_time_first(plan, without_later(plan, _scored(plan, best, judgement)))
    scored = own_deeds_first(view, plan, with_later_news(view, plan, scored))
    if plan.about_deed:
        scored = [item for item in scored if _is_of_the_time(plan, item.unit)] or scored
    of_another = told is not None and told <= 0
    return _verdict(plan, known, judgement, of_another), scored, judgement


def with_numbers(plan: Plan, units: Sequence[Unit]) -> list[Unit]:
    """The units; of what asks for a number, without statements that tell none, if others do."""
    return [u for u in units if is_question(u.what) or tells_number(plan, u.what)] or list(units)


def tells_number(plan: Plan, text: str) -> bool:
    """Whether a text tells a number or an amount, where the question asks for one."""
    if asks_age(plan):
        return language_of(text).pattern("question", "age").search(text) is not None
    if not plan.language.pattern("question", "asks_number").search(plan.query):
        return True
    language = language_of(text)
    known, amount = folded_numbers(language.code), language.pattern("question", "amount")
    return not known.isdisjoint(words_of(text)) or bool(amount.search(text))


def asks_age(plan: Plan) -> bool:
    """Whether a question asks how old somebody is, which no other number tells."""
    return plan.language.pattern("question", "asks_age").search(plan.query) is not None


def _compounds(plan: Plan, text: str, units: Sequence[Unit]) -> dict[str, frozenset[str]]:
    """The words of a German question → the compounds with it that the units speak of."""
    if plan.language.code != "de":
        return {}
    vocabulary = {word for unit in units for word in unit.words}
    return {
        asked: frozenset(word for word in vocabulary if is_part(asked, word))
        for asked in dict.fromkeys((*content_words(text), *plan.terms))
    }


def _by_stem(compounds: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The same by the stems of words, without words that no compound is said of."""
    return {
        word: frozenset(stem for one in spoken for stem in statement_words(one))
        for asked, spoken in compounds.items()
        for word in question_words(asked)
        if spoken
    }


def _spoken_of(plan: Plan, unit: Unit, compounds: Mapping[str, frozenset[str]]) -> set[str]:
    """Those of the words that have to be met that a unit speaks of, maybe by a compound or, for a
    compound, by its parts."""
    terms, words, german = plan.required, unit.words, plan.language.code == "de"
    compounded = {one for one in terms if not compounds.get(one, frozenset()).isdisjoint(words)}
    parted = {term for term in terms if german and is_parted(term, words)}
    return compounded | parted | matched_terms(terms, words)


def _holding(words: frozenset[str], units: Sequence[Unit]) -> int:
    return len({u.clip_id for u in units if not words.isdisjoint(statement_words(u.what))})


def agreement(question: str, units: Sequence[Unit], judgement: AnswerJudgement) -> float | None:
    """-1..1, how much of what answers, in talk of two, tells of the one who is asked about.

    None where others speak, too: among many, one tells of another without a name.
    """
    speakers = {unit.speaker.lower() for unit in units if unit.speaker}
    if len(speakers) != 2 or speakers & SELF or not person_asked_about(question, speakers):
        return None
    read_units = [(units[at].speaker, units[at].what) for at in judgement.shares]
    match = subject_match(question, read_units)
    return sum(share * of for share, of in zip(judgement.shares.values(), match))


def _verdict(
    plan: Plan, known: Competing, judgement: AnswerJudgement, of_another: bool
) -> SupportVerdict:
    units, words = known.units, known.words
    stated = [statement_words(f"{units[at].who}: {units[at].what}") for at in judgement.shares]
    met = tuple(word for word in words if any(word in one for one in stated))
    missing = tuple(word for word in plan.required if not _stated(word, met))
    best = max(judgement.shares, key=judgement.shares.__getitem__)
    near = _spoken_of(plan, units[best], known.compounds)
    spoken = statement_words(f"{units[best].who}: {units[best].what}")
    in_one = bool(plan.required) and not of_another
    in_one = in_one and all(w in near or _stated(w, spoken) for w in plan.required)
    then = [units[at] for at in judgement.shares if _is_of_the_time(plan, units[at])]
    deed = plan.about_deed and any(speaks_of(plan.head, unit) for unit in then)
    likely = (in_one or deed) and judgement.probability >= _LIKELY
    answerable = (judgement.answerable or likely) and (deed or not plan.about_deed)
    answerable = answerable and _is_of_somebody(plan, units, units[best])
    reason = "" if answerable else UserMessage("egorag.nothing-answers")
    return SupportVerdict(
        answerable,
        judgement.probability,
        tuple(word for word in plan.required if word not in missing),
        missing,
        reason,
        tuple(word for word, _ in judgement.words[:_RESTS_ON]),
    )


def _is_of_the_time(plan: Plan, unit: Unit) -> bool:
    """Whether a unit tells of the part of a day that is asked about; other times are named."""
    part = plan.time is not None and not plan.time.exact
    return not part or in_time(plan, unit.what, unit.span) >= _OF_ITS_TIME


def _is_of_somebody(plan: Plan, units: Sequence[Unit], best: Unit) -> bool:
    """Whether the best unit tells an age of whose age is asked for, and somebody of that name is
    heard or spoken of whose words are."""
    table = plan.language.table("question")
    if asked := re.search(table["asks_age"], plan.query):
        told, own = fold(f"{best.who} {best.what}"), plan.language.table("clauses")["self"]
        named = (word.removeprefix(own) for word in plan.required if word not in asked[0])
        return all(word in told for word in named) and tells_number(plan, best.what)
    words = re.search(table["unheard"], plan.query)
    return words is None or any(words["who"] in f"{unit.who} {unit.what}" for unit in units)


def _stated(word: str, met: Container[str]) -> bool:
    return any(part in met for part in question_words(word))


def _scored(plan: Plan, units: Sequence[Unit], judgement: AnswerJudgement) -> list[Scored]:
    terms = plan.terms or tuple(content_words(plan.text))
    highest = max(judgement.shares.values(), default=1.0)
    scored = [
        Scored(
            unit,
            judgement.shares[at] / highest if at in judgement.shares else _UNREAD * unit.rank,
            frozenset(matched_terms(terms, unit.words)),
            judgement.shares.get(at, 0.0),
        )
        for at, unit in enumerate(units)
    ]
    return sorted(scored, key=lambda item: (-item.score, item.unit.span))


def merged(
    read_verdict: SupportVerdict,
    sentences: Sequence[Scored],
    sight_verdict: SupportVerdict,
    sights: Sequence[Scored],
    *,
    sights_first: bool,
) -> tuple[SupportVerdict, list[Scored]]:
    """Both; sights before sentences where they are what is asked for, or nothing else answers."""
    if not sight_verdict.supported:
        return read_verdict, list(sentences)
    if sights_first or not read_verdict.supported:
        return sight_verdict, [*sights, *(replace(item, score=_UNREAD) for item in sentences)]
    return read_verdict, [*sentences, *(replace(item, score=_UNREAD) for item in sights)]
