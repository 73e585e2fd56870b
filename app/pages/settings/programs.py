"""Programs and assistants: tokens, and how another assistant is given the tools (MCP)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.auth.tokens import LONGEST_NAME, AccessToken
from app.pages.event_context import origin, web_request
from app.pages.settings.section import CopyField, chosen
from app.pages.shell import QUIET, Updates, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.time_text import moment_words
from app.routes.access.account import scope_words
from app.routes.access.tokens import make_token, remove_token
from app.routes.access.visits import Visits
from memory.types.paths import shown

if TYPE_CHECKING:
    from app.assistant import Assistant

_READING = ("ask", "search", "timeline")  # what an assistant needs


class TokenSection:
    """Tokens for programs, each with what it opens; and what an assistant is told to connect."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._visits = assistant, Visits(assistant)
        gr.Markdown(f"### {t('Tokens for programs')}")
        markdown(
            t("A token lets a program of yours ask without a password, a calendar for example.")
        )
        self.secret = CopyField(
            t("Copy it now, it is not shown again:"), "eb-set-token", visible=False
        )
        with gr.Column(visible=False, min_width=0) as self.listed:
            self.tokens = gr.Radio([], label=t("Tokens"))
            remove = gr.Button(t("Remove this token"))
        with gr.Accordion(t("Add a token"), open=False, elem_id="eb-set-add-token"):
            self.name = gr.Textbox(
                label=t("What the token is for"), max_length=LONGEST_NAME, max_lines=1
            )
            scopes = [(words, scope) for scope, words in scope_words()]
            self.scopes = gr.CheckboxGroup(scopes, value=list(_READING), label=t("What it may do"))
            add = gr.Button(t("Add"), variant="primary")
        gr.Markdown(f"### {t('Other assistants')}")
        markdown(
            t(
                "Another assistant can ask EgoButler (MCP). It can read, never change. What it "
                "reads it may send on, to the company that runs its model for one: connect only "
                "one that you trust with that."
            )
        )
        self.address = markdown()
        with gr.Accordion(t("Set up an assistant"), open=False, elem_id="eb-set-assistant"):
            self.here = CopyField(
                t("For an assistant that runs on this computer:"),
                "eb-set-here",
                lines=6,
                filled=False,
            )
            self.over = CopyField(
                t("For one that connects by the address, with a token from above:"),
                "eb-set-over",
                lines=6,
                filled=False,
            )
        self.outputs = [self.listed, self.tokens, self.address, self.here.text, self.over.text]
        changed = [*self.outputs, *self.secret.outputs, self.name]
        asked = [self.name, self.scopes]
        gr.on(
            [add.click, self.name.submit], self.add, asked, changed, **ordered("settings", "once")
        ).success(None, None, None, js=self.secret.focus(), **QUIET)
        remove.click(self.remove, self.tokens, changed, **ordered("settings"))

    def show(self) -> Updates:
        """The tokens of whoever asks, without their secrets."""
        return self._tokens()

    def fill(self) -> Updates:
        """What an assistant is told, to be copied or changed."""
        return self._connect(t("YOUR-TOKEN"))

    def add(self, name: str, scopes: list[str]) -> Updates:
        """Makes a token; its secret is shown this once."""
        seen = self._visits.of(web_request())
        _, made = make_token(self._visits, seen, str(name or ""), list(map(str, scopes)))
        shown_once = self.secret.give(made) | {self.name: ""}
        return shown_once | self._tokens() | self._connect(made)

    def remove(self, token: str | None) -> Updates:
        """Ends a token."""
        which = chosen(token, t("Choose a token first."))
        remove_token(self._visits, self._visits.of(web_request()), which)
        left = self._tokens()
        left[self.tokens]["value"] = None
        return left | self.fill() | self.secret.take()

    def _tokens(self) -> Updates:
        seen = self._visits.of(web_request())
        choices = [(self._words(one), one.id) for one in seen.accounts.tokens.of(seen.owner)]
        return {
            self.listed: gr.Column(visible=bool(choices)),
            self.tokens: gr.update(choices=choices),
        }

    def _words(self, token: AccessToken) -> str:
        used = moment_words(token.used, self._assistant.timezone) if token.used else t("not yet")
        scopes = ", ".join(sorted(token.scopes))
        return t("{name}: {scopes}; last used {when}", name=token.name, scopes=scopes, when=used)

    def _connect(self, token: str) -> Updates:
        address = f"{origin()}/mcp"
        home = shown(str(self._assistant.home))
        here = {"command": "egobutler", "args": ["mcp", "--home", home]}
        bearer = {"Authorization": f"Bearer {token}"}
        return {
            self.address: f"{t('Address:')} {plain(address)}",
            self.here.text: gr.Textbox(_config(here), interactive=True),
            self.over.text: gr.Textbox(
                _config({"type": "http", "url": address, "headers": bearer}), interactive=True
            ),
        }


def _config(entry: dict[str, Any]) -> str:
    return json.dumps({"mcpServers": {"egobutler": entry}}, indent=2, ensure_ascii=False)
