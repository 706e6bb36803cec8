"""The fixtures that any test may ask for, and which tests run only when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.postgres import postgres, postgres_url
from kit.stores import migrated_database, migrated_file, store, store_url, wall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

__all__ = ["browser", "migrated_database", "migrated_file", "postgres", "postgres_url", "store", "store_url", "wall"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    from kit.browser import open_browser  # only where a page is opened: Playwright takes its time

    async with open_browser() as opened:
        yield opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long runs are left out unless they are asked for by their marker: `make torture`, or `pytest -m torture`."""
    if "torture" in config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("torture")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
