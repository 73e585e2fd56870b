"""Grants on the page Privacy: who may ask one's memories, what they asked, whose one may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import HTTPException

from app.across.granting import end_grant, give_grant
from app.across.told import quotes
from app.ask.answer_page import shortened
from app.auth.accounts import Account, Accounts
from app.auth.errors import TooManyTries
from app.auth.grants import Grant
from app.auth.reauthentication import require_password
from app.core.errors import Refusal
from app.pages.event_context import web_request
from app.pages.messages import tell
from app.pages.privacy.shared import card, facts
from app.pages.shell import Updates, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.parse_time import parse_moment
from app.presentation.rendering import quote_text
from app.presentation.time_text import moment_words, seek_address
from app.routes.access.visits import Visits, account_of
from memory.repositories.questions_from_others import QuestionFromOther
from memory.types.core import Scope, Span

if TYPE_CHECKING:
    from app.assistant import Assistant

_FOREVER = 1e11  # seconds UTC; where a time ends that has no end
_LISTED, _QUOTED = 20, 5  # questions, and moments of each
_DAYS = 7


class GrantSection:
    """What others may ask, what they asked, and whom one may ask."""

    def __init__(self, assistant: Assistant) -> None:
        """Places the section; it is shown to whoever has an account."""
        self._assistant, self._visits = assistant, Visits(assistant)
        with card("eb-grants") as self.section:
            gr.Markdown(f"## {t('Who may ask my memories')}")
            facts(t("Nobody may, unless you let them. They never see more than you choose here."))
            with gr.Column(visible=False, min_width=0) as self.given:
                self.takers = gr.Radio([], label=t("They may ask"))
                self._end = gr.Button(t("Let them ask no more"), elem_id="eb-end-grant")
            self._place_giving()
            self.taken = markdown()
            self.asked = markdown(elem_id="eb-asked")
        self.outputs: list[Any] = [
            *(self.section, self.given, self.takers, self._end, self.taken, self.asked),
            *(self._people, self._places),
        ]
        self.takers.input(self.choose, [self.takers], [self._end], **ordered("privacy"))
        self.changes = [self._wire_end(), self._wire_give()]

    def _place_giving(self) -> None:
        with gr.Accordion(t("Let somebody ask"), open=False, elem_id="eb-give-grant"):
            self._name = gr.Textbox(label=t("Name of their account"), max_length=256, max_lines=1)
            self._media = gr.Checkbox(
                label=t("They may also play recordings, where all of one may be asked about")
            )
            with gr.Row():
                self._people, self._places = (
                    gr.Dropdown([], multiselect=True, label=label, max_choices=20)
                    for label in (t("Only moments with"), t("Only moments at"))
                )
            with gr.Row():
                self._begin = gr.DateTime(label=t("Only from"), type="string", value=None)
                self._until = gr.DateTime(label=t("Only until"), type="string", value=None)
                self._days = gr.Number(label=t("For how many days"), value=_DAYS, precision=0)
            attributes = gr.InputHTMLAttributes(autocomplete="current-password")
            self._password = gr.Textbox(
                label=t("Your password"),
                type="password",
                max_length=256,
                html_attributes=attributes,
            )
            self._give = gr.Button(t("Let them ask"), variant="primary")

    def _wire_end(self) -> gr.events.Dependency:
        once = ordered("privacy", "once")
        ended: gr.events.Dependency = self._end.click(self.end, [self.takers], self.outputs, **once)
        return ended

    def _wire_give(self) -> gr.events.Dependency:
        typed = [self._name, self._media, self._people, self._places]
        typed += [self._begin, self._until, self._days, self._password]
        outputs = [*self.outputs, self._name, self._password]
        once = ordered("privacy", "once")
        presses = [self._give.click, self._password.submit]
        given: gr.events.Dependency = gr.on(presses, self.give, typed, outputs, **once)
        return given

    def show(self) -> Updates:
        """The grants of whoever is served, given and taken, and what was asked of them."""
        seen = self._visits.of(web_request())
        if seen.account is None:
            return {self.section: gr.Column(visible=False)}
        accounts, store = seen.accounts, self._assistant.store
        given = accounts.grants.given_by(seen.account.id)
        taken = accounts.grants.given_to(seen.account.id)
        mine = [self._words(_name(accounts, grant.giver), grant) for grant in taken]
        takers = [(self._words(name, one), name) for one in given
                  if (name := _name(accounts, one.taker))]  # fmt: skip
        last = takers[-1][1] if takers else None
        return {
            self.section: gr.Column(visible=True),
            self.given: gr.Column(visible=bool(takers)),
            self.takers: gr.Radio(choices=takers, value=last),
            self._end: self.choose(last),
            self.taken: _listed(t("You may ask:"), mine),
            self.asked: self._asked(store.asked.latest(_LISTED)),
            self._people: gr.Dropdown(choices=store.people.names(200)),
            self._places: gr.Dropdown(choices=store.events.places(5000, 200)),
        }

    def choose(self, taker: str | None) -> gr.Button:
        """The button names whom it is about."""
        return gr.Button(t("Let {name} ask no more", name=taker or ""))

    def end(self, taker: str | None) -> Updates:
        """Lets somebody ask no more, from their next question on."""
        seen = self._visits.of(web_request())
        if not taker:
            raise Refusal(t("Choose somebody first."))
        end_grant(seen.accounts, account_of(seen), seen.accounts.get(taker))
        tell(t("{name} may ask no more.", name=taker))
        return self.show()

    def give(
        self,
        name: str,
        media: bool,
        people: list[str] | None,
        places: list[str] | None,
        begin: str | None,
        until: str | None,
        days: float | None,
        password: str,
    ) -> Updates:
        """Lets somebody ask, within what was chosen; with the owner's password."""
        seen = self._visits.of(web_request())
        giver = account_of(seen)
        narrowed = Scope(tuple(people or ()), tuple(places or ()), (), self._span(begin, until))
        require_password(
            seen, giver, password, t("Your password is not right; nothing was changed.")
        )
        taker = self._taker(seen.accounts, giver, name)
        scopes = ["ask", *(["media"] if media else [])]
        give_grant(seen.accounts, giver, taker, scopes, int(days or 0), narrowed)
        tell(t("{name} may ask now.", name=taker.name))
        return {**self.show(), self._name: "", self._password: ""}

    def _taker(self, accounts: Accounts, giver: Account, name: str) -> Account:
        """The account of a name; whoever tries many waits as whoever tries passwords."""
        if wait := accounts.guesses.charge("", "", f"grants of {giver.id}"):
            raise HTTPException(429, str(TooManyTries(wait)))
        return accounts.get(name)

    def _span(self, begin: str | None, until: str | None) -> Span | None:
        if not begin and not until:
            return None
        zone = self._assistant.timezone
        low = parse_moment(begin, zone).timestamp() if begin else 0.0
        high = parse_moment(until, zone).timestamp() if until else _FOREVER
        if high <= low:
            raise Refusal(t("The time ends before it begins."))
        return Span(low, high)

    def _asked(self, questions: list[QuestionFromOther]) -> str:
        """What others asked, and what they were shown, each to be played."""
        lines = [line for asked in questions for line in self._question(asked)]
        return "\n".join([f"### {t('What others asked')}", "", *lines]) if lines else ""

    def _question(self, asked: QuestionFromOther) -> list[str]:
        when = self._when(asked.asked_at)
        shown = quotes(asked)
        count = len(shown)
        many = t("{n} moments shown", n=count) if count else t("nothing was shown")
        what = t("1 moment shown") if count == 1 else many
        words = shortened(asked.question)
        line = t("{when}, {name}: “{question}”", when=when, name=asked.who, question=words)
        lines = [f"- {plain(line)} · {what}"]
        for _, cited in shown[:_QUOTED]:
            recording = self._assistant.store.recordings.get(cited.recording_id)
            begun = 0.0 if recording is None else recording.start
            span = (cited.span.start - begun, cited.span.end - begun)
            seek = seek_address(cited.recording_id, *span, "")
            said = quote_text(cited) if cited.speaker else cited.quote
            moment = plain(f"{self._when(cited.span.start)} {said}")
            lines.append(f"    - [▶]({seek}) {moment}")
        return lines

    def _when(self, at: float) -> str:
        return moment_words(at, self._assistant.timezone)

    def _words(self, name: str, grant: Grant) -> str:
        scope = grant.narrowed
        bounds = [
            *([t("with {names}", names=", ".join(scope.people))] if scope.people else []),
            *([t("at {places}", places=", ".join(scope.places))] if scope.places else []),
        ]
        if scope.span is not None and scope.span.start > 0:
            bounds.append(t("from {when}", when=self._when(scope.span.start)))
        if scope.span is not None and scope.span.end < _FOREVER:
            bounds.append(t("to {when}", when=self._when(scope.span.end)))
        only = t("only moments {bounds}", bounds=", ".join(bounds)) if bounds else t("all moments")
        if "media" in grant.scopes:
            only = t("{moments}, and recordings", moments=only)
        return t("{name}: {what}; until {when}", name=name, what=only, when=self._when(grant.ends))


def _listed(title: str, lines: list[str]) -> str:
    return "\n".join([title, "", *(f"- {plain(line)}" for line in lines)]) if lines else ""


def _name(accounts: Accounts, number: int) -> str:
    account = accounts.by_id(number)
    return account.name if account else ""
