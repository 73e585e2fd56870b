"""Answer a question by two settings, named A and B only, until the owner has said which is better.

service = ComparisonService(assistant)
comparison = service.compare("Where are my keys?", service.pair(), tell, over)
service.vote(comparison.id, "a")         # tells which was which
service.use("flat/none")                 # once that is better with a probability of 0.95
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from app.ask.conversations import ConversationService
from app.ask.service import AskService, Tell, TooMany
from app.ask.setting_answers import answer_by, named_setting, other_settings, own_setting
from app.ask.win_rates import WinRate, win_rates
from app.core.errors import Refusal
from app.core.result_cache import VersionedCache
from app.models.answer_settings import AnswerSetting
from app.models.errors import MODEL_ERRORS
from app.models.setting_choices import said_by
from app.presentation.i18n import t, translate
from egogpt.runtime.cancellation import Cancelled, check, until
from memory.repositories.comparison_votes import Better, ComparisonVote
from memory.types.core import Answer, Question
from memory.types.errors import StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant

Vote: TypeAlias = Literal["a", "b", "both", "neither"]
_BETTER: dict[Vote, Better] = {"a": "first", "b": "second", "both": "both", "neither": "neither"}
_OPEN, _FOR = 16, 1e10  # comparisons without a vote, and seconds that they wait for one
_log = logging.getLogger(__name__)
_draw = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class ComparedAnswer:
    """The answer of a setting; without one, the ``trouble`` that it failed by, in a sentence."""

    setting: AnswerSetting
    answer: Answer | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question with two answers, A and B, in an order that was drawn."""

    id: str
    question: str
    answers: tuple[ComparedAnswer, ComparedAnswer]

    @property
    def has_failed(self) -> bool:
        """Whether one of them is none: there is nothing to vote on."""
        return any(one.answer is None for one in self.answers)

    @property
    def is_alike(self) -> bool:
        """Whether both say the same by the same moments: there is nothing to vote on."""
        first, second = (one.answer for one in self.answers)
        if first is None or second is None:
            return False
        return (first.text, first.citations) == (second.text, second.citations)

    @property
    def is_votable(self) -> bool:
        """Whether there are two answers that differ."""
        return not (self.has_failed or self.is_alike)


class ComparisonService:
    """The comparisons of a home. Threads may share one."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._desk, self._conversations = AskService(assistant), ConversationService(assistant)
        self._open: VersionedCache[Comparison | None] = assistant.caches.for_seconds(_FOR, _OPEN)
        self._guard = threading.Lock()

    def pair(self, first: str = "", second: str = "") -> tuple[AnswerSetting, AnswerSetting]:
        """Two settings by their names: by default the home's own, and the first other one.

        Raises:
            Refusal: One cannot run here, or they are the same.
        """
        chosen = named_setting(self._assistant, first)
        others = [one.name for one in other_settings(self._assistant) if one != chosen]
        other = named_setting(self._assistant, second or others[0])
        if chosen == other:
            raise Refusal(t("Both are the same setting; choose another one for one of them."))
        return chosen, other

    def compare(
        self,
        question: str,
        pair: tuple[AnswerSetting, AnswerSetting],
        tell: Tell,
        over: threading.Event,
    ) -> Comparison:
        """Answers by one after the other, in an order that tells nothing.

        Tells ``waiting``, and ``answering`` with how many are ``done``.

        Raises:
            Refusal: There is no question.
            TooMany: Too many others wait.
            Cancelled: It is ``over`` before both have answered.
        """
        if not question.strip():
            raise Refusal(t("The question is empty."))
        asked = Question(question.strip(), time.time(), self._assistant.timezone)
        answers: dict[AnswerSetting, ComparedAnswer] = {}
        with self._desk.room(), self._desk.turn(tell, over) as mine, until(over):
            for done, setting in enumerate(_draw.sample(pair, 2) if mine else ()):
                tell({"kind": "answering", "done": done})
                answers[setting] = self._answered(setting, asked)
                check()
        if len(answers) < 2:
            raise Cancelled
        first, second = _draw.sample(pair, 2)
        comparison = Comparison(secrets.token_hex(8), asked.text, (answers[first], answers[second]))
        if comparison.is_votable:
            self._open.get(comparison.id, lambda: comparison)
        return comparison

    def tell_first_votable(
        self,
        questions: Sequence[str],
        pair: tuple[AnswerSetting, AnswerSetting],
        tell: Tell,
        over: threading.Event,
    ) -> None:
        """Compares until two answers differ, or the last question is reached.

        Tells ``compared`` with the ``comparison`` and its ``number``, or ``error``; before, of one
        question what ``compare`` tells, of several ``question`` with ``number`` and ``of``.
        """
        count = len(questions)
        hear: Tell = tell if count == 1 else lambda _: None
        try:
            for number, question in enumerate(questions, 1):
                if count > 1:
                    tell({"kind": "question", "number": number, "of": count})
                comparison = self.compare(question, pair, hear, over)
                if comparison.is_votable or number == count:
                    tell({"kind": "compared", "comparison": comparison, "number": number})
                    return
        except Cancelled:
            tell({"kind": "error", "message": t("Stopped.")})
        except TooMany:
            busy = t("Too many questions are waiting. Try again in a moment.")
            tell({"kind": "error", "message": busy})
        except Refusal as error:
            tell({"kind": "error", "message": str(error)})

    def vote(self, comparison_id: str, vote: Vote) -> tuple[Comparison, bool]:
        """Keeps which is better, once; the comparison, and whether it could be kept.

        It is kept with the question, among the conversations; so is the better answer.

        Raises:
            Refusal: There is no such comparison, it has a vote, or what it shows is forgotten.
        """
        with self._guard:  # of two votes at once one counts
            comparison = self._open.get(comparison_id, lambda: None)
            self._open.drop(comparison_id)
        if comparison is None:
            raise Refusal(t("This comparison is over. Ask again to compare."))
        first, second = (one.answer for one in comparison.answers)
        assert first is not None
        assert second is not None
        better, other = (second, first) if vote == "b" else (first, second)
        begun = self._conversations.begin("", comparison.question)
        self._conversations.finish(begun, better, beside=other.citations)
        a, b = (one.setting.name for one in comparison.answers)
        row = ComparisonVote(begun.asked_at, a, b, _BETTER[vote])
        votes, where = self._assistant.store.comparisons, begun.conversation
        return comparison, bool(where) and votes.add(where, row)

    def rates(self) -> list[WinRate]:
        """How often each setting answers better than the home's own, as the votes have it."""
        votes = self._assistant.store.comparisons.all()
        return win_rates(votes, own_setting(self._assistant).name)

    def use(self, name: str, *, owner: bool) -> None:
        """Chooses a setting for the home, from the next start on; ``owner`` runs the computer.

        Raises:
            Refusal: It is not better with enough probability, it cannot run here, or what was
                said at the start outdoes it.
        """
        setting, own = named_setting(self._assistant, name), own_setting(self._assistant)
        if not any(one.setting == setting.name and one.is_better for one in self.rates()):
            raise Refusal(t("Not enough votes say that this setting answers better."))
        for part in ("retriever", "chat"):
            value, before = getattr(setting, part), getattr(own, part)
            if value == before:
                continue
            if said_by(self._assistant.given, part):
                raise Refusal(
                    t("“{value}” was said when EgoButler was started, which wins.", value=before)
                )
            self._assistant.choosing.choose(part, value, owner=owner)

    def _answered(self, setting: AnswerSetting, asked: Question) -> ComparedAnswer:
        try:
            return ComparedAnswer(setting, answer_by(self._assistant, setting, asked))
        except (*MODEL_ERRORS, StoreError, Refusal) as error:  # its words are for the person
            return ComparedAnswer(setting, trouble=translate(str(error)))
        except Cancelled:
            raise
        except Exception as error:
            _log.exception("a setting failed to answer")
            kind = type(error).__name__
            words = t("I could not answer that ({kind}). The log says more.", kind=kind)
            return ComparedAnswer(setting, trouble=words)
