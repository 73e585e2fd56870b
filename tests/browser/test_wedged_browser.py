"""A browser that has stopped answering fails one test, and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import killed_after

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_a_browser_that_hangs_is_killed_and_the_next_test_has_another(
    launch: Callable[[], Browser],
) -> None:
    from playwright.sync_api import Error

    page = launch().new_page()
    with pytest.raises(Error), killed_after(0.5):
        page.evaluate("() => { for (;;); }")
    assert launch().new_page().evaluate("1 + 1") == 2
