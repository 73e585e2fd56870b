"""Search the heads that ACT may touch, for one model and one task, judged as a set.

The paper tries each head alone and keeps all that help. Gains do not add up: heads that each help
a little can harm together. Here heads are taken up one by one, the best first, and only while the
whole set scores better than before (greedy forward selection). What was measured is written down
after each try, so that a search that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from egogpt.weights.json_files import write_json

Head = tuple[int, int]
"""(layer, head), both from 0."""


class HeadSetError(ValueError):
    """A stored search that cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class HeadSet:
    """What a search has found so far.

    Attributes:
        model: Fingerprint of the model.
        task: What it was calibrated on, with the settings that change the outcome.
        before: Score without any calibration; None until it is measured.
        heads: Heads that were taken up, in order.
        scores: The score after each of them.
        tried: Scores of sets that were measured in the round that is not over, by head.
        finished: Whether the search came to its end.
    """

    model: str
    task: str
    before: float | None = None
    heads: tuple[Head, ...] = ()
    scores: tuple[float, ...] = ()
    tried: tuple[tuple[Head, float], ...] = ()
    finished: bool = False

    @property
    def score(self) -> float | None:
        """The score with all heads of the set."""
        return self.scores[-1] if self.scores else self.before

    def by_layer(self) -> dict[int, tuple[int, ...]]:
        """The heads as `ActSettings.heads` takes them."""
        layers = sorted({layer for layer, _ in self.heads})
        return {i: tuple(sorted(h for layer, h in self.heads if layer == i)) for i in layers}


def candidates(layers: int, heads: int) -> list[Head]:
    """All heads but those of the first two layers and the last, as in the paper."""
    return [(layer, head) for layer in range(2, layers - 1) for head in range(heads)]


def select_heads(
    head_set: HeadSet,
    score: Callable[[Sequence[Head]], float],
    heads: Iterable[Head],
    budget: int,
    keep: Callable[[HeadSet], None] = lambda found: None,
    least_gain: float = 0.0,
) -> HeadSet:
    """Take up heads while the whole set gets better.

    Args:
        head_set: An empty set, or one to go on with.
        score: Scores the model with these heads calibrated, higher is better; the empty set is
            the model as it is. Use examples that the final figure is not measured on.
        heads: Those to choose from.
        budget: How many to take up at most.
        keep: Called after every measurement.
        least_gain: A head must raise the score by more than this.

    Returns:
        The finished set.
    """
    if head_set.before is None:
        keep(head_set := replace(head_set, before=score(())))
    while not head_set.finished:
        tried = dict(head_set.tried)
        for head in heads if len(head_set.heads) < budget else ():
            if head in head_set.heads or head in tried:
                continue
            tried[head] = score((*head_set.heads, head))
            keep(head_set := replace(head_set, tried=tuple(tried.items())))
        best = max(tried, key=lambda head: tried[head]) if tried else None
        if best is None or head_set.score is None or tried[best] <= head_set.score + least_gain:
            head_set = replace(head_set, tried=(), finished=True)
        else:
            scores = (*head_set.scores, tried[best])
            head_set = replace(head_set, heads=(*head_set.heads, best), scores=scores, tried=())
        keep(head_set)
    return head_set


def save(head_set: HeadSet, path: Path) -> None:
    """Write a search down, whole or not at all."""
    write_json(path, asdict(head_set), indent=1)


def load(path: Path) -> HeadSet:
    """Read a search.

    Raises:
        HeadSetError: The file is none.
    """
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        before = read["before"]
        return HeadSet(
            str(read["model"]),
            str(read["task"]),
            None if before is None else float(before),
            tuple((int(layer), int(head)) for layer, head in read["heads"]),
            tuple(float(score) for score in read["scores"]),
            tuple(((int(pair[0]), int(pair[1])), float(gain)) for pair, gain in read["tried"]),
            bool(read["finished"]),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise HeadSetError(
            f"{path} is no list of calibrated heads ({error}); make it again with: "
            "egobutler calibrate-act"
        ) from error


def resume(path: Path, model: str, task: str) -> HeadSet:
    """The search that is written at ``path``, or an empty one where there is no file.

    Raises:
        HeadSetError: The file is no search, or one of another model or another task.
    """
    if not path.exists():
        return HeadSet(model, task)
    head_set = load(path)
    for what, theirs, ours in (("model", head_set.model, model), ("task", head_set.task, task)):
        if theirs != ours:
            raise HeadSetError(
                f"{path} was calibrated for another {what} ({theirs[:60]}); heads are of use only "
                "for what they were found on. Give another file to write to"
            )
    return head_set
