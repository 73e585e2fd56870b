"""Fit the judge of answerability, and say how good it is on the other half.

    python -m benchmarks.training.answerability --data DATA --weights e5.bin --modes plain at vat

DATA holds the folders ``locomo``, ``lifebench`` and ``everyday``; made exchanges come beside.
Only the developers' half of each is learned from. Attention is trained plainly, adversarially (AT,
Kitada and Iyatomi 2021) or virtually adversarially (VAT, the same 2022, also on unlabelled
questions). Calibration and threshold come from a fifth of that half that is not learned from.
``--save`` writes the weights of the first mode and prints their SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.training.examples import make_examples, pack_all, principal_components
from benchmarks.training.figures import figures, logistic, predict, question_states
from benchmarks.training.labelled import Labelled, Rows
from benchmarks.training.lives import (
    Lives,
    MadeLives,
    everyday,
    lifebench,
    locomo,
    turned_lives,
    written_lives,
)
from egogpt.embedders.e5 import E5Embedder
from egorag.answerability.network import (
    AnswerabilityEnsemble,
    AnswerabilityNetwork,
    Outputs,
)

MODES = ("plain", "at", "vat")
_MEMBERS = 3  # networks, of seeds 0, 1, …, whose mean is the judge
_BATCH, _EPOCHS, _RATE, _DECAY = 32, 6, 2e-3, 1e-2
_ANSWERABLE = 0.85  # of the questions that people ask, by assumption
_PERTURBED = 2.0  # length of the attention's perturbation
_SETS = (
    *("everyday", "written", "made-en", "made-zh", "locomo", "lifebench-en", "lifebench-zh"),
    *("lifebench-zh-en", "lifebench-en-zh", "turned"),
)


@dataclass
class Trainer:
    """Fits one network; ``mode`` is one of MODES, ``unlabelled`` rows serve VAT."""

    data: Labelled
    mode: str = "plain"
    epochs: int = _EPOCHS
    seed: int = 0
    unlabelled: Rows = field(default_factory=lambda: np.array([], np.int64))

    def fit(self, rows: Rows) -> AnswerabilityNetwork:
        """The network after all epochs, ready to predict."""
        torch.manual_seed(self.seed)
        chance = np.random.default_rng(self.seed)
        network = AnswerabilityNetwork()
        optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
        steps = self.epochs * (len(rows) // _BATCH + 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps + 1)
        weights = self.data.weights(rows)
        for _ in range(self.epochs):
            order = chance.permutation(len(rows))
            for at in range(0, len(order) - 1, _BATCH):
                chosen = order[at : at + _BATCH]
                if len(chosen) > 1:
                    loss = self._loss(network, rows[chosen], weights[chosen], chance)
                    optimiser.zero_grad()
                    loss.backward()
                    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                    optimiser.step()
                    schedule.step()
        return network.eval()

    def _loss(
        self, network: AnswerabilityNetwork, rows: Rows, weights: Tensor, chance: Any
    ) -> Tensor:
        network.train()
        inputs = self.data.inputs(rows)
        outputs = network(inputs)
        loss = self._supervised(outputs, rows, weights)
        if self.mode == "at":
            (slope,) = torch.autograd.grad(loss, outputs.attention, retain_graph=True)
            noise = (_PERTURBED * _of_length_one(slope)).detach()
            return (loss + self._supervised(network(inputs, noise), rows, weights)) / 2
        if self.mode == "vat":
            return loss + self._virtual(network, chance)
        return loss

    def _virtual(self, network: AnswerabilityNetwork, chance: Any) -> Tensor:
        """How much the judgement of unlabelled questions can be moved by the worst direction."""
        inputs = self.data.inputs(chance.choice(self.unlabelled, _BATCH))
        outputs = network(inputs)
        belief = torch.sigmoid(outputs.answerable).detach()
        start = 0.1 * _of_length_one(torch.randn_like(outputs.attention))
        start.requires_grad_(True)
        moved = functional.binary_cross_entropy_with_logits(
            network(inputs, start).answerable, belief
        )
        (slope,) = torch.autograd.grad(moved, start)
        noise = (_PERTURBED * _of_length_one(slope)).detach()
        return functional.binary_cross_entropy_with_logits(
            network(inputs, noise).answerable, belief
        )

    def _supervised(self, outputs: Outputs, rows: Rows, weights: Tensor) -> Tensor:
        at = torch.from_numpy(rows)
        answerable, gold = self.data.tensors["answerable"][at], self.data.tensors["gold"][at]
        loss = functional.binary_cross_entropy_with_logits(
            outputs.answerable, answerable, weight=weights
        )
        known = (gold.sum(-1) > 0).float() * weights
        share = gold / gold.sum(-1, keepdim=True).clamp(min=1)
        ranked = -(share * torch.log_softmax(outputs.scores, -1)).sum(-1)
        return loss + 0.4 * (ranked * known).sum() / known.sum().clamp(min=1)


def _of_length_one(slope: Tensor) -> Tensor:
    return slope / (slope.flatten(1).norm(dim=1)[:, None, None, None] + 1e-9)


def held_out(data: Labelled, rows: Rows) -> NDArray[np.bool_]:
    """Which rows are left out of learning, to calibrate on: a fifth of the questions."""
    keys = [hashlib.sha256(f"held out {data.texts[at]}".encode()).hexdigest() for at in rows]
    return np.array([int(key, 16) % 5 == 0 for key in keys])


def calibrated(data: Labelled, rows: Rows, logits: NDArray[Any], false: float) -> dict[str, float]:
    """Scale and shift (Platt 1999), and the probability from which on at most a share ``false`` of
    the answers given would be to questions that nothing answers, where 85 of 100 that are asked
    can be answered; made questions do not count."""
    real = np.array([not data.groups[at].startswith("made") for at in rows])
    labels = data.tensors["answerable"][rows[real]]
    weights = data.weights(rows[real])
    for label, share in ((1.0, _ANSWERABLE), (0.0, 1 - _ANSWERABLE)):
        weights[labels == label] *= share * len(weights) / weights[labels == label].sum()
    own = torch.from_numpy(logits[real]).float()
    scale, shift = torch.ones(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([scale, shift], max_iter=100)

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(
            scale * own + shift, labels, weight=weights
        )
        loss.backward()
        return loss

    optimiser.step(closure)
    chances = torch.sigmoid(scale * own + shift).detach().numpy()
    order = np.argsort(-chances)
    counted = weights.numpy()[order]
    wrong = ((1 - labels.numpy())[order] * counted).cumsum() / counted.cumsum()
    fitting = np.nonzero(wrong <= false)[0]
    threshold = float(chances[order[fitting[-1]]]) if len(fitting) else 0.5
    return {"scale": scale.item(), "shift": shift.item(), "threshold": threshold}


def save_weights(
    network: AnswerabilityEnsemble, components: Any, constants: dict[str, float], path: Path
) -> str:
    """Writes everything as 16-bit numbers; returns the file's SHA-256."""
    tensors = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    tensors["components"] = torch.from_numpy(np.ascontiguousarray(components)).half()
    constants = {**constants, "members": len(network.members)}
    data = save(tensors, {name: repr(value) for name, value in constants.items()})
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def load_data(options: argparse.Namespace) -> tuple[Labelled, Any]:
    """Every set, packed; each is kept in the cache once it is made."""
    encoder = E5Embedder(options.weights)
    lives: dict[str, Callable[[], Lives]] = {
        "everyday": lambda: everyday(options.data / "everyday"),
        "written": written_lives,
        "turned": turned_lives,
        "made-en": lambda: MadeLives("en", 1).make(50),
        "made-zh": lambda: MadeLives("zh", 1).make(30),
        "locomo": lambda: locomo(options.data / "locomo" / "locomo_dev.json"),
    }
    for name in ("en", "zh", "zh-en", "en-zh"):
        lives[f"lifebench-{name}"] = lambda name=name: lifebench(
            options.data / "lifebench", name[:2], options.people, name[3:]
        )
    components_path = options.cache / "components.npy"
    if not components_path.exists():
        chosen = [lives[name]() for name in ("locomo", "lifebench-en", "lifebench-zh")]
        np.save(components_path, _components(chosen, encoder))
    packs: list[dict[str, NDArray[Any]]] = []
    groups, halves, texts = list[str](), list[str](), list[str]()
    for name in options.sets:
        path = options.cache / f"{name}.npz"
        if not path.exists():
            foreign = 0.4 if name.startswith("lifebench") else 0.3 if name == "locomo" else 0.0
            examples = make_examples(lives[name](), encoder, options.cache / "vectors", foreign)
            packed = pack_all(examples, encoder, np.load(components_path))
            labels = [[e.question.group, e.question.half, e.question.text] for e in examples]
            np.savez(path, labels=np.array(json.dumps(labels)), **packed)  # type: ignore[arg-type]
        with np.load(path) as kept:
            for group, half, text in json.loads(str(kept["labels"])):
                groups.append(group)
                halves.append(half if name != "turned" or half == "test" else options.turned)
                texts.append(text)
            packs.append({key: kept[key] for key in kept.files if key != "labels"})
        print(name, len(groups), file=sys.stderr)
    tensors = {key: torch.from_numpy(np.concatenate([p[key] for p in packs])) for key in packs[0]}
    return Labelled(tensors, groups, halves, texts), np.load(components_path)


def _components(lives: Iterable[Lives], encoder: E5Embedder) -> Any:
    """Principal components of the states of lines, as many of each of the lives."""
    phrases: list[str] = []
    for some in lives:
        own = sorted({line.phrase[:280] for lines in some.lines.values() for line in lines})
        phrases += random.Random(0).sample(own, min(1000, len(own)))
    return principal_components([encoded.states for encoded in encoder.token_states(phrases)])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--cache", type=Path, default=Path("answerability-cache"))
    parser.add_argument("--sets", nargs="+", default=_SETS, choices=_SETS)
    parser.add_argument("--people", nargs="+", default=["yinhao", "leimingxuan"])
    parser.add_argument("--modes", nargs="+", default=["plain"], choices=MODES)
    parser.add_argument(
        "--turned", action="store_const", const="dev", default="unused",
        help="learn from each written question twice, with and without its answer",
    )  # fmt: skip
    parser.add_argument("--epochs", type=int, default=_EPOCHS)
    parser.add_argument("--false", type=float, default=0.05, help="share of false answers allowed")
    parser.add_argument("--members", type=int, default=_MEMBERS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    data, components = load_data(options)
    dev, test = data.rows("dev"), data.rows("test")
    spare = held_out(data, dev)
    learned, spared = dev[~spare], dev[spare]
    baselines = {"features": data.tensors["features"], "question alone": question_states(data)}
    report: dict[str, Any] = {
        name: figures(data, test, (logistic(data, inputs, learned, test), None), 0.0)
        for name, inputs in baselines.items()
    }
    for mode in options.modes:
        unlabelled = np.concatenate([dev, test])
        network = AnswerabilityEnsemble(
            [
                Trainer(data, mode, options.epochs, seed, unlabelled).fit(learned)
                for seed in range(options.members)
            ]
        ).eval()
        logits, _ = predict(network, data, spared)
        constants = calibrated(data, spared, logits, options.false)
        chance = constants["threshold"]
        floor = (np.log(chance / (1 - chance)) - constants["shift"]) / constants["scale"]
        report[mode] = {**figures(data, test, predict(network, data, test), floor), **constants}
        print(mode, json.dumps(report[mode]), file=sys.stderr)
        if options.save and mode == options.modes[0]:
            report["sha256"] = save_weights(network, components, constants, options.save)
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
