"""Everything that answers over HTTP: doors for strangers, the JSON API, pages for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from followup.web.api import add_api_routes
from followup.web.health import add_health_routes
from followup.web.hooks import add_hook_routes
from followup.web.keys import SERVICES, TEMPLATES
from followup.web.metrics import add_metrics_routes, count_requests
from followup.web.pages import add_page_routes
from followup.web.problems import problem_errors

if TYPE_CHECKING:
    from pathlib import Path

    from followup.flows.services import Services


def make_app(services: Services, templates: Path) -> web.Application:
    """The whole of it; `templates` has `pages/` in it."""
    app = web.Application(middlewares=[count_requests, problem_errors])
    app[SERVICES] = services
    app[TEMPLATES] = templates
    add_metrics_routes(app)
    add_health_routes(app)
    add_hook_routes(app)
    add_api_routes(app)
    add_page_routes(app)
    return app
