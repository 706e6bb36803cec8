"""What handlers find on the app."""

from __future__ import annotations

from aiohttp import web

from followup.flows.services import Services

SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
