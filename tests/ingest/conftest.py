"""Blocks so short that a film of two minutes has three."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.stages import pipeline


@pytest.fixture(scope="module")
def short_blocks() -> Iterator[None]:
    """Blocks of two clips, not of eight."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "CLIPS_PER_BLOCK", 2)
        yield
