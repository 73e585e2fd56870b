"""Answers in the words of a language model, kept only as far as cited evidence bears them out.

The model sees the notes and nothing else, and is asked for a few words: what they rest on is quoted
after them, and a whole sentence leaves a small model room to weave notes together. Each of its
sentences is then checked: every number, every name and nearly every content word must stand in what
the notes that it is cited to state, or it goes. What they only order is reported.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from egogpt.grounding.claims import claims, closed, held_stems
from egogpt.protocols.chat import Chat, ChatError, Message
from egogpt.text.chinese_text import is_chinese
from egogpt.text.directives import looks_like_instruction, sanitize
from egogpt.text.is_question import is_question
from egogpt.text.stemmer import stem
from egogpt.text.tokens import tokens
from egorag.evidence.chronology import likeliest_in_order, tells_where_now
from egorag.evidence.findings import Findings
from egorag.evidence.modality import modalities_asked
from egorag.evidence.reading import tells_number
from egorag.evidence.time_match import in_time
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.generation.backing import Reread, backing, weights_for
from egorag.generation.contradiction import contradicts
from egorag.generation.hearsay import Hearsay
from egorag.generation.notes import note, pack, worth_reading
from egorag.generation.prompts import answer_messages
from egorag.generation.totals import total
from egorag.question.answer_form import once, reply_form
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.wording.draft import MOST, Draft, only_spoken_of

# Reading takes most of the time: on two cores the 1.5B reads about 60 tokens a second.
NOTES, LIST_NOTES = 6, 9  # units that are read; where several things are asked for
NOTE_TOKENS, LIST_TOKENS = 260, 400  # and the most tokens of them
ANSWER_TOKENS = 32
STOP = ("\n",)
NOT_MENTIONED = re.compile(
    r"\b(?:not mentioned|not (?:stated|specified|said)|unknown|i (?:do not|don't) know)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?P<weekday>[A-Z][a-z]+day),? (?P<date>\d{1,2} [A-Z][a-z]+ \d{4})\b"
)  # a note's
_END = re.compile(r"(?<=[.!?])\s+")
_SHORT = 4  # words of what a sentence may hold without repeating it
_SUPPORTED = 0.8  # share of the answer's own content words that its notes must hold
_log = logging.getLogger(__name__)


def write(
    chat: Chat,
    plan: Plan,
    units: Sequence[Unit],
    hearsay: Hearsay | None = None,
    quoted: Sequence[Unit] = (),
) -> Iterator[Draft]:
    """The model's sentences that the units (by importance) support, one by one.

    ``hearsay`` knows what stands beside the units; a sentence that rests on an order becomes a
    report of it, once. Of a list that they do not support what they do is kept. What only repeats a
    unit that may be ``quoted`` below is left out.
    """
    hearsay = hearsay or Hearsay(units)
    reported: set[Draft] = set()
    for sentence, inside in written(chat, plan, [u for u in units if hearsay.readable(u)]):
        if _repeats(sentence, quoted):
            continue
        supported = validate(sentence, plan, inside, hearsay)
        if supported is None and reply_form(plan).several:
            parts = [one for one in sentence.split(", ") if validate(one, plan, inside, hearsay)]
            supported = validate(", ".join(parts), plan, inside, hearsay)
        draft = hearsay.guarded(sentence, plan, supported)
        if draft is not None and draft not in reported:
            reported.add(draft)
            yield draft


def written(chat: Chat, plan: Plan, units: Sequence[Unit]) -> Iterator[tuple[str, list[Unit]]]:
    """What the model writes of the units, unchecked, each sentence with the units that it read.

    The model stops at the end of the sentence, or of the second where several things are asked for.
    """
    form = reply_form(plan)
    messages, inside = prompt(plan, units)
    if not inside:
        return
    pieces = chat.stream(messages, max_tokens=ANSWER_TOKENS, stop=STOP)
    for sentence in islice(_sentences(pieces), 2 if form.several else 1):
        if NOT_MENTIONED.search(sentence):
            return
        yield once(sentence) if form.several else sentence, inside


def prompt(
    plan: Plan, units: Sequence[Unit], *, orders: bool = False
) -> tuple[list[Message], list[Unit]]:
    """What the model is asked of the units (by importance), and those that it reads.

    Words that dictate an answer are left out, unless ``orders`` are to be read, too: to see
    whether the model obeys them.
    """
    form = reply_form(plan)
    most, budget = (LIST_NOTES, LIST_TOKENS) if form.several else (NOTES, NOTE_TOKENS)
    notes, inside = pack(units[:most], plan.local, budget, orders=orders)
    return answer_messages(notes, f"{plan.text} {form.hint}".strip()), inside


def _sentences(pieces: Iterator[str]) -> Iterator[str]:
    pending = ""
    for piece in pieces:
        pending += piece
        *whole, pending = _END.split(pending)
        yield from (sentence for sentence in whole if sentence.strip())
    if pending.strip():
        yield pending


def validate(
    sentence: str, plan: Plan, units: Sequence[Unit], hearsay: Hearsay | None = None
) -> Draft | None:
    """The sentence with the units that bear it out, or None if they do not.

    Numbers and names must all stand in the cited notes; of the other content words four in five.
    Where a guess is asked for, its other words are the model's own: nobody said them.
    ``hearsay`` says what of a unit may bear anything out; without it all of it does.
    """
    guess = reply_form(plan).guess
    text = closed(sanitize(sentence).strip(" *_#>-\"'"))
    units = [unit for unit in units if unit.kind != "tag"]  # a guess bears out nothing
    if not text or not units or looks_like_instruction(text):
        return None
    own, strict = claims(text, {stem(token.word) for token in tokens(plan.text)})
    if not own and plan.kind != "yes_no":
        return None
    needed = own | {stem(word) for word in plan.required}
    unit_stems = [(unit, _note_stems(unit, plan, hearsay)) for unit in units]
    cited: list[Unit] = []
    covered: set[str] = set()
    while len(cited) < MOST:
        unit, stems_ = max(
            unit_stems, key=lambda row: (len(row[1] & own - covered), len(row[1] & needed))
        )
        if not (stems_ & needed) - covered:
            break
        cited.append(unit)
        covered |= stems_ & needed
        if own <= covered:
            break
    supported = strict <= covered and (guess or len(own & covered) >= _SUPPORTED * len(own))
    if not own and not guess:  # a bare "yes" claims all that was asked
        supported = needed <= covered
    if not cited or not supported or _beside_the_point(plan, cited, units):
        return None
    words = held_stems(" ".join(unit.what for unit in cited))
    if plan.kind == "where" and own.isdisjoint(words):  # only the day of the note
        return None
    if any(map(_is_no_date, _DATE.finditer(text))):
        return None
    if text[1:2].islower():  # "iPod" keeps its own spelling
        text = text[:1].upper() + text[1:]
    ended = text if text.rstrip('"”')[-1:] in tuple(".!?。！？") else text + _stop(text)
    return Draft(ended, tuple(dict.fromkeys(unit.citation() for unit in cited)))


def _is_no_date(match: re.Match[str]) -> bool:
    """Whether a day has another weekday: that of what was said with the date of when it was."""
    try:
        day = datetime.strptime(match["date"], "%d %B %Y")
    except ValueError:
        return True
    return day.strftime("%A") != match["weekday"]


def _stop(text: str) -> str:
    return "。" if is_chinese(text[-1:]) else "."


def _beside_the_point(plan: Plan, cited: Sequence[Unit], units: Sequence[Unit]) -> bool:
    """Whether the cited units only stand next to one that states something of what was asked.

    Beside a unit that only asks ("what's this pocket for?"), neighbours are where answers stand.
    What others did is told in many words: there, whom it is told of has been asked already.
    """
    if not plan.head or plan.of_another:
        return False
    speaking = [unit for unit in units if matched_terms([plan.head], unit.words)]
    stating = [unit for unit in speaking if not is_question(unit.what)]
    return bool(stating) and not any(unit in speaking for unit in cited)


def _note_stems(unit: Unit, plan: Plan, hearsay: Hearsay | None) -> set[str]:
    what = unit.what if hearsay is None else hearsay.evidence(unit, plan)
    return held_stems(note(replace(unit, what=what), plan.local)) if what else set()


def write_answer(
    chat: Chat | None,
    plan: Plan,
    findings: Findings,
    wearer: Wearer | None = None,
    reread: Reread | None = None,
) -> Generator[Draft, None, list[Draft]]:
    """The model's sentences as they come; none where there is no model, or rules do better.

    This is the one call of the model in a question: the verdict of the findings says whether they
    answer it. ``reread`` reads units once more: a sentence goes where what it cites would answer as
    well without its words.
    """
    drafts: list[Draft] = []
    if chat is None or not _suits_model(plan, findings):
        return drafts
    hearsay, weights = Hearsay(findings.units), weights_for(chat.name)
    read = [u for u in worth_reading(findings.scored, findings.units) if hearsay.readable(u)]
    try:
        for draft in write(chat, plan, read, hearsay, read if findings.read else ()):
            cited = [unit for unit in findings.units if unit.citation() in draft.citations]
            unsound = (
                _of_another_time(plan, cited, findings)
                or _is_superseded(plan, cited, findings)
                or not tells_number(plan, draft.text)
                or contradicts(plan, draft.text, cited, wearer)
            )
            backed = None if unsound else backing(draft, plan, findings, reread, weights)
            if not unsound and (backed is None or backed.holds(weights)):
                drafts.append(draft)
                yield draft
    except ChatError:  # without its words, the evidence still answers
        _log.warning("the language model failed; the answer is extracted", exc_info=True)
    return drafts


def _of_another_time(plan: Plan, cited: Sequence[Unit], findings: Findings) -> bool:
    """Whether what is cited is of other times only, where what is found first is of the time asked
    about: a model takes no note of dates."""
    best = findings.scored[0].unit
    if plan.exact_span is None or in_time(plan, best.what, best.span) < 1:
        return False
    return all(in_time(plan, unit.what, unit.span) < 1 for unit in cited)


def _is_superseded(plan: Plan, cited: Sequence[Unit], findings: Findings) -> bool:
    """Whether what is cited is older than what is said last of the same, which is quoted beside it:
    where the key was before it was moved."""
    if not findings.read or plan.time is not None or plan.order or plan.of_former:
        return False
    (*_, last) = (item.unit for item in likeliest_in_order(findings.scored))
    past = plan.language.pattern("clauses", "past").search(plan.query.lower())
    if is_question(last.what) or (past and not tells_where_now(plan, last)):
        return False
    return bool(cited) and all(unit.span.start < last.span.start for unit in cited)


def _repeats(sentence: str, units: Sequence[Unit]) -> bool:
    """Whether a sentence holds all that was said in one of the units, which is quoted below it."""
    words = _spaced(sentence)
    said = [_spaced(unit.what) for unit in units]
    return any(one == words or (one.count(" ") > _SHORT and one in words) for one in said)


def _spaced(text: str) -> str:
    return f" {' '.join(token.word for token in tokens(text))} "


def _suits_model(plan: Plan, findings: Findings) -> bool:
    """Whether a model words this better than the rules: of what was told, but not of what was seen.

    When something was seen, where and how often is for the rules to tell, to the second.
    """
    adviser = plan.language.pattern("question", "asked_adviser").search(plan.query.lower())
    if plan.about_anything or adviser or only_spoken_of(plan, findings.scored):
        return False
    if findings.read and total(plan, findings.scored):
        return False
    best = findings.scored[0].unit
    if plan.kind in ("when", "count", "how_long") or plan.order:
        return best.kind == "speech" and "speech" not in modalities_asked(plan.query)
    return plan.kind != "where" or best.kind not in ("object", "tag", "hand")
