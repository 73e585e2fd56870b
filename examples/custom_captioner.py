"""Caption clips by a captioner of your own: this one says how light it was.

python examples/custom_captioner.py HOME "When was it dark?" walk.mp4
"""

from __future__ import annotations

import sys
from pathlib import Path

from egobutler import Assistant, Captioner, Observation, Settings


class LightCaptioner(Captioner):
    """Tell light from dark by the mean brightness of two pictures of a clip."""

    name = "light"
    version = "1"  # a new version captions all clips again
    frames = 2  # pictures of each clip that `caption` is given
    hears = False  # whether it is given the sound

    def caption(self, observation: Observation) -> str:
        """One sentence, and what was said; never empty."""
        levels = [float(frame.image.mean()) for frame in observation.frames]
        brightness = sum(levels) / len(levels) if levels else 0.0
        sentence = f"It was {'bright' if brightness > 127 else 'dark'} around me."
        spoken = (utterance.text for utterance in observation.utterances)
        return " ".join([sentence, *spoken])


def main(home: str, question: str, *files: str) -> int:
    """Ingest with the captioner, then ask."""
    with Assistant.open(Settings(Path(home), captioner=LightCaptioner())) as assistant:
        assistant.ingest([Path(file) for file in files])
        print(assistant.ask(question).text)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
