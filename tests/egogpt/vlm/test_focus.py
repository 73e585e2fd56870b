"""A clip looked at for a question, in every family: tiny random models of the real classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egogpt.protocols.chat import Message
from egogpt.quota.allocators import Clues, allocate
from egogpt.quota.budget import TokenBudget
from egogpt.quota.grids import Assignment
from egogpt.quota.query import Query
from memory.types.core import Frame
from tests.egogpt import tiny_models
from tests.egogpt.vlm.test_omni_model import pictures, tiny


class First:
    """Only the first frame shows what any question is about."""

    name = "first"

    def score(self, frames: Sequence[Frame], query: Query) -> NDArray[np.float64]:
        return np.array([1.0] + [0.0] * (len(frames) - 1))


@pytest.mark.parametrize("which", list(tiny_models.KINDS))
def test_a_question_spends_few_visual_tokens_and_most_on_the_frames_it_is_about(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny(which, tmp_path)
    shared: list[Assignment] = []

    def watched(name: str, budget: TokenBudget, clues: Clues) -> Assignment:
        shared.append(allocate(name, budget, clues))
        assert budget.spent(shared[-1].shapes) <= 24
        return shared[-1]

    monkeypatch.setattr("egogpt.quota.quota.allocate", watched)
    monkeypatch.setattr("egogpt.quota.egogpt_frames.allocate", watched)
    monkeypatch.setattr(model, "scorer", First())
    messages = [Message("user", "Where is the mug?", pictures(1))]
    plain = "".join(model.stream(messages, max_tokens=6))
    focused = "".join(
        model.stream(messages, max_tokens=6, question="Where is the mug?", visual_tokens=24)
    )
    again = "".join(model.stream(messages, max_tokens=6))
    assert again == plain
    assert focused
    (given,) = shared
    sizes = [rows * columns for rows, columns in given.shapes]
    assert sizes[0] == max(sizes)
    assert sum(sizes) <= 24


def test_by_itself_a_model_is_asked_what_each_frame_shows(tmp_path: Path) -> None:
    found = tiny("qwen2.5-vl", tmp_path)
    messages = [Message("user", "Where is the mug?", pictures(1))]
    said = "".join(found.stream(messages, max_tokens=4, question="a mug?", visual_tokens=16))
    assert isinstance(said, str)
    found.close()
