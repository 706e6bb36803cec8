"""What staff do: review a flag, decide about a plan, write to a patient, take a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from followup.domain.inputs import Act, ContactMade, Outcome, ReviewAct
from followup.domain.review import TAKE_BACK_FOR, PlanAct, Refusal, TalkAct
from followup.flows import read_pages
from followup.flows import write_to_patient as write_flow
from followup.flows.review_flag import decide_plan, review_flag, talk_with_patient
from followup.web.episode import CONFLICT, show_draft, show_refused
from followup.web.forms import read_form
from followup.web.keys import SERVICES
from followup.web.paths import safe_path
from followup.web.sessions import account_of
from followup.web.snoozes import snoozed_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.store.worklist import FlagRow

UNPROCESSABLE = 422
DIGITS_OF_A_VERSION = 9
SEND_NOW = "send-now"
"""The button for a text that goes at whatever hour it is."""
Choice = TypeVar("Choice", bound=StrEnum)


async def review(request: web.Request) -> web.StreamResponse:
    """POST /flags/{id}/acts. Where a colleague was first, the page says so and keeps what was typed."""
    form = await read_form(request)
    services, account = request.app[SERVICES], account_of(request)
    flag = await read_pages.read_flag(services, account, request.match_info["flag"])
    if flag is None:
        raise web.HTTPNotFound
    act = read_act(form, flag.flag.id, read_version(form.get("version", "")), account.email, when_of(request, flag))
    done = await review_flag(services, flag.flag.id, act, read_pages.scope(account))
    if done is None:
        raise web.HTTPNotFound
    if isinstance(done, Refusal):
        typed = {**form, "flag": flag.flag.id}
        return await show_refused(request, flag.episode_id, await told(request, done), typed, status_of(done))
    back = f"{safe_path(form.get('next', ''))}#flag-{flag.flag.id}"
    raise web.HTTPSeeOther(back)


async def decide(request: web.Request) -> web.StreamResponse:
    """POST /episodes/{id}/plan: resume it, or end it."""
    form = await read_form(request)
    account, episode_id = account_of(request), request.match_info["episode"]
    act = choice(PlanAct, form.get("act", ""))
    if act is None:
        raise web.HTTPBadRequest
    done = await decide_plan(request.app[SERVICES], episode_id, act, account.email, read_pages.scope(account))
    return await back_to_episode(request, episode_id, done, form)


async def write(request: web.Request) -> web.StreamResponse:
    """POST /episodes/{id}/messages: staff's own words to the patient, or a look at them before they go."""
    form = await read_form(request)
    if form.get("act") == "preview":
        return await show_draft(request, request.match_info["episode"], form)
    account, episode_id = account_of(request), request.match_info["episode"]
    body, clinics = form.get("body", ""), read_pages.scope(account)
    services, is_for_now = request.app[SERVICES], form.get("act") == SEND_NOW
    done = await write_flow.write_to_patient(
        services, episode_id, body, account.email, clinics, held_for=TAKE_BACK_FOR, is_for_now=is_for_now
    )
    return await back_to_episode(request, episode_id, done, form)


async def talk(request: web.Request) -> web.StreamResponse:
    """POST /episodes/{id}/talk: somebody talks with the patient, and automatic texts wait; or has finished."""
    form = await read_form(request)
    account, episode_id = account_of(request), request.match_info["episode"]
    act = choice(TalkAct, form.get("act", ""))
    if act is None:
        raise web.HTTPBadRequest
    clinics = read_pages.scope(account)
    done = await talk_with_patient(request.app[SERVICES], episode_id, act, account.email, clinics)
    return await back_to_episode(request, episode_id, done, form)


async def take_back(request: web.Request) -> web.StreamResponse:
    """POST /episodes/{id}/messages/{id}/take-back: whoever wrote a text thinks again, in time."""
    form = await read_form(request)
    account, named = account_of(request), request.match_info
    done = await write_flow.take_back(request.app[SERVICES], named["message"], account.email, read_pages.scope(account))
    return await back_to_episode(request, named["episode"], done, form)


async def back_to_episode(
    request: web.Request, episode_id: str, done: object, form: Mapping[str, str]
) -> web.StreamResponse:
    """Where an act leads: to the episode as it is after it, or with why nothing was changed."""
    if done is None:
        raise web.HTTPNotFound
    if isinstance(done, Refusal):
        return await show_refused(request, episode_id, await told(request, done), form, status_of(done))
    request.app[SERVICES].nudge()
    back = f"/episodes/{episode_id}"
    raise web.HTTPSeeOther(back)


@dataclass(frozen=True, slots=True)
class When:
    """What a length of time in a form is counted from."""

    clinic: Clinic | None
    now: datetime


def when_of(request: web.Request, flag: FlagRow) -> When:
    """Now, at the flag's clinic."""
    services = request.app[SERVICES]
    return When(services.catalogue.clinics.get(flag.clinic), services.clock())


def read_act(form: Mapping[str, str], flag_id: str, version: int, who: str, when: When) -> ReviewAct:
    """What a form does to one flag. A button may say more than the act: "snooze:1h", "close:advised"; 400 else."""
    said, _, more = form.get("act", "").partition(":")
    act = choice(Act, said)
    if act is None:
        raise web.HTTPBadRequest
    return ReviewAct(
        flag_id=flag_id,
        act=act,
        who=who,
        version=version,
        outcome=choice(Outcome, (act is Act.CLOSE and more) or form.get("outcome", "")),
        note=form.get("note", "").strip(),
        until=snoozed_until(more, when.clinic, when.now),
        owner=form.get("owner", ""),
        contact=choice(ContactMade, form.get("contact", "")),
    )


def read_version(text: str) -> int:
    """A flag's version as a form carries it; 400 for anything else."""
    if not text.isdecimal() or len(text) > DIGITS_OF_A_VERSION:
        raise web.HTTPBadRequest
    return int(text)


def choice(kind: type[Choice], code: str) -> Choice | None:
    """The code as one of its kind; None for any other."""
    return next((one for one in kind if one.value == code), None)


def status_of(refusal: Refusal) -> int:
    """409 where a colleague was first, 422 for an act that is wrong in itself."""
    return CONFLICT if refusal.is_conflict else UNPROCESSABLE


async def told(request: web.Request, refusal: Refusal) -> str:
    """The refusal in words, with a colleague's name instead of their address."""
    people = await read_pages.read_people(request.app[SERVICES])
    why = refusal.why.replace(refusal.who, people.get(refusal.who, refusal.who)) if refusal.who else refusal.why
    again = " This is how it stands now; what you typed is still below." if refusal.is_conflict else ""
    return f"{why[:1].upper()}{why[1:]}.{again}"
