"""Short films in the place of those of the sample day, as where their making broke off."""

from __future__ import annotations

from datetime import date, timedelta

from app.demo.sample import SampleDay
from app.demo.script import SCENES
from tests.media import make_video, scene


def begin_films(sample: SampleDay, films: int = len(SCENES)) -> None:
    """Puts the first ``films`` there: they are not made again."""
    day = date.today() - timedelta(days=1)
    sample.folder.mkdir(parents=True)
    for number, shown in enumerate(SCENES[:films]):
        name = f"VID_{day:%Y%m%d}_{shown.hour:02}{shown.minute:02}00.mp4"
        pictures = [scene(number), scene(number + 1)]
        make_video(sample.folder / name, pictures, seconds=4, fps=5)
