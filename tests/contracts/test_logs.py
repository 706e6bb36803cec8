"""A log line says where and which, never who or what was said."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from followup.cli.logs import set_up_logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    lines = io.StringIO()
    set_up_logs("json", out=lines)
    yield lines
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _last(out: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return line


def test_a_line_keeps_what_is_allowed_and_drops_what_is_not(out: io.StringIO) -> None:
    structlog.get_logger("test").info("item_read", item="abc", body="my face hurts", name="Ada Byrne")
    line = _last(out)
    assert (line["event"], line["item"], line["level"]) == ("item_read", "abc", "info")
    assert "hurts" not in out.getvalue()
    assert "Ada" not in out.getvalue()


def test_an_error_inside_a_library_is_named_without_what_it_quoted(out: io.StringIO) -> None:
    try:
        int("my face hurts")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request\nmy face hurts")
    line = _last(out)
    assert (line["event"], line["error"]) == ("Error handling request", "ValueError")
    assert "hurts" not in out.getvalue()


def test_libraries_that_name_phones_are_not_heard(out: io.StringIO) -> None:
    logging.getLogger("twilio.http_client").info("GET /Messages.json?To=+447700900001")
    logging.getLogger("aiohttp.access").info("GET /episodes/1")
    assert out.getvalue() == ""
