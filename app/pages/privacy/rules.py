"""Rules on the page Privacy: how long things are kept, and whether strangers stay unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.privacy.shared import Confirmation, card, facts, listed, unshown
from app.pages.shell import FORGOTTEN, QUIET, Updates, focus_on, ordered
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain
from app.privacy.retention import LONGEST, RULES
from app.privacy.text import due_lines
from app.views.privacy_view import due_now, rule_words
from memory.types.errors import StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True, slots=True)
class AskedRules:
    """Rules that remove something, and the words in which that was asked."""

    rules: dict[str, int]
    words: str


class RuleSection:
    """The rules: saved at once where they remove nothing, else after a question."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section."""
        self._assistant = assistant
        with card("eb-rules"):
            gr.Markdown(f"## {t('How long things are kept')}")
            facts(
                t(
                    "Empty means for ever. Rules are seen to once a day while EgoButler runs; "
                    "files that lie elsewhere are never touched."
                )
            )
            self.days = {
                name: gr.Number(label=rule_words(name), placeholder=t("never")) for name in RULES
            }
            self._keep = gr.Button(
                t("Keep these rules"), variant="primary", elem_id="eb-save-rules"
            )
            self.question = Confirmation(
                "eb-rules-status", t("Cancel"), "eb-no-rules", t("Yes, keep these rules")
            )
            self.asked = gr.State(None)
        self.changes = self._wire()

    def _wire(self) -> list[gr.events.Dependency]:
        question, days = self.question, list(self.days.values())
        outcome = [*question.outputs, self.asked]
        saved = gr.on(
            [self._keep.click, *(field.submit for field in days)],
            self.save,
            days,
            outcome,
            **ordered("privacy"),
        )
        saved.then(None, None, None, js=focus_on("eb-no-rules"), **QUIET)
        for field in days:
            field.input(None, None, question.outputs, js=unshown(2), **QUIET)
        once, asked = ordered("privacy", "once"), [question.shown, self.asked]
        sure = question.sure.click(self.confirm, asked, outcome, **once)
        for event in (sure, question.cancel.click(lambda: self._say(""), None, outcome, **once)):
            event.then(None, None, None, js=focus_on("eb-save-rules"), **QUIET)
        return [saved, sure]

    @property
    def outputs(self) -> list[Any]:
        """What ``fill`` changes."""
        return [*self.days.values(), self.question.shown]

    def fill(self) -> Updates:
        """The rules there are, and what they are about to remove."""
        rules = self._assistant.privacy.retention.rules()
        days = {field: rules.get(name) for name, field in self.days.items()}
        return {**days, self.question.shown: listed("", due_now(self._assistant))}

    def save(self, *days: float | None) -> Updates:
        """Saves what was typed; asks first where it removes anything."""
        retention = self._assistant.privacy.retention
        if not all(each is None or each in range(1, LONGEST + 1) for each in days):
            return self._say(t("Give whole days from 1 to {most}, or none.", most=LONGEST))
        rules = {name: int(each or 0) for name, each in zip(self.days, days, strict=True)}
        due = retention.due(rules=rules)
        if due.nothing or {k: v for k, v in rules.items() if v} == retention.rules():
            return self._choose(rules)
        words = listed(t("This would go at the next daily run"), due_lines(due))
        return self._say(words, AskedRules(rules, words))

    def confirm(self, shown: str, asked: AskedRules | None) -> Updates:
        """Saves what was asked about."""
        if asked is None or shown != asked.words:
            return self._say(t("What would go has changed meanwhile. Look again."))
        return self._choose(asked.rules)

    def _choose(self, rules: dict[str, int]) -> Updates:
        retention = self._assistant.privacy.retention
        try:
            retention.choose(rules)
        except StoreError as error:
            return self._say(plain(translate(str(error))))
        lines = due_lines(retention.due())
        return self._say("\n\n".join([t("Kept. At the next daily run:"), listed("", lines)]))

    def _say(self, words: str, asked: AskedRules | None = None) -> Updates:
        return {**self.question.say(words, asks=asked is not None), self.asked: asked}


class BystanderSection:
    """Whether faces and voices of people without a name are let go."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section."""
        self._assistant = assistant
        with card("eb-bystanders"):
            gr.Markdown(f"## {t('Bystanders')}")
            facts(
                t(
                    "Who has no name stays unknown: what tells their face or voice from others is "
                    "deleted as soon as a recording is gone through. People with a name are still "
                    "recognised. Pictures and words stay."
                )
            )
            self.box = gr.Checkbox(
                label=t("Keep no faces and voices of people without a name"),
                elem_id="eb-no-bystanders",
            )
            self.question = Confirmation(
                "eb-bystanders-status",
                t("Keep them"),
                "eb-keep-them",
                t("Yes, let them go for good"),
            )
        self.changes = self._wire()

    def _wire(self) -> list[gr.events.Dependency]:
        question = self.question
        outcome = [self.box, *question.outputs]
        ticked = self.box.input(self.tick, [self.box], outcome, **ordered("privacy"))
        ticked.then(None, None, None, js=focus_on("eb-keep-them"), **QUIET)
        once = ordered("privacy", "once")
        sure = question.sure.click(self.let_go, None, outcome, **once)
        cancelled = question.cancel.click(self.take_back, None, outcome, **once)
        for event in (sure, cancelled):
            event.then(None, None, None, js=focus_on("eb-no-bystanders input"), **QUIET)
        sure.then(None, None, None, js=FORGOTTEN, **QUIET)
        return [ticked, sure]

    @property
    def outputs(self) -> list[Any]:
        """What ``fill`` changes."""
        return [self.box]

    def fill(self) -> Updates:
        """What was chosen."""
        return {self.box: self._assistant.privacy.bystanders_go}

    def tick(self, ticked: bool) -> Updates:
        """Asks before anything goes; knows everybody again at once."""
        if not ticked:
            return self._choose(False)
        words = t(
            "Faces and voices of people without a name go now, for good. Name those whom you "
            "want to keep first."
        )
        return self.question.say(words, asks=True)

    def let_go(self) -> Updates:
        """Lets the faces and voices go, from now on, too."""
        return self._choose(True)

    def _choose(self, forget: bool) -> Updates:
        try:
            count = self._assistant.privacy.let_bystanders_go(forget)
        except StoreError as error:
            return {self.box: not forget, **self.question.say(plain(translate(str(error))))}
        if not forget:
            return self.question.say(t("Kept."))
        return {self.box: True, **self.question.say(t("Kept. {n} faces and voices went.", n=count))}

    def take_back(self) -> Updates:
        """Nothing goes."""
        return {self.box: False, **self.question.say("")}
