"""The JSON API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.web.api.routes import PREFIX, ROUTES

if TYPE_CHECKING:
    from aiohttp import web


def add_api_routes(app: web.Application) -> None:
    """Adds every route of the table; the app has SERVICES and the middleware `problem_errors`."""
    for route in ROUTES:
        app.router.add_route(route.method, PREFIX + route.path, route.serve)
