"""Parts of a test run that a machine may lack: skipped by name, or a failure where FOLLOWUP_TEST_REQUIRE names them."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacks(part: str, why: str) -> NoReturn:
    """Skip this test, saying why; or fail it, if the run must not do without this part."""
    if part in os.environ.get("FOLLOWUP_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required by FOLLOWUP_TEST_REQUIRE, but {why}", pytrace=False)
    pytest.skip(f"{part}: {why}")
