"""The models: those that fit this computer together, what runs and is missing, and fetching it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.api_models.settings import FetchReply, ModelReply, ModelsReply, PlanPartReply, PlanReply
from app.models.plan.fetch import plan_here
from app.pages.event_context import owns_the_computer
from app.pages.shell import Updates, markdown, ordered
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.views.settings_view import models_json, plan_json

if TYPE_CHECKING:
    from app.assistant import Assistant

_LOOK = 0.7  # seconds between two looks at a download


class ModelSection:
    """What runs here; a download is followed while it lasts."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        gr.Markdown(f"### {t('The models that fit this computer together')}")
        about = t(
            "What fits is worked out when you ask for it: the model hub is asked whether it "
            "answers, and nothing of yours is sent."
        )
        self.plan = markdown(about, elem_id="eb-set-plan")
        self.see = gr.Button(t("See what fits this computer"), elem_id="eb-set-see")
        self.accept = gr.Button(t("Use these"), visible=False, variant="primary")
        gr.Markdown(f"### {t('What runs on this computer')}")
        self.missing = markdown(visible=False)
        self.fetch = gr.Button(visible=False, variant="primary", elem_id="eb-set-fetch")
        self.stop = gr.Button(t("Stop"), visible=False)
        self.progress = gr.Label(
            label=t("What arrives"), show_heading=False, visible=False, elem_classes="eb-working"
        )
        self.trouble = markdown(visible=False, elem_classes="eb-set-trouble")
        with gr.Accordion(t("What was tried"), open=False, visible=False) as self.tried:
            self.detail = markdown()
        with gr.Accordion(t("Each model"), open=False, elem_id="eb-set-models"):
            self.each = markdown()
        self.looking = gr.Timer(_LOOK, active=False)
        self.planned = [self.plan, self.see, self.accept]
        self.outputs = [
            *(self.missing, self.fetch, self.stop, self.progress, self.trouble, self.tried),
            *(self.detail, self.each, self.looking),
        ]
        everything = [*self.outputs, *self.planned]
        looking = t("Looking at this computer …")
        once = ordered("settings", "once")
        seen = self.see.click(lambda: looking, None, self.plan, **once)
        seen.then(self.propose, None, self.planned, **once)
        self.accept.click(self.accept_plan, None, self.outputs, **once)
        self.fetch.click(self.begin, None, self.outputs, **once)
        self.stop.click(self.end, None, self.outputs, **once)
        self.looking.tick(self.look, None, everything, **once)

    def propose(self) -> Updates:
        """The models that fit this computer; that asks the hub whether it answers."""
        owner = owns_the_computer()
        plan = plan_json(self._assistant, plan_here(self._assistant.brains.weights))
        size = plan.download
        fetch = t("Fetch and use these ({size})", size=size) if size else t("Use these")
        return {
            self.plan: plan_words(plan),
            self.see: gr.Button(visible=False),
            self.accept: gr.Button(fetch, visible=owner and not plan.accepted),
        }

    def look(self) -> Updates:
        """How a download goes; once it has ended, what fits and is here by now."""
        updates = self.show()
        if not self._assistant.choosing.fetch.state.running:
            updates |= self.propose()
        return updates

    def accept_plan(self) -> Updates:
        """Fetches and chooses the models that fit this computer."""
        self._assistant.choosing.accept_plan(owner=owns_the_computer())
        return self.show()

    def begin(self) -> Updates:
        """Fetches what the models in use are missing."""
        fetch = self._assistant.choosing.fetch
        fetch.start(models_json(self._assistant, fetch.state).missing)
        return self.show()

    def end(self) -> Updates:
        """Stops a download; what arrived is kept."""
        self._assistant.choosing.fetch.stop()
        return self.show()

    def show(self) -> Updates:
        """What runs, and how a download goes."""
        reply = models_json(self._assistant, self._assistant.choosing.fetch.state)
        fetch, missing = reply.fetch, _missing(reply)
        button = t("Fetch what is missing ({size})", size=reply.size)
        figures: Any = {fetch.words: fetch.percent / 100} if fetch.running else None
        done = fetch.words if not fetch.running else ""
        about = "\n\n".join(filter(None, (missing, plain(done))))
        models = [*reply.named, *reply.models, *reply.others]
        return {
            self.missing: gr.Markdown(about, visible=bool(about)),
            self.fetch: gr.Button(button, visible=bool(missing) and not fetch.running),
            self.stop: gr.Button(visible=fetch.running),
            self.progress: gr.Label(figures, visible=fetch.running),
            self.trouble: gr.Markdown(plain(fetch.trouble), visible=bool(fetch.trouble)),
            self.tried: gr.Accordion(visible=bool(fetch.detail)),
            self.detail: _tried(fetch),
            self.each: "\n".join([plain(reply.note), "", *map(_model, models)]),
            self.looking: gr.Timer(active=fetch.running),
        }


def plan_words(plan: PlanReply) -> str:
    """The models of a plan with what each takes and adds, as Markdown."""
    together = _takes(plan.download, plan.memory, plan.card, "")
    lines = [plain(plan.machine), "", *map(_part, plan.parts)]
    lines += [f"- **{t('Together')}**: {together}", ""]
    lines += [f"{plain(note)}\n" for note in plan.notes]
    if plan.accepted and plan.running:
        lines.append(f"**{t('These models are chosen, and run now.')}**")
    elif plan.accepted:
        lines.append(f"**{t('These models are chosen. They count from the next start.')}**")
    return "\n".join(lines)


def _part(part: PlanPartReply) -> str:
    takes = _takes(part.download, part.memory, part.card, part.time)
    source = t("From {source}.", source=part.source) if part.source else ""
    about = plain(" ".join(filter(None, (part.adds, source))))
    head = f"- **{plain(part.title)}**: {plain(part.model)}"
    return "  \n  ".join(filter(None, (head, takes, about)))


def _takes(download: str, memory: str, card: str, time: str) -> str:
    named = (
        (t("Download"), download),
        (t("Memory"), memory),
        (t("Card"), card),
        (t("Takes, estimated"), time),
    )
    return " · ".join(f"{name}: {plain(size)}" for name, size in named if size)


def _missing(reply: ModelsReply) -> str:
    if not reply.missing:
        return ""
    if len(reply.missing) == 1:
        return plain(t("1 model is missing ({size}).", size=reply.size))
    return plain(t("{n} models are missing ({size}).", n=len(reply.missing), size=reply.size))


def _model(model: ModelReply) -> str:
    facts = [model.licence, model.place] if model.place else []
    about: Iterable[str] = (model.words, model.size, model.purpose, *facts)
    return f"- **{plain(model.name)}**: {' · '.join(map(plain, filter(None, about)))}"


def _tried(fetch: FetchReply) -> str:
    return "\n".join(f"- {plain(line)}" for line in fetch.detail)
