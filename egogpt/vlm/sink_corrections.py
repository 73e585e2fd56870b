"""VAR and ACT on a model that sees, as its name's options say.

`?var=auto` goes by the profile that `egobutler sinks MODEL` wrote: on where that says that it can
help, else off with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egogpt.protocols.errors import CannotRun
from egogpt.protocols.model_names import Options, parse_var

if TYPE_CHECKING:
    from torch import Tensor

    from egogpt.sinks.calibration import ActSettings
    from egogpt.sinks.redistribution import RedistributionSession, VarSettings
    from egogpt.sinks.sinks import SinkProfile

_NUMBER = re.compile(r"(beta|alpha)=([0-9.]+)")
_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is done to a model's attention; ``var_off`` is why VAR is not."""

    var: VarSettings | None = None
    var_off: str = ""
    act: ActSettings | None = None

    @contextmanager
    def applied(
        self, model: Any, visual: Tensor | None, real: Tensor | None, protected: Tensor | None
    ) -> Iterator[RedistributionSession]:
        """Corrects attention while the block runs, for one prompt and what is written after it.

        Args:
            model: the language model, or the model that it is the decoder of.
            visual: bool [B, P], tokens that are the pictures'.
            real: bool [B, P], tokens that are not padding.
            protected: bool [B, P], tokens that ACT takes nothing from.
        """
        from egogpt.runtime.decoder_layers import UnsupportedModel
        from egogpt.sinks.calibration import calibration
        from egogpt.sinks.redistribution import RedistributionSession, redistribution
        from kernels.registry import UnknownMethod

        off = self.var_off or ("" if visual is not None else "the prompt has no picture")
        if self.act is not None and protected is not None:
            with calibration(model, self.act, protected, real):
                yield RedistributionSession({}, off)
        elif self.var is None or visual is None:
            yield RedistributionSession({}, off)
        else:
            with ExitStack() as stack:
                try:
                    session = stack.enter_context(redistribution(model, self.var, visual, real))
                except (UnknownMethod, UnsupportedModel) as error:
                    session = RedistributionSession({}, str(error))
                yield session


def corrections_of(model: Any, tokenizer: Any, options: Options) -> Corrections:
    """What a model's options ask for. Raises CannotRun where a file cannot be used."""
    from egogpt.runtime.model_fingerprint import fingerprint

    moved = parse_var(options.var)
    if options.act:
        heads = _act(Path(options.act).expanduser(), fingerprint(model))
        return Corrections(None, "ACT corrects the same attention", heads)
    if moved == 0:
        return Corrections(var_off="the model's name says so")
    return _var(model, tokenizer, fingerprint(model), moved)


def _var(model: Any, tokenizer: Any, model_hash: str, moved: float | None) -> Corrections:
    from egogpt.sinks.profile_file import ProfileDamaged, load_profile
    from egogpt.sinks.redistribution import VarSettings
    from kernels.corrections.visual_redistribution import Redistribution

    try:
        stored = load_profile(model_hash)
    except ProfileDamaged as error:
        if moved is None:
            return Corrections(var_off=str(error))
        raise CannotRun(str(error)) from error
    if moved is None and (stored is None or not stored.can_help):
        unknown = "its sinks were not measured yet (egobutler sinks, with the name of the model)"
        return Corrections(var_off=unknown if stored is None else stored.why)
    profile = stored.profile if stored is not None else _profile(model, tokenizer)
    if not profile.dimensions:
        return Corrections(var_off=f"its sinks cannot be told: {profile.source}")
    rule = Redistribution() if moved is None else Redistribution(moved=moved)
    heads = stored.heads if stored is not None and stored.heads else None
    return Corrections(VarSettings(profile, rule, heads=heads, counting=True))


def _profile(model: Any, tokenizer: Any) -> SinkProfile:
    """What is known of the model's base, or shows in it as it reads a text of ours."""
    import torch

    from egogpt.sinks.sinks import profile_of

    text = (files("egogpt.sinks") / "sink_texts.txt").read_text(encoding="utf-8")
    ids = tokenizer(text, add_special_tokens=False)["input_ids"][:_TOKENS]
    device = next(model.parameters()).device
    return profile_of(model, torch.tensor([ids], device=device))


def _act(path: Path, model_hash: str) -> ActSettings:
    from egogpt.sinks.calibration import ActSettings
    from egogpt.sinks.head_search import HeadSetError, load
    from kernels.corrections.attention_calibration import CalibrationRule

    try:
        head_set = load(path)
    except (OSError, HeadSetError) as error:
        raise CannotRun(f"?act={path} cannot be read: {error}") from error
    if head_set.model != model_hash:
        raise CannotRun(
            f"?act={path} holds the heads of another model; find this one's with: "
            "egobutler calibrate-act"
        )
    numbers = dict(_NUMBER.findall(head_set.task))
    rule = CalibrationRule(float(numbers.get("beta", 0.4)), float(numbers.get("alpha", 5.0)))
    return ActSettings(head_set.by_layer(), rule)
