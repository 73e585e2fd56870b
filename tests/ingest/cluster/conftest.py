"""A Ray cluster on this machine, and films for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest.cluster  # noqa: F401  # before any test loads Ray
from tests.ingest.cluster.clusters import LocalCluster, made
from tests.ingest.stages.digests import noisy_video
from tests.media import make_video, scene, tone


@pytest.fixture(scope="module")
def cluster(films: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A head that computes nothing, and two nodes of one core; nothing of it calls out.

    They are told by which URL they find what lies in ``/elsewhere``.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EGOBUTLER_MEDIA", f"/elsewhere=file://{films[0].parent}")
        patch.setenv("EGOBUTLER_MEDIA_CACHE", str(tmp_path_factory.mktemp("cache")))
        local = LocalCluster()
        yield local
        local.end()


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A film of three blocks and four of one, in which nothing is like in another."""
    folder = tmp_path_factory.mktemp("media")
    short = [
        make_video(folder / f"{n}.mp4", [scene(n)], seconds=20, fps=4, audio=tone(20, 200.0 * n))
        for n in range(1, 5)
    ]
    return [noisy_video(folder), *short]


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory, films: list[Path]) -> str:
    """The digest of the home that this process makes by itself."""
    return made(tmp_path_factory.mktemp("alone"), films)[0]
