"""What a form may hold, and where a page may lead."""

from __future__ import annotations

import pytest

from followup.web.forms import clean
from followup.web.paths import safe_path


def test_control_characters_do_not_come_in_and_lines_end_in_one_way() -> None:
    assert clean("a\r\nb\rc\x00\x1b[31m\ud800\td") == "a\nb\nc[31m\td"


@pytest.mark.parametrize("path", ["/", "/strays", "/episodes/ab12", "/episodes/ab12#flag-9"])
def test_our_own_pages_are_led_back_to(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/episodes/../x",
        "/strays\n",
        "javascript:1",
        "",
        "/x",
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert safe_path(path) == "/"
