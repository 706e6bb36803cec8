"""One episode: who, what waits, how it went, and everything that was said and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from followup.domain.episode import CheckInState
from followup.flows import read_pages
from followup.flows.circumstances import zone_of
from followup.flows.looking import note_seen
from followup.web.chart import draw
from followup.web.clinics import UTC, of_catalogue
from followup.web.correction_form import offered
from followup.web.keys import SERVICES
from followup.web.pictures import of_replies, shown
from followup.web.presence import PRESENCE
from followup.web.render import show
from followup.web.seen import SEEN
from followup.web.sessions import REFRESH, account_of
from followup.web.timeline import tell_story
from followup.web.writing import draft_values, write_values
from followup.web.zoom import read_span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.domain.episode import Episode
    from followup.domain.flag import Flag
    from followup.flows.read_pages import Case

CONFLICT = 409
TOGETHER = "all"
NOTHING_TYPED: Mapping[str, str] = {}


async def show_episode(request: web.Request) -> web.StreamResponse:
    """GET /episodes/{id}."""
    case = await find_case(request, request.match_info["episode"])
    await _note_seen(request, case)
    return show(request, "episode.html", **_values(request, case))


async def show_refused(
    request: web.Request, episode_id: str, why: str, typed: Mapping[str, str], status: int = CONFLICT
) -> web.StreamResponse:
    """The episode as it is now, why nothing was changed, and what was typed, not lost."""
    case = await find_case(request, episode_id)
    kept = {"refusal": why, "typed": typed, "typed_for": _form_of(typed, case.page.episode)}
    return show(request, "episode.html", status=status, **{**_values(request, case), **kept})


async def show_draft(request: web.Request, episode_id: str, typed: Mapping[str, str]) -> web.StreamResponse:
    """The episode with a text that is not sent yet: a reply that was chosen, or what was typed, and its length."""
    case = await find_case(request, episode_id)
    return show(request, "episode.html", **draft_values(_values(request, case), typed))


async def find_case(request: web.Request, episode_id: str) -> Case:
    """The episode, or 404 for one that is not there or that this account may not see."""
    case = await read_pages.read_case(request.app[SERVICES], account_of(request), episode_id)
    if case is None:
        raise web.HTTPNotFound
    await request.app[PRESENCE].refresh(request.app[SERVICES])
    return case


async def _note_seen(request: web.Request, case: Case) -> None:
    account, services = account_of(request), request.app[SERVICES]
    if REFRESH in request.headers:
        return
    if request.app[SEEN].is_new(account.id, case.page.episode.id, services.wall()):
        await note_seen(services, account, case.page.episode.clinic, case.page.episode.id)


def _values(request: web.Request, case: Case) -> dict[str, Any]:
    services, episode, patient = request.app[SERVICES], case.page.episode, case.page.patient
    clinic, protocol, now = services.catalogue.clinics.get(episode.clinic), case.protocol, services.clock()
    messages = [one.message for one in case.page.messages]
    in_order = shown(case.page, services)
    closed = [flag for flag in episode.flags if not flag.is_open]
    return {
        **of_catalogue(request),
        "case": case,
        "episode": episode,
        "patient": patient,
        "people": case.people,
        "colleagues": case.colleagues,
        "clinic_name": clinic.name if clinic else episode.clinic,
        "zone": clinic.zone if clinic else UTC,
        "zone_there": zone_of(patient, clinic) if clinic else UTC,
        "title": protocol.title if protocol else episode.protocol_id,
        "is_approved": bool(protocol and protocol.approved_by),
        "following": next((one for one in episode.check_ins if one.state is CheckInState.SCHEDULED), None),
        "open_flags": sorted((flag for flag in episode.flags if flag.is_open), key=_urgent_first),
        "closed_flags": closed,
        "closed_ids": {flag.id for flag in closed},
        "is_silent": _is_silent(episode),
        "chart": draw(episode, protocol, messages, now, read_span(request.query)),
        "pictures": in_order,
        "pictures_of": of_replies(in_order),
        "story": tell_story(case.page, case.people),
        "corrections": offered(case.page, services),
        **write_values(case, clinic, services.catalogue, account_of(request).email, now),
        "refusal": "",
        "typed": NOTHING_TYPED,
        "typed_for": "",
    }


def _form_of(typed: Mapping[str, str], episode: Episode) -> str:
    """In which form of the page what was typed is kept: a flag's own, or that of all flags together where it stands."""
    if "flag" in typed or "note" not in typed:
        return typed.get("flag", "")
    still_open = [flag.id for flag in episode.flags if flag.is_open]
    if len(still_open) > 1:
        return TOGETHER
    return still_open[0] if still_open else episode.flags[-1].id


def _urgent_first(flag: Flag) -> tuple[int, Any]:
    return flag.urgency.rank, flag.raised_at


def _is_silent(episode: Episode) -> bool:
    settled = [one for one in episode.check_ins if one.state is not CheckInState.SCHEDULED]
    return bool(settled) and settled[-1].state in {CheckInState.MISSED, CheckInState.ASKED}
