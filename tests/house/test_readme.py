"""What the README tells people to do works as it stands there."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer

from followup.bookings import Request
from followup.bookings.native.adapter import ADAPTER
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = "whsec_" + "A" * 32
README = (TOP / "README.md").read_text(encoding="utf-8")


def targets(makefile: str) -> set[str]:
    """What `make` may be asked for."""
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def missing_files(markdown: str, present: Iterable[str]) -> list[str]:
    """Files and folders of this repository that a page links to and that are not there; pictures come later."""
    links = re.findall(r"(?<!!)\[[^\]]*\]\(((?!https?:)[^)#]+)\)", markdown)
    return [link for link in links if link.rstrip("/") not in present]


async def test_the_signing_example_is_what_a_booking_door_takes() -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    taken: list[Request] = []

    async def door(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        taken.append(Request(headers, await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/hooks/bookings/glow-native", door)
    async with TestServer(app) as server:
        settings = {"GLOW_BOOKING_SECRET": SECRET, "FOLLOWUP_PUBLIC_URL": str(server.make_url("")).rstrip("/")}
        pipe = asyncio.subprocess.PIPE
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, env={**os.environ, **settings}, stdout=pipe, stderr=pipe
        )
        printed, complaint = await run.communicate()
    assert (printed, complaint) == (b"202\n", b"")
    assert ADAPTER.is_signed(taken[0], [SECRET], datetime.now(UTC))
    assert [booking.id for booking in ADAPTER.read(taken[0])] == ["B-1042"]


def test_every_make_command_named_exists() -> None:
    named = set(re.findall(r"^make (\w+)|`make (\w+)", README, re.MULTILINE))
    assert {first or second for first, second in named} <= targets((TOP / "Makefile").read_text(encoding="utf-8"))


def test_every_link_into_the_repository_leads_somewhere() -> None:
    present = {path.relative_to(TOP).as_posix() for path in [*TOP.glob("*"), *(TOP / "docs").rglob("*")]}
    assert missing_files(README, present) == []


def test_a_broken_link_is_found() -> None:
    assert missing_files("[a](docs/a.md) ![p](docs/p.png) [w](https://example.org)", {"docs"}) == ["docs/a.md"]
