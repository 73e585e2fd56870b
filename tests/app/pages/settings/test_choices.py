"""Choices of what sees, hears and answers, and of the clock: what is kept, what is refused."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.core.settings import Settings
from app.pages.event_context import on_behalf
from app.pages.settings.choices import ChoiceFields, TimezoneField
from app.pages.settings.models import ModelSection
from tests.app.pages.settings.conftest import FOLDER, asked, part, value


def test_a_choice_is_kept_and_one_that_cannot_be_is_refused(
    butler: Assistant, blocks: gr.Blocks
) -> None:
    fields = ChoiceFields(butler)
    filled = fields.fill()
    assert part(filled[fields.fields["preset"]], "interactive") is True
    preset = fields.keep("preset")("standard")
    assert "Counts after the next start" in part(preset[fields.fields["preset"]], "info")
    assert butler.store.preferences.get("settings") == {"preset": "standard"}
    assert fields.keep("preset")("standard") == {}, "a field that is left"
    fields.keep("preset")("")
    assert butler.store.preferences.get("settings") is None
    for name, chosen in (("preset", "huge"), ("captioner", FOLDER), ("captioner", "x" * 501)):
        with pytest.raises(gr.Error), on_behalf(None):
            fields.keep(name)(chosen)
    assert butler.store.preferences.get("settings") is None


def test_what_was_said_at_the_start_cannot_be_changed_here(
    tmp_path: Path, blocks: gr.Blocks
) -> None:
    given = Settings(tmp_path / "home", weights=tmp_path / "none", language="fr")
    with Assistant.open(given) as butler:
        fields = ChoiceFields(butler)
        language = fields.fill()[fields.fields["language"]]
    assert (value(language), part(language, "interactive")) == ("fr", False)
    assert "was said when EgoButler was started" in part(language, "info")


def test_tokens_of_a_model_are_shared_out_alike_wherever_it_is_named(
    butler: Assistant, blocks: gr.Blocks, tmp_path: Path
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text("{}")
    fields, name = ChoiceFields(butler), f"qwen-vl:{tmp_path}"
    named = (f"{name}?bits=4", f"{name}?bits=4&quota=off", name)
    updates = fields.share("captioner")("question", *named)
    both = f"{name}?bits=4&quota=question"
    assert butler.store.preferences.get("settings") == {"captioner": both, "chat": both}
    assert value(updates[fields.fields["chat"]]) == both
    assert value(updates[fields.quotas["captioner"]]) == "question"
    assert fields.fields["look"] not in updates
    typed = fields.keep("look")(f"{name}?quota=0.3")[fields.quotas["look"]]
    assert (value(typed), part(typed, "choices")[-1]) == ("0.3", ("0.3", "0.3"))
    assert part(fields.keep("look")("")[fields.quotas["look"]], "interactive") is False


def test_the_clock_is_another_at_once(butler: Assistant, blocks: gr.Blocks) -> None:
    timezone = TimezoneField(butler)
    filled = timezone.fill()[timezone.field]
    assert ("Asia/Tokyo", "Asia/Tokyo") in part(filled, "choices")
    kept = timezone.keep("Asia/Tokyo")[timezone.field]
    assert "on this clock: Asia/Tokyo" in part(kept, "info")
    assert butler.timezone == "Asia/Tokyo"
    assert timezone.keep("Asia/Tokyo") == {}, "a field that is left"
    with pytest.raises(gr.Error), on_behalf(None):
        timezone.keep("../../etc/passwd")


def test_folders_are_named_by_whoever_runs_the_computer_alone(
    butler: Assistant, people: Accounts, blocks: gr.Blocks
) -> None:
    fields, models = ChoiceFields(butler), ModelSection(butler)
    ben = asked(people, "Ben")
    for refused in (
        lambda: fields.keep("captioner")(FOLDER),
        lambda: fields.share("look")("off", "", "", FOLDER),
        models.accept_plan,
    ):
        with pytest.raises(gr.Error, match="chosen by whoever runs the server"), on_behalf(ben):
            refused()
    assert not butler.choosing.fetch.state.running
    with on_behalf(ben):
        plan = models.propose()
    assert part(plan[models.accept], "visible") is False
    with pytest.raises(gr.Error, match="no folder"), on_behalf(asked(people, "Anna")):
        fields.keep("captioner")(FOLDER)
