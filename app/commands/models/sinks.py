"""``egobutler sinks`` and ``egobutler calibrate-act``: what a language model's sinks allow."""

from __future__ import annotations

from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from app.commands import base
from app.commands.models.heads import ModelName
from app.commands.options import CommandOptions, command, value, word
from app.core.errors import PersonError
from app.presentation.progress_line import ProgressLine
from egogpt.protocols.model_names import GGUF, GGUF_VL, is_placed, kind_of
from egogpt.remote.address import is_remote
from egogpt.weights.store import WeightStore


@command()
def sinks(
    options: CommandOptions,
    model: ModelName,
    text: Annotated[Path | None, value("FILE", "a text to read (default: ours)")] = None,
    texts: Annotated[int, Option(min=1, metavar="N", help="how many pieces of it to read")] = 16,
    length: Annotated[int, Option(min=1, metavar="N", help="tokens in each")] = 64,
    folder: Annotated[Path | None, value("FOLDER", "pictures to show it", "--show")] = None,
) -> None:
    """Measure a model's attention sinks, say what can be gained from them, and keep it.

    Such as: egobutler sinks qwen-vl:/models/Qwen2.5-VL-7B
    """
    from egogpt.sinks.profile_file import save_profile
    from egogpt.sinks.report import sink_report
    from egogpt.sinks.report_text import about_act, about_var, in_words
    from egogpt.vlm.sink_study import stored_profile

    loaded, seeing = _load(model, options)
    report = sink_report(loaded.model, _texts(loaded, model, text, length, texts))
    report = report if seeing is None else replace(report, sees_pictures=True)
    stored = stored_profile(report, seeing, _pictures(folder))
    path = save_profile(stored) if report.sees_pictures else None
    kept = None if path is None else {"file": str(path), **asdict(stored)}
    verdicts = {"var": asdict(about_var(report)), "act": asdict(about_act(report))}
    options.result_line(asdict(report) | {"sink_1": report.first, "kept": kept} | verdicts)
    options.show("\n".join(in_words(report)))
    if path is not None:
        heads = sum(map(len, (stored.heads or {}).values()))
        looked = f"in {heads} heads that look at pictures" if heads else stored.why
        state = "on" if stored.can_help else "off"
        options.show(f"With ?var=auto VAR is {state} for it: {looked}. Kept in {path}")


def _pictures(folder: Path | None) -> list[Any]:
    """The pictures of a folder."""
    import cv2

    if folder is None:
        return []
    files = [] if not folder.is_dir() else sorted(folder.iterdir())
    read = [image for file in files if (image := cv2.imread(str(file))) is not None]
    if not read:
        raise PersonError(f"{folder} holds no picture that can be read")
    return [cv2.cvtColor(image, cv2.COLOR_BGR2RGB) for image in read]


@command()
def calibrate_act(
    options: CommandOptions,
    model: ModelName,
    task: Annotated[Path, word("QUESTIONS", "questions, one JSON a line")],
    out: Annotated[Path, value("FILE", "goes on where it is")],
    budget: Annotated[int, Option(min=1, metavar="N", help="heads at most")] = 8,
    layers: Annotated[
        list[int] | None, value("N", "only heads of this layer, from 0; may be given again")
    ] = None,
    beta: Annotated[float, value("SHARE", "what a sink keeps")] = 0.4,
    alpha: Annotated[float, value("N", "times its share")] = 5.0,
) -> None:
    """Find heads for ACT on a file of questions; what was measured is kept."""
    from egogpt.sinks.act_run import SearchPlan
    from egogpt.sinks.act_run import calibrate as search

    loaded, _ = _load(model, options)
    if loaded.tokenizer is None:
        raise PersonError(f"{model} has no tokenizer; questions cannot be read")
    plan = SearchPlan(budget, layers, beta, alpha)
    with ProgressLine() as line:

        def tell(calibration: Any, heads: int) -> None:
            tried, taken = len(calibration.tried), len(calibration.heads)
            line.update("Heads tried:", f" {tried} of {heads}, {taken} taken", tried, heads)

        result = search(loaded.model, loaded.tokenizer, task, out, plan, tell)
    options.show(
        f"{result.before:.3f} without, {result.score:.3f} with {len(result.heads)} heads, on the "
        f"questions that they were chosen on; measure it on others. Kept in {out}"
    )
    options.result_line(asdict(result))


def _load(model: str, options: CommandOptions) -> tuple[Any, Any]:
    """The model that was named, and what it sees with (None for one that is read as text only)."""
    from egogpt.llm.transformers_models import LocalModel, load_local_model
    from egogpt.registry import check_models, load_chat

    weights = WeightStore(options.settings().weights)
    if not is_placed(model) or is_remote(model):
        return load_local_model(model, weights), None
    if kind_of(model) == GGUF:
        return load_local_model(model.partition(":")[2], weights), None
    check_models(None, model)
    if kind_of(model) == GGUF_VL:
        raise PersonError(
            f"{model} runs in llama.cpp, which shows no attention: neither VAR nor ACT "
            "can be used with it. Name a folder of safetensors, or a qwen-vl: or other model"
        )
    seeing: Any = load_chat(model, weights)
    with seeing.loaded() as ready:
        return LocalModel(seeing.language(ready), ready.tokenizer), seeing


def _texts(loaded: Any, model: str, text: Path | None, length: int, texts: int) -> Any:
    """Pieces of a text as tokens; random tokens where the model came without a tokenizer."""
    from egogpt.sinks.report import random_texts, token_texts

    if loaded.tokenizer is None:
        if text is not None:
            raise PersonError(f"{model} has no tokenizer; it cannot read a text")
        base.say("the model has no tokenizer: random tokens are read, which sinks show on too")
        vocabulary = loaded.model.get_input_embeddings().num_embeddings
        return random_texts(vocabulary, length, texts)
    file = text or files("egogpt.sinks") / "sink_texts.txt"
    read = file.read_bytes().decode("utf-8", "replace")
    ids = loaded.tokenizer(read, add_special_tokens=False).input_ids
    return token_texts(ids, length, texts)
