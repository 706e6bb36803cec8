"""Whether the desk may be heard: a choice of whoever sits before this browser."""

from __future__ import annotations

from aiohttp import web

from followup.web.forms import read_form
from followup.web.paths import safe_path
from followup.web.sessions import remember_sound


async def choose_sound(request: web.Request) -> web.StreamResponse:
    """POST /sound: a sound for each new flag that cannot wait, on or off."""
    form = await read_form(request)
    answer = web.Response(status=303, headers={"Location": safe_path(form.get("next", ""))})
    remember_sound(request, answer, is_on=form.get("is") == "on")
    return answer
