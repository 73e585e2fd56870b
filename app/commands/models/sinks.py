"""``egobutler sinks`` and ``egobutler calibrate-act``: what a language model's sinks allow.

egobutler sinks qwen-vl:/models/Qwen2.5-VL-7B         # a model that sees: VAR goes by what it finds
egobutler sinks ~/models/Qwen2-7B                     # a folder of safetensors
egobutler sinks qwen-0.5b --json                      # a bundled model
egobutler calibrate-act ~/models/Qwen2-7B questions.jsonl --out heads.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.core.settings import Settings
from egogpt.protocols.chat import ChatError
from egogpt.protocols.model_names import GGUF, GGUF_VL, is_placed, kind_of
from egogpt.remote.address import is_remote
from egogpt.weights.store import WeightError, WeightStore


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the two commands."""
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument(
        "model", metavar="MODEL", help="KIND:PLACE, a folder, a .gguf file, or qwen-0.5b …"
    )
    sinks = verbs.add_parser("sinks", parents=[common, model])
    sinks.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    sinks.add_argument("--text", type=Path, metavar="FILE", help="a text to read (default: ours)")
    sinks.add_argument("--texts", type=_count, default=16, help="how many pieces of it to read")
    sinks.add_argument("--length", type=_count, default=64, help="tokens in each (default: 64)")
    sinks.add_argument("--show", type=Path, metavar="FOLDER", help="pictures to show it")
    sinks.set_defaults(run=run)
    act = verbs.add_parser("calibrate-act", parents=[common, model])
    act.add_argument("task", type=Path, metavar="QUESTIONS", help="questions, one JSON a line")
    act.add_argument("--out", type=Path, required=True, metavar="FILE", help="goes on where it is")
    act.add_argument("--budget", type=_count, default=8, help="heads at most (default: 8)")
    act.add_argument("--layers", type=int, nargs="+", help="only heads of these, from 0")
    act.add_argument("--beta", type=float, default=0.4, help="what a sink keeps (default: 0.4)")
    act.add_argument("--alpha", type=float, default=5.0, help="times its share (default: 5)")
    act.set_defaults(run=calibrate)


def run(options: argparse.Namespace) -> int:
    """Measures a model's sinks, says what can be gained from them, and keeps it for `?var=auto`."""
    from egogpt.sinks.profile_file import save_profile
    from egogpt.sinks.report import sink_report
    from egogpt.sinks.report_text import about_act, about_var, in_words
    from egogpt.vlm.sink_study import stored_profile

    loaded, seeing = _load(options)
    with _readable():
        report = sink_report(loaded.model, _texts(loaded, options))
        report = report if seeing is None else replace(report, sees_pictures=True)
        pictures = _pictures(options.show)
        stored = stored_profile(report, seeing, pictures)
        path = save_profile(stored) if report.sees_pictures else None
    kept = None if path is None else {"file": str(path), **asdict(stored)}
    if options.json:
        verdicts = {"var": asdict(about_var(report)), "act": asdict(about_act(report))}
        extra = {"sink_1": report.first, "kept": kept}
        base.result_line(asdict(report) | extra | verdicts)
        return 0
    print("\n".join(in_words(report)))
    if path is not None:
        heads = sum(map(len, (stored.heads or {}).values()))
        looked = f"in {heads} heads that look at pictures" if heads else stored.why
        state = "on" if stored.can_help else "off"
        print(f"With ?var=auto VAR is {state} for it: {looked}. Kept in {path}")
    return 0


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


def calibrate(options: argparse.Namespace) -> int:
    """Finds heads for ACT on a file of questions; what was measured is kept."""
    from egogpt.sinks.act_run import SearchPlan
    from egogpt.sinks.act_run import calibrate as search

    loaded, _ = _load(options)
    if loaded.tokenizer is None:
        raise PersonError(f"{options.model} has no tokenizer; questions cannot be read")
    plan = SearchPlan(options.budget, options.layers, options.beta, options.alpha)
    with _readable():
        result = search(loaded.model, loaded.tokenizer, options.task, options.out, plan, _tell)
    base.say(
        f"{result.before:.3f} without, {result.score:.3f} with {len(result.heads)} heads, on the "
        f"questions that they were chosen on; measure it on others. Kept in {options.out}"
    )
    base.result_line(asdict(result))
    return 0


def _tell(calibration: Any, heads: int) -> None:
    """Says how far the search is."""
    if sys.stderr.isatty():
        done = f"{len(calibration.heads)} heads taken up, {len(calibration.tried)} of {heads} tried"
        print(f"\r{done}", end="\n" if calibration.finished else "", file=sys.stderr, flush=True)


def _load(options: argparse.Namespace) -> tuple[Any, Any]:
    """The model that was named, and what it sees with (None for one that is read as text only)."""
    from egogpt.llm.transformers_models import LocalModel, load_local_model
    from egogpt.registry import check_models, load_chat

    with _readable():
        weights = WeightStore(Settings.of_options(options).weights)
        if not is_placed(options.model) or is_remote(options.model):
            return load_local_model(options.model, weights), None
        if kind_of(options.model) == GGUF:
            return load_local_model(options.model.partition(":")[2], weights), None
        check_models(None, options.model)
        if kind_of(options.model) == GGUF_VL:
            raise PersonError(
                f"{options.model} runs in llama.cpp, which shows no attention: neither VAR nor ACT "
                "can be used with it. Name a folder of safetensors, or a qwen-vl: or other model"
            )
        seeing: Any = load_chat(options.model, weights)
        with seeing.loaded() as ready:
            return LocalModel(seeing.language(ready), ready.tokenizer), seeing


def _texts(loaded: Any, options: argparse.Namespace) -> Any:
    """Pieces of a text as tokens; random tokens where the model came without a tokenizer."""
    from egogpt.sinks.report import random_texts, token_texts

    if loaded.tokenizer is None:
        if options.text is not None:
            raise PersonError(f"{options.model} has no tokenizer; it cannot read a text")
        base.say("the model has no tokenizer: random tokens are read, which sinks show on too")
        vocabulary = loaded.model.get_input_embeddings().num_embeddings
        return random_texts(vocabulary, options.length, options.texts)
    file = options.text or files("egogpt.sinks") / "sink_texts.txt"
    read = file.read_bytes().decode("utf-8", "replace")
    ids = loaded.tokenizer(read, add_special_tokens=False).input_ids
    return token_texts(ids, options.length, options.texts)


@contextmanager
def _readable() -> Iterator[None]:
    """Errors that the person can put right, without a stack."""
    try:
        yield
    except (ValueError, LookupError, WeightError, OSError, ChatError) as error:
        raise PersonError(str(error)) from error


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few; give 1 or more")
    return number
