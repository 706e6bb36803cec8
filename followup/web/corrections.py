"""Staff say what a reply means."""

from __future__ import annotations

from aiohttp import web

from followup.domain.review import Refusal
from followup.flows import read_pages
from followup.flows.correct_reply import correct_reply
from followup.web.acts import status_of, told
from followup.web.correction_form import read_correction
from followup.web.episode import show_refused
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.sessions import account_of


async def correct(request: web.Request) -> web.StreamResponse:
    """POST /episodes/{id}/messages/{id}/correction."""
    form = await read_form(request)
    account, episode_id = account_of(request), request.match_info["episode"]
    correction = read_correction(form, request.match_info["message"], account.email)
    done = await correct_reply(request.app[SERVICES], episode_id, correction, read_pages.scope(account))
    if done is None:
        raise web.HTTPNotFound
    if isinstance(done, Refusal):
        return await show_refused(request, episode_id, await told(request, done), {}, status_of(done))
    back = f"/episodes/{episode_id}#reply-{correction.message_id}"
    raise web.HTTPSeeOther(back)
