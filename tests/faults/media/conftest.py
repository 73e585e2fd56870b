"""What the tests of broken media share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.decode_worker.client import DecoderProcess


@pytest.fixture(scope="module")
def media() -> Iterator[DecoderProcess]:
    with DecoderProcess() as process:
        yield process
