"""How well answerable questions are told from others: of a network, and of two baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.training.labelled import Labelled, Rows


@torch.inference_mode()
def predict(network: nn.Module, data: Labelled, rows: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
    """Logits, and the statement that is scored best."""
    logits, best = [], []
    for at in range(0, len(rows), 64):
        outputs = network(data.inputs(rows[at : at + 64]))
        logits.append(outputs.answerable.numpy())
        best.append(outputs.scores.argmax(-1).numpy())
    return np.concatenate(logits), np.concatenate(best)


def question_states(data: Labelled) -> Tensor:
    """The mean state of each question's words and its square (n, 192): nothing of any line."""
    mask = data.tensors["question_mask"].float()[..., None]
    mean = (data.tensors["question"].float() * mask).sum(1) / mask.sum(1)
    return torch.cat([mean, mean**2], 1)


def logistic(data: Labelled, features: Tensor, rows: Rows, asked: Rows) -> NDArray[Any]:
    """A baseline: logits of a regression on features (n, F) of all questions."""
    mean, spread = features[rows].mean(0), features[rows].std(0) + 1e-6
    layer, labels = nn.Linear(features.shape[1], 1), data.tensors["answerable"][rows]
    weights = data.weights(rows)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=100)

    def closure() -> Tensor:
        optimiser.zero_grad()
        logits = layer((features[rows] - mean) / spread).squeeze(-1)
        loss = functional.binary_cross_entropy_with_logits(logits, labels, weight=weights)
        loss = loss + 2e-3 * (layer.weight**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    logits: NDArray[Any] = layer((features[asked] - mean) / spread).squeeze(-1).detach().numpy()
    return logits


def separation(labels: NDArray[Any], scores: NDArray[Any]) -> float:
    """Area under the curve of true over false positives."""
    ranks = np.argsort(np.argsort(scores)) + 1
    positive = labels == 1
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def figures(
    data: Labelled,
    rows: Rows,
    predicted: tuple[NDArray[Any], NDArray[Any] | None],
    threshold: float,
) -> dict[str, dict[str, float]]:
    """By set: questions, AUC, kept and refused (percent) at the threshold, refused at 90 kept, and
    the share whose best statement answers."""
    logits, best = predicted
    report: dict[str, dict[str, float]] = {}
    for name in sorted({data.groups[at].removesuffix("-foreign") for at in rows}):
        own = np.array([data.groups[at].removesuffix("-foreign") == name for at in rows])
        labels = data.tensors["answerable"].numpy()[rows[own]]
        scores, yes = logits[own], labels == 1
        entry = {"n": float(own.sum()), "auc": separation(labels, scores)}
        entry["kept"] = 100 * float((scores[yes] >= threshold).mean()) if yes.any() else -1
        if (~yes).any():
            entry["refused"] = 100 * float((scores[~yes] < threshold).mean())
            floor = np.quantile(scores[yes], 0.1)
            entry["refused_at_90"] = 100 * float((scores[~yes] < floor).mean())
        gold = data.tensors["gold"].numpy()[rows[own]]
        if best is not None and gold.any():
            known = gold.any(1)
            right = gold[np.arange(len(gold)), best[own]] > 0
            entry["first_right"] = 100 * float(right[known].mean())
            entry["first_retrieved"] = 100 * float((gold[:, 0] > 0)[known].mean())
        report[name] = {key: round(value, 3 if key == "auc" else 1) for key, value in entry.items()}
    return report
