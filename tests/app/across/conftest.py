from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.app.across.films import Films, make_homes
from tests.app.homes import Restored


@pytest.fixture(scope="session")
def both_homes(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    return Restored(tmp_path_factory.mktemp("films"), make_homes)


@pytest.fixture
def films(both_homes: Restored) -> Iterator[Films]:
    """Both homes as they were made."""
    opened = Films(both_homes.fresh())
    yield opened
    opened.accounts.database.close()
