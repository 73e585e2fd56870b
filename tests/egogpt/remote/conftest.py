"""A model on a server that a test has started, and a picture to show it."""

from __future__ import annotations

import numpy as np
import pytest

from egogpt.remote.address import ALLOW, Address
from egogpt.remote.chat import KEY
from egogpt.remote.model import RemoteModel
from memory.types.core import Frame
from tests.egogpt.servers import MODEL


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ALLOW, raising=False)
    monkeypatch.delenv(KEY, raising=False)


def model(url: str, name: str = MODEL, read: float = 10.0) -> RemoteModel:
    return RemoteModel(Address(name, url), read=read, pause=0.01)


def picture(red: int = 200) -> Frame:
    image = np.zeros((900, 1600, 3), np.uint8)
    image[..., 0] = red
    return Frame(0.0, image)
