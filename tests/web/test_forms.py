"""What a form may hold, and where a page may lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from followup.web.forms import clean, is_token, masked
from followup.web.paths import safe_path

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_control_characters_do_not_come_in_and_lines_end_in_one_way() -> None:
    assert clean("a\r\nb\rc\x00\x1b[31m\ud800\td") == "a\nb\nc[31m\td"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/strays",
        "/episodes/ab12",
        "/episodes/ab12#flag-9",
        "/?section=now&owner=mine",
        "/?cursor=eyJh-_.%3D#case-9",
    ],
)
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


def test_a_token_looks_another_way_after_some_minutes_and_in_another_session_and_is_known_again() -> None:
    shown = {masked("secret-of-the-session", NOON + timedelta(minutes=minutes)) for minutes in range(0, 600, 5)}
    assert len(shown) == 120
    assert all(is_token("secret-of-the-session", one) for one in shown)
    assert not any(b"secret".hex() in one for one in shown)
    assert masked("secret-of-the-session", NOON) == masked("secret-of-the-session", NOON + timedelta(seconds=299))
    assert not is_token("another-of-the-session", masked("secret-of-the-session", NOON))


@pytest.mark.parametrize("given", ["", "zz", "00", "secret", b"secret".hex(), "00" * 6, "of another session"])
def test_nothing_else_is_taken_for_the_token(given: str) -> None:
    given = masked("Secret", NOON) if given == "of another session" else given
    assert not is_token("secret", given)
