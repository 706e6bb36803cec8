"""What handlers find on the app."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from followup.flows.services import Services

SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
TEMPLATES: web.AppKey[Path] = web.AppKey("templates", Path)
"""The directory that has `pages/` in it."""
