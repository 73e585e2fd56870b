"""Probes for retrieval heads: prompts that need far tokens, and the attention counted on them.

Two kinds of prompt. In the first a made-up number is told somewhere in a long text, asked for at
the end, and written; a retrieval head looks at the number while it is copied. In the second random
tokens are repeated; an echo head looks at the same token in an earlier copy, an induction head at
the token behind it, the one that comes next. Neither needs data or training.

Source: Tang et al., RazorAttention, arXiv 2407.15891, section 3.2, for echo and induction heads;
Wu et al., Retrieval Head, arXiv 2404.15574, section 2, for heads that are told by what they copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.base.attention_rows import Call


@dataclass(frozen=True, slots=True)
class HeadProbe:
    """A prompt, and where a head of the kind looked for would look.

    Attributes:
        ids: int64 [1, T].
        rows: Places of the tokens whose attention is read, ascending, int64 [r].
        targets: For each kind of head, the places where such a head looks from each row,
            int64 [r, c].
    """

    ids: Tensor
    rows: Tensor
    targets: dict[str, Tensor]


class AttentionMass:
    """How much of the attention of a probe's rows goes to its targets, in one layer.

    It is installed on the layer's attention (`kernels.corrections.correction.install`) and changes
    nothing there.

    Attributes:
        mass: For each kind, the mean over rows for each key head, the largest of its query
            heads counting, float32 [Hkv]; empty until the prompt was read.
        weights: Of a prompt in which something is told and copied, the rows' attention to all
            of it, float32 [Hkv, G, r, k]; None of others.
    """

    def __init__(self, probe: HeadProbe) -> None:
        self._probe = probe
        self.mass: dict[str, Tensor] = {}
        self.weights: Tensor | None = None

    def begin(self, batch: int, asked: int, total: int) -> int | None:
        """See `kernels.corrections.correction.AttentionCorrection.begin`."""
        return 0

    def correct(self, call: Call) -> None:
        """Count; correct nothing."""
        probe, device = self._probe, call.key.device
        sums: dict[str, Tensor] = {}
        kept: list[Tensor] = []
        for rows in call.parts(torch.arange(len(probe.rows)), call.key.shape[2]):
            places = probe.rows[rows].to(device)
            columns = call.seen_columns(places)
            weights = call.weights(places, columns)[0]  # [Hkv, G, r, k]
            if "needle" in probe.targets:
                kept.append(weights.cpu())
            for kind, targets in probe.targets.items():
                target_columns = targets[rows].to(device).expand(*weights.shape[:2], -1, -1)
                attention = weights.gather(-1, target_columns).sum(dim=(-1, -2))
                sums[kind] = sums.get(kind, torch.zeros_like(attention)) + attention
        self.weights = torch.cat(kept, dim=2) if kept else None
        self.mass = {
            kind: (attention_sum / len(probe.rows)).amax(dim=1).cpu()
            for kind, attention_sum in sums.items()
        }


def needle_probe(
    text: Sequence[int], needle: Sequence[int], answer: Sequence[int], asked: Sequence[int],
    depth: float, after: Sequence[int] = (),
) -> HeadProbe:  # fmt: skip
    """A prompt that tells something inside a long text and copies it at the end.

    Args:
        text: The long text, token ids.
        needle: Words before the answer where it is told.
        answer: What is to be copied, at least one token.
        asked: Words before the answer at the end.
        depth: How far into the text it is told, 0 … 1.
        after: Words behind the answer where it is told.

    Returns:
        Rows are those that write the answer; the kind is "needle".
    """
    cut = round(depth * len(text))
    before = [*text[:cut], *needle]
    prompt = [*before, *answer, *after, *text[cut:], *asked]
    rows = torch.arange(len(prompt) - 1, len(prompt) - 1 + len(answer))
    places = torch.arange(len(before), len(before) + len(answer))
    return HeadProbe(
        torch.tensor([[*prompt, *answer]]), rows, {"needle": places.expand(len(answer), -1)}
    )


def repeat_probe(vocabulary: int, length: int, copies: int = 4, seed: int = 0) -> HeadProbe:
    """Random tokens that are repeated; none occurs twice in a copy where the vocabulary allows.

    Args:
        vocabulary: Token ids lie below it.
        length: Tokens of a copy.
        copies: How often they occur in all, at least 2.
        seed: Of the tokens.

    Returns:
        Rows are those of the last copy but its last; kinds are "echo" and "induction".
    """
    noise = torch.Generator().manual_seed(seed)
    if length <= vocabulary:
        once = torch.randperm(vocabulary, generator=noise)[:length]
    else:
        once = torch.randint(0, vocabulary, (length,), generator=noise)
    rows = torch.arange((copies - 1) * length, copies * length - 1)
    earlier = rows[:, None] - length * torch.arange(1, copies)
    return HeadProbe(once.repeat(copies)[None], rows, {"echo": earlier, "induction": earlier + 1})


def best_heads(scores: Tensor, count: int) -> tuple[tuple[int, ...], ...]:
    """The heads that score highest in the whole model.

    Args:
        scores: [layers, Hkv]; NaN for what is no candidate.
        count: How many; candidates are never exceeded.

    Returns:
        For each layer its heads, ascending, as `kernels.methods.duo_attention` takes them.
    """
    flat = scores.flatten().nan_to_num(nan=-torch.inf)
    count = min(count, int(flat.isfinite().sum()))
    chosen = set(flat.topk(count).indices.tolist())
    heads = scores.shape[1]
    return tuple(
        tuple(head for head in range(heads) if layer * heads + head in chosen)
        for layer in range(scores.shape[0])
    )


def mean_mass(
    probes: Sequence[HeadProbe], read: Callable[[HeadProbe], Sequence[AttentionMass | None]]
) -> dict[str, Tensor]:
    """Average over prompts what the heads of each layer give.

    Args:
        probes: At least one.
        read: Lets the model read a probe; returns what each layer counted, None for a layer that
            cannot be looked into.

    Returns:
        For each kind float32 [layers, Hkv]; NaN in layers that were not looked into.
    """
    sums: dict[str, Tensor] = {}
    times: dict[str, int] = {}
    for probe in probes:
        counted = read(probe)
        heads = max(len(next(iter(layer.mass.values()))) for layer in counted if layer is not None)
        nothing = torch.full((heads,), torch.nan)
        for kind in probe.targets:
            masses = torch.stack(
                [nothing if layer is None else layer.mass[kind] for layer in counted]
            )
            sums[kind] = sums[kind] + masses if kind in sums else masses
            times[kind] = times.get(kind, 0) + 1
    return {kind: total / times[kind] for kind, total in sums.items()}
