"""One act on several flags of one episode: each still only as it was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from followup.domain.inputs import Act
from followup.domain.review import Refusal
from followup.flows import read_pages
from followup.flows.review_flag import review_flag
from followup.web.acts import read_act, read_version, status_of, told, when_of
from followup.web.episode import show_refused
from followup.web.forms import read_form
from followup.web.groups import FOR
from followup.web.keys import SERVICES
from followup.web.paths import safe_path
from followup.web.sessions import account_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST = 50


async def review_together(request: web.Request) -> web.StreamResponse:
    """POST /flags/acts. Where a colleague was first with one of them, the page says so, and the rest stays as it is."""
    form = await read_form(request)
    services, account = request.app[SERVICES], account_of(request)
    for place, (flag_id, version) in enumerate(_flags(form)):
        row = await read_pages.read_flag(services, account, flag_id)
        if row is None:
            raise web.HTTPNotFound
        act = read_act(form, flag_id, version, account.email, when_of(request, row))
        # What somebody wrote once stands in the journal once, with the first.
        act = replace(act, note="" if place else act.note)
        done = await review_flag(services, flag_id, act, read_pages.scope(account))
        if isinstance(done, Refusal):
            return await show_refused(request, row.episode_id, await told(request, done), form, status_of(done))
    raise web.HTTPSeeOther(_way_back(form))


def _way_back(form: Mapping[str, str]) -> str:
    """To where the flags stand now; on the worklist, once they have left their place, to whatever stands next there."""
    following, act = safe_path(form.get("next", "")), form.get("act", "").partition(":")[0]
    if "#" in following or (urlsplit(following).path == "/" and act in {Act.SNOOZE, Act.CLOSE}):
        return following
    return f"{following}#flag-{_flags(form)[0][0]}"


def _flags(form: Mapping[str, str]) -> Sequence[tuple[str, int]]:
    seen = form.get(FOR + form.get("act", "").partition(":")[0], "").split()
    if not 1 <= len(seen) <= MOST:
        raise web.HTTPBadRequest
    return [(flag, read_version(version)) for flag, _, version in (each.partition(".") for each in seen)]
