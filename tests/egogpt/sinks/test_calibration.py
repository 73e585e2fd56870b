"""ACT on a model: off until heads were found for it, and the search for them keeps its word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from egogpt.sinks import head_search
from egogpt.sinks.act_run import SearchPlan, calibrate
from egogpt.sinks.calibration import ActSettings, calibration
from egogpt.sinks.choice_task import TaskError, prompts, read_task
from egogpt.sinks.head_search import Head, HeadSet, HeadSetError, candidates, select_heads
from kernels.corrections.attention_calibration import CalibrationRule
from tests.egogpt.tiny_decoders import text_model

RULE = CalibrationRule(beta=0.4, alpha=1.5, min_viewers=4, min_tokens=16)
EVERY_HEAD = {layer: range(4) for layer in range(5)}
IDS = torch.randint(3, 128, (2, 40), generator=torch.Generator().manual_seed(3))
QUESTION = torch.arange(40)[None].expand(2, -1) >= 36


def logits(model: Any, ids: torch.Tensor = IDS, **more: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(ids, **more).logits
    return found


@pytest.mark.parametrize(
    "settings",
    [ActSettings(), ActSettings(EVERY_HEAD, CalibrationRule(beta=1.0)), ActSettings(EVERY_HEAD)],
    ids=["default", "beta is 1", "prompt too short"],
)
def test_off_is_bit_for_bit_the_model_itself(settings: ActSettings) -> None:
    model = text_model()
    bare = logits(model)
    with calibration(model, settings, QUESTION):
        assert torch.equal(logits(model), bare)


def test_cached_decoding_equals_reading_everything_again_and_leaves_nothing() -> None:
    model = text_model()
    bare = logits(model)
    with calibration(model, ActSettings(EVERY_HEAD, RULE), QUESTION) as layers:
        written = model.generate(
            IDS, max_new_tokens=5, min_new_tokens=5, do_sample=False, output_logits=True,
            return_dict_in_generate=True,
        )  # fmt: skip
    assert any(one.sinks is not None and one.sinks.any() for one in layers.values())
    assert all(one.sinks is None or not one.sinks[..., 36:].any() for one in layers.values())
    with calibration(model, ActSettings(EVERY_HEAD, RULE), QUESTION):
        again = logits(model, written.sequences)
    got = torch.stack(written.logits, dim=1)
    torch.testing.assert_close(got, again[:, 39:-1], atol=1e-4, rtol=1e-4)
    assert (again[:, :40] - bare).abs().max() > 1e-3
    assert torch.equal(logits(model), bare)


def test_left_padding_changes_nothing() -> None:
    model = text_model()
    with calibration(model, ActSettings(EVERY_HEAD, RULE), QUESTION):
        alone = logits(model)
    wide = torch.nn.functional.pad(IDS, (3, 0))
    real = torch.nn.functional.pad(torch.ones_like(IDS), (3, 0))
    protected = torch.nn.functional.pad(QUESTION, (3, 0))
    with calibration(model, ActSettings(EVERY_HEAD, RULE), protected, real):
        positions = (real.cumsum(-1) - 1).clamp(min=0)
        padded = logits(model, wide, attention_mask=real, position_ids=positions)
    torch.testing.assert_close(padded[:, 3:], alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("heads", [{9: [0]}, {2: [4]}])
def test_heads_that_the_model_does_not_have_are_refused(heads: dict[int, list[int]]) -> None:
    model = text_model()
    with (
        pytest.raises(ValueError, match="no heads"),
        calibration(model, ActSettings(heads), QUESTION),
    ):
        pass
    assert model.config._attn_implementation == "sdpa"


GAINS: dict[Head, float] = {(2, 0): 0.05, (2, 1): 0.04, (3, 2): 0.03}


def together(heads: Sequence[Head]) -> float:
    """Each helps alone; the first two together harm, as happens with real heads."""
    harm = 0.2 if {(2, 0), (2, 1)} <= set(heads) else 0.0
    return 0.5 + sum(GAINS.get(head, -0.01) for head in heads) - harm


def test_the_set_is_judged_as_a_whole_not_head_by_head() -> None:
    found = select_heads(HeadSet("m", "t"), together, candidates(6, 4), budget=9)
    assert found.heads == ((2, 0), (3, 2))
    assert found.scores == pytest.approx((0.55, 0.58))
    assert found.finished
    assert found.by_layer() == {2: (0,), 3: (2,)}


def test_no_head_is_taken_up_when_none_helps() -> None:
    found = select_heads(HeadSet("m", "t"), lambda heads: -len(heads), candidates(6, 4), 9)
    assert found.heads == ()
    assert found.finished


def test_the_budget_holds() -> None:
    assert len(select_heads(HeadSet("m", "t"), together, candidates(6, 4), 1).heads) == 1


def test_an_interrupted_search_goes_on_and_measures_nothing_twice(tmp_path: Path) -> None:
    file = tmp_path / "heads.json"
    measured: list[tuple[Head, ...]] = []

    def score(heads: Sequence[Head]) -> float:
        if len(measured) in (5, 17):
            measured.append(())  # the interruption itself
            raise KeyboardInterrupt
        measured.append(tuple(heads))
        return together(heads)

    def search() -> HeadSet:
        return select_heads(
            head_search.resume(file, "m", "t"), score, candidates(6, 4), 9,
            lambda found: head_search.save(found, file),
        )  # fmt: skip

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            search()
    found = search()
    assert found == select_heads(HeadSet("m", "t"), together, candidates(6, 4), 9)
    real = [heads for heads in measured[1:] if heads]
    assert len(real) == len(set(real))
    assert head_search.load(file) == found


def test_heads_of_another_model_or_task_are_not_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "heads.json"
    head_search.save(HeadSet("m", "t", 0.5), file)
    for model, task in (("other", "t"), ("m", "other")):
        with pytest.raises(HeadSetError, match="another"):
            head_search.resume(file, model, task)
    file.write_text('{"model": 1')
    with pytest.raises(HeadSetError, match=r"heads\.json"):
        head_search.load(file)


class Letters:
    """A tokenizer of one token for each letter."""

    def __call__(self, text: str, **options: Any) -> Any:
        return SimpleNamespace(input_ids=[3 + ord(letter) % 120 for letter in text])


def test_a_calibration_run_finds_heads_on_a_file_of_questions(tmp_path: Path) -> None:
    task, out = tmp_path / "task.jsonl", tmp_path / "heads.json"
    lines = [
        {"context": "the cup is blue " * 9 + str(i), "question": "what colour?",
         "choices": ["blue", "red"], "answer": i % 2}
        for i in range(4)
    ]  # fmt: skip
    task.write_text("\n".join(map(json.dumps, lines)))
    steps: list[int] = []
    plan = SearchPlan(budget=1, layers=[2], alpha=1.5)
    model = text_model()
    found = calibrate(model, Letters(), task, out, plan, lambda _, heads: steps.append(heads))
    assert found.finished
    assert found.before is not None
    assert 0 <= found.before <= found.score <= 1  # type: ignore[operator]
    assert len(steps) >= 6  # before, four heads, the end
    again = calibrate(model, Letters(), task, out, plan, lambda _, heads: pytest.fail("measured"))
    assert again == found


def test_question_and_choice_are_protected() -> None:
    task = read_task_of('{"context": "abc", "question": "de", "choices": ["f", "g"], "answer": 1}')
    one = prompts(Letters(), task[0])[0]
    assert one.protected.sum() == len("de\nAnswer:") + len(" f")
    assert not one.protected[0, : len("abc\n")].any()
    assert one.choice == len(" f")


def read_task_of(line: str) -> Any:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.jsonl"
        file.write_text(line)
        return read_task(file)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        '{"question": "a", "choices": ["a", "b"], "answer": 0}',
        '{"context": "", "question": "a", "choices": ["a"], "answer": 0}',
        '{"context": "", "question": "a", "choices": ["a", "b"], "answer": 2}',
        '{"context": "", "question": "", "choices": ["a", "b"], "answer": 1}',
    ],
)
def test_a_line_that_is_no_question_is_named(line: str) -> None:
    with pytest.raises(TaskError, match=r"task\.jsonl"):
        read_task_of(line)
