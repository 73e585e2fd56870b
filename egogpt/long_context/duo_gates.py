"""DuoAttention's gates: how far each key head has to look, learned from what the model itself says.

Each key head attends with its gate's share to everything and with the rest to the first tokens and
the near ones only. The model stays as it is; the gates are drawn down by their sum, and up by how
far the last hidden states move from those of the whole model where a made-up passkey is recited.
Heads whose gates stay up are the ones that must look far (`kernels.methods.duo_attention`).

    gates = train_gates(model, tokenizer, seconds=3000)    # [layers][key heads], 0 … 1

Source: Xiao et al., DuoAttention, arXiv 2410.10819, section 3.2. There the whole text is read with
the gates at each step. Here it is read once, densely, and only question and answer are: as of a day
that was read once, at a hundredth of the cost, so that a small model takes an hour on two cores.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any

import torch
from torch import Tensor, nn

from egogpt.long_context.haystack import PEOPLE, lines, token_ids
from egogpt.runtime.decoder_layers import TextDecoder, attending, find_decoder
from kernels.methods.duo_attention import Duo

LENGTH, PASSKEYS = 4096, 10
"""Tokens of a text, and the passkeys hidden in it."""
RATE, WEIGHT = 0.02, 0.02
"""Of Adam, as in the paper, and of the gates' mean beside a distance that is relative here."""
_CHUNK = 512
_NAME, _SEAT = "duo_gates", "_egobutler_gate"
_TOLD, _ASKED = "\nThe passkey of {} is {}.\n", "\nThe passkey of {} is "

Tell = Callable[[int, float, float], None]
"""Called after each step with its number, its distance and the gates' mean."""


def train_gates(
    model: Any, tokenizer: Any, *, seconds: float, steps: int = 2000, length: int = LENGTH,
    tell: Tell | None = None,
) -> list[list[float | None]]:  # fmt: skip
    """Optimise the gates of a model's key heads.

    Args:
        model: A causal language model of `transformers` in eval mode, attending by SDPA.
        tokenizer: Its tokenizer.
        seconds: It ends with the text that is being learned from when they are over.
        steps: Passkeys to learn from at most.
        length: Tokens of a text.
        tell: Hears how far it is.

    Returns:
        For each layer the gates of its key heads, 0 … 1, the mean over all steps, which also says
        of two that are shut which was shut first; None in layers that do not see their whole
        context.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
    """
    decoder = find_decoder(model)
    heads = int(decoder.config.num_key_value_heads)
    gates = {
        layer.index: nn.Parameter(torch.ones(heads, device=model.device))
        for layer in decoder.layers
        if layer.attention is not None
    }
    sums = {layer: torch.zeros_like(gate) for layer, gate in gates.items()}
    optimiser = torch.optim.Adam(gates.values(), lr=RATE)
    ends, step = time.monotonic() + seconds, 0
    with _without_gradients(model):
        for number in range(-(-steps // PASSKEYS)):
            if time.monotonic() > ends:
                break
            for dense, asked, context in _lessons(model, tokenizer, length, number):
                with _gated(model, decoder, gates):
                    hidden = _answer(model, asked, context, len(dense))
                distance = (hidden - dense).square().mean() / dense.square().mean()
                mean = torch.cat([*gates.values()]).mean()
                optimiser.zero_grad()
                (distance + WEIGHT * mean).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                with torch.no_grad():
                    for layer, gate in gates.items():
                        sums[layer] += gate.clamp_(0, 1)
                step += 1
                if tell is not None:
                    tell(step, distance.item(), mean.item())
    nothing: list[float | None] = [None] * heads
    return [
        [round(total / max(step, 1), 6) for total in sums[layer.index].tolist()]
        if layer.index in sums
        else nothing
        for layer in decoder.layers
    ]


def _lessons(
    model: Any, tokenizer: Any, length: int, number: int
) -> Iterator[tuple[Tensor, Tensor, list[tuple[Tensor, Tensor]]]]:
    """What the whole model says reciting a passkey; question and answer; the text's keys."""
    text, questions = passkeys(tokenizer, length, number)
    context = _read(model, text)
    for asked, answer in questions:
        ids = torch.tensor([[*asked, *answer[:-1]]], device=model.device)
        with torch.no_grad():
            dense = _answer(model, ids, context, len(answer))
        yield dense, ids, context


def _read(model: Any, text: list[int]) -> list[tuple[Tensor, Tensor]]:
    from transformers import DynamicCache

    cache: Any = DynamicCache(config=model.config.get_text_config(decoder=True))
    with torch.no_grad():
        for start in range(0, len(text), _CHUNK):
            ids = torch.tensor([text[start : start + _CHUNK]], device=model.device)
            model.get_decoder()(input_ids=ids, cache=cache, use_cache=True)
    return [(layer.keys, layer.values) for layer in cache.layers]


def _answer(model: Any, ids: Tensor, context: list[tuple[Tensor, Tensor]], rows: int) -> Tensor:
    """The last hidden states of the last rows behind a text that was read, [rows, D]."""
    from transformers import DynamicCache

    cache: Any = DynamicCache()
    for place, (keys, values) in enumerate(context):
        cache.update(keys[:, :, :0], values[:, :, :0], place)
        cache.layers[place].keys, cache.layers[place].values = keys, values
    states: Tensor = model.get_decoder()(
        input_ids=ids, cache=cache, use_cache=True
    ).last_hidden_state
    return states[0, -rows:].float()


def passkeys(
    tokenizer: Any, length: int, seed: int
) -> tuple[list[int], list[tuple[list[int], list[int]]]]:
    """Talk with passkeys at random depths; each one's question and answer, as tokens."""
    ids = partial(token_ids, tokenizer)
    noise = random.Random(f"passkeys {seed}")  # noqa: S311 - numbers to recite, nothing secret
    people = noise.sample(PEOPLE, PASSKEYS)
    numbers = [str(noise.randrange(10**6, 10**7)) for _ in people]
    told = [ids(_TOLD.format(*pair)) for pair in zip(people, numbers, strict=True)]
    words = chain.from_iterable(ids(f"{line}\n") for line in lines(noise))
    room = length - sum(map(len, told))
    places = sorted(noise.randrange(room) for _ in people)
    text: list[int] = []
    for begin, end, statement in zip([0, *places], places, told, strict=False):
        text += [*islice(words, end - begin), *statement]
    text += islice(words, length - len(text))
    pairs = zip(people, numbers, strict=True)
    return text, [(ids(_ASKED.format(who)), ids(number)) for who, number in pairs]


@contextmanager
def _without_gradients(model: Any) -> Iterator[None]:
    before = [weights for weights in model.parameters() if weights.requires_grad]
    for weights in before:
        weights.requires_grad_(False)
    try:
        yield
    finally:
        for weights in before:
            weights.requires_grad_(True)


@contextmanager
def _gated(model: Any, decoder: TextDecoder, gates: dict[int, nn.Parameter]) -> Iterator[None]:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    layers = [layer for layer in decoder.layers if layer.index in gates]
    try:
        for layer in layers:
            setattr(layer.attention, _SEAT, gates[layer.index])
        with attending(model, decoder.config, _NAME):
            yield
    finally:
        for layer in layers:
            delattr(layer.attention, _SEAT)


def _attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    scaling: float | None = None, **options: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Everything by the gate's share, sinks and window by the rest; one row, without padding."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    gate: Tensor | None = getattr(module, _SEAT, None)
    if gate is None:
        mixed: Tensor = sdpa_attention_forward(
            module, query, key, value, mask, scaling=scaling, **options
        )[0]
        return mixed, None
    asked, total, near = query.shape[2], key.shape[2], Duo()
    folded = torch.unflatten(query, 1, (key.shape[1], -1))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = folded @ key[:, :, None].transpose(-1, -2) * scale
    columns = torch.arange(total, device=key.device)
    ages = torch.arange(total - asked, total, device=key.device)[:, None] - columns
    scores = scores.masked_fill(ages < 0, -torch.inf)
    far = (columns >= near.sinks) & (ages >= near.window)
    share = gate.to(scores.dtype)[None, :, None, None, None]
    weights = share * scores.softmax(-1)
    weights = weights + (1 - share) * scores.masked_fill(far, -torch.inf).softmax(-1)
    return (weights @ value[:, :, None]).flatten(1, 2).transpose(1, 2), None
