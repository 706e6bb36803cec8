"""One episode: who, what waits, how it went, and everything that was said and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from followup.domain.episode import CheckInState
from followup.domain.message import Kind, MessageState
from followup.domain.patient import hindrance
from followup.domain.segments import segments
from followup.flows import read_pages
from followup.web.chart import draw
from followup.web.clinics import UTC, of_catalogue
from followup.web.correction_form import offered
from followup.web.keys import SERVICES
from followup.web.render import show
from followup.web.seen import SEEN
from followup.web.sessions import REFRESH, account_of
from followup.web.timeline import tell_story

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode, Patient
    from followup.domain.flag import Flag
    from followup.domain.message import Message
    from followup.domain.protocol import Protocol
    from followup.domain.wording import CannedReply
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
    values = _values(request, case)
    chosen = next((text for reply, text in values["replies"] if reply.id == typed.get("reply")), "")
    body = chosen or typed.get("body", "")
    kept = {"typed": {**typed, "body": body}, "draft": segments(body) if body else None}
    return show(request, "episode.html", **{**values, **kept})


def _replies(case: Case, clinic: Clinic | None, catalogue: Catalogue) -> list[tuple[CannedReply, str]]:
    """What staff often write, in the patient's language and filled in for this patient."""
    if clinic is None:
        return []
    patient = case.page.patient
    offered = catalogue.replies.get(clinic.language_for(patient.language), ())
    return [(reply, reply.filled(clinic, patient.given)) for reply in offered]


async def find_case(request: web.Request, episode_id: str) -> Case:
    """The episode, or 404 for one that is not there or that this account may not see."""
    case = await read_pages.read_case(request.app[SERVICES], account_of(request), episode_id)
    if case is None:
        raise web.HTTPNotFound
    return case


async def _note_seen(request: web.Request, case: Case) -> None:
    account, services = account_of(request), request.app[SERVICES]
    if REFRESH in request.headers:
        return
    if request.app[SEEN].is_new(account.id, case.page.episode.id, services.wall()):
        await read_pages.note_seen(services, account, case.page.episode.clinic, case.page.episode.id)


def _values(request: web.Request, case: Case) -> dict[str, Any]:
    services, episode, patient = request.app[SERVICES], case.page.episode, case.page.patient
    clinic = services.catalogue.clinics.get(episode.clinic)
    protocol = services.catalogue.protocols.get(episode.protocol_id)
    messages = [one.message for one in case.page.messages]
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
        "title": protocol.title if protocol else episode.protocol_id,
        "is_approved": bool(protocol and protocol.approved_by),
        "following": next((one for one in episode.check_ins if one.state is CheckInState.SCHEDULED), None),
        "open_flags": sorted((flag for flag in episode.flags if flag.is_open), key=_urgent_first),
        "closed_flags": closed,
        "closed_ids": {flag.id for flag in closed},
        "is_silent": _is_silent(episode),
        "chart": draw(episode, protocol, messages, services.clock()),
        "story": tell_story(case.page, case.people),
        "corrections": offered(case.page, services),
        "held": [one for one in messages if _can_take_back(one, account_of(request).email)],
        "cannot_write": _why_not(case.page.patient, clinic, protocol),
        "replies": _replies(case, clinic, services.catalogue),
        "draft": None,
        "refusal": "",
        "typed": NOTHING_TYPED,
        "typed_for": "",
    }


def _can_take_back(message: Message, who: str) -> bool:
    is_waiting = message.state is MessageState.QUEUED and not message.attempt
    return message.kind is Kind.STAFF and message.who == who and is_waiting


def _why_not(patient: Patient, clinic: Clinic | None, protocol: Protocol | None) -> str:
    """Why staff cannot text this patient, "" where they can."""
    if clinic is None or protocol is None:
        return "no text can go: its clinic or protocol is no longer in the configuration"
    why = hindrance(patient, clinic)
    return f"no text can go: {why}. Call instead" if why else ""


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
