"""The way to every page of the desk: signed in, with a role that may, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from followup.web.sessions import REFRESH, SESSION, account_of, find_session, may

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Page = Callable[[web.Request], Awaitable[web.StreamResponse]]

IS_PAGE: web.RequestKey[bool] = web.RequestKey("is_page", bool)


@dataclass(frozen=True, slots=True)
class StaffOnly:
    """A page behind the door. Whoever is not signed in is led there, and back here afterwards."""

    page: Page
    role: str
    is_use: bool = True
    """Whether asking for it keeps a session alive."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The page, for those who may see it."""
        request[IS_PAGE] = True
        session = await find_session(request, is_use=self.is_use and REFRESH not in request.headers)
        if session is None:
            raise _to_the_door(request)
        request[SESSION] = session
        if not may(account_of(request), self.role):
            raise web.HTTPForbidden
        return await self.page(request)


@dataclass(frozen=True, slots=True)
class Everybody:
    """A page before the door."""

    page: Page

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The page."""
        request[IS_PAGE] = True
        return await self.page(request)


def _to_the_door(request: web.Request) -> web.HTTPException:
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return web.HTTPUnauthorized()  # a script asks: it knows what to say
    back = request.path if request.method == "GET" and request.path != "/" else ""
    return web.HTTPSeeOther("/sign-in" + (f"?{urlencode({'next': back})}" if back else ""))
