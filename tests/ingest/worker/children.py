"""What the tests ask about the process of a decoder."""

from ingest.decode_worker.client import DecoderProcess

START = 1_700_000_000.0
SECONDS = 32  # of the film


def child(media: DecoderProcess) -> int:
    assert media.pid is not None
    return media.pid
