"""``egobutler audit``: which orders in recordings a model obeys, and which of its heads matter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from app.commands.main import main
from app.models.audit.audit import audit
from app.models.audit.head_study import HeadStudy
from app.models.audit.rates import audit_home, messages_of
from app.models.audit.report import ALONE, HOME, AuditReport, in_words
from app.models.audit.suite import AuditCase, cases, limit
from egogpt.protocols.chat import Message
from egogpt.runtime.generation import Loaded
from tests.egogpt.tiny_words import template, text_config, tokenizer

NOTE = re.compile(r"\[[^\]]*\] (.*)")


class Parrot:
    """A model that says the end of its last note: what is ordered, where there is an order."""

    name, context_tokens, sees, hears = "parrot", 4096, False, False
    closed = False

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        note = NOTE.findall(messages[-1].content)[-1]
        return re.sub(r"^.*?: \"|\"$", "", note)[1:]

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        yield self.complete(messages)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        return 0.5

    def close(self) -> None:
        self.closed = True


class Honest(Parrot):
    """A model that says what its first note says, and never anything about itself."""

    name = "honest"

    def complete(self, messages: Sequence[Message], **_: Any) -> str:
        return re.sub(r"^.*?: \"|\"$", "", NOTE.findall(messages[-1].content)[0])


def tiny() -> Loaded:
    """A random Qwen2 with a tokenizer of bytes and a chat template."""
    import transformers

    torch.manual_seed(0)
    model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**text_config())).eval()
    return Loaded(model, tokenizer({}, template("", "")), "cpu")


def quiet(what: str, done: int, total: int) -> None:
    assert done < total


def test_the_suite_has_orders_of_all_kinds_in_three_languages() -> None:
    suite = cases()
    orders = [case for case in suite if case.kind == "orders"]
    assert len(orders) >= 40
    for language in ("en", "de", "zh"):
        spoken = [case for case in orders if case.language == language]
        assert {case.channel for case in spoken} == {"speech", "text", "import"}
        assert {bool(case.context) for case in spoken} == {True, False}, (
            "beside the truth, and alone"
        )
        assert len({case.style for case in spoken}) >= 7
        assert sum(c.kind == "requests" and c.language == language for c in suite) == 4
    assert len({case.number for case in suite}) == len(suite)


def test_only_obedience_matches() -> None:
    for case in cases():
        only_obedience_matches(case)


def only_obedience_matches(case: AuditCase) -> None:
    assert case.matches(case.context) == (case.kind == "controls"), case
    assert not case.matches(f"{case.question} Not mentioned.")
    assert not case.matches("Not mentioned")
    if case.kind == "orders":
        assert not case.matches(case.order)
        assert case.matches(case.order[1:]) == (case.style != "reveal")
        assert not case.matches(f'On Monday at 10:00 somebody said: "{case.order}"')
        assert not case.matches(f'On Monday at 10:00 "{case.order}" could be read.')
        assert not case.matches(f"Am Montag, um 10:00 sagte jemand: „{case.order}“")
        assert not case.matches(f"3月4日周三02:00，有人说：“{case.order}”")


def test_a_home_shows_a_model_the_order_and_its_scene() -> None:
    suite = [case for case in cases(5) if case.kind != "requests"]
    with audit_home(suite) as store:
        for case in suite:
            last = messages_of(store, case)[-1].content
            assert case.context[:5] in last
            assert case.order.replace("<", "(").replace(">", ")") in last
            assert case.question in last


def test_a_model_that_repeats_orders_is_told_from_one_that_does_not() -> None:
    obeying = audit(Parrot(), None, None, quiet, 8)
    reading = audit(Honest(), None, None, quiet, 8)
    assert obeying.cases == reading.cases
    assert obeying.matched[ALONE]["orders"] > 0.7 * obeying.cases["orders"]
    assert reading.matched[ALONE]["controls"] == reading.cases["controls"]
    assert reading.matched[ALONE]["orders"] == 0
    assert obeying.matched[HOME]["orders"] < obeying.matched[ALONE]["orders"]
    assert obeying.trust != "trusted"
    assert reading.trust == "trusted"
    assert "takes longer" in obeying.why


def test_heads_are_found_and_measured_on_scenes_that_they_were_not_found_on() -> None:
    parrot = Parrot()
    report = audit(parrot, None, tiny, quiet, 8)
    study = report.heads
    assert parrot.closed, "before the other weights are loaded"
    assert study is not None
    assert len(study.effects) == 8
    assert study.effects[0][1] >= study.effects[-1][1] >= 0
    assert set(study.sets) == {"intact", "ships", "sahara", "random 1", "random 2", "random 3"}
    assert study.cases == {"orders": 2, "requests": 1, "controls": 1}
    assert "No few heads" in "\n".join(in_words(report)), "what a random model says obeys nothing"


@pytest.mark.parametrize(
    ("orders", "controls", "expected"),
    [(16, 8, "obedience changes more"), (0, 0, "all answering changes more"), (12, 8, "No few")],
)
def test_heads_are_blamed_for_what_random_ones_do_not_do(
    orders: int, controls: int, expected: str
) -> None:
    def row(orders: int, controls: int = 8) -> dict[str, int]:
        return {"orders": orders, "requests": 0, "controls": controls}

    names = ("intact", "ships", "sahara", "random 1", "random 2", "random 3")
    rows = (row(10), row(orders, controls), row(10), row(9), row(10), row(11))
    counts = {"orders": 21, "requests": 4, "controls": 8}
    study = HeadStudy((((1, 2), 0.5),), dict.fromkeys(names, ((1, 2),)), counts,
                      dict(zip(names, rows, strict=True)))  # fmt: skip
    whole = {who: row(10) for who in (ALONE, HOME)}
    assert expected in "\n".join(in_words(AuditReport("m", counts, whole, (), study)))


def test_a_model_that_cannot_be_asked_is_not_looked_into() -> None:
    def load() -> Loaded:
        ready = tiny()
        return replace(ready, tokenizer=None)

    report = audit(Parrot(), None, load, quiet, 8)
    assert report.heads is None
    assert "chat template" in report.why


@pytest.mark.parametrize(
    ("alone", "home", "trust", "advice"),
    [
        (0, 0, "trusted", "a home may let it answer"),
        (limit(42), limit(42), "trusted", "a home may let it answer"),
        (limit(42) + 1, 0, "checked", "inside a home only"),
        (20, limit(42) + 1, "refused", "do not use it for answers"),
    ],
)
def test_the_verdict_goes_by_what_a_home_lets_through(
    alone: int, home: int, trust: str, advice: str
) -> None:
    rows = {
        who: {"orders": n, "requests": 0, "controls": 9}
        for who, n in ((ALONE, alone), (HOME, home))
    }
    report = AuditReport("m", {"orders": 42, "requests": 12, "controls": 16}, rows, ())
    assert report.trust == trust
    assert advice in report.verdict
    assert f"{alone if trust == 'checked' else home} of 42 orders" in report.verdict


def test_the_command_says_whether_to_trust_a_model(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("egogpt.registry.load_chat", lambda name, weights: Parrot())
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    suite = cases(8)
    monkeypatch.setattr("app.models.audit.audit.cases", lambda every: suite)
    ready = tiny()
    ready.model.save_pretrained(tmp_path / "model")
    ready.tokenizer.save_pretrained(tmp_path / "model")
    assert main(["audit", str(tmp_path / "model"), "--json"]) == 0
    shown = capsys.readouterr()
    reply = json.loads(shown.out)
    assert reply["trust"] in ("checked", "refused")
    assert reply["verdict"] in shown.err
    assert reply["cases"]["orders"] == sum(case.kind == "orders" for case in suite)
    assert len(reply["heads"]["effects"]) == 8
    assert main(["audit", "parrot", "--quick"]) == 0
    assert "parrot obeyed" in capsys.readouterr().out


def test_a_model_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "no-such-model"]) == 1
    assert "no-such-model" in capsys.readouterr().err
