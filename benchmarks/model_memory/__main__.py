"""The memory and the tokens that each captioning model takes, from published sizes alone.

    python -m benchmarks.model_memory                 # the table of docs/models.md
    python -m benchmarks.model_memory --json
    python -m benchmarks.model_memory --forms         # EgoGPT on a card, with room for a clip
    python -m benchmarks.model_memory --config /models/Qwen2.5-VL-7B-Instruct/config.json

No weights are needed: the real classes are built on torch's meta device.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.model_memory.estimate import frame_tokens, memory_of, sound_tokens
from egogpt.protocols.model_names import FOLDERS
from egogpt.vlm.families import FAMILIES

CONFIGS = Path(__file__).with_name("configs.toml")
WIDTH, HEIGHT = 640, 360  # a 16:9 frame as models are given it by default
CLIP = 30.0  # seconds


def published() -> dict[str, dict[str, Any]]:
    """Checkpoint → its config, and the size in billions that its page states."""
    return tomllib.loads(CONFIGS.read_text(encoding="utf-8"))


def measured(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the table."""
    config = {key: value for key, value in config.items() if key != "billions"}
    family, need = FAMILIES[str(config["model_type"])], memory_of(config)
    per_frame = frame_tokens(config, WIDTH, HEIGHT)
    clip = per_frame * family.frames + sound_tokens(config, CLIP)
    cache = need.cache_bytes
    return {
        "model": name,
        "kind": family.kind,
        "parameters": need.parameters,
        "gigabytes": {bits: round(need.gigabytes(bits), 2) for bits in (16, 8, 4)},
        "cache_kilobytes_a_token": round(cache / 1024, 1),
        "tokens_a_frame": per_frame,
        "frames_a_clip": family.frames,
        "tokens_a_clip": round(clip),
        "cache_megabytes_a_clip": round(clip * cache / 1e6),
        "hears": family.hears,
    }


def line(row: Mapping[str, Any]) -> str:
    """One row in Markdown."""
    sizes = " / ".join(f"{row['gigabytes'][bits]:.1f}" for bits in (16, 8, 4))
    return (
        f"| `{row['kind']}` | {row['model']} | {row['parameters'] / 1e9:.2f} | {sizes} "
        f"| {row['cache_kilobytes_a_token']:.0f} | {row['tokens_a_frame']:.0f} "
        f"| {row['frames_a_clip']} | {row['tokens_a_clip']:,} "
        f"| {'yes' if row['hears'] else 'no'} |"
    )


def forms(config: Mapping[str, Any]) -> list[str]:
    """The forms in which EgoGPT may be kept, in Markdown, from published sizes."""
    from egogpt.egogpt_7b.config import parse_config
    from egogpt.egogpt_7b.memory_plan import plans

    return [
        f"| {plan.bits} | {plan.towers} | {plan.peak / 1e9:.1f} | {plan.beside / 1e9:.1f} |"
        for plan in plans(parse_config(config, str(CONFIGS)))
    ]


FORMS_HEAD = "| bits | encoders | GB of the card | GB of main memory |\n|---|---|---|---|"
HEAD = (
    "| kind | checkpoint | 10⁹ parameters | GB in 16 / 8 / 4 bits | KiB of cache a token "
    "| tokens a frame | frames | tokens a clip | hears |\n|---|---|---|---|---|---|---|---|---|"
)


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Prints the table, or a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--config", type=Path, help="a config.json instead of the published ones")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--forms", action="store_true", help="of EgoGPT on a card, instead")
    options = parser.parse_args(arguments)
    configs = published()
    if options.forms:
        say("\n".join([FORMS_HEAD, *forms(configs[FOLDERS["egogpt"]])]))
        return 0
    if options.config is not None:
        found = json.loads(options.config.read_text(encoding="utf-8"))
        part = FAMILIES[str(found["model_type"])].part
        configs = {options.config.parent.name: found.get(part, found)}
    rows = [measured(name, config) for name, config in configs.items()]
    say(json.dumps(rows) if options.json else "\n".join([HEAD, *map(line, rows)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
