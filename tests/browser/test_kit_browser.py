"""The kit for pages does what its users rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kit.browser import DESK, PHONE, axe_source, find_barriers, is_wider_than_its_window, open_page

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.browser

STRICT = {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}
HEAD = '<!doctype html><html lang="en"><head><title>Worklist</title><meta name="viewport" content="width=device-width">'


def _serving(body: str) -> TestServer:
    html = f"{HEAD}</head><body><main><h1>Open flags</h1>{body}</main></body></html>"

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html", headers=STRICT)

    app = web.Application()
    app.router.add_get("/", page)
    return TestServer(app)


async def test_axe_names_what_is_wrong_and_nothing_else_even_under_a_strict_policy(browser: Browser) -> None:
    async with (
        _serving("<p>None.</p>") as good,
        _serving('<img src="data:,">') as bad,
        open_page(DESK, browser) as page,
    ):
        await page.goto(str(good.make_url("/")))
        assert await find_barriers(page) == []
        await page.goto(str(bad.make_url("/")))
        assert [barrier.rule for barrier in await find_barriers(page)] == ["image-alt"]


async def test_a_page_has_the_size_asked_for_and_tells_when_it_is_too_wide() -> None:
    wide_body = "<pre>" + "x" * 400 + "</pre>"
    async with _serving("<p>None.</p>") as narrow, _serving(wide_body) as wide, open_page(PHONE) as page:
        await page.goto(str(narrow.make_url("/")))
        assert await page.evaluate("innerWidth") == PHONE.width
        assert not await is_wider_than_its_window(page)
        await page.goto(str(wide.make_url("/")))
        assert await is_wider_than_its_window(page)


def test_axe_is_of_this_decade() -> None:
    version = axe_source().removeprefix("/*! axe v").partition("\n")[0]
    assert [int(part) for part in version.split(".")] >= [4, 10]
