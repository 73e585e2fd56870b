"""Blocks so short that a minute has several, in this process as in those of ``forker.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.stages import pipeline
from tests.faults.homes import CLIPS


@pytest.fixture(scope="module", autouse=True)
def _short_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "CLIPS_PER_BLOCK", CLIPS)
        yield
