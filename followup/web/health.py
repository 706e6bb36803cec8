"""What machines ask before they trust us: /healthz and /readyz."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from followup.flows.readiness import look
from followup.web.keys import SERVICES

if TYPE_CHECKING:
    from followup.flows.readiness import Check

NO_STORE = {"Cache-Control": "no-store"}


def add_health_routes(app: web.Application) -> None:
    """Adds both; the app has SERVICES."""
    app.router.add_get("/healthz", be_alive)
    app.router.add_get("/readyz", be_ready)


async def be_alive(_request: web.Request) -> web.Response:
    """This process answers. Nothing else is asked, so that a slow database restarts nobody."""
    return web.json_response({"status": "ok"}, headers=NO_STORE)


async def be_ready(request: web.Request) -> web.Response:
    """200 where work gets done, else 503; either way which check says what."""
    checks = await look(request.app[SERVICES])
    is_ready = all(check.is_fine for check in checks)
    said = {"status": "ready" if is_ready else "not ready", "checks": {check.name: _said(check) for check in checks}}
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return web.json_response(said, status=status, headers=NO_STORE)


def _said(check: Check) -> dict[str, object]:
    members = {"ok": check.is_fine, "said": check.said or None, "seconds": check.seconds}
    return {name: value for name, value in members.items() if value is not None}
